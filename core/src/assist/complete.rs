//! Completion.

use std::collections::BTreeSet;

use minijinja::value::ValueKind;

use super::tag::{Call, Callee, InTag, Word};
use super::toml::Place;
use super::{
    Completion, Item, ItemKind, Scene, Target, macro_signature, parameter, shown, signature, tag,
    toml,
};
use crate::config::presets;
use crate::config::schema::{Field, Kind, Names, Section};
use crate::graph::NodeKind;
use crate::source::Span;
use crate::template::TAGS;
use crate::template::call::Callable;
use crate::template::filters::FILTERS;
use crate::template::functions::FUNCTIONS;
use crate::template::predicates::PREDICATES;

pub(super) fn at(scene: &Scene<'_>, offset: usize) -> Completion {
    let text = &*scene.source.text;
    if let Some(tag) = tag::at(text, offset) {
        return Completion {
            replaces: Span::new(tag.typed.start, word_end(text, offset)),
            items: in_tag(scene, &tag, offset),
        };
    }
    match toml::at(text, offset) {
        Place::Header {
            parents,
            of_tables,
            word,
        } => Completion {
            replaces: Span::new(word.start, word_end(text, offset)),
            items: headers(scene, &parents, of_tables),
        },
        Place::Key { path, word } => {
            let end = word_end(text, offset);
            Completion {
                replaces: Span::new(word.start, end),
                items: keys(scene, &path, offset, end),
            }
        }
        Place::Value { path, word, quoted } => {
            let field = scene.field(&path);
            let items = field
                .map(|field| values(scene, field, quoted))
                .unwrap_or_default();
            let end = if quoted {
                string_end(text, offset)
            } else {
                word_end(text, offset)
            };
            Completion {
                replaces: Span::new(word.start, end),
                items,
            }
        }
        Place::Comment => Completion {
            replaces: Span::at(offset),
            items: Vec::new(),
        },
    }
}

/// The end of the word that a place is in.
fn word_end(text: &str, offset: usize) -> usize {
    let rest = text[offset..].bytes();
    offset
        + rest
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count()
}

/// The end of the string that a place is in: its quote, if it has one in this line.
fn string_end(text: &str, offset: usize) -> usize {
    let line = text[offset..].lines().next().unwrap_or_default();
    line.find(['"', '\'', '{'])
        .map_or(offset, |length| offset + length)
}

fn item(label: &str, kind: ItemKind, detail: impl Into<String>, doc: &str) -> Item {
    Item {
        label: label.to_owned(),
        kind,
        detail: detail.into(),
        doc: doc.to_owned(),
        insert: label.to_owned(),
    }
}

fn in_tag(scene: &Scene<'_>, tag: &InTag, offset: usize) -> Vec<Item> {
    match &tag.word {
        Word::Tag => TAGS
            .iter()
            .map(|(name, doc)| item(name, ItemKind::Tag, "", doc))
            .collect(),
        Word::Filter => callables(FILTERS, ItemKind::Filter),
        Word::Test => callables(PREDICATES, ItemKind::Test),
        Word::Macro(namespace) => {
            let macros = scene.macros(namespace);
            let items = macros.iter().map(|found| Item {
                insert: format!("{}(", found.name),
                ..item(
                    &found.name,
                    ItemKind::Macro,
                    macro_signature(found),
                    &found.doc,
                )
            });
            items.collect()
        }
        Word::Entry(path) => entries(scene, path),
        Word::File => {
            let files = scene
                .names
                .files
                .iter()
                .filter(|name| **name != scene.source.name);
            let built_in = item(
                crate::template::library::NAME,
                ItemKind::File,
                "built in",
                "The macro library that is always there.",
            );
            files
                .map(|name| item(name, ItemKind::File, "", ""))
                .chain([built_in])
                .collect()
        }
        Word::Expression => {
            let mut items = Vec::new();
            if let Some(call) = tag.call.as_ref().filter(|call| call.at_argument) {
                items.extend(arguments(scene, call));
            }
            items.extend(expression(scene, offset));
            items
        }
        Word::Unknown => Vec::new(),
    }
}

fn callables(table: &[Callable], kind: ItemKind) -> Vec<Item> {
    let items = table.iter().map(|callable| {
        let needs = callable.params.iter().any(|param| param.default.is_none());
        Item {
            insert: if needs || kind == ItemKind::Function && !callable.params.is_empty() {
                format!("{}(", callable.name)
            } else if kind == ItemKind::Function {
                format!("{}()", callable.name)
            } else {
                callable.name.to_owned()
            },
            ..item(callable.name, kind, signature(callable), callable.doc)
        }
    });
    items.collect()
}

/// Variables, functions, imported names.
fn expression(scene: &Scene<'_>, offset: usize) -> Vec<Item> {
    let text = &*scene.source.text;
    let mut items = Vec::new();
    let locals = tag::locals(text, offset);
    for name in &locals {
        items.push(item(name, ItemKind::Variable, "of this template", ""));
    }
    for known in &scene.names.variables {
        if !locals.iter().any(|local| **local == *known.name) {
            let doc = format!("From {}.", known.origin);
            items.push(item(
                &known.name,
                ItemKind::Variable,
                shown(&known.value),
                &doc,
            ));
        }
    }
    for (name, file) in tag::imports(text) {
        items.push(Item {
            insert: format!("{name}::"),
            ..item(&name, ItemKind::Macro, file, "Macros of this file.")
        });
    }
    items.extend(callables(FUNCTIONS, ItemKind::Function));
    items
}

/// What stands below a variable.
fn entries(scene: &Scene<'_>, path: &[String]) -> Vec<Item> {
    if path == ["loop"] {
        let words = [
            ("index", "The turn, from 1."),
            ("index0", "The turn, from 0."),
            ("first", "Whether this is the first turn."),
            ("last", "Whether this is the last turn."),
        ];
        return words
            .iter()
            .map(|(name, doc)| item(name, ItemKind::Variable, "", doc))
            .collect();
    }
    let mut variables = scene.names.variables.iter();
    let root = variables.find(|known| *known.name == *path[0]);
    let value = path[1..]
        .iter()
        .try_fold(root.map(|known| known.value.clone()), |value, name| {
            Some(value.and_then(|value| value.get_attr(name).ok()))
        });
    let Some(value) = value
        .flatten()
        .filter(|value| value.kind() == ValueKind::Map)
    else {
        return Vec::new();
    };
    let keys = value.try_iter().into_iter().flatten();
    let items = keys.filter_map(|key| {
        let entry = value.get_item(&key).ok()?;
        Some(item(key.as_str()?, ItemKind::Variable, shown(&entry), ""))
    });
    items.collect()
}

/// The arguments of a call that are not given yet.
fn arguments(scene: &Scene<'_>, call: &Call) -> Vec<Item> {
    let find = |table: &'static [Callable], name: &str| {
        let found = table.iter().find(|callable| callable.name == name);
        let params = found.map(|callable| callable.params).unwrap_or_default();
        params
            .iter()
            .map(|param| (param.name.to_owned(), parameter(param)))
            .collect()
    };
    let params: Vec<(String, String)> = match &call.callee {
        Callee::Function(name) => find(FUNCTIONS, name),
        Callee::Filter(name) => find(FILTERS, name),
        Callee::Test(name) => find(PREDICATES, name),
        Callee::Macro(namespace, name) => {
            let mut macros = scene.macros(namespace).into_iter();
            let found = macros.find(|found| found.name == *name);
            let params = found
                .map(|found| found.params)
                .unwrap_or_default()
                .into_iter();
            params
                .map(|(name, default)| {
                    let detail =
                        default.map_or(name.clone(), |default| format!("{name}={default}"));
                    (name, detail)
                })
                .collect()
        }
    };
    let open = params
        .into_iter()
        .filter(|(name, _)| !call.given.contains(name));
    open.map(|(name, detail)| Item {
        insert: format!("{name}="),
        ..item(&name, ItemKind::Argument, detail, "")
    })
    .collect()
}

/// Tables below a path, as they are headed.
fn headers(scene: &Scene<'_>, parents: &[String], of_tables: bool) -> Vec<Item> {
    let Some(Target::Section(section)) = scene.target(parents) else {
        return Vec::new();
    };
    let fields = section.fields.iter().filter(|field| match field.kind {
        Kind::Tables(_) => of_tables || parents.is_empty() || !field.required,
        Kind::Table(_) | Kind::Named(_) => !of_tables,
        // `[vars]`, `[matrix]`: tables that others read.
        Kind::Any | Kind::Env | Kind::Pairs | Kind::Attributes | Kind::ByName | Kind::Bounds => {
            !of_tables
        }
        _ => false,
    });
    let items = fields.map(|field| Item {
        insert: match field.kind {
            Kind::Named(_) => format!("{}.", field.name),
            _ => field.name.to_owned(),
        },
        ..item(field.name, ItemKind::Table, field.kind.phrase(), field.doc)
    });
    items.collect()
}

/// Settings of the table at a path that it does not have yet.
fn keys(scene: &Scene<'_>, path: &[String], offset: usize, word_end: usize) -> Vec<Item> {
    let Some(Target::Section(section)) = scene.target(path) else {
        return Vec::new();
    };
    let text = &*scene.source.text;
    let line = text[word_end..].lines().next().unwrap_or_default();
    let has_value = line.trim_start().starts_with(['=', '.']);
    let taken = taken(text, offset, section);
    let at_root = path.is_empty();
    let fields = section
        .fields
        .iter()
        .filter(|field| !taken.contains(field.name));
    let items = fields.map(|field| {
        let is_table = matches!(
            field.kind,
            Kind::Table(_) | Kind::Tables(_) | Kind::Named(_)
        );
        let insert = match field.kind {
            _ if has_value => field.name.to_owned(),
            // Between tables a new one is begun.
            Kind::Tables(_) if at_root => format!("[[{}]]", field.name),
            Kind::Named(_) if at_root => format!("[{}.", field.name),
            Kind::Table(_) | Kind::Any if at_root => format!("[{}]", field.name),
            Kind::Table(_) => format!("{}.", field.name),
            _ => format!("{} = ", field.name),
        };
        let mut detail = field.kind.phrase();
        if field.required {
            detail.push_str(", required");
        }
        let kind = if is_table {
            ItemKind::Table
        } else {
            ItemKind::Field
        };
        Item {
            insert,
            ..item(field.name, kind, detail, field.doc)
        }
    });
    items.collect()
}

/// The settings that stand in the lines around a place, up to the headers before and after it.
fn taken(text: &str, offset: usize, section: &'static Section) -> BTreeSet<&'static str> {
    let line_start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[offset..]
        .find('\n')
        .map_or(text.len(), |length| offset + length);
    let before = text[..line_start].lines().rev();
    let after = text[line_end..].lines();
    let is_header = |line: &&str| line.trim_start().starts_with('[');
    let around = before
        .take_while(|line| !is_header(line))
        .chain(after.take_while(|line| !is_header(line)));
    let names = around.filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        let (_, field, _) = section.find(key.trim())?;
        Some(field.name)
    });
    names.collect()
}

/// What the value of a setting may be.
fn values(scene: &Scene<'_>, field: &'static Field, quoted: bool) -> Vec<Item> {
    let quote = |text: &str| {
        if quoted {
            text.to_owned()
        } else {
            format!("\"{text}\"")
        }
    };
    let word = |text: &str, kind, detail: &str, doc: &str| Item {
        insert: quote(text),
        ..item(text, kind, detail, doc)
    };
    let mut items = Vec::new();
    match field.kind {
        Kind::Boolean if !quoted => {
            items.extend(["true", "false"].map(|text| item(text, ItemKind::Word, "", field.doc)));
        }
        Kind::Word(words) => {
            items.extend(
                words
                    .iter()
                    .map(|text| word(text, ItemKind::Word, "", field.doc)),
            );
        }
        Kind::Image => {
            let images = presets::PRESETS.iter();
            items.extend(images.map(|preset| word(preset.image, ItemKind::Word, preset.name, "")));
        }
        _ => {}
    }
    let nodes = |kind| {
        scene
            .names
            .graph
            .nodes
            .iter()
            .filter(move |node| node.kind == kind)
    };
    let named = |kind, item| {
        let nodes = nodes(kind).filter(|node| !node.name.is_empty());
        nodes
            .filter(|node| node.declared || kind == NodeKind::Span)
            .map(|node| {
                word(
                    &node.name,
                    item,
                    node.detail.as_deref().unwrap_or_default(),
                    "",
                )
            })
            .collect::<Vec<_>>()
    };
    match field.named() {
        Some(Names::Services) => items.extend(named(NodeKind::Service, ItemKind::Service)),
        Some(Names::Scenarios) => items.extend(named(NodeKind::Scenario, ItemKind::Scenario)),
        Some(Names::Spans) => items.extend(named(NodeKind::Span, ItemKind::Span)),
        Some(Names::Plugins) => {
            let generic = presets::GENERIC.iter().take(1);
            items.extend(
                generic.map(|name| word(name, ItemKind::Word, "", "A container from any image.")),
            );
            let known = presets::PRESETS.iter();
            items.extend(known.map(|preset| word(preset.name, ItemKind::Word, preset.image, "")));
        }
        None => {}
    }
    items
}
