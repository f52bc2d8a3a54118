//! How often something is tried again.

use crate::config::model::{Retry, Spanned};
use crate::config::reader::{Item, Reader};
use crate::config::schema::{Form, Kind, Section, alias, optional, same};
use crate::document::{Kind as Value, Origin};
use crate::source::Span;

/// `retry`.
pub static RETRY: Section = Section {
    header: "scenario.retry",
    title: "`retry`",
    doc: "What happens when it fails.",
    fields: &[
        optional(
            "max_attempts",
            Kind::Integer(1, i128::MAX),
            "Attempts in all.",
        )
        .or(&[same("attempts")]),
        optional("delay", Kind::Duration, "Between two attempts.").or(&[
            alias("delay_ms", Form::Millis),
            alias("delay_seconds", Form::Seconds),
        ]),
    ],
    open: false,
};

pub(super) fn retry<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Option<Retry> {
    if let Value::Integer(_) = item.node.kind {
        // `retries = 3`: so many attempts after the first.
        let retries = reader.natural(&item.key.name, item.node)?;
        let attempts = retries.map(|retries| retries.saturating_add(1));
        reader
            .old(
                item.key.span,
                format!("a number for `{}` is an older form", item.key.name),
            )
            .help(format!(
                "write `retry = {{ max_attempts = {} }}`",
                attempts.value
            ));
        return Some(Retry {
            span: item.node.span,
            max_attempts: Some(attempts),
            delay: None,
        });
    }
    let table = reader.table_of(&item.key.name, item.node)?;
    let inner = reader.within("retry", table, &RETRY);
    let mut retry = Retry {
        span: item.node.span,
        ..Retry::default()
    };
    inner.each(|item| match item.name {
        "max_attempts" => {
            retry.max_attempts = inner.positive(&item.key.name, item.node);
            if item.alias.is_some() {
                inner.old_name(&item);
            }
        }
        "delay" => retry.delay = inner.duration(&item),
        name => debug_assert!(false, "{name} is read"),
    });
    if inner.is_incomplete() {
        reader.lose();
    }
    Some(retry)
}

/// `retry_on_failure = true` with `max_retries`.
#[derive(Default)]
pub(super) struct OlderRetry {
    on_failure: Option<Spanned<bool>>,
    max_retries: Option<Spanned<u64>>,
    /// Where they stand, key and value.
    places: Vec<Span>,
}

impl OlderRetry {
    /// Retries when the file does not say how many.
    const USUAL: u64 = 3;

    pub fn read<'t>(&mut self, reader: &Reader<'_, 't>, item: &Item<'_, 't>) {
        if item.name == "max_retries" {
            self.max_retries = reader.natural(item.name, item.node);
        } else {
            self.on_failure = reader.boolean(item);
        }
        let place = Span::new(
            item.key.span.start,
            item.node.span.end.max(item.key.span.end),
        );
        self.places.push(place);
    }

    pub fn finish(self, reader: &Reader<'_, '_>) -> Option<Retry> {
        let span = *self.places.first()?;
        // Without retries is what everybody gets.
        if self.on_failure.is_some_and(|on| !on.value) {
            return None;
        }
        let retries = self.max_retries.unwrap_or(Spanned::new(Self::USUAL, span));
        let attempts = retries.map(|retries| retries.saturating_add(1));
        let today = format!("retry = {{ max_attempts = {} }}", attempts.value);
        let report = reader
            .old(
                span,
                format!("`{}` is an older form of `retry`", span.of(reader.cx.text)),
            )
            .help(format!("write `{today}`"));
        // In braces the commas would have to go with what is taken out.
        let inline = reader.table.origin == Origin::Inline && self.places.len() > 1;
        if reader.table.get("retry").is_none() && !inline {
            let others = self.places[1..].iter().map(|place| (*place, String::new()));
            report.fix(std::iter::once((span, today)).chain(others));
        }
        Some(Retry {
            span,
            max_attempts: Some(attempts),
            delay: None,
        })
    }
}
