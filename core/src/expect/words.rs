//! How expectations and spans are called in messages.

use crate::config::model::{Bounds, Pattern, SpanKind, SpanStatus};
use crate::trace::Span;

/// ``no span is named `x` ``, or ``no span matches `x*` ``.
pub(super) fn no_span(pattern: &Pattern) -> String {
    if pattern.is_glob() {
        format!("no span matches `{}`", pattern.as_str())
    } else {
        format!("no span is named `{}`", pattern.as_str())
    }
}

/// `1 span`, `2 spans`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The same of a phrase whose first word is a plural: `1 span in all`, `2 spans in all`.
pub(super) fn number(number: usize, what: &str) -> String {
    let (first, rest) = what.split_at(what.find(' ').unwrap_or(what.len()));
    let noun = first.strip_suffix('s').unwrap_or(first);
    format!("{}{rest}", count(number, noun))
}

/// `exactly 3`, `at least 2`, `2 to 5`.
pub(super) fn bounds<T: Copy + std::fmt::Display + PartialEq>(bounds: &Bounds<T>) -> String {
    let mut words = Vec::new();
    if let Some(eq) = bounds.eq {
        words.push(format!("exactly {}", eq.value));
    }
    match (bounds.gte, bounds.lte) {
        (Some(least), Some(most)) => words.push(format!("{} to {}", least.value, most.value)),
        (Some(least), None) => words.push(format!("at least {}", least.value)),
        (None, Some(most)) => words.push(format!("at most {}", most.value)),
        (None, None) => {}
    }
    if words.is_empty() {
        "any number".to_owned()
    } else {
        words.join(" and ")
    }
}

pub(super) const fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

pub(super) const fn status(status: SpanStatus) -> &'static str {
    match status {
        SpanStatus::Ok => "OK",
        SpanStatus::Error => "ERROR",
        SpanStatus::Unset => "UNSET",
    }
}

/// A span by its name and id: `` `checkout` (00f067aa0ba902b7)``.
pub(super) fn span(span: &Span) -> String {
    match &span.id {
        Some(id) => format!("`{}` ({id})", span.name),
        None => format!("`{}`", span.name),
    }
}

/// The first few of a list, and how many more there are.
pub(super) fn few(items: impl IntoIterator<Item = String>, total: usize) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = items.into_iter().take(SHOWN).collect();
    let more = total.saturating_sub(shown.len());
    let text = shown.join(", ");
    if more > 0 {
        format!("{text} and {more} more")
    } else {
        text
    }
}

/// Why a span has no usable times.
pub(super) fn timeless(span: &Span) -> &'static str {
    match (span.start, span.end) {
        (None, None) => "has no times",
        (None, _) => "has no start",
        (_, None) => "has no end",
        _ => "ends before it starts",
    }
}
