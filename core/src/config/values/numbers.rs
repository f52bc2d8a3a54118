//! Reads numbers, durations and bounds.

use super::show;
use crate::config::formats::units;
use crate::config::model::{Bounds, Spanned};
use crate::config::reader::{Item, Reader};
use crate::config::schema::Form;
use crate::diagnostic::Code;
use crate::document::{Kind, Node};

impl<'a, 't> Reader<'a, 't> {
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
