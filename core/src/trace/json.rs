//! JSON as a tree in which every value knows its byte.
//!
//! Not `serde_json`: what is wrong with a trace is said at the very value that is wrong, also where
//! that is no fault of the JSON (an id, a time); and the browser need not carry another library.

use std::borrow::Cow;

use super::MAX_DEPTH;
use super::error::Fault;

/// A value and the byte at which it starts.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Node<'t> {
    pub at: usize,
    pub kind: Kind<'t>,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Kind<'t> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'t str),
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Object(Vec<(Cow<'t, str>, Node<'t>)>),
}

impl Kind<'_> {
    /// What it is, as people call it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Reads one value, and nothing but blanks after it.
pub(super) fn parse(bytes: &[u8]) -> Result<Node<'_>, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Fault::new(error.valid_up_to(), "these bytes are no UTF-8"))?;
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(Fault::new(parser.at, "nothing may follow the value"));
    }
    Ok(value)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// What is wrong here, where `wanted` was expected.
    fn unexpected(&self, wanted: &str) -> Fault {
        match self.text[self.at..].chars().next() {
            Some(found) => Fault::new(
                self.at,
                format!("{wanted} is expected here, not `{}`", found.escape_debug()),
            ),
            None => Fault::new(self.at, format!("the file ends where {wanted} is expected"))
                .help("the file is cut off: copy the whole of it"),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node<'t>, Fault> {
        self.blanks();
        let at = self.at;
        if depth > MAX_DEPTH {
            return Err(Fault::new(
                at,
                format!("values are nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            Some(b't') => self.word("true", Kind::Bool(true))?,
            Some(b'f') => self.word("false", Kind::Bool(false))?,
            Some(b'n') => self.word("null", Kind::Null)?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { at, kind })
    }

    fn word(&mut self, word: &str, kind: Kind<'t>) -> Result<Kind<'t>, Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.unexpected("a value"));
        }
        self.at += word.len();
        Ok(kind)
    }

    fn object(&mut self, depth: usize) -> Result<Kind<'t>, Fault> {
        let mut entries = Vec::new();
        self.at += 1;
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(entries));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a name in quotes"));
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            entries.push((key, value));
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("`,` or `}`")),
            }
        }
        self.at += 1;
        Ok(Kind::Object(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Kind<'t>, Fault> {
        let mut items = Vec::new();
        self.at += 1;
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("`,` or `]`")),
            }
        }
        self.at += 1;
        Ok(Kind::List(items))
    }

    fn number(&mut self) -> Result<&'t str, Fault> {
        let start = self.at;
        let digits = |parser: &mut Self| {
            let from = parser.at;
            while matches!(parser.peek(), Some(b'0'..=b'9')) {
                parser.at += 1;
            }
            parser.at > from
        };
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.at;
        if !digits(self) {
            return Err(self.unexpected("a digit"));
        }
        if leading_zero && self.at > whole + 1 {
            return Err(Fault::new(whole, "a number may not start with 0"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !digits(self) {
                return Err(self.unexpected("a digit"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !digits(self) {
                return Err(self.unexpected("a digit"));
            }
        }
        Ok(&self.text[start..self.at])
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Fault> {
        self.at += 1;
        let start = self.at;
        let mut made = String::new();
        let mut from = start;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    made.push_str(&self.text[from..self.at]);
                    let escaped = self.escape()?;
                    made.push(escaped);
                    from = self.at;
                }
                Some(0..=0x1f) => {
                    return Err(Fault::new(
                        self.at,
                        "a control character within a string must be escaped",
                    ));
                }
                Some(_) => self.at += 1,
                None => {
                    return Err(Fault::new(start - 1, "the string is not closed")
                        .help("the file is cut off: copy the whole of it"));
                }
            }
        }
        let end = self.at;
        self.at += 1;
        if made.is_empty() && from == start {
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        made.push_str(&self.text[from..end]);
        Ok(Cow::Owned(made))
    }

    /// One escape. Half of a surrogate pair becomes U+FFFD, as most readers have it.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.at += 1;
        let Some(kind) = self.peek() else {
            return Err(self.unexpected("an escape"));
        };
        let plain = match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode(start);
            }
            _ => return Err(Fault::new(start, "unknown escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode(&mut self, start: usize) -> Result<char, Fault> {
        let bad = || Fault::new(start, "`\\u` must be followed by four hexadecimal digits");
        let high = self.four_digits().ok_or_else(bad)?;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.four_digits().ok_or_else(bad)?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (usize, String) {
        let fault = parse(text.as_bytes()).unwrap_err();
        (fault.at, fault.message)
    }

    #[test]
    fn strings_are_decoded() {
        let node = parse(br#""a\n\u00e9\ud83d\ude00\ud800x""#).unwrap();
        assert_eq!(node.kind, Kind::Text("a\né😀\u{fffd}x".into()));
        let Kind::Text(Cow::Borrowed(plain)) = parse(b"\"plain\"").unwrap().kind else {
            panic!("copied without need");
        };
        assert_eq!(plain, "plain");
    }

    #[test]
    fn values_know_their_byte() {
        let node = parse(br#" {"a": [1, -2.5e3]} "#).unwrap();
        let Kind::Object(entries) = node.kind else {
            panic!("no object");
        };
        let Kind::List(items) = &entries[0].1.kind else {
            panic!("no list");
        };
        let found: Vec<_> = items.iter().map(|item| (item.at, &item.kind)).collect();
        assert_eq!(
            found,
            [(8, &Kind::Number("1")), (11, &Kind::Number("-2.5e3"))]
        );
    }

    #[test]
    fn faults_have_a_place() {
        for (text, at) in [
            ("", 0),
            ("{", 1),
            ("{\"a\" 1}", 5),
            ("{a: 1}", 1),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("{\"a\": tru}", 6),
            ("\"a", 0),
            ("\"a\\x\"", 2),
            ("\"\\u12g4\"", 1),
            ("01", 0),
            ("1.", 2),
            ("1e", 2),
            ("{} {}", 3),
            ("\"a\nb\"", 2),
        ] {
            assert_eq!(fault(text).0, at, "{text}: {:?}", fault(text));
        }
        assert_eq!(parse(b"\"\xff\"").unwrap_err().at, 1);
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "[".repeat(100_000);
        assert!(fault(&deep).1.contains("nested"));
    }
}
