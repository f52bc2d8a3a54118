//! What the core has to say about a file.
//!
//! Two shapes, one for each side of the source map. A [`Finding`] is what a rule, the TOML parser
//! or the template engine found, in bytes of the text it looked at. A [`Diagnostic`] is what the
//! author sees: the same, mapped to the template they wrote, in lines and columns.

mod codes;
mod findings;

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

pub use codes::{Code, Family};
pub use findings::Findings;

use crate::source::{Position, Span};

/// How grave a diagnostic is. Ordered: an error is the greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Probably not what was meant.
    Warning,
    /// The file is not valid.
    Error,
}

/// How far a file is judged. Each level holds all that the ones before it do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The template renders, and to TOML.
    Syntax,
    /// Each setting by itself.
    Semantic,
    /// Settings against each other.
    #[default]
    Structure,
    /// The spans that the test emitted, against what is expected of them.
    Full,
}

/// A place before it is mapped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// Bytes of the text that the TOML parser saw: the rendered text, or a plain file's own.
    Rendered(Span),
    /// Bytes of a source that somebody wrote, by its name.
    Source(Arc<str>, Span),
}

/// Another place that matters, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Where.
    pub at: Anchor,
    /// One clause, such as `first defined here`.
    pub message: String,
}

/// A repair, before it is mapped. Offered to the author only if all its edits land in literal text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repair {
    /// Replacements, each of a range by a text; they do not overlap.
    pub edits: Vec<(Anchor, String)>,
    /// Whether a machine may apply it without asking: the file then means what it meant.
    pub safe: bool,
}

/// Something found, before it is mapped to where the author can mend it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which rule.
    pub code: Code,
    /// How grave it is: that of its code, unless it carries what a graver one would say.
    pub severity: Severity,
    /// One sentence without a full stop; names the thing at fault and its value.
    pub message: String,
    /// Where.
    pub at: Anchor,
    /// A short phrase to stand beneath the place in the frame, such as `not a field of a service`.
    pub label: Option<String>,
    /// Other places that matter.
    pub notes: Vec<Note>,
    /// What to do, when it is known.
    pub help: Option<String>,
    /// A repair, when there is one.
    pub repair: Option<Repair>,
}

impl Finding {
    /// A finding in the text that was parsed.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::at(code, Anchor::Rendered(span), message)
    }

    /// A finding at any place.
    #[must_use]
    pub fn at(code: Code, at: Anchor, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: bounded(message.into()),
            at,
            label: None,
            notes: Vec::new(),
            help: None,
            repair: None,
        }
    }

    /// With a phrase beneath the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(bounded(label.into()));
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(bounded(help.into()));
        self
    }

    /// With another place of the same text.
    #[must_use]
    pub fn note(self, span: Span, message: impl Into<String>) -> Self {
        self.note_at(Anchor::Rendered(span), message)
    }

    /// With another place, anywhere.
    #[must_use]
    pub fn note_at(mut self, at: Anchor, message: impl Into<String>) -> Self {
        self.notes.push(Note {
            at,
            message: message.into(),
        });
        self
    }

    /// With a repair that keeps the meaning of the file.
    #[must_use]
    pub fn safe_repair(self, edits: impl IntoIterator<Item = (Span, String)>) -> Self {
        self.repair(edits, true)
    }

    /// With a repair that is probably meant, but may change what the file means.
    #[must_use]
    pub fn unsafe_repair(self, edits: impl IntoIterator<Item = (Span, String)>) -> Self {
        self.repair(edits, false)
    }

    fn repair(mut self, edits: impl IntoIterator<Item = (Span, String)>, safe: bool) -> Self {
        let edits = edits
            .into_iter()
            .map(|(span, text)| (Anchor::Rendered(span), text))
            .collect();
        self.repair = Some(Repair { edits, safe });
        self
    }
}

/// What is said is not longer than this, in bytes, whatever a file's names and values are.
const LONGEST: usize = 1_000;

fn bounded(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

/// How sure it is that the place in the template caused the fault.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mapping {
    /// Literal text: this very place.
    Exact,
    /// Made by this `{{ … }}`.
    Expression,
    /// Made inside a macro or captured block that is called here.
    CallSite,
    /// Not known.
    None,
}

/// A range of lines and columns; the end is exclusive.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
pub struct Range {
    /// First character.
    pub start: Position,
    /// One past the last.
    pub end: Position,
}

/// A range in a file that somebody wrote.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
pub struct Location {
    /// The name of the file.
    pub file: Arc<str>,
    /// First character.
    pub start: Position,
    /// One past the last.
    pub end: Position,
}

/// Another place that matters, mapped.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Related {
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// Why it matters.
    pub message: String,
}

/// One replacement of a fix.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Edit {
    /// What is replaced.
    #[serde(flatten)]
    pub location: Location,
    /// By what.
    pub text: String,
}

/// A repair that can be applied to the author's files.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
pub struct Fix {
    /// Whether it may be applied without asking.
    pub safe: bool,
    /// The replacements; they do not overlap.
    pub edits: Vec<Edit>,
}

/// What the author sees. Its serialised form is part of the published JSON.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Diagnostic {
    /// Which rule.
    pub code: Code,
    /// Its name.
    pub name: &'static str,
    /// How grave, after the user's wishes.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// A short phrase for the frame; not part of the JSON.
    #[serde(skip)]
    pub label: Option<String>,
    /// Where, in the text the author wrote.
    pub primary: Location,
    /// How sure that is.
    pub mapping: Mapping,
    /// Where in the rendered text, when it came through a template.
    pub rendered: Option<Range>,
    /// Other places.
    pub related: Vec<Related>,
    /// What to do.
    pub help: Option<String>,
    /// A fix.
    pub fix: Option<Fix>,
    /// How many equal diagnostics this one stands for.
    pub count: u32,
    /// Indices of the renders (matrix combinations) it was found in; empty for a file without a matrix.
    #[serde(rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub renders: Vec<u32>,
}

/// A text as a message shows it: its first line, and not much of it.
pub(crate) fn short(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 40;
    let line = text.lines().next().unwrap_or_default().trim_end();
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => Cow::Owned(format!("{}…", &line[..at])),
        None => Cow::Borrowed(line),
    }
}
