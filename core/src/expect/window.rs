//! `[[expect.window]]`: which spans lie within which.

use super::verdict::{Check, Failure, Kind, Nearest};
use super::{Context, words};
use crate::config::model::{Pattern, Spanned};
use crate::diagnostic::Code;

pub(super) fn check(context: &Context<'_>, checks: &mut Vec<Check>) {
    for window in &context.expect.windows {
        let Some(outer) = window.outer.as_ref().filter(|_| !window.incomplete) else {
            let mut check = Check::new(Kind::Window, "a window", window.header);
            let message = "not evaluated: a part of the window could not be read";
            check.leave(window.header, message, None);
            checks.push(check);
            continue;
        };
        let outers = Outers::new(context, &outer.value);
        for child in &window.contains {
            checks.push(judge(context, outer, &outers, child));
        }
    }
}

/// The spans that may enclose: by start, each with the two latest ends up to there. Two, since no
/// span encloses itself.
struct Outers {
    any: bool,
    starts: Vec<u64>,
    latest: Vec<[Option<(u64, u32)>; 2]>,
    timeless: Vec<u32>,
}

impl Outers {
    fn new(context: &Context<'_>, name: &Pattern) -> Self {
        let index = &context.index;
        let spans = index.matching(name);
        let mut found: Vec<(u64, u64, u32)> = Vec::with_capacity(spans.len());
        let mut timeless = Vec::new();
        for at in spans.iter().copied() {
            match index.span(at).interval() {
                Some((start, end)) => found.push((start, end, at)),
                None => timeless.push(at),
            }
        }
        found.sort_unstable();
        let mut latest = Vec::with_capacity(found.len());
        let mut best: [Option<(u64, u32)>; 2] = [None; 2];
        for (_, end, at) in &found {
            let this = Some((*end, *at));
            if this > best[0] {
                best = [this, best[0]];
            } else if this > best[1] {
                best[1] = this;
            }
            latest.push(best);
        }
        Self {
            any: !spans.is_empty(),
            starts: found.iter().map(|(start, ..)| *start).collect(),
            latest,
            timeless,
        }
    }

    fn enclose(&self, at: u32, start: u64, end: u64) -> bool {
        let before = self.starts.partition_point(|other| *other <= start);
        let Some(latest) = before.checked_sub(1).map(|last| self.latest[last]) else {
            return false;
        };
        let mut latest = latest.into_iter().flatten();
        latest.any(|(other_end, other)| other != at && other_end >= end)
    }
}

fn judge(
    context: &Context<'_>,
    outer: &Spanned<Pattern>,
    outers: &Outers,
    child: &Spanned<Pattern>,
) -> Check {
    let index = &context.index;
    let (within, name) = (outer.value.as_str(), child.value.as_str());
    let title = format!("`{name}` within `{within}`");
    let check = Check::new(Kind::Window, title.clone(), child.span);
    let mut check = check.about([&outer.value, &child.value]);
    let spans = index.matching(&child.value);
    for (missing, name) in [(!outers.any, outer), (spans.is_empty(), child)] {
        if missing {
            check.fail(Failure::absent(index, Code::E401, name, title.clone()));
        }
    }
    if !check.failures.is_empty() {
        return check;
    }
    let outside: Vec<u32> = spans
        .iter()
        .copied()
        .filter(|at| {
            let interval = index.span(*at).interval();
            !interval.is_some_and(|(start, end)| outers.enclose(*at, start, end))
        })
        .collect();
    let Some(first) = outside.first().copied() else {
        return check;
    };
    let span = index.span(first);
    let message = match span.interval() {
        None => format!(
            "span `{}` {}: it lies within nothing",
            span.name,
            words::timeless(span)
        ),
        Some(_) => format!("span `{}` lies outside of `{within}`", span.name),
    };
    let message = if spans.len() > 1 {
        format!("{message} ({} of {} spans)", outside.len(), spans.len())
    } else {
        message
    };
    let found = match span.interval() {
        None => format!("{} {}", words::span(span), words::timeless(span)),
        Some(interval) => format!(
            "{} {}",
            words::span(span),
            distance(context, outer, interval)
        ),
    };
    let mut failure = Failure::new(Code::E401, child.span, message, title, found)
        .nearest(Nearest::span(index, first));
    if let Some(at) = outers.timeless.first() {
        let outer = index.span(*at);
        failure = failure.help(format!(
            "the span {} {}, so that nothing lies within it",
            words::span(outer),
            words::timeless(outer)
        ));
    }
    check.fail(failure);
    check
}

/// By how much a span misses the enclosing span that it misses by least.
fn distance(context: &Context<'_>, outer: &Spanned<Pattern>, (start, end): (u64, u64)) -> String {
    let index = &context.index;
    let spans = index.matching(&outer.value);
    let missed = spans.iter().filter_map(|at| {
        let (from, to) = index.span(*at).interval()?;
        Some((from.saturating_sub(start), end.saturating_sub(to)))
    });
    let least = missed.min_by_key(|(early, late)| early.saturating_add(*late));
    let ms = |nanoseconds: u64| {
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        let ms = nanoseconds as f64 / 1e6;
        format!("{ms} ms")
    };
    match least {
        Some((0, late)) if late > 0 => format!("ends {} too late", ms(late)),
        Some((early, 0)) if early > 0 => format!("starts {} too early", ms(early)),
        Some((early, late)) if early > 0 => {
            format!(
                "starts {} too early and ends {} too late",
                ms(early),
                ms(late)
            )
        }
        _ => "lies within no other span".to_owned(),
    }
}
