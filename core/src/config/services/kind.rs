//! What kind a service is: a container of any image, or one of the presets; and the settings that only
//! a preset has.

use super::SERVICE;
use crate::config::env;
use crate::config::model::{Pair, Plugin, Service, Spanned, Text};
use crate::config::presets::{self, GENERIC, Preset};
use crate::config::reader::Reader;
use crate::config::values::{list, show};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::suggest::{self, did_you_mean};

/// What `plugin` and `type` say together. Returns the preset, if there is one.
pub(super) fn kind(
    reader: &Reader<'_, '_>,
    service: &mut Service,
    kinds: &[Text],
) -> Option<&'static Preset> {
    let has_image = reader.table.get("image").is_some();
    let mut preset: Option<(&'static Preset, Span)> = None;
    let mut unknown: Option<&Text> = None;
    for text in kinds {
        let name = text.value.as_str();
        if GENERIC.contains(&name) {
            service
                .plugin
                .get_or_insert(Spanned::new(Plugin::Generic, text.span));
            continue;
        }
        let Some(found) = presets::find(name) else {
            // Of two unknown ones, `plugin` is the one that counts.
            if unknown.is_none() || is_plugin(reader, text) {
                unknown = Some(text);
            }
            continue;
        };
        match preset {
            Some((first, place)) if first.name != found.name => {
                reader
                    .cx
                    .report(
                        Code::C104,
                        text.span,
                        format!(
                            "`type` and `plugin` disagree: `{}` and `{name}`",
                            first.name
                        ),
                    )
                    .note(place, "the other one")
                    .help("keep one of the two");
            }
            Some(_) => {}
            None => preset = Some((found, text.span)),
        }
    }
    if let Some((preset, span)) = preset {
        service.plugin = Some(Spanned::new(Plugin::Preset(preset.name), span));
        return Some(preset);
    }
    if let Some(text) = unknown {
        if service.plugin.is_none() || is_plugin(reader, text) {
            unknown_plugin(reader, text, has_image || reader.table.incomplete);
        }
        service.plugin = Some(Spanned::new(Plugin::Generic, text.span));
        if !has_image {
            return None;
        }
    }
    if let [only] = kinds
        && let Some(entry) = reader.table.entry("type")
        && entry.value.span == only.span
    {
        reader
            .old(entry.key.span, "`type` is an older name of `plugin`")
            .help("write `plugin`")
            .fix([(entry.key.span, "plugin".to_owned())]);
    }
    None
}

fn is_plugin(reader: &Reader<'_, '_>, text: &Text) -> bool {
    let plugin = reader.table.get("plugin");
    plugin.is_some_and(|node| node.span == text.span)
}

fn unknown_plugin(reader: &Reader<'_, '_>, text: &Text, has_image: bool) {
    let names: Vec<&str> = presets::PRESETS.iter().map(|preset| preset.name).collect();
    let all = names.iter().chain(GENERIC).copied();
    let nearest = suggest::nearest(&text.value, all);
    let shown = show(&text.value);
    if has_image {
        let report = reader
            .cx
            .report(Code::C121, text.span, format!("unknown plugin `{shown}`"))
            .label("taken as a generic container");
        match nearest {
            Some(nearest) => report.help(did_you_mean(nearest)),
            None => report.help("write `generic_container` for a container of any image"),
        };
        return;
    }
    reader.lose();
    let report = reader.cx.report(
        Code::C104,
        text.span,
        format!("unknown plugin `{shown}`, and no image"),
    );
    match nearest {
        Some(nearest) => report
            .help(did_you_mean(nearest))
            .fix([(text.span, format!("\"{nearest}\""))]),
        None => report.help(format!(
            "name an image, or one of the plugins {}",
            list(&names)
        )),
    };
}

/// Settings that only some kinds of service have, and keys that none has.
pub(super) fn settings<'t>(
    reader: &Reader<'_, 't>,
    preset: Option<&'static Preset>,
    service: &mut Service,
) {
    for entry in reader.table.entries() {
        let name = &*entry.key.name;
        if SERVICE.find(name).is_some() {
            continue;
        }
        let variable = preset.and_then(|preset| {
            let setting = preset.settings.iter().find(|(setting, _)| *setting == name);
            setting.map(|(_, variable)| *variable)
        });
        let Some(variable) = variable else {
            reader.unknown(entry);
            continue;
        };
        if let Some(value) = reader.scalar(name, &entry.value) {
            env::check_secret(reader, name, &value);
            if !service.env.iter().any(|pair| pair.name.value == variable) {
                service.env.push(Pair {
                    name: Spanned::new(variable.to_owned(), entry.key.span),
                    value,
                });
            }
        }
    }
}
