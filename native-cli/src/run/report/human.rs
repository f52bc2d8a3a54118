//! The report for people: a line for each test as it ends, what went wrong beneath it, and a line of
//! numbers at the end.

use std::fmt::Write as _;

use crate::printer::human::problem_frame;
use crate::printer::text::{clean, count, duration};
use crate::printer::{Screen, Texts};
use crate::run::outcome::{Summary, TestOutcome, Unchanged, Verdict};

/// Tests that passed are one line, others that and what went wrong.
pub fn test(test: &TestOutcome, texts: &dyn Texts, screen: &Screen) -> String {
    let faint = screen.styles.faint;
    let mut out = line(test, screen);
    if test.verdict == Verdict::Failed {
        scenarios(&mut out, test, screen);
    }
    if !test.problems.is_empty() {
        out.push('\n');
    }
    for problem in &test.problems {
        let mut frame = String::new();
        problem_frame(&mut frame, &problem.diagnostic, &test.path, texts, screen);
        test.secrets.mask(&mut frame);
        out.push_str(&frame);
        for excerpt in &problem.excerpts {
            let _ = writeln!(out, "   {faint}{}:{faint:#}", excerpt.title);
            for line in &excerpt.lines {
                let _ = writeln!(out, "   {faint}|{faint:#} {}", clean(line));
            }
        }
        out.push('\n');
    }
    if let Some(folder) = &test.artifacts {
        let _ = writeln!(out, "   {faint}artifacts in {}{faint:#}", clean(folder));
    }
    if let Some(network) = &test.kept {
        let _ = writeln!(
            out,
            "   kept: look into it with `docker ps --filter network={network}` and `docker exec -it …`; `clnrm clean` removes it\n"
        );
    }
    out
}

/// `ok          checkout  tests/checkout.clnrm.toml · 1.2 s`.
pub fn line(test: &TestOutcome, screen: &Screen) -> String {
    let styles = &screen.styles;
    let (style, mark) = match test.verdict {
        Verdict::Passed => (styles.good, "ok"),
        Verdict::Failed => (styles.error, "FAILED"),
        Verdict::Interrupted => (styles.warning, "interrupted"),
        Verdict::NotRun => (styles.faint, "not run"),
    };
    let faint = styles.faint;
    let mut out = String::new();
    let title = test.title();
    let _ = write!(
        out,
        "{style}{mark:<11}{style:#} {}  {faint}{}",
        clean(&title),
        clean(&test.path)
    );
    if test.attempts > 0 {
        let _ = write!(out, " · {}", duration(test.duration_us));
    }
    if test.spans > 0 {
        let _ = write!(out, " · {}", count(test.spans, "span"));
    }
    let _ = write!(out, "{faint:#}");
    if test.flaky {
        let _ = write!(
            out,
            " {}flaky: passed at attempt {}{:#}",
            styles.warning, test.attempts, styles.warning
        );
    }
    out.push('\n');
    out
}

/// The tests that were passed over, a line for each.
pub fn unchanged(tests: &[Unchanged], screen: &Screen) -> String {
    let faint = screen.styles.faint;
    let line = |test: &Unchanged| {
        format!(
            "{faint}{:<11}{faint:#} {}  {faint}{} · unchanged since it passed{faint:#}\n",
            "passed over",
            clean(&test.title()),
            clean(&test.path)
        )
    };
    tests.iter().map(line).collect()
}

fn scenarios(out: &mut String, test: &TestOutcome, screen: &Screen) {
    let styles = &screen.styles;
    for scenario in &test.scenarios {
        let Some(name) = &scenario.name else { continue };
        let (style, mark) = match scenario.verdict {
            Verdict::Passed => (styles.good, "ok"),
            Verdict::Failed => (styles.error, "failed"),
            Verdict::Interrupted => (styles.warning, "interrupted"),
            Verdict::NotRun => (styles.faint, "not run"),
        };
        let faint = styles.faint;
        let _ = writeln!(
            out,
            "   {style}{mark:<8}{style:#} {}  {faint}{}{faint:#}",
            clean(name),
            duration(scenario.duration_us)
        );
    }
}

/// `12 tests · 11 passed · 1 failed · 34 s`.
pub fn summary(summary: &Summary, screen: &Screen) -> String {
    let styles = &screen.styles;
    let mut parts = vec![count(summary.tests, "test")];
    let numbers = [
        (summary.passed, "passed", styles.good),
        (summary.failed, "failed", styles.error),
        (summary.interrupted, "interrupted", styles.warning),
        (summary.not_run, "not run", styles.faint),
        (
            summary.unchanged,
            if summary.unchanged == 1 {
                "unchanged since it passed"
            } else {
                "unchanged since they passed"
            },
            styles.faint,
        ),
        (summary.flaky, "flaky", styles.warning),
    ];
    for (number, word, style) in numbers {
        if number > 0 {
            parts.push(format!("{style}{number} {word}{style:#}"));
        }
    }
    parts.push(duration(summary.duration_us));
    parts.join(" · ")
}
