//! Spans that the runner emits itself, what containers are told of tracing, and spans that programs
//! print instead of sending them.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use clnrm_core::config::model::{Exporter, Otel, Protocol, SpanStatus, TestFile, Text};
use clnrm_core::digest::Digest;
use clnrm_core::expect::RUNNER_SCOPE;
use clnrm_core::rules::host;
use clnrm_core::trace::{Event, Id, Scope, Span, Trace, Value};

/// The spans of the runner in one attempt at a test: one trace.
#[derive(Debug)]
pub struct Own {
    trace: Id,
    root: Id,
    spans: Mutex<Vec<Span>>,
}

/// A span that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Its id.
    pub id: Id,
    parent: Option<Id>,
    name: String,
    start: u64,
    events: Vec<Event>,
}

impl Own {
    /// The trace of an attempt. Its ids follow from its name.
    pub fn new(world: &str) -> Self {
        Self {
            trace: id(world, 16),
            root: id(&format!("{world} run"), 8),
            spans: Mutex::default(),
        }
    }

    /// `TRACEPARENT` of what is done on behalf of a span; `None`: of the whole test.
    pub fn parent(&self, span: Option<&Id>) -> String {
        format!("00-{}-{}-01", self.trace, span.unwrap_or(&self.root))
    }

    /// Begins the span of the whole test.
    pub fn begin_run(&self) -> Begun {
        Begun {
            id: self.root.clone(),
            parent: None,
            name: "clnrm.run".to_owned(),
            start: now(),
            events: Vec::new(),
        }
    }

    /// Begins another; `unique` tells it from all others of the test. Without a parent it is a child
    /// of the test's.
    pub fn begin(&self, name: String, unique: &str, parent: Option<&Id>) -> Begun {
        Begun {
            id: id(unique, 8),
            parent: Some(parent.unwrap_or(&self.root).clone()),
            name,
            start: now(),
            events: Vec::new(),
        }
    }

    /// Ends a span.
    pub fn end(&self, begun: Begun, passed: bool) {
        let result = if passed { "pass" } else { "fail" };
        let span = Span {
            name: begun.name.into(),
            trace_id: Some(self.trace.clone()),
            id: Some(begun.id),
            parent_id: begun.parent,
            kind: Some(clnrm_core::config::model::SpanKind::Internal),
            start: Some(begun.start),
            end: Some(now()),
            attributes: vec![("result".into(), Value::Text(result.into()))],
            events: begun.events,
            status: if passed {
                SpanStatus::Ok
            } else {
                SpanStatus::Error
            },
            scope: Arc::new(Scope {
                name: RUNNER_SCOPE.into(),
                version: env!("CARGO_PKG_VERSION").into(),
            }),
            ..Span::default()
        };
        self.spans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(span);
    }

    /// All that have ended.
    pub fn spans(&self) -> Vec<Span> {
        self.spans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Begun {
    /// Something happened now.
    pub fn event(&mut self, name: &str, attribute: Option<(&str, &str)>) {
        self.events.push(Event {
            name: name.into(),
            time: Some(now()),
            attributes: attribute
                .map(|(name, value)| (name.into(), Value::Text(value.into())))
                .into_iter()
                .collect(),
        });
    }
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn id(of: &str, bytes: usize) -> Id {
    let digest = Digest::of(of.as_bytes());
    let hex: String = digest
        .as_bytes()
        .iter()
        .take(bytes)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.into()
}

/// Whether an endpoint is this machine as a container cannot see it: the runner's own receiver is what
/// was meant.
fn is_loopback(endpoint: &str) -> bool {
    let Some(host) = host(endpoint) else {
        return false;
    };
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

/// The endpoint that spans are sent to instead of to us; `None`: to us, or they are not sent.
pub fn elsewhere(file: &TestFile) -> Option<&Text> {
    let otel = file.otel.as_ref()?;
    let exporter = otel.exporter.map(|exporter| exporter.value);
    if matches!(exporter, Some(Exporter::None | Exporter::Stdout)) {
        return None;
    }
    let endpoint = otel.endpoint.as_ref()?;
    (!is_loopback(&endpoint.value)).then_some(endpoint)
}

/// What containers are told of tracing.
pub fn env(file: &TestFile, own: &str, service: &str, parent: String) -> Vec<(String, String)> {
    let mut env: Vec<(String, String)> = Vec::new();
    let mut set = |name: &str, value: String| env.push((name.to_owned(), value));
    let default = Otel::default();
    let otel = file.otel.as_ref().unwrap_or(&default);
    let exporter = otel
        .exporter
        .map_or(Exporter::Otlp, |exporter| exporter.value);
    match exporter {
        Exporter::None => {
            set("OTEL_SDK_DISABLED", "true".to_owned());
            return env;
        }
        Exporter::Stdout => set("OTEL_TRACES_EXPORTER", "console".to_owned()),
        _ => {
            let protocol = match (otel.protocol.map(|protocol| protocol.value), exporter) {
                (Some(Protocol::Grpc), _) | (None, Exporter::OtlpGrpc) => "grpc",
                (Some(Protocol::HttpJson), _) => "http/json",
                (Some(Protocol::HttpProtobuf) | None, _) => "http/protobuf",
            };
            let endpoint = elsewhere(file).map_or(own, |endpoint| endpoint.value.as_str());
            set("OTEL_TRACES_EXPORTER", "otlp".to_owned());
            set("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.to_owned());
            set("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned());
        }
    }
    let pairs = |pairs: &[clnrm_core::config::model::Pair]| {
        let pairs = pairs
            .iter()
            .map(|pair| format!("{}={}", pair.name.value, escaped(&pair.value.value)));
        pairs.collect::<Vec<_>>().join(",")
    };
    if !otel.headers.is_empty() {
        set("OTEL_EXPORTER_OTLP_HEADERS", pairs(&otel.headers));
    }
    let name = otel
        .resources
        .iter()
        .find(|pair| pair.name.value == "service.name");
    set(
        "OTEL_SERVICE_NAME",
        name.map_or(service, |name| name.value.value.as_str())
            .to_owned(),
    );
    if !otel.resources.is_empty() {
        set("OTEL_RESOURCE_ATTRIBUTES", pairs(&otel.resources));
    }
    if let Some(ratio) = otel.sample_ratio {
        set("OTEL_TRACES_SAMPLER", "parentbased_traceidratio".to_owned());
        set("OTEL_TRACES_SAMPLER_ARG", ratio.value.to_string());
    }
    if !otel.propagators.is_empty() {
        let names: Vec<&str> = otel
            .propagators
            .iter()
            .map(|name| name.value.as_str())
            .collect();
        set("OTEL_PROPAGATORS", names.join(","));
    }
    // Exporters wait seconds by default before they send.
    set("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned());
    set("TRACEPARENT", parent);
    env
}

/// `,`, `;`, `=`, `%` and what is no plain character, as the specification of these variables wants it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b",;=%\"\\".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The spans among what a program printed: every JSON value that begins a line and is a trace.
pub fn printed(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.trim_start_matches([' ', '\t']);
        let end = if line.starts_with(['{', '[']) {
            value_end(line)
        } else {
            None
        };
        if let Some(end) = end
            && let Ok(trace) = Trace::read(&line.as_bytes()[..end])
        {
            spans.extend(trace.spans);
            rest = &line[end..];
            continue;
        }
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    spans
}

/// Where the JSON value ends that the text begins with.
fn value_end(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0u32, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_found_among_other_output() {
        let span = r#"{"name": "a", "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331", "start_time_unix_nano": 1}"#;
        let text =
            format!("starting {{\n{{\"level\": \"info\"}}\n{span}\ndone\n[1]\n{{ never closed\n");
        let found = printed(&text);
        assert_eq!(
            found.iter().map(|span| &*span.name).collect::<Vec<_>>(),
            ["a"]
        );
    }

    #[test]
    fn only_this_machine_itself_stands_for_our_own_receiver() {
        for own in [
            "http://localhost:4318",
            "grpc://LOCALHOST",
            "localhost:4317",
            "https://user:pass@127.0.0.2/v1/traces",
            "http://[::1]:4318",
            "http://0.0.0.0:4318",
        ] {
            assert!(is_loopback(own), "{own}");
        }
        for other in [
            "http://localhost.example.com:4318",
            "http://localhost-collector:4318",
            "http://127.0.0.1.example.com",
            "http://collector/?next=http://localhost",
            "http://localhost@collector:4318",
            "collector:4317",
            "http://[2001:db8::1]:4318",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }

    #[test]
    fn values_of_variables_are_escaped() {
        assert_eq!(escaped("a b,c=d"), "a%20b%2Cc%3Dd");
    }

    #[test]
    fn ids_follow_from_the_name_and_differ() {
        let own = Own::new("w");
        let parent = own.parent(None);
        assert_eq!((parent.len(), &parent[..3]), (55, "00-"));
        assert_eq!(own.parent(None), Own::new("w").parent(None));
        assert_ne!(own.parent(None), Own::new("v").parent(None));
    }
}
