//! What comes of an evaluation.

use serde::Serialize;

use super::index::Index;
use super::words;
use crate::config::model::{Pattern, Spanned};
use crate::diagnostic::{Code, Finding};
use crate::source::Span;

/// What became of an expectation, or of all of them. Ordered: the greatest stands for the whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    #[default]
    Holds,
    /// It does not.
    Fails,
    /// Nobody knows.
    NotEvaluated,
}

/// Of which kind an expectation is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names of the tables say it")]
pub enum Kind {
    Span,
    Graph,
    Counts,
    Window,
    Order,
    Status,
    Hermeticity,
    /// A legacy constraint on an attribute.
    Attribute,
    /// Something that was not understood.
    Lost,
}

/// All verdicts on a trace.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Verdicts {
    /// Spans that counted.
    pub spans: usize,
    /// In order of kind, and within a kind in order of file.
    pub checks: Vec<Check>,
}

impl Verdicts {
    /// What they come to together.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let outcomes = self.checks.iter().map(|check| check.outcome);
        outcomes.max().unwrap_or_default()
    }
}

/// One thing that is expected.
#[derive(Clone, PartialEq, Debug)]
pub struct Check {
    /// Of which kind.
    pub kind: Kind,
    /// In a few words, such as ``span `checkout` ``.
    pub title: String,
    /// Where it is expected.
    pub at: Span,
    /// The names of the spans that it is about; none where it is about all of them.
    pub about: Vec<Pattern>,
    /// What became of it.
    pub outcome: Outcome,
    /// Everything that speaks against it.
    pub failures: Vec<Failure>,
}

impl Check {
    pub(super) fn new(kind: Kind, title: impl Into<String>, at: Span) -> Self {
        Self {
            kind,
            title: title.into(),
            at,
            about: Vec::new(),
            outcome: Outcome::Holds,
            failures: Vec::new(),
        }
    }

    /// Says which spans it is about.
    pub(super) fn about<const N: usize>(mut self, names: [&Pattern; N]) -> Self {
        self.about = names.map(Pattern::clone).into();
        self
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.outcome = self.outcome.max(Outcome::Fails);
        self.failures.push(failure);
    }

    /// Says that it was not evaluated, and why.
    pub(super) fn leave(&mut self, at: Span, message: impl Into<String>, help: Option<String>) {
        self.outcome = Outcome::NotEvaluated;
        let title = self.title.clone();
        let mut failure = Failure::new(Code::E002, at, message, title, "not evaluated");
        failure.finding.help = help;
        self.failures.push(failure);
    }
}

/// One thing that speaks against an expectation.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// Code, message and place.
    pub finding: Finding,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The span that came nearest.
    pub nearest: Option<Nearest>,
}

impl Failure {
    pub(super) fn new(
        code: Code,
        at: Span,
        message: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            finding: Finding::new(code, at, message),
            expected: expected.into(),
            found: found.into(),
            nearest: None,
        }
    }

    /// No span has this name.
    pub(super) fn absent(
        index: &Index<'_>,
        code: Code,
        name: &Spanned<Pattern>,
        expected: impl Into<String>,
    ) -> Self {
        let message = words::no_span(&name.value);
        let failure = Self::new(code, name.span, message, expected, "no such span");
        failure.maybe_help(index.help_for(&name.value))
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.finding.help = Some(help.into());
        self
    }

    pub(super) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.finding.help = help;
        self
    }

    pub(super) fn nearest(mut self, nearest: Nearest) -> Self {
        self.nearest = Some(nearest);
        self
    }
}

/// The span that came nearest to what was expected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Nearest {
    /// Its name.
    pub name: String,
    /// Its trace.
    pub trace_id: Option<String>,
    /// Its id.
    pub span_id: Option<String>,
    /// Which of the trace's spans it is, from 0.
    pub index: usize,
    /// How many conditions it meets.
    pub met: usize,
    /// Of how many.
    pub of: usize,
    /// Those that it does not meet, in a few words each.
    pub fails: Vec<String>,
}

impl Nearest {
    /// A span that is to be looked at, where no conditions were counted.
    pub(super) fn span(index: &Index<'_>, at: u32) -> Self {
        Self::of(index, at, 0, 0, Vec::new())
    }

    pub(super) fn of(
        index: &Index<'_>,
        at: u32,
        met: usize,
        of: usize,
        fails: Vec<String>,
    ) -> Self {
        let span = index.span(at);
        Self {
            name: span.name.to_string(),
            trace_id: span.trace_id.as_deref().map(str::to_owned),
            span_id: span.id.as_deref().map(str::to_owned),
            index: index.origin(at),
            met,
            of,
            fails,
        }
    }
}
