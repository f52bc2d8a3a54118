//! `X110` contradictory-window: a span within itself, or two within each other.

use std::collections::HashMap;

use super::cycles;
use super::graph::{contradiction, number};
use super::world::World;
use crate::config::model::{Pattern, Spanned};
use crate::diagnostic::{Code, Findings};

/// One demand: every span `inner` lies within some span `outer`.
struct Within<'a> {
    outer: &'a Spanned<Pattern>,
    inner: &'a Spanned<Pattern>,
}

pub fn check(world: &World, found: &mut Findings) {
    let mut demands: Vec<Within> = Vec::new();
    for window in &world.file.expect.windows {
        if let Some(outer) = &window.outer {
            demands.extend(window.contains.iter().map(|inner| Within { outer, inner }));
        }
    }
    demands.sort_by_cached_key(|demand| demand.inner.span.start);
    let mut numbers = HashMap::new();
    let edges: Vec<_> = demands
        .iter()
        .map(|d| {
            let outer = number(&mut numbers, d.outer.value.as_str());
            (outer, number(&mut numbers, d.inner.value.as_str()))
        })
        .collect();
    for cycle in cycles::find(numbers.len(), &edges) {
        let parts: Vec<&Within> = cycle.iter().map(|edge| &demands[*edge]).collect();
        let Some(first) = parts.first() else { continue };
        let name = first.outer.value.as_str();
        let (message, places) = if parts.len() == 1 {
            let message = format!("span `{name}` is named as its own outer window");
            let places = vec![
                (first.outer.span, "the window".to_owned()),
                (first.inner.span, "within itself".to_owned()),
            ];
            (message, places)
        } else {
            let path = cycles::spell(parts.iter().map(|d| d.outer.value.as_str()));
            let message = format!("windows lie within each other: {path}");
            let places = parts.iter().map(|d| {
                let (outer, inner) = (d.outer.value.as_str(), d.inner.value.as_str());
                (d.inner.span, format!("`{inner}` lies within `{outer}`"))
            });
            (message, places.collect())
        };
        found.extend(contradiction(Code::X110, message, places));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PAYS, clean, only, trips};
    use super::*;

    fn windows(of: &[(&str, &str)]) -> String {
        of.iter().fold(PAYS.to_owned(), |text, (outer, contains)| {
            format!("{text}[[expect.window]]\nouter = {outer}\ncontains = {contains}\n")
        })
    }

    #[test]
    fn a_span_is_not_its_own_window() {
        trips(Code::X110, &windows(&[("'a'", "['b', \"a\"]")]), &["\"a\""]);
    }

    #[test]
    fn windows_do_not_contain_each_other() {
        let text = windows(&[("'a'", "['b']"), ("'b'", "['c', \"a\"]")]);
        trips(Code::X110, &text, &["\"a\""]);
        assert!(only(&text).message.ends_with("`a` → `b` → `a`"));
        trips(
            Code::X110,
            &windows(&[("'a'", "['b']"), ("'b'", "['c']"), ("'c'", "[\"a\"]")]),
            &["\"a\""],
        );
    }

    #[test]
    fn nested_and_shared_windows_are_fine() {
        clean(&windows(&[
            ("'a'", "['b', 'c']"),
            ("'b'", "['c']"),
            ("'a'", "['d']"),
        ]));
        clean(&windows(&[
            ("'api.*'", "['api.db']"),
            ("'api.db'", "['api.x']"),
        ]));
    }
}
