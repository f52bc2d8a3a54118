//! The report as a page: one file that needs nothing beside itself, no script to be read, and is as safe
//! to open from disk as a picture, whatever the tests printed.
//!
//! Every value goes through [`escaped`]; the page's own policy forbids whatever is not its style sheet.

mod test;
mod waterfall;

use std::fmt::Write as _;

use clnrm_core::digest::Digest;
use jiff::Timestamp;

use crate::printer::markup::escaped;
use crate::printer::text::{count, duration};
use crate::printer::{Screen, Texts, human};
use crate::run::outcome::{RunReport, Summary, TestOutcome, Verdict};
use crate::run::secrets::base64;

/// The style sheet.
const STYLE: &str = include_str!("page.css");

/// Columns of the frames around places in test files.
const COLUMNS: usize = 110;

/// The whole page. `at` is when the run ended.
pub fn page(report: &RunReport, texts: &dyn Texts, at: Timestamp) -> String {
    let mut out = String::new();
    let verdict = verdict(&report.summary);
    // The digest of the style sheet, in base64, whose padding is one character for 32 bytes.
    let style = base64(Digest::of(STYLE.as_bytes()).as_bytes());
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}='; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>clnrm run: {verdict}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    let seconds = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let _ = write!(
        out,
        "<header>\n<h1>clnrm run: {verdict}</h1>\n<p class=\"facts\"><time datetime=\"{seconds}\">{}</time> · {} · clnrm {}</p>\n</header>\n<main>\n",
        at.strftime("%-d %B %Y, %H:%M:%S UTC"),
        duration(report.summary.duration_us),
        env!("CARGO_PKG_VERSION")
    );
    summary(&mut out, report);
    files(&mut out, report, texts);
    for (number, one) in (1..).zip(&report.tests) {
        test::article(&mut out, number, one, texts);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// What the run comes to, in a few words.
fn verdict(summary: &Summary) -> String {
    let tests = count(summary.tests, "test");
    if summary.failed > 0 {
        format!("{} of {tests} failed", summary.failed)
    } else if summary.interrupted > 0 {
        "interrupted".to_owned()
    } else if summary.tests == 0 && summary.unchanged > 0 {
        "nothing has changed since it passed".to_owned()
    } else if summary.passed < summary.tests {
        format!("{} of {tests} passed", summary.passed)
    } else {
        format!("{tests} passed")
    }
}

fn summary(out: &mut String, report: &RunReport) {
    let summary = &report.summary;
    out.push_str("<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n<dl class=\"numbers\">\n");
    let numbers = [
        (summary.tests, "Tests", "tests"),
        (summary.passed, "Passed", "passed"),
        (summary.failed, "Failed", "failed"),
        (summary.interrupted, "Interrupted", "interrupted"),
        (summary.not_run, "Not run", "not-run"),
        (summary.unchanged, "Unchanged", "unchanged"),
        (summary.flaky, "Flaky", "flaky"),
    ];
    for (number, word, class) in numbers {
        if number > 0 || class == "tests" {
            let _ = writeln!(
                out,
                "<div class=\"{class}\"><dt>{word}</dt><dd>{number}</dd></div>"
            );
        }
    }
    out.push_str("</dl>\n");
    if !report.tests.is_empty() {
        out.push_str(
            "<div class=\"scroll\"><table>\n<caption>All tests</caption>\n<thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Test</th><th scope=\"col\">File</th><th scope=\"col\" class=\"number\">Scenarios</th><th scope=\"col\" class=\"number\">Spans</th><th scope=\"col\" class=\"number\">Time</th></tr></thead>\n<tbody>\n",
        );
        for (number, test) in (1..).zip(&report.tests) {
            row(out, number, test);
        }
        out.push_str("</tbody>\n</table></div>\n");
    }
    if !report.unchanged.is_empty() {
        let _ = writeln!(
            out,
            "<h3>Unchanged since they passed, and not run</h3>\n<ul class=\"unchanged\">"
        );
        for test in &report.unchanged {
            let _ = writeln!(
                out,
                "<li>{} <code>{}</code></li>",
                escaped(&test.title()),
                escaped(&test.path)
            );
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
}

fn row(out: &mut String, number: usize, test: &TestOutcome) {
    let passed = |test: &TestOutcome| {
        let scenarios = test.scenarios.iter();
        scenarios
            .filter(|one| one.verdict == Verdict::Passed)
            .count()
    };
    let scenarios = match test.scenarios.len() {
        0 => "–".to_owned(),
        all if passed(test) == all => all.to_string(),
        all => format!("{} of {all}", passed(test)),
    };
    let _ = writeln!(
        out,
        "<tr><td>{}</td><th scope=\"row\"><a href=\"#test-{number}\">{}</a></th><td><code>{}</code></td><td class=\"number\">{scenarios}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
        badges(test),
        escaped(&test.title()),
        escaped(&test.path),
        test.spans,
        took(test.duration_us, test.attempts > 0)
    );
}

/// What a check had to say, and what discovery passed over; nothing if there is nothing.
fn files(out: &mut String, report: &RunReport, texts: &dyn Texts) {
    let mut told = String::new();
    human::files(&mut told, report.files.iter(), texts, &screen());
    if told.is_empty() && report.skipped.is_empty() {
        return;
    }
    out.push_str("<section aria-labelledby=\"files\">\n<h3 id=\"files\">What the check says of the files</h3>\n");
    if !told.is_empty() {
        let _ = writeln!(
            out,
            "<pre class=\"output\" tabindex=\"0\" aria-label=\"Diagnostics\">{}</pre>",
            escaped(told.trim_end())
        );
    }
    for skipped in &report.skipped {
        let _ = writeln!(
            out,
            "<p class=\"note\">skipped <code>{}</code>: {}</p>",
            escaped(&skipped.path),
            escaped(&skipped.reason)
        );
    }
    out.push_str("</section>\n");
}

/// Frames are drawn as for a terminal without colours.
const fn screen() -> Screen {
    Screen {
        styles: crate::printer::style::Styles::new(false),
        width: COLUMNS,
        terminal: false,
    }
}

/// A verdict in a word, and its class.
const fn word(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Passed => ("passed", "passed"),
        Verdict::Failed => ("failed", "failed"),
        Verdict::Interrupted => ("interrupted", "interrupted"),
        Verdict::NotRun => ("not run", "not-run"),
    }
}

fn badge(verdict: Verdict) -> String {
    let (word, class) = word(verdict);
    format!("<span class=\"badge {class}\">{word}</span>")
}

fn badges(test: &TestOutcome) -> String {
    let mut out = badge(test.verdict);
    if test.flaky {
        out.push_str(" <span class=\"badge flaky\">flaky</span>");
    }
    out
}

/// A time, of what took any.
fn took(micros: u64, begun: bool) -> String {
    if begun {
        duration(micros)
    } else {
        "–".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_ends_where_it_should() {
        assert!(!STYLE.contains("</") && !STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
