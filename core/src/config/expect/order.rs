//! `[expect.order]`.

use super::graph::edges;
use crate::config::model::{Order, OrderBy};
use crate::config::reader::Reader;
use crate::config::schema::{DESCRIPTION, Kind, Section, optional};
use crate::document::Table;

/// `[expect.order]`.
pub static ORDER: Section = Section {
    header: "expect.order",
    title: "`[expect.order]`",
    doc: "Which spans come before which.",
    fields: &[
        optional(
            "must_precede",
            Kind::Edges,
            "In each pair the first comes before the second.",
        ),
        optional(
            "must_follow",
            Kind::Edges,
            "In each pair the first comes after the second.",
        ),
        optional(
            "by",
            Kind::Word(&["end", "start"]),
            "Which moments are compared.",
        ),
        DESCRIPTION,
    ],
    open: false,
};

/// Reads one table into `order`.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, order: &mut Order) {
    let reader = parent.within("order", table, &ORDER);
    order.header.get_or_insert(table.name);
    reader.each(|item| match item.name {
        "must_precede" => order.must_precede.extend(edges(&reader, &item)),
        "must_follow" => order.must_follow.extend(edges(&reader, &item)),
        "by" => {
            let by = reader.word(&item, &[("end", OrderBy::End), ("start", OrderBy::Start)]);
            order.by = by.or(order.by);
        }
        "description" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    if reader.is_incomplete() {
        parent.lose();
    }
}
