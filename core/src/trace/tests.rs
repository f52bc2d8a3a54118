//! Every form in which a trace may come, and everything that is none.

use std::sync::Arc;

use super::*;
use crate::config::model::{SpanKind, SpanStatus};

fn read(text: &str) -> Trace {
    Trace::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn error(bytes: impl AsRef<[u8]>) -> TraceError {
    Trace::read(bytes.as_ref()).expect_err("no trace")
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// The example of the OTLP specification, with every kind of value.
const OTLP: &str = r#"{
  "resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
    "scopeSpans": [{
      "scope": {"name": "my.library", "version": "1.0.0"},
      "spans": [{
        "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": "EEE19B7EC3C1B174",
        "parentSpanId": "EEE19B7EC3C1B173",
        "name": "I'm a server span",
        "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": 1544712661000000000,
        "kind": 2,
        "attributes": [
          {"key": "text", "value": {"stringValue": "v"}},
          {"key": "bool", "value": {"boolValue": true}},
          {"key": "int", "value": {"intValue": "-9007199254740993"}},
          {"key": "number", "value": {"intValue": 7}},
          {"key": "double", "value": {"doubleValue": 2}},
          {"key": "nan", "value": {"doubleValue": "-Infinity"}},
          {"key": "bytes", "value": {"bytesValue": "AAEC"}},
          {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "x"}]}}},
          {"key": "map", "value": {"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": false}}]}}},
          {"key": "nothing", "value": {}},
          {"key": "without"}
        ],
        "events": [{"name": "e", "timeUnixNano": "1544712660500000000", "attributes": [{"key": "k", "value": {"intValue": 1}}]}],
        "links": [{"traceId": "5B8EFFF798038103D269B633813FC60D", "spanId": "EEE19B7EC3C1B170"}],
        "status": {"code": 2, "message": "no"},
        "traceState": "a=b", "flags": 257, "droppedAttributesCount": 0
      }]
    }],
    "schemaUrl": "x"
  }]
}"#;

fn otlp_span() -> Span {
    let event = Event {
        name: "e".into(),
        time: Some(1_544_712_660_500_000_000),
        attributes: vec![("k".into(), Value::Int(1))],
    };
    Span {
        name: "I'm a server span".into(),
        trace_id: Some("5b8efff798038103d269b633813fc60c".into()),
        id: Some("eee19b7ec3c1b174".into()),
        parent_id: Some("eee19b7ec3c1b173".into()),
        kind: Some(SpanKind::Server),
        start: Some(1_544_712_660_000_000_000),
        end: Some(1_544_712_661_000_000_000),
        attributes: vec![
            ("text".into(), text("v")),
            ("bool".into(), Value::Bool(true)),
            ("int".into(), Value::Int(-9_007_199_254_740_993)),
            ("number".into(), Value::Int(7)),
            ("double".into(), Value::Float(2.0)),
            ("nan".into(), Value::Float(f64::NEG_INFINITY)),
            ("bytes".into(), Value::Bytes(vec![0, 1, 2])),
            ("list".into(), Value::List(vec![Value::Int(1), text("x")])),
            (
                "map".into(),
                Value::Map(vec![("a".into(), Value::Bool(false))]),
            ),
            ("nothing".into(), Value::Empty),
            ("without".into(), Value::Empty),
        ],
        events: vec![event],
        links: vec![Link {
            trace_id: Some("5b8efff798038103d269b633813fc60d".into()),
            span_id: Some("eee19b7ec3c1b170".into()),
            attributes: vec![],
        }],
        status: SpanStatus::Error,
        status_message: Some("no".into()),
        resource: Arc::new(Resource {
            attributes: vec![("service.name".into(), text("shop"))],
        }),
        scope: Arc::new(Scope {
            name: "my.library".into(),
            version: "1.0.0".into(),
        }),
    }
}

/// A document without the blanks between its values.
fn on_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect()
}

#[test]
fn otlp_json_is_read_whole() {
    assert_eq!(read(OTLP).spans, [otlp_span()]);
    let span = otlp_span();
    assert_eq!(span.duration_ms(), Some(1000.0));
    assert_eq!(span.service(), Some("shop"));
}

#[test]
fn layout_and_envelopes_mean_nothing() {
    let line = on_one_line(OTLP);
    let other = line.replace("EEE19B7EC3C1B174", "EEE19B7EC3C1B175");
    let entry = &line["{\"resourceSpans\": [".len()..line.len() - 2];
    for (form, spans) in [
        (format!("{line}\n{other}\n"), 2),
        (format!("\u{feff}{line}\r\n\r\n{other}"), 2),
        (format!("{OTLP}\n{other}"), 2),
        (format!("[{line}, {other}]"), 2),
        (format!("{{\"result\": {line}}}"), 1),
        (line.replace("resourceSpans", "batches"), 1),
        (line.replace("resourceSpans", "resource_spans"), 1),
        (entry.to_owned(), 1),
        // What was sent twice counts once.
        (format!("{line}\n{line}\n{OTLP}"), 1),
        ("{\"resourceMetrics\": []}\n".to_owned() + &line, 1),
    ] {
        let trace = read(&form);
        assert_eq!(trace.spans.len(), spans, "{form}");
        assert_eq!(trace.spans[0], otlp_span(), "{form}");
    }
}

#[test]
fn bytes_may_come_one_by_one() {
    for form in [OTLP.to_owned(), format!("\n{0}\n{0}", on_one_line(OTLP))] {
        let mut reader = TraceReader::new();
        for byte in form.bytes() {
            reader.feed(&[byte]).unwrap();
        }
        assert_eq!(reader.finish().unwrap(), read(&form));
    }
}

#[test]
fn base64_ids_are_those_of_hex() {
    let form = on_one_line(OTLP)
        .replace(
            "5B8EFFF798038103D269B633813FC60C",
            "W47/95gDgQPSabYzgT/GDA==",
        )
        .replace("EEE19B7EC3C1B174", "7uGbfsPBsXQ=")
        .replace("EEE19B7EC3C1B173", "7uGbfsPBsXM=");
    assert_eq!(read(&form).spans, [otlp_span()]);
}

#[test]
fn flat_spans_are_read() {
    let flat = r#"
{"name": "root", "trace_id": "t1", "span_id": "s1", "parent_span_id": null, "start_time_unix_nano": 1000000, "end_time_unix_nano": "3000000", "kind": "server", "attributes": {"http.status_code": 200, "ratio": 0.5, "deep": {"a": [1]}, "typed": {"intValue": "5"}}, "events": ["plain", {"name": "e"}], "status": "OK"}
{"name": "child", "trace_id": "t1", "span_id": "s2", "parent_span_id": "s1", "kind": "SPAN_KIND_CLIENT", "status": {"code": "STATUS_CODE_ERROR"}}
"#;
    let trace = read(flat);
    let [root, child] = trace.spans.as_slice() else {
        panic!("two spans");
    };
    assert_eq!(root.kind, Some(SpanKind::Server));
    assert_eq!(root.parent_id, None);
    assert_eq!(root.duration_ms(), Some(2.0));
    assert_eq!(root.status, SpanStatus::Ok);
    assert_eq!(root.attribute("http.status_code"), Some(&Value::Int(200)));
    assert_eq!(root.attribute("ratio"), Some(&Value::Float(0.5)));
    assert_eq!(root.attribute("typed"), Some(&Value::Int(5)));
    assert_eq!(
        root.attribute("deep").map(ToString::to_string).as_deref(),
        Some("{a: [1]}")
    );
    let events: Vec<_> = root.events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["plain", "e"]);
    assert_eq!(child.parent_id.as_deref(), Some("s1"));
    assert_eq!(child.status, SpanStatus::Error);
    assert_eq!(child.interval(), None);

    let list = "{\"trace_id\": \"t1\", \"resource\": {\"attributes\": {\"service.name\": \"a\"}}, \"spans\": [{\"name\": \"x\", \"span_id\": \"1\"}]}";
    let spans = read(list).spans;
    assert_eq!(spans[0].trace_id.as_deref(), Some("t1"));
    assert_eq!(spans[0].service(), Some("a"));
}

#[test]
fn console_exporters_are_read() {
    let python = r#"{
    "name": "hello",
    "context": {
        "trace_id": "0x5b8efff798038103d269b633813fc60c",
        "span_id": "0xeee19b7ec3c1b174",
        "trace_state": "[]"
    },
    "kind": "SpanKind.INTERNAL",
    "parent_id": "0xeee19b7ec3c1b173",
    "start_time": "2022-05-23T14:14:15.000000Z",
    "end_time": "2022-05-23T14:14:15.250000Z",
    "status": {"status_code": "UNSET"},
    "attributes": {"a": 1},
    "events": [{"name": "e", "timestamp": "2022-05-23T14:14:15.100000Z", "attributes": {}}],
    "links": [],
    "resource": {"attributes": {"service.name": "shop"}, "schema_url": ""}
}"#;
    let go = r#"{"Name":"hello","SpanContext":{"TraceID":"5b8efff798038103d269b633813fc60c","SpanID":"eee19b7ec3c1b174","TraceFlags":"01","TraceState":"","Remote":false},"Parent":{"TraceID":"5b8efff798038103d269b633813fc60c","SpanID":"eee19b7ec3c1b173","TraceFlags":"01"},"SpanKind":1,"StartTime":"2022-05-23T14:14:15Z","EndTime":"2022-05-23T16:14:15.25+02:00","Attributes":[{"Key":"a","Value":{"Type":"INT64","Value":1}}],"Events":[{"Name":"e","Attributes":null,"DroppedAttributeCount":0,"Time":"2022-05-23T14:14:15.1Z"}],"Links":null,"Status":{"Code":"Unset","Description":""},"ChildSpanCount":0,"Resource":[{"Key":"service.name","Value":{"Type":"STRING","Value":"shop"}}],"InstrumentationScope":{"Name":"","Version":"","SchemaURL":""}}"#;
    let javascript = r#"{"resource":{"attributes":{"service.name":"shop"}},"traceId":"5b8efff798038103d269b633813fc60c","parentId":"eee19b7ec3c1b173","name":"hello","id":"eee19b7ec3c1b174","kind":0,"timestamp":1653315255000000,"duration":250000.0,"attributes":{"a":1},"status":{"code":0},"events":[{"name":"e","attributes":{},"time":[1653315255,100000000]}],"links":[]}"#;
    let first = read(python).spans;
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].kind, Some(SpanKind::Internal));
    assert_eq!(first[0].duration_ms(), Some(250.0));
    assert_eq!(first[0].id.as_deref(), Some("eee19b7ec3c1b174"));
    assert_eq!(read(go).spans, first);
    assert_eq!(read(javascript).spans, first);
    // Python prints them one after the other.
    let two = format!("{python}\n{}", python.replace("b174", "b175"));
    assert_eq!(read(&two).spans.len(), 2);
}

#[test]
fn a_trace_without_spans_is_one_and_nothing_is_none() {
    assert_eq!(read("{\"resourceSpans\": []}").spans, []);
    assert_eq!(read("{\"spans\": []}").spans, []);
    assert_eq!(read("[]").spans, []);
    for none in ["", "\n\n", "{\"resourceMetrics\": []}"] {
        assert!(error(none).help.is_some(), "{none:?}");
    }
}

/// Text and place of a fault, as a person reads it.
fn told(text: &str) -> String {
    error(text).to_string()
}

#[test]
fn what_is_no_trace_is_said_with_its_place() {
    let broken = OTLP.replace("\"EEE19B7EC3C1B174\"", "17");
    for (bad, expected) in [
        (
            "hello",
            "neither JSON nor OTLP protobuf begins like this (1:1)",
        ),
        ("{\"a\": 1}", "this object is no span and holds none (1:1)"),
        (
            "{\"name\": \"a\", \"span_id\": \"1\"}\n{\"name\": ",
            "the file ends where a value is expected (2:10)",
        ),
        (
            "{\"name\": \"a\", \"span_id\": \"1\"}\nERROR x\n",
            "neither JSON nor OTLP protobuf begins like this (2:1)",
        ),
        (
            "{\"spans\": {}}",
            "`spans` must be a list, not an object (1:11)",
        ),
        (
            "{\"spans\": [1]}",
            "a span must be an object, not a number (1:12)",
        ),
        (
            "{\"spans\": [{\"span_id\": \"1\"}]}",
            "this span has no `name` (1:12)",
        ),
        (
            "{\"spans\": [{\"name\": \"ä\", \"kind\": \"servr\"}]}",
            "this is no kind of span (1:34)",
        ),
        (
            "{\"spans\": [{\"name\": \"a\", \"status\": {\"code\": 3}}]}",
            "this is no status (1:45)",
        ),
        (
            "{\"spans\": [{\"name\": \"a\", \"start_time_unix_nano\": \"soon\"}]}",
            "`start_time_unix_nano` is no moment (1:50)",
        ),
        (
            "{\"spans\": [{\"name\": \"a\", \"attributes\": [{\"value\": 1}]}]}",
            "this attribute has no `key` (1:41)",
        ),
        (
            "{\"spans\": [{\"name\": \"a\", \"attributes\": {\"n\": {\"intValue\": \"1.5\"}}}]}",
            "`1.5` is no whole number of 64 bits (1:59)",
        ),
        (
            "{\"data\": [{\"traceID\": \"1\", \"spans\": [], \"processes\": {}}]}",
            "this is Jaeger's own form of a trace (1:11)",
        ),
        (
            broken.as_str(),
            "`spanId` must be a string, not a number (8:19)",
        ),
        (
            "{\"resourceSpans\": [{\"scopeSpans\": [{\"spans\": [{\"name\": \"a\"}]}]}]}",
            "the span `a` has no `spanId` (1:47)",
        ),
        (
            "\n{\"resourceSpans\": [}",
            "a value is expected here, not `}` (2:20)",
        ),
    ] {
        assert_eq!(told(bad), expected, "{bad}");
    }
    assert_eq!(error([0x1f, 0x8b, 8]).message, "the file is compressed");
}

#[test]
fn zero_is_no_time() {
    let span =
        &read("{\"name\": \"a\", \"start_time_unix_nano\": 0, \"end_time_unix_nano\": \"0\"}")
            .spans[0];
    assert_eq!((span.start, span.end, span.interval()), (None, None, None));
    let span =
        &read("{\"name\": \"a\", \"start_time_unix_nano\": 9, \"end_time_unix_nano\": 8}").spans[0];
    assert_eq!(span.duration_ms(), None, "it ends before it starts");
}

/// A small message by hand: one span named `ab` with the status 2 and an attribute.
fn protobuf() -> Vec<u8> {
    let field = |number: u8, bytes: &[u8]| {
        let mut all = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
        all.extend(bytes);
        all
    };
    let attribute = [field(1, b"n"), field(2, &[3 << 3, 0x96, 0x01])].concat();
    let span = [
        field(1, &[1; 16]),
        field(2, &[2; 8]),
        field(5, b"ab"),
        vec![6 << 3, 3],
        [vec![7 << 3 | 1], 5_u64.to_le_bytes().to_vec()].concat(),
        field(9, &attribute),
        field(15, &[3 << 3, 2]),
        // A field of the future.
        vec![0xfa, 0x01, 1, 9],
    ]
    .concat();
    field(1, &field(2, &field(2, &span)))
}

#[test]
fn protobuf_is_read() {
    let trace = Trace::read(&protobuf()).unwrap();
    assert_eq!(
        trace.spans,
        [Span {
            name: "ab".into(),
            trace_id: Some("01".repeat(16).into()),
            id: Some("02".repeat(8).into()),
            kind: Some(SpanKind::Client),
            start: Some(5),
            status: SpanStatus::Error,
            attributes: vec![("n".into(), Value::Int(150))],
            ..Span::default()
        }]
    );
}

#[test]
fn broken_protobuf_is_said_with_its_byte() {
    let whole = protobuf();
    for end in 2..whole.len() {
        let error = error(&whole[..end]);
        assert!(
            matches!(error.place, Place::Byte(at) if at <= end as u64),
            "{end}: {error}"
        );
    }
    assert_eq!(
        error([0x0a, 0xff]).to_string(),
        "the bytes end within a number (byte 1)"
    );
    assert_eq!(
        error([0x0a, 0x05, 0]).to_string(),
        "a field of 5 bytes begins here, but 1 are left (byte 2)"
    );
}

#[test]
fn protobuf_that_begins_like_json_is_protobuf() {
    // A field of 123 bytes: its length is `{`.
    let mut span = protobuf();
    let filler = 123 - (span.len() - 2) - 2;
    span.extend([0x1a, u8::try_from(filler).unwrap()]);
    span.extend(vec![b'}'; filler]);
    span[1] = b'{';
    assert_eq!(&span[..2], b"\n{");
    assert_eq!(Trace::read(&span).unwrap().spans.len(), 1);
    let mut reader = TraceReader::new();
    span.iter().for_each(|byte| reader.feed(&[*byte]).unwrap());
    assert_eq!(reader.finish().unwrap().spans.len(), 1);
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = Trace::read(&bytes);
    }

    #[test]
    fn no_change_of_a_trace_panics(at in 0..1000_usize, byte in proptest::prelude::any::<u8>()) {
        for mut bytes in [on_one_line(OTLP).into_bytes(), protobuf()] {
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = Trace::read(&bytes);
        }
    }

    #[test]
    fn pieces_of_any_size_give_the_same(size in 1..300_usize) {
        let form = format!("{OTLP}\n{}", on_one_line(OTLP));
        let mut reader = TraceReader::new();
        form.as_bytes().chunks(size).for_each(|piece| reader.feed(piece).unwrap());
        proptest::prop_assert_eq!(reader.finish().unwrap(), read(&form));
    }
}
