//! Reads single values, and says of those that cannot be read what is wrong with them.

use std::borrow::Cow;

use super::formats::{Wrong, pattern, units};
use super::model::{Bounds, Command, Pair, Pattern, Spanned, Text};
use super::reader::{Item, Reader, Report};
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
        self.cx
            .report(
                Code::C102,
                node.span,
                format!("`{name}` must be {wanted}, not {}", node.describe()),
            )
            .label(format!("expected {wanted}"))
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

    /// A whole number between `least` and `greatest`.
    pub fn integer(
        &self,
        name: &str,
        node: &Node<'t>,
        least: i128,
        greatest: i128,
    ) -> Option<Spanned<i128>> {
        if !self.is_whole(node) {
            return None;
        }
        let value = match &node.kind {
            Kind::Integer(value) => *value,
            #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough")]
            Kind::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => *value as i128,
            Kind::String(text) => match text.parse() {
                Ok(value) => {
                    self.unquote(name, node, text);
                    value
                }
                Err(_) => {
                    self.wrong_type(name, node, "an integer");
                    return None;
                }
            },
            _ => {
                self.wrong_type(name, node, "an integer");
                return None;
            }
        };
        if (least..=greatest).contains(&value) {
            return Some(Spanned::new(value, node.span));
        }
        self.lose();
        let shown = show(node.span.of(self.cx.text));
        let message = if value < least {
            format!("`{name}` must be at least {least}, not {shown}")
        } else {
            format!("`{name}` must be at most {greatest}, not {shown}")
        };
        self.cx.report(Code::C105, node.span, message);
        None
    }

    /// A whole number that is not negative.
    pub fn natural(&self, name: &str, node: &Node<'t>) -> Option<Spanned<u64>> {
        let value = self.integer(name, node, 0, i128::from(u64::MAX))?;
        Some(value.map(|value| u64::try_from(value).unwrap_or(u64::MAX)))
    }

    /// A whole number that is not zero.
    pub fn positive(&self, name: &str, node: &Node<'t>) -> Option<Spanned<u64>> {
        let value = self.integer(name, node, 1, i128::from(u64::MAX))?;
        Some(value.map(|value| u64::try_from(value).unwrap_or(u64::MAX)))
    }

    /// A number.
    pub fn number(&self, name: &str, node: &Node<'t>) -> Option<Spanned<f64>> {
        if !self.is_whole(node) {
            return None;
        }
        let value = match &node.kind {
            #[expect(clippy::cast_precision_loss, reason = "a number of seconds, spans, …")]
            Kind::Integer(value) => *value as f64,
            Kind::Float(value) => *value,
            Kind::String(text) => match text.parse::<f64>() {
                Ok(value) => {
                    self.unquote(name, node, text);
                    value
                }
                Err(_) => {
                    self.wrong_type(name, node, "a number");
                    return None;
                }
            },
            _ => {
                self.wrong_type(name, node, "a number");
                return None;
            }
        };
        Some(Spanned::new(value, node.span))
    }

    /// A number between `least` and `greatest`.
    pub fn number_within(
        &self,
        name: &str,
        node: &Node<'t>,
        least: f64,
        greatest: f64,
    ) -> Option<Spanned<f64>> {
        let number = self.number(name, node)?;
        if (least..=greatest).contains(&number.value) {
            return Some(number);
        }
        self.lose();
        let shown = show(node.span.of(self.cx.text));
        let range = if greatest.is_finite() {
            format!("must lie between {least} and {greatest}")
        } else {
            format!("must be at least {least}")
        };
        self.cx.report(
            Code::C105,
            node.span,
            format!("`{name}` {range}, not {shown}"),
        );
        None
    }

    /// A duration, in microseconds. A bare integer is seconds, unless the name says otherwise.
    pub fn duration(&self, item: &Item<'a, 't>) -> Option<Spanned<u64>> {
        let (name, node) = (&*item.key.name, item.node);
        if !self.is_whole(node) {
            return None;
        }
        let unit = match item.form() {
            Form::Millis => 1_000,
            _ => 1_000_000,
        };
        let bare = match &node.kind {
            Kind::String(text) => match units::duration(text) {
                Ok(micros) => {
                    if item.alias.is_some_and(|alias| alias.form != Form::Same) {
                        self.old_name(item);
                    }
                    return Some(Spanned::new(micros, node.span));
                }
                Err(wrong) => {
                    self.lose();
                    self.wrong_value(Code::C106, node.span, text, &wrong);
                    return None;
                }
            },
            Kind::Integer(value) => u64::try_from(*value).ok().and_then(|v| v.checked_mul(unit)),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "between 0 and 9e12"
            )]
            Kind::Float(value) if (0.0..9e12).contains(value) => {
                Some((value * unit as f64).round() as u64)
            }
            Kind::Float(_) => None,
            _ => {
                self.wrong_type(name, node, "a duration such as \"10s\"");
                return None;
            }
        };
        let Some(micros) = bare else {
            self.lose();
            self.cx.report(
                Code::C106,
                node.span,
                format!("`{}` is no duration", show(node.span.of(self.cx.text))),
            );
            return None;
        };
        let shown = units::show_duration(micros);
        self.old(
            item.key.span,
            format!("`{}` without a unit is an older form", item.key.name),
        )
        .help(format!("write `{} = \"{shown}\"`", item.name))
        .fix([
            (item.key.span, item.name.to_owned()),
            (node.span, format!("\"{shown}\"")),
        ]);
        Some(Spanned::new(micros, node.span))
    }

    /// A duration longer than nothing.
    pub fn some_time(&self, item: &Item<'a, 't>) -> Option<Spanned<u64>> {
        let duration = self.duration(item)?;
        if duration.value == 0 {
            self.lose();
            self.cx.report(
                Code::C105,
                duration.span,
                format!("`{}` must be longer than nothing", item.key.name),
            );
            return None;
        }
        Some(duration)
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
        let report = self
            .cx
            .report(
                Code::C104,
                text.span,
                format!("`{}` is no value of `{name}`", show(&text.value)),
            )
            .label(format!("expected {allowed}"));
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

    /// A list of texts; a single text is a list of one.
    pub fn texts(&self, item: &Item<'a, 't>) -> Vec<Text> {
        self.texts_of(item.name, item.node)
    }

    /// As [`Reader::texts`], of any value.
    pub fn texts_of(&self, name: &str, node: &Node<'t>) -> Vec<Text> {
        self.list_of(node, name, "a list of strings")
            .iter()
            .filter_map(|node| self.text_of(name, node))
            .filter_map(|text| self.not_blank(name, text))
            .collect()
    }

    /// The values of a list; a single string is a list of one.
    pub fn list_of<'n>(&self, node: &'n Node<'t>, name: &str, wanted: &str) -> &'n [Node<'t>] {
        match &node.kind {
            Kind::Array(array) => {
                if array.incomplete {
                    self.lose();
                }
                &array.items
            }
            Kind::String(_) => std::slice::from_ref(node),
            Kind::Damaged => {
                self.lose();
                &[]
            }
            _ => {
                if self.is_whole(node) {
                    self.wrong_type(name, node, wanted);
                }
                &[]
            }
        }
    }

    /// A command: a text for the shell, or program and arguments.
    pub fn command(&self, item: &Item<'a, 't>) -> Option<Command> {
        let (name, node) = (item.name, item.node);
        match &node.kind {
            Kind::String(_) => {
                let text = self.text(item)?;
                self.not_blank(name, text).map(Command::Shell)
            }
            Kind::Array(array) if !array.of_tables => {
                if array.incomplete {
                    self.lose();
                    return None;
                }
                let mut words = Vec::with_capacity(array.items.len());
                for word in &array.items {
                    words.push(self.scalar(name, word)?);
                }
                let program = words.first().map(|word| word.value.trim());
                if program.is_none_or(str::is_empty) {
                    self.lose();
                    let span = words.first().map_or(node.span, |word| word.span);
                    self.cx
                        .report(Code::C112, span, format!("`{name}` is empty"));
                    return None;
                }
                Some(Command::Argv {
                    words,
                    span: node.span,
                })
            }
            _ => {
                if self.is_whole(node) {
                    self.wrong_type(name, node, "a string or a list of strings");
                }
                None
            }
        }
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

    /// A list of patterns.
    pub fn patterns(&self, item: &Item<'a, 't>) -> Vec<Spanned<Pattern>> {
        self.list_of(item.node, item.name, "a list of span names")
            .iter()
            .filter_map(|node| self.pattern(item.name, node))
            .collect()
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

    /// A table of texts; or a list of `"name=text"`.
    pub fn pairs(&self, item: &Item<'a, 't>) -> Vec<Pair> {
        let (name, node) = (item.name, item.node);
        match &node.kind {
            Kind::Table(table) => {
                if table.incomplete {
                    self.lose();
                }
                let pairs = table.entries().iter().filter_map(|entry| {
                    let value = self.scalar(&entry.key.name, &entry.value)?;
                    let name = Spanned::new(entry.key.name.to_string(), entry.key.span);
                    Some(Pair { name, value })
                });
                pairs.collect()
            }
            Kind::Array(_) => self.list_pairs(name, node),
            _ => {
                if self.is_whole(node) {
                    self.wrong_type(name, node, "a table");
                }
                Vec::new()
            }
        }
    }

    /// A list of `"name=text"`.
    pub fn list_pairs(&self, name: &str, node: &Node<'t>) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for node in self.list_of(node, name, "a table") {
            let Some(text) = self.text_of(name, node) else {
                continue;
            };
            let Some((key, value)) = text.value.split_once('=') else {
                self.lose();
                self.wrong_value(
                    Code::C104,
                    text.span,
                    &text.value,
                    &Wrong::new("has no `=`").help("write \"name=value\""),
                );
                continue;
            };
            pairs.push(Pair {
                name: Spanned::new(key.to_owned(), text.span),
                value: Spanned::new(value.to_owned(), text.span),
            });
        }
        pairs
    }

    /// Says that bounds admit nothing.
    pub fn check_bounds<T: Copy + PartialOrd + std::fmt::Display>(&self, bounds: &Bounds<T>) {
        let report = |first: &Spanned<T>, second: &Spanned<T>, message: String| {
            let (earlier, later) = if first.span.start < second.span.start {
                (first, second)
            } else {
                (second, first)
            };
            self.cx
                .report(Code::C116, later.span, message)
                .label("no number is both")
                .note(earlier.span, "the other bound");
        };
        if let (Some(gte), Some(lte)) = (&bounds.gte, &bounds.lte)
            && gte.value > lte.value
        {
            let message = format!(
                "no number is at least {} and at most {}",
                gte.value, lte.value
            );
            report(gte, lte, message);
            return;
        }
        let Some(eq) = &bounds.eq else {
            return;
        };
        if let Some(gte) = &bounds.gte
            && eq.value < gte.value
        {
            report(
                eq,
                gte,
                format!("{} is not at least {}", eq.value, gte.value),
            );
        } else if let Some(lte) = &bounds.lte
            && eq.value > lte.value
        {
            report(
                eq,
                lte,
                format!("{} is not at most {}", eq.value, lte.value),
            );
        }
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
