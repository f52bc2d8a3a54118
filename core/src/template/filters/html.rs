//! Filters for text that becomes HTML, XML or part of a URL.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable};
use super::super::host::Host;
use super::super::json::Text;
use super::text;

pub(super) const FILTERS: &[Callable] = &[
    Callable::tera(
        "escape",
        &[],
        "The text with `& < > \" ' /` written as HTML entities.",
        |args, host| escaped(args, host, "&#x27;", Some("&#x2F;")),
    ),
    Callable::tera(
        "escape_xml",
        &[],
        "The text with `& < > \" '` written as XML entities.",
        |args, host| escaped(args, host, "&apos;", None),
    ),
    Callable::tera(
        "safe",
        &[],
        "The value as it is: nothing is escaped in test files anyway.",
        |args, _| Ok(args.subject.clone()),
    ),
    Callable::tera(
        "linebreaksbr",
        &[],
        "The text with `<br>` for each line end.",
        linebreaksbr,
    ),
    Callable::tera(
        "striptags",
        &[],
        "The text without HTML tags and comments.",
        striptags,
    ),
    Callable::tera(
        "spaceless",
        &[],
        "The text without whitespace between HTML tags.",
        spaceless,
    ),
    Callable::tera(
        "urlencode",
        &[],
        "The text percent-encoded; letters, digits and `-._~/%` stay.",
        |args, host| {
            Ok(percent_encoded(text(args)?, |byte| b"-._~/%".contains(&byte), host)?.into())
        },
    ),
    Callable::tera(
        "urlencode_strict",
        &[],
        "The text percent-encoded; only letters and digits stay.",
        |args, host| Ok(percent_encoded(text(args)?, |_| false, host)?.into()),
    ),
];

fn escaped(
    args: &Args<'_>,
    host: &Host,
    apostrophe: &str,
    slash: Option<&str>,
) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    for char in text(args)?.chars() {
        match char {
            '&' => out.push("&amp;")?,
            '<' => out.push("&lt;")?,
            '>' => out.push("&gt;")?,
            '"' => out.push("&quot;")?,
            '\'' => out.push(apostrophe)?,
            '/' => out.push(slash.unwrap_or("/"))?,
            char => out.push_char(char)?,
        }
    }
    Ok(out.into())
}

fn linebreaksbr(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    let mut lines = text(args)?.split('\n').peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_none() {
            out.push(line)?;
        } else {
            out.push(line.strip_suffix('\r').unwrap_or(line))?;
            out.push("<br>")?;
        }
    }
    Ok(out.into())
}

/// A comment ends at the first `-->` in its line; what begins like a comment and does not end so is
/// a tag like any other, up to the next `>` on any line.
fn striptags(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let text = text(args)?;
    let mut ends = Next::of(text, ">");
    let mut comment_ends = Next::of(text, "-->");
    let mut lines = Next::of(text, "\n");
    let mut out = Text::new(host);
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|found| at + found) {
        out.push(&text[at..open])?;
        let comment = text[open..]
            .starts_with("<!--")
            .then(|| {
                let end = comment_ends.after(open + 4)?;
                let line = lines.after(open + 4).unwrap_or(text.len());
                (end < line).then_some(end + 3)
            })
            .flatten();
        let end = comment.or_else(|| ends.after(open + 1).map(|end| end + 1));
        let Some(end) = end else {
            // No tag ends from here on.
            at = open;
            break;
        };
        at = end;
    }
    out.push(&text[at..])?;
    Ok(out.into())
}

/// Where a pattern comes next: each stretch of the text is searched once only, however often it is
/// asked, as long as the places asked for do not fall.
struct Next<'a> {
    text: &'a str,
    pattern: &'a str,
    found: Option<usize>,
    searched: bool,
}

impl<'a> Next<'a> {
    fn of(text: &'a str, pattern: &'a str) -> Self {
        Self {
            text,
            pattern,
            found: None,
            searched: false,
        }
    }

    fn after(&mut self, from: usize) -> Option<usize> {
        let stale = match self.found {
            Some(found) => found < from,
            None => !self.searched,
        };
        if stale {
            self.searched = true;
            self.found = self
                .text
                .get(from..)
                .and_then(|rest| rest.find(self.pattern))
                .map(|found| from + found);
        }
        self.found
    }
}

fn spaceless(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    let mut rest = text(args)?;
    while let Some(close) = rest.find('>') {
        let (before, after) = rest.split_at(close + 1);
        out.push(before)?;
        let next = after.trim_start();
        rest = if next.starts_with('<') { next } else { after };
    }
    out.push(rest)?;
    Ok(out.into())
}

/// `text` with every byte as `%XX` that is neither a letter or digit nor one that `keep`s.
pub(in crate::template) fn percent_encoded(
    text: &str,
    keep: impl Fn(u8) -> bool,
    host: &Host,
) -> Result<String, CallError> {
    let mut out = Text::new(host);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || keep(byte) {
            out.push_char(char::from(byte))?;
        } else {
            out.push(&format!("%{byte:02X}"))?;
        }
    }
    Ok(out.finish())
}
