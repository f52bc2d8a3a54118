//! `[expect.counts]`: how many spans, events and errors there are.

use super::verdict::{Check, Failure, Kind};
use super::{Context, words};
use crate::config::model::{Bounds, SpanStatus};
use crate::diagnostic::Code;
use crate::source::Span as Place;

pub(super) fn check(context: &Context<'_>, checks: &mut Vec<Check>) {
    let counts = &context.expect.counts;
    let index = &context.index;
    if let Some(bounds) = &counts.spans_total {
        checks.push(judge("spans in all", bounds, index.counted(), None));
    }
    if let Some(bounds) = &counts.events_total {
        let events = index.spans().map(|(_, span)| span.events.len()).sum();
        checks.push(judge("events in all", bounds, events, None));
    }
    if let Some(bounds) = &counts.errors_total {
        let is_error = |status: SpanStatus| status == SpanStatus::Error;
        let errors: Vec<_> = index
            .spans()
            .filter(|(_, span)| is_error(span.status))
            .collect();
        let names = errors.iter().map(|(_, span)| words::span(span));
        let names = words::few(names, errors.len());
        checks.push(judge(
            "spans with status ERROR",
            bounds,
            errors.len(),
            Some(names),
        ));
    }
    for count in &counts.by_name {
        let spans = index.matching(&count.name.value);
        let name = count.name.value.as_str();
        let (number, title) = match &count.service {
            None => (spans.len(), format!("spans named `{name}`")),
            Some(service) => {
                let of_service = |at: &&u32| index.span(**at).service() == Some(&service.value);
                let title = format!("spans named `{name}` of service `{}`", service.value);
                (spans.iter().filter(of_service).count(), title)
            }
        };
        let check = judge(&title, &count.bounds, number, None);
        let mut check = check.about([&count.name.value]);
        if number == 0 && spans.is_empty() {
            for failure in &mut check.failures {
                failure.finding.help = index.help_for(&count.name.value);
            }
        }
        checks.push(check);
    }
    for (kind, bounds) in &counts.by_kind {
        let of_kind = index
            .spans()
            .filter(|(_, span)| span.kind == Some(kind.value));
        let title = format!("spans of kind {}", words::kind(kind.value));
        checks.push(judge(&title, bounds, of_kind.count(), None));
    }
}

fn judge(what: &str, bounds: &Bounds<u64>, number: usize, which: Option<String>) -> Check {
    let mut check = Check::new(Kind::Counts, what, place(bounds));
    if !bounds.admit(number as u64) {
        let wanted = words::bounds(bounds);
        let found = match which.filter(|which| !which.is_empty()) {
            Some(which) => format!("{number}: {which}"),
            None => number.to_string(),
        };
        let message = format!("{}, {wanted} expected", words::number(number, what));
        check.fail(Failure::new(
            Code::E301,
            place(bounds),
            message,
            wanted,
            found,
        ));
    }
    check
}

fn place(bounds: &Bounds<u64>) -> Place {
    bounds.span
}
