//! Holding what a test expects against the spans that it emitted, and knowing when they are complete.
//!
//! Green is said as soon as everything holds and no later span could change that. Otherwise the
//! containers are asked to end, so that their exporters send the rest, and the last word is spoken
//! when they have ended and nothing arrives any more.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bollard::query_parameters::{KillContainerOptionsBuilder, LogsOptionsBuilder};
use clnrm_core::checker::Analysis;
use clnrm_core::config::model::{Expect, Exporter, TestFile};
use clnrm_core::diagnostic::Code;
use clnrm_core::expect::{Outcome, Surroundings};
use clnrm_core::trace::Trace;
use futures_util::StreamExt as _;
use futures_util::future::join_all;

use super::capture::Capture;
use super::outcome::{Excerpt, Problem as Shown, ScenarioOutcome};
use super::plan::Container;
use super::problem::Problem;
use super::spans;
use super::workplace::{Started, Workplace, bytes_of};

/// How long nothing may arrive before the spans of a running test are taken to be complete.
const QUIET: Duration = Duration::from_millis(400);
/// The same when its containers have ended.
const REST: Duration = Duration::from_millis(60);
/// How long containers have to send the rest after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// How often running spans are looked at.
const LOOK: Duration = Duration::from_millis(40);

type All<'a> = HashMap<String, (&'a Container, Started)>;

/// What came of the expectations, and what they were held against.
#[derive(Debug, Default)]
pub struct Judged {
    /// The verdicts; `None` if nothing is expected.
    pub analysis: Option<Analysis>,
    /// Exports that were not taken.
    pub problems: Vec<Problem>,
    /// What containers sent and printed; empty where nobody asked for it.
    pub trace: Trace,
}

/// Holds the expectations against the spans. With `whole` the last span is waited for even if nothing
/// depends on it, since the trace itself is wanted.
pub async fn judge(
    place: &Workplace,
    containers: &All<'_>,
    scenarios: &[ScenarioOutcome],
    whole: bool,
) -> Judged {
    let file = place.planned.says();
    let mut printed = of_steps(file, scenarios);
    let mut now = analyze(place, &printed);
    let expects = !now.checks.is_empty() || now.outcome != Outcome::Holds;
    if !expects && !whole {
        return Judged::default();
    }
    let quiet = place.receiver.quiet(QUIET, place.deadline);
    tokio::pin!(quiet);
    loop {
        if !whole && now.outcome == Outcome::Holds && is_settled(&file.expect) {
            return Judged {
                problems: doubts(place, &now),
                analysis: Some(now),
                trace: Trace::default(),
            };
        }
        tokio::select! {
            () = &mut quiet => break,
            () = tokio::time::sleep(LOOK) => now = analyze(place, &printed),
        }
    }
    end_all(place, containers).await;
    place.receiver.quiet(REST, Instant::now() + GRACE).await;
    if is_printed(file) {
        for (_, started) in containers.values() {
            printed
                .spans
                .extend(spans::printed(&log(place, started).await));
        }
    }
    let last = expects.then(|| analyze(place, &printed));
    Judged {
        problems: match &last {
            Some(last) => doubts(place, last),
            None if file.report.digest.is_some() => faults(place),
            None => Vec::new(),
        },
        analysis: last,
        trace: if whole {
            received(place, &printed)
        } else {
            Trace::default()
        },
    }
}

/// What containers sent and printed.
fn received(place: &Workplace, printed: &Trace) -> Trace {
    let mut trace = place.receiver.trace();
    trace.spans.extend(printed.spans.iter().cloned());
    trace.drop_repeats();
    trace
}

/// Whether no later span can break what holds now: only the presence of something is expected.
fn is_settled(expect: &Expect) -> bool {
    let spans = expect.spans.iter().all(|span| {
        span.exists.is_none_or(|exists| exists.value)
            && !span.each.is_some_and(|each| each.value)
            && span
                .count
                .as_ref()
                .is_none_or(|count| count.eq.is_none() && count.lte.is_none())
    });
    let graph = &expect.graph;
    spans
        && graph.must_not_cross.is_empty()
        && graph.acyclic.is_none()
        && expect.counts.header.is_none()
        && expect.windows.is_empty()
        && expect.order.header.is_none()
        && expect.status.header.is_none()
        && expect.hermeticity.header.is_none()
        && expect.hermeticity.no_external_services.is_none()
        && expect.attributes.is_empty()
}

fn analyze(place: &Workplace, printed: &Trace) -> Analysis {
    let mut trace = received(place, printed);
    trace.spans.extend(place.own.spans());
    let network = &place.network;
    let names = place
        .planned
        .containers
        .iter()
        .map(|container| container.name.clone());
    let surroundings = Surroundings {
        names: names.collect(),
        networks: Some(vec![(IpAddr::V4(network.subnet.0), network.subnet.1)]),
    };
    place
        .planned
        .file
        .analyze(place.planned.test(), &trace, &surroundings)
}

/// An export that was not taken: what was expected of the trace is not known to hold.
fn faults(place: &Workplace) -> Vec<Problem> {
    let (number, reasons) = place.receiver.faults();
    if number == 0 {
        return Vec::new();
    }
    let at = place
        .planned
        .says()
        .expect
        .first()
        .unwrap_or(place.planned.at());
    let what = crate::printer::text::count(number, "export");
    let message = format!("{what} of spans could not be taken, so the trace is not whole");
    vec![Problem::new(Code::E003, at, message).excerpt("why", &reasons.join("\n"))]
}

/// What speaks against a verdict whatever the expectations say.
fn doubts(place: &Workplace, analysis: &Analysis) -> Vec<Problem> {
    let mut problems = faults(place);
    problems.extend(unseen(place, analysis));
    problems
}

/// Expectations that hold only because the spans went elsewhere: nobody knows whether they do.
fn unseen(place: &Workplace, analysis: &Analysis) -> Option<Problem> {
    let file = place.planned.says();
    let endpoint = spans::elsewhere(file)?;
    let own = file.expect.runner_spans.is_some_and(|counts| counts.value);
    if analysis.outcome != Outcome::Holds || own || place.receiver.count() > 0 {
        return None;
    }
    let message = format!(
        "not evaluated: spans are sent to `{}`, where the run does not see them",
        endpoint.value
    );
    let problem = Problem::new(Code::E002, endpoint.span, message);
    Some(problem.help("leave `otel.endpoint` out to have them received"))
}

fn is_printed(file: &TestFile) -> bool {
    let exporter = file.otel.as_ref().and_then(|otel| otel.exporter);
    exporter.is_some_and(|exporter| exporter.value == Exporter::Stdout)
}

fn of_steps(file: &TestFile, scenarios: &[ScenarioOutcome]) -> Trace {
    let mut trace = Trace::default();
    if is_printed(file) {
        for step in scenarios.iter().flat_map(|scenario| &scenario.steps) {
            trace.spans.extend(spans::printed(&step.stdout));
        }
    }
    trace
}

/// Asks all containers to end and waits a moment for them.
async fn end_all(place: &Workplace, containers: &All<'_>) {
    let ending = containers.values().map(|(_, started)| async {
        let options = KillContainerOptionsBuilder::default()
            .signal("TERM")
            .build();
        let _ = place
            .engine
            .docker
            .kill_container(&started.id, Some(options))
            .await;
        while place
            .state(&started.id)
            .await
            .is_ok_and(|state| state.running)
        {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    });
    let _ = tokio::time::timeout(GRACE, join_all(ending)).await;
}

async fn log(place: &Workplace, started: &Started) -> String {
    let options = LogsOptionsBuilder::default().stdout(true).build();
    let mut log = place.engine.docker.logs(&started.id, Some(options));
    let mut capture = Capture::default();
    while let Some(Ok(part)) = log.next().await {
        capture.push(bytes_of(&part));
    }
    capture.text()
}

/// What speaks against the expectations, as problems of the report.
pub fn shown(analysis: &Analysis) -> Vec<Shown> {
    let failures = analysis.checks.iter().flat_map(|check| &check.failures);
    failures
        .map(|failed| {
            let mut lines = vec![
                format!("expected {}", failed.expected),
                format!("found    {}", failed.found),
            ];
            if let Some(nearest) = &failed.nearest {
                let fails = if nearest.fails.is_empty() {
                    String::new()
                } else {
                    format!(", but {}", nearest.fails.join(", "))
                };
                lines.push(format!("nearest  span `{}`{fails}", nearest.name));
            }
            Shown {
                diagnostic: failed.diagnostic.clone(),
                excerpts: vec![Excerpt {
                    title: "the trace".to_owned(),
                    lines,
                }],
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use clnrm_core::config::model::{Bounds, ExpectedSpan, Spanned};
    use clnrm_core::source::Span;

    use super::*;

    #[test]
    fn only_presence_is_settled_early() {
        let mut expect = Expect::default();
        expect.spans.push(ExpectedSpan::default());
        assert!(is_settled(&expect));
        let at = Span::default();
        let one = ExpectedSpan {
            count: Some(Bounds {
                eq: Some(Spanned::new(1, at)),
                ..Bounds::default()
            }),
            ..ExpectedSpan::default()
        };
        expect.spans.push(one);
        assert!(!is_settled(&expect));
        let absent = ExpectedSpan {
            exists: Some(Spanned::new(false, at)),
            ..ExpectedSpan::default()
        };
        assert!(!is_settled(&Expect {
            spans: vec![absent],
            ..Expect::default()
        }));
    }
}
