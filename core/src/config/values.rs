//! Reads single values, and says of those that cannot be read what is wrong with them.

mod lists;
mod numbers;

use std::borrow::Cow;

use super::context::Report;
use super::formats::{Wrong, pattern};
use super::model::{Pattern, Spanned, Text};
use super::reader::{Item, Reader};
use super::schema::{Form, Kind as Written};
use crate::diagnostic::Code;
use crate::document::{Kind, Node, Table, is_rfc3339, place_in_string};
use crate::source::Span;
use crate::suggest;

/// Values that are quoted in messages are not longer.
const SHOWN: usize = 60;

/// A value as a message shows it.
pub(super) fn show(text: &str) -> Cow<'_, str> {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => Cow::Owned(format!("{}…", &line[..at])),
        None if line.len() < text.trim_end().len() => Cow::Owned(format!("{line}…")),
        None => Cow::Borrowed(line),
    }
}

impl<'a, 't> Reader<'a, 't> {
    /// Whether the value may be looked at: nothing is said of one that a placeholder or a syntax error
    /// touches, which is noted.
    pub fn is_whole(&self, node: &Node<'t>) -> bool {
        let whole = !node.touched
            && match &node.kind {
                Kind::Damaged => false,
                Kind::Table(table) => !table.incomplete,
                Kind::Array(array) => !array.incomplete,
                _ => true,
            };
        if !whole {
            self.lose();
        }
        whole
    }

    /// Reports a value of the wrong type.
    pub fn wrong_type(&self, name: &str, node: &Node<'t>, wanted: &str) -> Report<'a> {
        self.lose();
        let message = format!("`{name}` must be {wanted}, not {}", node.describe());
        let report = self.cx.report(Code::C102, node.span, message);
        let written = node.span.of(self.cx.text);
        let is_short = written.len() <= 40 && !written.contains(['"', '\\', '\n']);
        match &node.kind {
            Kind::Integer(_) | Kind::Float(_) | Kind::Boolean(_) | Kind::Datetime(_)
                if wanted.starts_with("a string") && is_short =>
            {
                report.help(format!("write `\"{written}\"`"))
            }
            Kind::Integer(_) | Kind::Float(_) | Kind::Boolean(_)
                if wanted == "a list of strings" && is_short =>
            {
                report.help(format!("write `[\"{written}\"]`"))
            }
            _ => report,
        }
    }

    /// Reports a value that is of the right type, but wrong.
    pub fn wrong_value(&self, code: Code, span: Span, value: &str, wrong: &Wrong) -> Report<'a> {
        let report = self
            .cx
            .report(code, span, format!("`{}` {}", show(value), wrong.message));
        match &wrong.help {
            Some(help) => report.help(help.clone()),
            None => report,
        }
    }

    /// A text.
    pub fn text(&self, item: &Item<'a, 't>) -> Option<Text> {
        self.text_of(item.name, item.node)
    }

    /// As [`Reader::text`], of any value.
    pub fn text_of(&self, name: &str, node: &Node<'t>) -> Option<Text> {
        if !self.is_whole(node) {
            return None;
        }
        match &node.kind {
            Kind::String(text) => Some(Spanned::new(text.to_string(), node.span)),
            _ => {
                self.wrong_type(name, node, "a string");
                None
            }
        }
    }

    /// A text that says something.
    pub fn words(&self, item: &Item<'a, 't>) -> Option<Text> {
        let text = self.text(item)?;
        self.not_blank(item.name, text)
    }

    /// Reports a text that says nothing.
    pub fn not_blank(&self, name: &str, text: Text) -> Option<Text> {
        if text.value.trim().is_empty() {
            self.lose();
            self.cx
                .report(Code::C112, text.span, format!("`{name}` is empty"));
            return None;
        }
        Some(text)
    }

    /// A text; numbers, booleans and dates are taken as they are written.
    pub fn scalar(&self, name: &str, node: &Node<'t>) -> Option<Text> {
        if !self.is_whole(node) {
            return None;
        }
        match &node.kind {
            Kind::String(text) => Some(Spanned::new(text.to_string(), node.span)),
            Kind::Integer(_) | Kind::Float(_) | Kind::Boolean(_) | Kind::Datetime(_) => {
                let text = node.span.of(self.cx.text).to_owned();
                Some(Spanned::new(text, node.span))
            }
            _ => {
                self.wrong_type(name, node, "a string");
                None
            }
        }
    }

    /// True or false.
    pub fn boolean(&self, item: &Item<'a, 't>) -> Option<Spanned<bool>> {
        let value = self.boolean_of(item.name, item.node)?;
        Some(match item.form() {
            Form::Inverse => value.map(|value| !value),
            _ => value,
        })
    }

    /// As [`Reader::boolean`], of any value.
    pub fn boolean_of(&self, name: &str, node: &Node<'t>) -> Option<Spanned<bool>> {
        if !self.is_whole(node) {
            return None;
        }
        let value = match &node.kind {
            Kind::Boolean(value) => *value,
            Kind::String(text) if matches!(&**text, "true" | "false") => {
                self.unquote(name, node, text);
                *text == "true"
            }
            _ => {
                self.wrong_type(name, node, "true or false");
                return None;
            }
        };
        Some(Spanned::new(value, node.span))
    }

    /// Says that a value needs no quotes.
    fn unquote(&self, name: &str, node: &Node<'t>, text: &str) {
        self.old(node.span, format!("`{name}` is written without quotes"))
            .help(format!("write `{text}`"))
            .fix([(node.span, text.to_owned())]);
    }

    /// One of the words that the format allows for this field, in any case.
    pub fn word<T: Copy>(&self, item: &Item<'a, 't>, values: &[(&str, T)]) -> Option<Spanned<T>> {
        self.word_of(item.name, item.node, values)
    }

    /// As [`Reader::word`], of any value.
    pub fn word_of<T: Copy>(
        &self,
        name: &str,
        node: &Node<'t>,
        values: &[(&str, T)],
    ) -> Option<Spanned<T>> {
        let text = self.text_of(name, node)?;
        let found = values
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(&text.value));
        if let Some((_, value)) = found {
            return Some(Spanned::new(*value, text.span));
        }
        self.lose();
        let words: Vec<&str> = match self.section.find(name) {
            // The published words first, without those that are merely read.
            Some((_, field, _)) => match field.kind {
                Written::Word(words) => words.to_vec(),
                _ => values.iter().map(|(word, _)| *word).collect(),
            },
            None => values.iter().map(|(word, _)| *word).collect(),
        };
        let allowed = list(&words);
        let report = self.cx.report(
            Code::C104,
            text.span,
            format!("`{}` is no value of `{name}`", show(&text.value)),
        );
        match suggest::nearest(&text.value, words.iter().copied()) {
            Some(nearest) => {
                report
                    .help(format!("did you mean `{nearest}`? It may be {allowed}"))
                    .fix([(text.span, format!("\"{nearest}\""))]);
            }
            None => {
                report.help(format!("it may be {allowed}"));
            }
        }
        None
    }

    /// A name of a span, or a glob over names.
    pub fn pattern(&self, name: &str, node: &Node<'t>) -> Option<Spanned<Pattern>> {
        let text = self.text_of(name, node)?;
        self.pattern_of(name, text)
    }

    /// As [`Reader::pattern`], of a text.
    pub fn pattern_of(&self, name: &str, text: Text) -> Option<Spanned<Pattern>> {
        let text = self.not_blank(name, text)?;
        if let Err(wrong) = pattern::check_glob(&text.value) {
            self.lose();
            self.wrong_value(Code::C108, text.span, &text.value, &wrong);
            return None;
        }
        Some(text.map(Pattern::new))
    }

    /// A regular expression that parses.
    pub fn regex(&self, item: &Item<'a, 't>) -> Option<Text> {
        let text = self.text(item)?;
        let Err(fault) = pattern::check_regex(&text.value) else {
            return Some(text);
        };
        self.lose();
        let place = |at| place_in_string(self.cx.text, text.span, at);
        let start = place(fault.at.start);
        let next = self.cx.text[start..].chars().next();
        // At least the character at which it fails.
        let least = start + next.map_or(0, char::len_utf8);
        let span = Span::new(start, place(fault.at.end).max(least.min(text.span.end)));
        let report = self.cx.report(
            Code::C107,
            span,
            format!(
                "`{}` is no regular expression: {}",
                show(&text.value),
                fault.wrong.message
            ),
        );
        if let Some(help) = fault.wrong.help {
            report.help(help);
        }
        None
    }

    /// A moment of RFC 3339.
    pub fn timestamp(&self, item: &Item<'a, 't>) -> Option<Text> {
        let text = match &item.node.kind {
            Kind::Datetime(text) if !item.node.touched => {
                Spanned::new((*text).to_owned(), item.node.span)
            }
            _ => self.text(item)?,
        };
        if is_rfc3339(&text.value) {
            return Some(text);
        }
        self.lose();
        self.wrong_value(
            Code::C115,
            text.span,
            &text.value,
            &Wrong::new("is no date-time of RFC 3339")
                .help("write it with date, time and offset, such as \"2025-01-01T00:00:00Z\""),
        );
        None
    }

    /// A table within this one.
    pub fn table_of<'n>(&self, name: &str, node: &'n Node<'t>) -> Option<&'n Table<'t>> {
        match &node.kind {
            Kind::Table(table) => Some(table),
            _ => {
                if self.is_whole(node) {
                    self.wrong_type(name, node, "a table");
                }
                None
            }
        }
    }
}

/// A name as a key is written: in quotes only where it needs them.
pub(super) fn key(name: &str) -> Cow<'_, str> {
    let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(bare) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("{name:?}"))
    }
}

/// `a`, `b` or `c`.
pub(super) fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => format!("`{word}`"),
        [words @ .., last] => {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", words.join(", "))
        }
    }
}
