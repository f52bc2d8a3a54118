//! Template expressions in the strings of a plain TOML file.
//!
//! A `.toml` that parses as it stands is not rendered as a whole: each string value that holds `{{`
//! or `{%` is rendered by itself and put back, TOML-encoded, everything else byte for byte. What is
//! rendered is what the string *says*, so that `"{{ env(name=\"X\") }}"` works as its author meant;
//! a table leads from each character of that back to the bytes of the file.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Piece, Rendered, SourceMap};
use crate::diagnostic::{Anchor, Code, Finding, Mapping, short};
use crate::document::{Kind, Node, Table};
use crate::source::{Source, Span};

/// Whether a text holds what may be a template expression.
#[must_use]
pub fn has_tags(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|pair| matches!(pair, b"{{" | b"{%"))
}

/// The string values of a document that may be templates, in order of place; with their quotes.
pub(crate) fn candidates(root: &Table<'_>) -> Vec<Span> {
    fn of_node(node: &Node<'_>, found: &mut Vec<Span>) {
        match &node.kind {
            Kind::String(text) if has_tags(text) => found.push(node.span),
            Kind::Array(array) => array.items.iter().for_each(|item| of_node(item, found)),
            Kind::Table(table) => of_table(table, found),
            _ => {}
        }
    }
    fn of_table(table: &Table<'_>, found: &mut Vec<Span>) {
        for entry in table.entries() {
            of_node(&entry.value, found);
        }
    }
    let mut found = Vec::new();
    of_table(root, &mut found);
    found.sort_unstable();
    found
}

/// How a string is quoted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Quotes {
    /// `"` or `'`.
    pub quote: char,
    /// Three of them.
    pub triple: bool,
}

impl Quotes {
    /// Of the string at `span`, and its content.
    pub(crate) fn of(text: &str, span: Span) -> Option<(Self, Span)> {
        let raw = span.of(text);
        let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let marks = [quote as u8; 3];
        let triple = raw.len() >= 6 && raw.as_bytes().starts_with(&marks);
        let width = if triple { 3 } else { 1 };
        let closed = raw.len() >= 2 * width && raw.ends_with(quote);
        let end = if closed { span.end - width } else { span.end };
        let content = Span::new(span.start + width, end.max(span.start + width));
        Some((Self { quote, triple }, content))
    }

    const fn is_basic(self) -> bool {
        self.quote == '"'
    }

    /// These quotes.
    fn marks(self) -> &'static str {
        match (self.quote, self.triple) {
            ('"', false) => "\"",
            ('"', true) => "\"\"\"",
            (_, false) => "'",
            (_, true) => "'''",
        }
    }
}

/// What a string says, and where each byte of it stands in the file.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    pub text: String,
    /// For each byte of `text` the file's byte where its character begins, and at last the end;
    /// `None`: they run side by side from `base`.
    table: Option<Vec<usize>>,
    base: usize,
}

impl Decoded {
    /// Reads the content of a string.
    pub(crate) fn of(file: &str, content: Span, quotes: Quotes) -> Self {
        let raw = content.of(file);
        // The newline right after the opening quotes is none of the text.
        let skip = match (quotes.triple, raw.as_bytes()) {
            (true, [b'\r', b'\n', ..]) => 2,
            (true, [b'\n', ..]) => 1,
            _ => 0,
        };
        let base = content.start + skip;
        let raw = &raw[skip..];
        if !quotes.is_basic() || !raw.contains('\\') {
            return Self {
                text: raw.to_owned(),
                table: None,
                base,
            };
        }
        let mut text = String::with_capacity(raw.len());
        let mut table = Vec::with_capacity(raw.len() + 1);
        let mut at = 0;
        while let Some(c) = raw[at..].chars().next() {
            let (decoded, len) = if c == '\\' {
                escape(&raw[at..], quotes.triple)
            } else {
                (Some(c), c.len_utf8())
            };
            if let Some(decoded) = decoded {
                text.push(decoded);
                table.resize(text.len(), base + at);
            }
            at += len;
        }
        table.push(base + raw.len());
        Self {
            text,
            table: Some(table),
            base,
        }
    }

    /// The byte of the file at which byte `at` of the text stands.
    pub(crate) fn place(&self, at: usize) -> usize {
        match &self.table {
            None => self.base + at.min(self.text.len()),
            Some(table) => table.get(at).or(table.last()).copied().unwrap_or(self.base),
        }
    }

    /// The bytes of the file that say `span` of the text.
    pub(crate) fn span(&self, span: Span) -> Span {
        let start = self.place(span.start);
        Span::new(start, self.place(span.end).max(start))
    }

    /// A finding in the text as one in the file `name`.
    pub(crate) fn translate(&self, name: &str, mut finding: Finding) -> Finding {
        let shift = |anchor: &mut Anchor| {
            if let Anchor::Source(file, span) = anchor
                && **file == *name
            {
                *span = self.span(*span);
            }
        };
        shift(&mut finding.at);
        finding
            .notes
            .iter_mut()
            .for_each(|note| shift(&mut note.at));
        // An edit of what a string says is no edit of how it is written, unless these are the same.
        if self.table.is_some() {
            finding.repair = None;
        }
        for (anchor, _) in finding
            .repair
            .iter_mut()
            .flat_map(|repair| &mut repair.edits)
        {
            shift(anchor);
        }
        finding
    }
}

/// The character that an escape sequence stands for, and its length. None for a line ending that is
/// escaped, with the blanks after it. What is no escape stands for itself.
fn escape(raw: &str, triple: bool) -> (Option<char>, usize) {
    let hex = |digits: usize| {
        let code = raw.get(2..2 + digits)?;
        let decoded = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
        Some((Some(decoded), 2 + digits))
    };
    let simple = |decoded| Some((Some(decoded), 2));
    let found = match raw.as_bytes().get(1) {
        Some(b'b') => simple('\u{8}'),
        Some(b't') => simple('\t'),
        Some(b'n') => simple('\n'),
        Some(b'f') => simple('\u{c}'),
        Some(b'r') => simple('\r'),
        Some(b'e') => simple('\u{1b}'),
        Some(b'"') => simple('"'),
        Some(b'\\') => simple('\\'),
        Some(b'x') => hex(2),
        Some(b'u') => hex(4),
        Some(b'U') => hex(8),
        Some(b' ' | b'\t' | b'\r' | b'\n') if triple => {
            let blank = raw[1..].trim_start_matches([' ', '\t', '\r', '\n']);
            Some((None, raw.len() - blank.len()))
        }
        _ => None,
    };
    found.unwrap_or((Some('\\'), 1))
}

/// Puts a file together from what it says and from strings that were rendered.
pub(crate) struct Assembly<'a> {
    file: &'a Arc<Source>,
    text: String,
    pieces: Vec<Piece>,
    /// Up to here the file has been taken.
    taken: usize,
    /// Bytes of the text that stand for expressions that failed.
    pub placeholders: Vec<Span>,
}

impl<'a> Assembly<'a> {
    pub(crate) fn new(file: &'a Arc<Source>) -> Self {
        Self {
            file,
            text: String::with_capacity(file.text.len() + 256),
            pieces: Vec::new(),
            taken: 0,
            placeholders: Vec::new(),
        }
    }

    /// Puts what was rendered in the place of the string at `span`. `decoded` is what was rendered.
    pub(crate) fn replace(&mut self, span: Span, quotes: Quotes, decoded: &Decoded, by: &Rendered) {
        let Some(rendered) = &by.text else {
            return;
        };
        self.copy_up_to(span.start);
        // Literal quotes can hold what they held, but not everything that an expression may print.
        let ends_line = |at: usize| quotes.triple && rendered[at..].starts_with("\r\n");
        let fits = quotes.is_basic()
            || rendered.char_indices().all(|(at, c)| match c {
                '\'' => false,
                '\n' => quotes.triple,
                '\r' => ends_line(at),
                c => c == '\t' || !c.is_control(),
            });
        let made = Quotes {
            quote: if fits { quotes.quote } else { '"' },
            ..quotes
        };
        let marks = made.marks();
        let sure = if fits {
            Mapping::Exact
        } else {
            Mapping::Expression
        };
        let content = span.start + marks.len();
        self.push(marks, Span::new(span.start, content), sure);
        if quotes.triple && (decoded.base > content || rendered.starts_with(['\n', '\r'])) {
            // The newline that is none of the text.
            let skipped = Span::new(content, decoded.base.max(content));
            let sure = if skipped.len() == 1 {
                Mapping::Exact
            } else {
                Mapping::Expression
            };
            self.push("\n", skipped, sure);
        }
        let mut placeholders = by.placeholders.iter().peekable();
        for (at, c) in rendered.char_indices() {
            let here = Span::new(at, at + c.len_utf8());
            let mapped = by.map.locate(here);
            let source = decoded.span(mapped.span);
            let start = self.text.len();
            let mut mapping = mapped.mapping;
            let mut encoded = [0; 12];
            let encoded = if c == '\r' && ends_line(at) {
                "\r"
            } else {
                encode(c, made, &mut encoded)
            };
            if mapping == Mapping::Exact && encoded.len() != source.len() {
                mapping = Mapping::Expression;
            }
            self.push(encoded, source, mapping);
            while placeholders
                .next_if(|span| span.end <= here.start)
                .is_some()
            {}
            if placeholders.peek().is_some_and(|span| span.contains(at)) {
                self.placeholder(Span::new(start, self.text.len()));
            }
        }
        let closing = Span::new(span.end.saturating_sub(marks.len()), span.end);
        self.push(marks, closing, sure);
        self.taken = span.end;
    }

    /// The whole text, and the map back.
    pub(crate) fn finish(mut self) -> (String, SourceMap, Vec<Span>) {
        self.copy_up_to(self.file.text.len());
        let map = SourceMap::from_pieces(vec![self.file.clone()], self.pieces);
        (self.text, map, self.placeholders)
    }

    fn copy_up_to(&mut self, end: usize) {
        let span = Span::new(self.taken.min(end), end);
        if !span.is_empty() {
            let file = self.file.clone();
            self.push(span.of(&file.text), span, Mapping::Exact);
        }
        self.taken = end;
    }

    fn push(&mut self, text: &str, source: Span, mapping: Mapping) {
        if text.is_empty() {
            return;
        }
        let output = Span::new(self.text.len(), self.text.len() + text.len());
        self.text.push_str(text);
        if let Some(last) = self.pieces.last_mut()
            && last.mapping == mapping
        {
            let follows = mapping == Mapping::Exact && last.source.end == source.start;
            let same = mapping != Mapping::Exact && last.source == source;
            if follows || same {
                last.output.end = output.end;
                last.source.end = source.end;
                return;
            }
        }
        self.pieces.push(Piece {
            output,
            file: 0,
            source,
            mapping,
        });
    }

    fn placeholder(&mut self, span: Span) {
        match self.placeholders.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => self.placeholders.push(span),
        }
    }
}

/// A character as it is written within these quotes.
fn encode(c: char, quotes: Quotes, buffer: &mut [u8; 12]) -> &str {
    let escaped = match c {
        _ if !quotes.is_basic() => None,
        '"' => Some("\\\""),
        '\\' => Some("\\\\"),
        '\n' if !quotes.triple => Some("\\n"),
        '\r' => Some("\\r"),
        _ => None,
    };
    if let Some(escaped) = escaped {
        return escaped;
    }
    if quotes.is_basic() && c.is_control() && !matches!(c, '\t' | '\n') {
        let mut code = String::with_capacity(6);
        _ = write!(code, "\\u{:04X}", u32::from(c));
        let bytes = code.as_bytes();
        buffer[..bytes.len()].copy_from_slice(bytes);
        return std::str::from_utf8(&buffer[..bytes.len()]).unwrap_or("?");
    }
    let (char, _) = buffer.split_at_mut(4);
    c.encode_utf8(char)
}

/// What is said of a string that only looks like a template.
pub(crate) fn left_alone(name: &Arc<str>, file: &str, content: Span) -> Finding {
    let raw = content.of(file);
    let tag = ["{{", "{%"]
        .iter()
        .filter_map(|open| raw.find(open))
        .min()
        .unwrap_or(0);
    let rest = &raw[tag..];
    let line = rest.find('\n').unwrap_or(rest.len());
    let end = ["}}", "%}"]
        .iter()
        .filter_map(|close| rest[..line].find(close))
        .min()
        .map_or(line, |at| at + 2);
    let shown = short(&rest[..end]);
    let span = Span::new(content.start + tag, content.start + tag + end);
    Finding::at(
        Code::T122,
        Anchor::Source(name.clone(), span),
        format!("`{shown}` is no template expression; the string is left as it is"),
    )
    .help("`[meta] template = false` turns templates off in this file")
}

#[cfg(test)]
mod tests;
