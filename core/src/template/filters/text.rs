//! Filters from text to text: case, whitespace, cutting, words.

use minijinja::Value;
use unicode_segmentation::UnicodeSegmentation as _;

use super::super::call::{Args, CallError, Callable, optional, required};
use super::super::host::Host;
use super::super::json::{self, Text};
use super::{text, unescaped};

pub(super) const FILTERS: &[Callable] = &[
    Callable::tera("upper", &[], "The text in capital letters.", upper),
    Callable::tera("lower", &[], "The text in small letters.", lower),
    Callable::tera(
        "capitalize",
        &[],
        "The text with its first letter large and all others small.",
        capitalize,
    ),
    Callable::tera(
        "title",
        &[],
        "The text with the first letter of each word large and the others small.",
        title,
    ),
    Callable::tera(
        "trim",
        &[],
        "The text without whitespace at its start and end.",
        |args, host| slice(text(args)?.trim(), host),
    ),
    Callable::tera(
        "trim_start",
        &[],
        "The text without whitespace at its start.",
        |args, host| slice(text(args)?.trim_start(), host),
    ),
    Callable::tera(
        "trim_end",
        &[],
        "The text without whitespace at its end.",
        |args, host| slice(text(args)?.trim_end(), host),
    ),
    Callable::tera(
        "trim_start_matches",
        &[required("pat")],
        "The text without every `pat` at its start.",
        trim_start_matches,
    ),
    Callable::tera(
        "trim_end_matches",
        &[required("pat")],
        "The text without every `pat` at its end.",
        trim_end_matches,
    ),
    Callable::tera(
        "truncate",
        &[optional("length", "255"), optional("end", "\"…\"")],
        "The first `length` characters of the text, followed by `end` if that left something out.",
        truncate,
    ),
    Callable::tera(
        "replace",
        &[required("from"), required("to")],
        "The text with every `from` replaced by `to`.",
        replace,
    ),
    Callable::tera(
        "indent",
        &[
            optional("prefix", "\"    \""),
            optional("first", "false"),
            optional("blank", "false"),
        ],
        "The text with `prefix` before each line; before the first and before blank lines only if asked for.",
        indent,
    ),
    Callable::tera(
        "split",
        &[required("pat")],
        "The pieces of the text between the `pat`s, as an array.",
        split,
    ),
    Callable::tera(
        "wordcount",
        &[],
        "The number of words in the text.",
        |args, host| {
            let text = text(args)?;
            host.charge_work(text.len())?;
            Ok(text.split_whitespace().count().into())
        },
    ),
    Callable::tera(
        "addslashes",
        &[],
        "The text with a backslash before each quote and backslash.",
        addslashes,
    ),
];

fn slice(text: &str, host: &Host) -> Result<Value, CallError> {
    host.charge(text.len() as u64)?;
    Ok(text.into())
}

fn upper(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let text = text(args)?;
    // No character has more than three times as many bytes in the other case.
    host.charge(3 * text.len() as u64)?;
    Ok(text.to_uppercase().into())
}

fn lower(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let text = text(args)?;
    host.charge(3 * text.len() as u64)?;
    Ok(text.to_lowercase().into())
}

/// `text` with its first character in upper and the rest in lower case.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.as_str().to_lowercase().chars()).collect()
}

fn capitalize(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let text = text(args)?;
    host.charge(3 * text.len() as u64)?;
    Ok(capitalized(text).into())
}

/// A word begins and ends at a word boundary and holds word characters and apostrophes.
fn title(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let text = text(args)?;
    // The characters and their places, then the result.
    host.charge(19 * text.len() as u64)?;
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let is_word = |at: usize| chars.get(at).is_some_and(|(_, char)| word_character(*char));
    let boundary = |at: usize| (at > 0 && is_word(at - 1)) != is_word(at);
    let belongs = |at: usize| {
        chars
            .get(at)
            .is_some_and(|(_, char)| *char == '\'' || word_character(*char))
    };
    let byte = |at: usize| chars.get(at).map_or(text.len(), |(byte, _)| *byte);

    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let mut end = at;
        if belongs(at) && boundary(at) {
            end += 1;
            while belongs(end) {
                end += 1;
            }
            while end > at && !boundary(end) {
                end -= 1;
            }
        }
        if end > at {
            out.push_str(&capitalized(&text[byte(at)..byte(end)]));
            at = end;
        } else {
            out.push_str(&text[byte(at)..byte(at + 1)]);
            at += 1;
        }
    }
    Ok(out.into())
}

/// What regular expressions call `\w`.
fn word_character(char: char) -> bool {
    char.is_ascii_alphanumeric()
        || char == '_'
        || (!char.is_ascii() && regex_syntax::try_is_word_character(char).unwrap_or(false))
}

fn trim_start_matches(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let pattern = unescaped(args.str("pat")?.unwrap_or_default());
    slice(text(args)?.trim_start_matches(&pattern), host)
}

fn trim_end_matches(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let pattern = unescaped(args.str("pat")?.unwrap_or_default());
    slice(text(args)?.trim_end_matches(&pattern), host)
}

/// Characters are grapheme clusters here.
fn truncate(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let text = text(args)?;
    let length = args.size("length")?.unwrap_or(255);
    let end = args.str("end")?.unwrap_or("…");
    let mut out = Text::new(host);
    match text.grapheme_indices(true).nth(length) {
        None => out.push(text)?,
        Some((cut, _)) => {
            out.push(&text[..cut])?;
            out.push(end)?;
        }
    }
    Ok(out.into())
}

fn replace(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let from = args.str("from")?.unwrap_or_default();
    let to = args.str("to")?.unwrap_or_default();
    replaced(text(args)?, from, to, host)
}

pub(super) fn replaced(text: &str, from: &str, to: &str, host: &Host) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    let mut copied = 0;
    for (at, found) in text.match_indices(from) {
        out.push(&text[copied..at])?;
        out.push(to)?;
        copied = at + found.len();
    }
    out.push(&text[copied..])?;
    Ok(out.into())
}

fn indent(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let prefix = args.str("prefix")?.unwrap_or("    ");
    let first = args.bool("first")?.unwrap_or(false);
    let blank = args.bool("blank")?.unwrap_or(false);
    let mut out = Text::new(host);
    for (at, line) in text(args)?.lines().enumerate() {
        let indented = if at == 0 {
            first
        } else {
            out.push("\n")?;
            blank || !line.trim_start().is_empty()
        };
        if indented {
            out.push(prefix)?;
        }
        out.push(line)?;
    }
    Ok(out.into())
}

fn split(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let text = text(args)?;
    let pattern = unescaped(args.str("pat")?.unwrap_or_default());
    let pieces = text.split(&pattern).count();
    host.charge(text.len() as u64)?;
    let pieces = Counted {
        left: pieces,
        pieces: text.split(&pattern).map(Value::from),
    };
    json::array(pieces, host)
}

/// An iterator that has been counted beforehand.
struct Counted<I> {
    left: usize,
    pieces: I,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.saturating_sub(1);
        self.pieces.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}

fn addslashes(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    for char in text(args)?.chars() {
        if matches!(char, '\\' | '"' | '\'') {
            out.push("\\")?;
        }
        out.push_char(char)?;
    }
    Ok(out.into())
}
