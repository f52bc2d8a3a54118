//! Statements: headers, keys, values; and how to go on after a mistake.
//!
//! One mistake, one finding: after a finding nothing more is said of syntax up to the end of what it
//! spoiled ([`Parser::fault`]).

use toml_parser::lexer::TokenKind;

use super::build::{Builder, Conflict, Header};
use super::lookahead::{is_assignment, is_header};
use super::scalar::{self, short};
use super::tokens::{Token, Tokens};
use super::{Document, MAX_VALUES, lines_of, touches, within};
use crate::diagnostic::{Code, Finding, Findings};
use crate::source::Span;

pub(super) struct Parser<'t, 'o> {
    pub(super) text: &'t str,
    pub(super) tokens: Tokens<'t>,
    builder: Builder<'t, 'o>,
    findings: Findings,
    placeholders: &'o [Span],
    /// The lines of the placeholders.
    touched: Vec<Span>,
    /// Faults before this byte are follow-on noise.
    quiet_until: usize,
    pub(super) incomplete: bool,
    /// A value that was never closed ended where the next statement begins.
    pub(super) at_statement: bool,
    /// How many values, tables and parts of keys there were.
    pub(super) values: usize,
}

impl<'t, 'o> Parser<'t, 'o> {
    pub fn new(
        text: &'t str,
        placeholders: &'o [Span],
        from_macro: &'o dyn Fn(Span) -> bool,
    ) -> Self {
        Self {
            text,
            tokens: Tokens::new(text, 0),
            builder: Builder::new(from_macro),
            findings: Findings::default(),
            placeholders,
            touched: lines_of(text, placeholders),
            quiet_until: 0,
            incomplete: false,
            at_statement: false,
            values: 0,
        }
    }

    /// The document and what is wrong with it; and whether tables that macros wrote were merged, which
    /// would otherwise be defined twice.
    pub fn document(mut self) -> ((Document<'t>, Findings), bool) {
        loop {
            let token = self.tokens.peek();
            match token.kind {
                TokenKind::Eof => break,
                _ if self.values > MAX_VALUES => self.too_many(),
                TokenKind::Whitespace => self.tokens.space(),
                TokenKind::Newline => self.newline(),
                TokenKind::Comment => self.comment(),
                TokenKind::LeftSquareBracket => self.header(),
                _ => self.statement(),
            }
        }
        self.findings.sort();
        let document = Document {
            text: self.text,
            root: self.builder.root,
            incomplete: self.incomplete,
            touched: self.touched,
            placeholders: self.placeholders.to_vec(),
        };
        ((document, self.findings), self.builder.merged)
    }

    // Findings.

    /// Notes a syntax error at `span`, which spoils the text up to `until`. Says nothing if the text
    /// was spoiled already, or a placeholder stands there.
    pub(super) fn fault(
        &mut self,
        span: Span,
        until: usize,
        message: impl Into<String>,
    ) -> Option<&mut Finding> {
        let first = span.start >= self.quiet_until;
        self.quiet_until = self.quiet_until.max(until);
        if !first || touches(&self.touched, span) {
            return None;
        }
        let at = self.findings.add(Finding::new(Code::S101, span, message))?;
        self.findings.get_mut(at)
    }

    pub(super) fn fault_with_help(
        &mut self,
        span: Span,
        until: usize,
        message: String,
        help: &str,
    ) {
        if let Some(finding) = self.fault(span, until, message) {
            finding.help = Some(help.to_owned());
        }
    }

    pub(super) fn conflict(&mut self, conflict: Conflict) {
        if touches(&self.touched, conflict.span) {
            return;
        }
        let mut finding = Finding::new(Code::S102, conflict.span, conflict.message);
        finding.label = Some(conflict.label.to_owned());
        if let Some((span, message)) = conflict.first {
            finding = finding.note(span, message);
        }
        self.findings.push(finding);
    }

    /// Whether a placeholder stands within `span`.
    pub(super) fn is_placeholder(&self, span: Span) -> bool {
        within(self.placeholders, span)
    }

    /// The end of the line on which byte `at` stands.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |end| at + end)
    }

    // Lines.

    pub(super) fn newline(&mut self) {
        let token = self.tokens.bump();
        if token.span.of(self.text) == "\r" {
            self.fault_with_help(
                token.span,
                token.span.end,
                "a carriage return without a line feed".into(),
                "lines end with LF or CRLF",
            );
        }
    }

    pub(super) fn comment(&mut self) {
        let token = self.tokens.bump();
        if let Some(at) = scalar::comment(self.text, token.span) {
            self.fault(
                at,
                token.span.end,
                "a control character stands in a comment",
            );
        }
    }

    /// Notes that a statement was lost.
    fn lose_statement(&mut self, span: Span) {
        self.builder.current().incomplete = true;
        if self.is_placeholder(span) {
            // A call of a macro prints whole tables.
            self.incomplete = true;
        }
    }

    /// What must follow a statement: the end of the line.
    fn end_of_line(&mut self, after: &str) {
        if std::mem::take(&mut self.at_statement) {
            return;
        }
        self.tokens.space();
        let token = self.tokens.peek();
        match token.kind {
            TokenKind::Newline | TokenKind::Eof => {}
            TokenKind::Comment => self.comment(),
            _ => self.rest_of_line(token, after),
        }
    }

    /// Something follows a statement on its line.
    fn rest_of_line(&mut self, token: Token, after: &str) {
        let rest = Span::new(token.span.start, self.line_end(token.span.start));
        let word = token.span.of(self.text);
        if token.kind == TokenKind::Atom && word.starts_with(';') {
            self.fault_with_help(
                Span::new(token.span.start, token.span.start + 1),
                rest.end,
                "`;` does not separate settings".into(),
                "write each setting on a line of its own",
            );
            self.tokens.jump(token.span.start + 1);
            self.tokens.space();
            let next = self.tokens.peek();
            if next.kind == TokenKind::Newline || is_assignment(self.text, next.span.start) {
                return;
            }
        } else if is_assignment(self.text, token.span.start)
            || is_header(self.text, token.span.start)
        {
            self.fault_with_help(
                token.span,
                token.span.end,
                format!("`{}` must begin a line of its own", short(word)),
                &format!("break the line after the {after}"),
            );
            return;
        } else if token.kind == TokenKind::Comma {
            self.fault_with_help(
                token.span,
                rest.end,
                format!("a comma after the {after}"),
                "a line ends without one",
            );
            self.tokens.bump();
            self.tokens.space();
            let next = self.tokens.peek();
            if matches!(next.kind, TokenKind::Newline | TokenKind::Eof)
                || is_assignment(self.text, next.span.start)
            {
                return;
            }
        } else {
            let shown = Span::new(rest.start, rest.start + rest.of(self.text).trim_end().len());
            self.fault(
                shown,
                rest.end,
                format!(
                    "`{}` follows the {after} on its line",
                    short(shown.of(self.text))
                ),
            );
        }
        let end = self.tokens.skip_line();
        self.lose_statement(Span::new(rest.start, end.max(rest.start)));
    }

    /// Says that there are too many values, and goes to the end.
    pub(super) fn too_many(&mut self) {
        let span = self.tokens.peek().span;
        let message = format!("more than {MAX_VALUES} values: from here on nothing was read");
        self.findings.push(Finding::new(Code::T109, span, message));
        self.incomplete = true;
        self.builder.root.incomplete = true;
        self.quiet_until = self.text.len();
        self.tokens.jump(self.text.len());
    }

    // Headers.

    fn header(&mut self) {
        let open = self.tokens.bump();
        let second = self.tokens.take(TokenKind::LeftSquareBracket);
        let is_array = second.is_some();
        self.tokens.space();
        let inside = self.tokens.peek().span.start;
        let line_end = self.line_end(open.span.start);
        let path = self.key_path(line_end);
        let name = path
            .as_ref()
            .ok()
            .and_then(|path| Some(Span::new(path.first()?.span.start, path.last()?.span.end)))
            .unwrap_or(Span::at(inside));
        self.tokens.space();

        let mut close = self.tokens.peek().span.start;
        let mut closed = false;
        if let Some(bracket) = self.tokens.take(TokenKind::RightSquareBracket) {
            closed = !is_array;
            close = bracket.span.end;
            if is_array && let Some(bracket) = self.tokens.take(TokenKind::RightSquareBracket) {
                closed = true;
                close = bracket.span.end;
            }
        }
        let span = Span::new(open.span.start, close.max(open.span.end));
        let touched = self.is_placeholder(span);

        let Ok(path) = path else {
            self.tokens.skip_line();
            self.builder.detach();
            self.incomplete = true;
            return;
        };
        if !closed {
            let (shown, brackets) = if is_array { ("[[", "]]") } else { ("[", "]") };
            let at = Span::new(open.span.start, name.end);
            self.fault_with_help(
                at,
                line_end,
                format!("the table header `{}` is not closed", at.of(self.text)),
                &format!("write `{shown}{}{brackets}`", name.of(self.text)),
            );
            self.tokens.skip_line();
        }
        let header = Header {
            path,
            is_array,
            span,
            name,
            touched,
        };
        if let Err(conflict) = self.builder.open(header) {
            self.conflict(conflict);
        }
        if touched {
            self.builder.current().incomplete = true;
        }
        if closed {
            self.end_of_line("table header");
        }
    }

    // Statements.

    fn statement(&mut self) {
        let start = self.tokens.peek();
        let line = Span::new(start.span.start, self.line_end(start.span.start));
        if self.template_tag(line).is_some() {
            let end = self.tokens.skip_line();
            self.lose_statement(Span::new(line.start, end));
            self.incomplete = true;
            return;
        }
        let Ok(path) = self.key_path(line.end) else {
            let end = self.tokens.skip_line();
            self.lose_statement(Span::new(line.start, end.max(line.start)));
            return;
        };
        let keys = path
            .first()
            .zip(path.last())
            .map_or(start.span, |(first, last)| {
                Span::new(first.span.start, last.span.end)
            });
        self.tokens.space();
        if self.tokens.take(TokenKind::Equals).is_none() {
            self.no_assignment(keys, line);
            return;
        }
        let key_touched = self.is_placeholder(keys);
        let mut value = self.value_after_equals(keys, 0);
        value.touched |= key_touched;
        if key_touched {
            self.builder.current().incomplete = true;
        }
        if let Err(conflict) = self.builder.set(path, value) {
            self.conflict(conflict);
        }
        self.end_of_line("value");
    }

    /// A line that sets nothing.
    fn no_assignment(&mut self, keys: Span, line: Span) {
        let word = keys.of(self.text);
        let mut rest = line.of(self.text).trim_end();
        let after = rest.strip_prefix(word).map_or("", str::trim_start);
        if after.starts_with('#') {
            rest = word;
        }
        let shown = Span::new(line.start, line.start + rest.len());
        let mut help = "a setting is written `key = value`".to_owned();
        if let Some((key, value)) = rest.split_once(':')
            && !value.trim().is_empty()
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        {
            help = format!(
                "TOML has `=` between key and value: `{key} = {}`",
                value.trim()
            );
        }
        let message = if rest == word {
            format!(
                "`{}` stands alone: a key needs `=` and a value",
                short(word)
            )
        } else {
            format!("`{}` is no setting: there is no `=`", short(rest))
        };
        self.fault_with_help(shown, line.end, message, &help);
        let end = self.tokens.skip_line();
        self.lose_statement(Span::new(line.start, end.max(line.start)));
    }

    /// Notes a template tag that was left in the text at the next token.
    pub(super) fn template_tag(&mut self, line: Span) -> Option<Span> {
        let rest = line.of(self.text);
        let close = ["{{", "{%", "{#"]
            .iter()
            .find(|open| rest.starts_with(**open))
            .map(|open| {
                if *open == "{{" {
                    "}}"
                } else if *open == "{%" {
                    "%}"
                } else {
                    "#}"
                }
            })?;
        let length = rest.find(close).map_or(rest.trim_end().len(), |at| at + 2);
        let tag = Span::new(line.start, line.start + length);
        self.fault_with_help(
            tag,
            line.end,
            format!(
                "`{}` is a template tag, which is no TOML",
                short(tag.of(self.text))
            ),
            "a file with template tags is named `.clnrm.toml.tera`",
        );
        Some(tag)
    }
}
