//! What a service shares with the machine it runs on: ports and volumes.

use crate::config::formats::{port, volume};
use crate::config::model::{Spanned, Text, Volume};
use crate::config::reader::{Item, Reader};
use crate::config::schema::{Form, Kind, Section, optional, required, same};
use crate::diagnostic::Code;
use crate::document::{Kind as Value, Node, Table};

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
        .or(&[same("ro"), same("readonly")]),
    ],
    open: false,
};

pub(super) fn ports<'t>(
    reader: &Reader<'_, 't>,
    item: &Item<'_, 't>,
) -> Vec<Spanned<crate::config::model::Port>> {
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
            Value::String(text) if crate::config::formats::has_variable(text) => continue,
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

pub(super) fn volumes<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<Volume> {
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
