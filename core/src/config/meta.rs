//! `[meta]`: what the test is called, under its three headers.

use super::model::Meta;
use super::reader::Reader;
use super::schema::{DESCRIPTION, Field, Form, Kind, Section, alias, optional, required};
use crate::document::Node;

const FIELDS: &[Field] = &[
    required("name", Kind::Text, "What the test is called."),
    optional("version", Kind::Scalar, "Its version."),
    DESCRIPTION,
    optional(
        "tags",
        Kind::Texts,
        "Words to choose it by: `clnrm run --tag`.",
    ),
    optional("author", Kind::Text, "Who wrote it."),
    optional("timeout", Kind::Duration, "Of the whole test.").or(&[
        alias("timeout_seconds", Form::Seconds),
        alias("timeout_ms", Form::Millis),
    ]),
    optional(
        "template",
        Kind::Boolean,
        "`false`: strings that look like template expressions are left as they are.",
    ),
];

/// `[meta]`.
pub static META: Section = Section {
    header: "meta",
    title: "the test's head",
    doc: "What the test is called, and what it is for.",
    fields: FIELDS,
    open: false,
};

/// `[test]`: the older form, which may also hold the fields of `[meta]` itself.
pub static TEST: Section = Section {
    header: "test",
    title: "the test",
    doc: "The older form of `[meta]`.",
    fields: &[
        optional("name", Kind::Text, "What the test is called."),
        optional("version", Kind::Scalar, "Its version."),
        DESCRIPTION,
        optional("tags", Kind::Texts, "Words to choose it by."),
        optional("author", Kind::Text, "Who wrote it."),
        optional("timeout", Kind::Duration, "Of the whole test.").or(&[
            alias("timeout_seconds", Form::Seconds),
            alias("timeout_ms", Form::Millis),
        ]),
        optional("template", Kind::Boolean, "As in `[meta]`."),
        optional("metadata", Kind::Table(&META), "The same as `[meta]`."),
        optional(
            "assertions",
            Kind::Table(&super::assertions::TEST_ASSERTIONS),
            "Legacy assertions on the run.",
        ),
        optional(
            "cleanup",
            Kind::Table(&super::assertions::CLEANUP),
            "What is removed afterwards; our runner always removes everything.",
        ),
    ],
    open: false,
};

/// Reads one field of the head into `meta`. `false`: it is none.
pub(super) fn field<'t>(
    reader: &Reader<'_, 't>,
    item: &super::reader::Item<'_, 't>,
    meta: &mut Meta,
) -> bool {
    // What stands first counts; `[meta]` beside `[test.metadata]` says the same twice.
    match item.name {
        "name" => meta.name = meta.name.take().or(reader.words(item)),
        "version" => meta.version = meta.version.take().or(reader.scalar(item.name, item.node)),
        "description" => meta.description = meta.description.take().or(reader.text(item)),
        "tags" => meta.tags.extend(reader.texts(item)),
        "author" => meta.author = meta.author.take().or(reader.text(item)),
        "timeout" => meta.timeout = meta.timeout.or(reader.some_time(item)),
        "template" => meta.template = meta.template.or(reader.boolean(item)),
        _ => return false,
    }
    true
}

/// Reads a table that holds the head only.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, name: &str, node: &Node<'t>, meta: &mut Meta) {
    let Some(table) = parent.table_of(name, node) else {
        meta.incomplete = true;
        return;
    };
    let reader = parent.within(name, table, &META);
    meta.header.get_or_insert(table.name);
    reader.each(|item| {
        let known = field(&reader, &item, meta);
        debug_assert!(known, "{} is read", item.name);
    });
    meta.incomplete |= reader.is_incomplete();
}

/// An older header, and where its name stands.
pub(super) fn old_header(reader: &Reader<'_, '_>, table: &crate::document::Table<'_>, fix: bool) {
    let written = table.name.of(reader.cx.text);
    let report = reader
        .old(
            table.name,
            format!("`[{written}]` is the older form of `[meta]`"),
        )
        .help("write `[meta]`");
    if fix {
        report.fix([(table.name, "meta".to_owned())]);
    }
}

/// Whether a head was found at all.
pub(super) fn is_missing(meta: &Meta) -> bool {
    meta.header.is_none() && !meta.incomplete
}
