//! Strings, numbers, booleans, dates.

use std::borrow::Cow;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::{ParseError, Raw};

use super::Kind;
use super::datetime::is_datetime;
pub(super) use crate::diagnostic::short;
use crate::source::Span;

/// What is wrong with a scalar.
#[derive(Debug)]
pub(super) struct Fault {
    pub span: Span,
    pub message: String,
    pub help: Option<String>,
}

impl Fault {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

fn raw(text: &str, encoding: Option<Encoding>, span: Span) -> Raw<'_> {
    let at = toml_parser::Span::new_unchecked(span.start, span.end);
    Raw::new_unchecked(span.of(text), encoding, at)
}

/// Whether the string token is closed; the lexer ends it at the end of the line if it is not.
pub(super) fn is_closed(text: &str, encoding: Encoding) -> bool {
    let (quote, length) = match encoding {
        Encoding::BasicString => ("\"", 1),
        Encoding::LiteralString => ("'", 1),
        Encoding::MlBasicString => ("\"\"\"", 3),
        Encoding::MlLiteralString => ("'''", 3),
    };
    if text.len() < 2 * length || !text.ends_with(quote) {
        return false;
    }
    if matches!(
        encoding,
        Encoding::LiteralString | Encoding::MlLiteralString
    ) {
        return true;
    }
    let inner = &text[length..text.len() - length];
    let inner = inner.trim_end_matches('"');
    let slashes = inner.bytes().rev().take_while(|b| *b == b'\\').count();
    // A quote that is escaped does not close.
    slashes.is_multiple_of(2) || inner.len() + length < text.len() - length
}

/// The value of a closed string.
pub(super) fn string<'t>(
    text: &'t str,
    encoding: Encoding,
    span: Span,
) -> (Cow<'t, str>, Option<Fault>) {
    let source = span.of(text);
    if matches!(encoding, Encoding::BasicString | Encoding::LiteralString)
        && source.len() >= 2
        && source
            .bytes()
            .all(|b| b != b'\\' && (b >= b' ' || b == b'\t') && b != 0x7f)
    {
        return (Cow::Borrowed(&source[1..source.len() - 1]), None);
    }
    let mut value = Cow::Borrowed("");
    let mut faults: Vec<ParseError> = Vec::new();
    let _ = raw(text, Some(encoding), span).decode_scalar(&mut value, &mut faults);
    let fault = faults.first().map(|fault| string_fault(text, span, fault));
    (value, fault)
}

fn string_fault(text: &str, span: Span, fault: &ParseError) -> Fault {
    let at = fault.unexpected().map_or(span.start, |at| at.start());
    let at = text.floor_char_boundary(at.clamp(span.start, span.end));
    let found = text[at..span.end].chars().next();
    let place = Span::new(at, at + found.map_or(0, char::len_utf8));
    if text[span.start..at].ends_with('\\')
        && let Some(found) = found
        && fault.description() == "missing escaped value"
    {
        let escape = Span::new(at - 1, place.end);
        return Fault::new(escape, format!("`\\{found}` is no escape sequence of TOML")).help(
            format!("write `\\\\{found}` for a backslash, or put the text in single quotes"),
        );
    }
    match fault.description() {
        "too few unicode value digits" | "invalid value" => Fault::new(
            place,
            "the escape sequence does not stand for a Unicode character",
        ),
        "carriage return must be followed by newline" => {
            Fault::new(place, "a carriage return without a line feed")
        }
        _ => match found {
            Some(found) if found.is_control() => Fault::new(
                place,
                format!(
                    "the control character U+{:04X} stands in a string",
                    u32::from(found)
                ),
            )
            .help(format!(
                "write `\\u{:04x}` in double quotes",
                u32::from(found)
            )),
            _ => Fault::new(place, format!("{} in a string", fault.description())),
        },
    }
}

/// The name that a key token stands for.
pub(super) fn key<'t>(
    text: &'t str,
    encoding: Option<Encoding>,
    span: Span,
) -> (Cow<'t, str>, Option<Fault>) {
    let source = span.of(text);
    let Some(encoding) = encoding else {
        let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let fault = source.bytes().position(|b| !bare(b)).map(|at| {
            let found = source[at..].chars().next().unwrap_or_default();
            let place = Span::new(span.start + at, span.start + at + found.len_utf8());
            let mut fault = Fault::new(place, format!("`{found}` needs quotes in a key"));
            if !source.contains(['"', '\'']) && source.len() <= 60 {
                fault = fault.help(format!("write `\"{source}\"`"));
            }
            fault
        });
        return (Cow::Borrowed(source), fault);
    };
    match encoding {
        Encoding::BasicString | Encoding::LiteralString if is_closed(source, encoding) => {
            string(text, encoding, span)
        }
        Encoding::BasicString | Encoding::LiteralString => {
            let fault = Fault::new(span, "the key's quotes are not closed");
            (Cow::Borrowed(source), Some(fault))
        }
        Encoding::MlBasicString | Encoding::MlLiteralString => {
            let fault = Fault::new(span, "a key cannot be a multi-line string");
            (Cow::Borrowed(source), Some(fault))
        }
    }
}

/// The value of an unquoted word; `None` if it is none.
pub(super) fn word<'t>(text: &'t str, span: Span) -> (Option<Kind<'t>>, Option<Fault>) {
    let source = span.of(text);
    match source {
        "true" => return (Some(Kind::Boolean(true)), None),
        "false" => return (Some(Kind::Boolean(false)), None),
        _ => {}
    }
    if let Some(number) = small_integer(source) {
        return (Some(Kind::Integer(number)), None);
    }
    let mut digits = Cow::Borrowed("");
    let mut faults: Vec<ParseError> = Vec::new();
    let kind = raw(text, None, span).decode_scalar(&mut digits, &mut faults);
    let fault = faults.first().map(|fault| word_fault(source, span, fault));
    if fault.is_some() {
        return (None, fault);
    }
    match kind {
        ScalarKind::Boolean(value) => (Some(Kind::Boolean(value)), None),
        ScalarKind::Integer(radix) => match integer(&digits, radix.value()) {
            Some(value) => (Some(Kind::Integer(value)), None),
            None => (None, Some(unquoted(source, span))),
        },
        ScalarKind::Float => match digits.parse() {
            Ok(value) => (Some(Kind::Float(value)), None),
            Err(_) => (None, Some(unquoted(source, span))),
        },
        ScalarKind::DateTime if is_datetime(source) => (Some(Kind::Datetime(source)), None),
        ScalarKind::DateTime => {
            let fault = Fault::new(span, format!("`{}` is no date or time", short(source)))
                .help("a text needs quotes; a date-time is written like 2025-01-01T00:00:00Z");
            (None, Some(fault))
        }
        ScalarKind::String => (None, Some(unquoted(source, span))),
    }
}

fn small_integer(source: &str) -> Option<i128> {
    let plain = source.len() <= 18
        && !source.is_empty()
        && source.bytes().all(|b| b.is_ascii_digit())
        && (source.len() == 1 || !source.starts_with('0'));
    plain.then(|| {
        source
            .bytes()
            .fold(0, |number, digit| number * 10 + i128::from(digit - b'0'))
    })
}

/// A number of digits. One beyond what the type holds is its greatest or least one; `None` if there is
/// more than digits (`toml` lets `1_0"` pass).
pub(super) fn integer(digits: &str, radix: u32) -> Option<i128> {
    use std::num::IntErrorKind;
    match i128::from_str_radix(digits, radix) {
        Ok(number) => Some(number),
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow => Some(i128::MAX),
            IntErrorKind::NegOverflow => Some(i128::MIN),
            _ => None,
        },
    }
}

fn word_fault(source: &str, span: Span, fault: &ParseError) -> Fault {
    let shown = short(source);
    if fault.description().contains("leading zero") {
        return Fault::new(span, format!("the number `{shown}` begins with a zero"))
            .help("leave the zero out, or put the text in quotes");
    }
    let lower = source.to_ascii_lowercase();
    if let symbol @ ("true" | "false" | "inf" | "nan") = lower.as_str() {
        return Fault::new(span, format!("`{shown}` is no value of TOML"))
            .help(format!("write `{symbol}`, in lower case"));
    }
    let (word, yes) = match lower.as_str() {
        "yes" | "on" => (true, "true"),
        "no" | "off" => (true, "false"),
        "none" | "null" | "nil" => {
            return Fault::new(span, format!("`{shown}` is no value of TOML"))
                .help("TOML has no null: leave the setting out");
        }
        _ => (false, ""),
    };
    if word {
        return Fault::new(span, format!("`{shown}` is no value of TOML"))
            .help(format!("write `{yes}`"));
    }
    if source.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        && fault.description() != "string values must be quoted"
        && fault.description() != "missing opening quote"
    {
        return Fault::new(
            span,
            format!("`{shown}` is no number of TOML: {}", fault.description()),
        )
        .help("a text needs quotes");
    }
    unquoted(source, span)
}

/// A text without quotes.
pub(super) fn unquoted(source: &str, span: Span) -> Fault {
    let inner = source.trim_matches(['"', '\'']);
    let fault = Fault::new(span, format!("the text `{}` needs quotes", short(inner)));
    if inner.contains(['"', '\\']) || inner.len() > 60 {
        fault
    } else {
        fault.help(format!("write `\"{inner}\"`"))
    }
}

/// See [`super::place_in_string`].
pub(super) fn place_in_string(text: &str, span: Span, at: usize) -> usize {
    let source = span.of(text);
    let encoding = if source.starts_with("\"\"\"") {
        Encoding::MlBasicString
    } else if source.starts_with("'''") {
        Encoding::MlLiteralString
    } else if source.starts_with('"') {
        Encoding::BasicString
    } else {
        Encoding::LiteralString
    };
    let opening = match encoding {
        Encoding::BasicString | Encoding::LiteralString => 1,
        Encoding::MlBasicString | Encoding::MlLiteralString => {
            let after = source.get(3..).unwrap_or_default();
            3 + match after {
                _ if after.starts_with("\r\n") => 2,
                _ if after.starts_with('\n') => 1,
                _ => 0,
            }
        }
    };
    let body = source.get(opening..).unwrap_or_default();
    if matches!(
        encoding,
        Encoding::LiteralString | Encoding::MlLiteralString
    ) {
        return span.start + opening + at.min(body.len());
    }
    // Walk along both the source and the value.
    let (mut read, mut made) = (0, 0);
    while made < at {
        let Some(next) = body[read..].chars().next() else {
            break;
        };
        if next != '\\' {
            read += next.len_utf8();
            made += next.len_utf8();
            continue;
        }
        let (length, made_by) = escape(&body[read..]);
        read += length;
        made += made_by;
    }
    // A trimmed line ending makes nothing; the place is after it.
    while body[read..].starts_with('\\') && escape(&body[read..]).1 == 0 {
        read += escape(&body[read..]).0;
    }
    (span.start + opening + read).min(span.end)
}

/// Length of an escape sequence, and of what it makes.
fn escape(source: &str) -> (usize, usize) {
    let digits = match source.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b' ' | b'\t' | b'\r' | b'\n') => {
            let rest = source[1..].trim_start_matches([' ', '\t', '\r', '\n']);
            return (source.len() - rest.len(), 0);
        }
        Some(_) => {
            let length = 1 + source[1..].chars().next().map_or(0, char::len_utf8);
            return (length, 1);
        }
        None => return (source.len(), 1),
    };
    let made = source
        .get(2..2 + digits)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        .and_then(char::from_u32)
        .map_or(3, char::len_utf8);
    ((2 + digits).min(source.len()), made)
}

/// Whether a comment holds what a comment must not.
pub(super) fn comment(text: &str, span: Span) -> Option<Span> {
    let source = span.of(text);
    source
        .bytes()
        .position(|b| (b < b' ' && b != b'\t') || b == 0x7f)
        .map(|at| Span::new(span.start + at, span.start + at + 1))
}
