//! Bounds: `{ eq, gte, lte }`, `{ min, max }`, a bare number.

use crate::config::model::{Bounds, Spanned};
use crate::config::reader::Reader;
use crate::config::schema::{Field, Kind, Section, optional, same};
use crate::config::values::key;
use crate::document::{Kind as Value, Node};

const EQ: Field = optional("eq", Kind::Number(0.0, f64::MAX), "Exactly so many.")
    .or(&[same("exact"), same("exact_count")]);
const GTE: Field = optional("gte", Kind::Number(0.0, f64::MAX), "At least so many.")
    .or(&[same("min"), same("min_count")]);
const LTE: Field = optional("lte", Kind::Number(0.0, f64::MAX), "At most so many.")
    .or(&[same("max"), same("max_count")]);

/// Bounds of a count.
pub static COUNT: Section = Section {
    header: "expect.counts.NAME",
    title: "bounds",
    doc: "Bounds of a number; all that are given hold.",
    fields: &[EQ, GTE, LTE],
    open: false,
};

/// Bounds of a duration, which are called `min` and `max`.
pub static DURATION: Section = Section {
    header: "expect.span.duration_ms",
    title: "bounds of a duration",
    doc: "Bounds of a duration in milliseconds, both inclusive.",
    fields: &[
        optional("min", Kind::Number(0.0, f64::MAX), "At least so long.").or(&[same("gte")]),
        optional("max", Kind::Number(0.0, f64::MAX), "At most so long.").or(&[same("lte")]),
    ],
    open: false,
};

/// Bounds of a count of spans or events.
pub(super) fn count<'t>(
    reader: &Reader<'_, 't>,
    name: &str,
    node: &Node<'t>,
) -> Option<Bounds<u64>> {
    let bounds = any_count(reader, name, node)?;
    if let Value::Integer(_) = node.kind {
        let number = node.span.of(reader.cx.text);
        reader
            .old(
                node.span,
                format!("a bare number for `{name}` is an older form"),
            )
            .help(format!("write `{} = {{ eq = {number} }}`", key(name)))
            .fix([(node.span, format!("{{ eq = {number} }}"))]);
    }
    Some(bounds)
}

/// As [`count`], saying nothing of a bare number.
pub(super) fn any_count<'t>(
    reader: &Reader<'_, 't>,
    name: &str,
    node: &Node<'t>,
) -> Option<Bounds<u64>> {
    let mut bounds = Bounds {
        span: node.span,
        ..Bounds::default()
    };
    let table = match &node.kind {
        Value::Table(table) => table,
        Value::Integer(_) => {
            bounds.eq = Some(reader.natural(name, node)?);
            return Some(bounds);
        }
        _ => {
            if reader.is_whole(node) {
                reader.wrong_type(name, node, "bounds such as `{ gte = 1 }`");
            }
            return None;
        }
    };
    let inner = reader.within(name, table, &COUNT);
    inner.each(|item| {
        let value = inner.natural(&item.key.name, item.node);
        if item.alias.is_some() {
            inner.old_name(&item);
        }
        match item.name {
            "eq" => bounds.eq = value,
            "gte" => bounds.gte = value,
            "lte" => bounds.lte = value,
            name => debug_assert!(false, "{name} is read"),
        }
    });
    if inner.is_incomplete() {
        reader.lose();
    }
    reader.check_bounds(&bounds);
    Some(bounds)
}

/// Bounds of a duration in milliseconds.
pub(super) fn duration<'t>(
    reader: &Reader<'_, 't>,
    name: &str,
    node: &Node<'t>,
) -> Option<Bounds<f64>> {
    let table = reader.table_of(name, node)?;
    let inner = reader.within(name, table, &DURATION);
    let mut bounds = Bounds {
        span: node.span,
        ..Bounds::default()
    };
    inner.each(|item| {
        let value = inner.number_within(&item.key.name, item.node, 0.0, f64::INFINITY);
        match item.name {
            "min" => bounds.gte = value,
            "max" => bounds.lte = value,
            name => debug_assert!(false, "{name} is read"),
        }
    });
    if inner.is_incomplete() {
        reader.lose();
    }
    reader.check_bounds(&bounds);
    Some(bounds)
}

/// Two numbers as bounds, if there is one at all.
pub(super) fn between(
    reader: &Reader<'_, '_>,
    least: Option<Spanned<f64>>,
    greatest: Option<Spanned<f64>>,
) -> Option<Bounds<f64>> {
    let first = least.or(greatest)?;
    let last = greatest.unwrap_or(first);
    let bounds = Bounds {
        span: first.span.min(last.span),
        eq: None,
        gte: least,
        lte: greatest,
    };
    reader.check_bounds(&bounds);
    Some(bounds)
}
