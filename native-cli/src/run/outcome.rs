//! What came of a run: the values that all reports are made of. Their JSON is published.

use std::collections::BTreeMap;
use std::sync::Arc;

use clnrm_core::checker::Judgement;
use clnrm_core::config::model::ReportFiles;
use clnrm_core::diagnostic::Diagnostic;
use clnrm_core::digest::Digest;
use clnrm_core::report::{FileReport, Skipped};
use serde::Serialize;

use super::plan;
use super::secrets::Secrets;
use super::timeline::Timeline;

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All went as expected.
    Passed,
    /// Something did not.
    Failed,
    /// The run was interrupted while the test was going on.
    Interrupted,
    /// It was not begun.
    NotRun,
}

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// Version of this shape.
    pub version: u32,
    /// The run; labels of containers name it.
    pub session: String,
    /// In numbers.
    pub summary: Summary,
    /// Passed over by discovery.
    pub skipped: Vec<Skipped>,
    /// What a check says of each file; with an error in one of them no test is run.
    pub files: Vec<FileReport>,
    /// Which reports the files ask for themselves.
    #[serde(skip)]
    pub asked: Vec<(Arc<str>, ReportFiles)>,
    /// Not run since they passed when they were made of the same; only with `--changed`.
    pub unchanged: Vec<Unchanged>,
    /// In order of path.
    pub tests: Vec<TestOutcome>,
}

/// A test that `--changed` passed over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unchanged {
    /// Its file.
    pub path: Arc<str>,
    /// Its name.
    pub name: String,
    /// The combination of the file's matrix; empty without one.
    pub matrix: BTreeMap<String, String>,
}

/// A run in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Summary {
    pub files: usize,
    pub invalid: usize,
    pub tests: usize,
    pub passed: usize,
    pub failed: usize,
    pub interrupted: usize,
    pub not_run: usize,
    pub unchanged: usize,
    pub flaky: usize,
    pub duration_us: u64,
}

/// What came of a test.
#[derive(Clone, Debug, Serialize)]
pub struct TestOutcome {
    /// Its file.
    pub path: Arc<str>,
    /// Its name.
    pub name: String,
    /// The combination of the file's matrix; empty without one.
    pub matrix: BTreeMap<String, String>,
    /// How it ended.
    pub verdict: Verdict,
    /// It passed, but not at once.
    pub flaky: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// Of all attempts.
    pub duration_us: u64,
    /// What was done, of the last attempt.
    pub scenarios: Vec<ScenarioOutcome>,
    /// Spans that were received from its containers.
    pub spans: usize,
    /// The digest of its normalised trace, if its file asks for it and the trace is whole.
    pub digest: Option<Digest>,
    /// Its spans in order, if a page is to show them.
    #[serde(skip)]
    pub timeline: Option<Timeline>,
    /// What became of each expectation; empty if it did not come to that.
    pub checks: Vec<Judgement>,
    /// What went wrong, in the order in which it did.
    pub problems: Vec<Problem>,
    /// The network that was left standing, with `--keep`.
    pub kept: Option<String>,
    /// The folder that its artifacts were collected into.
    pub artifacts: Option<Arc<str>>,
    /// What must not be shown of its file, in an excerpt or a rendered line.
    #[serde(skip)]
    pub secrets: Secrets,
}

/// What came of a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioOutcome {
    /// Its name; `None` for the steps at top level.
    pub name: Option<String>,
    /// How it ended.
    pub verdict: Verdict,
    /// How often it was tried.
    pub attempts: u64,
    /// Of all attempts.
    pub duration_us: u64,
    /// Its commands, of the last attempt.
    pub steps: Vec<StepOutcome>,
}

/// What came of a command.
#[derive(Clone, Debug, Serialize)]
pub struct StepOutcome {
    /// Its name; `None` for a scenario's `run`.
    pub name: Option<String>,
    /// The service in whose container it ran.
    pub service: String,
    /// The command as it was written.
    pub command: String,
    /// Whether it went as expected.
    pub passed: bool,
    /// How often it was tried.
    pub attempts: u64,
    /// `None`: it was killed, or never started.
    pub exit_code: Option<i64>,
    /// It was killed at its deadline.
    pub timed_out: bool,
    /// Of the last attempt.
    pub duration_us: u64,
    /// The end of what it printed.
    pub stdout: String,
    /// The same of standard error.
    pub stderr: String,
}

/// Something that went wrong, at its place in the author's file.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// Code, message and place.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
    /// What bears on it: the end of an output or log, the last probe.
    pub excerpts: Vec<Excerpt>,
}

/// A few lines of something.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Excerpt {
    /// Of what.
    pub title: String,
    /// The lines.
    pub lines: Vec<String>,
}

impl TestOutcome {
    /// Its name and combination, such as `checkout [os=alpine]`.
    pub fn title(&self) -> String {
        plan::title(&self.name, &self.matrix)
    }
}

impl Unchanged {
    /// Its name and combination.
    pub fn title(&self) -> String {
        plan::title(&self.name, &self.matrix)
    }
}

impl RunReport {
    /// What of it is about one file.
    pub fn of(&self, path: &str) -> Self {
        let mut own = Self {
            version: self.version,
            session: self.session.clone(),
            summary: Summary::default(),
            skipped: self.skipped.clone(),
            files: only(&self.files, |file| *file.path == *path),
            asked: only(&self.asked, |(asking, _)| **asking == *path),
            unchanged: only(&self.unchanged, |test| *test.path == *path),
            tests: only(&self.tests, |test| *test.path == *path),
        };
        own.summary = Summary::of(&own, self.summary.duration_us);
        own
    }
}

fn only<T: Clone>(all: &[T], wanted: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|one| wanted(one)).cloned().collect()
}

impl Summary {
    /// Counts the tests.
    pub fn of(report: &RunReport, duration_us: u64) -> Self {
        let (files, tests) = (&report.files, &report.tests);
        let count = |verdict| tests.iter().filter(|test| test.verdict == verdict).count();
        Self {
            files: files.len(),
            invalid: files.iter().filter(|file| !file.valid).count(),
            tests: tests.len(),
            unchanged: report.unchanged.len(),
            passed: count(Verdict::Passed),
            failed: count(Verdict::Failed),
            interrupted: count(Verdict::Interrupted),
            not_run: count(Verdict::NotRun),
            flaky: tests.iter().filter(|test| test.flaky).count(),
            duration_us,
        }
    }
}
