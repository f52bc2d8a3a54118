//! `[expect.order]`: which spans come before which.

use super::verdict::{Check, Failure, Kind, Nearest};
use super::{Context, words};
use crate::config::model::{OrderBy, Pattern, Spanned};
use crate::diagnostic::Code;
use crate::source::Span as Place;
use crate::trace::Span;

pub(super) fn check(context: &Context<'_>, checks: &mut Vec<Check>) {
    let order = &context.expect.order;
    for edge in &order.must_precede {
        checks.push(judge(context, &edge.from, &edge.to, edge.span));
    }
    for edge in &order.must_follow {
        checks.push(judge(context, &edge.to, &edge.from, edge.span));
    }
}

/// Every span of the later name has some other one of the earlier name before it.
fn judge(
    context: &Context<'_>,
    before: &Spanned<Pattern>,
    after: &Spanned<Pattern>,
    place: Place,
) -> Check {
    let index = &context.index;
    let by_start = context
        .expect
        .order
        .by
        .is_some_and(|by| by.value == OrderBy::Start);
    let (earlier, later) = (before.value.as_str(), after.value.as_str());
    let title = if by_start {
        format!("`{earlier}` starts before `{later}`")
    } else {
        format!("`{earlier}` before `{later}`")
    };
    let check = Check::new(Kind::Order, title.clone(), place);
    let mut check = check.about([&before.value, &after.value]);
    let (firsts, seconds) = (index.matching(&before.value), index.matching(&after.value));
    for (spans, name) in [(&firsts, before), (&seconds, after)] {
        if spans.is_empty() {
            check.fail(Failure::absent(index, Code::E501, name, title.clone()));
        }
    }
    if !check.failures.is_empty() {
        return check;
    }
    let moment = |span: &Span| {
        let (start, end) = span.interval()?;
        Some(if by_start { start } else { end })
    };
    // The two earliest: no span comes before itself.
    let mut earliest: [Option<(u64, u32)>; 2] = [None; 2];
    for at in firsts.iter().copied() {
        let Some(moment) = moment(index.span(at)) else {
            continue;
        };
        let this = (moment, at);
        if earliest[0].is_none_or(|best| this < best) {
            earliest = [Some(this), earliest[0]];
        } else if earliest[1].is_none_or(|best| this < best) {
            earliest[1] = Some(this);
        }
    }
    let has_one_before = |at: u32| {
        let Some((start, _)) = index.span(at).interval() else {
            return false;
        };
        let mut others = earliest.into_iter().flatten();
        others.any(|(moment, other)| other != at && moment <= start)
    };
    let wrong: Vec<u32> = seconds
        .iter()
        .copied()
        .filter(|at| !has_one_before(*at))
        .collect();
    let Some(first) = wrong.first().copied() else {
        return check;
    };
    let span = index.span(first);
    let verb = if by_start { "starts" } else { "ends" };
    let (message, found) = match (span.interval(), earliest[0]) {
        (None, _) => (
            format!(
                "span `{}` {}: nothing comes before it",
                span.name,
                words::timeless(span)
            ),
            format!("{} {}", words::span(span), words::timeless(span)),
        ),
        (Some(_), None) => {
            let other = firsts.first().map(|at| index.span(*at));
            let why = other.map_or("has no times", words::timeless);
            (
                format!("span `{earlier}` {why}: it comes before nothing"),
                other.map_or_else(String::new, |other| format!("{} {why}", words::span(other))),
            )
        }
        (Some((start, _)), Some((moment, _))) => {
            #[expect(clippy::cast_precision_loss, reason = "for people")]
            let ms = moment.saturating_sub(start) as f64 / 1e6;
            (
                format!("no `{earlier}` {verb} before span `{}` starts", span.name),
                if moment > start {
                    format!(
                        "the first `{earlier}` {verb} {ms} ms after {} starts",
                        words::span(span)
                    )
                } else {
                    format!("{} itself is the only one", words::span(span))
                },
            )
        }
    };
    let message = if seconds.len() > 1 {
        format!("{message} ({} of {} spans)", wrong.len(), seconds.len())
    } else {
        message
    };
    check.fail(
        Failure::new(Code::E501, place, message, title, found).nearest(Nearest::span(index, first)),
    );
    check
}
