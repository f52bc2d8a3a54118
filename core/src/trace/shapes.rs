//! The shapes in which JSON holds spans.
//!
//! | shape | known by |
//! |---|---|
//! | OTLP: a document, or one a line as the Collector's file exporter writes it | `resourceSpans` |
//! | one entry of those by itself (Java's logging exporter) | `scopeSpans` |
//! | OTLP within an envelope (Jaeger's API, Tempo's) | `result`, `trace`, `batches` |
//! | spans in a list | `spans` |
//! | one span: the flat dialect, the console exporters of Python, Go and JavaScript | a name and an id |

use std::sync::Arc;

use super::error::Fault;
use super::json::{Kind, Node};
use super::model::{Event, Id, Link, Resource, Scope, Span};
use super::values::{attributes, id, kind, list, microseconds, object, status_code, text, time};
use super::{MAX_DEPTH, MAX_SPANS};

/// Spans that were read so far.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub spans: Vec<Span>,
    /// Something that holds spans was there, if only an empty list.
    pub holds_traces: bool,
    /// Metrics or logs were there.
    pub holds_others: bool,
}

impl Collected {
    fn add(&mut self, span: Span, at: usize) -> Result<(), Fault> {
        if self.spans.len() >= MAX_SPANS {
            return Err(Fault::new(at, format!("more than {MAX_SPANS} spans")));
        }
        self.holds_traces = true;
        self.spans.push(span);
        Ok(())
    }
}

/// What spans of a list have in common.
#[derive(Clone, Default)]
struct Common {
    trace_id: Option<Id>,
    resource: Arc<Resource>,
    scope: Arc<Scope>,
    /// Of OTLP: ids must be there.
    strict: bool,
}

/// Reads one value of a file.
pub(super) fn document(node: &Node<'_>, into: &mut Collected) -> Result<(), Fault> {
    read(node, &Common::default(), into, 0)
}

fn read(node: &Node<'_>, common: &Common, into: &mut Collected, depth: usize) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        return Err(Fault::new(node.at, "envelopes are nested too deep"));
    }
    let entries = match &node.kind {
        Kind::Object(entries) => entries,
        Kind::List(items) => {
            into.holds_traces |= items.is_empty() && depth == 0;
            return items
                .iter()
                .try_for_each(|item| read(item, common, into, depth + 1));
        }
        other => {
            return Err(Fault::new(
                node.at,
                format!(
                    "a span or a list of spans is expected here, not {}",
                    other.name()
                ),
            ));
        }
    };
    let get = |names: &[&str]| {
        let found = entries
            .iter()
            .rev()
            .find(|(key, _)| names.contains(&&**key));
        found.map(|(_, node)| node)
    };
    if let Some(resources) = get(&["resourceSpans", "resource_spans", "batches"]) {
        into.holds_traces = true;
        let mut resources = list(resources, "resourceSpans")?.iter();
        return resources.try_for_each(|resource| resource_spans(resource, into));
    }
    if get(SCOPE_SPANS).is_some() {
        return resource_spans(node, into);
    }
    if get(&["resourceMetrics", "resourceLogs", "resourceProfiles"]).is_some() {
        into.holds_others = true;
        return Ok(());
    }
    if get(&["operationName", "processID", "processes"]).is_some() {
        return Err(Fault::new(node.at, "this is Jaeger's own form of a trace")
            .help("fetch it from Jaeger's `/api/v3/traces/ID`, which answers in OTLP"));
    }
    if let Some(spans) = get(&["spans"]) {
        into.holds_traces = true;
        let mut common = common.clone();
        if let Some(node) = get(&["resource"]) {
            common.resource = Arc::new(resource(node)?);
        }
        if let Some(node) = get(&["traceId", "trace_id"]) {
            common.trace_id = id(node, "traceId")?;
        }
        let spans = list(spans, "spans")?.iter();
        for node in spans {
            into.add(span(node, &common)?, node.at)?;
        }
        return Ok(());
    }
    if get(&["name", "Name"]).is_some() {
        return into.add(span(node, common)?, node.at);
    }
    for envelope in ["result", "trace", "traces", "data"] {
        if let Some(inner) = get(&[envelope])
            && matches!(inner.kind, Kind::Object(_) | Kind::List(_))
        {
            return read(inner, common, into, depth + 1);
        }
    }
    Err(
        Fault::new(node.at, "this object is no span and holds none").help(
            "a trace is OTLP (`resourceSpans`), `{\"spans\": […]}`, or objects with `name` and `span_id`, one a line",
        ),
    )
}

const SCOPE_SPANS: &[&str] = &[
    "scopeSpans",
    "scope_spans",
    "instrumentationLibrarySpans",
    "instrumentation_library_spans",
];

fn resource_spans(node: &Node<'_>, into: &mut Collected) -> Result<(), Fault> {
    let entries = object(node, "resourceSpans")?;
    let mut common = Common {
        strict: true,
        ..Common::default()
    };
    if let Some((_, node)) = entries.iter().find(|(key, _)| key == "resource") {
        common.resource = Arc::new(resource(node)?);
    }
    into.holds_traces = true;
    for (key, node) in entries {
        if SCOPE_SPANS.contains(&&**key) {
            let mut scopes = list(node, key)?.iter();
            scopes.try_for_each(|node| scope_spans(node, &common, into))?;
        }
    }
    Ok(())
}

fn scope_spans(node: &Node<'_>, common: &Common, into: &mut Collected) -> Result<(), Fault> {
    let entries = object(node, "scopeSpans")?;
    let mut common = common.clone();
    for (key, node) in entries {
        if matches!(&**key, "scope" | "instrumentationLibrary") {
            common.scope = Arc::new(scope(node)?);
        }
    }
    for (key, node) in entries {
        if key == "spans" {
            for node in list(node, "spans")? {
                into.add(span(node, &common)?, node.at)?;
            }
        }
    }
    Ok(())
}

/// `{"attributes": …}`, or attributes directly, as Go prints them.
fn resource(node: &Node<'_>) -> Result<Resource, Fault> {
    let found = match &node.kind {
        Kind::Object(entries) => match entries.iter().find(|(key, _)| key == "attributes") {
            Some((_, inner)) => attributes(inner, "attributes")?,
            None => Vec::new(),
        },
        _ => attributes(node, "resource")?,
    };
    Ok(Resource { attributes: found })
}

fn scope(node: &Node<'_>) -> Result<Scope, Fault> {
    let mut scope = Scope::default();
    for (key, node) in object(node, "scope")? {
        match &**key {
            "name" | "Name" => scope.name = text(node, "name")?.into(),
            "version" | "Version" => scope.version = text(node, "version")?.into(),
            _ => {}
        }
    }
    Ok(scope)
}

/// A span in any spelling.
fn span(node: &Node<'_>, common: &Common) -> Result<Span, Fault> {
    let Kind::Object(entries) = &node.kind else {
        return Err(Fault::new(
            node.at,
            format!("a span must be an object, not {}", node.kind.name()),
        ));
    };
    let mut found = Span {
        trace_id: common.trace_id.clone(),
        resource: common.resource.clone(),
        scope: common.scope.clone(),
        ..Span::default()
    };
    let mut name = None;
    let mut duration = None;
    // JavaScript counts kinds from 0 and times in microseconds.
    let javascript = ["id", "timestamp", "duration"]
        .iter()
        .all(|name| entries.iter().any(|(key, _)| key == name));
    for (key, node) in entries {
        let key = &**key;
        match key {
            "name" | "Name" => name = Some((text(node, key)?, node.at)),
            "traceId" | "trace_id" | "traceID" | "TraceID" => found.trace_id = id(node, key)?,
            "spanId" | "span_id" | "spanID" | "SpanID" => found.id = id(node, key)?,
            "id" if found.id.is_none() && matches!(node.kind, Kind::Text(_)) => {
                found.id = id(node, key)?;
            }
            "context" | "SpanContext" | "spanContext" | "span_context" => {
                let (trace_id, span_id) = context(node)?;
                found.trace_id = trace_id.or(found.trace_id);
                found.id = span_id.or(found.id);
            }
            "parentSpanId" | "parent_span_id" | "parentSpanID" | "parentId" | "parent_id" => {
                found.parent_id = id(node, key)?.or(found.parent_id);
            }
            "Parent" | "parent" | "parentSpanContext" | "parent_span_context" => {
                let parent = match &node.kind {
                    Kind::Object(_) => context(node)?.1,
                    _ => id(node, key)?,
                };
                found.parent_id = parent.or(found.parent_id);
            }
            "kind" | "SpanKind" | "spanKind" | "span_kind" => {
                found.kind = kind(node, u64::from(!javascript))?;
            }
            "startTimeUnixNano"
            | "start_time_unix_nano"
            | "startTime"
            | "start_time"
            | "StartTime" => found.start = time(node, key)?,
            "endTimeUnixNano" | "end_time_unix_nano" | "endTime" | "end_time" | "EndTime" => {
                found.end = time(node, key)?;
            }
            "timestamp" if javascript => found.start = Some(microseconds(node, key)?),
            "duration" if javascript => duration = Some(microseconds(node, key)?),
            "attributes" | "Attributes" => found.attributes = attributes(node, key)?,
            "events" | "Events" => {
                let events = list(node, key)?.iter().map(event);
                found.events = events.collect::<Result<_, _>>()?;
            }
            "links" | "Links" => {
                let links = list(node, key)?.iter().map(link);
                found.links = links.collect::<Result<_, _>>()?;
            }
            "status" | "Status" => status(node, &mut found)?,
            "resource" | "Resource" => found.resource = Arc::new(resource(node)?),
            "scope"
            | "instrumentationScope"
            | "InstrumentationScope"
            | "instrumentation_scope"
            | "instrumentationLibrary" => {
                found.scope = Arc::new(scope(node)?);
            }
            _ => {}
        }
    }
    if let (Some(start), Some(duration)) = (found.start, duration) {
        found.end = start.checked_add(duration);
    }
    let Some((name, _)) = name else {
        return Err(Fault::new(node.at, "this span has no `name`"));
    };
    found.name = name.into();
    if common.strict && found.id.is_none() {
        return Err(Fault::new(
            node.at,
            format!("the span `{name}` has no `spanId`"),
        ));
    }
    if common.strict && found.trace_id.is_none() {
        return Err(Fault::new(
            node.at,
            format!("the span `{name}` has no `traceId`"),
        ));
    }
    Ok(found)
}

/// The ids of a trace and a span within it.
fn context(node: &Node<'_>) -> Result<(Option<Id>, Option<Id>), Fault> {
    let (mut trace_id, mut span_id) = (None, None);
    for (key, node) in object(node, "context")? {
        match &**key {
            "traceId" | "trace_id" | "TraceID" => trace_id = id(node, key)?,
            "spanId" | "span_id" | "SpanID" => span_id = id(node, key)?,
            _ => {}
        }
    }
    Ok((trace_id, span_id))
}

fn event(node: &Node<'_>) -> Result<Event, Fault> {
    let mut event = Event::default();
    if let Kind::Text(name) = &node.kind {
        event.name = Arc::from(&**name);
        return Ok(event);
    }
    for (key, node) in object(node, "event")? {
        let key = &**key;
        match key {
            "name" | "Name" => event.name = text(node, key)?.into(),
            "timeUnixNano" | "time_unix_nano" | "timestamp" | "time" | "Time" => {
                event.time = time(node, key)?;
            }
            "attributes" | "Attributes" => event.attributes = attributes(node, key)?,
            _ => {}
        }
    }
    Ok(event)
}

fn link(node: &Node<'_>) -> Result<Link, Fault> {
    let mut link = Link::default();
    for (key, node) in object(node, "link")? {
        let key = &**key;
        match key {
            "traceId" | "trace_id" => link.trace_id = id(node, key)?,
            "spanId" | "span_id" => link.span_id = id(node, key)?,
            "context" | "SpanContext" | "spanContext" => {
                (link.trace_id, link.span_id) = context(node)?;
            }
            "attributes" | "Attributes" => link.attributes = attributes(node, key)?,
            _ => {}
        }
    }
    Ok(link)
}

/// A code by itself, or with a message.
fn status(node: &Node<'_>, span: &mut Span) -> Result<(), Fault> {
    if !matches!(node.kind, Kind::Object(_)) {
        span.status = status_code(node)?;
        return Ok(());
    }
    for (key, node) in object(node, "status")? {
        let key = &**key;
        match key {
            "code" | "Code" | "status_code" | "statusCode" => span.status = status_code(node)?,
            "message" | "Message" | "description" | "Description" => {
                let message = text(node, key)?;
                span.status_message = (!message.is_empty()).then(|| message.into());
            }
            _ => {}
        }
    }
    Ok(())
}
