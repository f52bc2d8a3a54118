//! A test's part of the page: what went wrong, what was done, what was expected, the trace.

use std::fmt::Write as _;

use clnrm_core::checker::Judgement;
use clnrm_core::diagnostic::Diagnostic;
use clnrm_core::expect::Outcome;

use super::{badge, badges, screen, took, waterfall};
use crate::printer::Texts;
use crate::printer::human::{place, problem_frame};
use crate::printer::markup::escaped;
use crate::printer::style::word;
use crate::printer::text::{clean, count, duration, fit};
use crate::run::outcome::{Problem, ScenarioOutcome, StepOutcome, TestOutcome, Verdict};

/// Bytes shown of the end of an output.
const SHOWN: usize = 16 << 10;

/// Columns of a command in the table.
const COMMAND: usize = 160;

/// Writes a test, the page's `number`th.
pub fn article(out: &mut String, number: usize, test: &TestOutcome, texts: &dyn Texts) {
    let _ = writeln!(
        out,
        "<article aria-labelledby=\"test-{number}\">\n<h2 id=\"test-{number}\">{} {}</h2>\n<p class=\"facts\">{}</p>",
        escaped(&test.title()),
        badges(test),
        facts(test)
    );
    if !test.problems.is_empty() {
        out.push_str(match test.verdict {
            Verdict::Failed => "<h3>What went wrong</h3>\n",
            _ => "<h3>What is worth knowing</h3>\n",
        });
        for one in &test.problems {
            problem(out, one, test, texts);
        }
    }
    if !test.scenarios.is_empty() {
        out.push_str("<h3>Scenarios</h3>\n");
        for one in &test.scenarios {
            scenario(out, one);
        }
    }
    if !test.checks.is_empty() {
        expectations(out, &test.checks);
    }
    if let Some(timeline) = &test.timeline {
        waterfall::section(out, number, timeline);
    }
    out.push_str("</article>\n");
}

fn facts(test: &TestOutcome) -> String {
    let mut facts = vec![format!("<code>{}</code>", escaped(&test.path))];
    if test.attempts > 0 {
        facts.push(duration(test.duration_us));
    }
    if test.attempts > 1 {
        facts.push(format!("{} attempts", test.attempts));
    }
    if test.spans > 0 {
        facts.push(count(test.spans, "span"));
    }
    if let Some(digest) = &test.digest {
        facts.push(format!("digest of the trace <code>{digest}</code>"));
    }
    if let Some(folder) = &test.artifacts {
        facts.push(format!("artifacts in <code>{}</code>", escaped(folder)));
    }
    if let Some(network) = &test.kept {
        facts.push(format!(
            "kept in the network <code>{}</code>",
            escaped(network)
        ));
    }
    facts.join(" · ")
}

fn problem(out: &mut String, problem: &Problem, test: &TestOutcome, texts: &dyn Texts) {
    let Diagnostic {
        severity,
        code,
        message,
        ..
    } = &problem.diagnostic;
    let severity = word(*severity);
    let mut frame = String::new();
    problem_frame(
        &mut frame,
        &problem.diagnostic,
        &test.path,
        texts,
        &screen(),
    );
    test.secrets.mask(&mut frame);
    // Its first line is the heading.
    let frame = frame.split_once('\n').map_or("", |(_, frame)| frame);
    let _ = writeln!(
        out,
        "<div class=\"problem {severity}\">\n<h4>{severity} {code}: {}</h4>\n<pre tabindex=\"0\" aria-label=\"The place in the file\">{}</pre>",
        escaped(message),
        escaped(frame.trim_end())
    );
    for excerpt in &problem.excerpts {
        figure(out, &excerpt.title, &excerpt.lines.join("\n"));
    }
    out.push_str("</div>\n");
}

fn figure(out: &mut String, title: &str, text: &str) {
    let title = escaped(title);
    let _ = writeln!(
        out,
        "<figure><figcaption>{title}</figcaption><pre class=\"output\" tabindex=\"0\" aria-label=\"{title}\">{}</pre></figure>",
        escaped(text)
    );
}

fn scenario(out: &mut String, scenario: &ScenarioOutcome) {
    let name = scenario.name.as_deref().unwrap_or("steps");
    let mut facts = vec![took(scenario.duration_us, scenario.attempts > 0)];
    if scenario.attempts > 1 {
        facts.push(format!("{} attempts", scenario.attempts));
    }
    let _ = writeln!(
        out,
        "<div class=\"scenario\">\n<h4>{} {} <span class=\"facts\">{}</span></h4>",
        escaped(name),
        badge(scenario.verdict),
        facts.join(" · ")
    );
    if !scenario.steps.is_empty() {
        let _ = writeln!(
            out,
            "<div class=\"scroll\"><table class=\"steps\">\n<caption>Commands of {}</caption>\n<thead><tr><th scope=\"col\">Result</th><th scope=\"col\">Step</th><th scope=\"col\">Service</th><th scope=\"col\">Command</th><th scope=\"col\" class=\"number\">Exit code</th><th scope=\"col\" class=\"number\">Time</th></tr></thead>\n<tbody>",
            escaped(name)
        );
        for one in &scenario.steps {
            step(out, one);
        }
        out.push_str("</tbody>\n</table></div>\n");
        for one in &scenario.steps {
            output(out, one);
        }
    }
    out.push_str("</div>\n");
}

fn name(step: &StepOutcome) -> &str {
    step.name.as_deref().unwrap_or("run")
}

fn step(out: &mut String, step: &StepOutcome) {
    let (word, class) = if step.passed {
        ("ok", "passed")
    } else if step.timed_out {
        ("timed out", "failed")
    } else {
        ("failed", "failed")
    };
    let again = match step.attempts {
        0 | 1 => String::new(),
        attempts => format!(" <span class=\"note\">{attempts} attempts</span>"),
    };
    let code = step
        .exit_code
        .map_or("–".to_owned(), |code| code.to_string());
    let _ = writeln!(
        out,
        "<tr><td><span class=\"badge {class}\">{word}</span></td><th scope=\"row\">{}{again}</th><td>{}</td><td><code>{}</code></td><td class=\"number\">{code}</td><td class=\"number\">{}</td></tr>",
        escaped(name(step)),
        escaped(&step.service),
        in_short(&step.command),
        duration(step.duration_us)
    );
}

/// A command in one line; `…` stands for the rest.
fn in_short(command: &str) -> String {
    let line = first_line(command);
    let shown = fit(&clean(line), COMMAND);
    let more = command.trim() != line && !shown.ends_with('…');
    escaped(&shown) + if more { " …" } else { "" }
}

/// The first line of a command that says something.
fn first_line(command: &str) -> &str {
    let mut lines = command.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// What a command printed, and the command itself where the table has no room for it; open where it
/// failed.
fn output(out: &mut String, step: &StepOutcome) {
    let line = first_line(&step.command);
    let whole = step.command.trim() == line && fit(line, COMMAND) == line;
    let command = if whole { "" } else { step.command.trim() };
    let texts = [
        ("Command", command),
        ("Standard output", &step.stdout),
        ("Standard error", &step.stderr),
    ];
    if texts.iter().all(|(_, text)| text.is_empty()) {
        return;
    }
    let open = if step.passed { "" } else { " open" };
    let what = if command.is_empty() {
        "Output"
    } else {
        "Command and output"
    };
    let _ = writeln!(
        out,
        "<details{open}><summary>{what} of {}</summary>",
        escaped(name(step))
    );
    for (title, text) in texts {
        if text.is_empty() {
            continue;
        }
        let (before, text) = end_of(text);
        let text = match before {
            0 => text.to_owned(),
            before => format!("[… {before} bytes before this …]\n{text}"),
        };
        figure(out, title, &text);
    }
    out.push_str("</details>\n");
}

/// How many bytes are left out, and the rest of a text.
fn end_of(text: &str) -> (usize, &str) {
    let from = text.len().saturating_sub(SHOWN);
    let from = (from..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    (from, &text[from..])
}

fn expectations(out: &mut String, checks: &[Judgement]) {
    let failed = checks.iter().any(|check| !check.failures.is_empty());
    let column = if failed {
        "<th scope=\"col\">What speaks against it</th>"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "<h3>Expectations</h3>\n<div class=\"scroll\"><table>\n<caption>What the trace was held against</caption>\n<thead><tr><th scope=\"col\">Result</th><th scope=\"col\">Expectation</th>{column}<th scope=\"col\">Place</th></tr></thead>\n<tbody>"
    );
    for check in checks {
        let (word, class) = match check.outcome {
            Outcome::Holds => ("holds", "passed"),
            Outcome::Fails => ("fails", "failed"),
            Outcome::NotEvaluated => ("not evaluated", "failed"),
        };
        let _ = write!(
            out,
            "<tr><td><span class=\"badge {class}\">{word}</span></td><th scope=\"row\">{}</th>",
            escaped(&check.title)
        );
        if failed {
            // More of it, with the nearest miss, stands under what went wrong.
            let found = check.failures.iter().map(|failed| {
                let Diagnostic { code, message, .. } = &failed.diagnostic;
                format!("<p>{code}: {}</p>", escaped(message))
            });
            let _ = write!(out, "<td>{}</td>", found.collect::<String>());
        }
        let _ = writeln!(
            out,
            "<td><code>{}</code></td></tr>",
            escaped(&place(&check.place))
        );
    }
    out.push_str("</tbody>\n</table></div>\n");
}
