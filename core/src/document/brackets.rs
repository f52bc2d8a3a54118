//! Arrays and inline tables, and where they end if nobody closed them.

use toml_parser::lexer::TokenKind;

use super::build;
use super::lookahead::{self, is_assignment, is_header};
use super::parse::Parser;
use super::scalar::short;
use super::tokens::{Token, Tokens};
use super::tree::{Array, Kind, Node, Origin, Table};
use crate::source::Span;

impl<'t> Parser<'t, '_> {
    pub(super) fn array(&mut self, depth: usize) -> Node<'t> {
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
                    self.unclosed(open, self.line_end(token.span.start), "array", "]");
                    self.at_statement = false;
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
                    if self.at_statement {
                        // An array within it was never closed; then neither was this one.
                        array.incomplete = true;
                        array.items.push(item);
                        break self.tokens.peek().span.start;
                    }
                    self.tokens.space();
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
        self.at_statement = true;
        self.fault_with_help(
            open.span,
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

    pub(super) fn inline_table(&mut self, depth: usize) -> Node<'t> {
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
                    self.unclosed(open, self.line_end(token.span.start), "table", "}");
                    self.at_statement = false;
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
                    if std::mem::take(&mut self.at_statement) {
                        let at = self.tokens.peek().span.start;
                        table.incomplete = true;
                        needs_comma = None;
                        if !lookahead::brace_closes(self.text, at) {
                            self.at_statement = true;
                            break at;
                        }
                    }
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
        self.pass_lines(|next, _| next.kind == TokenKind::Equals);
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

    /// Passes over spaces, and over line ends and comments if what is `wanted` follows them: within
    /// braces `toml` lets them stand on both sides of `=`.
    pub(super) fn pass_lines(&mut self, wanted: impl Fn(Token, &str) -> bool) {
        self.tokens.space();
        let mut ahead = Tokens::new(self.text, self.tokens.peek().span.start);
        while matches!(
            ahead.kind(),
            TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment
        ) {
            ahead.bump();
        }
        let next = ahead.peek();
        if !wanted(next, self.text) {
            return;
        }
        while self.tokens.peek().span.start < next.span.start {
            match self.tokens.kind() {
                TokenKind::Newline => self.newline(),
                TokenKind::Comment => self.comment(),
                _ => {
                    self.tokens.bump();
                }
            }
        }
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
