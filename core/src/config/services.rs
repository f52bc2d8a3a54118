//! `[service.x]` and `[services.x]`.

use super::formats::{image, port, secret, volume};
use super::model::{Command, Pair, Plugin, Pull, Service, Spanned, Text, Volume};
use super::presets::{self, GENERIC, Preset};
use super::reader::{Item, Reader};
use super::schema::{DESCRIPTION, Field, Form, Kind, Section, optional, required, same};
use super::values::{list, show};
use super::{env, health, limits};
use crate::diagnostic::Code;
use crate::document::{Entry, Kind as Value, Node, Table};
use crate::source::Span;
use crate::suggest;

const FIELDS: &[Field] = &[
    optional(
        "plugin",
        Kind::Text,
        "What kind of service: `generic_container`, or one that supplies image and ports, such as `postgres`.",
    ),
    optional("type", Kind::Text, "The older name of `plugin`."),
    optional(
        "image",
        Kind::Image,
        "The image; needed unless the plugin supplies it.",
    ),
    optional("args", Kind::Command, "The container's command.").or(&[same("command"), same("cmd")]),
    optional("entrypoint", Kind::Command, "The container's entry point."),
    optional("env", Kind::Env, "Environment variables.")
        .or(&[same("environment"), same("env_vars")]),
    optional(
        "ports",
        Kind::Ports,
        "Published ports, such as `5432` or `\"8080:80\"`.",
    ),
    optional("volumes", Kind::Volumes, "Mounted folders and files."),
    optional("working_dir", Kind::Text, "Where commands start.").or(&[same("workdir")]),
    optional("user", Kind::Scalar, "Who runs them."),
    optional(
        "depends_on",
        Kind::Texts,
        "Services that are ready before this one starts.",
    ),
    optional(
        "health_check",
        Kind::Table(&health::HEALTH_CHECK),
        "A command that says whether the service is well.",
    )
    .or(&[same("healthcheck")]),
    optional(
        "wait_for",
        Kind::Table(&health::WAIT_FOR),
        "What must hold before the service counts as ready.",
    ),
    optional(
        "wait_for_span",
        Kind::Text,
        "A span that must have arrived before the service counts as ready.",
    ),
    optional("wait_for_span_timeout", Kind::Duration, "For how long."),
    optional(
        "wait_for_ready",
        Kind::Boolean,
        "Accepted for older files: a run always waits.",
    ),
    optional(
        "limits",
        Kind::Table(&limits::LIMITS),
        "What the container may use.",
    )
    .or(&[same("resources")]),
    optional(
        "pull",
        Kind::Word(&["missing", "always", "never"]),
        "When to fetch the image.",
    ),
    DESCRIPTION,
];

/// `[service.NAME]`.
pub static SERVICE: Section = Section {
    header: "service.NAME",
    title: "a service",
    doc: "A container that the test starts.",
    fields: FIELDS,
    open: true,
};

/// A volume as a table.
pub static VOLUME: Section = Section {
    header: "service.NAME.volumes",
    title: "a volume",
    doc: "A folder or file of the host within the container.",
    fields: &[
        required("host_path", Kind::Text, "Relative to the test file.")
            .or(&[same("host"), same("source")]),
        required("container_path", Kind::Text, "Absolute.")
            .or(&[same("container"), same("target")]),
        optional(
            "read_only",
            Kind::Boolean,
            "The container may not write to it.",
        )
        .or(&[same("readonly")]),
    ],
    open: false,
};

const PULLS: &[(&str, Pull)] = &[
    ("missing", Pull::Missing),
    ("always", Pull::Always),
    ("never", Pull::Never),
    ("if_not_present", Pull::Missing),
    ("IfNotPresent", Pull::Missing),
];

/// Reads all services of one table of services.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>, services: &mut Vec<Service>) {
    let Some(table) = parent.table_of(item.name, item.node) else {
        return;
    };
    if table.incomplete {
        parent.lose();
    }
    if item.alias.is_some() {
        old_tables(parent, item, table);
    }
    let group = &*item.key.name;
    for entry in table.entries() {
        if parent.cx.document.has_placeholder(entry.key.span) {
            // Its name is not known.
            parent.lose();
            continue;
        }
        services.extend(service(parent, group, entry));
    }
}

/// Says that `[services.x]` is written `[service.x]` today.
fn old_tables(parent: &Reader<'_, '_>, item: &Item<'_, '_>, table: &Table<'_>) {
    let text = parent.cx.text;
    let mut headers = Vec::new();
    collect_headers(item.node, &mut headers);
    let renames = headers
        .iter()
        .map(|name| Span::new(name.start, name.start + item.key.name.len()));
    let edits: Vec<(Span, String)> = renames
        .filter(|word| word.of(text) == item.key.name)
        .map(|word| (word, item.name.to_owned()))
        .collect();
    let whole = edits.len() == headers.len() && !headers.is_empty();
    // A file that has tables of both names may have one service in both.
    let alone = parent.table.get(item.name).is_none();
    let first = headers.first().map_or(item.key.span, |name| {
        Span::new(name.start, name.start + item.key.name.len())
    });
    let report = parent
        .old(
            first,
            format!(
                "`[{}.…]` is the older form of `[{}.…]`",
                item.key.name, item.name
            ),
        )
        .help(format!("write `[{}.…]`", item.name));
    let dotted = table.entries().iter().any(|entry| {
        matches!(&entry.value.kind, Value::Table(t) if t.origin == crate::document::Origin::Dotted)
    });
    if whole && alone && !dotted {
        report.fix(edits);
    }
}

/// Names in headers of a table and all tables in it, in order of file.
fn collect_headers(node: &Node<'_>, headers: &mut Vec<Span>) {
    match &node.kind {
        Value::Table(table) => {
            if table.origin == crate::document::Origin::Header {
                headers.push(table.name);
            }
            for entry in table.entries() {
                collect_headers(&entry.value, headers);
            }
        }
        Value::Array(array) if array.of_tables => {
            array
                .items
                .iter()
                .for_each(|item| collect_headers(item, headers));
        }
        _ => {}
    }
}

fn service<'t>(parent: &Reader<'_, 't>, group: &str, entry: &Entry<'t>) -> Option<Service> {
    let name = &*entry.key.name;
    let group = format!("{group}.{name}");
    let table = match &entry.value.kind {
        Value::Table(table) => table,
        _ => {
            if parent.is_whole(&entry.value) {
                parent.wrong_type(name, &entry.value, "a table that describes a service");
            }
            return None;
        }
    };
    let reader = parent.within(&group, table, &SERVICE);
    check_name(&reader, entry);
    let mut service = Service {
        name: Spanned::new(name.to_owned(), entry.key.span),
        header: table.name,
        ..Service::default()
    };
    let mut kinds: Vec<Text> = Vec::new();
    reader.each(|item| match item.name {
        "plugin" | "type" => kinds.extend(reader.words(&item)),
        "image" => service.image = read_image(&reader, &item),
        "args" => {
            service.args = reader.command(&item);
            if item.alias.is_some() {
                reader.old_name(&item);
            }
            service
                .args
                .iter()
                .for_each(|args| check_command(&reader, args));
        }
        "entrypoint" => service.entrypoint = reader.command(&item),
        "env" => service.env.extend(env::read(&reader, &item)),
        "ports" => service.ports = ports(&reader, &item),
        "volumes" => service.volumes = volumes(&reader, &item),
        "working_dir" => {
            service.working_dir = reader.words(&item);
            if item.alias.is_some() {
                reader.old_name(&item);
            }
        }
        "user" => service.user = reader.scalar(item.name, item.node),
        "depends_on" => service.depends_on = reader.texts(&item),
        "health_check" => service.health_check = health::check(&reader, &item),
        "wait_for" => service.wait_for = health::wait_for(&reader, &item),
        "wait_for_span" => service.wait_for_span = reader.words(&item),
        "wait_for_span_timeout" => service.wait_for_span_timeout = reader.some_time(&item),
        "wait_for_ready" => {
            reader.boolean(&item);
        }
        "limits" => service.limits = limits::read(&reader, &item),
        "pull" => service.pull = reader.word(&item, PULLS),
        "description" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    let preset = kind(&reader, &mut service, &kinds);
    settings(&reader, preset, &mut service);
    if service.image.is_none()
        && preset.is_none()
        && table.get("image").is_none()
        && kinds.is_empty()
    {
        reader.report_missing("image");
    }
    service.incomplete = reader.is_incomplete();
    Some(service)
}

fn check_name(reader: &Reader<'_, '_>, entry: &Entry<'_>) {
    let name = &*entry.key.name;
    let well = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if name.trim().is_empty() {
        reader
            .cx
            .report(Code::C112, entry.key.span, "the name of a service is empty");
    } else if !well {
        reader
            .cx
            .report(
                Code::C104,
                entry.key.span,
                format!("`{}` is no name of a service", show(name)),
            )
            .help("names have letters, digits, `_`, `-` and `.`");
    }
}

/// What `plugin` and `type` say together. Returns the preset, if there is one.
fn kind(reader: &Reader<'_, '_>, service: &mut Service, kinds: &[Text]) -> Option<&'static Preset> {
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
            unknown_plugin(reader, text, has_image || reader.is_incomplete());
        }
        service.plugin = Some(Spanned::new(Plugin::Generic, text.span));
        if !has_image {
            return None;
        }
    } else if !kinds.is_empty() && !has_image {
        reader.report_missing("image");
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
            Some(nearest) => report.help(format!("did you mean `{nearest}`?")),
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
        Some(nearest) => report.help(format!("did you mean `{nearest}`?")),
        None => report.help(format!(
            "name an image, or one of the plugins {}",
            list(&names)
        )),
    };
}

/// Settings that only some kinds of service have, and keys that none has.
fn settings<'t>(reader: &Reader<'_, 't>, preset: Option<&'static Preset>, service: &mut Service) {
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

fn read_image<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Text> {
    let text = reader.words(item)?;
    check_image(reader, &text).then_some(text)
}

/// Whether the text is a reference of an image. Says so if not, and if it floats.
pub(super) fn check_image(reader: &Reader<'_, '_>, text: &Text) -> bool {
    if super::formats::has_variable(&text.value) {
        return true;
    }
    match image::parse(&text.value) {
        Err(wrong) => {
            reader.lose();
            reader.wrong_value(Code::C110, text.span, &text.value, &wrong);
            false
        }
        Ok(reference) => {
            if reference.floats() {
                let message = match reference.tag {
                    Some(tag) => format!("the tag `{tag}` of `{}` floats", show(&text.value)),
                    None => format!("`{}` has no tag", show(&text.value)),
                };
                reader
                    .cx
                    .report(Code::C119, text.span, message)
                    .label("may be another image tomorrow")
                    .help("name a version, or pin the image with `@sha256:…`");
            }
            true
        }
    }
}

/// Warns of credentials in a command.
pub(super) fn check_command(reader: &Reader<'_, '_>, command: &Command) {
    for text in command.texts() {
        if let Some(what) = secret::known_form(&text.value) {
            reader
                .cx
                .report(
                    Code::C120,
                    text.span,
                    format!("a command holds what looks like {what}"),
                )
                .label("anyone who reads the file can use it")
                .help("take it from the environment");
        }
    }
}

fn ports<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<Spanned<super::model::Port>> {
    let single = matches!(item.node.kind, Value::Integer(_)) && !item.node.touched;
    let nodes = if single {
        std::slice::from_ref(item.node)
    } else {
        reader.list_of(item.node, item.name, "a list of ports")
    };
    let mut ports = Vec::with_capacity(nodes.len());
    for node in nodes {
        if !reader.is_whole(node) {
            continue;
        }
        let read = match &node.kind {
            Value::Integer(value) => port::number(*value),
            Value::String(text) if super::formats::has_variable(text) => continue,
            Value::String(text) => port::parse(text),
            _ => {
                reader.wrong_type("ports", node, "a port or a mapping such as \"8080:80\"");
                continue;
            }
        };
        match read {
            Ok(port) => ports.push(Spanned::new(port, node.span)),
            Err(wrong) => {
                reader.lose();
                let shown = node.as_str().unwrap_or(node.span.of(reader.cx.text));
                reader.wrong_value(Code::C109, node.span, shown, &wrong);
            }
        }
    }
    ports
}

fn volumes<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<Volume> {
    let nodes = match &item.node.kind {
        // One table, or one text, is a list of one.
        Value::Table(_) => std::slice::from_ref(item.node),
        _ => reader.list_of(item.node, item.name, "a list of volumes"),
    };
    nodes
        .iter()
        .filter_map(|node| match &node.kind {
            Value::Table(table) => volume_table(reader, node, table),
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Array(_) => {
                if reader.is_whole(node) {
                    reader.wrong_type("volumes", node, "a volume such as \"./data:/data\"");
                }
                None
            }
            _ => {
                let text = reader.text_of("volumes", node)?;
                let text = reader.not_blank("volumes", text)?;
                volume_text(reader, &text)
            }
        })
        .collect()
}

fn volume_text(reader: &Reader<'_, '_>, text: &Text) -> Option<Volume> {
    match volume::parse(&text.value) {
        Ok(parts) => Some(Volume {
            span: text.span,
            host: parts
                .host
                .map(|host| Spanned::new(host.to_owned(), text.span)),
            container: Spanned::new(parts.container.to_owned(), text.span),
            read_only: parts.read_only,
        }),
        Err(wrong) => {
            reader.lose();
            reader.wrong_value(Code::C111, text.span, &text.value, &wrong);
            None
        }
    }
}

fn volume_table<'t>(reader: &Reader<'_, 't>, node: &Node<'t>, table: &Table<'t>) -> Option<Volume> {
    let inner = reader.within("volumes", table, &VOLUME);
    let (mut host, mut container, mut read_only) = (None, None, false);
    inner.each(|item| {
        match item.name {
            "host_path" => host = inner.words(&item),
            "container_path" => container = inner.words(&item),
            "read_only" => read_only = inner.boolean(&item).is_some_and(|value| value.value),
            name => debug_assert!(false, "{name} is read"),
        }
        if item.alias.is_some_and(|alias| alias.form == Form::Same) {
            inner.old_name(&item);
        }
    });
    if inner.is_incomplete() {
        reader.lose();
    }
    let container = container?;
    if let Err(wrong) = volume::check_container(&container.value) {
        reader.lose();
        reader.wrong_value(Code::C111, container.span, &container.value, &wrong);
        return None;
    }
    Some(Volume {
        span: node.span,
        host,
        container,
        read_only,
    })
}
