//! A scenario: its commands in order, each held against what is expected of it.

mod expected;
mod task;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bollard::query_parameters::EventsOptionsBuilder;
use clnrm_core::config::model::{Outcome, Scenario};
use clnrm_core::diagnostic::Code;
use clnrm_core::source::Span;
use clnrm_core::trace::Id;
use futures_util::StreamExt as _;
use futures_util::future::join_all;

use super::alive::died;
use super::container::{argv, set};
use super::engine::status;
use super::exec::{self, Exec};
use super::outcome::{ScenarioOutcome, StepOutcome, Verdict};
use super::plan::Container;
use super::problem::{Problem, Stop};
use super::workplace::{Started, Workplace};
use crate::check::micros;
use expected::{judge, of_steps};
use task::{Deadline, Task, attempts, shown};

/// Bytes of an output that go into a report.
const REPORTED: usize = 64 << 10;

/// How often an engine is asked whether a container has ended, once a command in it was cut off.
const LOOKS: usize = 10;

/// Between two of these looks.
const LOOK: Duration = Duration::from_millis(20);

/// All that the scenarios of an attempt share.
pub struct Stage<'a> {
    /// The world.
    pub place: &'a Workplace,
    /// Its containers by name.
    pub containers: &'a HashMap<String, (&'a Container, Started)>,
    /// Commands so far.
    pub count: AtomicUsize,
}

/// What came of a command or of a scenario's attempt.
struct Attempt<T> {
    done: T,
    problems: Vec<Problem>,
}

impl Stage<'_> {
    /// Runs a scenario, again if it says so.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn run(
        &self,
        index: usize,
        scenario: &Scenario,
    ) -> Result<(ScenarioOutcome, Vec<Problem>), Stop> {
        let begun = Instant::now();
        let own = &self.place.own;
        let (most, delay) = attempts(scenario.retry.as_ref());
        let mut attempt = 0;
        loop {
            attempt += 1;
            let name = scenario
                .name
                .as_ref()
                .map_or("steps", |name| name.value.as_str());
            let unique = format!("{} scenario {index} {attempt}", self.place.id);
            let span = own.begin(format!("clnrm.scenario:{name}"), &unique, None);
            let Attempt { done, problems } = self.attempt(index, scenario, &span.id).await?;
            own.end(span, problems.is_empty());
            if problems.is_empty() || attempt >= most || Instant::now() >= self.place.deadline {
                let verdict = if problems.is_empty() {
                    Verdict::Passed
                } else {
                    Verdict::Failed
                };
                let outcome = ScenarioOutcome {
                    name: scenario.name.as_ref().map(|name| name.value.clone()),
                    verdict,
                    attempts: attempt,
                    duration_us: micros(begun.elapsed()),
                    steps: done,
                };
                return Ok((outcome, problems));
            }
            tokio::time::sleep(delay).await;
        }
    }

    async fn attempt(
        &self,
        index: usize,
        scenario: &Scenario,
        span: &Id,
    ) -> Result<Attempt<Vec<StepOutcome>>, Stop> {
        let deadline = Deadline {
            at: self.place.deadline,
            limit: None,
            whose: "test",
        }
        .sooner(scenario.timeout, "scenario");
        let tasks = self.tasks(index, scenario);
        let mut steps = Vec::new();
        let mut problems = Vec::new();
        if scenario.parallel_services.is_empty() {
            for task in &tasks {
                let one = self.task(task, deadline, span).await?;
                let failed = !one.problems.is_empty();
                let ended = task.lenient && one.done.exit_code != Some(0);
                steps.push(one.done);
                problems.extend(one.problems);
                if (failed && !task.goes_on) || ended {
                    break;
                }
            }
        } else {
            let all = join_all(tasks.iter().map(|task| self.task(task, deadline, span))).await;
            for one in all {
                let one = one?;
                steps.push(one.done);
                problems.extend(one.problems);
            }
        }
        // What is expected of a scenario without a command of its own is expected of its steps.
        if scenario.run.is_none() && problems.is_empty() && scenario.outcome != Outcome::default() {
            problems.extend(of_steps(scenario, &steps));
        }
        Ok(Attempt {
            done: steps,
            problems,
        })
    }

    async fn task(
        &self,
        task: &Task<'_>,
        outer: Deadline,
        parent: &Id,
    ) -> Result<Attempt<StepOutcome>, Stop> {
        let (most, delay) = attempts(task.retry);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let deadline = outer.sooner(task.timeout, "step");
            let number = self.count.fetch_add(1, Ordering::Relaxed);
            let mark = format!("{}-{number}", self.place.id);
            let name = task.name.unwrap_or("run");
            let own = &self.place.own;
            let mut span = own.begin(format!("clnrm.step:{name}"), &mark, Some(parent));
            span.event("container.exec", Some(("service", &task.container)));
            let traceparent = own.parent(Some(&span.id));
            let mut one = self.once(task, deadline, &mark, &traceparent).await?;
            own.end(span, one.problems.is_empty());
            one.done.attempts = attempt;
            if one.problems.is_empty() || attempt >= most || Instant::now() + delay >= outer.at {
                return Ok(one);
            }
            tokio::time::sleep(delay).await;
        }
    }

    async fn once(
        &self,
        task: &Task<'_>,
        deadline: Deadline,
        mark: &str,
        traceparent: &str,
    ) -> Result<Attempt<StepOutcome>, Stop> {
        let mut done = StepOutcome {
            name: task.name.map(str::to_owned),
            service: task.container.clone(),
            command: shown(task.command),
            passed: false,
            attempts: 1,
            exit_code: None,
            timed_out: false,
            duration_us: 0,
            stdout: String::new(),
            stderr: String::new(),
        };
        let at = task.command.span();
        let Some((container, started)) = self.containers.get(&task.container) else {
            let message = format!("`{}` is not running", task.container);
            return Ok(Attempt {
                done,
                problems: vec![Problem::new(Code::R107, at, message)],
            });
        };
        let mut env = vec![("TRACEPARENT".to_owned(), traceparent.to_owned())];
        for (name, value) in &task.env {
            set(&mut env, name, value);
        }
        let exec = Exec {
            container: &started.id,
            argv: argv(task.command),
            env,
            working_dir: task.working_dir,
            deadline: deadline.at,
        };
        let since = SystemTime::now();
        let ended = match exec::run(self.place, exec, mark).await {
            Ok(ended) => ended,
            // The container is not running (any more), or is gone.
            Err(error)
                if matches!(status(&error), Some(404 | 409 | 500))
                    && self.has_ended(&started.id).await =>
            {
                return self.cut_off(done, container, started, at).await;
            }
            Err(error) => return Err(Stop::refused(&error, at, "cannot run a command")),
        };
        done.exit_code = ended.exit_code;
        done.timed_out = ended.timed_out;
        done.duration_us = micros(ended.took);
        done.stdout = reported(&ended.stdout.text());
        done.stderr = reported(&ended.stderr.text());
        let mut problems = judge(task, &ended, deadline);
        // A command whose container ended under it, or before it was there, has no fault of its own.
        // The engine's word for the latter is 126 (Docker), 125 or 127 (Podman), with or without saying why.
        if !problems.is_empty()
            && !ended.timed_out
            && matches!(ended.exit_code, None | Some(125..=127 | 137))
            && self.has_ended(&started.id).await
        {
            return self.cut_off(done, container, started, at).await;
        }
        if !problems.is_empty()
            && ended.exit_code == Some(137)
            && self.out_of_memory(&started.id, since).await
        {
            let at = container.limits.memory.map_or(at, |memory| memory.span);
            let message = format!(
                "the kernel killed a command in `{}`: no memory left",
                task.container
            );
            problems = vec![
                Problem::new(Code::R106, at, message)
                    .note(task.command.span(), "this command")
                    .help("raise `limits.memory`")
                    .excerpt("standard error", &ended.stderr.text()),
            ];
        }
        done.passed = problems.is_empty();
        Ok(Attempt { done, problems })
    }

    /// A command that its container took with it: why that ended is what is told.
    async fn cut_off(
        &self,
        done: StepOutcome,
        container: &Container,
        started: &Started,
        at: Span,
    ) -> Result<Attempt<StepOutcome>, Stop> {
        match died(self.place, container, started, at).await {
            Stop::Problem(problem) => Ok(Attempt {
                done,
                problems: vec![*problem],
            }),
            stop => Err(stop),
        }
    }

    /// Whether a container has ended. An engine may know that a moment after the commands in it do.
    async fn has_ended(&self, container: &str) -> bool {
        for _ in 0..LOOKS {
            match self.place.state(container).await {
                Ok(state) if state.running => tokio::time::sleep(LOOK).await,
                Ok(_) => return true,
                Err(_) => return false,
            }
        }
        false
    }

    /// Whether the engine noticed a lack of memory in a container since then.
    async fn out_of_memory(&self, container: &str, since: SystemTime) -> bool {
        let docker = &self.place.engine.docker;
        let seconds = |time: SystemTime| {
            time.duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs()
                .to_string()
        };
        let filters = HashMap::from([
            ("container".to_owned(), vec![container.to_owned()]),
            ("event".to_owned(), vec!["oom".to_owned()]),
        ]);
        // The engine hears of it a moment after the process is gone.
        for _ in 0..5 {
            let options = EventsOptionsBuilder::default()
                .since(&seconds(since))
                .until(&seconds(SystemTime::now() + Duration::from_secs(1)))
                .filters(&filters)
                .build();
            let mut events = docker.events(Some(options));
            let first = tokio::time::timeout(Duration::from_millis(1500), events.next()).await;
            if matches!(first, Ok(Some(Ok(_)))) {
                return true;
            }
            if let Ok(state) = self.place.state(container).await
                && state.out_of_memory
            {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }
}

/// The end of a text, for a report.
fn reported(text: &str) -> String {
    if text.len() <= REPORTED {
        return text.to_owned();
    }
    let from = text.len() - REPORTED;
    let from = (from..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(from);
    format!("[… {from} bytes before this …]\n{}", &text[from..])
}
