//! `[[expect.span]]`.

use super::bounds;
use crate::config::model::{
    Attribute, AttributeTest, AttributeValue, Bounds, Expect, ExpectedSpan, SpanKind, SpanStatus,
    Spanned, Text,
};
use crate::config::reader::{Item, Reader};
use crate::config::scenarios::tables;
use crate::config::schema::{DESCRIPTION, Field, Kind, Section, optional, required, same};
use crate::document::{Kind as Value, Node, Table};

const FIELDS: &[Field] = &[
    required(
        "name",
        Kind::Pattern,
        "The span's name, or a glob over names.",
    ),
    optional(
        "kind",
        Kind::Word(&["internal", "server", "client", "producer", "consumer"]),
        "Its kind.",
    ),
    optional("parent", Kind::Pattern, "The name of its parent."),
    optional(
        "status",
        Kind::Word(&["OK", "ERROR", "UNSET"]),
        "Its status.",
    ),
    optional("attrs", Kind::Table(&ATTRS), "Its attributes.").or(&[same("attributes")]),
    optional("events", Kind::Table(&EVENTS), "Its events.").also(&[Kind::Texts]),
    optional(
        "duration_ms",
        Kind::Table(&bounds::DURATION),
        "How long it took, in milliseconds.",
    ),
    optional(
        "exists",
        Kind::Boolean,
        "`false`: no span of that name is there.",
    ),
    optional(
        "each",
        Kind::Boolean,
        "Every span of that name meets the conditions.",
    ),
    optional("count", Kind::Bounds, "How many spans meet the conditions."),
    DESCRIPTION,
];

/// `[[expect.span]]`.
pub static SPAN: Section = Section {
    header: "expect.span",
    title: "an expected span",
    doc: "Some span of that name meets all conditions given, together.",
    fields: FIELDS,
    open: false,
};

/// `attrs`.
pub static ATTRS: Section = Section {
    header: "expect.span.attrs",
    title: "`attrs`",
    doc: "Attributes of a span.",
    fields: &[
        optional("all", Kind::Attributes, "All of them are there."),
        optional("any", Kind::Attributes, "At least one of them is there."),
    ],
    open: false,
};

/// `events`.
pub static EVENTS: Section = Section {
    header: "expect.span.events",
    title: "`events`",
    doc: "Names of events on a span.",
    fields: &[
        optional("all", Kind::Texts, "All of them are there."),
        optional("any", Kind::Texts, "At least one of them is there."),
    ],
    open: false,
};

/// What the value of an attribute must be, if not simply equal.
pub static TEST: Section = Section {
    header: "expect.span.attrs.all.NAME",
    title: "a condition on an attribute",
    doc: "Whether the attribute is there, or between which numbers its value lies.",
    fields: &[
        optional(
            "exists",
            Kind::Boolean,
            "The attribute is there, or is not.",
        ),
        optional("eq", Kind::Any, "Equal to this."),
        optional("gte", Kind::Number(f64::MIN, f64::MAX), "At least this.").or(&[same("min")]),
        optional("lte", Kind::Number(f64::MIN, f64::MAX), "At most this.").or(&[same("max")]),
    ],
    open: false,
};

pub(super) const KINDS: &[(&str, SpanKind)] = &[
    ("internal", SpanKind::Internal),
    ("server", SpanKind::Server),
    ("client", SpanKind::Client),
    ("producer", SpanKind::Producer),
    ("consumer", SpanKind::Consumer),
];

pub(super) const STATUSES: &[(&str, SpanStatus)] = &[
    ("OK", SpanStatus::Ok),
    ("ERROR", SpanStatus::Error),
    ("UNSET", SpanStatus::Unset),
];

/// Reads all of them.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>, expect: &mut Expect) {
    for node in tables(parent, item.name, item.node) {
        let Some(table) = parent.table_of(item.name, node) else {
            continue;
        };
        let reader = parent.within(&item.key.name, table, &SPAN);
        let mut span = ExpectedSpan {
            header: table.name,
            ..ExpectedSpan::default()
        };
        reader.each(|item| field(&reader, &item, &mut span));
        span.incomplete = reader.is_incomplete();
        expect.spans.push(span);
    }
}

fn field<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, span: &mut ExpectedSpan) {
    match item.name {
        "name" => span.name = reader.pattern(item.name, item.node),
        "kind" => span.kind = reader.word(item, KINDS),
        "parent" => span.parent = reader.pattern(item.name, item.node),
        "status" => span.status = reader.word(item, STATUSES),
        "attrs" => attrs(reader, item, span),
        "events" => events(reader, item, span),
        "duration_ms" => span.duration_ms = bounds::duration(reader, item.name, item.node),
        "exists" => span.exists = reader.boolean(item),
        "each" => span.each = reader.boolean(item),
        "count" => span.count = bounds::count(reader, item.name, item.node),
        "description" => {
            reader.text(item);
        }
        name => debug_assert!(false, "{name} is read"),
    }
}

/// `attrs.all`, `attrs.any`; or the attributes themselves, which all must be there.
fn attrs<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, span: &mut ExpectedSpan) {
    let Some(table) = reader.table_of(item.name, item.node) else {
        return;
    };
    if item.alias.is_some() {
        reader.old_name(item);
    }
    let structured = ["all", "any"].iter().any(|name| {
        table
            .get(name)
            .is_some_and(|node| !matches!(node.kind, Value::Integer(_) | Value::Boolean(_)))
    });
    if !structured {
        if !table.is_empty() && item.alias.is_none() {
            let report = reader
                .old(
                    item.key.span,
                    "attributes directly under `attrs` are an older form",
                )
                .help("write `attrs.all = { … }`");
            if reader.is_renamable(item) {
                report.fix([(item.key.span, "attrs.all".to_owned())]);
            }
        }
        span.attrs_all.extend(pairs(reader, table));
        return;
    }
    let inner = reader.within(&item.key.name, table, &ATTRS);
    inner.each(|item| {
        let attributes = attributes(&inner, &item);
        if matches!(item.node.kind, Value::Array(_)) && !attributes.is_empty() {
            old_list(&inner, &item);
        }
        match item.name {
            "all" => span.attrs_all.extend(attributes),
            "any" => span.attrs_any.extend(attributes),
            name => debug_assert!(false, "{name} is read"),
        }
    });
    if inner.is_incomplete() {
        reader.lose();
    }
}

/// A list of `"name=value"`, where today's form is a table. One that gives a name two values has no
/// other form.
fn old_list<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) {
    let Value::Array(array) = &item.node.kind else {
        return;
    };
    let mut names = std::collections::BTreeSet::new();
    let distinct = array.items.iter().all(|item| match &item.kind {
        Value::String(text) => names.insert(text.split('=').next().unwrap_or(text)),
        _ => true,
    });
    if !distinct {
        return;
    }
    let name = item.name;
    let report = reader
        .old(
            item.node.span,
            format!("a list for `attrs.{name}` is an older form"),
        )
        .help(format!(
            "write a table, such as `attrs.{name} = {{ \"http.method\" = \"GET\" }}`"
        ));
    if let Some(table) = reader.list_as_table(item.node) {
        report.fix([(item.node.span, table)]);
    }
}

/// A table of attributes, or a list of `"name=value"`.
pub(super) fn attributes<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<Attribute> {
    if let Value::Array(_) = item.node.kind {
        let pairs = reader.list_pairs(item.name, item.node);
        return pairs
            .into_iter()
            .map(|pair| Attribute {
                name: pair.name,
                value: pair
                    .value
                    .map(|text| AttributeTest::Equal(AttributeValue::Text(text))),
            })
            .collect();
    }
    reader
        .table_of(item.name, item.node)
        .map(|table| pairs(reader, table))
        .unwrap_or_default()
}

/// The attributes of a table.
pub(super) fn pairs<'t>(reader: &Reader<'_, 't>, table: &Table<'t>) -> Vec<Attribute> {
    if table.incomplete {
        reader.lose();
    }
    let mut found = Vec::with_capacity(table.entries().len());
    collect(reader, table, "", &mut found);
    found
}

/// Attributes by dotted keys (`http.method = "GET"`) are tables within tables.
fn collect<'t>(
    reader: &Reader<'_, 't>,
    table: &Table<'t>,
    above: &str,
    found: &mut Vec<Attribute>,
) {
    for entry in table.entries() {
        let key = &*entry.key.name;
        let name = if above.is_empty() {
            key.to_owned()
        } else {
            format!("{above}.{key}")
        };
        let is_path = |table: &Table<'_>| {
            use crate::document::Origin;
            let known = |entry: &crate::document::Entry<'_>| TEST.find(&entry.key.name).is_some();
            matches!(table.origin, Origin::Dotted | Origin::InlineDotted)
                && !table.entries().iter().any(known)
        };
        match &entry.value.kind {
            Value::Table(inner) if is_path(inner) => collect(reader, inner, &name, found),
            _ => {
                if let Some(value) = test(reader, &name, &entry.value) {
                    found.push(Attribute {
                        name: Spanned::new(name, entry.key.span),
                        value: Spanned::new(value, entry.value.span),
                    });
                }
            }
        }
    }
}

fn test<'t>(reader: &Reader<'_, 't>, name: &str, node: &Node<'t>) -> Option<AttributeTest> {
    let Value::Table(table) = &node.kind else {
        return value(reader, name, node).map(AttributeTest::Equal);
    };
    let inner = reader.within(name, table, &TEST);
    let mut exists = None;
    let mut equal = None;
    let mut bounds = Bounds {
        span: node.span,
        ..Bounds::default()
    };
    inner.each(|item| match item.name {
        "exists" => exists = inner.boolean(&item),
        "eq" => equal = value(&inner, item.name, item.node),
        "gte" => bounds.gte = inner.number(item.name, item.node),
        "lte" => bounds.lte = inner.number(item.name, item.node),
        name => debug_assert!(false, "{name} is read"),
    });
    if inner.is_incomplete() {
        reader.lose();
    }
    inner.check_bounds(&bounds);
    match (exists, equal) {
        (Some(exists), _) => Some(AttributeTest::Exists(exists.value)),
        (None, Some(value)) => Some(AttributeTest::Equal(value)),
        (None, None) if bounds.gte.is_some() || bounds.lte.is_some() => {
            Some(AttributeTest::Within(bounds))
        }
        (None, None) => {
            reader.lose();
            None
        }
    }
}

/// A value that an attribute may have.
pub(super) fn value<'t>(
    reader: &Reader<'_, 't>,
    name: &str,
    node: &Node<'t>,
) -> Option<AttributeValue> {
    if !reader.is_whole(node) {
        return None;
    }
    Some(match &node.kind {
        Value::String(text) => AttributeValue::Text(text.to_string()),
        Value::Integer(number) => match i64::try_from(*number) {
            Ok(number) => AttributeValue::Int(number),
            Err(_) => AttributeValue::Text(node.span.of(reader.cx.text).to_owned()),
        },
        Value::Float(number) => AttributeValue::Float(*number),
        Value::Boolean(value) => AttributeValue::Bool(*value),
        Value::Datetime(text) => AttributeValue::Text((*text).to_owned()),
        Value::Array(array) => {
            let values = array.items.iter().map(|node| value(reader, name, node));
            AttributeValue::List(values.collect::<Option<_>>()?)
        }
        Value::Table(_) | Value::Damaged => {
            reader.wrong_type(
                name,
                node,
                "a string, a number, a boolean or a list of them",
            );
            return None;
        }
    })
}

/// `events.all`, `events.any`; or the names themselves, which all must be there.
fn events<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, span: &mut ExpectedSpan) {
    if let Value::Array(_) = item.node.kind {
        let events: Vec<Text> = reader.texts(item);
        reader
            .old(item.key.span, "a list for `events` is an older form")
            .help("write `events.all = [ … ]`")
            .fix([(item.key.span, "events.all".to_owned())]);
        span.events_all.extend(events);
        return;
    }
    let Some(table) = reader.table_of(item.name, item.node) else {
        return;
    };
    let inner = reader.within(item.name, table, &EVENTS);
    inner.each(|item| match item.name {
        "all" => span.events_all.extend(inner.texts(&item)),
        "any" => span.events_any.extend(inner.texts(&item)),
        name => debug_assert!(false, "{name} is read"),
    });
    if inner.is_incomplete() {
        reader.lose();
    }
}
