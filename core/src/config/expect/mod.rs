//! `[expect]`: what must be true of the trace.

mod bounds;
mod counts;
mod graph;
mod hermeticity;
mod legacy;
mod order;
mod spans;
mod status;
mod window;

pub use bounds::COUNT;
pub use counts::COUNTS;
pub use graph::{EDGE, GRAPH};
pub use hermeticity::HERMETICITY;
pub use legacy::OTEL_VALIDATION;
pub use order::ORDER;
pub use spans::SPAN;
pub use status::STATUS;
pub use window::WINDOW;

pub(super) use legacy::read as read_legacy;

use super::model::Expect;
use super::reader::{Item, Reader};
use super::schema::{DESCRIPTION, Kind, Section, optional, same};
use crate::document::{Kind as Value, Table};

/// `[expect]`.
pub static EXPECT: Section = Section {
    header: "expect",
    title: "the expectations",
    doc: "What must be true of the spans that the test emitted.",
    fields: &[
        optional("span", Kind::Tables(&SPAN), "Spans that must be there.").or(&[same("spans")]),
        optional(
            "graph",
            Kind::Table(&GRAPH),
            "Which span is the parent of which.",
        )
        .also(&[Kind::Tables(&GRAPH)]),
        optional("counts", Kind::Table(&COUNTS), "How many spans there are.")
            .or(&[same("count")])
            .also(&[Kind::Tables(&COUNTS)]),
        optional(
            "window",
            Kind::Tables(&WINDOW),
            "Which spans lie within which.",
        )
        .or(&[same("windows")])
        .also(&[Kind::Named(&window::KEYED)]),
        optional(
            "order",
            Kind::Table(&ORDER),
            "Which spans come before which.",
        )
        .also(&[Kind::Tables(&ORDER)]),
        optional(
            "status",
            Kind::Table(&STATUS),
            "With which status spans end.",
        )
        .also(&[Kind::Tables(&STATUS)]),
        optional(
            "hermeticity",
            Kind::Table(&HERMETICITY),
            "That nothing reaches outside.",
        )
        .also(&[Kind::Tables(&HERMETICITY)]),
        optional(
            "allow_empty",
            Kind::Boolean,
            "A trace without spans is no failure.",
        ),
        optional(
            "runner_spans",
            Kind::Boolean,
            "Spans of the runner count too.",
        ),
        DESCRIPTION,
    ],
    open: false,
};

/// Reads `[expect]` into `expect`.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>, expect: &mut Expect) {
    let Some(table) = parent.table_of(item.name, item.node) else {
        expect.incomplete = true;
        return;
    };
    let reader = parent.within(item.name, table, &EXPECT);
    reader.each(|item| {
        if item.alias.is_some() {
            reader.old_name(&item);
        }
        match item.name {
            "span" => spans::read(&reader, &item, expect),
            "graph" => merged(&reader, &item, |table| {
                graph::read(&reader, table, &mut expect.graph)
            }),
            "counts" => {
                let name = &*item.key.name;
                merged(&reader, &item, |table| {
                    counts::read(&reader, name, table, &mut expect.counts);
                });
            }
            "window" => window::read(&reader, &item, &mut expect.windows),
            "order" => merged(&reader, &item, |table| {
                order::read(&reader, table, &mut expect.order)
            }),
            "status" => {
                merged(&reader, &item, |table| {
                    status::read(&reader, table, &mut expect.status)
                });
            }
            "hermeticity" => merged(&reader, &item, |table| {
                hermeticity::read(&reader, table, &mut expect.hermeticity);
            }),
            "allow_empty" => expect.allow_empty = reader.boolean(&item),
            "runner_spans" => expect.runner_spans = reader.boolean(&item),
            "description" => {
                reader.text(&item);
            }
            name => debug_assert!(false, "{name} is read"),
        }
    });
    expect.incomplete |= reader.is_incomplete();
}

/// A table that may stand several times, as macros make it.
fn merged<'n, 't>(
    reader: &Reader<'_, 't>,
    item: &Item<'n, 't>,
    mut read: impl FnMut(&'n Table<'t>),
) {
    let nodes = match &item.node.kind {
        Value::Array(array) if array.of_tables => &array.items,
        _ => std::slice::from_ref(item.node),
    };
    for node in nodes {
        if let Some(table) = reader.table_of(item.name, node) {
            read(table);
        }
    }
}

/// Names of spans as keys.
static BY_NAME: Section = Section {
    header: "expect.counts.by_name",
    title: "`by_name`",
    doc: "Bounds for names of spans.",
    fields: &[],
    open: true,
};
