//! `[expect.graph]`: which span is the parent of which.

use super::index::{Index, Parent};
use super::spans::parent;
use super::verdict::{Check, Failure, Kind, Nearest};
use super::{Context, words};
use crate::config::model::{Edge, Pattern, Spanned};
use crate::diagnostic::Code;
use crate::rules::cycles;

pub(super) fn check(context: &Context<'_>, checks: &mut Vec<Check>) {
    let graph = &context.expect.graph;
    let index = &context.index;
    checks.extend(graph.must_include.iter().map(|edge| include(index, edge)));
    checks.extend(graph.must_reach.iter().map(|edge| reach(index, edge)));
    checks.extend(graph.must_not_cross.iter().map(|edge| cross(index, edge)));
    if let Some(acyclic) = graph.acyclic.filter(|acyclic| acyclic.value) {
        let remote = graph.allow_remote_parents.is_some_and(|allow| allow.value);
        checks.push(is_acyclic(index, acyclic, remote));
    }
}

/// A check of two names.
fn of_edge(title: String, edge: &Edge) -> Check {
    Check::new(Kind::Graph, title, edge.span).about([&edge.from.value, &edge.to.value])
}

/// Fails a check for a name that no span has. Says whether it did.
fn absent(index: &Index<'_>, check: &mut Check, name: &Spanned<Pattern>) -> bool {
    let absent = index.matching(&name.value).is_empty()
        // A parent may be the runner's, which does not count.
        && !index.is_of_runner(&name.value);
    if absent {
        let title = check.title.clone();
        check.fail(Failure::absent(index, Code::E201, name, title));
    }
    absent
}

/// Some span of the second name has one of the first as its parent.
fn include(index: &Index<'_>, edge: &Edge) -> Check {
    let (from, to) = (edge.from.value.as_str(), edge.to.value.as_str());
    let title = format!("edge `{from}` → `{to}`");
    let mut check = of_edge(title.clone(), edge);
    let children = index.matching(&edge.to.value);
    if children
        .iter()
        .any(|at| index.parent_is(*at, &edge.from.value))
    {
        return check;
    }
    let missing = [&edge.from, &edge.to].map(|name| absent(index, &mut check, name));
    if missing.contains(&true) {
        return check;
    }
    if let Some(first) = children.first() {
        let parents = children.iter().map(|at| parent(index, *at));
        let mut parents: Vec<String> = parents.take(1000).collect();
        parents.sort();
        parents.dedup();
        let number = parents.len();
        let found = format!("the parent of `{to}` is {}", words::few(parents, number));
        check.fail(
            Failure::new(
                Code::E201,
                edge.span,
                format!("no span `{to}` has a parent `{from}`"),
                title,
                found,
            )
            .nearest(Nearest::span(index, *first)),
        );
    }
    check
}

/// Some span of the second name has one of the first above it, at any depth.
fn reach(index: &Index<'_>, edge: &Edge) -> Check {
    let (from, to) = (edge.from.value.as_str(), edge.to.value.as_str());
    let title = format!("path `{from}` → … → `{to}`");
    let mut check = of_edge(title.clone(), edge);
    let below = below(index, &edge.from.value);
    let ends = index.matching(&edge.to.value);
    if ends.iter().any(|at| below[*at as usize]) {
        return check;
    }
    let missing = [&edge.from, &edge.to].map(|name| absent(index, &mut check, name));
    if missing.contains(&true) {
        return check;
    }
    if let Some(first) = ends.first() {
        check.fail(
            Failure::new(
                Code::E201,
                edge.span,
                format!("no span `{to}` has `{from}` above it"),
                title,
                format!("above `{to}` stands {}", ancestors(index, *first)),
            )
            .nearest(Nearest::span(index, *first)),
        );
    }
    check
}

/// For each span whether one of this name is surely above it. Spread downwards, so that each edge is
/// looked at once; where spans share the id of a parent, all of them must lead there.
fn below(index: &Index<'_>, top: &Pattern) -> Vec<bool> {
    let mut below = vec![false; index.len()];
    let mut led = vec![0_usize; index.len()];
    let is_top = |at: u32| top.matches(&index.span(at).name);
    let all = 0..u32::try_from(index.len()).unwrap_or(u32::MAX);
    let mut open: Vec<u32> = all.filter(|at| is_top(*at)).collect();
    while let Some(at) = open.pop() {
        for child in index.children(at) {
            let Parent::Spans(parents) = index.parent(*child) else {
                continue;
            };
            led[*child as usize] += 1;
            if led[*child as usize] == parents.len() && !below[*child as usize] {
                below[*child as usize] = true;
                if !is_top(*child) {
                    open.push(*child);
                }
            }
        }
    }
    below
}

/// The names above a span, the nearest first.
fn ancestors(index: &Index<'_>, at: u32) -> String {
    const HIGHEST: usize = 8;
    let mut names = Vec::new();
    let mut at = at;
    while let Parent::Spans([above]) = index.parent(at) {
        if names.len() == HIGHEST {
            names.push("…".to_owned());
            break;
        }
        names.push(format!("`{}`", index.span(*above).name));
        at = *above;
    }
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(" ← ")
    }
}

/// No span of one name is the parent of one of the other.
fn cross(index: &Index<'_>, edge: &Edge) -> Check {
    let (from, to) = (&edge.from.value, &edge.to.value);
    let title = format!("no edge between `{}` and `{}`", from.as_str(), to.as_str());
    let mut check = of_edge(title.clone(), edge);
    let mut crossing: Vec<(u32, u32)> = Vec::new();
    for (above, below) in [(from, to), (to, from)] {
        for at in index.matching(below).iter() {
            // Where it is not certain which span is the parent, each of them may be.
            if let Parent::Spans(parents) = index.parent(*at) {
                let mut parents = parents.iter();
                let found = parents.find(|parent| above.matches(&index.span(**parent).name));
                crossing.extend(found.map(|parent| (*parent, *at)));
            }
        }
    }
    crossing.sort_unstable();
    crossing.dedup();
    if let Some((above, below)) = crossing.first() {
        let told = |(above, below): &(u32, u32)| {
            format!(
                "`{}` → {}",
                index.span(*above).name,
                words::span(index.span(*below))
            )
        };
        let message = format!(
            "`{}` is the parent of `{}`, which must not be",
            index.span(*above).name,
            index.span(*below).name
        );
        let found = words::few(crossing.iter().map(told), crossing.len());
        check.fail(
            Failure::new(Code::E202, edge.span, message, title, found)
                .nearest(Nearest::span(index, *below)),
        );
    }
    check
}

/// No span is its own ancestor, and every parent is in the trace.
fn is_acyclic(index: &Index<'_>, acyclic: Spanned<bool>, allow_remote: bool) -> Check {
    let mut check = Check::new(Kind::Graph, "no cycles", acyclic.span);
    let edges = index.edges();
    for cycle in cycles::find(index.len(), &edges) {
        let spans: Vec<u32> = cycle
            .iter()
            .filter_map(|edge| u32::try_from(edges[*edge].0).ok())
            .collect();
        let Some(first) = spans.first().copied() else {
            continue;
        };
        let name = &index.span(first).name;
        let message = if spans.len() == 1 {
            format!("span `{name}` is its own parent")
        } else {
            format!(
                "span `{name}` is its own ancestor, through {}",
                words::count(spans.len(), "span")
            )
        };
        let found = spans.iter().map(|at| words::span(index.span(*at)));
        let found = words::few(found, spans.len());
        check.fail(
            Failure::new(Code::E203, acyclic.span, message, "no cycles", found)
                .nearest(Nearest::span(index, first)),
        );
    }
    if allow_remote {
        return check;
    }
    let orphans: Vec<u32> = index
        .spans()
        .map(|(at, _)| at)
        .filter(|at| index.parent(*at) == Parent::Absent)
        .collect();
    if let Some(first) = orphans.first() {
        let told = |at: &u32| words::span(index.span(*at));
        let message = match orphans.len() {
            1 => format!(
                "the parent of span `{}` is not in the trace",
                index.span(*first).name
            ),
            number => format!("the parents of {number} spans are not in the trace"),
        };
        let found = words::few(orphans.iter().map(told), orphans.len());
        check.fail(
            Failure::new(
                Code::E204,
                acyclic.span,
                message,
                "every parent in the trace",
                found,
            )
            .help("where callers outside the trace are meant, write `allow_remote_parents = true`")
            .nearest(Nearest::span(index, *first)),
        );
    }
    check
}
