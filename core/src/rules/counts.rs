//! `X111` impossible-count: the least number of spans that is asked for exceeds the greatest that is
//! allowed.
//!
//! Lower bounds of different names add up; bounds of patterns that might match the same span do not.
//! Upper bounds hold for all spans (`spans_total`) or for those that a pattern matches.

use std::collections::HashMap;

use super::graph::contradiction;
use super::patterns::{covers, may_overlap};
use super::world::{PAIRS, World, is_forbidden, is_required};
use crate::config::model::{Bounds, CountOf, ExpectedSpan, Pattern, Spanned};
use crate::diagnostic::{Code, Finding};
use crate::source::Span;

/// At least so many spans match.
struct Need {
    pattern: Pattern,
    /// Only spans of this service.
    service: Option<String>,
    least: u64,
    span: Span,
    /// Such as `spans named `a``, for the message.
    words: String,
}

/// At most so many spans match.
struct Cap {
    pattern: Pattern,
    greatest: u64,
    span: Span,
    /// Such as `` `spans_total` ``.
    words: String,
    /// The need of the same setting, which is no contradiction to it (`C116` judges that).
    own: Option<usize>,
}

pub fn check(world: &World, found: &mut Vec<Finding>) {
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

fn total(needs: &[&Need]) -> u64 {
    needs
        .iter()
        .fold(0, |sum, need| sum.saturating_add(need.least))
}

/// Of `needs` some that surely speak of different spans, and ask for as many as can be found easily.
fn disjoint<'n>(needs: Vec<&'n Need>, pairs: &mut usize) -> Vec<&'n Need> {
    // Exact names first: of each the greatest need, or those of its services together.
    let mut names: HashMap<&str, Vec<&Need>> = HashMap::new();
    let (globs, exact): (Vec<&Need>, Vec<&Need>) =
        needs.into_iter().partition(|n| n.pattern.is_glob());
    for need in exact {
        names.entry(need.pattern.as_str()).or_default().push(need);
    }
    let mut chosen: Vec<&Need> = names.into_values().flat_map(greatest_of_name).collect();
    chosen.sort_by_key(|need| need.span.start);
    for glob in globs {
        let Some(left) = pairs.checked_sub(chosen.len()) else {
            return chosen;
        };
        *pairs = left;
        let (meeting, apart): (Vec<&Need>, Vec<&Need>) = chosen
            .iter()
            .partition(|need| may_overlap(&need.pattern, &glob.pattern));
        if glob.least > total(&meeting) {
            chosen = apart;
            chosen.push(glob);
        }
    }
    chosen
}

/// Of needs of one name the single greatest, or one for each service if these together ask for more.
fn greatest_of_name(needs: Vec<&Need>) -> Vec<&Need> {
    let mut services: HashMap<&str, &Need> = HashMap::new();
    let mut single: Option<&Need> = None;
    for need in needs {
        if single.is_none_or(|best| need.least > best.least) {
            single = Some(need);
        }
        if let Some(service) = &need.service {
            let best = services.entry(service).or_insert(need);
            if need.least > best.least {
                *best = need;
            }
        }
    }
    let together: Vec<&Need> = services.into_values().collect();
    match single {
        Some(single) if single.least >= total(&together) => vec![single],
        _ => together,
    }
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

/// Whether the bounds themselves can be met; if not, `C116` says so.
fn is_sound(bounds: &Bounds<u64>) -> bool {
    match (bounds.least(), bounds.greatest()) {
        (Some(least), Some(greatest)) => least <= greatest && bounds.admit(least),
        _ => true,
    }
}

/// Where the least number stands.
fn least_place(bounds: &Bounds<u64>) -> Option<Spanned<u64>> {
    bounds.eq.or(bounds.gte)
}

/// Where the greatest number stands.
fn greatest_place(bounds: &Bounds<u64>) -> Option<Spanned<u64>> {
    bounds.eq.or(bounds.lte)
}

fn needs_and_caps(world: &World) -> (Vec<Need>, Vec<Cap>) {
    let expect = &world.file.expect;
    let (mut needs, mut caps) = (Vec::new(), Vec::new());
    if let Some(total) = expect.counts.spans_total.as_ref().filter(|b| is_sound(b)) {
        let words = "`spans_total` needs at least";
        add_bounds(
            &Pattern::new("*"),
            None,
            total,
            words,
            "`spans_total`",
            &mut needs,
            &mut caps,
        );
    }
    for CountOf {
        name,
        service,
        bounds,
    } in &expect.counts.by_name
    {
        if is_sound(bounds) {
            let need = format!("`{}` needs at least", name.value.as_str());
            let cap = format!("the count of `{}`", name.value.as_str());
            add_bounds(
                &name.value,
                service.as_ref().map(|s| s.value.clone()),
                bounds,
                &need,
                &cap,
                &mut needs,
                &mut caps,
            );
        }
    }
    expect
        .spans
        .iter()
        .for_each(|span| add_expected(span, &mut needs, &mut caps));
    (needs, caps)
}

fn add_bounds(
    pattern: &Pattern,
    service: Option<String>,
    bounds: &Bounds<u64>,
    need: &str,
    cap: &str,
    needs: &mut Vec<Need>,
    caps: &mut Vec<Cap>,
) {
    let own = least_place(bounds)
        .filter(|least| least.value > 0)
        .map(|least| {
            needs.push(Need {
                pattern: pattern.clone(),
                service: service.clone(),
                least: least.value,
                span: least.span,
                words: format!("{need} {}", least.value),
            });
            needs.len() - 1
        });
    // The spans of one service are not all spans of the name.
    if let Some(greatest) = greatest_place(bounds).filter(|_| service.is_none()) {
        caps.push(Cap {
            pattern: pattern.clone(),
            greatest: greatest.value,
            span: greatest.span,
            words: cap.to_owned(),
            own,
        });
    }
}

/// `[[expect.span]]`: one that must be there, or must not.
fn add_expected(span: &ExpectedSpan, needs: &mut Vec<Need>, caps: &mut Vec<Cap>) {
    let Some(name) = &span.name else { return };
    let text = name.value.as_str();
    if is_forbidden(span) {
        caps.push(Cap {
            pattern: name.value.clone(),
            greatest: 0,
            span: span.exists.map_or(name.span, |exists| exists.span),
            words: format!("`exists = false` of `{text}`"),
            own: None,
        });
    } else if is_required(span) {
        let count = span
            .count
            .as_ref()
            .filter(|count| is_sound(count))
            .and_then(least_place);
        let (least, place) = count.map_or((1, name.span), |count| (count.value, count.span));
        needs.push(Need {
            pattern: name.value.clone(),
            service: None,
            least,
            span: place,
            words: format!(
                "span `{text}` is expected{}",
                if least > 1 {
                    format!(" {least} times")
                } else {
                    String::new()
                }
            ),
        });
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
