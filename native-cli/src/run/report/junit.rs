//! The report as JUnit's XML: a suite for each test, with a case for each scenario and one for the
//! test as a whole, which carries what went wrong.

use std::fmt::Write as _;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::errors::Error;
use crate::printer::junit::document;
use crate::run::outcome::{RunReport, TestOutcome, Unchanged, Verdict};

/// The whole document.
pub fn report(report: &RunReport) -> Result<Vec<u8>, Error> {
    let mut junit = Report::new("clnrm run");
    junit.set_time(Duration::from_micros(report.summary.duration_us));
    for test in &report.tests {
        junit.add_test_suite(suite(test));
    }
    if !report.unchanged.is_empty() {
        junit.add_test_suite(unchanged(&report.unchanged));
    }
    document(&junit)
}

/// The tests that were passed over, as skipped cases of one suite.
fn unchanged(tests: &[Unchanged]) -> TestSuite {
    let mut suite = TestSuite::new("unchanged since they passed");
    for test in tests {
        let mut status = TestCaseStatus::skipped();
        status.set_message("unchanged since it passed");
        let mut case = TestCase::new(test.title(), status);
        case.set_classname(&*test.path);
        suite.add_test_case(case);
    }
    suite
}

fn suite(test: &TestOutcome) -> TestSuite {
    let title = test.title();
    let mut suite = TestSuite::new(title.as_str());
    suite.set_time(Duration::from_micros(test.duration_us));
    for scenario in &test.scenarios {
        let name = scenario.name.as_deref().unwrap_or("steps");
        let mut case = TestCase::new(name, status(scenario.verdict));
        case.set_classname(title.as_str())
            .set_time(Duration::from_micros(scenario.duration_us));
        let (mut out, mut err) = (String::new(), String::new());
        for step in &scenario.steps {
            let _ = writeln!(out, "{}", step.stdout);
            let _ = writeln!(err, "{}", step.stderr);
        }
        case.set_system_out(out).set_system_err(err);
        suite.add_test_case(case);
    }
    let mut status = status(test.verdict);
    if let Some(first) = test
        .problems
        .first()
        .filter(|_| test.verdict == Verdict::Failed)
    {
        let mut text = String::new();
        for problem in &test.problems {
            let one = &problem.diagnostic;
            let (file, start) = (&one.primary.file, one.primary.start);
            let _ = writeln!(
                text,
                "{file}:{}:{}: {}: {}",
                start.line, start.column, one.code, one.message
            );
            for excerpt in &problem.excerpts {
                let _ = writeln!(
                    text,
                    "  {}:\n    {}",
                    excerpt.title,
                    excerpt.lines.join("\n    ")
                );
            }
        }
        status
            .set_type(first.diagnostic.code.as_str())
            .set_message(first.diagnostic.message.as_str())
            .set_description(text);
    }
    let mut case = TestCase::new(title.as_str(), status);
    case.set_classname(title.as_str())
        .set_time(Duration::from_micros(test.duration_us));
    suite.add_test_case(case);
    suite
}

fn status(verdict: Verdict) -> TestCaseStatus {
    match verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Interrupted | Verdict::NotRun => TestCaseStatus::skipped(),
    }
}
