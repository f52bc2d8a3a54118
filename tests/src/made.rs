//! Traces that are made to meet what a test expects, or to break one expectation of it.
//!
//! Deliberately simple and apart from the evaluator: spans are invented from the names in the file,
//! hung below each other as it says, laid out in time one after the other, and given the attributes
//! that it names. What cannot be met together is not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clnrm_core::config::model::{
    Attribute, AttributeTest, AttributeValue, Bounds, ExpectedSpan, OrderBy, Pattern, SpanKind,
    SpanStatus, TestFile,
};

/// A span that was made.
#[derive(Clone, Debug, Default)]
pub struct Made {
    name: String,
    kind: Option<SpanKind>,
    status: Option<SpanStatus>,
    parent: Option<usize>,
    attributes: BTreeMap<String, AttributeValue>,
    events: Vec<String>,
    resource: BTreeMap<String, AttributeValue>,
    /// At least so long, in milliseconds.
    least: f64,
    rank: usize,
    /// In nanoseconds.
    start: u64,
    end: u64,
}

/// What breaks an expectation.
#[derive(Debug)]
pub enum Broken {
    /// These spans do.
    Trace(Vec<Made>),
    /// Nothing that is known here.
    Unknown,
}

/// A name that a pattern means.
fn name(pattern: &Pattern) -> String {
    let text = pattern.as_str();
    if !pattern.is_glob() {
        return text.to_owned();
    }
    let mut name = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => name.push_str("any"),
            '?' => name.push('x'),
            '[' => {
                let inside: String = letters.by_ref().take_while(|one| *one != ']').collect();
                name.push(inside.chars().next().unwrap_or('x'));
            }
            plain => name.push(plain),
        }
    }
    name
}

fn ensure(spans: &mut Vec<Made>, pattern: &Pattern) -> usize {
    if let Some(at) = spans.iter().position(|span| pattern.matches(&span.name)) {
        return at;
    }
    add(spans, name(pattern))
}

fn add(spans: &mut Vec<Made>, name: String) -> usize {
    spans.push(Made {
        name,
        least: 1.0,
        ..Made::default()
    });
    spans.len() - 1
}

/// Whether `above` is `at` or stands above it.
fn is_above(spans: &[Made], above: usize, at: usize) -> bool {
    let mut at = Some(at);
    while let Some(this) = at {
        if this == above {
            return true;
        }
        at = spans[this].parent;
    }
    false
}

fn some_value(test: &AttributeTest) -> Option<AttributeValue> {
    match test {
        AttributeTest::Equal(value) => Some(value.clone()),
        AttributeTest::Exists(true) => Some(AttributeValue::Text("x".to_owned())),
        AttributeTest::Exists(false) => None,
        AttributeTest::Within(bounds) => bounds
            .least()
            .or(bounds.greatest())
            .map(AttributeValue::Float),
    }
}

/// Attributes that meet those that are expected.
fn wanted(expected: &ExpectedSpan) -> Vec<(String, AttributeValue)> {
    let all = expected.attrs_all.iter().chain(expected.attrs_any.first());
    let pair = |one: &Attribute| Some((one.name.value.clone(), some_value(&one.value.value)?));
    all.filter_map(pair).collect()
}

fn needed(bounds: &Bounds<u64>) -> usize {
    bounds
        .least()
        .and_then(|least| usize::try_from(least).ok())
        .unwrap_or(0)
}

/// Spans that meet everything that `test` expects, as far as that can be met together.
#[must_use]
pub fn meeting(test: &TestFile) -> Vec<Made> {
    let expect = &test.expect;
    let mut spans: Vec<Made> = Vec::new();
    for expected in &expect.spans {
        let absent = expected.exists.is_some_and(|exists| !exists.value)
            || expected
                .count
                .as_ref()
                .is_some_and(|count| count.greatest() == Some(0));
        if absent || expected.optional {
            continue;
        }
        let Some(pattern) = &expected.name else {
            continue;
        };
        let attributes = wanted(expected);
        let fits = |span: &Made| {
            pattern.value.matches(&span.name)
                && (expected.kind.is_none()
                    || span.kind.is_none()
                    || span.kind == expected.kind.map(|k| k.value))
                && attributes
                    .iter()
                    .all(|(key, value)| span.attributes.get(key).is_none_or(|known| known == value))
        };
        let copies = expected.count.as_ref().map_or(1, needed).max(1);
        for copy in 0..copies {
            let known = spans.iter().position(fits).filter(|_| copy == 0);
            let at = known.unwrap_or_else(|| add(&mut spans, name(&pattern.value)));
            let parent = expected
                .parent
                .as_ref()
                .map(|parent| ensure(&mut spans, &parent.value));
            let span = &mut spans[at];
            span.kind = expected.kind.map(|kind| kind.value).or(span.kind);
            span.status = expected.status.map(|status| status.value).or(span.status);
            span.parent = parent.or(span.parent);
            span.attributes.extend(attributes.iter().cloned());
            let events = expected
                .events_all
                .iter()
                .chain(expected.events_any.first());
            span.events.extend(events.map(|event| event.value.clone()));
            if let Some(bounds) = &expected.duration_ms {
                span.least = bounds
                    .gte
                    .map_or(span.least, |least| least.value.max(span.least));
            }
        }
    }
    for edge in &expect.graph.must_include {
        let (from, to) = (
            ensure(&mut spans, &edge.from.value),
            ensure(&mut spans, &edge.to.value),
        );
        match spans[to].parent {
            None if !is_above(&spans, to, from) => spans[to].parent = Some(from),
            Some(parent) if edge.from.value.matches(&spans[parent].name) => {}
            _ => {
                let again = add(&mut spans, name(&edge.to.value));
                spans[again].parent = Some(from);
            }
        }
    }
    let reach = expect
        .graph
        .must_reach
        .iter()
        .map(|edge| (&edge.from.value, &edge.to.value));
    let windows = expect.windows.iter().filter_map(|window| {
        let outer = window.outer.as_ref()?;
        Some(
            window
                .contains
                .iter()
                .map(move |inner| (&outer.value, &inner.value)),
        )
    });
    for (outer, inner) in reach.chain(windows.flatten()) {
        let above = ensure(&mut spans, outer);
        ensure(&mut spans, inner);
        for at in 0..spans.len() {
            if !inner.matches(&spans[at].name) || at == above {
                continue;
            }
            let mut top = at;
            let mut within = false;
            while let Some(parent) = spans[top].parent {
                within |= outer.matches(&spans[parent].name);
                top = parent;
            }
            if !within && !is_above(&spans, top, above) {
                spans[top].parent = Some(above);
            }
        }
    }
    let before: Vec<(&Pattern, &Pattern)> = before(test);
    for (first, second) in &before {
        ensure(&mut spans, first);
        ensure(&mut spans, second);
    }
    for count in &expect.counts.by_name {
        while spans
            .iter()
            .filter(|span| count.name.value.matches(&span.name))
            .count()
            < needed(&count.bounds)
        {
            add(&mut spans, name(&count.name.value));
        }
    }
    for (kind, bounds) in &expect.counts.by_kind {
        for span in spans.iter_mut().take(needed(bounds)) {
            span.kind = span.kind.or(Some(kind.value));
        }
    }
    let total = expect.counts.spans_total.as_ref().map_or(0, needed);
    while spans.len() < total.max(1) {
        add(&mut spans, "filler".to_owned());
    }
    let events: usize = spans.iter().map(|span| span.events.len()).sum();
    for _ in events..expect.counts.events_total.as_ref().map_or(0, needed) {
        spans[0].events.push("filler".to_owned());
    }
    for (pattern, status) in &expect.status.by_name {
        ensure(&mut spans, &pattern.value);
        let meant = spans
            .iter_mut()
            .filter(|span| pattern.value.matches(&span.name));
        meant.for_each(|span| span.status = Some(status.value));
    }
    if let Some(all) = expect.status.all {
        spans
            .iter_mut()
            .for_each(|span| span.status = span.status.or(Some(all.value)));
    }
    for rule in &expect.attributes {
        let number = rule.range.as_ref().and_then(Bounds::least);
        let value = match (rule.allowed.first(), number, &rule.pattern) {
            (Some(allowed), ..) => allowed.value.clone(),
            (None, Some(number), _) => AttributeValue::Int(number as i64),
            (None, None, Some(pattern)) if pattern.value.contains("{36}") => {
                AttributeValue::Text("00000000-0000-4000-8000-000000000000".to_owned())
            }
            (None, None, Some(_)) => AttributeValue::Text("1.2.3".to_owned()),
            (None, None, None) => AttributeValue::Text("x".to_owned()),
        };
        let known = spans
            .iter()
            .any(|span| span.attributes.contains_key(&rule.name.value));
        if !known {
            spans[0].attributes.insert(rule.name.value.clone(), value);
        }
    }
    for span in &mut spans {
        for attribute in &expect.hermeticity.resource_attrs {
            if let Some(value) = some_value(&attribute.value.value) {
                span.resource.insert(attribute.name.value.clone(), value);
            }
        }
    }
    for _ in 0..spans.len() {
        for (first, second) in &before {
            let highest = spans
                .iter()
                .filter(|span| first.matches(&span.name))
                .map(|span| span.rank)
                .max();
            for span in spans.iter_mut().filter(|span| second.matches(&span.name)) {
                span.rank = span.rank.max(highest.unwrap_or(0) + 1).min(1000);
            }
        }
    }
    lay_out(&mut spans);
    spans
}

/// What comes before what.
fn before(test: &TestFile) -> Vec<(&Pattern, &Pattern)> {
    let order = &test.expect.order;
    let first = order
        .must_precede
        .iter()
        .map(|edge| (&edge.from.value, &edge.to.value));
    let second = order
        .must_follow
        .iter()
        .map(|edge| (&edge.to.value, &edge.from.value));
    first.chain(second).collect()
}

/// One sibling after the other, parents around their children.
fn lay_out(spans: &mut [Made]) {
    let roots = children(spans, None);
    let mut at = 1_000_000_000;
    for root in roots {
        at = lay(spans, root, at, 0) + 1_000_000;
    }
}

fn children(spans: &[Made], of: Option<usize>) -> Vec<usize> {
    let mut found: Vec<usize> = (0..spans.len())
        .filter(|at| spans[*at].parent == of)
        .collect();
    found.sort_by_key(|at| (spans[*at].rank, *at));
    found
}

fn lay(spans: &mut [Made], at: usize, start: u64, depth: usize) -> u64 {
    assert!(depth < 100, "a cycle");
    let mut end = start;
    for child in children(spans, Some(at)) {
        end = lay(spans, child, end + 1_000, depth + 1);
    }
    let least = start + (spans[at].least * 1e6) as u64;
    spans[at].start = start;
    spans[at].end = end.max(least);
    spans[at].end
}

/// Spans that break the expectation of this title, as `clnrm analyze` calls it.
#[must_use]
pub fn breaking(test: &TestFile, title: &str) -> Broken {
    let mut spans = meeting(test);
    let title = title.split(" #").next().unwrap_or(title);
    // The names between backticks.
    let names: Vec<Pattern> = title
        .split('`')
        .skip(1)
        .step_by(2)
        .map(Pattern::new)
        .collect();
    let remove = |spans: &mut Vec<Made>, pattern: &Pattern| {
        const OTHER: &str = "somebody.else";
        for span in spans.iter_mut().filter(|span| pattern.matches(&span.name)) {
            *span = Made {
                name: OTHER.to_owned(),
                // What any name will do for must be broken by what it asks of the span.
                ..if pattern.matches(OTHER) {
                    Made::default()
                } else {
                    span.clone()
                }
            };
        }
    };
    match (title, names.as_slice()) {
        (_, [name]) if title.starts_with("span ") => {
            let forbidden = test.expect.spans.iter().any(|span| {
                span.name.as_ref().is_some_and(|known| known.value == *name)
                    && span.exists.is_some_and(|exists| !exists.value)
            });
            if forbidden {
                ensure(&mut spans, name);
            } else {
                remove(&mut spans, name);
            }
        }
        (_, [_, to]) if title.starts_with("edge ") || title.starts_with("path ") => {
            let cut = spans.iter_mut().filter(|span| to.matches(&span.name));
            cut.for_each(|span| span.parent = None);
        }
        (_, [from, to]) if title.starts_with("no edge ") => {
            let above = ensure(&mut spans, from);
            let below = add(&mut spans, name(to));
            spans[below].parent = Some(above);
        }
        ("no cycles", _) => spans[0].parent = Some(0),
        ("spans in all", _) => {
            let most = test
                .expect
                .counts
                .spans_total
                .as_ref()
                .and_then(Bounds::greatest);
            match most {
                Some(most) => {
                    for _ in 0..=most {
                        add(&mut spans, "filler".to_owned());
                    }
                }
                None => spans.truncate(1),
            }
        }
        ("events in all", _) => match test
            .expect
            .counts
            .events_total
            .as_ref()
            .and_then(Bounds::greatest)
        {
            Some(most) => (0..=most).for_each(|_| spans[0].events.push("filler".to_owned())),
            None => spans.iter_mut().for_each(|span| span.events.clear()),
        },
        ("spans with status ERROR", _) => {
            for span in &mut spans {
                span.status = Some(SpanStatus::Error);
            }
            let most = test
                .expect
                .counts
                .errors_total
                .as_ref()
                .and_then(Bounds::greatest);
            for _ in 0..=most.unwrap_or(0) {
                let at = add(&mut spans, "filler".to_owned());
                spans[at].status = Some(SpanStatus::Error);
            }
        }
        (_, [pattern, ..]) if title.starts_with("spans named ") => {
            let known = test
                .expect
                .counts
                .by_name
                .iter()
                .find(|count| count.name.value == *pattern);
            match known.and_then(|count| count.bounds.greatest()) {
                Some(most) => {
                    for _ in 0..=most {
                        add(&mut spans, name(pattern));
                    }
                }
                None => remove(&mut spans, pattern),
            }
        }
        _ if title.starts_with("spans of kind ") => {
            spans.iter_mut().for_each(|span| span.kind = None)
        }
        (_, [inner, _]) if title.contains(" within ") => {
            let out = spans.iter_mut().filter(|span| inner.matches(&span.name));
            out.for_each(|span| span.end += 3_600_000_000_000);
        }
        (_, [first, second]) if title.contains(" before ") => {
            let by_start = test
                .expect
                .order
                .by
                .is_some_and(|by| by.value == OrderBy::Start);
            let late = spans.iter_mut().filter(|span| {
                first.matches(&span.name) && (by_start || !second.matches(&span.name))
            });
            late.for_each(|span| {
                (span.start, span.end) =
                    (span.start + 3_600_000_000_000, span.end + 3_600_000_000_000)
            });
        }
        _ if title.starts_with("status of ") => {
            for span in &mut spans {
                span.status = Some(match span.status {
                    Some(SpanStatus::Error) => SpanStatus::Ok,
                    _ => SpanStatus::Error,
                });
            }
        }
        ("no external services", _) => {
            let outside = AttributeValue::Text("api.example.com".to_owned());
            spans[0]
                .attributes
                .insert("server.address".to_owned(), outside);
        }
        (_, [_]) if title.starts_with("resource ") => spans[0].resource.clear(),
        (_, [key]) if title.starts_with("no attribute ") => {
            let value = AttributeValue::Text("x".to_owned());
            spans[0].attributes.insert(name(key), value);
        }
        (_, [key]) if title.starts_with("attribute ") => {
            spans.iter_mut().for_each(|span| {
                span.attributes.remove(key.as_str());
                span.resource.remove(key.as_str());
            });
        }
        _ => return Broken::Unknown,
    }
    Broken::Trace(spans)
}

/// As JSON, a span a line.
#[must_use]
pub fn json(spans: &[Made]) -> String {
    let mut out = String::new();
    for (at, span) in spans.iter().enumerate() {
        let kind = span.kind.map(|kind| format!("{kind:?}").to_lowercase());
        let status = match span.status {
            Some(SpanStatus::Ok) => "OK",
            Some(SpanStatus::Error) => "ERROR",
            _ => "UNSET",
        };
        let line = serde_json::json!({
            "name": span.name,
            "trace_id": "t",
            "span_id": format!("s{at}"),
            "parent_span_id": span.parent.map(|parent| format!("s{parent}")),
            "kind": kind,
            "status": status,
            "start_time_unix_nano": span.start.max(1),
            "end_time_unix_nano": span.end.max(1),
            "attributes": object(&span.attributes),
            "events": span.events,
            "resource": {"attributes": object(&span.resource)},
        });
        let _ = writeln!(out, "{line}");
    }
    out
}

fn object(attributes: &BTreeMap<String, AttributeValue>) -> serde_json::Value {
    let entries = attributes.iter();
    entries
        .map(|(key, found)| (key.clone(), value(found)))
        .collect()
}

fn value(found: &AttributeValue) -> serde_json::Value {
    match found {
        AttributeValue::Text(text) => text.as_str().into(),
        AttributeValue::Int(number) => (*number).into(),
        AttributeValue::Float(number) => (*number).into(),
        AttributeValue::Bool(value) => (*value).into(),
        AttributeValue::List(values) => values.iter().map(value).collect(),
    }
}
