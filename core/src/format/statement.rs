//! Statements, from the pieces they are made of to the text they will be.

use toml_parser::parser::EventKind;

use super::{Line, MAX_WIDTH, Piece};

/// What real test files indent their lists by.
const INDENT: &str = "    ";

/// Reads pieces in order. `None` from any method: they are not in the order that TOML has them in,
/// which a text without syntax errors never shows.
pub(super) struct Reader<'t> {
    text: &'t str,
    pieces: &'t [Piece],
    newline: &'t str,
    at: usize,
}

/// An element of an array, or a pair of an inline table, or a comment between them.
struct Element<'t> {
    /// Empty where only a comment stands.
    text: String,
    comment: Option<&'t str>,
    comment_column: usize,
    /// The author began a new line before it.
    own_line: bool,
    /// The author left a line empty before it.
    after_blank: bool,
}

impl<'t> Reader<'t> {
    pub fn new(text: &'t str, pieces: &'t [Piece], newline: &'t str) -> Self {
        Self {
            text,
            pieces,
            newline,
            at: 0,
        }
    }

    /// All of it, a statement at a time.
    pub fn lines(mut self) -> Option<Vec<Line>> {
        let mut lines = Vec::new();
        while let Some(kind) = self.kind() {
            let line = match kind {
                EventKind::Newline => Line::Blank,
                EventKind::Comment => Line::Comment(self.comment()?.to_owned()),
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                    let header = self.header()?;
                    Line::Header(self.with_comment(header)?)
                }
                EventKind::SimpleKey => {
                    let pair = self.pair(0, true)?;
                    let pair = self.with_comment(pair)?;
                    Line::Pair(pair)
                }
                _ => return None,
            };
            lines.push(line);
            match self.kind() {
                Some(EventKind::Newline) => self.at += 1,
                None => {}
                Some(_) => return None,
            }
        }
        Some(lines)
    }

    fn kind(&self) -> Option<EventKind> {
        self.pieces.get(self.at).map(|piece| piece.kind)
    }

    fn take(&mut self, kind: EventKind) -> Option<&'t str> {
        let piece = self
            .pieces
            .get(self.at)
            .filter(|piece| piece.kind == kind)?;
        self.at += 1;
        Some(piece.span.of(self.text))
    }

    fn comment(&mut self) -> Option<&'t str> {
        self.take(EventKind::Comment).map(str::trim_end)
    }

    /// The column (from 0) in which the next piece stands in the author's text.
    fn column(&self) -> usize {
        let Some(piece) = self.pieces.get(self.at) else {
            return 0;
        };
        let before = &self.text[..piece.span.start];
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        line.chars().count()
    }

    /// What stands behind a statement on its last line.
    fn with_comment(&mut self, mut text: String) -> Option<String> {
        if self.kind() == Some(EventKind::Comment) {
            let column = self.column();
            let comment = self.comment()?;
            push_comment(&mut text, comment, column);
        }
        Some(text)
    }

    fn header(&mut self) -> Option<String> {
        let array = self.kind() == Some(EventKind::ArrayTableOpen);
        self.at += 1;
        let key = self.key()?;
        self.take(if array {
            EventKind::ArrayTableClose
        } else {
            EventKind::StdTableClose
        })?;
        Some(if array {
            format!("[[{key}]]")
        } else {
            format!("[{key}]")
        })
    }

    fn key(&mut self) -> Option<String> {
        let mut key = self.take(EventKind::SimpleKey)?.to_owned();
        while self.kind() == Some(EventKind::KeySep) {
            self.at += 1;
            key.push('.');
            key.push_str(self.take(EventKind::SimpleKey)?);
        }
        Some(key)
    }

    /// `key = value`, whose further lines are indented by `depth` levels. `statement`: it stands by
    /// itself, so that a list too wide for its line may be broken.
    fn pair(&mut self, depth: usize, statement: bool) -> Option<String> {
        let mut text = self.key()?;
        self.take(EventKind::KeyValSep)?;
        text.push_str(" = ");
        let begun = self.at;
        let value = self.value(depth, false)?;
        let first = value.lines().next().unwrap_or_default();
        let wide = text.chars().count() + first.chars().count() > MAX_WIDTH;
        if statement && wide && self.pieces[begun].kind == EventKind::ArrayOpen {
            self.at = begun;
            let broken = self.value(depth, true)?;
            text.push_str(&broken);
        } else {
            text.push_str(&value);
        }
        Some(text)
    }

    /// A value. `broken`: if it is an array, one element a line.
    fn value(&mut self, depth: usize, broken: bool) -> Option<String> {
        match self.kind()? {
            EventKind::Scalar => self.take(EventKind::Scalar).map(str::to_owned),
            EventKind::ArrayOpen => self.group(EventKind::ArrayClose, depth, broken),
            EventKind::InlineTableOpen => self.group(EventKind::InlineTableClose, depth, false),
            _ => None,
        }
    }

    /// An array or an inline table, from its opening bracket to the closing one.
    fn group(&mut self, close: EventKind, depth: usize, broken: bool) -> Option<String> {
        let table = close == EventKind::InlineTableClose;
        self.at += 1;
        let many_lines = broken || self.has_own_lines(close);
        let inner = if many_lines { depth + 1 } else { depth };
        let mut elements: Vec<Element<'t>> = Vec::new();
        let mut newlines = 0;
        loop {
            match self.kind()? {
                kind if kind == close => break,
                EventKind::Newline => {
                    self.at += 1;
                    newlines += 1;
                    continue;
                }
                EventKind::ValueSep => {
                    self.at += 1;
                    continue;
                }
                EventKind::Comment => {
                    let column = self.column();
                    let comment = self.comment()?;
                    match elements.last_mut() {
                        Some(last) if newlines == 0 && last.comment.is_none() => {
                            last.comment = Some(comment);
                            last.comment_column = column;
                        }
                        _ => elements.push(Element {
                            text: String::new(),
                            comment: Some(comment),
                            comment_column: 0,
                            own_line: true,
                            after_blank: newlines > 1 && !elements.is_empty(),
                        }),
                    }
                }
                _ => {
                    let text = if table {
                        self.pair(inner, false)?
                    } else {
                        self.value(inner, false)?
                    };
                    elements.push(Element {
                        text,
                        comment: None,
                        comment_column: 0,
                        own_line: broken || newlines > 0,
                        after_blank: newlines > 1 && !elements.is_empty(),
                    });
                }
            }
            newlines = 0;
        }
        self.at += 1;
        Some(if many_lines {
            self.over_lines(&elements, table, depth)
        } else {
            on_a_line(&elements, table)
        })
    }

    /// Whether the author broke a line in the group that begins here, not counting groups within it.
    fn has_own_lines(&self, close: EventKind) -> bool {
        let mut open = 0_usize;
        for piece in &self.pieces[self.at..] {
            match piece.kind {
                kind if kind == close && open == 0 => return false,
                EventKind::ArrayOpen | EventKind::InlineTableOpen => open += 1,
                EventKind::ArrayClose | EventKind::InlineTableClose => {
                    open = open.saturating_sub(1);
                }
                EventKind::Newline if open == 0 => return true,
                _ => {}
            }
        }
        false
    }

    fn over_lines(&self, elements: &[Element<'t>], table: bool, depth: usize) -> String {
        let mut rows: Vec<String> = Vec::new();
        let mut ended = true;
        for element in elements {
            if ended || element.own_line {
                if element.after_blank {
                    rows.push(String::new());
                }
                rows.push(INDENT.repeat(depth + 1));
            } else if let Some(row) = rows.last_mut() {
                row.push(' ');
            }
            let Some(row) = rows.last_mut() else { continue };
            if !element.text.is_empty() {
                row.push_str(&element.text);
                row.push(',');
            }
            match element.comment {
                Some(comment) if element.text.is_empty() => row.push_str(comment),
                Some(comment) => push_comment(row, comment, element.comment_column),
                None => {}
            }
            ended = element.comment.is_some();
        }
        let (opening, closing) = brackets(table);
        if rows.is_empty() {
            return format!("{opening}{closing}");
        }
        let mut out = opening.to_owned();
        for row in &rows {
            out.push_str(self.newline);
            out.push_str(row);
        }
        out.push_str(self.newline);
        out.push_str(&INDENT.repeat(depth));
        out.push_str(closing);
        out
    }
}

const fn brackets(table: bool) -> (&'static str, &'static str) {
    if table { ("{", "}") } else { ("[", "]") }
}

fn on_a_line(elements: &[Element<'_>], table: bool) -> String {
    let (opening, closing) = brackets(table);
    let texts: Vec<&str> = elements.iter().map(|element| &*element.text).collect();
    let space = if table && !texts.is_empty() { " " } else { "" };
    format!("{opening}{space}{}{space}{closing}", texts.join(", "))
}

/// Puts a comment behind `text`: in its column, or two spaces from the text if that has grown too long
/// or ends on another line than it began.
fn push_comment(text: &mut String, comment: &str, column: usize) {
    let (width, column) = match text.rfind('\n') {
        Some(at) => (text[at + 1..].chars().count(), 0),
        None => (text.chars().count(), column),
    };
    let column = column.max(width + 2);
    text.extend(std::iter::repeat_n(' ', column - width));
    text.push_str(comment);
}
