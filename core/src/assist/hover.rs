//! Hover.

use super::tag::Word;
use super::toml::Place;
use super::{Hover, Scene, Target, macro_signature, shown, signature, tag, toml};
use crate::config::presets;
use crate::config::schema::{Field, Names, Section};
use crate::graph::NodeKind;
use crate::source::Span;
use crate::template::TAGS;
use crate::template::call::Callable;
use crate::template::filters::FILTERS;
use crate::template::functions::FUNCTIONS;
use crate::template::predicates::PREDICATES;

pub(super) fn at(scene: &Scene<'_>, offset: usize) -> Option<Hover> {
    let text = &*scene.source.text;
    let span = word(text, offset)?;
    // The place where the word has been written whole.
    let markdown = match tag::at(text, span.end) {
        Some(found) => in_tag(scene, &found.word, span),
        None => in_toml(scene, span),
    };
    Some(Hover {
        span,
        markdown: markdown?,
    })
}

/// The word at a place, or that ends there.
fn word(text: &str, offset: usize) -> Option<Span> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let bytes = text.as_bytes();
    let before = bytes[..offset]
        .iter()
        .rev()
        .take_while(|byte| is_word(byte))
        .count();
    let after = bytes[offset..]
        .iter()
        .take_while(|byte| is_word(byte))
        .count();
    (before + after > 0).then(|| Span::new(offset - before, offset + after))
}

fn in_tag(scene: &Scene<'_>, place: &Word, span: Span) -> Option<String> {
    let text = &*scene.source.text;
    let name = span.of(text);
    let find = |table: &[Callable]| {
        let mut all = table.iter();
        all.find(|callable| callable.name == name).map(callable)
    };
    match place {
        Word::Tag => {
            let (name, doc) = TAGS.iter().find(|(known, _)| *known == name)?;
            Some(format!("`{{% {name} %}}`\n\n{doc}"))
        }
        Word::Filter => find(FILTERS),
        Word::Test => find(PREDICATES),
        Word::Macro(namespace) => {
            let macros = scene.macros(namespace);
            let found = macros.iter().find(|found| found.name == name)?;
            Some(format!("`{}`\n\n{}", macro_signature(found), found.doc))
        }
        Word::Expression => {
            let is_call = text[span.end..].trim_start().starts_with('(');
            if is_call && let Some(found) = find(FUNCTIONS) {
                return Some(found);
            }
            if tag::locals(text, span.start)
                .iter()
                .any(|local| local == name)
            {
                return Some(format!("`{name}`: a name that this template gives"));
            }
            let mut known = scene.names.variables.iter();
            if let Some(known) = known.find(|known| *known.name == *name) {
                return Some(format!(
                    "`{name}` = `{}`\n\nFrom {}.",
                    shown(&known.value),
                    known.origin
                ));
            }
            let (_, file) = tag::imports(text)
                .into_iter()
                .find(|(known, _)| known == name)?;
            Some(format!("Macros of `{file}`"))
        }
        Word::Entry(path) => {
            let mut known = scene.names.variables.iter();
            let root = known.find(|known| *known.name == *path[0])?;
            let rest = path[1..].iter().map(String::as_str).chain([name]);
            let mut value = root.value.clone();
            for name in rest {
                value = value
                    .get_attr(name)
                    .ok()
                    .filter(|value| !value.is_undefined())?;
            }
            Some(format!("`{}.{name}` = `{}`", path.join("."), shown(&value)))
        }
        Word::File | Word::Unknown => None,
    }
}

fn callable(callable: &Callable) -> String {
    let ours = if callable.tera {
        ""
    } else {
        "\n\nTera does not know it: a template that uses it is for clnrm alone."
    };
    format!("`{}`\n\n{}{ours}", signature(callable), callable.doc)
}

fn in_toml(scene: &Scene<'_>, span: Span) -> Option<String> {
    let name = span.of(&scene.source.text);
    match toml::at(&scene.source.text, span.end) {
        Place::Header { mut parents, .. } => {
            let Target::Section(table) = scene.target(&parents)? else {
                return None;
            };
            let (_, field, _) = table.find(name)?;
            parents.push(name.to_owned());
            Some(match scene.target(&parents) {
                Some(Target::Section(inner)) => section(inner),
                _ => setting(table, field),
            })
        }
        Place::Key { path, .. } => {
            let Target::Section(table) = scene.target(&path)? else {
                return None;
            };
            let (_, field, alias) = table.find(name)?;
            let old = alias.map(|alias| format!("\n\n`{}` is another name of it.", alias.name));
            Some(setting(table, field) + &old.unwrap_or_default())
        }
        Place::Value { path, .. } => named(scene, scene.field(&path)?, name),
        Place::Comment => None,
    }
}

fn section(section: &Section) -> String {
    format!("**{}**\n\n{}", section.title, section.doc)
}

fn setting(table: &Section, field: &Field) -> String {
    let required = if field.required { ", required" } else { "" };
    format!(
        "`{}` of {}: {}{required}\n\n{}",
        field.name,
        table.title,
        field.kind.phrase(),
        field.doc
    )
}

/// What is known of something that a value names.
fn named(scene: &Scene<'_>, field: &Field, name: &str) -> Option<String> {
    let kind = match field.named()? {
        Names::Services => NodeKind::Service,
        Names::Scenarios => NodeKind::Scenario,
        Names::Spans => NodeKind::Span,
        Names::Plugins => {
            let preset = presets::find(name)?;
            let ports: Vec<String> = preset.ports.iter().map(u16::to_string).collect();
            let (name, image) = (preset.name, preset.image);
            return Some(format!("`{name}`: `{image}`, port {}", ports.join(", ")));
        }
    };
    let mut nodes = scene.names.graph.nodes.iter();
    let node = nodes.find(|node| node.kind == kind && node.name == name)?;
    let detail = node.detail.as_deref()?;
    Some(format!("`{name}`: `{detail}`"))
}
