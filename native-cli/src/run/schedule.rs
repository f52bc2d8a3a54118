//! Which test runs when: in order, as many at once as the limits admit, until all are done, one fails
//! under `--fail-fast`, the user interrupts, or the engine goes away.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use clnrm_core::config::{self, Concurrency};
use clnrm_core::diagnostic::Code;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::outcome::{TestOutcome, Verdict};
use super::plan::{Needs, Planned};
use super::problem::Problem;
use super::test::{self, Common, EngineLost};

/// Tests at the same time where nobody says how many.
const CONCURRENT: u64 = 2;

/// How often it is told that time passes.
const TICK: Duration = Duration::from_millis(500);

/// What all tests together may use at the same time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Limits {
    /// Tests.
    pub tests: u64,
    /// Containers.
    pub containers: Option<u64>,
    /// MiB of containers with a limit.
    pub memory_mb: Option<u64>,
    /// Processors of containers with a limit.
    pub cpus: Option<f64>,
}

impl Limits {
    /// What the project file and the profile say.
    pub fn of(run: &config::Run) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        Self {
            tests: match run.max_concurrent {
                Some(Concurrency::Tests(tests)) => tests,
                Some(Concurrency::Cores) => cores,
                None => CONCURRENT,
            },
            containers: run.max_containers,
            memory_mb: run.max_memory_mb,
            cpus: run.max_cpu_cores,
        }
    }

    /// Whether it fits beside what runs.
    fn admits(&self, tests: u64, used: Needs, more: Needs) -> bool {
        tests < self.tests
            && self
                .containers
                .is_none_or(|limit| used.containers + more.containers <= limit)
            && self
                .memory_mb
                .is_none_or(|limit| used.memory_mb + more.memory_mb <= limit)
            && self
                .cpus
                .is_none_or(|limit| used.cpus + more.cpus <= limit + 1e-9)
    }

    /// What keeps a test from ever fitting.
    fn never(&self, needs: Needs) -> Option<String> {
        if let Some(limit) = self.containers.filter(|limit| needs.containers > *limit) {
            return Some(format!(
                "{} containers, and the run may use {limit}",
                needs.containers
            ));
        }
        if let Some(limit) = self.memory_mb.filter(|limit| needs.memory_mb > *limit) {
            return Some(format!(
                "{} MiB, and the run may use {limit}",
                needs.memory_mb
            ));
        }
        if let Some(limit) = self.cpus.filter(|limit| needs.cpus > *limit + 1e-9) {
            return Some(format!(
                "{} processors, and the run may use {limit}",
                needs.cpus
            ));
        }
        None
    }
}

/// How tests are run.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// What they may use.
    pub limits: Limits,
    /// Further attempts at one that fails.
    pub retries: u32,
    /// No test is begun after one failed.
    pub fail_fast: bool,
}

/// What happens during a run.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A test begins.
    Begins(&'a Planned),
    /// A test has ended.
    Ended(&'a TestOutcome),
    /// Some time has passed.
    Tick,
    /// The user asked for an end: no test goes on, and what they left is removed.
    Interrupted,
}

/// What came of all tests.
#[derive(Debug, Default)]
pub struct Done {
    /// In the order in which they were given.
    pub tests: Vec<TestOutcome>,
    /// The engine went away.
    pub lost: Option<EngineLost>,
    /// The user asked for an end.
    pub interrupted: bool,
}

/// Runs tests. `told` is called with what happens.
pub async fn run(
    common: &Arc<Common>,
    tests: Vec<Planned>,
    mut interrupt: watch::Receiver<bool>,
    mut told: impl FnMut(Event<'_>),
) -> Done {
    let wishes = common.setup.wishes;
    let tests: Vec<Arc<Planned>> = tests.into_iter().map(Arc::new).collect();
    let mut outcomes: Vec<Option<TestOutcome>> = tests.iter().map(|_| None).collect();
    let mut done = Done::default();
    let mut waiting: VecDeque<usize> = VecDeque::new();
    for (index, planned) in tests.iter().enumerate() {
        match wishes.limits.never(planned.needs) {
            Some(too_much) => {
                let outcome = unfit(planned, &too_much);
                told(Event::Ended(&outcome));
                outcomes[index] = Some(outcome);
            }
            None => waiting.push_back(index),
        }
    }
    let mut running = JoinSet::new();
    let mut indices = HashMap::new();
    let mut used = Needs::default();
    let mut ticks = tokio::time::interval(TICK);
    loop {
        let failed = |outcome: &Option<TestOutcome>| {
            outcome
                .as_ref()
                .is_some_and(|outcome| outcome.verdict == Verdict::Failed)
        };
        let stop = wishes.fail_fast && outcomes.iter().any(failed);
        // In order: a large test that waits is not overtaken for ever by small ones.
        while let Some(index) = waiting.front().copied().filter(|_| !stop) {
            let planned = &tests[index];
            if !wishes
                .limits
                .admits(running.len() as u64, used, planned.needs)
            {
                break;
            }
            waiting.pop_front();
            told(Event::Begins(planned));
            add(&mut used, planned.needs, 1.0);
            let (common, planned) = (common.clone(), planned.clone());
            let task =
                running.spawn(async move { test::run(&common, &planned, wishes.retries).await });
            indices.insert(task.id(), index);
        }
        tokio::select! {
            biased;
            _ = interrupt.wait_for(|asked| *asked) => {
                done.interrupted = true;
                told(Event::Interrupted);
                break;
            }
            ended = running.join_next_with_id() => {
                let Some(ended) = ended else { break };
                let id = match &ended {
                    Ok((id, _)) => *id,
                    Err(error) => error.id(),
                };
                let Some(index) = indices.remove(&id) else { continue };
                let planned = &tests[index];
                add(&mut used, planned.needs, -1.0);
                let outcome = match ended {
                    Ok((_, Ok(outcome))) => outcome,
                    Ok((_, Err(lost))) => {
                        outcomes[index] = Some(test::blank(planned, Verdict::Interrupted));
                        done.lost = Some(lost);
                        break;
                    }
                    Err(error) => fault(planned, &error),
                };
                told(Event::Ended(&outcome));
                outcomes[index] = Some(outcome);
            }
            _ = ticks.tick() => told(Event::Tick),
        }
    }
    running.abort_all();
    // They hold connections to the engine until they are really gone.
    while running.join_next().await.is_some() {}
    for index in indices.into_values() {
        outcomes[index] = Some(test::blank(&tests[index], Verdict::Interrupted));
    }
    done.tests = outcomes
        .into_iter()
        .zip(&tests)
        .map(|(outcome, planned)| outcome.unwrap_or_else(|| test::blank(planned, Verdict::NotRun)))
        .collect();
    done
}

fn add(used: &mut Needs, needs: Needs, sign: f64) {
    if sign > 0.0 {
        used.containers += needs.containers;
        used.memory_mb += needs.memory_mb;
    } else {
        used.containers = used.containers.saturating_sub(needs.containers);
        used.memory_mb = used.memory_mb.saturating_sub(needs.memory_mb);
    }
    used.cpus += sign * needs.cpus;
}

fn unfit(planned: &Planned, too_much: &str) -> TestOutcome {
    let message = format!("the test needs {too_much}");
    let problem = Problem::new(Code::R109, planned.at(), message)
        .help("raise the limit on the command line or under `[run]` of clnrm.toml");
    let mut outcome = test::blank(planned, Verdict::Failed);
    outcome.problems.push(test::shown(planned, &problem));
    outcome
}

/// A fault of ours: it is told as such, and the other tests go on.
fn fault(planned: &Planned, error: &tokio::task::JoinError) -> TestOutcome {
    let message = format!("clnrm itself failed ({error}): please report it");
    let problem = Problem::new(Code::R110, planned.at(), message);
    let mut outcome = test::blank(planned, Verdict::Failed);
    outcome.problems.push(test::shown(planned, &problem));
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        tests: 2,
        containers: Some(4),
        memory_mb: Some(512),
        cpus: Some(1.0),
    };

    fn needs(containers: u64, memory_mb: u64, cpus: f64) -> Needs {
        Needs {
            containers,
            memory_mb,
            cpus,
        }
    }

    #[test]
    fn every_limit_holds() {
        let used = needs(2, 256, 0.5);
        assert!(LIMITS.admits(1, used, needs(2, 256, 0.5)));
        assert!(!LIMITS.admits(2, used, needs(1, 0, 0.0)));
        assert!(!LIMITS.admits(1, used, needs(3, 0, 0.0)));
        assert!(!LIMITS.admits(1, used, needs(1, 257, 0.0)));
        assert!(!LIMITS.admits(1, used, needs(1, 0, 0.6)));
    }

    #[test]
    fn what_could_never_fit_is_known_at_once() {
        assert!(LIMITS.never(needs(4, 512, 1.0)).is_none());
        for too_much in [needs(5, 0, 0.0), needs(0, 513, 0.0), needs(0, 0, 1.5)] {
            assert!(LIMITS.never(too_much).is_some());
        }
    }
}
