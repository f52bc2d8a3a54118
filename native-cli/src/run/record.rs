//! What an attempt at a test has to show so far; kept apart from the work, so that an attempt that is cut
//! off has it, too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clnrm_core::checker::Analysis;
use clnrm_core::diagnostic::Severity;
use clnrm_core::digest::Digest;
use clnrm_core::expect::Outcome;

use super::outcome::ScenarioOutcome;
use super::problem::Problem;
use super::timeline::Timeline;

/// What there is to show.
#[derive(Debug, Default)]
pub struct Record {
    /// Scenarios that are over.
    pub scenarios: Vec<ScenarioOutcome>,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// What was expected of the spans, and what came of it; `None` if nothing was.
    pub analysis: Option<Analysis>,
    /// How many arrived.
    pub spans: usize,
    /// The spans as a picture, where one is asked for.
    pub timeline: Option<Timeline>,
    /// The digest of the trace, where one is asked for.
    pub digest: Option<Digest>,
    /// The name of the world that is left standing.
    pub kept: Option<String>,
    /// The folder of what is kept.
    pub artifacts: Option<Arc<str>>,
}

impl Record {
    /// Adds what ended the test, unless a scenario met with the same: a container that ended under its
    /// command is found to have ended again.
    pub fn add(&mut self, problem: Problem) {
        let new = &problem.finding;
        let is_known = self
            .problems
            .iter()
            .any(|known| (known.finding.code, &known.finding.message) == (new.code, &new.message));
        if !is_known {
            self.problems.push(problem);
        }
    }

    /// Whether something went wrong with the test, not only with removing it.
    pub fn is_failed(&self) -> bool {
        let unmet = |analysis: &Analysis| analysis.outcome != Outcome::Holds;
        self.analysis.as_ref().is_some_and(unmet)
            || self
                .problems
                .iter()
                .any(|problem| problem.finding.code.severity() == Severity::Error)
    }
}

/// The record; whoever panicked while holding it left it whole.
pub fn lock(record: &Mutex<Record>) -> MutexGuard<'_, Record> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}
