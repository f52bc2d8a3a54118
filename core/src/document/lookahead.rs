//! Guesses about what an author meant, for recovery: is this line a new statement, where does this
//! string end? Asked only where something is wrong already, or at the start of a line in an array.

use toml_parser::lexer::TokenKind;

use super::tokens::Tokens;

/// Whether an unquoted word could be a value: a number, a date, `true`, `false`, `inf`, `nan`.
pub(super) fn is_value_word(word: &str) -> bool {
    matches!(word, "true" | "false" | "inf" | "nan")
        || word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
}

const fn is_key(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString
    )
}

/// Whether `key =` or `a.b =` stands at byte `at`.
pub(super) fn is_assignment(text: &str, at: usize) -> bool {
    let mut tokens = Tokens::new(text, at);
    loop {
        tokens.space();
        if !is_key(tokens.bump().kind) {
            return false;
        }
        tokens.space();
        match tokens.bump().kind {
            TokenKind::Equals => return true,
            TokenKind::Dot => {}
            _ => return false,
        }
    }
}

/// Whether a `[header]` or `[[header]]` stands at byte `at`, and nothing else on its line. An array
/// such as `[1]` or `["a"]` is none.
pub(super) fn is_header(text: &str, at: usize) -> bool {
    let mut tokens = Tokens::new(text, at);
    if tokens.take(TokenKind::LeftSquareBracket).is_none() {
        return false;
    }
    let double = tokens.take(TokenKind::LeftSquareBracket).is_some();
    let mut first = true;
    loop {
        tokens.space();
        let word = tokens.bump();
        if !is_key(word.kind) || first && is_value_word(word.span.of(text)) {
            return false;
        }
        if first && word.kind != TokenKind::Atom {
            return false;
        }
        first = false;
        tokens.space();
        match tokens.bump().kind {
            TokenKind::Dot => {}
            TokenKind::RightSquareBracket => break,
            _ => return false,
        }
    }
    if double && tokens.take(TokenKind::RightSquareBracket).is_none() {
        return false;
    }
    tokens.space();
    matches!(
        tokens.kind(),
        TokenKind::Newline | TokenKind::Comment | TokenKind::Eof
    )
}

/// Whether the brace that encloses byte `at` is closed before the next header.
pub(super) fn brace_closes(text: &str, at: usize) -> bool {
    let mut tokens = Tokens::new(text, at);
    let mut depth = 0_usize;
    let mut line_start = false;
    loop {
        let token = tokens.peek();
        match token.kind {
            TokenKind::Eof => return false,
            TokenKind::LeftCurlyBracket => depth += 1,
            TokenKind::RightCurlyBracket if depth == 0 => return true,
            TokenKind::RightCurlyBracket => depth -= 1,
            TokenKind::LeftSquareBracket if line_start && is_header(text, token.span.start) => {
                return false;
            }
            _ => {}
        }
        line_start = match token.kind {
            TokenKind::Newline => true,
            TokenKind::Whitespace => line_start,
            _ => false,
        };
        tokens.bump();
    }
}

/// A string that opens at byte `open` with `quote` and is not closed on its line: where it ends if
/// the author let it run over lines (the byte after its closing quote); `None` if the closing quote
/// was forgotten.
///
/// It runs over lines if the next quote is followed by what may follow a value, and no line between
/// is a table header.
pub(super) fn multi_line_end(text: &str, open: usize, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    let end = loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if is_header_line(&bytes[at + 1..]) => return None,
            byte if byte == quote => break at,
            _ => {}
        }
        at += 1;
    };
    let after = text[end + 1..].trim_start_matches([' ', '\t']);
    let plausible = after.is_empty() || after.starts_with(['\n', '\r', '#', ',', ']', '}']);
    // A line that ends in a quote of its own: `a = "x` followed by `b = "y"` is two strings, of which
    // the first is not closed.
    let line = text[..end].rfind('\n').map_or(0, |at| at + 1);
    let own_line = is_assignment(text, line) && quote_count(&text[line..=end], quote) == 1 && {
        let value = text[line..end]
            .split_once('=')
            .map_or("", |(_, value)| value);
        value.trim().is_empty()
    };
    (plausible && !own_line).then_some(end + 1)
}

fn quote_count(text: &str, quote: u8) -> usize {
    text.bytes().filter(|byte| *byte == quote).count()
}

/// Whether a line that starts here is surely a header: brackets around bare words and dots only.
pub(super) fn is_header_line(line: &[u8]) -> bool {
    let open = line.iter().take_while(|b| **b == b'[').count();
    if !(1..=2).contains(&open) {
        return false;
    }
    let rest = &line[open..];
    let word = rest
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        .count();
    let close = rest[word..].iter().take_while(|b| **b == b']').count();
    let after = &rest[word + close..];
    word > 0
        && rest[0].is_ascii_alphabetic()
        && close == open
        && (after.is_empty() || matches!(after[0], b'\n' | b'\r' | b' ' | b'\t' | b'#'))
}

/// The start of the first line after byte `from` that is surely a header.
pub(super) fn next_header_line(text: &str, from: usize) -> Option<usize> {
    text[from..]
        .match_indices('\n')
        .map(|(at, _)| from + at + 1)
        .find(|line| is_header_line(&text.as_bytes()[*line..]))
}
