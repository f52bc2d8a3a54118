//! `[expect.graph]`.

use crate::config::formats::Wrong;
use crate::config::model::{Edge, Graph, Pattern, Spanned};
use crate::config::reader::{Item, Reader};
use crate::config::schema::{DESCRIPTION, Field, Kind, Section, optional, required, same};
use crate::diagnostic::Code;
use crate::document::{Kind as Value, Node, Table};
use crate::source::Span;

const FIELDS: &[Field] = &[
    optional(
        "must_include",
        Kind::Edges,
        "Pairs of parent and child, directly.",
    )
    .or(&[same("edges"), same("parent_child")]),
    optional(
        "must_reach",
        Kind::Edges,
        "Pairs of ancestor and descendant, at any depth.",
    ),
    optional(
        "must_not_cross",
        Kind::Edges,
        "Pairs between which there is no direct edge.",
    ),
    optional("acyclic", Kind::Boolean, "No span is its own ancestor."),
    optional(
        "allow_remote_parents",
        Kind::Boolean,
        "A parent that is not in the trace is no fault.",
    ),
    optional("parent", Kind::Pattern, "With `child`: one edge."),
    optional("child", Kind::Pattern, "With `parent`: one edge."),
    DESCRIPTION,
];

/// `[expect.graph]`.
pub static GRAPH: Section = Section {
    header: "expect.graph",
    title: "`[expect.graph]`",
    doc: "Which span is the parent of which.",
    fields: FIELDS,
    open: false,
};

/// An edge as a table.
pub static EDGE: Section = Section {
    header: "expect.graph.must_include",
    title: "an edge",
    doc: "A pair of spans.",
    fields: &[
        required("parent", Kind::Pattern, "The first.").or(&[same("from"), same("before")]),
        required("child", Kind::Pattern, "The second.").or(&[same("to"), same("after")]),
        DESCRIPTION,
    ],
    open: false,
};

/// Reads one table into `graph`.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, graph: &mut Graph) {
    let reader = parent.within("graph", table, &GRAPH);
    graph.header.get_or_insert(table.name);
    let (mut from, mut to) = (None, None);
    reader.each(|item| match item.name {
        "must_include" => {
            graph.must_include.extend(edges(&reader, &item));
            if item.alias.is_some() {
                reader.old_name(&item);
            }
        }
        "must_reach" => graph.must_reach.extend(edges(&reader, &item)),
        "must_not_cross" => graph.must_not_cross.extend(edges(&reader, &item)),
        "acyclic" => graph.acyclic = reader.boolean(&item).or(graph.acyclic),
        "allow_remote_parents" => {
            graph.allow_remote_parents = reader.boolean(&item).or(graph.allow_remote_parents);
        }
        "parent" => from = reader.pattern(item.name, item.node),
        "child" => to = reader.pattern(item.name, item.node),
        "description" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    match (from, to) {
        (Some(from), Some(to)) => {
            old_edge(&reader, table);
            graph.must_include.push(edge(from, to));
        }
        (Some(_), None) if table.get("child").is_none() => reader.report_missing(&["child"]),
        (None, Some(_)) if table.get("parent").is_none() => reader.report_missing(&["parent"]),
        _ => {}
    }
    if reader.is_incomplete() {
        parent.lose();
    }
}

/// One edge as `parent` and `child`, where today's form is a pair of `must_include`.
fn old_edge<'t>(reader: &Reader<'_, 't>, table: &Table<'t>) {
    let entry = |name: &str| table.entries().iter().find(|entry| entry.key.name == name);
    let (Some(parent), Some(child)) = (entry("parent"), entry("child")) else {
        return;
    };
    let text = reader.cx.text;
    let pair = format!(
        "must_include = [[{}, {}]]",
        parent.value.span.of(text),
        child.value.span.of(text)
    );
    let (first, last) = if parent.key.span.start <= child.key.span.start {
        (parent, child)
    } else {
        (child, parent)
    };
    let report = reader
        .old(
            first.key.span,
            "`parent` and `child` in `[expect.graph]` are an older form",
        )
        .help(format!("write `{pair}`"));
    // Nothing else stands between the two, and no pair beside them.
    let between = text.get(first.value.span.end..last.key.span.start);
    let adjacent = between.is_some_and(|between| {
        between
            .chars()
            .all(|char| char.is_whitespace() || char == ',')
    });
    let alone = ["must_include", "edges", "parent_child"]
        .iter()
        .all(|name| table.get(name).is_none());
    if adjacent && alone {
        let both = Span::new(first.key.span.start, last.value.span.end);
        report.fix([(both, pair)]);
    }
}

fn edge(from: Spanned<Pattern>, to: Spanned<Pattern>) -> Edge {
    let (first, last) = if from.span.start <= to.span.start {
        (from.span, to.span)
    } else {
        (to.span, from.span)
    };
    Edge {
        span: Span::new(first.start, last.end.max(first.end)),
        from,
        to,
    }
}

/// A list of pairs, each `["a", "b"]` or `{ parent = "a", child = "b" }`. A single pair is a list of
/// one.
pub(super) fn edges<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<Edge> {
    edges_of(reader, item.name, item.node)
}

pub(super) fn edges_of<'t>(reader: &Reader<'_, 't>, name: &str, node: &Node<'t>) -> Vec<Edge> {
    let items = match &node.kind {
        // A single pair.
        Value::Array(array)
            if array.items.len() == 2
                && array
                    .items
                    .iter()
                    .all(|node| matches!(node.kind, Value::String(_))) =>
        {
            std::slice::from_ref(node)
        }
        _ => reader.list_of(node, name, "a list of pairs such as [[\"a\", \"b\"]]"),
    };
    items
        .iter()
        .filter_map(|node| pair(reader, name, node))
        .collect()
}

fn pair<'t>(reader: &Reader<'_, 't>, name: &str, node: &Node<'t>) -> Option<Edge> {
    let (from, to) = match &node.kind {
        Value::Array(array) => {
            if array.incomplete {
                reader.lose();
                return None;
            }
            let [from, to] = array.items.as_slice() else {
                reader.lose();
                reader.wrong_value(
                    Code::C102,
                    node.span,
                    node.span.of(reader.cx.text),
                    &Wrong::new(format!(
                        "is no pair: it has {} name{}",
                        array.items.len(),
                        if array.items.len() == 1 { "" } else { "s" }
                    ))
                    .help("write two names of spans, such as [\"a\", \"b\"]"),
                );
                return None;
            };
            (reader.pattern(name, from)?, reader.pattern(name, to)?)
        }
        Value::Table(table) => {
            let inner = reader.within(name, table, &EDGE);
            let (mut from, mut to) = (None, None);
            inner.each(|item| match item.name {
                "parent" => from = inner.pattern(item.name, item.node),
                "child" => to = inner.pattern(item.name, item.node),
                "description" => {
                    inner.text(&item);
                }
                name => debug_assert!(false, "{name} is read"),
            });
            if inner.is_incomplete() {
                reader.lose();
            }
            (from?, to?)
        }
        _ => {
            if reader.is_whole(node) {
                reader.wrong_type(name, node, "a pair of span names such as [\"a\", \"b\"]");
            }
            return None;
        }
    };
    Some(Edge {
        span: node.span,
        from,
        to,
    })
}
