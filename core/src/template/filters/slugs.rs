//! Filters that make names: slugs and the cases of identifiers.

use minijinja::Value;

use super::super::call::{CallError, Callable};
use super::super::host::Host;
use super::super::json::Text;
use super::text;

pub(super) const FILTERS: &[Callable] = &[
    Callable::tera(
        "slugify",
        &[],
        "The text as small letters and digits with `-` between words, accents taken off.",
        |args, host| slugify(text(args)?, host),
    ),
    Callable::ours(
        "slug",
        &[],
        "The same as `slugify`: `Crème brûlée!` becomes `creme-brulee`.",
        |args, host| slugify(text(args)?, host),
    ),
    Callable::ours(
        "kebab",
        &[],
        "The words of the text in small letters with `-` between them: `HTTPServer` becomes `http-server`.",
        |args, host| kebab(text(args)?, host),
    ),
    Callable::ours(
        "snake",
        &[],
        "The words of the text in small letters with `_` between them: `HTTPServer` becomes `http_server`.",
        |args, host| snake(text(args)?, host),
    ),
    Callable::ours(
        "camel",
        &[],
        "The words of the text run together, each but the first with a large letter: `http-server` becomes `httpServer`.",
        |args, host| camel(text(args)?, host),
    ),
    Callable::ours(
        "pascal",
        &[],
        "The words of the text run together, each with a large letter: `http-server` becomes `HttpServer`.",
        |args, host| pascal(text(args)?, host),
    ),
];

/// `text` as `a-z`, `0-9` and single dashes between.
pub(in crate::template) fn slugify(text: &str, host: &Host) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    let (mut any, mut gap) = (false, false);
    let mut push = |char: char| -> Result<(), CallError> {
        if char.is_ascii_alphanumeric() {
            if gap && any {
                out.push("-")?;
            }
            (any, gap) = (true, false);
            out.push_char(char.to_ascii_lowercase())
        } else {
            gap = true;
            Ok(())
        }
    };
    for char in text.chars() {
        if char.is_ascii() {
            push(char)?;
        } else {
            let ascii = host.tables.ascii(char).ok_or_else(|| needs_table(char))?;
            ascii.chars().try_for_each(&mut push)?;
        }
    }
    Ok(out.into())
}

fn needs_table(char: char) -> CallError {
    CallError::subject(format!(
        "needs a table of all scripts to spell `{char}`, which the command line has and the playground has not"
    ))
}

pub(in crate::template) fn kebab(text: &str, host: &Host) -> Result<Value, CallError> {
    joined(text, "-", host)
}

pub(in crate::template) fn snake(text: &str, host: &Host) -> Result<Value, CallError> {
    joined(text, "_", host)
}

pub(in crate::template) fn camel(text: &str, host: &Host) -> Result<Value, CallError> {
    run_together(text, true, host)
}

pub(in crate::template) fn pascal(text: &str, host: &Host) -> Result<Value, CallError> {
    run_together(text, false, host)
}

fn joined(text: &str, separator: &str, host: &Host) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    for (at, word) in words(text, host)?.into_iter().enumerate() {
        if at > 0 {
            out.push(separator)?;
        }
        out.push(&word.to_lowercase())?;
    }
    Ok(out.into())
}

fn run_together(text: &str, first_small: bool, host: &Host) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    for (at, word) in words(text, host)?.into_iter().enumerate() {
        if at == 0 && first_small {
            out.push(&word.to_lowercase())?;
            continue;
        }
        let mut chars = word.chars();
        for char in chars.next().into_iter().flat_map(char::to_uppercase) {
            out.push_char(char)?;
        }
        out.push(&chars.as_str().to_lowercase())?;
    }
    Ok(out.into())
}

/// The words of `text`: stretches of letters and digits, cut again where a large letter follows a
/// small one or a digit, and before the last of several large letters that a small one follows.
fn words<'a>(text: &'a str, host: &Host) -> Result<Vec<&'a str>, CallError> {
    host.charge(16 * text.len() as u64)?;
    let mut words = Vec::new();
    let mut start = None;
    let mut before: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        if !char.is_alphanumeric() {
            words.extend(start.take().map(|start| &text[start..at]));
            before = None;
            continue;
        }
        let next_small = chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        let cut = char.is_uppercase()
            && before.is_some_and(|before| !before.is_uppercase() || next_small);
        if cut {
            words.extend(start.take().map(|start| &text[start..at]));
        }
        start.get_or_insert(at);
        before = Some(char);
    }
    words.extend(start.map(|start| &text[start..]));
    Ok(words)
}
