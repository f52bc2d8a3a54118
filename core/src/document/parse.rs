//! Statements: headers, keys, values; and how to go on after a mistake.
//!
//! One mistake, one finding: after a finding nothing more is said of syntax up to the end of what it
//! spoiled ([`Parser::fault`]).

use std::borrow::Cow;

use toml_parser::decoder::Encoding;
use toml_parser::lexer::TokenKind;

use super::build::{self, Builder, Conflict, Header};
use super::lookahead::{self, is_assignment, is_header};
use super::scalar::{self, short};
use super::tokens::{Token, Tokens};
use super::tree::{Array, Key, Kind, Node, Origin, Table};
use super::{Document, MAX_DEPTH, lines_of, touches};
use crate::diagnostic::{Code, Finding};
use crate::source::Span;

pub(super) struct Parser<'t, 'o> {
    text: &'t str,
    tokens: Tokens<'t>,
    builder: Builder<'t, 'o>,
    findings: Vec<Finding>,
    placeholders: &'o [Span],
    /// The lines of the placeholders.
    touched: Vec<Span>,
    /// Faults before this byte are follow-on noise.
    quiet_until: usize,
    incomplete: bool,
}

/// A value that could not be read in full.
struct Lost;

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
            findings: Vec::new(),
            placeholders,
            touched: lines_of(text, placeholders),
            quiet_until: 0,
            incomplete: false,
        }
    }

    pub fn document(mut self) -> (Document<'t>, Vec<Finding>) {
        loop {
            let token = self.tokens.peek();
            match token.kind {
                TokenKind::Eof => break,
                TokenKind::Whitespace => self.tokens.space(),
                TokenKind::Newline => self.newline(),
                TokenKind::Comment => self.comment(),
                TokenKind::LeftSquareBracket => self.header(),
                _ => self.statement(),
            }
        }
        self.findings.sort_by_key(|finding| match finding.at {
            crate::diagnostic::Anchor::Rendered(span) => span,
            crate::diagnostic::Anchor::Source(..) => Span::default(),
        });
        let document = Document {
            text: self.text,
            root: self.builder.root,
            incomplete: self.incomplete,
            touched: self.touched,
        };
        (document, self.findings)
    }

    // Findings.

    /// Notes a syntax error at `span`, which spoils the text up to `until`. Says nothing if the text
    /// was spoiled already, or a placeholder stands there.
    fn fault(
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
        self.findings.push(Finding::new(Code::S101, span, message));
        self.findings.last_mut()
    }

    fn fault_with_help(&mut self, span: Span, until: usize, message: String, help: &str) {
        if let Some(finding) = self.fault(span, until, message) {
            finding.help = Some(help.to_owned());
        }
    }

    fn conflict(&mut self, conflict: Conflict) {
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
    fn is_placeholder(&self, span: Span) -> bool {
        let first = self
            .placeholders
            .partition_point(|placeholder| placeholder.end <= span.start);
        self.placeholders
            .get(first)
            .is_some_and(|placeholder| placeholder.start < span.end)
    }

    /// The end of the line on which byte `at` stands.
    fn line_end(&self, at: usize) -> usize {
        self.text[at..]
            .find('\n')
            .map_or(self.text.len(), |end| at + end)
    }

    // Lines.

    fn newline(&mut self) {
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

    fn comment(&mut self) {
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
        if let Some(tag) = self.template_tag(line) {
            let _ = tag;
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
        let rest = line.of(self.text).trim_end();
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
    fn template_tag(&mut self, line: Span) -> Option<Span> {
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

    /// A key, dotted perhaps.
    fn key_path(&mut self, line_end: usize) -> Result<Vec<Key<'t>>, Lost> {
        let mut path = Vec::with_capacity(1);
        loop {
            self.tokens.space();
            let token = self.tokens.peek();
            let encoding = match token.kind {
                TokenKind::Atom => None,
                TokenKind::BasicString => Some(Encoding::BasicString),
                TokenKind::LiteralString => Some(Encoding::LiteralString),
                TokenKind::MlBasicString => Some(Encoding::MlBasicString),
                TokenKind::MlLiteralString => Some(Encoding::MlLiteralString),
                _ => {
                    self.missing_key(token, !path.is_empty(), line_end);
                    return Err(Lost);
                }
            };
            let (name, fault) = scalar::key(self.text, encoding, token.span);
            if let Some(fault) = fault {
                // `name: "x"` is no key with a strange character, it is YAML.
                let yaml = encoding.is_none()
                    && token.span.of(self.text).ends_with(':')
                    && !is_assignment(self.text, token.span.start);
                if yaml {
                    let line = Span::new(token.span.start, line_end);
                    self.no_assignment_of_yaml(line);
                } else if let Some(finding) = self.fault(fault.span, line_end, fault.message) {
                    finding.help = fault.help;
                }
                if yaml
                    || matches!(
                        encoding,
                        Some(Encoding::MlBasicString | Encoding::MlLiteralString)
                    )
                {
                    return Err(Lost);
                }
            }
            self.tokens.bump();
            path.push(Key {
                name,
                span: token.span,
            });
            if path.len() >= MAX_DEPTH {
                self.fault(
                    token.span,
                    line_end,
                    format!("a key of more than {MAX_DEPTH} parts"),
                );
                return Err(Lost);
            }
            let after = self.tokens.peek();
            self.tokens.space();
            if self.tokens.take(TokenKind::Dot).is_none() {
                let _ = after;
                return Ok(path);
            }
        }
    }

    fn no_assignment_of_yaml(&mut self, line: Span) {
        let rest = line.of(self.text).trim_end();
        let shown = Span::new(line.start, line.start + rest.len());
        let (key, value) = rest.split_once(':').unwrap_or((rest, ""));
        let help = format!(
            "TOML has `=` between key and value: `{key} = {}`",
            value.trim()
        );
        let message = format!("`{}` is no setting: there is no `=`", short(rest));
        self.fault_with_help(shown, line.end, message, &help);
    }

    fn missing_key(&mut self, token: Token, after_dot: bool, line_end: usize) {
        let word = token.span.of(self.text);
        let message = match token.kind {
            _ if after_dot => "a key ends in a dot".to_owned(),
            TokenKind::Equals => "a value without a key".to_owned(),
            TokenKind::Dot => "a key begins with a dot".to_owned(),
            TokenKind::Newline | TokenKind::Eof | TokenKind::RightSquareBracket => {
                "a name is missing".to_owned()
            }
            _ => format!("`{}` where a key should be", short(word)),
        };
        let span = if matches!(token.kind, TokenKind::Newline | TokenKind::Eof) {
            Span::at(token.span.start)
        } else {
            token.span
        };
        self.fault(span, line_end, message);
    }

    // Values.

    /// The value that follows `=`; damaged if there is none.
    fn value_after_equals(&mut self, keys: Span, depth: usize) -> Node<'t> {
        self.tokens.space();
        while self.tokens.kind() == TokenKind::Equals {
            let extra = self.tokens.bump();
            let end = self.line_end(extra.span.start);
            self.fault_with_help(extra.span, end, "a second `=`".into(), "write one `=`");
            self.tokens.space();
        }
        let token = self.tokens.peek();
        if matches!(
            token.kind,
            TokenKind::Newline | TokenKind::Comment | TokenKind::Eof | TokenKind::Comma
        ) {
            let end = self.line_end(token.span.start);
            let shown = short(keys.of(self.text));
            self.fault(keys, end, format!("`{shown}` has no value"));
            return self.damaged(Span::at(token.span.start));
        }
        self.value(depth)
    }

    fn damaged(&self, span: Span) -> Node<'t> {
        Node {
            kind: Kind::Damaged,
            span,
            touched: true,
        }
    }

    fn value(&mut self, depth: usize) -> Node<'t> {
        let token = self.tokens.peek();
        match token.kind {
            TokenKind::BasicString => self.string(Encoding::BasicString),
            TokenKind::LiteralString => self.string(Encoding::LiteralString),
            TokenKind::MlBasicString => self.string(Encoding::MlBasicString),
            TokenKind::MlLiteralString => self.string(Encoding::MlLiteralString),
            TokenKind::Atom | TokenKind::Dot => self.word(),
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket if depth >= MAX_DEPTH => {
                self.too_deep()
            }
            TokenKind::LeftSquareBracket => self.array(depth + 1),
            TokenKind::LeftCurlyBracket => self.inline_table(depth + 1),
            _ => {
                let end = self.line_end(token.span.start);
                let shown = short(token.span.of(self.text));
                self.fault(
                    token.span,
                    end,
                    format!("`{shown}` where a value should be"),
                );
                self.tokens.bump();
                self.damaged(token.span)
            }
        }
    }

    /// Passes over brackets that nest too deep, without recursion.
    fn too_deep(&mut self) -> Node<'t> {
        let start = self.tokens.peek().span;
        let mut depth = 0_usize;
        let end = loop {
            let token = self.tokens.bump();
            match token.kind {
                TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
                TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                    depth -= 1;
                    if depth == 0 {
                        break token.span.end;
                    }
                }
                TokenKind::Eof => break token.span.end,
                _ => {}
            }
        };
        self.fault(start, end, format!("values nest deeper than {MAX_DEPTH}"));
        self.damaged(Span::new(start.start, end))
    }

    fn string(&mut self, encoding: Encoding) -> Node<'t> {
        let token = self.tokens.peek();
        let source = token.span.of(self.text);
        if !scalar::is_closed(source, encoding) {
            return self.unclosed_string(token, encoding);
        }
        self.tokens.bump();
        let (value, fault) = scalar::string(self.text, encoding, token.span);
        let damaged = fault.is_some();
        if let Some(fault) = fault
            && let Some(finding) = self.fault(fault.span, token.span.end, fault.message)
        {
            finding.help = fault.help;
        }
        Node {
            kind: Kind::String(value),
            span: token.span,
            touched: damaged || self.is_placeholder(token.span),
        }
    }

    fn unclosed_string(&mut self, token: Token, encoding: Encoding) -> Node<'t> {
        let start = token.span.start;
        let line_end = self.line_end(start);
        let first_line = self.text[start..line_end].trim_end();
        let opening = Span::new(start, start + first_line.len());
        let (quote, wide) = match encoding {
            Encoding::BasicString => (b'"', "\"\"\""),
            Encoding::LiteralString => (b'\'', "'''"),
            Encoding::MlBasicString | Encoding::MlLiteralString => {
                let delimiter = Span::new(start, start + 3);
                let shown = delimiter.of(self.text);
                let end = lookahead::next_header_line(self.text, start).unwrap_or(self.text.len());
                self.fault_with_help(
                    delimiter,
                    end,
                    format!("the text that begins with `{shown}` is never closed"),
                    &format!("write `{shown}` where it ends"),
                );
                self.incomplete = true;
                self.tokens.jump(end);
                return self.damaged(Span::new(start, end));
            }
        };
        let quotes = char::from(quote);
        if let Some(end) = lookahead::multi_line_end(self.text, start, quote) {
            self.fault_with_help(
                opening,
                end,
                format!("a text in `{quotes}` runs over several lines"),
                &format!("put it between `{wide}` and `{wide}`"),
            );
            self.tokens.jump(end);
            return Node {
                kind: Kind::String(Cow::Borrowed(&self.text[start + 1..end - 1])),
                span: Span::new(start, end),
                touched: true,
            };
        }
        self.fault_with_help(
            opening,
            line_end,
            "the text is not closed at the end of the line".into(),
            &format!("write `{quotes}` where it ends"),
        );
        self.tokens.jump(opening.end);
        self.damaged(opening)
    }

    /// A number, a boolean, a date; or a text without quotes.
    fn word(&mut self) -> Node<'t> {
        let line = Span::at(self.tokens.peek().span.start);
        let mut span = line;
        while matches!(self.tokens.kind(), TokenKind::Atom | TokenKind::Dot) {
            span.end = self.tokens.bump().span.end;
        }
        let source = span.of(self.text);
        if source.len() == 10
            && source.as_bytes()[0].is_ascii_digit()
            && self.text[span.end..].starts_with(' ')
            && self
                .text
                .as_bytes()
                .get(span.end + 1)
                .is_some_and(u8::is_ascii_digit)
            && super::datetime::is_datetime(source)
        {
            self.tokens.jump(span.end + 1);
            while matches!(self.tokens.kind(), TokenKind::Atom | TokenKind::Dot) {
                span.end = self.tokens.bump().span.end;
            }
        }
        let (kind, fault) = scalar::word(self.text, span);
        let touched = self.is_placeholder(span);
        let kind = match kind {
            Some(kind) if fault.is_none() => kind,
            _ => {
                if let Some(mut fault) = fault {
                    let more = self.unquoted_rest(span);
                    if more.end > span.end {
                        fault = scalar::unquoted(more.of(self.text), more);
                        span = more;
                    }
                    let end = self.line_end(span.end);
                    if let Some(finding) = self.fault(fault.span, end, fault.message) {
                        finding.help = fault.help;
                    }
                }
                return Node {
                    kind: Kind::Damaged,
                    span,
                    touched: true,
                };
            }
        };
        Node {
            kind,
            span,
            touched,
        }
    }

    /// A text without quotes goes on up to what ends a value.
    fn unquoted_rest(&mut self, span: Span) -> Span {
        let mut end = span.end;
        loop {
            match self.tokens.kind() {
                TokenKind::Whitespace => {
                    self.tokens.bump();
                }
                TokenKind::Atom | TokenKind::Dot => {
                    if self.tokens.peek().span.of(self.text).starts_with(';') {
                        break;
                    }
                    end = self.tokens.bump().span.end;
                }
                TokenKind::BasicString | TokenKind::LiteralString | TokenKind::Equals => {
                    end = self.tokens.bump().span.end;
                }
                _ => break,
            }
        }
        Span::new(span.start, end)
    }

    fn array(&mut self, depth: usize) -> Node<'t> {
        let open = self.tokens.bump();
        let mut array = Array::default();
        let mut needs_comma = false;
        let mut line_start = false;
        let end = loop {
            let token = self.tokens.peek();
            if line_start && self.begins_statement(token) {
                self.unclosed(open, token.span.start, "array", "]");
                array.incomplete = true;
                break token.span.start;
            }
            match token.kind {
                TokenKind::Whitespace => {
                    self.tokens.bump();
                    continue;
                }
                TokenKind::Newline => {
                    self.newline();
                    line_start = true;
                    continue;
                }
                TokenKind::Comment => {
                    self.comment();
                    continue;
                }
                TokenKind::RightSquareBracket => {
                    self.tokens.bump();
                    break token.span.end;
                }
                TokenKind::Eof | TokenKind::RightCurlyBracket => {
                    self.unclosed(open, token.span.start, "array", "]");
                    array.incomplete = true;
                    break token.span.start;
                }
                TokenKind::Comma => {
                    if !needs_comma {
                        let end = self.line_end(token.span.start);
                        self.fault(token.span, end, "a comma without a value before it");
                    }
                    self.tokens.bump();
                    needs_comma = false;
                }
                TokenKind::Equals => {
                    let end = self.line_end(token.span.start);
                    self.fault(token.span, end, "`=` stands in an array");
                    self.tokens.bump();
                    array.incomplete = true;
                }
                _ => {
                    if needs_comma {
                        self.missing_comma(token, array.items.last().map(|node| node.span.end));
                    }
                    let item = self.value(depth);
                    if self.tokens.kind() == TokenKind::Equals
                        && line_start
                        && is_assignment(self.text, token.span.start)
                    {
                        // A quoted key: the array ended before it.
                        self.tokens.jump(token.span.start);
                        self.unclosed(open, token.span.start, "array", "]");
                        array.incomplete = true;
                        break token.span.start;
                    }
                    array.incomplete |= matches!(item.kind, Kind::Damaged);
                    array.items.push(item);
                    needs_comma = true;
                }
            }
            line_start = false;
        };
        let span = Span::new(open.span.start, end);
        let touched = array.incomplete || self.is_placeholder(span);
        Node {
            kind: Kind::Array(array),
            span,
            touched,
        }
    }

    /// Whether a new statement begins here, although a bracket is still open.
    fn begins_statement(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Atom => {
                !lookahead::is_value_word(token.span.of(self.text))
                    && is_assignment(self.text, token.span.start)
            }
            TokenKind::LeftSquareBracket => is_header(self.text, token.span.start),
            _ => false,
        }
    }

    fn unclosed(&mut self, open: Token, until: usize, what: &str, close: &str) {
        let place = open.span;
        self.fault_with_help(
            place,
            until,
            format!("the {what} that begins here is never closed"),
            &format!("write `{close}` where it ends"),
        );
    }

    fn missing_comma(&mut self, token: Token, after: Option<usize>) {
        let at = after.unwrap_or(token.span.start);
        let end = self.line_end(token.span.start);
        let shown = short(token.span.of(self.text));
        let span = token.span;
        let message = format!("a comma is missing before `{shown}`");
        if let Some(finding) = self.fault(span, end, message) {
            finding.help = Some("values are separated by commas".to_owned());
            *finding = finding
                .clone()
                .safe_repair([(Span::at(at), ",".to_owned())]);
        }
    }

    fn inline_table(&mut self, depth: usize) -> Node<'t> {
        let open = self.tokens.peek();
        let line = Span::new(open.span.start, self.line_end(open.span.start));
        if let Some(tag) = self.template_tag_value(line) {
            return tag;
        }
        self.tokens.bump();
        let mut table = Table::new(Origin::Inline, open.span);
        let mut needs_comma = None;
        let mut line_start = false;
        let end = loop {
            let token = self.tokens.peek();
            if line_start && token.kind == TokenKind::LeftSquareBracket
                || line_start
                    && needs_comma.is_some()
                    && self.begins_statement(token)
                    && !lookahead::brace_closes(self.text, token.span.start)
            {
                self.unclosed(open, token.span.start, "table", "}");
                table.incomplete = true;
                break token.span.start;
            }
            match token.kind {
                TokenKind::Whitespace => {
                    self.tokens.bump();
                    continue;
                }
                TokenKind::Newline => {
                    self.newline();
                    line_start = true;
                    continue;
                }
                TokenKind::Comment => {
                    self.comment();
                    continue;
                }
                TokenKind::RightCurlyBracket => {
                    self.tokens.bump();
                    break token.span.end;
                }
                TokenKind::Eof | TokenKind::RightSquareBracket => {
                    self.unclosed(open, token.span.start, "table", "}");
                    table.incomplete = true;
                    break token.span.start;
                }
                TokenKind::Comma => {
                    if needs_comma.is_none() {
                        let end = self.line_end(token.span.start);
                        self.fault(token.span, end, "a comma without a setting before it");
                    }
                    self.tokens.bump();
                    needs_comma = None;
                }
                _ => {
                    if let Some(after) = needs_comma {
                        self.missing_comma(token, Some(after));
                    }
                    needs_comma = Some(self.inline_entry(&mut table, depth));
                }
            }
            line_start = false;
        };
        Node {
            span: Span::new(open.span.start, end),
            touched: table.incomplete,
            kind: Kind::Table(table),
        }
    }

    /// One `key = value` of an inline table. Returns where it ends.
    fn inline_entry(&mut self, table: &mut Table<'t>, depth: usize) -> usize {
        let start = self.tokens.peek().span.start;
        let line_end = self.line_end(start);
        let lost = |parser: &mut Self, table: &mut Table<'t>| {
            table.incomplete = true;
            parser.skip_inline_entry()
        };
        let Ok(path) = self.key_path(line_end) else {
            return lost(self, table);
        };
        let keys = path
            .first()
            .zip(path.last())
            .map_or(Span::at(start), |(first, last)| {
                Span::new(first.span.start, last.span.end)
            });
        self.tokens.space();
        if self.tokens.take(TokenKind::Equals).is_none() {
            let shown = short(keys.of(self.text));
            self.fault_with_help(
                keys,
                line_end,
                format!("`{shown}` stands alone: a key needs `=` and a value"),
                "a setting is written `key = value`",
            );
            return lost(self, table);
        }
        let mut value = self.value_after_equals(keys, depth);
        let key_touched = self.is_placeholder(keys);
        value.touched |= key_touched;
        table.incomplete |= key_touched;
        let end = value.span.end;
        if let Err(conflict) = build::set(table, path, value, true) {
            self.conflict(conflict);
        }
        end
    }

    /// Passes over the rest of an entry that was lost.
    fn skip_inline_entry(&mut self) -> usize {
        let mut end = self.tokens.peek().span.start;
        while !matches!(
            self.tokens.kind(),
            TokenKind::Comma | TokenKind::RightCurlyBracket | TokenKind::Newline | TokenKind::Eof
        ) {
            end = self.tokens.bump().span.end;
        }
        end
    }

    /// A template tag where a value should be.
    fn template_tag_value(&mut self, line: Span) -> Option<Node<'t>> {
        let rest = line.of(self.text);
        if !rest.starts_with("{{") && !rest.starts_with("{%") {
            return None;
        }
        let tag = self.template_tag(line)?;
        self.tokens.jump(tag.end);
        Some(self.damaged(tag))
    }
}
