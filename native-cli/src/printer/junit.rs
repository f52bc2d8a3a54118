//! The report as JUnit's XML: each file is a test case. One that is not valid fails with all that was
//! found in it; of a valid one, warnings and infos stand in its output.

use std::time::Duration;

use clnrm_core::diagnostic::{Diagnostic, Family, Severity};
use clnrm_core::report::{FileReport, Report, Skipped};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::text::count;
use super::{lines, print_bytes};
use crate::errors::Error;

const SUITE: &str = "clnrm dry-run";

/// Prints the report to standard output.
pub fn print(report: &Report) -> Result<(), Error> {
    let mut suite = TestSuite::new(SUITE);
    suite.set_time(Duration::from_micros(report.summary.duration_us));
    suite.add_test_cases(report.files.iter().map(case));
    suite.add_test_cases(report.skipped.iter().map(skipped));
    let mut junit = quick_junit::Report::new("clnrm");
    junit.set_time(Duration::from_micros(report.summary.duration_us));
    junit.add_test_suite(suite);
    print_bytes(&document(&junit)?)
}

/// A report as XML.
///
/// # Errors
/// It cannot be written as XML.
pub fn document(report: &quick_junit::Report) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    report
        .serialize(&mut bytes)
        .map_err(|error| Error::Output(std::io::Error::other(error)))?;
    Ok(bytes)
}

fn case(file: &FileReport) -> TestCase {
    let mut text = String::new();
    lines::diagnostics(&mut text, file);
    let status = match file.diagnostics.iter().find(is_error) {
        None => TestCaseStatus::success(),
        Some(first) => {
            // A file that could not be read is an error of the run, not a failed check.
            let kind = match first.code.family() {
                Family::File => NonSuccessKind::Error,
                _ => NonSuccessKind::Failure,
            };
            let message = match file.counts.errors {
                0 | 1 => first.message.clone(),
                errors => format!("{} (of {})", first.message, count(errors, "error")),
            };
            let mut status = TestCaseStatus::non_success(kind);
            status
                .set_type(format!("{} {}", first.code, first.name))
                .set_message(message)
                .set_description(text.clone());
            status
        }
    };
    let mut case = TestCase::new(file.path.as_ref(), status);
    case.set_classname(SUITE)
        .set_time(Duration::from_micros(file.timings_us.total));
    if file.valid && !text.is_empty() {
        case.set_system_out(text);
    }
    case
}

fn is_error(diagnostic: &&Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

fn skipped(file: &Skipped) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(file.reason.as_str());
    let mut case = TestCase::new(file.path.as_ref(), status);
    case.set_classname(SUITE);
    case
}
