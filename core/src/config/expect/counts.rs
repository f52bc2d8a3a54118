//! `[expect.counts]`.

use super::bounds;
use super::spans::KINDS;
use crate::config::model::{Bounds, CountOf, Counts, Spanned};
use crate::config::reader::{Item, Reader};
use crate::config::schema::{DESCRIPTION, Kind, Section, optional, same};
use crate::diagnostic::Code;
use crate::document::{Kind as Value, Table};
use crate::suggest::{self, did_you_mean};

/// `[expect.counts]`.
pub static COUNTS: Section = Section {
    header: "expect.counts",
    title: "`[expect.counts]`",
    doc: "How many spans, events and errors there are.",
    fields: &[
        optional("spans_total", Kind::Bounds, "All spans."),
        optional("events_total", Kind::Bounds, "All events."),
        optional("errors_total", Kind::Bounds, "Spans with the status ERROR."),
        optional(
            "by_name",
            Kind::ByName,
            "Spans of a name, or of a glob over names.",
        ),
        optional("by_kind", Kind::ByName, "Spans of a kind.")
            .or(&[same("spans_by_kind"), same("spans_per_kind")]),
        DESCRIPTION,
    ],
    open: false,
};

/// Reads one table into `counts`.
pub(super) fn read<'t>(
    parent: &Reader<'_, 't>,
    name: &str,
    table: &Table<'t>,
    counts: &mut Counts,
) {
    let reader = parent.within(name, table, &COUNTS);
    counts.header.get_or_insert(table.name);
    reader.each(|item| field(&reader, &item, counts));
    if reader.is_incomplete() {
        parent.lose();
    }
}

fn field<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, counts: &mut Counts) {
    match item.name {
        "spans_total" => add(reader, item, &mut counts.spans_total),
        "events_total" => add(reader, item, &mut counts.events_total),
        "errors_total" => add(reader, item, &mut counts.errors_total),
        "by_name" => {
            let Some(names) = reader.table_of(item.name, item.node) else {
                return;
            };
            let inner = reader.within(item.name, names, &super::BY_NAME);
            by_name(&inner, names, "", counts);
            if inner.is_incomplete() {
                reader.lose();
            }
        }
        "by_kind" => {
            if item.alias.is_some() {
                reader.old_name(item);
            }
            by_kind(reader, item, counts);
        }
        "description" => {
            reader.text(item);
        }
        name => debug_assert!(false, "{name} is read"),
    }
}

/// Adds bounds to those of an earlier table.
fn add<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, total: &mut Option<Bounds<u64>>) {
    let Some(bounds) = bounds::count(reader, item.name, item.node) else {
        return;
    };
    *total = Some(match total.take() {
        Some(earlier) => {
            let both = earlier.and(bounds);
            reader.check_bounds(&both);
            both
        }
        None => bounds,
    });
}

/// Bounds by name. A name that is not quoted (`by_name.http.request = …`) is tables within tables.
fn by_name<'t>(reader: &Reader<'_, 't>, table: &Table<'t>, above: &str, counts: &mut Counts) {
    for entry in table.entries() {
        let key = &*entry.key.name;
        let name = if above.is_empty() {
            key.to_owned()
        } else {
            format!("{above}.{key}")
        };
        if let Value::Table(inner) = &entry.value.kind {
            let bound = |table: &Table<'_>| {
                let known = |name: &str| bounds::COUNT.find(name).is_some();
                table.entries().iter().any(|entry| known(&entry.key.name))
            };
            use crate::document::Origin;
            let path = matches!(
                inner.origin,
                Origin::Dotted | Origin::InlineDotted | Origin::Implied
            );
            if path && !bound(inner) {
                by_name(reader, inner, &name, counts);
                continue;
            }
        }
        let pattern = reader.pattern_of("by_name", Spanned::new(name, entry.key.span));
        let bounds = bounds::count(reader, key, &entry.value);
        if let Some((name, bounds)) = pattern.zip(bounds) {
            counts.by_name.push(CountOf {
                name,
                service: None,
                bounds,
            });
        }
    }
}

fn by_kind<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, counts: &mut Counts) {
    let Some(table) = reader.table_of(item.name, item.node) else {
        return;
    };
    if table.incomplete {
        reader.lose();
    }
    for entry in table.entries() {
        let key = &*entry.key.name;
        let found = KINDS
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(key));
        let Some((_, kind)) = found else {
            reader.lose();
            let report = reader.cx.report(
                Code::C104,
                entry.key.span,
                format!("`{key}` is no kind of span"),
            );
            let words = KINDS.iter().map(|(word, _)| *word);
            match suggest::nearest(key, words) {
                Some(nearest) => report
                    .help(did_you_mean(nearest))
                    .fix([(entry.key.span, nearest.to_owned())]),
                None => report
                    .help("it may be `internal`, `server`, `client`, `producer` or `consumer`"),
            };
            continue;
        };
        if let Some(bounds) = bounds::count(reader, key, &entry.value) {
            counts
                .by_kind
                .push((Spanned::new(*kind, entry.key.span), bounds));
        }
    }
}
