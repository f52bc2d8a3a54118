//! `X111` impossible-count: the least number of spans that is asked for exceeds the greatest that is
//! allowed.
//!
//! Lower bounds of different names add up; bounds of patterns that might match the same span do not.
//! Upper bounds hold for all spans (`spans_total`) or for those that a pattern matches.

mod needs;

use std::collections::HashMap;

use super::graph::contradiction;
use super::patterns::covers;
use super::world::{PAIRS, World};
use crate::config::model::{Bounds, Spanned};
use crate::diagnostic::{Code, Finding, Findings};
use needs::{Cap, Need, disjoint, greatest_place, is_sound, least_place, needs_and_caps, total};

pub fn check(world: &World, found: &mut Findings) {
    let counts = &world.file.expect.counts;
    let (needs, caps) = needs_and_caps(world);
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, need) in needs.iter().enumerate() {
        by_name
            .entry(need.pattern.as_str())
            .or_default()
            .push(index);
    }
    let mut pairs = PAIRS;
    for cap in &caps {
        let candidates: Vec<usize> = if cap.pattern.is_glob() {
            let Some(left) = pairs.checked_sub(needs.len()) else {
                break;
            };
            pairs = left;
            (0..needs.len())
                .filter(|n| covers(&cap.pattern, &needs[*n].pattern))
                .collect()
        } else {
            by_name
                .get(cap.pattern.as_str())
                .cloned()
                .unwrap_or_default()
        };
        let inside = candidates
            .into_iter()
            .filter(|n| Some(*n) != cap.own)
            .map(|n| &needs[n]);
        let chosen = disjoint(inside.collect(), &mut pairs);
        let least = total(&chosen);
        if least > cap.greatest {
            found.extend(finding(&chosen, least, cap));
        }
    }
    found.extend(more_errors_than_spans(
        counts.errors_total.as_ref(),
        counts.spans_total.as_ref(),
    ));
    found.extend(more_of_kinds_than_spans(world));
}

fn finding(chosen: &[&Need], least: u64, cap: &Cap) -> Option<Finding> {
    let message = match chosen {
        [only] => format!(
            "{} allows {}, but {}",
            cap.words,
            spans(cap.greatest),
            only.words
        ),
        _ => format!(
            "{} allows {}, but {} names together need at least {least}",
            cap.words,
            spans(cap.greatest),
            chosen.len()
        ),
    };
    let needs = chosen.iter().map(|need| (need.span, need.words.clone()));
    let places = needs.chain([(cap.span, format!("at most {}", spans(cap.greatest)))]);
    contradiction(Code::X111, message, places.collect())
}

fn spans(count: u64) -> String {
    match count {
        0 => "no span".to_owned(),
        1 => "1 span".to_owned(),
        _ => format!("{count} spans"),
    }
}

fn more_errors_than_spans(
    errors: Option<&Bounds<u64>>,
    spans: Option<&Bounds<u64>>,
) -> Option<Finding> {
    let (errors, spans) = (
        errors.filter(|b| is_sound(b))?,
        spans.filter(|b| is_sound(b))?,
    );
    let (least, greatest) = (least_place(errors)?, greatest_place(spans)?);
    (least.value > greatest.value)
        .then(|| {
            let message = format!(
                "`errors_total` needs at least {}, but `spans_total` allows {}",
                least.value, greatest.value
            );
            let places = vec![
                (least.span, format!("at least {} errors", least.value)),
                (greatest.span, format!("at most {} spans", greatest.value)),
            ];
            contradiction(Code::X111, message, places)
        })
        .flatten()
}

fn more_of_kinds_than_spans(world: &World) -> Option<Finding> {
    let counts = &world.file.expect.counts;
    let greatest = greatest_place(counts.spans_total.as_ref().filter(|b| is_sound(b))?)?;
    let kinds: Vec<Spanned<u64>> = counts
        .by_kind
        .iter()
        .filter(|(_, bounds)| is_sound(bounds))
        .filter_map(|(_, bounds)| least_place(bounds))
        .collect();
    let least = kinds
        .iter()
        .fold(0_u64, |sum, kind| sum.saturating_add(kind.value));
    (least > greatest.value)
        .then(|| {
            let message = format!(
                "the counts by kind need at least {least}, but `spans_total` allows {}",
                greatest.value
            );
            let kinds = kinds
                .iter()
                .map(|kind| (kind.span, format!("at least {} of this kind", kind.value)));
            let places =
                kinds.chain([(greatest.span, format!("at most {} spans", greatest.value))]);
            contradiction(Code::X111, message, places.collect())
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{PAYS, clean, only, trips};

    fn counts(settings: &str) -> String {
        format!("{PAYS}[expect.counts]\n{settings}\n")
    }

    #[test]
    fn names_together_exceed_the_total() {
        let text =
            counts("spans_total = { lte = 4 }\nby_name = { 'a' = { eq = 2 }, 'b' = { gte = 33 } }");
        trips(Code::X111, &text, &["33"]);
        let finding = only(&text);
        assert_eq!(
            finding.message,
            "`spans_total` allows 4 spans, but 2 names together need at least 35"
        );
        assert_eq!(finding.notes.len(), 2);
        trips(
            Code::X111,
            &counts("by_name = { 'a' = { eq = 8 } }\nspans_total = { eq = 7 }"),
            &["7"],
        );
    }

    #[test]
    fn the_total_that_is_asked_for_exceeds_a_count_of_all() {
        trips(
            Code::X111,
            &counts("by_name = { '*' = { lte = 7 } }\nspans_total = { gte = 9 }"),
            &["9"],
        );
    }

    #[test]
    fn names_together_exceed_the_count_of_a_glob() {
        trips(
            Code::X111,
            &counts("by_name = { 'db.*' = { lte = 3 }, 'db.read' = { eq = 6 }, 'x' = { eq = 8 } }"),
            &["6"],
        );
    }

    #[test]
    fn what_is_expected_counts() {
        trips(
            Code::X111,
            &counts(
                "spans_total = { eq = 1 }\n[[expect.span]]\nname = 'a'\n[[expect.span]]\nname = 'bb'",
            ),
            &["'bb'"],
        );
        trips(
            Code::X111,
            &counts("by_name = { 'a' = { eq = 0 } }\n[[expect.span]]\nname = \"a\""),
            &["\"a\""],
        );
        trips(
            Code::X111,
            &counts(
                "by_name = { 'a' = { gte = 1 } }\n[[expect.span]]\nname = \"a\"\nexists = false",
            ),
            &["false"],
        );
    }

    #[test]
    fn more_errors_or_kinds_than_spans() {
        trips(
            Code::X111,
            &counts("errors_total = { gte = 7 }\nspans_total = { lte = 6 }"),
            &["6"],
        );
    }

    #[test]
    fn counts_that_fit_are_fine() {
        for settings in [
            "spans_total = { lte = 5 }\nby_name = { 'a' = { eq = 2 }, 'b' = { gte = 3 } }",
            "spans_total = { gte = 5 }\nby_name = { 'a' = { eq = 2 }, 'b' = { gte = 3 } }",
            // These may be the same spans.
            "spans_total = { lte = 3 }\nby_name = { 'a*' = { eq = 2 }, '*b' = { gte = 3 } }",
            "spans_total = { lte = 3 }\nby_name = { 'a' = { eq = 2 }, 'a*' = { eq = 3 } }",
            "spans_total = { lte = 2 }\nby_name = { 'a' = { eq = 2 } }\n[[expect.span]]\nname = 'a'\n[[expect.span]]\nname = 'a'\nkind = 'server'",
            "spans_total = { lte = 1 }\n[[expect.span]]\nname = 'a'\n[[expect.span]]\nname = 'b'\nexists = false",
            "by_name = { 'a' = { eq = 0 } }\n[[expect.span]]\nname = 'a'\nexists = false",
            "spans_total = { lte = 1 }\n[[expect.span]]\nname = 'a'\n[[expect.span]]\nname = 'b'\ncount = { lte = 2 }",
            "spans_total = { gte = 5 }\nby_name = { 'db.*' = { lte = 3 } }",
            "spans_total = 3\nerrors_total = 3",
        ] {
            clean(&counts(settings));
        }
    }

    #[test]
    fn globs_that_cannot_meet_add_up() {
        trips(
            Code::X111,
            &counts(
                "spans_total = { lte = 4 }\nby_name = { 'a.*' = { eq = 2 }, 'b.*' = { eq = 3 } }",
            ),
            &["3"],
        );
    }

    #[test]
    fn bounds_without_sense_are_not_told_twice() {
        clean(&counts(
            "spans_total = { gte = 5, lte = 2 }\nby_name = { 'a' = { eq = 3 } }",
        ));
    }

    #[test]
    fn ten_thousand_counts_take_no_time() {
        let names: Vec<String> = (0..10_000)
            .map(|n| format!("'s{n}.*' = {{ gte = 1, lte = 2 }}"))
            .collect();
        let text = counts(&format!(
            "spans_total = {{ lte = 9999 }}\nby_name = {{ {} }}",
            names.join(", ")
        ));
        crate::rules::testing::findings_swiftly(&text);
    }
}
