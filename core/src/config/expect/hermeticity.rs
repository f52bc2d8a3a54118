//! `[expect.hermeticity]`.

use super::spans::{attributes, pairs};
use crate::config::model::Hermeticity;
use crate::config::reader::{Item, Reader};
use crate::config::schema::{DESCRIPTION, Kind, Section, optional, same};
use crate::document::{Kind as Value, Table};

/// `[expect.hermeticity]`.
pub static HERMETICITY: Section = Section {
    header: "expect.hermeticity",
    title: "`[expect.hermeticity]`",
    doc: "That nothing reaches outside the test.",
    fields: &[
        optional(
            "no_external_services",
            Kind::Boolean,
            "No span names a peer outside the test.",
        ),
        optional(
            "resource_attrs",
            Kind::Table(&RESOURCE_ATTRS),
            "Attributes of the resource.",
        ),
        optional(
            "resource_attrs_must_match",
            Kind::Attributes,
            "The older form of `resource_attrs.must_match`.",
        ),
        optional(
            "span_attrs",
            Kind::Table(&SPAN_ATTRS),
            "Attributes of spans.",
        ),
        optional(
            "span_attrs_forbid_keys",
            Kind::Patterns,
            "The older form of `span_attrs.forbid_keys`.",
        ),
        DESCRIPTION,
    ],
    open: false,
};

/// `resource_attrs`.
pub static RESOURCE_ATTRS: Section = Section {
    header: "expect.hermeticity.resource_attrs",
    title: "`resource_attrs`",
    doc: "Attributes of the resource.",
    fields: &[optional(
        "must_match",
        Kind::Attributes,
        "Every span's resource has these.",
    )],
    open: false,
};

/// `span_attrs`.
pub static SPAN_ATTRS: Section = Section {
    header: "expect.hermeticity.span_attrs",
    title: "`span_attrs`",
    doc: "Attributes of spans.",
    fields: &[optional(
        "forbid_keys",
        Kind::Patterns,
        "No span has an attribute of this name; globs are allowed.",
    )
    .or(&[same("forbidden_keys")])],
    open: false,
};

/// Reads one table into `hermeticity`.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, hermeticity: &mut Hermeticity) {
    let reader = parent.within("hermeticity", table, &HERMETICITY);
    hermeticity.header.get_or_insert(table.name);
    reader.each(|item| field(&reader, &item, hermeticity));
    if reader.is_incomplete() {
        parent.lose();
    }
}

fn field<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, hermeticity: &mut Hermeticity) {
    match item.name {
        "no_external_services" => {
            let value = reader.boolean(item);
            hermeticity.no_external_services = value.or(hermeticity.no_external_services);
        }
        "resource_attrs" => resource_attrs(reader, item, hermeticity),
        "resource_attrs_must_match" => {
            hermeticity.resource_attrs.extend(attributes(reader, item));
            dotted(reader, item, "resource_attrs.must_match");
        }
        "span_attrs" => {
            let Some(table) = reader.table_of(item.name, item.node) else {
                return;
            };
            let inner = reader.within(item.name, table, &SPAN_ATTRS);
            inner.each(|item| {
                hermeticity.forbid_keys.extend(inner.patterns(&item));
                if item.alias.is_some() {
                    inner.old_name(&item);
                }
            });
            if inner.is_incomplete() {
                reader.lose();
            }
        }
        "span_attrs_forbid_keys" => {
            hermeticity.forbid_keys.extend(reader.patterns(item));
            dotted(reader, item, "span_attrs.forbid_keys");
        }
        "description" => {
            reader.text(item);
        }
        name => debug_assert!(false, "{name} is read"),
    }
}

/// Says that a key has a dot today.
fn dotted(reader: &Reader<'_, '_>, item: &Item<'_, '_>, today: &str) {
    let report = reader
        .old(
            item.key.span,
            format!("`{}` is an older name of `{today}`", item.key.name),
        )
        .help(format!("write `{today}`"));
    let (group, _) = today.split_once('.').unwrap_or((today, ""));
    if reader.table.get(group).is_none()
        && !matches!(item.node.kind, Value::Table(ref t) if t.origin != crate::document::Origin::Inline)
    {
        report.fix([(item.key.span, today.to_owned())]);
    }
}

/// `must_match = { … }`, or the attributes themselves.
fn resource_attrs<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, hermeticity: &mut Hermeticity) {
    let Some(table) = reader.table_of(item.name, item.node) else {
        return;
    };
    let structured = table
        .get("must_match")
        .is_some_and(|node| !matches!(node.kind, Value::String(_)));
    if structured || table.is_empty() {
        let inner = reader.within(item.name, table, &RESOURCE_ATTRS);
        inner.each(|item| hermeticity.resource_attrs.extend(attributes(&inner, &item)));
        if inner.is_incomplete() {
            reader.lose();
        }
        return;
    }
    let report = reader
        .old(
            item.key.span,
            "attributes directly under `resource_attrs` are an older form",
        )
        .help("write `resource_attrs.must_match = { … }`");
    if reader.is_renamable(item) {
        report.fix([(item.key.span, "resource_attrs.must_match".to_owned())]);
    }
    hermeticity.resource_attrs.extend(pairs(reader, table));
}
