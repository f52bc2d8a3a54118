//! A program that is traced as real ones are: by the OpenTelemetry SDK and its OTLP exporters, which
//! read the standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `…_PROTOCOL`, `…_COMPRESSION`,
//! `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_BSP_…`, `TRACEPARENT`).
//!
//! The tests of `clnrm run` have it in containers: `tests/setup.sh` links it statically and makes an
//! image that holds nothing else. The SDK is the other side of our receiver, so nothing of ours is
//! used here.

mod order;

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;

/// How long the last spans may take to be sent: on a busy machine longer than the five seconds that the
/// SDK gives them.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why it could not do as it was told.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("no runtime: {0}")]
    Runtime(#[from] std::io::Error),
    #[error("no exporter: {0}")]
    Exporter(#[from] ExporterBuildError),
    #[error("not all spans were sent: {0}")]
    Sending(#[from] OTelSdkError),
    #[error("usage: clnrm-emitter order | many NUMBER | lose | serve | wait, not `{0}`")]
    Usage(String),
}

/// What it does.
enum Task {
    /// Emits the spans of an order, and ends as a program should: nothing is lost.
    Order,
    /// Emits one root and so many children.
    Many(u32),
    /// Emits the spans of an order and ends before any of them is sent.
    Lose,
    /// Emits the spans of an order, and sends them when it is asked to end.
    Serve,
    /// Stands by, so that commands can be run beside it.
    Wait,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match task(&arguments).and_then(|task| run(&task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("clnrm-emitter: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn task(arguments: &[String]) -> Result<Task, Fault> {
    let usage = || Fault::Usage(arguments.join(" "));
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["order"] => Ok(Task::Order),
        ["many", number] => number.parse().map(Task::Many).map_err(|_| usage()),
        ["lose"] => Ok(Task::Lose),
        ["serve"] => Ok(Task::Serve),
        ["wait"] => Ok(Task::Wait),
        _ => Err(usage()),
    }
}

fn run(task: &Task) -> Result<(), Fault> {
    if matches!(task, Task::Wait) {
        loop {
            std::thread::park();
        }
    }
    // The exporter of gRPC wants a runtime around it, those of HTTP do without.
    let runtime = tokio::runtime::Runtime::new()?;
    let _within = runtime.enter();
    let exporter = SpanExporter::builder().build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .build();
    let tracer = provider.tracer("clnrm-emitter");
    let parent = parent();
    match task {
        Task::Many(number) => order::emit_many(&tracer, &parent, *number),
        _ => order::emit(&tracer, &parent),
    }
    match task {
        Task::Lose => std::process::exit(0),
        Task::Serve => runtime.block_on(asked_to_end())?,
        _ => {}
    }
    Ok(provider.shutdown_with_timeout(PATIENCE)?)
}

/// The span that this program runs on behalf of, out of `TRACEPARENT`.
fn parent() -> Context {
    let named = std::env::var("TRACEPARENT").ok();
    let carrier: HashMap<String, String> = named
        .map(|named| ("traceparent".to_owned(), named))
        .into_iter()
        .collect();
    TraceContextPropagator::new().extract(&carrier)
}

async fn asked_to_end() -> std::io::Result<()> {
    let mut asked = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    // Who waits for this can tell that the spans are made, though nothing is sent.
    println!("serving");
    asked.recv().await;
    Ok(())
}
