//! `[otel_validation]`: an older block, translated into the expectations of `[expect]`.

mod format;

pub use self::format::OTEL_VALIDATION;
use self::format::{ATTRIBUTE, COUNT, HERMETIC, PATH, REQUIRED, SPAN, TEMPORAL, TOPOLOGY, TRACE};
use super::spans::{KINDS, STATUSES, pairs, value};
use super::{bounds, graph};
use crate::config::model::{
    Attribute, AttributeRule, AttributeTest, AttributeValue, Bounds, CountOf, Edge, Expect,
    ExpectedSpan, Pattern, Spanned,
};
use crate::config::reader::{Item, Reader};
use crate::config::scenarios::tables;
use crate::diagnostic::Code;
use crate::document::{Kind as Value, Table};

/// Reads the block into `expect`.
pub(in crate::config) fn read<'t>(
    parent: &Reader<'_, 't>,
    item: &Item<'_, 't>,
    expect: &mut Expect,
) {
    let Some(table) = parent.table_of(item.name, item.node) else {
        expect.incomplete = true;
        return;
    };
    let reader = parent.within(item.name, table, &OTEL_VALIDATION);
    reader
        .old(
            table.name,
            "`[otel_validation]` is an older form of `[expect]`",
        )
        .help("write the same under `[expect]`");
    let on = |name: &str| {
        let off = table
            .get(name)
            .is_some_and(|node| node.kind == Value::Boolean(false));
        !off
    };
    let enabled = on("enabled");
    reader.each(|item| {
        // What is switched off is read all the same, for its mistakes.
        let mut unused = Expect::default();
        let into = |switch: &str| enabled && (switch.is_empty() || on(switch));
        let mut go = |switch: &str, read: &dyn Fn(&Reader<'_, 't>, &Table<'t>, &mut Expect)| {
            let target = if into(switch) {
                &mut *expect
            } else {
                &mut unused
            };
            each_table(&reader, &item, |table| read(&reader, table, target));
        };
        match item.name {
            "expected_spans" => go("validate_spans", &span),
            "expected_traces" => go("validate_traces", &trace),
            "expect_counts" => go("validate_cardinality", &|reader, table, expect| {
                super::counts::read(reader, "expect_counts", table, &mut expect.counts);
            }),
            "span_count_constraints" => go("validate_cardinality", &count),
            "temporal_constraints" => go("validate_temporal_ordering", &temporal),
            "hermeticity_constraints" => go("validate_hermeticity", &hermetic),
            "graph_topology_constraints" => go("validate_graph_topology", &topology),
            "attribute_constraints" => go("validate_attributes", &attribute),
            "reason" => {
                reader.text(&item);
            }
            _ => {
                reader.boolean(&item);
            }
        }
    });
    expect.incomplete |= reader.is_incomplete();
}

fn each_table<'n, 't>(
    reader: &Reader<'_, 't>,
    item: &Item<'n, 't>,
    mut read: impl FnMut(&'n Table<'t>),
) {
    for node in tables(reader, item.name, item.node) {
        if let Some(table) = reader.table_of(item.name, node) {
            read(table);
        }
    }
}

fn lose_with(parent: &Reader<'_, '_>, reader: &Reader<'_, '_>) {
    if reader.is_incomplete() {
        parent.lose();
    }
}

fn span<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, expect: &mut Expect) {
    let reader = parent.within("expected_spans", table, &SPAN);
    let mut span = ExpectedSpan {
        header: table.name,
        ..ExpectedSpan::default()
    };
    let (mut least, mut greatest) = (None, None);
    reader.each(|item| match item.name {
        "name" => span.name = reader.pattern(item.name, item.node),
        "required" => {
            span.optional = reader
                .boolean(&item)
                .is_some_and(|required| !required.value)
        }
        "parent" => span.parent = reader.pattern(item.name, item.node),
        "kind" => span.kind = reader.word(&item, KINDS),
        "status" => span.status = reader.word(&item, STATUSES),
        // A table, or several of one attribute each.
        "attributes" => each_table(&reader, &item, |table| {
            span.attrs_all.extend(pairs(&reader, table));
        }),
        "required_attributes" => required_attributes(&reader, &item, &mut span),
        "count" => span.count = bounds::any_count(&reader, item.name, item.node),
        "min_duration_ms" => {
            least = reader.number_within(item.name, item.node, 0.0, f64::INFINITY);
        }
        "max_duration_ms" => {
            greatest = reader.number_within(item.name, item.node, 0.0, f64::INFINITY);
        }
        "reason" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    span.duration_ms = bounds::between(&reader, least, greatest);
    kind_of_attributes(&mut span);
    span.incomplete = reader.is_incomplete();
    lose_with(parent, &reader);
    expect.spans.push(span);
}

/// The older form has the kind among the attributes.
fn kind_of_attributes(span: &mut ExpectedSpan) {
    let found = span
        .attrs_all
        .iter()
        .position(|a| a.name.value == "span.kind");
    let Some(at) = found else {
        return;
    };
    let AttributeTest::Equal(AttributeValue::Text(text)) = &span.attrs_all[at].value.value else {
        return;
    };
    let kind = KINDS
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text));
    if let Some((_, kind)) = kind {
        let place = span.attrs_all[at].value.span;
        span.kind.get_or_insert(Spanned::new(*kind, place));
        span.attrs_all.remove(at);
    }
}

fn required_attributes<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, span: &mut ExpectedSpan) {
    let mut names = Vec::new();
    if let Value::Table(table) = &item.node.kind {
        let inner = reader.within(item.name, table, &REQUIRED);
        inner.each(|item| names = inner.texts(&item));
        lose_with(reader, &inner);
    } else {
        names = reader.texts(item);
    }
    for name in names {
        // What is equal to a value is there.
        if span.attrs_all.iter().any(|a| a.name.value == name.value) {
            continue;
        }
        let place = name.span;
        span.attrs_all.push(Attribute {
            name,
            value: Spanned::new(AttributeTest::Exists(true), place),
        });
    }
}

fn trace<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, expect: &mut Expect) {
    let reader = parent.within("expected_traces", table, &TRACE);
    let mut names = Vec::new();
    let mut complete = true;
    reader.each(|item| match item.name {
        "span_names" => names = reader.patterns(&item),
        "complete" => complete = reader.boolean(&item).is_none_or(|complete| complete.value),
        "is_tree" => acyclic(&reader, &item, expect),
        "parent_child" => {
            expect.graph.header.get_or_insert(table.name);
            expect
                .graph
                .must_include
                .extend(graph::edges(&reader, &item));
        }
        "reason" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    if complete {
        for name in names {
            let known =
                |span: &ExpectedSpan| span.name.as_ref().is_some_and(|n| n.value == name.value);
            if !expect.spans.iter().any(known) {
                expect.spans.push(ExpectedSpan {
                    header: name.span,
                    name: Some(name),
                    ..ExpectedSpan::default()
                });
            }
        }
    }
    lose_with(parent, &reader);
}

fn acyclic<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>, expect: &mut Expect) {
    if let Some(value) = reader.boolean(item)
        && value.value
    {
        expect.graph.header.get_or_insert(reader.table.name);
        expect.graph.acyclic.get_or_insert(value);
    }
}

fn count<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, expect: &mut Expect) {
    let reader = parent.within("span_count_constraints", table, &COUNT);
    let (mut name, mut service) = (None, None);
    let mut bounds = Bounds {
        span: table.name,
        ..Bounds::default()
    };
    reader.each(|item| match item.name {
        "span_name" => name = reader.pattern(item.name, item.node),
        "service_name" => service = reader.words(&item),
        "exact_count" => bounds.eq = reader.natural(&item.key.name, item.node),
        "min_count" => bounds.gte = reader.natural(&item.key.name, item.node),
        "max_count" => bounds.lte = reader.natural(&item.key.name, item.node),
        "reason" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    lose_with(parent, &reader);
    reader.check_bounds(&bounds);
    const COUNTS: &[&str] = &["exact_count", "min_count", "max_count"];
    if bounds.eq.is_none() && bounds.gte.is_none() && bounds.lte.is_none() {
        if COUNTS.iter().all(|name| table.get(name).is_none()) {
            reader.report_missing(COUNTS);
        }
        return;
    }
    expect.counts.header.get_or_insert(table.name);
    match name {
        Some(name) => expect.counts.by_name.push(CountOf {
            name,
            service,
            bounds,
        }),
        None if reader.is_incomplete() => {}
        None if service.is_some() => {
            let name = Spanned::new(Pattern::new("*"), table.name);
            expect.counts.by_name.push(CountOf {
                name,
                service,
                bounds,
            });
        }
        None => {
            expect.counts.spans_total.get_or_insert(bounds);
        }
    }
}

fn temporal<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, expect: &mut Expect) {
    let reader = parent.within("temporal_constraints", table, &TEMPORAL);
    let (mut name, mut before, mut after) = (None, Vec::new(), Vec::new());
    reader.each(|item| match item.name {
        "span_name" => name = reader.pattern(item.name, item.node),
        "must_precede" => after = reader.patterns(&item),
        "must_follow" => before = reader.patterns(&item),
        "reason" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    lose_with(parent, &reader);
    let Some(name) = name else {
        return;
    };
    let edge = |other: Spanned<Pattern>| Edge {
        span: other.span,
        from: name.clone(),
        to: other,
    };
    expect.order.header.get_or_insert(table.name);
    expect
        .order
        .must_precede
        .extend(after.into_iter().map(edge));
    expect
        .order
        .must_follow
        .extend(before.into_iter().map(edge));
}

fn hermetic<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, expect: &mut Expect) {
    let reader = parent.within("hermeticity_constraints", table, &HERMETIC);
    reader.each(|item| match item.name {
        "no_external_network" => {
            expect.hermeticity.header.get_or_insert(table.name);
            let value = reader.boolean(&item);
            let known = &mut expect.hermeticity.no_external_services;
            *known = known.or(value);
        }
        _ => {
            reader.text(&item);
        }
    });
    lose_with(parent, &reader);
}

fn topology<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, expect: &mut Expect) {
    let reader = parent.within("graph_topology_constraints", table, &TOPOLOGY);
    reader.each(|item| match item.name {
        "no_orphaned_spans" | "no_cycles" => acyclic(&reader, &item, expect),
        "required_paths" => each_table(&reader, &item, |table| path(&reader, table, expect)),
        _ => {
            reader.text(&item);
        }
    });
    lose_with(parent, &reader);
}

fn path<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, expect: &mut Expect) {
    let reader = parent.within("required_paths", table, &PATH);
    let (mut from, mut to, mut path) = (None, None, Vec::new());
    reader.each(|item| match item.name {
        "from" => from = reader.pattern(item.name, item.node),
        "to" => to = reader.pattern(item.name, item.node),
        "path" => path = reader.patterns(&item),
        _ => {
            reader.text(&item);
        }
    });
    lose_with(parent, &reader);
    expect.graph.header.get_or_insert(table.name);
    if let Some((from, to)) = from.zip(to) {
        expect.graph.must_reach.push(Edge {
            span: to.span,
            from,
            to,
        });
    }
    for pair in path.windows(2) {
        let edge = Edge {
            span: pair[1].span,
            from: pair[0].clone(),
            to: pair[1].clone(),
        };
        expect.graph.must_include.push(edge);
    }
}

fn attribute<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, expect: &mut Expect) {
    let reader = parent.within("attribute_constraints", table, &ATTRIBUTE);
    let mut name = None;
    let mut rule = AttributeRule {
        name: Spanned::new(String::new(), table.name),
        data_type: None,
        range: None,
        pattern: None,
        allowed: Vec::new(),
    };
    reader.each(|item| match item.name {
        "attribute_name" => name = reader.words(&item),
        "data_type" => {
            let types = ["string", "integer", "float", "boolean"].map(|word| (word, word));
            let word = reader.word(&item, &types);
            rule.data_type = word.map(|word| word.map(str::to_owned));
        }
        "valid_range" => rule.range = range(&reader, &item),
        "pattern" => rule.pattern = reader.regex(&item),
        "allowed_values" => {
            let values = reader.list_of(item.node, item.name, "a list of values");
            rule.allowed = values
                .iter()
                .filter_map(|node| {
                    let value = value(&reader, item.name, node)?;
                    Some(Spanned::new(value, node.span))
                })
                .collect();
        }
        "reason" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    lose_with(parent, &reader);
    if let Some(name) = name {
        expect.attributes.push(AttributeRule { name, ..rule });
    }
}

/// `[least, greatest]`.
fn range<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Bounds<f64>> {
    let values = reader.list_of(item.node, item.name, "two numbers");
    if let [least, greatest] = values {
        let least = reader.number(item.name, least);
        let greatest = reader.number(item.name, greatest);
        return bounds::between(reader, least, greatest);
    }
    if reader.is_whole(item.node) && matches!(item.node.kind, Value::Array(_)) {
        reader.lose();
        reader
            .cx
            .report(
                Code::C104,
                item.node.span,
                format!("`{}` has {} values", item.name, values.len()),
            )
            .help("write the least and the greatest value, such as [200, 299]");
    }
    None
}
