//! `[expect.status]`: how spans end.

use super::verdict::{Check, Failure, Kind, Nearest};
use super::{Context, words};
use crate::config::model::{SpanStatus, Spanned};
use crate::diagnostic::Code;

/// Whether a status is what is expected: UNSET is as good as OK, since instrumentation leaves success
/// unset, unless `strict`.
pub(super) fn is_status(found: SpanStatus, expected: SpanStatus, strict: bool) -> bool {
    found == expected || !strict && expected == SpanStatus::Ok && found == SpanStatus::Unset
}

pub(super) fn check(context: &Context<'_>, checks: &mut Vec<Check>) {
    let status = &context.expect.status;
    if let Some(all) = status.all {
        let mut check = Check::new(Kind::Status, "status of all spans", all.span);
        let spans: Vec<u32> = context.index.spans().map(|(at, _)| at).collect();
        judge(context, &mut check, &spans, all);
        checks.push(check);
    }
    for (name, expected) in &status.by_name {
        let title = format!("status of `{}`", name.value.as_str());
        let mut check = Check::new(Kind::Status, title, name.span).about([&name.value]);
        let spans = context.index.matching(&name.value);
        if spans.is_empty() {
            check.fail(Failure::absent(
                &context.index,
                Code::E601,
                name,
                words::status(expected.value),
            ));
        }
        judge(context, &mut check, &spans, *expected);
        checks.push(check);
    }
}

fn judge(context: &Context<'_>, check: &mut Check, spans: &[u32], expected: Spanned<SpanStatus>) {
    let strict = context.expect.status.strict.is_some_and(|s| s.value);
    let index = &context.index;
    let wrong: Vec<u32> = spans
        .iter()
        .copied()
        .filter(|at| !is_status(index.span(*at).status, expected.value, strict))
        .collect();
    let Some(first) = wrong.first() else { return };
    let wanted = words::status(expected.value);
    let told = |at: &u32| {
        let span = index.span(*at);
        let status = words::status(span.status);
        match &span.status_message {
            Some(message) => format!("{} {status}: {message}", words::span(span)),
            None => format!("{} {status}", words::span(span)),
        }
    };
    let message = format!(
        "{} of {} {} not {wanted}: the first is `{}` ({})",
        wrong.len(),
        words::count(spans.len(), "span"),
        if wrong.len() == 1 { "is" } else { "are" },
        index.span(*first).name,
        words::status(index.span(*first).status),
    );
    let found = words::few(wrong.iter().map(told), wrong.len());
    let mut failure = Failure::new(Code::E601, expected.span, message, wanted, found)
        .nearest(Nearest::span(index, *first));
    if strict && index.span(*first).status == SpanStatus::Unset {
        failure = failure.help("`strict = true` demands OK itself; without it UNSET is as good");
    }
    check.fail(failure);
}
