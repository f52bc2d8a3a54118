//! Keys, and what stands where a key should be.

use toml_parser::decoder::Encoding;
use toml_parser::lexer::TokenKind;

use super::MAX_DEPTH;
use super::lookahead::is_assignment;
use super::parse::Parser;
use super::scalar::{self, short};
use super::tokens::Token;
use super::tree::Key;
use crate::source::Span;

/// The key cannot be told; what is wrong was said.
pub(super) struct Lost;

impl<'t> Parser<'t, '_> {
    /// A key, dotted perhaps.
    pub(super) fn key_path(&mut self, line_end: usize) -> Result<Vec<Key<'t>>, Lost> {
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
            self.values += 1;
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
            self.tokens.space();
            if self.tokens.take(TokenKind::Dot).is_none() {
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
}
