//! A trace as OTLP JSON, a span a line: small differences stay small in a diff of lines.

use std::fmt::Write;
use std::sync::Arc;

use super::bytes::to_base64;
use super::model::{Event, Link, Span, Trace, Value};
use crate::config::model::{SpanKind, SpanStatus};

/// Writes a trace whose spans all have ids.
pub(super) fn to_json(trace: &Trace) -> String {
    let mut out = String::from("{\"resourceSpans\":[");
    let same = |a: &Span, b: &Span| a.resource == b.resource && a.scope == b.scope;
    for (at, group) in trace.spans.chunk_by(same).enumerate() {
        let first = &group[0];
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.push_str("{\"resource\":{");
        attributes(&mut out, &first.resource.attributes);
        out.push_str("},\"scopeSpans\":[{\"scope\":{\"name\":");
        text(&mut out, &first.scope.name);
        out.push_str(",\"version\":");
        text(&mut out, &first.scope.version);
        out.push_str("},\"spans\":[");
        for (at, one) in group.iter().enumerate() {
            out.push_str(if at == 0 { "\n" } else { ",\n" });
            span(&mut out, one);
        }
        out.push_str("\n]}]}");
    }
    out.push_str(if trace.spans.is_empty() {
        "]}\n"
    } else {
        "\n]}\n"
    });
    out
}

fn span(out: &mut String, span: &Span) {
    out.push_str("{\"name\":");
    text(out, &span.name);
    for (key, id) in [
        ("traceId", &span.trace_id),
        ("spanId", &span.id),
        ("parentSpanId", &span.parent_id),
    ] {
        if let Some(id) = id {
            let _ = write!(out, ",\"{key}\":");
            text(out, id);
        }
    }
    if let Some(kind) = span.kind {
        let number = match kind {
            SpanKind::Internal => 1,
            SpanKind::Server => 2,
            SpanKind::Client => 3,
            SpanKind::Producer => 4,
            SpanKind::Consumer => 5,
        };
        let _ = write!(out, ",\"kind\":{number}");
    }
    time(out, "startTimeUnixNano", span.start);
    time(out, "endTimeUnixNano", span.end);
    if !span.attributes.is_empty() {
        out.push(',');
        attributes(out, &span.attributes);
    }
    list(out, "events", &span.events, event);
    list(out, "links", &span.links, link);
    if span.status != SpanStatus::Unset || span.status_message.is_some() {
        let code = match span.status {
            SpanStatus::Unset => 0,
            SpanStatus::Ok => 1,
            SpanStatus::Error => 2,
        };
        let _ = write!(out, ",\"status\":{{\"code\":{code}");
        if let Some(message) = &span.status_message {
            out.push_str(",\"message\":");
            text(out, message);
        }
        out.push('}');
    }
    out.push('}');
}

fn list<T>(out: &mut String, key: &str, items: &[T], one: fn(&mut String, &T)) {
    if items.is_empty() {
        return;
    }
    let _ = write!(out, ",\"{key}\":[");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        one(out, item);
    }
    out.push(']');
}

fn event(out: &mut String, event: &Event) {
    out.push_str("{\"name\":");
    text(out, &event.name);
    time(out, "timeUnixNano", event.time);
    if !event.attributes.is_empty() {
        out.push(',');
        attributes(out, &event.attributes);
    }
    out.push('}');
}

fn link(out: &mut String, link: &Link) {
    out.push('{');
    attributes(out, &link.attributes);
    for (key, id) in [("traceId", &link.trace_id), ("spanId", &link.span_id)] {
        if let Some(id) = id {
            let _ = write!(out, ",\"{key}\":");
            text(out, id);
        }
    }
    out.push('}');
}

fn time(out: &mut String, key: &str, time: Option<u64>) {
    if let Some(time) = time {
        let _ = write!(out, ",\"{key}\":\"{time}\"");
    }
}

fn attributes(out: &mut String, attributes: &[(Arc<str>, Value)]) {
    out.push_str("\"attributes\":");
    entries(out, attributes);
}

fn entries(out: &mut String, entries: &[(Arc<str>, Value)]) {
    out.push('[');
    for (at, (key, one)) in entries.iter().enumerate() {
        out.push_str(if at == 0 { "{\"key\":" } else { ",{\"key\":" });
        text(out, key);
        out.push_str(",\"value\":");
        value(out, one);
        out.push('}');
    }
    out.push(']');
}

fn value(out: &mut String, one: &Value) {
    match one {
        Value::Empty => out.push_str("{}"),
        Value::Text(found) => {
            out.push_str("{\"stringValue\":");
            text(out, found);
            out.push('}');
        }
        Value::Bool(found) => {
            let _ = write!(out, "{{\"boolValue\":{found}}}");
        }
        Value::Int(found) => {
            let _ = write!(out, "{{\"intValue\":\"{found}\"}}");
        }
        Value::Float(found) if found.is_finite() => {
            let _ = write!(out, "{{\"doubleValue\":{found:?}}}");
        }
        Value::Float(found) => {
            let word = if found.is_nan() {
                "NaN"
            } else if *found > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            let _ = write!(out, "{{\"doubleValue\":\"{word}\"}}");
        }
        Value::Bytes(found) => {
            let _ = write!(out, "{{\"bytesValue\":\"{}\"}}", to_base64(found));
        }
        Value::List(values) => {
            out.push_str("{\"arrayValue\":{\"values\":[");
            for (at, one) in values.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                value(out, one);
            }
            out.push_str("]}}");
        }
        Value::Map(found) => {
            out.push_str("{\"kvlistValue\":{\"values\":");
            entries(out, found);
            out.push_str("}}");
        }
    }
}

fn text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}
