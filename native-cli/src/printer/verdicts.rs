//! Verdicts on a trace: frames for people, JSON, JUnit's XML, annotations of a GitHub workflow.

use std::fmt::Write;
use std::time::Duration;

use clnrm_core::checker::{Analysis, Failed, Judgement};
use clnrm_core::diagnostic::{Code, Diagnostic};
use clnrm_core::digest::Digest;
use clnrm_core::expect::{Nearest, Outcome};
use clnrm_core::trace::{Diff, Trace};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::style::Styles;
use super::text::{clean, count, duration};
use super::{Screen, Texts, diff, github, human, print_bytes};
use crate::errors::Error;

const SUITE: &str = "clnrm analyze";

/// All that there is to tell.
pub struct Told<'a> {
    /// The verdicts.
    pub analysis: &'a Analysis,
    /// The files that the trace was read from.
    pub traces: Vec<String>,
    /// Of the normalised trace, if it was asked for.
    pub digest: Option<Digest>,
    /// What has changed since a trace was kept.
    pub baseline: Option<&'a Baseline>,
    /// Of the whole command.
    pub duration_us: u64,
}

/// A trace that was kept, and what has changed since.
pub struct Baseline {
    /// What has changed.
    pub diff: Diff,
    /// The trace that was kept, normalised.
    pub left: Trace,
    /// The trace of now, normalised.
    pub right: Trace,
}

impl Told<'_> {
    fn number(&self, outcome: Outcome) -> usize {
        let checks = self.analysis.checks.iter();
        checks.filter(|check| check.outcome == outcome).count()
    }

    /// The failures, in order of file.
    fn failures(&self) -> Vec<(&Judgement, &Failed)> {
        let checks = self.analysis.checks.iter();
        let mut failures: Vec<_> = checks
            .flat_map(|check| check.failures.iter().map(move |failed| (check, failed)))
            .collect();
        let path = &self.analysis.report.path;
        failures.sort_by_key(|(_, failed)| {
            let place = &failed.diagnostic.primary;
            (place.file != *path, &place.file, place.start.offset)
        });
        failures
    }

    /// What a check of the file found, without what is told as not evaluated anyway.
    fn of_file(&self) -> impl Iterator<Item = &Diagnostic> {
        let lost: Vec<&Diagnostic> = self
            .failures()
            .into_iter()
            .map(|(_, failed)| &failed.diagnostic)
            .filter(|diagnostic| diagnostic.code == Code::E002)
            .collect();
        let found = self.analysis.report.diagnostics.iter();
        found.filter(move |one| {
            one.code != Code::C103 || !lost.iter().any(|lost| lost.primary == one.primary)
        })
    }
}

/// For people.
pub fn human(told: &Told<'_>, texts: &dyn Texts, screen: &Screen) -> String {
    let mut out = String::new();
    let mut report = told.analysis.report.clone();
    report.diagnostics = told.of_file().cloned().collect();
    human::files(&mut out, std::iter::once(&report), texts, screen);
    let failures = told.failures();
    let empty = |failed: &Failed| failed.diagnostic.code == Code::E001;
    let without_spans = failures.iter().filter(|(_, failed)| empty(failed)).count();
    let mut said = false;
    for (check, failed) in failures {
        let mut suffix = combinations(check, told.analysis);
        let mut remarks = Vec::new();
        let nearest = failed.nearest.as_ref().filter(|nearest| nearest.of > 0);
        let nearest = nearest.map(self::nearest);
        if empty(failed) {
            // Once is enough: it is the same for all.
            if std::mem::replace(&mut said, true) {
                continue;
            }
            suffix = match without_spans {
                1 => String::new(),
                number => format!(" (of {number} expectations none holds)"),
            };
        } else if failed.diagnostic.code != Code::E002 {
            remarks.push(("expected", failed.expected.as_str()));
            remarks.push(("found", failed.found.as_str()));
            if let Some(nearest) = &nearest {
                remarks.push(("nearest", nearest));
            }
        }
        let path = &told.analysis.report.path;
        human::frame(
            &mut out,
            &failed.diagnostic,
            path,
            &suffix,
            &remarks,
            texts,
            screen,
        );
        out.push('\n');
    }
    if let Some(baseline) = told.baseline.filter(|baseline| !baseline.diff.is_empty()) {
        let Styles { error, strong, .. } = screen.styles;
        let _ = writeln!(
            out,
            "{error}error{error:#}{strong}: the trace differs from the baseline{strong:#}"
        );
        let Baseline { diff, left, right } = baseline;
        diff::tree(&mut out, diff, left, right, &screen.styles);
        let _ = writeln!(out, "{}\n", diff::numbers(diff, &screen.styles).join(" · "));
    }
    if let Some(digest) = &told.digest {
        let _ = writeln!(out, "digest {digest}");
    }
    let _ = writeln!(out, "{}", summary(told, &screen.styles));
    out
}

/// In which combinations of a matrix, if not in all.
fn combinations(check: &Judgement, analysis: &Analysis) -> String {
    let all = analysis.report.renders.as_deref().unwrap_or_default();
    if check.renders.is_empty() || check.renders.len() == all.len() {
        return String::new();
    }
    let named = check.renders.iter().filter_map(|at| {
        let render = all.get(usize::try_from(*at).ok()?)?;
        let values = render.matrix.iter();
        let values: Vec<_> = values
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Some(format!("[{}]", values.join(", ")))
    });
    let named: Vec<String> = named.collect();
    format!(" (in {})", clean(&named.join(", ")))
}

/// `` `pay` 00f067aa0ba902b7: 3 of 5 conditions met, not kind, parent``.
fn nearest(nearest: &Nearest) -> String {
    let mut text = format!("`{}`", nearest.name);
    if let Some(id) = &nearest.span_id {
        let _ = write!(text, " {id}");
    }
    if nearest.of > 1 {
        let _ = write!(
            text,
            ": meets {} of {}",
            nearest.met,
            count(nearest.of, "condition")
        );
        if !nearest.fails.is_empty() {
            let _ = write!(text, ", not {}", nearest.fails.join(", "));
        }
    }
    text
}

/// `8 expectations · 5 hold · 3 fail · 12 spans · 3 ms`.
fn summary(told: &Told<'_>, styles: &Styles) -> String {
    let Styles { good, error, .. } = styles;
    let mut parts = Vec::new();
    if !told.analysis.report.valid {
        parts.push(format!(
            "{error}not evaluated: the file is not valid{error:#}"
        ));
    } else if !told.analysis.checks.is_empty() {
        parts.push(count(told.analysis.checks.len(), "expectation"));
        let (holds, fails) = (told.number(Outcome::Holds), told.number(Outcome::Fails));
        if holds > 0 {
            let verb = if holds == 1 { "holds" } else { "hold" };
            parts.push(format!("{good}{holds} {verb}{good:#}"));
        }
        if fails > 0 {
            let verb = if fails == 1 { "fails" } else { "fail" };
            parts.push(format!("{error}{fails} {verb}{error:#}"));
        }
        let left = told.number(Outcome::NotEvaluated);
        if left > 0 {
            parts.push(format!("{error}{left} not evaluated{error:#}"));
        }
    }
    if let Some(baseline) = told.baseline {
        parts.push(if baseline.diff.is_empty() {
            format!("{good}as the baseline{good:#}")
        } else {
            format!("{error}unlike the baseline{error:#}")
        });
    }
    if told.analysis.report.valid {
        parts.push(diff::spans(told.analysis.spans));
    }
    parts.push(duration(told.duration_us));
    parts.join(" · ")
}

/// The published JSON of an analysis, version 1.
#[derive(Serialize)]
struct Json<'a> {
    version: u32,
    file: &'a str,
    valid: bool,
    outcome: Outcome,
    traces: &'a [String],
    summary: Summary,
    digest: Option<Digest>,
    baseline: Option<BaselineJson<'a>>,
    diagnostics: &'a [Diagnostic],
    expectations: &'a [Judgement],
}

#[derive(Serialize)]
struct Summary {
    spans: usize,
    expectations: usize,
    hold: usize,
    fail: usize,
    not_evaluated: usize,
    duration_us: u64,
}

#[derive(Serialize)]
struct BaselineJson<'a> {
    equal: bool,
    summary: diff::Summary,
    changes: Vec<diff::One<'a>>,
}

/// For programs.
pub fn json(told: &Told<'_>) -> Result<(), Error> {
    let analysis = told.analysis;
    let json = Json {
        version: 1,
        file: &analysis.report.path,
        valid: analysis.report.valid,
        outcome: analysis.outcome,
        traces: &told.traces,
        summary: Summary {
            spans: analysis.spans,
            expectations: analysis.checks.len(),
            hold: told.number(Outcome::Holds),
            fail: told.number(Outcome::Fails),
            not_evaluated: told.number(Outcome::NotEvaluated),
            duration_us: told.duration_us,
        },
        digest: told.digest,
        baseline: told.baseline.map(|baseline| BaselineJson {
            equal: baseline.diff.is_empty(),
            summary: diff::Summary::of(&baseline.diff, None),
            changes: diff::changes(&baseline.diff, &baseline.left, &baseline.right),
        }),
        diagnostics: &analysis.report.diagnostics,
        expectations: &analysis.checks,
    };
    let mut bytes = serde_json::to_vec(&json).map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    print_bytes(&bytes)
}

/// Annotations, then the numbers as a plain line of the log.
pub fn github(told: &Told<'_>) -> String {
    let mut out = String::new();
    for diagnostic in told.of_file() {
        github::annotation(&mut out, diagnostic, &[]);
    }
    for (_, failed) in told.failures() {
        let mut diagnostic = failed.diagnostic.clone();
        diagnostic.message = format!(
            "{}; expected {}, found {}",
            diagnostic.message, failed.expected, failed.found
        );
        github::annotation(&mut out, &diagnostic, &[]);
    }
    if told
        .baseline
        .is_some_and(|baseline| !baseline.diff.is_empty())
    {
        out.push_str("::error::the trace differs from the baseline\n");
    }
    let _ = writeln!(out, "{}", summary(told, &Styles::new(false)));
    out
}

/// Each expectation is a test case; a file that is not valid is one by itself.
pub fn junit(told: &Told<'_>) -> Result<(), Error> {
    let analysis = told.analysis;
    let path = &*analysis.report.path;
    let mut suite = TestSuite::new(SUITE);
    suite.set_time(Duration::from_micros(told.duration_us));
    if !analysis.report.valid {
        let errors = analysis.report.diagnostics.iter();
        let errors: Vec<String> = errors
            .map(|one| format!("{}: {}", human::place(&one.primary), one.message))
            .collect();
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status
            .set_message("not evaluated: the file is not valid")
            .set_description(errors.join("\n"));
        let mut case = TestCase::new(path, status);
        case.set_classname(SUITE);
        suite.add_test_case(case);
    }
    suite.add_test_cases(analysis.checks.iter().map(|check| case(path, check)));
    if let Some(baseline) = told.baseline {
        let status = if baseline.diff.is_empty() {
            TestCaseStatus::success()
        } else {
            let mut text = String::new();
            let Baseline { diff, left, right } = baseline;
            diff::tree(&mut text, diff, left, right, &Styles::new(false));
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_message("the trace differs from the baseline")
                .set_description(text);
            status
        };
        let mut case = TestCase::new("the baseline", status);
        case.set_classname(path);
        suite.add_test_case(case);
    }
    let mut junit = quick_junit::Report::new("clnrm");
    junit.set_time(Duration::from_micros(told.duration_us));
    junit.add_test_suite(suite);
    print_bytes(&super::junit::document(&junit)?)
}

fn case(path: &str, check: &Judgement) -> TestCase {
    let status = match check.failures.first() {
        None => TestCaseStatus::success(),
        Some(first) => {
            let kind = match check.outcome {
                Outcome::NotEvaluated => NonSuccessKind::Error,
                _ => NonSuccessKind::Failure,
            };
            let mut text = String::new();
            for failed in &check.failures {
                let _ = writeln!(
                    text,
                    "{}: {} {}\n  expected {}\n  found    {}",
                    human::place(&failed.diagnostic.primary),
                    failed.diagnostic.code,
                    failed.diagnostic.message,
                    failed.expected,
                    failed.found
                );
                if let Some(found) = &failed.nearest {
                    let _ = writeln!(text, "  nearest  {}", nearest(found));
                }
            }
            let diagnostic = &first.diagnostic;
            let mut status = TestCaseStatus::non_success(kind);
            status
                .set_type(format!("{} {}", diagnostic.code, diagnostic.name))
                .set_message(diagnostic.message.as_str())
                .set_description(text);
            status
        }
    };
    let mut case = TestCase::new(check.title.as_str(), status);
    case.set_classname(path);
    case
}
