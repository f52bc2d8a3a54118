//! What several rules ask of a file, computed once.

use std::cell::Cell;
use std::collections::HashMap;

use crate::config::model::{Command, ExpectedSpan, Scenario, Service, Step, TestFile, Text};
use crate::diagnostic::Finding;
use crate::source::Span;
use crate::suggest::{self, did_you_mean};

/// So many names are compared for suggestions, in all: each costs about as much as a rule.
const SUGGESTIONS: usize = 200_000;
/// So many pairs of patterns are compared by one rule; a file with more is no file of a person.
pub const PAIRS: usize = 400_000;

/// A file, with its names looked up quickly.
pub struct World<'a> {
    /// The file.
    pub file: &'a TestFile,
    services: HashMap<&'a str, &'a Service>,
    scenarios: HashMap<&'a str, &'a Scenario>,
    suggestions_left: Cell<usize>,
}

impl<'a> World<'a> {
    pub fn new(file: &'a TestFile) -> Self {
        let mut services = HashMap::new();
        for service in &file.services {
            services
                .entry(service.name.value.as_str())
                .or_insert(service);
        }
        let mut scenarios = HashMap::new();
        for scenario in &file.scenarios {
            if let Some(name) = &scenario.name {
                scenarios.entry(name.value.as_str()).or_insert(scenario);
            }
        }
        Self {
            file,
            services,
            scenarios,
            suggestions_left: Cell::new(SUGGESTIONS),
        }
    }

    /// The first service of this name.
    pub fn service(&self, name: &str) -> Option<&'a Service> {
        self.services.get(name).copied()
    }

    /// The first scenario of this name.
    pub fn scenario(&self, name: &str) -> Option<&'a Scenario> {
        self.scenarios.get(name).copied()
    }

    /// Whether anything at all was lost, in a table or between tables.
    pub fn is_damaged(&self) -> bool {
        let file = self.file;
        file.is_incomplete()
            || file.services.iter().any(|s| s.incomplete)
            || self.are_scenarios_damaged()
    }

    /// Whether anything of a scenario or step was lost.
    pub fn are_scenarios_damaged(&self) -> bool {
        self.file
            .scenarios
            .iter()
            .any(|s| s.incomplete || s.steps.iter().any(|step| step.incomplete))
    }

    /// Each step with its scenario, in order of file.
    pub fn steps(&self) -> impl Iterator<Item = (&'a Scenario, &'a Step)> {
        let scenarios = self.file.scenarios.iter();
        scenarios.flat_map(|s| s.steps.iter().map(move |step| (s, step)))
    }

    /// Each command of a scenario or step.
    pub fn commands(&self) -> impl Iterator<Item = &'a Command> {
        let runs = self.file.scenarios.iter().filter_map(|s| s.run.as_ref());
        runs.chain(self.steps().filter_map(|(_, step)| step.command.as_ref()))
    }

    /// Each place where a scenario or step says in which service it runs.
    pub fn service_uses(&self) -> impl Iterator<Item = &'a Text> {
        let scenarios = self.file.scenarios.iter();
        scenarios.flat_map(|s| {
            let own = s.service.iter().chain(&s.parallel_services);
            own.chain(s.steps.iter().filter_map(|step| step.service.as_ref()))
        })
    }

    /// The finding with the candidate that was probably meant by `name`, a text at `at`, if one is near.
    pub fn meant<'n>(
        &self,
        finding: Finding,
        name: &str,
        at: Span,
        candidates: impl ExactSizeIterator<Item = &'n str>,
    ) -> Finding {
        let Some(near) = self.nearest(name, candidates) else {
            return finding;
        };
        let finding = finding.help(did_you_mean(near));
        // What needs no escapes within quotes.
        if near.contains(|c: char| matches!(c, '"' | '\\') || c.is_control()) {
            return finding;
        }
        finding.unsafe_repair([(at, format!("\"{near}\""))])
    }

    /// The candidate that was probably meant.
    pub fn nearest<'n>(
        &self,
        name: &str,
        candidates: impl ExactSizeIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        let left = self.suggestions_left.get().checked_sub(candidates.len())?;
        self.suggestions_left.set(left);
        suggest::nearest(name, candidates)
    }
}

/// Whether at least one span of this name must be there for the file to be green.
pub fn is_required(span: &ExpectedSpan) -> bool {
    !span.optional
        && span.exists.is_none_or(|exists| exists.value)
        && span.count.as_ref().is_none_or(|count| !count.admit(0))
}

/// Whether no span of this name may be there.
pub fn is_forbidden(span: &ExpectedSpan) -> bool {
    span.exists.is_some_and(|exists| !exists.value)
}
