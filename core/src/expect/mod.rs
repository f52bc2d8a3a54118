//! Expectations held against a trace.
//!
//! [`evaluate`] takes a test file and a trace and gives [`Verdicts`]: one [`Check`] for each thing
//! that is expected, each with all that speaks against it, placed in the text that was parsed. The
//! same evaluator serves a run, `clnrm analyze` and the playground.
//!
//! - **Nothing is vacuously true.** Against a trace without spans every check fails (`E001`), unless
//!   `allow_empty` is set; a name that no span has fails wherever a span of it is needed.
//! - **Nothing is skipped.** A span without times fails where times matter. What was lost or is not
//!   known makes the whole *not evaluated* (`E002`).
//! - **The order of the spans means nothing**: they are sorted first, and only the sorted order is
//!   ever looked at, for verdicts and for what is told of them.
//!
//! Each check takes time in proportion to the spans it is about, or to all of them once.

mod attributes;
mod counts;
mod graph;
mod hermeticity;
mod index;
mod order;
mod peers;
mod rules;
mod spans;
mod status;
mod verdict;
mod window;
mod words;

#[cfg(test)]
mod tests;

pub use peers::Surroundings;
pub use verdict::{Check, Failure, Kind, Nearest, Outcome, Verdicts};

use crate::config::model::{Expect, TestFile};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::trace::Trace;
use index::Index;

/// The scope of spans that the runner emits itself.
pub const RUNNER_SCOPE: &str = "clnrm.runner";

/// An expectation that cannot be evaluated, found before there was a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lost {
    /// Where.
    pub at: Span,
    /// One clause, such as ``unknown field `statuss` in [expect]``.
    pub message: String,
    /// What to do, when it is known.
    pub help: Option<String>,
}

/// What every kind of check works with.
struct Context<'a> {
    file: &'a TestFile,
    expect: &'a Expect,
    index: Index<'a>,
    surroundings: &'a Surroundings,
}

/// Holds what `file` expects against `trace`. `lost` is what the file expects and nobody understood.
#[must_use]
pub fn evaluate(
    file: &TestFile,
    trace: &Trace,
    surroundings: &Surroundings,
    lost: &[Lost],
) -> Verdicts {
    let expect = &file.expect;
    let runner_counts = expect.runner_spans.is_some_and(|counts| counts.value);
    let context = Context {
        file,
        expect,
        index: Index::new(trace, runner_counts),
        surroundings,
    };
    let mut checks = Vec::new();
    spans::check(&context, &mut checks);
    graph::check(&context, &mut checks);
    counts::check(&context, &mut checks);
    window::check(&context, &mut checks);
    order::check(&context, &mut checks);
    status::check(&context, &mut checks);
    hermeticity::check(&context, &mut checks);
    rules::check(&context, &mut checks);
    let spans = context.index.counted();
    let allow_empty = expect.allow_empty.is_some_and(|allow| allow.value);
    if spans == 0 && !allow_empty {
        let help = if context.index.len() > 0 {
            "the runner's own spans do not count, unless `[expect] runner_spans = true`"
        } else {
            "an empty trace is no success; where it is meant, write `[expect] allow_empty = true`"
        };
        for check in &mut checks {
            if check.outcome == Outcome::NotEvaluated {
                continue;
            }
            let title = check.title.clone();
            check.failures.clear();
            check.fail(
                Failure::new(
                    Code::E001,
                    check.at,
                    "the trace has no spans",
                    title,
                    "no spans at all",
                )
                .help(help),
            );
        }
    }
    for lost in lost {
        let mut check = Check::new(Kind::Lost, lost.message.clone(), lost.at);
        let message = format!("not evaluated: {}", lost.message);
        check.leave(lost.at, message, lost.help.clone());
        checks.push(check);
    }
    if lost.is_empty() && expect.incomplete {
        let at = expect.first().unwrap_or_default();
        let mut check = Check::new(Kind::Lost, "all expectations of the file", at);
        check.leave(
            at,
            "not evaluated: a part of the expectations could not be read",
            None,
        );
        checks.push(check);
    }
    Verdicts { spans, checks }
}
