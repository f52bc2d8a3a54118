//! A cursor over the bytes of a tag.
//!
//! Tera's words are few and depend on where they stand (`in`, `is`, `not` are names elsewhere), so
//! the parser asks for what it expects instead of being handed tokens.

use super::ast::Problem;
use crate::diagnostic::short;
use crate::source::Span;

/// A place in the text, up to an end it does not pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    pub text: &'t str,
    pub at: usize,
    pub end: usize,
}

/// What Tera takes for white space within tags.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// What may stand in a name.
pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl<'t> Cursor<'t> {
    /// The next byte; 0 at the end. (A zero byte in the text reads the same and parses as nothing.)
    pub fn peek(&self) -> u8 {
        self.peek_at(0)
    }

    pub fn peek_at(&self, ahead: usize) -> u8 {
        let at = self.at + ahead;
        if at < self.end {
            self.text.as_bytes()[at]
        } else {
            0
        }
    }

    pub fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    pub fn is_done(&self) -> bool {
        self.at >= self.end
    }

    pub fn skip_space(&mut self) {
        while self.at < self.end && is_space(self.peek()) {
            self.at += 1;
        }
    }

    /// Takes `text` if it stands here.
    pub fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// The name that begins here: a letter or `_`, then letters, digits, `_`.
    pub fn peek_name(&self) -> Option<&'t str> {
        let first = self.peek();
        if !(first.is_ascii_alphabetic() || first == b'_') {
            return None;
        }
        let length = self
            .rest()
            .bytes()
            .position(|byte| !is_word(byte))
            .unwrap_or(self.end - self.at);
        self.rest().get(..length)
    }

    pub fn name(&mut self) -> Option<(&'t str, Span)> {
        let name = self.peek_name()?;
        let span = Span::new(self.at, self.at + name.len());
        self.at = span.end;
        Some((name, span))
    }

    /// Whether exactly this word stands here.
    pub fn at_word(&self, word: &str) -> bool {
        self.peek_name() == Some(word)
    }

    pub fn eat_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Whether the tag ends here: `}}`, `%}`, each perhaps after `-`.
    pub fn at_tag_end(&self) -> bool {
        let from = usize::from(self.peek() == b'-');
        matches!(
            (self.peek_at(from), self.peek_at(from + 1)),
            (b'}', b'}') | (b'%', b'}')
        )
    }

    /// A text in quotes, without them. There are no escapes.
    pub fn string(&mut self) -> Option<Result<(&'t str, Span), Problem>> {
        let quote = self.peek();
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return None;
        }
        let start = self.at;
        let inner = &self.rest()[1..];
        Some(match inner.find(char::from(quote)) {
            Some(length) => {
                self.at = start + length + 2;
                Ok((&inner[..length], Span::new(start, self.at)))
            }
            None => Err(Problem::syntax(
                Span::new(start, start + 1),
                "a string that is not closed",
            )
            .label(format!("no `{}` follows", char::from(quote)))),
        })
    }

    /// What stands here, as a message names it, and how long it is.
    pub fn describe(&self) -> (String, Span) {
        if self.is_done() {
            return ("the end of the text".into(), Span::at(self.end));
        }
        let rest = self.rest();
        let length = if let Some(name) = self.peek_name() {
            name.len()
        } else if self.at_tag_end() {
            2 + usize::from(self.peek() == b'-')
        } else if self.peek().is_ascii_digit() {
            rest.bytes().take_while(u8::is_ascii_digit).count()
        } else if matches!(self.peek(), b'"' | b'\'' | b'`') {
            let quote = char::from(self.peek());
            match rest[1..].find(quote) {
                Some(length) if length < 40 && !rest[1..=length].contains('\n') => length + 2,
                _ => 1,
            }
        } else if [
            "==", "!=", "<=", ">=", "::", "&&", "||", "{{", "{%", "**", "//",
        ]
        .iter()
        .any(|symbol| rest.starts_with(symbol))
        {
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        let span = Span::new(self.at, (self.at + length).min(self.end));
        (format!("`{}`", short(span.of(self.text))), span)
    }
}
