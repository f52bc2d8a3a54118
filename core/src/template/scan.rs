//! Reads a template as it stands, before it is rendered: where its tags are, which of them stand in
//! TOML strings, where its tables begin.
//!
//! A template is no TOML, so this is a reader that forgives: a tag that is not closed ends with its
//! line, a string that is not closed too, and a line that can only be a header is one, whatever
//! brackets are still open above it.

use crate::source::Span;

/// What a tag is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TagKind {
    /// `{{ … }}`
    Expression,
    /// `{% … %}`
    Block,
    /// `{# … #}`
    Comment,
}

/// Where a tag stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Within {
    /// Among keys, values and headers.
    Code,
    /// In a string.
    String,
    /// In a TOML comment.
    Comment,
}

/// A tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag {
    pub span: Span,
    pub kind: TagKind,
    pub within: Within,
}

/// A table, from its header to the next; the first begins at the start of the text and has no name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Section {
    /// First word of the header, such as `template` of `[template.vars]`.
    pub name: Span,
    pub span: Span,
}

/// What was read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Scan {
    pub tags: Vec<Tag>,
    pub sections: Vec<Section>,
    /// TOML comments, each from its `#` to the end of its line.
    pub comments: Vec<Span>,
}

impl Scan {
    /// Reads `text`.
    pub(crate) fn of(text: &str) -> Self {
        let mut reader = Reader {
            text,
            bytes: text.as_bytes(),
            at: 0,
            depth: 0,
            unclosed: 0,
            last_comment_end: text.rfind("#}").unwrap_or(0),
            scan: Self::default(),
        };
        reader.open_section(Span::at(0), 0);
        reader.run();
        reader.close_section(text.len());
        reader.scan
    }

    /// The tags of some bytes.
    pub(crate) fn tags_in(&self, span: Span) -> &[Tag] {
        let from = self.tags.partition_point(|tag| tag.span.start < span.start);
        let to = self.tags.partition_point(|tag| tag.span.start < span.end);
        &self.tags[from..to]
    }

    /// Whether `word` stands in a tag of `span`.
    pub(crate) fn mentions(&self, text: &str, span: Span, word: &str) -> bool {
        let mut tags = self.tags_in(span).iter();
        tags.any(|tag| tag.kind != TagKind::Comment && has_word(tag.span.of(text), word))
    }

    /// The text of `section` made ready for a TOML parser: tags outside strings are spaces, tags in
    /// strings are letters, so that quotes within them end no string. As long as the section was,
    /// byte for byte.
    pub(crate) fn blanked(&self, text: &str, section: Span) -> String {
        let mut out = String::with_capacity(section.len());
        let mut at = section.start;
        for tag in self.tags_in(section) {
            let end = tag.span.end.min(section.end);
            out.push_str(Span::new(at, tag.span.start.max(at)).of(text));
            let filler = if tag.within == Within::String {
                'x'
            } else {
                ' '
            };
            for byte in Span::new(tag.span.start.max(at), end).of(text).bytes() {
                // Outside strings lines stay lines.
                let keep = byte == b'\n' && tag.within != Within::String;
                out.push(if keep { '\n' } else { filler });
            }
            at = end.max(at);
        }
        out.push_str(Span::new(at, section.end).of(text));
        out
    }
}

/// Whether `word` stands in `text` by itself, not as part of a longer word.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = text.match_indices(word);
    found.any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

fn line_end(text: &str, start: usize) -> usize {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let len = rest.iter().position(|byte| *byte == b'\n');
    start + len.unwrap_or(rest.len())
}

/// The kind of the tag that opens at `start`, and its end if it is closed before `horizon`, which does
/// not hold for comments. Quotes within it are respected.
fn closed_tag(text: &str, start: usize, horizon: usize) -> Option<(TagKind, Option<usize>)> {
    let bytes = text.as_bytes();
    if bytes.get(start) != Some(&b'{') {
        return None;
    }
    let (kind, close) = match bytes.get(start + 1)? {
        b'{' => (TagKind::Expression, b'}'),
        b'%' => (TagKind::Block, b'%'),
        b'#' => {
            let inner = text.get(start + 2..).unwrap_or_default();
            let end = inner.find("#}");
            return Some((TagKind::Comment, end.map(|end| start + 2 + end + 2)));
        }
        _ => return None,
    };
    let mut at = start + 2;
    let mut quote = None;
    while let Some(byte) = bytes.get(at).filter(|_| at < horizon) {
        match quote {
            Some(open) if *byte == open => quote = None,
            Some(_) => {}
            None if matches!(byte, b'"' | b'\'' | b'`') => quote = Some(*byte),
            None if *byte == close && bytes.get(at + 1) == Some(&b'}') => {
                return Some((kind, Some(at + 2)));
            }
            None => {}
        }
        at += 1;
    }
    Some((kind, None))
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Brackets open in the present value.
    depth: usize,
    /// Tags that were never closed.
    unclosed: usize,
    /// Where the last `#}` begins, 0 without one: no comment is closed after it.
    last_comment_end: usize,
    scan: Scan,
}

const UNCLOSED_MAX: usize = 16;

impl Reader<'_> {
    fn run(&mut self) {
        self.line_start();
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line_start();
                }
                b'{' if self.tag(Within::Code) => {}
                b'{' | b'[' => {
                    self.depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.at += 1;
                }
                b'#' => self.comment(),
                b'"' | b'\'' => self.string(*byte),
                _ => self.at += 1,
            }
        }
    }

    /// A tag, if one opens here.
    fn tag(&mut self, within: Within) -> bool {
        // Looking for an end that is not there costs the rest of the text; a text that has many such
        // tags is looked at line by line.
        let horizon = if self.unclosed < UNCLOSED_MAX {
            self.text.len()
        } else {
            line_end(self.text, self.at)
        };
        if self.bytes.get(self.at + 1) == Some(&b'#') && self.at + 2 > self.last_comment_end {
            return false;
        }
        let Some((kind, closed)) = closed_tag(self.text, self.at, horizon) else {
            return false;
        };
        if closed.is_none() {
            if kind == TagKind::Comment {
                return false;
            }
            self.unclosed += 1;
        }
        let end = closed.unwrap_or_else(|| line_end(self.text, self.at));
        self.scan.tags.push(Tag {
            span: Span::new(self.at, end),
            kind,
            within,
        });
        self.at = end;
        true
    }

    fn comment(&mut self) {
        let start = self.at;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => break,
                b'{' if self.tag(Within::Comment) => {}
                _ => self.at += 1,
            }
        }
        self.scan.comments.push(Span::new(start, self.at));
    }

    fn string(&mut self, quote: u8) {
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' if !triple => return,
                b'\\' if quote == b'"' && self.bytes.get(self.at + 1) != Some(&b'\n') => {
                    self.at += 2;
                }
                b'{' if self.tag(Within::String) => {}
                byte if *byte == quote => {
                    if !triple {
                        self.at += 1;
                        return;
                    }
                    let run = self.bytes[self.at..]
                        .iter()
                        .take_while(|next| **next == quote)
                        .count();
                    self.at += run;
                    // Up to two quotes may stand right before the closing three.
                    if run >= 3 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// At the first byte of a line: is this a header?
    fn line_start(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
        if self.bytes.get(self.at) != Some(&b'[') {
            return;
        }
        let line = self.text[self.at..].lines().next().unwrap_or_default();
        let Some(name) = header_name(line) else {
            return;
        };
        if self.depth > 0 && !is_surely_header(line) {
            return;
        }
        self.depth = 0;
        let name = Span::new(self.at + name.start, self.at + name.end);
        self.close_section(self.at);
        self.open_section(name, self.at);
        // The brackets of the header are read as code: they close again on the same line.
    }

    fn open_section(&mut self, name: Span, start: usize) {
        self.scan.sections.push(Section {
            name,
            span: Span::at(start),
        });
    }

    fn close_section(&mut self, end: usize) {
        if let Some(section) = self.scan.sections.last_mut() {
            section.span.end = end;
        }
    }
}

/// Where in a line that begins with `[` the first word of the header is.
fn header_name(line: &str) -> Option<Span> {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let start = line.len() - line.trim_start_matches(['[', ' ', '\t', '"', '\'']).len();
    let rest = &line[start..];
    let len = rest.find(|c| !bare(c)).unwrap_or(rest.len());
    (len > 0).then(|| Span::new(start, start + len))
}

/// Whether a line can be nothing but a header: an array within an array may begin a line too, but
/// holds no bare words.
fn is_surely_header(line: &str) -> bool {
    let inner = line.trim_start_matches('[');
    let brackets = line.len() - inner.len();
    let Some(close) = inner.find(']') else {
        return false;
    };
    let after = inner[close..].trim_start_matches(']');
    let closing = inner.len() - close - after.len();
    let after = after.trim();
    let key = inner[..close].trim();
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    brackets <= 2
        && closing == brackets
        && (after.is_empty() || after.starts_with('#'))
        && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(bare)
        && !matches!(key, "true" | "false" | "inf" | "nan")
}

#[cfg(test)]
mod tests;
