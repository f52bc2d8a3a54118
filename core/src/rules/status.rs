//! `X112` contradictory-status: no trace can meet what is said of the same spans.
//!
//! Some settings speak of all spans that a pattern matches, some ask for at least one. Two
//! contradict each other when they leave no common status, and the spans that one asks for are
//! surely among those of which the other speaks.

use std::collections::HashMap;

use super::graph::contradiction;
use super::patterns::covers;
use super::world::{PAIRS, World, is_required};
use crate::config::model::{Pattern, SpanStatus};
use crate::diagnostic::{Code, Findings};
use crate::source::Span;

/// The statuses that are left to a span, one bit each.
type Statuses = u8;
const OK: Statuses = 1;
const UNSET: Statuses = 2;
const ERROR: Statuses = 4;

/// What one setting says.
struct Claim {
    pattern: Pattern,
    statuses: Statuses,
    /// Speaks of all spans that the pattern matches.
    of_all: bool,
    /// Asks for at least one.
    of_some: bool,
    span: Span,
    words: String,
}

pub fn check(world: &World, found: &mut Findings) {
    let claims = claims(world);
    let mut exact: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut globs: Vec<usize> = Vec::new();
    let mut pairs = PAIRS;
    for (index, claim) in claims.iter().enumerate() {
        let same = exact.get(claim.pattern.as_str()).into_iter().flatten();
        let others: Vec<usize> = if claim.pattern.is_glob() {
            (0..index).collect()
        } else {
            globs.iter().chain(same).copied().collect()
        };
        let Some(left) = pairs.checked_sub(others.len()) else {
            return;
        };
        pairs = left;
        if let Some(other) = others
            .into_iter()
            .map(|o| &claims[o])
            .find(|o| contradict(o, claim))
        {
            let message = format!("{} contradicts {}", claim.words, other.words);
            let places = vec![
                (other.span, format!("{} here", other.words)),
                (claim.span, format!("{} here", claim.words)),
            ];
            found.extend(contradiction(Code::X112, message, places));
        }
        if claim.pattern.is_glob() {
            globs.push(index);
        } else {
            exact.entry(claim.pattern.as_str()).or_default().push(index);
        }
    }
}

fn contradict(a: &Claim, b: &Claim) -> bool {
    a.statuses & b.statuses == 0
        && (a.of_all && b.of_some && covers(&a.pattern, &b.pattern)
            || b.of_all && a.of_some && covers(&b.pattern, &a.pattern))
}

/// All claims, in order of file.
fn claims(world: &World) -> Vec<Claim> {
    let expect = &world.file.expect;
    let status = &expect.status;
    let strict = status.strict.is_some_and(|strict| strict.value);
    let mut claims = Vec::new();
    if let Some(all) = status.all {
        claims.push(Claim {
            pattern: Pattern::new("*"),
            statuses: statuses(all.value, strict),
            of_all: true,
            of_some: false,
            span: all.span,
            words: format!("`all = \"{}\"`", word(all.value)),
        });
    }
    claims.extend(status.by_name.iter().map(|(name, value)| Claim {
        pattern: name.value.clone(),
        statuses: statuses(value.value, strict),
        of_all: true,
        of_some: true,
        span: value.span,
        words: format!("status {} of `{}`", word(value.value), name.value.as_str()),
    }));
    claims.extend(expect.spans.iter().filter_map(|span| {
        let (name, value) = (span.name.as_ref()?, span.status?);
        is_required(span).then(|| Claim {
            pattern: name.value.clone(),
            statuses: statuses(value.value, false),
            of_all: span.each.is_some_and(|each| each.value),
            of_some: true,
            span: value.span,
            words: format!(
                "status {} of span `{}`",
                word(value.value),
                name.value.as_str()
            ),
        })
    }));
    if let Some(errors) = &expect.counts.errors_total {
        let (none, some) = (errors.greatest() == Some(0), errors.least() > Some(0));
        if none != some {
            claims.push(Claim {
                pattern: Pattern::new("*"),
                statuses: if none { OK | UNSET } else { ERROR },
                of_all: none,
                of_some: some,
                span: errors.span,
                words: if none {
                    "a total of no errors"
                } else {
                    "a total of at least one error"
                }
                .to_owned(),
            });
        }
    }
    claims.sort_by_cached_key(|claim| claim.span.start);
    claims
}

fn statuses(status: SpanStatus, strict: bool) -> Statuses {
    match status {
        // Instrumentation leaves success unset.
        SpanStatus::Ok if strict => OK,
        SpanStatus::Ok => OK | UNSET,
        SpanStatus::Unset => UNSET,
        SpanStatus::Error => ERROR,
    }
}

fn word(status: SpanStatus) -> &'static str {
    match status {
        SpanStatus::Ok => "OK",
        SpanStatus::Unset => "UNSET",
        SpanStatus::Error => "ERROR",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PAYS, clean, only, trips};
    use super::*;

    fn status(settings: &str) -> String {
        format!("{PAYS}[expect.status]\n{settings}\n")
    }

    #[test]
    fn all_leaves_no_room_for_another_status() {
        let text = status("all = 'OK'\nby_name = { 'error_*' = 'ERROR' }");
        trips(Code::X112, &text, &["'ERROR'"]);
        assert_eq!(
            only(&text).message,
            "status ERROR of `error_*` contradicts `all = \"OK\"`"
        );
        trips(
            Code::X112,
            &status("by_name = { 'a' = 'OK' }\nall = 'ERROR'"),
            &["'ERROR'"],
        );
        trips(
            Code::X112,
            &status("all = 'OK'\n[[expect.span]]\nname = 'a'\nstatus = 'ERROR'"),
            &["'ERROR'"],
        );
    }

    #[test]
    fn a_wider_name_leaves_no_room_either() {
        trips(
            Code::X112,
            &status("by_name = { 'a.*' = 'OK', 'a.b' = 'ERROR' }"),
            &["'ERROR'"],
        );
        trips(
            Code::X112,
            &status("by_name = { 'a' = 'OK' }\n[[expect.span]]\nname = 'a'\nstatus = 'ERROR'"),
            &["'ERROR'"],
        );
    }

    #[test]
    fn ok_holds_for_unset_unless_strict() {
        clean(&status("all = 'OK'\nby_name = { 'a' = 'UNSET' }"));
        trips(
            Code::X112,
            &status("strict = true\nall = 'OK'\nby_name = { 'a' = 'UNSET' }"),
            &["'UNSET'"],
        );
    }

    #[test]
    fn the_total_of_errors_is_held_against_the_status() {
        let errors = |bounds: &str, all: &str| {
            status(&format!(
                "all = '{all}'\n[expect.counts]\nerrors_total = {bounds}"
            ))
        };
        trips(Code::X112, &errors("{ gte = 1 }", "OK"), &["{ gte = 1 }"]);
        clean(&errors("{ eq = 0 }", "OK"));
        clean(&errors("{ lte = 3 }", "OK"));
        trips(
            Code::X112,
            &status("by_name = { 'a' = 'ERROR' }\n[expect.counts]\nerrors_total = { eq = 0 }"),
            &["{ eq = 0 }"],
        );
    }

    #[test]
    fn spans_that_differ_may_differ_in_status() {
        for settings in [
            "by_name = { 'a' = 'OK', 'b' = 'ERROR' }",
            "by_name = { 'a*' = 'OK', '*b' = 'ERROR' }",
            "all = 'OK'\nby_name = { 'a' = 'OK', 'a.*' = 'OK' }",
            "all = 'OK'\n[[expect.span]]\nname = 'a'\nstatus = 'ERROR'\nexists = false",
            "by_name = { 'b' = 'OK' }\n[[expect.span]]\nname = 'a'\nstatus = 'OK'\n[[expect.span]]\nname = 'a'\nstatus = 'ERROR'",
            "by_name = { 'a.b' = 'OK' }\n[[expect.span]]\nname = 'a.*'\nstatus = 'ERROR'",
        ] {
            clean(&status(settings));
        }
        trips(
            Code::X112,
            &status(
                "[[expect.span]]\nname = 'a'\nstatus = 'OK'\neach = true\n[[expect.span]]\nname = 'a'\nstatus = 'ERROR'",
            ),
            &["'ERROR'"],
        );
    }
}
