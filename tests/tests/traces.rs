//! Traces: what `opentelemetry-proto` writes, we read; and no trace that only looks right makes a test
//! green.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clnrm_core::config::model::{SpanKind, SpanStatus};
use clnrm_core::trace::{Trace, Value};
use clnrm_tests::program::{Ended, clnrm, run};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message as _;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn analyze(file: &Path, trace: &Path) -> Ended {
    let mut command = clnrm(&root());
    command.arg("analyze").arg(file).arg("--traces").arg(trace);
    run(command.args(["--format", "json"]), Duration::from_secs(30))
}

/// Outcome and codes, as `verdicts.txt` has them.
fn verdict(ended: &Ended) -> String {
    if ended.code == Some(2) {
        assert!(ended.stderr.contains("E003"), "{ended:?}");
        return "unreadable".to_owned();
    }
    let json = ended.json();
    let outcome = json["outcome"].as_str().unwrap();
    assert_eq!(ended.code, Some(i32::from(outcome != "holds")), "{ended:?}");
    let expectations = json["expectations"].as_array().unwrap();
    let failures = expectations
        .iter()
        .flat_map(|one| one["failures"].as_array().unwrap());
    let codes: BTreeSet<&str> = failures.map(|one| one["code"].as_str().unwrap()).collect();
    let mut words = vec![outcome];
    words.extend(codes);
    words.join(" ")
}

#[test]
fn what_only_looks_green_is_red() {
    let folder = root().join("tests/fixtures/fake-green");
    let table = fs::read_to_string(folder.join("verdicts.txt")).unwrap();
    let mut named = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in table.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let Some((name, expected)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        named.insert(name.to_owned());
        let (plain, strict) = expected.split_once('|').unwrap_or((expected, expected));
        let trace = folder.join(format!("{name}.json"));
        for (test, expected) in [("checkout", plain.trim()), ("strict", strict.trim())] {
            let found = verdict(&analyze(&folder.join(format!("{test}.clnrm.toml")), &trace));
            if found != expected {
                wrong.push(format!("{name} under {test}: {found}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let files = fs::read_dir(&folder).unwrap().flatten();
    let traces: BTreeSet<String> = files
        .filter_map(|file| file.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
        .collect();
    assert_eq!(traces, named, "each trace has its verdict");
}

#[test]
fn the_example_has_a_green_and_a_red_trace() {
    let folder = root().join("examples/traces");
    let test = folder.join("checkout.clnrm.toml");
    assert_eq!(
        verdict(&analyze(&test, &folder.join("green.json"))),
        "holds"
    );
    assert_eq!(
        verdict(&analyze(&test, &folder.join("red.json"))),
        "fails E103 E301 E401 E601 E701 E703"
    );
}

fn any_value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(None),
        ".{0,6}".prop_map(|text| Some(Any::StringValue(text))),
        any::<bool>().prop_map(|value| Some(Any::BoolValue(value))),
        any::<i64>().prop_map(|number| Some(Any::IntValue(number))),
        any::<f64>()
            .prop_filter("equal to itself", |number| !number.is_nan())
            .prop_map(|number| Some(Any::DoubleValue(number))),
        vec(any::<u8>(), 0..5).prop_map(|bytes| Some(Any::BytesValue(bytes))),
    ];
    let leaf = leaf.prop_map(|value| AnyValue { value });
    leaf.prop_recursive(3, 12, 3, |inner| {
        let list =
            vec(inner.clone(), 0..3).prop_map(|values| Any::ArrayValue(ArrayValue { values }));
        let pair = ("[a-c]", inner).prop_map(|(key, value)| key_value(key, value));
        let map = vec(pair, 0..3).prop_map(|values| Any::KvlistValue(KeyValueList { values }));
        prop_oneof![list, map].prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn key_value(key: String, value: AnyValue) -> KeyValue {
    KeyValue {
        key,
        value: Some(value),
        ..KeyValue::default()
    }
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let one = ("[a-z.]{1,8}", any_value()).prop_map(|(key, value)| key_value(key, value));
    vec(one, 0..3)
}

fn id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(1..=255_u8, length..=length)
}

fn any_span() -> impl Strategy<Value = Span> {
    let ids = (id(16), id(8), prop_oneof![Just(Vec::new()), id(8)]);
    let event = (".{0,5}", any::<u64>(), attributes()).prop_map(|(name, time, attributes)| Event {
        name,
        time_unix_nano: time,
        attributes,
        ..Event::default()
    });
    let link = (id(16), id(8), attributes()).prop_map(|(trace_id, span_id, attributes)| Link {
        trace_id,
        span_id,
        attributes,
        ..Link::default()
    });
    let status = (0..3_i32, ".{0,5}").prop_map(|(code, message)| Status { code, message });
    let rest = (
        attributes(),
        vec(event, 0..2),
        vec(link, 0..2),
        proptest::option::of(status),
    );
    (ids, ".{0,8}", 0..6_i32, any::<(u64, u64)>(), rest).prop_map(
        |((trace_id, span_id, parent_span_id), name, kind, times, rest)| Span {
            trace_id,
            span_id,
            parent_span_id,
            name,
            kind,
            start_time_unix_nano: times.0,
            end_time_unix_nano: times.1,
            attributes: rest.0,
            events: rest.1,
            links: rest.2,
            status: rest.3,
            trace_state: "a=b".to_owned(),
            flags: 257,
            ..Span::default()
        },
    )
}

fn any_trace() -> impl Strategy<Value = TracesData> {
    let scope = (vec(any_span(), 0..3), ".{0,4}").prop_map(|(spans, name)| ScopeSpans {
        scope: Some(InstrumentationScope {
            name,
            version: "1".to_owned(),
            ..InstrumentationScope::default()
        }),
        spans,
        schema_url: "x".to_owned(),
    });
    let resource =
        (attributes(), vec(scope, 0..2)).prop_map(|(attributes, scope_spans)| ResourceSpans {
            resource: Some(Resource {
                attributes,
                ..Resource::default()
            }),
            scope_spans,
            schema_url: String::new(),
        });
    vec(resource, 1..3).prop_map(|resource_spans| TracesData { resource_spans })
}

fn same_value(expected: Option<&AnyValue>, found: &Value) -> bool {
    let expected = expected.and_then(|value| value.value.as_ref());
    match (expected, found) {
        (None, Value::Empty) => true,
        (Some(Any::StringValue(a)), Value::Text(b)) => **a == **b,
        (Some(Any::BoolValue(a)), Value::Bool(b)) => a == b,
        (Some(Any::IntValue(a)), Value::Int(b)) => a == b,
        (Some(Any::DoubleValue(a)), Value::Float(b)) => a == b,
        (Some(Any::BytesValue(a)), Value::Bytes(b)) => a == b,
        (Some(Any::ArrayValue(a)), Value::List(b)) => {
            a.values.len() == b.len() && a.values.iter().zip(b).all(|(a, b)| same_value(Some(a), b))
        }
        (Some(Any::KvlistValue(a)), Value::Map(b)) => same_attributes(&a.values, b),
        _ => false,
    }
}

fn same_attributes(expected: &[KeyValue], found: &[(std::sync::Arc<str>, Value)]) -> bool {
    expected.len() == found.len()
        && expected
            .iter()
            .zip(found)
            .all(|(a, (key, b))| *a.key == **key && same_value(a.value.as_ref(), b))
}

/// Whether an id is that of these bytes; of none there is none.
fn is(id: &Option<std::sync::Arc<str>>, bytes: &[u8]) -> bool {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    id.as_deref().unwrap_or_default() == hex
}

/// Whether we read what was written.
fn same(written: &TracesData, read: &Trace) -> Result<(), TestCaseError> {
    let mut found = read.spans.iter();
    for resource in &written.resource_spans {
        for scope in &resource.scope_spans {
            for span in &scope.spans {
                let read = found.next().expect("as many spans");
                prop_assert_eq!(&*read.name, &*span.name);
                prop_assert!(is(&read.trace_id, &span.trace_id));
                prop_assert!(is(&read.id, &span.span_id));
                prop_assert!(is(&read.parent_id, &span.parent_span_id));
                let kind = match span.kind {
                    1 => Some(SpanKind::Internal),
                    2 => Some(SpanKind::Server),
                    3 => Some(SpanKind::Client),
                    4 => Some(SpanKind::Producer),
                    5 => Some(SpanKind::Consumer),
                    _ => None,
                };
                prop_assert_eq!(read.kind, kind);
                prop_assert_eq!(read.start.unwrap_or(0), span.start_time_unix_nano);
                prop_assert_eq!(read.end.unwrap_or(0), span.end_time_unix_nano);
                prop_assert!(same_attributes(&span.attributes, &read.attributes));
                let status = span.status.clone().unwrap_or_default();
                let code = [SpanStatus::Unset, SpanStatus::Ok, SpanStatus::Error];
                prop_assert_eq!(read.status, code[usize::try_from(status.code).unwrap()]);
                prop_assert_eq!(
                    read.status_message.as_deref().unwrap_or(""),
                    &*status.message
                );
                prop_assert_eq!(read.events.len(), span.events.len());
                for (read, event) in read.events.iter().zip(&span.events) {
                    prop_assert_eq!(&*read.name, &*event.name);
                    prop_assert_eq!(read.time.unwrap_or(0), event.time_unix_nano);
                    prop_assert!(same_attributes(&event.attributes, &read.attributes));
                }
                prop_assert_eq!(read.links.len(), span.links.len());
                for (read, link) in read.links.iter().zip(&span.links) {
                    prop_assert!(is(&read.span_id, &link.span_id));
                    prop_assert!(same_attributes(&link.attributes, &read.attributes));
                }
                let of_resource = &resource.resource.as_ref().unwrap().attributes;
                prop_assert!(same_attributes(of_resource, &read.resource.attributes));
                prop_assert_eq!(&*read.scope.name, &*scope.scope.as_ref().unwrap().name);
            }
        }
    }
    prop_assert!(found.next().is_none());
    Ok(())
}

proptest! {
    #[test]
    fn protobuf_of_opentelemetry_is_read_as_it_was_written(written in any_trace()) {
        let read = Trace::read(&written.encode_to_vec());
        let read = read.map_err(|error| TestCaseError::fail(error.to_string()))?;
        same(&written, &read)?;
    }

    #[test]
    fn json_of_opentelemetry_is_read_as_it_was_written(written in any_trace()) {
        let json = serde_json::to_string(&written).unwrap();
        let read = Trace::read(json.as_bytes());
        let read = read.map_err(|error| TestCaseError::fail(format!("{error} in {json}")))?;
        same(&written, &read)?;
    }
}
