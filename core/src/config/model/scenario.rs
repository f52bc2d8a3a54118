//! Scenarios and steps: what a test does.

use super::{Command, Pair, Spanned, Text};
use crate::source::Span;

/// `[[scenario]]`, or all `[[steps]]` at top level.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scenario {
    /// `None` for the steps at top level (or it is missing, which `C101` says).
    pub name: Option<Text>,
    /// These are the steps at top level.
    pub top_level: bool,
    /// The name in the header of its table.
    pub header: Span,
    /// Something in the table was lost.
    pub incomplete: bool,
    /// What it is for.
    pub description: Option<Text>,
    /// Where it runs.
    pub service: Option<Text>,
    /// What it runs, before its steps.
    pub run: Option<Command>,
    /// What it does, in order. An entry of `run = [{ service, command }]` is a step without a name.
    pub steps: Vec<Step>,
    /// The steps run at the same time, each in one of these services (`parallel_services`).
    pub parallel_services: Vec<Text>,
    /// Scenarios that come before.
    pub depends_on: Vec<Text>,
    /// May run beside the others.
    pub concurrent: Option<Spanned<bool>>,
    /// Words to choose it by.
    pub tags: Vec<Text>,
    /// Where commands start.
    pub working_dir: Option<Text>,
    /// Of the whole scenario, in microseconds.
    pub timeout: Option<Spanned<u64>>,
    /// When it fails.
    pub retry: Option<Retry>,
    /// Environment variables.
    pub env: Vec<Pair>,
    /// How it must end.
    pub outcome: Outcome,
    /// What is kept afterwards.
    pub artifacts: Vec<Text>,
}

/// `[[steps]]` or `[[scenario.steps]]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Step {
    /// Its name (if it is missing, `C101` says so).
    pub name: Option<Text>,
    /// The name in the header of its table, or its opening brace.
    pub header: Span,
    /// Something in the table was lost.
    pub incomplete: bool,
    /// What it is for.
    pub description: Option<Text>,
    /// Where it runs.
    pub service: Option<Text>,
    /// What it runs.
    pub command: Option<Command>,
    /// Where the command starts.
    pub working_dir: Option<Text>,
    /// In microseconds.
    pub timeout: Option<Spanned<u64>>,
    /// When it fails.
    pub retry: Option<Retry>,
    /// The next step follows even if this one fails.
    pub continue_on_failure: Option<Spanned<bool>>,
    /// Environment variables.
    pub env: Vec<Pair>,
    /// How it must end.
    pub outcome: Outcome,
}

/// How a command must end.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// `expected_exit_code`.
    pub exit_code: Option<Spanned<i64>>,
    /// `expected_output_regex`; a regular expression that parses.
    pub output_regex: Option<Text>,
    /// `expected_output_contains`.
    pub output_contains: Option<Text>,
    /// `expected_output_regex_not`; a regular expression that parses.
    pub output_regex_not: Option<Text>,
    /// `expect_failure`, `should_fail`, `expect_success = false`.
    pub failure: Option<Spanned<bool>>,
}

/// `retry`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Retry {
    /// The whole value.
    pub span: Span,
    /// Attempts in all.
    pub max_attempts: Option<Spanned<u64>>,
    /// Between two attempts, in microseconds.
    pub delay: Option<Spanned<u64>>,
}
