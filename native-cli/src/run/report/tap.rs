//! The report in the Test Anything Protocol, version 14: each test is a point, and what went wrong in it
//! a block of YAML beneath it.

use std::fmt::Write as _;

use crate::printer::tap::{description, diagnostic, scalar};
use crate::run::outcome::{RunReport, TestOutcome, Verdict};

/// A point for each test, those that were passed over last.
pub fn report(report: &RunReport) -> String {
    let mut out = String::from("TAP version 14\n");
    let _ = writeln!(out, "1..{}", report.tests.len() + report.unchanged.len());
    for (number, test) in (1..).zip(&report.tests) {
        point(&mut out, number, test);
    }
    for (number, test) in (report.tests.len() + 1..).zip(&report.unchanged) {
        let name = description(&test.title());
        let _ = writeln!(out, "ok {number} - {name} # SKIP unchanged since it passed");
    }
    if report.summary.interrupted > 0 {
        out.push_str("Bail out! the run was interrupted\n");
    }
    out
}

fn point(out: &mut String, number: usize, test: &TestOutcome) {
    let name = description(&test.title());
    let _ = match test.verdict {
        Verdict::Passed => writeln!(out, "ok {number} - {name}"),
        Verdict::Failed | Verdict::Interrupted => writeln!(out, "not ok {number} - {name}"),
        Verdict::NotRun => writeln!(out, "ok {number} - {name} # SKIP not run"),
    };
    if test.verdict == Verdict::NotRun {
        return;
    }
    let _ = writeln!(out, "  ---\n  file: {}", scalar(&test.path));
    let _ = writeln!(out, "  duration_ms: {}", test.duration_us / 1_000);
    if test.flaky {
        let _ = writeln!(out, "  flaky: true\n  attempts: {}", test.attempts);
    }
    if !test.problems.is_empty() {
        out.push_str("  diagnostics:\n");
    }
    for problem in &test.problems {
        diagnostic(out, &problem.diagnostic);
        for excerpt in &problem.excerpts {
            let _ = writeln!(out, "      {}:", scalar(&excerpt.title));
            for line in &excerpt.lines {
                let _ = writeln!(out, "        - {}", scalar(line));
            }
        }
    }
    out.push_str("  ...\n");
}
