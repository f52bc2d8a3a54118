//! One trace a pass, sent to a collector as OTLP over HTTP, in JSON (`--trace-endpoint`).
//!
//! The official exporter brings an asynchronous runtime, an HTTP stack and a protobuf encoder along,
//! which every start of the program and every build would pay for. A trace of a pass is one document
//! of plain JSON, which the protocol allows; it is sent by a thread that exists only when asked for.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clnrm_core::report::Timings;
use serde_json::{Value, json};

use super::pass::Pass;
use crate::errors::Error;

/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Traces that wait for it; more are dropped, as the loop waits for nobody.
const WAITING: usize = 16;
/// Files of a pass that have spans of their own.
const MAX_FILES: usize = 100;

/// A file that was checked, for its spans.
#[derive(Debug)]
pub struct CheckedFile {
    /// Its name.
    pub name: String,
    /// No error.
    pub valid: bool,
    /// Whether its render came from the cache.
    pub cached: bool,
    /// When its check began.
    pub began: Instant,
    /// What its stages took, one after the other.
    pub timings: Timings,
}

/// Sends traces.
#[derive(Debug)]
pub struct Exporter {
    sender: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Exporter {
    /// To a collector such as `http://localhost:4318`, or a whole URL with a path.
    pub fn new(endpoint: &str) -> Result<Self, Error> {
        let bad = |reason: &str| Error::BadEndpoint {
            given: endpoint.to_owned(),
            reason: reason.to_owned(),
        };
        let rest = endpoint
            .strip_prefix("http://")
            .ok_or_else(|| bad("it has to begin with `http://`"))?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(bad("it names no host"));
        }
        let url = if path.is_empty() {
            format!("http://{host}/v1/traces")
        } else {
            endpoint.to_owned()
        };
        let (sender, receiver) = sync_channel(WAITING);
        let trouble = Arc::new(Mutex::new(None));
        let told = trouble.clone();
        let thread = std::thread::spawn(move || deliver(&url, &receiver, &told));
        Ok(Self {
            sender: Some(sender),
            thread: Some(thread),
            trouble,
        })
    }

    /// Sends the trace of a pass that was printed just now.
    pub fn send(&self, pass: &Pass, files: usize, checked: &[CheckedFile]) {
        if let (Some(sender), Ok(bytes)) = (&self.sender, trace(pass, files, checked)) {
            // Full: the collector is slower than the user saves.
            let _ = sender.try_send(bytes);
        }
    }

    /// What is wrong with the collector, once.
    pub fn trouble(&self) -> Option<String> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // What waits is delivered before the process ends.
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn deliver(url: &str, traces: &Receiver<Vec<u8>>, trouble: &Mutex<Option<String>>) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut told = false;
    for bytes in traces {
        let sent = agent
            .post(url)
            .header("content-type", "application/json")
            .send(&bytes[..]);
        if let Err(error) = sent
            && !told
        {
            told = true;
            let text = format!("traces do not reach `{url}`: {error}");
            *trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
    }
}

/// The spans of one trace.
struct Spans {
    trace: String,
    now: (Instant, SystemTime),
    spans: Vec<Value>,
}

impl Spans {
    fn wall(&self, at: Instant) -> SystemTime {
        self.now
            .1
            .checked_sub(self.now.0.saturating_duration_since(at))
            .unwrap_or(self.now.1)
    }

    fn add(
        &mut self,
        parent: Option<&str>,
        name: &str,
        (start, end): (SystemTime, SystemTime),
        attributes: &[(&str, Value)],
    ) -> Result<String, getrandom::Error> {
        let id = random::<8>()?;
        let attributes: Vec<Value> = attributes
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        self.spans.push(json!({
            "traceId": self.trace,
            "spanId": id,
            "parentSpanId": parent.unwrap_or_default(),
            "name": name,
            "kind": 1,
            "startTimeUnixNano": nanoseconds(start),
            "endTimeUnixNano": nanoseconds(end.max(start)),
            "attributes": attributes,
        }));
        Ok(id)
    }
}

fn trace(
    pass: &Pass,
    files: usize,
    checked: &[CheckedFile],
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut spans = Spans {
        trace: random::<16>()?,
        now: (Instant::now(), SystemTime::now()),
        spans: Vec::new(),
    };
    let end = spans.now.1;
    let event = spans.wall(pass.since);
    let start = pass.changed_at.unwrap_or(event).min(event);
    let reason: Vec<Value> = pass.reason.iter().map(|name| text(name)).collect();
    let root = spans.add(
        None,
        "watch.reload",
        (start, end),
        &[
            ("watch.reason", json!({"arrayValue": {"values": reason}})),
            ("watch.files", int(files)),
            ("watch.checked", int(pass.checked.len())),
            ("watch.mended", int(pass.mended.len())),
            ("watch.removed", int(pass.removed.len())),
            ("watch.skipped_unchanged", int(pass.skipped_unchanged)),
        ],
    )?;
    if pass.changed_at.is_some() {
        spans.add(Some(&root), "watch.file_detection", (start, event), &[])?;
    }
    for file in checked.iter().take(MAX_FILES) {
        let began = spans.wall(file.began);
        let timings = &file.timings;
        let after = |micros: u64| began + Duration::from_micros(micros);
        let parent = spans.add(
            Some(&root),
            "watch.check",
            (began, after(timings.total)),
            &[
                ("file.path", text(&file.name)),
                ("test.valid", json!({"boolValue": file.valid})),
                ("cache.hit", json!({"boolValue": file.cached})),
            ],
        )?;
        let mut at = timings.read;
        for (name, took) in [
            ("watch.hash_computation", timings.hash),
            ("watch.cache_lookup", timings.cache),
            ("watch.template_render", timings.render),
            ("watch.toml_parse", timings.parse),
            ("watch.config_validate", timings.validate),
        ] {
            spans.add(Some(&parent), name, (after(at), after(at + took)), &[])?;
            at += took;
        }
    }
    let document = json!({
        "resourceSpans": [{
            "resource": {"attributes": [
                {"key": "service.name", "value": {"stringValue": "clnrm"}},
                {"key": "service.version", "value": {"stringValue": env!("CARGO_PKG_VERSION")}},
            ]},
            "scopeSpans": [{
                "scope": {"name": "clnrm.watch"},
                "spans": spans.spans,
            }],
        }],
    });
    Ok(serde_json::to_vec(&document)?)
}

fn text(value: &str) -> Value {
    json!({"stringValue": value})
}

/// Whole numbers of 64 bits are strings in the JSON of protobuf.
fn int(value: usize) -> Value {
    json!({"intValue": value.to_string()})
}

fn nanoseconds(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}

fn random<const N: usize>() -> Result<String, getrandom::Error> {
    use std::fmt::Write as _;
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_of_http() {
        for bad in ["https://a:4318", "localhost:4318", "http://", "http://a b"] {
            assert!(Exporter::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_collector_that_is_not_there_is_told_once() {
        let exporter = Exporter::new("http://127.0.0.1:9").unwrap();
        let trouble = exporter.trouble.clone();
        let pass = Pass::new(Instant::now());
        exporter.send(&pass, 1, &[]);
        exporter.send(&pass, 1, &[]);
        drop(exporter);
        let told = trouble.lock().unwrap().take().unwrap();
        assert!(told.contains("http://127.0.0.1:9/v1/traces"), "{told}");
    }
}
