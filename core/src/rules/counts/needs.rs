//! What is asked for and what is allowed, from all settings that count spans.

use std::collections::HashMap;

use super::super::patterns::may_overlap;
use super::super::world::{World, is_forbidden, is_required};
use crate::config::model::{Bounds, CountOf, ExpectedSpan, Pattern, Spanned};
use crate::source::Span;

/// At least so many spans match.
pub(super) struct Need {
    pub pattern: Pattern,
    /// Only spans of this service.
    pub service: Option<String>,
    pub least: u64,
    pub span: Span,
    /// Such as `spans named `a``, for the message.
    pub words: String,
}

/// At most so many spans match.
pub(super) struct Cap {
    pub pattern: Pattern,
    pub greatest: u64,
    pub span: Span,
    /// Such as `` `spans_total` ``.
    pub words: String,
    /// The need of the same setting, which is no contradiction to it (`C116` judges that).
    pub own: Option<usize>,
}

/// Whether the bounds themselves can be met; if not, `C116` says so.
pub(super) fn is_sound(bounds: &Bounds<u64>) -> bool {
    match (bounds.least(), bounds.greatest()) {
        (Some(least), Some(greatest)) => least <= greatest && bounds.admit(least),
        _ => true,
    }
}

/// Where the least number stands.
pub(super) fn least_place(bounds: &Bounds<u64>) -> Option<Spanned<u64>> {
    bounds.eq.or(bounds.gte)
}

/// Where the greatest number stands.
pub(super) fn greatest_place(bounds: &Bounds<u64>) -> Option<Spanned<u64>> {
    bounds.eq.or(bounds.lte)
}

pub(super) fn needs_and_caps(world: &World) -> (Vec<Need>, Vec<Cap>) {
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

pub(super) fn total(needs: &[&Need]) -> u64 {
    needs
        .iter()
        .fold(0, |sum, need| sum.saturating_add(need.least))
}

/// Of `needs` some that surely speak of different spans, and ask for as many as can be found easily.
pub(super) fn disjoint<'n>(needs: Vec<&'n Need>, pairs: &mut usize) -> Vec<&'n Need> {
    // Exact names first: of each the greatest need, or those of its services together.
    let mut names: HashMap<&str, Vec<&Need>> = HashMap::new();
    let (globs, exact): (Vec<&Need>, Vec<&Need>) =
        needs.into_iter().partition(|n| n.pattern.is_glob());
    for need in exact {
        names.entry(need.pattern.as_str()).or_default().push(need);
    }
    let mut chosen: Vec<&Need> = names.into_values().flat_map(greatest_of_name).collect();
    chosen.sort_by_cached_key(|need| need.span.start);
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
