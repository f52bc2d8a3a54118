//! The commands of a scenario, and all that holds for each of them.

use std::time::{Duration, Instant};

use clnrm_core::config::model::{Command, Outcome, Pair, Retry, Scenario, Spanned, Step};

use super::Stage;
use crate::run::container::set;
use crate::run::plan;

/// A command and all that holds for it.
pub(super) struct Task<'a> {
    pub name: Option<&'a str>,
    pub container: String,
    pub command: &'a Command,
    pub working_dir: Option<&'a str>,
    pub env: Vec<(String, String)>,
    pub timeout: Option<Spanned<u64>>,
    pub retry: Option<&'a Retry>,
    pub outcome: &'a Outcome,
    /// What it ends with is the scenario's affair.
    pub lenient: bool,
    pub goes_on: bool,
}

/// A moment at which something is killed, and which limit that is.
#[derive(Clone, Copy)]
pub(super) struct Deadline {
    pub at: Instant,
    pub limit: Option<Spanned<u64>>,
    pub whose: &'static str,
}

impl Deadline {
    pub fn sooner(self, limit: Option<Spanned<u64>>, whose: &'static str) -> Self {
        let Some(limit) = limit else { return self };
        let at = Instant::now() + Duration::from_micros(limit.value);
        if at >= self.at {
            return self;
        }
        Self {
            at,
            limit: Some(limit),
            whose,
        }
    }
}

impl Stage<'_> {
    /// The commands of a scenario, in order.
    pub(super) fn tasks<'a>(&self, index: usize, scenario: &'a Scenario) -> Vec<Task<'a>> {
        let file = self.place.planned.says();
        let mut tasks = Vec::new();
        let env = |own: &[Pair]| {
            let mut env = Vec::new();
            for Pair { name, value } in scenario.env.iter().chain(own) {
                set(&mut env, &name.value, &value.value);
            }
            env
        };
        let folder = scenario
            .working_dir
            .as_ref()
            .map(|folder| folder.value.as_str());
        if let Some(command) = &scenario.run {
            tasks.push(Task {
                name: None,
                container: plan::place(file, index, scenario, None),
                command,
                working_dir: folder,
                env: env(&[]),
                timeout: None,
                retry: None,
                outcome: &scenario.outcome,
                lenient: false,
                goes_on: false,
            });
        }
        let judged_together = scenario.run.is_none() && scenario.outcome != Outcome::default();
        for (number, step) in scenario.steps.iter().enumerate() {
            let Some(command) = &step.command else {
                continue;
            };
            let parallel = &scenario.parallel_services;
            let container = match (&step.service, parallel.get(number % parallel.len().max(1))) {
                (None, Some(service)) => service.value.clone(),
                _ => plan::place(file, index, scenario, Some(step)),
            };
            let own = step
                .working_dir
                .as_ref()
                .map(|folder| folder.value.as_str());
            tasks.push(Task {
                name: step.name.as_ref().map(|name| name.value.as_str()),
                container,
                command,
                working_dir: own.or(folder),
                env: env(&step.env),
                timeout: step.timeout,
                retry: step.retry.as_ref(),
                outcome: &step.outcome,
                lenient: judged_together && says_no_code(step),
                goes_on: step
                    .continue_on_failure
                    .is_some_and(|goes_on| goes_on.value),
            });
        }
        tasks
    }
}

fn says_no_code(step: &Step) -> bool {
    step.outcome.exit_code.is_none() && step.outcome.failure.is_none()
}

/// How often something is tried at most, and the time between.
pub(super) fn attempts(retry: Option<&Retry>) -> (u64, Duration) {
    let Some(retry) = retry else {
        return (1, Duration::ZERO);
    };
    let most = retry.max_attempts.map_or(1, |most| most.value.max(1));
    let delay = retry
        .delay
        .map_or(Duration::ZERO, |delay| Duration::from_micros(delay.value));
    (most, delay)
}

/// A command as it was written.
pub(super) fn shown(command: &Command) -> String {
    match command {
        Command::Shell(line) => line.value.clone(),
        Command::Argv { words, .. } => {
            let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
            words.join(" ")
        }
    }
}
