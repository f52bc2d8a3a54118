//! Source texts and places in them.
//!
//! Inside the core a place is a [`Span`] of bytes. Lines and columns are made only when a
//! diagnostic is shown, through a [`LineIndex`] that a source builds once.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use crate::digest::Digest;

/// A half-open range of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// From `start` to `end`, which must not lie before it.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Self { start, end }
    }

    /// An empty span at `offset`.
    #[must_use]
    pub const fn at(offset: usize) -> Self {
        Self {
            start: offset,
            end: offset,
        }
    }

    /// Bytes covered.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Covers nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the two share a byte, or one is empty and lies within or at the edge of the other.
    #[must_use]
    pub const fn touches(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// Whether `offset` lies in the span (the end excluded).
    #[must_use]
    pub const fn contains(self, offset: usize) -> bool {
        self.start <= offset && offset < self.end
    }

    /// The text the span covers; empty where the span is not on character boundaries of `text`.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Self {
            start: range.start,
            end: range.end.max(range.start),
        }
    }
}

/// A place as people and tools count: lines and columns from 1, bytes from 0.
///
/// A line ends at LF or CRLF. A column is one Unicode scalar value; a tab is one column, and a
/// byte order mark at the start of a file is none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in Unicode scalar values.
    pub column: u32,
    /// Byte, from 0.
    pub offset: usize,
}

impl Position {
    /// The start of a file: where what is said of all of it stands.
    pub const START: Self = Self {
        line: 1,
        column: 1,
        offset: 0,
    };
}

/// Where each line of a text starts.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Reads `text` once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            starts: std::iter::once(0)
                .chain(newlines.map(|(at, _)| at + 1))
                .collect(),
        }
    }

    /// The position of byte `offset` of `text`, which must be the text this index was made of.
    /// An offset beyond the end, or within a character, is moved back to the nearest boundary.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let line = self.line_of(offset);
        let before = &text[self.starts[line]..offset];
        // Only the first is a mark; a second one is a character of the text.
        let mark = if line == 0 { "\u{feff}" } else { "" };
        let before = before.strip_prefix(mark).unwrap_or(before);
        let column = before.chars().count() + 1;
        Position {
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            offset,
        }
    }

    /// Index (from 0) of the line that holds byte `offset`.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// The bytes of line `line` (from 0) without its line ending; `None` beyond the last line.
    #[must_use]
    pub fn line_span(&self, text: &str, line: usize) -> Option<Span> {
        let start = *self.starts.get(line)?;
        let end = self
            .starts
            .get(line + 1)
            .map_or(text.len(), |next| next - 1);
        let end = if text[start..end].ends_with('\r') {
            end - 1
        } else {
            end
        };
        Some(Span::new(start, end))
    }

    /// Number of lines; a text that ends in a newline has an empty last one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

/// Bytes between two places at which a [`Utf16Index`] knows how many units stand before.
const UTF16_STRIDE: usize = 256;

/// How many UTF-16 units stand before a byte: what editors in a browser count in.
#[derive(Clone, Debug)]
pub struct Utf16Index {
    /// Units before every so many bytes; `None` for ASCII, where units are bytes.
    before: Option<Vec<usize>>,
}

impl Utf16Index {
    /// Reads `text` once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self { before: None };
        }
        let mut before = Vec::with_capacity(text.len() / UTF16_STRIDE + 1);
        let mut units = 0;
        for (at, character) in text.char_indices() {
            // Of a character over the boundary: the units before it.
            while before.len() * UTF16_STRIDE < at + character.len_utf8() {
                before.push(units);
            }
            units += character.len_utf16();
        }
        Self {
            before: Some(before),
        }
    }

    /// The units before byte `offset` of `text`, which must be the text this index was made of. An
    /// offset beyond the end, or within a character, is moved back to the nearest boundary.
    #[must_use]
    pub fn units(&self, text: &str, offset: usize) -> usize {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let Some((stride, units)) = self.known(offset / UTF16_STRIDE) else {
            return offset;
        };
        let start = text.floor_char_boundary(stride * UTF16_STRIDE);
        let between = text.get(start..offset).unwrap_or_default();
        units + between.chars().map(char::len_utf16).sum::<usize>()
    }

    /// The byte before which so many units stand. More than there are: the end; within a character:
    /// its start.
    #[must_use]
    pub fn offset(&self, text: &str, units: usize) -> usize {
        let Some(before) = &self.before else {
            return units.min(text.len());
        };
        let next = before.partition_point(|before| *before <= units);
        let stride = next.saturating_sub(1);
        let mut seen = before.get(stride).copied().unwrap_or(0);
        let start = text.floor_char_boundary(stride * UTF16_STRIDE);
        for (at, character) in text[start..].char_indices() {
            seen += character.len_utf16();
            if seen > units {
                return start + at;
            }
        }
        text.len()
    }

    /// The last place at or before a stride of which the units are known.
    fn known(&self, stride: usize) -> Option<(usize, usize)> {
        let before = self.before.as_ref()?;
        let stride = stride.min(before.len().checked_sub(1)?);
        Some((stride, before[stride]))
    }
}

/// A named text: a file on disk, a tab in the browser, standard input.
#[derive(Debug)]
pub struct Source {
    /// How people name it: relative to the working directory, with `/`.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// SHA-256 of the text.
    pub digest: Digest,
    lines: OnceLock<LineIndex>,
    utf16: OnceLock<Utf16Index>,
}

impl Source {
    /// Names `text` and computes its digest.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let digest = Digest::of(text.as_bytes());
        Self::with_digest(name, text, digest)
    }

    /// As [`Source::new`], for a caller that has the digest already.
    #[must_use]
    pub fn with_digest(
        name: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
        digest: Digest,
    ) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            digest,
            lines: OnceLock::new(),
            utf16: OnceLock::new(),
        }
    }

    /// Where its lines start; made on first use.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// The position of a byte.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        self.lines().position(&self.text, offset)
    }

    /// How UTF-16 counts it; made on first use.
    pub fn utf16(&self) -> &Utf16Index {
        self.utf16.get_or_init(|| Utf16Index::new(&self.text))
    }
}

/// Why a source that is there could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The bytes are not UTF-8.
    #[error("not UTF-8: first bad byte at offset {offset}")]
    NotUtf8 {
        /// The first byte that does not belong.
        offset: usize,
    },
    /// Larger than a source may be.
    #[error("{bytes} bytes; a source may have {limit}")]
    TooLarge {
        /// Size found.
        bytes: u64,
        /// Size allowed.
        limit: u64,
    },
    /// The caller could not read it; the text says why.
    #[error("{0}")]
    Unreadable(String),
}

/// Where sources come from. The core reads nothing by itself: the command line hands in the disk,
/// the browser its tabs.
pub trait Sources: Sync {
    /// The source of exactly this (normalised) name; `None` if there is none.
    ///
    /// # Errors
    /// When it exists and cannot be had.
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, SourceError>;
}

/// Sources held in memory: the browser's tabs, tests.
#[derive(Clone, Debug, Default)]
pub struct MemorySources(BTreeMap<Arc<str>, Arc<Source>>);

impl MemorySources {
    /// Adds or replaces one.
    pub fn set(&mut self, name: &str, text: &str) {
        let source = Arc::new(Source::new(name, text));
        self.0.insert(source.name.clone(), source);
    }

    /// Removes one; says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }

    /// All of them, in order of name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Source>> {
        self.0.values()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for MemorySources {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(files: I) -> Self {
        let mut sources = Self::default();
        files
            .into_iter()
            .for_each(|(name, text)| sources.set(name, text));
        sources
    }
}

impl Sources for MemorySources {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, SourceError> {
        Ok(self.0.get(name).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (u32, u32) {
        let position = Source::new("t", text).position(offset);
        (position.line, position.column)
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        assert_eq!(at("ä\tb", 0), (1, 1));
        assert_eq!(at("ä\tb", 2), (1, 2));
        assert_eq!(at("ä\tb", 3), (1, 3));
        assert_eq!(at("😀x", 4), (1, 2));
    }

    #[test]
    fn lines_end_at_lf_and_crlf_only() {
        assert_eq!(at("a\r\nb", 3), (2, 1));
        assert_eq!(at("a\rb", 2), (1, 3));
        assert_eq!(at("a\u{2028}b", 4), (1, 3));
        assert_eq!(at("a\n", 2), (2, 1));
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        assert_eq!(at("\u{feff}a", 3), (1, 1));
        assert_eq!(at("\u{feff}ab", 4), (1, 2));
        assert_eq!(at("\u{feff}\u{feff}a", 6), (1, 2));
    }

    #[test]
    fn utf16_units_and_bytes_lead_to_each_other() {
        let piece = "aä\u{301}\r\n\t😀𝒳\u{feff}語";
        for text in [
            "",
            "ascii\n",
            piece,
            &piece.repeat(60),
            &"😀".repeat(300),
            &"x".repeat(700),
        ] {
            let index = Utf16Index::new(text);
            let mut units = 0;
            for (at, character) in text.char_indices() {
                assert_eq!(index.units(text, at), units, "{at}");
                assert_eq!(index.offset(text, units), at, "{units}");
                if character.len_utf16() == 2 {
                    assert_eq!(index.offset(text, units + 1), at, "within a pair");
                }
                for within in at..at + character.len_utf8() {
                    assert_eq!(index.units(text, within), units);
                }
                units += character.len_utf16();
            }
            assert_eq!(index.units(text, text.len() + 9), units);
            assert_eq!(index.offset(text, units + 9), text.len());
        }
    }

    #[test]
    fn offsets_out_of_bounds_do_not_panic() {
        assert_eq!(at("ä", 1), (1, 1));
        assert_eq!(at("", 9), (1, 1));
    }
}
