//! What is expected of commands, held against how they ended and what they printed.

use std::time::Duration;

use clnrm_core::config::model::{Outcome, Scenario};
use clnrm_core::diagnostic::Code;
use clnrm_core::source::Span;
use regex::Regex;

use super::task::{Deadline, Task};
use crate::run::exec::Ended;
use crate::run::outcome::StepOutcome;
use crate::run::problem::{Problem, span_of_time};

/// Holds a command's end against what is expected of it.
pub(super) fn judge(task: &Task<'_>, ended: &Ended, deadline: Deadline) -> Vec<Problem> {
    let at = task.command.span();
    let (out, err) = (ended.stdout.text(), ended.stderr.text());
    let with_output = |problem: Problem| {
        problem
            .excerpt("standard output", &out)
            .excerpt("standard error", &err)
    };
    if ended.timed_out {
        let limit = deadline
            .limit
            .map(|limit| span_of_time(Duration::from_micros(limit.value)));
        let message = format!(
            "{} was killed: the {}'s time{} was over",
            subject(task),
            deadline.whose,
            limit.map_or_else(String::new, |limit| format!(" of {limit}"))
        );
        let place = deadline.limit.map_or(at, |limit| limit.span);
        let problem = Problem::new(Code::R105, place, message);
        let problem = if place == at {
            problem
        } else {
            problem.note(at, "this command")
        };
        return vec![with_output(problem)];
    }
    if let Some(said) = &ended.refused {
        let message = format!("{} could not be started: {said}", subject(task));
        return vec![
            Problem::new(Code::R103, at, message)
                .help("the container has no such program or folder"),
        ];
    }
    let Some(code) = ended.exit_code else {
        let message = format!("{} has no exit code: its container ended", subject(task));
        return vec![with_output(Problem::new(Code::R103, at, message))];
    };
    let mut problems = Vec::new();
    if !task.lenient
        && let Some(problem) = exit_code(task.outcome, code, at, &subject(task))
    {
        problems.push(with_output(problem));
    }
    problems.extend(output(task.outcome, &out, ended.stdout.lost(), &err));
    problems
}

/// How a command is called in a message.
fn subject(task: &Task<'_>) -> String {
    match task.name {
        Some(name) => format!("the command of `{name}`"),
        None => "the command".to_owned(),
    }
}

fn exit_code(outcome: &Outcome, code: i64, at: Span, subject: &str) -> Option<Problem> {
    let fails = outcome.failure.filter(|failure| failure.value);
    if let Some(expected) = outcome.exit_code {
        if expected.value == code {
            return None;
        }
        let message = format!(
            "{subject} ended with exit code {code}, not {}",
            expected.value
        );
        return Some(Problem::new(Code::R103, expected.span, message).note(at, "this command"));
    }
    match (fails, code) {
        (Some(fails), 0) => {
            let message = format!("{subject} ended with exit code 0, but should fail");
            Some(Problem::new(Code::R103, fails.span, message).note(at, "this command"))
        }
        // A shell that finds no such program, or cannot start it, says so with these.
        (Some(fails), 126 | 127) => {
            let message = format!(
                "{subject} could not be run (exit code {code}): that is no failure on purpose"
            );
            let help = format!("if it is meant, say so: `expected_exit_code = {code}`");
            Some(
                Problem::new(Code::R103, fails.span, message)
                    .note(at, "this command")
                    .help(help),
            )
        }
        (Some(_), _) | (None, 0) => None,
        (None, code) => {
            let message = format!("{subject} ended with exit code {code}");
            Some(Problem::new(Code::R103, at, message))
        }
    }
}

fn output(outcome: &Outcome, out: &str, lost: u64, err: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut mismatch = |at: Span, message: String| {
        let problem = Problem::new(Code::R104, at, message).excerpt("standard output", out);
        let problem = if out.is_empty() {
            problem.label("there was no output")
        } else {
            problem
        };
        problems.push(if out.is_empty() {
            problem.excerpt("standard error", err)
        } else {
            problem
        });
    };
    if let Some(text) = &outcome.output_contains
        && !out.contains(&text.value)
    {
        mismatch(
            text.span,
            format!("standard output does not contain `{}`", text.value),
        );
    }
    if let Some(regex) = &outcome.output_regex {
        match Regex::new(&regex.value) {
            Ok(found) if found.is_match(out) => {}
            Ok(_) => mismatch(
                regex.span,
                format!("standard output does not match `{}`", regex.value),
            ),
            Err(error) => mismatch(regex.span, format!("the regex is too large: {error}")),
        }
    }
    if let Some(regex) = &outcome.output_regex_not {
        match Regex::new(&regex.value) {
            Ok(found) if found.is_match(out) => mismatch(
                regex.span,
                format!(
                    "standard output matches `{}`, which it must not",
                    regex.value
                ),
            ),
            Ok(_) if lost > 0 => mismatch(
                regex.span,
                format!(
                    "{lost} bytes of standard output were not kept, so nobody knows whether `{}` is in them",
                    regex.value
                ),
            ),
            Ok(_) => {}
            Err(error) => mismatch(regex.span, format!("the regex is too large: {error}")),
        }
    }
    problems
}

/// What is expected of a scenario that has steps only: of the exit code of the last one that ran, and
/// of what they printed together.
pub(super) fn of_steps(scenario: &Scenario, steps: &[StepOutcome]) -> Vec<Problem> {
    let Some(last) = steps.last() else {
        return Vec::new();
    };
    let at = scenario.header;
    let code = last.exit_code.unwrap_or(-1);
    let mut problems: Vec<Problem> = exit_code(&scenario.outcome, code, at, "the scenario")
        .into_iter()
        .collect();
    let out: Vec<&str> = steps.iter().map(|step| step.stdout.as_str()).collect();
    problems.extend(output(&scenario.outcome, &out.join("\n"), 0, &last.stderr));
    problems
}

#[cfg(test)]
mod tests {
    use clnrm_core::config::model::Spanned;

    use super::*;

    fn expects(change: impl FnOnce(&mut Outcome)) -> Outcome {
        let mut outcome = Outcome::default();
        change(&mut outcome);
        outcome
    }

    fn text(value: &str) -> Option<Spanned<String>> {
        Some(Spanned::new(value.to_owned(), Span::default()))
    }

    #[test]
    fn failing_on_purpose_means_to_run_and_fail() {
        let fails = expects(|outcome| outcome.failure = Some(Spanned::new(true, Span::default())));
        let holds = |code| exit_code(&fails, code, Span::default(), "it").is_none();
        assert!(holds(1) && holds(137));
        assert!(!holds(0) && !holds(127) && !holds(126));
    }

    #[test]
    fn without_a_word_a_command_must_end_with_0() {
        let plain = Outcome::default();
        assert!(exit_code(&plain, 0, Span::default(), "it").is_none());
        assert!(exit_code(&plain, 1, Span::default(), "it").is_some());
    }

    #[test]
    fn what_was_not_kept_is_no_proof() {
        let not = expects(|outcome| outcome.output_regex_not = text("panic"));
        assert!(output(&not, "fine", 0, "").is_empty());
        assert_eq!(output(&not, "fine", 7, "").len(), 1);
        assert_eq!(output(&not, "panic!", 0, "").len(), 1);
    }

    #[test]
    fn all_that_is_expected_of_an_output_is_checked() {
        let both = expects(|outcome| {
            outcome.output_contains = text("a");
            outcome.output_regex = text("^b+$");
        });
        assert_eq!(output(&both, "c", 0, "").len(), 2);
        assert_eq!(output(&both, "bbb", 0, "").len(), 1);
    }
}
