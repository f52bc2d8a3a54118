//! The layout of a plain test file: spaces, line breaks and blank lines put in their usual form.
//!
//! Names, values, comments and their order stay as they are, to the byte; so do the author's line
//! breaks within arrays and inline tables. What changes:
//!
//! - statements begin at the margin; ` = ` stands between key and value, one space after a comma
//!   and within the braces of an inline table, none at the end of a line;
//! - at most one blank line in a row, one before each header (or the comment above it), none at the
//!   start or the end of the file, which ends with one newline;
//! - what spans several lines is indented by four spaces a level, with a comma after the last element;
//!   a list that is too wide for a line becomes one element a line;
//! - a comment behind a value keeps its column, if there is room for two spaces before it: what an
//!   author aligned stays aligned.
//!
//! Templates are not formatted: white space is text there.

mod statement;

use toml_parser::parser::{EventKind, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, ParseError};

use crate::diagnostic::Code;
use crate::document::Document;
use crate::source::Span;
use statement::Reader;

/// Columns that a list may fill before it is broken into one element a line.
pub const MAX_WIDTH: usize = 100;

/// Arrays and tables nested deeper than this are not formatted.
const MAX_DEPTH: u32 = 80;

/// A piece of the text and what it is; white space is left out.
#[derive(Clone, Copy, Debug)]
struct Piece {
    kind: EventKind,
    span: Span,
}

/// A line, or a statement over several, as it will stand.
#[derive(Debug)]
enum Line {
    Blank,
    Comment(String),
    Header(String),
    Pair(String),
}

/// The text in its usual form; `None` if it is not TOML by its grammar. A text that has it already
/// comes back as it was.
///
/// ```
/// let text = "[meta]\nname=\"a\"   \n\n\n[vars]\n  list = [1,2 , 3]";
/// let tidy = "[meta]\nname = \"a\"\n\n[vars]\nlist = [1, 2, 3]\n";
/// assert_eq!(clnrm_core::format::format(text).as_deref(), Some(tidy));
/// assert_eq!(clnrm_core::format::format("a = = 1"), None);
/// ```
#[must_use]
pub fn format(text: &str) -> Option<String> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let newline = match body.find('\n') {
        Some(at) if body[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let pieces = pieces(body)?;
    // The grammar of statements says nothing of what stands in keys, strings and numbers.
    if Document::parse(text, &[])
        .1
        .iter()
        .any(|finding| finding.code == Code::S101)
    {
        return None;
    }
    let lines = Reader::new(body, &pieces, newline).lines()?;
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    out.push_str(mark);
    for line in spaced(lines) {
        match line {
            Line::Blank => {}
            Line::Comment(text) | Line::Header(text) | Line::Pair(text) => out.push_str(&text),
        }
        out.push_str(newline);
    }
    Some(out)
}

/// Errors need not be told apart here: whoever checks the file says what they are.
struct Failed(bool);

impl ErrorSink for Failed {
    fn report_error(&mut self, _: ParseError) {
        self.0 = true;
    }
}

fn pieces(text: &str) -> Option<Vec<Piece>> {
    let tokens = toml_parser::Source::new(text).lex().into_vec();
    let mut pieces = Vec::with_capacity(tokens.len());
    let mut failed = Failed(false);
    let mut receiver = |event: toml_parser::parser::Event| {
        if event.kind() != EventKind::Whitespace {
            pieces.push(Piece {
                kind: event.kind(),
                span: Span::new(event.span().start(), event.span().end()),
            });
        }
    };
    let mut guarded = RecursionGuard::new(&mut receiver, MAX_DEPTH);
    parse_document(&tokens, &mut guarded, &mut failed);
    let broken = pieces.iter().any(|piece| piece.kind == EventKind::Error);
    (!failed.0 && !broken).then_some(pieces)
}

/// Blank lines where they belong: one before a header, or before the comment right above it; never two
/// in a row; none at either end.
fn spaced(lines: Vec<Line>) -> Vec<Line> {
    let mut spaced: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        match line {
            Line::Blank if matches!(spaced.last(), None | Some(Line::Blank)) => continue,
            Line::Header(_) => {
                let above = spaced
                    .iter()
                    .rev()
                    .take_while(|line| matches!(line, Line::Comment(_)))
                    .count();
                let at = spaced.len() - above;
                if at > 0 && !matches!(spaced[at - 1], Line::Blank) {
                    spaced.insert(at, Line::Blank);
                }
            }
            _ => {}
        }
        spaced.push(line);
    }
    if matches!(spaced.last(), Some(Line::Blank)) {
        spaced.pop();
    }
    spaced
}

#[cfg(test)]
mod tests;
