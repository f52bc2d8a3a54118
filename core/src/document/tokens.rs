//! A stream of tokens with one token of lookahead, which can be set back or forward.

use toml_parser::Source;
use toml_parser::lexer::{Lexer, TokenKind};

use crate::source::Span;

/// A token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

pub(super) struct Tokens<'t> {
    text: &'t str,
    base: usize,
    lexer: Lexer<'t>,
    next: Token,
    /// The one after it, where that is known already.
    after: Option<Token>,
}

/// A byte order mark.
const MARK: char = '\u{feff}';

impl<'t> Tokens<'t> {
    /// The tokens of `text` from byte `from` on, which must be a character boundary.
    pub fn new(text: &'t str, from: usize) -> Self {
        let mut tokens = Self {
            text,
            base: from,
            lexer: Source::new(&text[from..]).lex(),
            next: Token {
                kind: TokenKind::Eof,
                span: Span::at(from),
            },
            after: None,
        };
        tokens.next = tokens.pull();
        if from > 0 && text[from..].starts_with(MARK) {
            // The lexer passes over a mark where it begins. In the middle of a text it is a letter
            // like any other.
            let first = tokens.next;
            tokens.next = Token {
                kind: TokenKind::Atom,
                span: Span::new(from, from + MARK.len_utf8()),
            };
            if first.kind == TokenKind::Atom {
                tokens.next.span.end = first.span.end;
            } else {
                tokens.after = Some(first);
            }
        }
        tokens
    }

    fn pull(&mut self) -> Token {
        match self.lexer.next() {
            Some(token) => Token {
                kind: token.kind(),
                span: Span::new(
                    self.base + token.span().start(),
                    self.base + token.span().end(),
                ),
            },
            None => Token {
                kind: TokenKind::Eof,
                span: Span::at(self.text.len()),
            },
        }
    }

    /// The next token, which stays.
    pub const fn peek(&self) -> Token {
        self.next
    }

    /// The kind of the next token.
    pub const fn kind(&self) -> TokenKind {
        self.next.kind
    }

    /// Takes the next token.
    pub fn bump(&mut self) -> Token {
        let token = self.next;
        self.next = self.after.take().unwrap_or_else(|| self.pull());
        token
    }

    /// Takes the next token if it is of this kind.
    pub fn take(&mut self, kind: TokenKind) -> Option<Token> {
        (self.next.kind == kind).then(|| self.bump())
    }

    /// Passes over spaces and tabs.
    pub fn space(&mut self) {
        while self.next.kind == TokenKind::Whitespace {
            self.bump();
        }
    }

    /// Goes on at byte `at`, a character boundary.
    pub fn jump(&mut self, at: usize) {
        *self = Self::new(self.text, at);
    }

    /// Passes over everything up to the end of the line, which stays. Returns where that is.
    pub fn skip_line(&mut self) -> usize {
        // Not by tokens: a multi-line string that begins here would take whole lines along.
        let from = self.next.span.start;
        if matches!(self.next.kind, TokenKind::Newline | TokenKind::Eof) {
            return from;
        }
        let end = self.text[from..]
            .find('\n')
            .map_or(self.text.len(), |at| from + at);
        let end = match self.text[from..end].strip_suffix('\r') {
            Some(line) => from + line.len(),
            None => end,
        };
        self.jump(end);
        end
    }
}
