//! One test, from its first container to the last.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clnrm_core::config::model::TestFile;
use clnrm_core::diagnostic::Code;
use clnrm_core::trace::Trace;

use super::alive::check_alive;
use super::container::Told;
use super::engine::Engine;
use super::execute::Setup;
use super::network::{self, Addresses};
use super::order::{All, scenarios, start_all};
use super::outcome::{self, ScenarioOutcome, TestOutcome, Verdict};
use super::owner;
use super::plan::{self, Planned};
use super::problem::{Problem, Stop, span_of_time};
use super::receiver::Receiver;
use super::record::{Record, lock};
use super::secrets::Secrets;
use super::spans::Own;
use super::timeline::Timeline;
use super::workplace::{self, Workplace};
use super::{artifacts, judge, remove};
use crate::check::micros;

/// How long removing a world may take.
const REMOVAL: Duration = Duration::from_secs(4);

/// How long nothing may turn up after a test that broke off.
const BROKEN_OFF: Duration = Duration::from_millis(500);

/// What all tests of a run share.
#[derive(Debug)]
pub struct Common {
    /// The engine.
    pub engine: Engine,
    /// What the run was told.
    pub setup: Setup,
    /// Networks.
    pub addresses: Addresses,
    /// Attempts begun.
    pub worlds: AtomicUsize,
}

/// The engine went away: what it said, or did not.
#[derive(Debug)]
pub struct EngineLost(pub String);

/// Runs a test, in a new world for each attempt.
pub async fn run(
    common: &Common,
    planned: &Arc<Planned>,
    retries: u32,
) -> Result<TestOutcome, EngineLost> {
    let begun = Instant::now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let record = attempt(common, planned).await?;
        let failed = record.is_failed();
        if failed && attempts <= retries {
            continue;
        }
        let verdict = if failed {
            Verdict::Failed
        } else {
            Verdict::Passed
        };
        let mut outcome = blank(planned, verdict);
        outcome.flaky = !failed && attempts > 1;
        outcome.attempts = attempts;
        outcome.duration_us = micros(begun.elapsed());
        outcome.scenarios = record.scenarios;
        outcome.kept = record.kept;
        outcome.artifacts = record.artifacts;
        let notes = plan::not_honoured(planned.says());
        let told = notes.iter().chain(&record.problems);
        outcome.problems = told.map(|problem| shown(planned, problem)).collect();
        outcome.spans = record.spans;
        outcome.timeline = record.timeline;
        outcome.digest = record.digest;
        if let Some(analysis) = record.analysis {
            outcome.problems.extend(judge::shown(&analysis));
            outcome.checks = analysis.checks;
        }
        let secrets = std::mem::take(&mut outcome.secrets);
        secrets.mask_all(&mut outcome);
        outcome.secrets = secrets;
        return Ok(outcome);
    }
}

/// The outcome of a test of which nothing is known but how it ended.
pub fn blank(planned: &Planned, verdict: Verdict) -> TestOutcome {
    TestOutcome {
        path: planned.path.clone(),
        name: planned.name.clone(),
        matrix: planned.matrix.clone(),
        verdict,
        flaky: false,
        attempts: 0,
        duration_us: 0,
        scenarios: Vec::new(),
        spans: 0,
        digest: None,
        timeline: None,
        checks: Vec::new(),
        problems: Vec::new(),
        kept: None,
        artifacts: None,
        secrets: Secrets::of(planned.says()),
    }
}

/// A problem at its place in the author's file.
pub fn shown(planned: &Planned, problem: &Problem) -> outcome::Problem {
    outcome::Problem {
        diagnostic: planned.file.diagnostic(planned.test(), &problem.finding),
        excerpts: problem.excerpts.clone(),
    }
}

async fn attempt(common: &Common, planned: &Arc<Planned>) -> Result<Record, EngineLost> {
    let number = common
        .worlds
        .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let id = workplace::id(&common.setup.session, number);
    let labels = common.setup.session.labels(&planned.path, &id);
    let record = Mutex::new(Record::default());
    let deadline = Instant::now() + planned.timeout;
    let stopped = in_world(common, planned, &id, &labels, deadline, &record).await;
    let mut record = record.into_inner().unwrap_or_else(PoisonError::into_inner);
    // What broke off may have left a request under way, whose outcome is still to come.
    let settled = match stopped {
        Ok(()) => Duration::ZERO,
        Err(_) => BROKEN_OFF,
    };
    match stopped {
        Ok(()) => {}
        Err(Stop::Problem(problem)) => record.add(*problem),
        Err(Stop::Engine(said)) => {
            if !common.engine.is_there().await {
                return Err(EngineLost(said));
            }
            let message = format!("the engine did not do as it was asked: {said}");
            record
                .problems
                .push(Problem::new(Code::R110, planned.at(), message));
        }
    }
    if common.setup.keep && record.is_failed() {
        record.kept = Some(format!("clnrm-{id}"));
        return Ok(record);
    }
    let label = format!("{}={id}", owner::WORLD);
    for (object, reason) in remove::remove_all(&common.engine, &label, REMOVAL, settled).await {
        let message = format!(
            "the {} `{}` is left behind: {reason}",
            object.kind.word(),
            object.name
        );
        record.problems.push(
            Problem::new(Code::R108, planned.at(), message).help("`clnrm clean` tries again"),
        );
    }
    Ok(record)
}

async fn in_world(
    common: &Common,
    planned: &Arc<Planned>,
    id: &str,
    labels: &HashMap<String, String>,
    deadline: Instant,
    record: &Mutex<Record>,
) -> Result<(), Stop> {
    let name = format!("clnrm-{id}");
    let file = planned.says();
    let hermetic = file
        .expect
        .hermeticity
        .no_external_services
        .is_some_and(|hermetic| hermetic.value);
    let publishes = file
        .services
        .iter()
        .any(|service| !service.ports.is_empty());
    // Ports are not published out of a network that has no way out.
    let internal =
        (hermetic || file.assertions.hermetic.is_some_and(|one| one.value)) && !publishes;
    let network = network::create(
        &common.engine,
        &common.addresses,
        &name,
        labels,
        planned.containers.len(),
        internal,
        planned.at(),
    )
    .await?;
    let receiver = Receiver::listen(network.gateway, network.subnet).await;
    let receiver = receiver.map_err(|error| workplace::deaf(planned, network.gateway, &error))?;
    let place = Workplace {
        engine: common.engine.clone(),
        planned: planned.clone(),
        id: id.to_owned(),
        labels: labels.clone(),
        network,
        receiver,
        own: Own::new(id),
        deadline,
    };
    let told = Told {
        env: told_env(planned),
        allowed_paths: common.setup.allowed_paths.clone(),
    };
    let mut span = place.own.begin_run();
    let work = async {
        let started = start_all(&place, &told).await?;
        for name in started.keys() {
            span.event("container.start", Some(("service", name)));
        }
        let gone = scenarios(&place, &started, record).await;
        let alive = async {
            gone?;
            for (container, one) in started.values() {
                check_alive(&place, container, one).await?;
            }
            Ok::<_, Stop>(())
        };
        let alive = alive.await;
        for name in started.keys() {
            span.event("container.stop", Some(("service", name)));
        }
        let (done, failed) = {
            let record = lock(record);
            (record.scenarios.clone(), record.is_failed())
        };
        place.own.end(span, !failed && alive.is_ok());
        let asks = &file.report;
        let page = common.setup.page || asks.html.is_some();
        let folder = artifacts::are_wanted(file)
            .then(|| artifacts::folder(&common.setup.state, &planned.path, &planned.title()));
        if alive.is_err() {
            // As far as it came.
            let trace = place.receiver.trace();
            let kept = keep(&place, &started, &trace, folder.as_deref()).await;
            let mut record = lock(record);
            record.problems.extend(kept);
            record.artifacts = folder
                .as_deref()
                .map(|folder| common.setup.base.name(folder));
            record.timeline = page.then(|| Timeline::of(&trace, &place.own.spans()));
        }
        alive?;
        // To be complete a trace needs its containers to end, which a world that is kept must not.
        let whole =
            (page && !common.setup.keep) || asks.digest.is_some() || artifacts::wants_spans(file);
        let mut judged = judge::judge(&place, &started, &done, whole).await;
        if page && !whole {
            judged.trace = place.receiver.trace();
        }
        let kept = keep(&place, &started, &judged.trace, folder.as_deref()).await;
        let mut record = lock(record);
        record.problems.extend(kept);
        record.artifacts = folder.map(|folder| common.setup.base.name(&folder));
        record.spans = place.receiver.count();
        record.problems.extend(assertions(file, &done, &started));
        // Of a trace that is not whole a digest would say nothing.
        if asks.digest.is_some() && place.receiver.faults().0 == 0 {
            let frozen = common.setup.frozen || file.determinism.freeze_clock.is_some();
            record.digest = Some(judged.trace.digest(frozen));
        }
        if page {
            record.timeline = Some(Timeline::of(&judged.trace, &place.own.spans()));
        }
        record.problems.extend(judged.problems);
        record.analysis = judged.analysis;
        Ok(())
    };
    // Commands are killed at their own deadlines, which are no later: this is for what hangs otherwise.
    let grace = deadline + Duration::from_secs(5);
    match tokio::time::timeout_at(grace.into(), work).await {
        Ok(done) => done,
        Err(_) => {
            let message = format!(
                "the test's time of {} was over",
                span_of_time(planned.timeout)
            );
            Err(Problem::new(Code::R105, planned.at(), message).into())
        }
    }
}

/// Keeps artifacts, if there are any to keep.
async fn keep(
    place: &Workplace,
    started: &All<'_>,
    trace: &Trace,
    folder: Option<&Path>,
) -> Vec<Problem> {
    match folder {
        Some(folder) => artifacts::collect(place, started, trace, folder).await,
        None => Vec::new(),
    }
}

/// Legacy assertions that are about what was done, not about spans.
fn assertions(file: &TestFile, done: &[ScenarioOutcome], started: &All<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let commands = done.iter().flat_map(|scenario| &scenario.steps);
    let commands = commands.filter(|step| step.exit_code.is_some()).count() as u64;
    if let Some(least) = file.assertions.commands
        && commands < least.value
    {
        let message = format!("{commands} commands were run, not at least {}", least.value);
        problems.push(Problem::new(Code::R103, least.span, message));
    }
    for name in &file.assertions.started {
        if !started.contains_key(&name.value) {
            let message = format!("no service `{}` was started", name.value);
            problems.push(Problem::new(Code::R107, name.span, message));
        }
    }
    problems
}

/// What every container is told by way of its environment.
fn told_env(planned: &Planned) -> Vec<(String, String)> {
    let determinism = &planned.says().determinism;
    let mut env = Vec::new();
    if let Some(seed) = determinism.seed {
        env.push(("CLNRM_SEED".to_owned(), seed.value.to_string()));
    }
    if let Some(clock) = &determinism.freeze_clock {
        env.push(("CLNRM_FREEZE_CLOCK".to_owned(), clock.value.clone()));
    }
    env
}
