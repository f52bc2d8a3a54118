//! The report as commands of a GitHub workflow: each thing that went wrong becomes an annotation on its
//! line, and each test a plain line of the log.

use std::fmt::Write as _;

use super::human;
use crate::printer::Screen;
use crate::printer::github::{annotation, message, property};
use crate::printer::style::Styles;
use crate::run::outcome::{RunReport, Verdict};

/// Lines of an excerpt that an annotation has room for.
const LINES: usize = 10;

/// Annotations of the files and of each test, then the numbers.
pub fn report(report: &RunReport, screen: &Screen) -> String {
    let screen = Screen {
        styles: Styles::new(false),
        ..*screen
    };
    let mut out = String::new();
    for diagnostic in report.files.iter().flat_map(|file| &file.diagnostics) {
        annotation(&mut out, diagnostic, &[]);
    }
    out.push_str(&human::unchanged(&report.unchanged, &screen));
    for test in &report.tests {
        out.push_str(&human::line(test, &screen));
        for problem in &test.problems {
            let mut below: Vec<&str> = Vec::new();
            for excerpt in &problem.excerpts {
                let first = excerpt.lines.len().saturating_sub(LINES);
                below.push(&excerpt.title);
                below.extend(excerpt.lines[first..].iter().map(String::as_str));
            }
            annotation(&mut out, &problem.diagnostic, &below);
        }
        let lost = match test.verdict {
            Verdict::Interrupted => "interrupted",
            Verdict::NotRun => "not run",
            Verdict::Passed | Verdict::Failed => continue,
        };
        let _ = writeln!(
            out,
            "::warning file={},title={lost}::{}",
            property(&test.path),
            message(&format!(
                "{}: {lost}",
                crate::printer::text::clean(&test.title())
            ))
        );
    }
    let _ = writeln!(out, "{}", human::summary(&report.summary, &screen));
    out
}
