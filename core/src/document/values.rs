//! Values: strings, numbers, arrays, inline tables; and where they end if nobody closed them.

use std::borrow::Cow;

use toml_parser::decoder::Encoding;
use toml_parser::lexer::TokenKind;

use super::lookahead::{self};
use super::parse::Parser;
use super::scalar::{self, short};
use super::tokens::Token;
use super::tree::{Kind, Node};
use super::{MAX_DEPTH, MAX_VALUES};
use crate::source::Span;

impl<'t> Parser<'t, '_> {
    /// The value that follows `=`; damaged if there is none.
    pub(super) fn value_after_equals(&mut self, keys: Span, depth: usize) -> Node<'t> {
        self.tokens.space();
        while self.tokens.kind() == TokenKind::Equals {
            let extra = self.tokens.bump();
            let end = self.line_end(extra.span.start);
            self.fault_with_help(extra.span, end, "a second `=`".into(), "write one `=`");
            self.tokens.space();
        }
        if depth > 0 {
            self.pass_lines(|next, text| {
                let ends = matches!(
                    next.kind,
                    TokenKind::Comma | TokenKind::RightCurlyBracket | TokenKind::Eof
                );
                !ends && !lookahead::is_assignment(text, next.span.start)
            });
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

    pub(super) fn damaged(&self, span: Span) -> Node<'t> {
        Node {
            kind: Kind::Damaged,
            span,
            touched: true,
        }
    }

    pub(super) fn value(&mut self, depth: usize) -> Node<'t> {
        let token = self.tokens.peek();
        self.values += 1;
        if self.values > MAX_VALUES {
            self.too_many();
            return self.damaged(Span::at(token.span.start));
        }
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
                self.at_statement = true;
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
}
