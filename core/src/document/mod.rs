//! TOML as a tree in which every key and value knows where it stands.
//!
//! The only module that knows the TOML parser. What TOML is, `toml` says: a text in which its
//! `DeTable::parse_recoverable` finds no error becomes the tree that it reads (`valid`), and no text
//! in which it finds one passes.
//!
//! Where it finds an error, the text is read again by a parser of our own (`parse`) over
//! `toml_parser`, the lexer and the decoders that `toml` itself is made of. What `toml` recovers is
//! not enough to go on with: it marks nothing that was lost, ends the document at the first line
//! without `=`, and has one message for each way in which a token is unexpected. Ours says each
//! mistake once, with the way out, keeps every other statement, and marks what is lost: a value that
//! does not parse is [`Kind::Damaged`]; a table in which a statement was lost is `incomplete`;
//! [`Document::incomplete`] says that whole tables may be missing. What a placeholder touches (the
//! text printed for a template expression that failed) is marked `touched` and raises no finding; so
//! a text with placeholders is read by ours alone, as is one of more than `TOML_BYTES`, for which
//! `toml` could take some hundred times its length.
//!
//! That both agree on what is TOML, and on the tree, is held by tests over random texts.

mod brackets;
mod build;
mod datetime;
mod keys;
mod lookahead;
mod parse;
mod scalar;
mod tokens;
mod tree;
mod valid;
mod values;

pub use datetime::is_rfc3339;
pub use tree::{Array, Entry, Key, Kind, Node, Origin, Table};

use toml::de::DeTable;

use crate::diagnostic::{Code, Finding, Findings};
use crate::source::Span;

/// Values and dotted keys may nest this deep.
pub const MAX_DEPTH: usize = 80;
/// So many values, tables and parts of dotted keys are read; what follows is not.
pub const MAX_VALUES: usize = 100_000;
/// Longer texts are not given to `toml`.
const TOML_BYTES: usize = 64 << 10;

/// A TOML document.
#[derive(Clone, Debug)]
pub struct Document<'t> {
    /// The text it was read from.
    pub text: &'t str,
    /// All of it.
    pub root: Table<'t>,
    /// A statement was lost that may have been a header: whole tables may be missing.
    pub incomplete: bool,
    touched: Vec<Span>,
    placeholders: Vec<Span>,
}

impl<'t> Document<'t> {
    /// Reads `text`. `placeholders` are the bytes that stand for template expressions that failed, in
    /// order of place. Findings are `S101` and `S102`.
    #[must_use]
    pub fn parse(text: &'t str, placeholders: &[Span]) -> (Self, Findings) {
        Self::parse_rendered(text, placeholders, &|_| false)
    }

    /// As [`Document::parse`]; `from_macro` says of a header whether a macro of the template wrote it.
    /// A table such as `[expect.order]` that is defined again where a macro wrote one of the two is
    /// no duplicate: both stand in the tree, as an array of tables.
    #[must_use]
    pub fn parse_rendered(
        text: &'t str,
        placeholders: &[Span],
        from_macro: &dyn Fn(Span) -> bool,
    ) -> (Self, Findings) {
        if !placeholders.is_empty() || text.len() > TOML_BYTES {
            return parse::Parser::new(text, placeholders, from_macro)
                .document()
                .0;
        }
        let (root, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty()
            && let Some(root) = valid::document(text, root.into_inner())
        {
            let document = Self {
                text,
                root,
                incomplete: false,
                touched: Vec::new(),
                placeholders: Vec::new(),
            };
            return (document, Findings::default());
        }
        let parser = parse::Parser::new(text, placeholders, from_macro);
        let ((document, mut findings), merged) = parser.document();
        if findings.is_empty() && !merged {
            // Never seen: a text that only `toml` refuses is refused all the same.
            findings.extend(errors.into_iter().map(|error| {
                let span = error.span().unwrap_or_default();
                Finding::new(Code::S101, Span::new(span.start, span.end), error.message())
            }));
        }
        (document, findings)
    }

    /// Whether a placeholder stands within `span` itself.
    #[must_use]
    pub fn has_placeholder(&self, span: Span) -> bool {
        within(&self.placeholders, span)
    }

    /// Whether a placeholder stands on a line of `span`: nothing is to be said of what is there.
    #[must_use]
    pub fn touches(&self, span: Span) -> bool {
        touches(&self.touched, span)
    }
}

/// Whether one of `lines`, which are in order and do not overlap, shares a byte with `span`.
fn touches(lines: &[Span], span: Span) -> bool {
    let first = lines.partition_point(|line| line.end < span.start);
    lines.get(first).is_some_and(|line| line.start <= span.end)
}

/// Whether one of `placeholders`, which are in order, stands within `span`.
fn within(placeholders: &[Span], span: Span) -> bool {
    let first = placeholders.partition_point(|placeholder| placeholder.end <= span.start);
    placeholders
        .get(first)
        .is_some_and(|placeholder| placeholder.start < span.end)
}

/// The whole lines on which placeholders stand.
fn lines_of(text: &str, placeholders: &[Span]) -> Vec<Span> {
    let mut lines: Vec<Span> = Vec::new();
    for placeholder in placeholders {
        if lines.last().is_some_and(|line| placeholder.end <= line.end) {
            continue;
        }
        let start = text[..text.floor_char_boundary(placeholder.start)]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let from = text.floor_char_boundary(placeholder.end);
        let end = text[from..].find('\n').map_or(text.len(), |at| from + at);
        lines.push(Span::new(start, end.max(start)));
    }
    lines
}

/// The byte of the text at which byte `at` of the value of a string stands. `span` is the string with
/// its quotes.
#[must_use]
pub fn place_in_string(text: &str, span: Span, at: usize) -> usize {
    scalar::place_in_string(text, span, at)
}

#[cfg(test)]
mod tests;
