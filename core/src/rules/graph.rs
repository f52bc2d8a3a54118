//! `X107` cyclic-graph and `X108` contradictory-edge: `[expect.graph]`.

use std::collections::{HashMap, HashSet};

use super::cycles;
use super::patterns::covers;
use super::world::{PAIRS, World, is_required};
use crate::config::model::{Edge, Pattern};
use crate::diagnostic::{Code, Finding, Findings};
use crate::source::Span;

/// Other edges of a cycle that are shown.
const NOTES: usize = 10;

pub fn check(world: &World, found: &mut Findings) {
    cyclic(world, found);
    contradictory(world, found);
}

/// Numbers for names.
pub fn number<'a>(numbers: &mut HashMap<&'a str, usize>, name: &'a str) -> usize {
    let next = numbers.len();
    *numbers.entry(name).or_insert(next)
}

fn cyclic(world: &World, found: &mut Findings) {
    let graph = &world.file.expect.graph;
    let Some(acyclic) = graph.acyclic.filter(|acyclic| acyclic.value) else {
        return;
    };
    // A glob stands for many spans: edges from and to it need not meet.
    let exact = |edge: &&Edge| !edge.from.value.is_glob() && !edge.to.value.is_glob();
    let required: Vec<&Edge> = graph.must_include.iter().filter(exact).collect();
    let mut numbers = HashMap::new();
    let edges: Vec<_> = required
        .iter()
        .map(|edge| {
            let from = number(&mut numbers, edge.from.value.as_str());
            (from, number(&mut numbers, edge.to.value.as_str()))
        })
        .collect();
    for cycle in cycles::find(numbers.len(), &edges) {
        let edges = cycle.iter().map(|edge| required[*edge]);
        let path = cycles::spell(edges.clone().map(|edge| edge.from.value.as_str()));
        let message = format!("required edges form a cycle, but `acyclic` is true: {path}");
        let places = edges.map(|edge| (edge.span, required_here(edge)));
        let places = places.chain([(acyclic.span, "cycles are ruled out here".to_owned())]);
        found.extend(
            contradiction(Code::X107, message, places.collect())
                .map(|f| f.help("remove one of these edges, or set `acyclic = false`")),
        );
    }
}

fn required_here(edge: &Edge) -> String {
    format!(
        "`{}` → `{}` is required here",
        edge.from.value.as_str(),
        edge.to.value.as_str()
    )
}

/// A finding at the place that stands last, with the others as notes in order of file.
pub fn contradiction(
    code: Code,
    message: String,
    mut places: Vec<(Span, String)>,
) -> Option<Finding> {
    places.sort_by_key(|(span, _)| (span.start, span.end));
    let (last, label) = places.pop()?;
    let finding = Finding::new(code, last, message).label(label);
    Some(
        places
            .into_iter()
            .take(NOTES)
            .fold(finding, |f, (span, clause)| f.note(span, clause)),
    )
}

/// An edge that must be there: its two ends and where it is asked for.
struct Required<'a> {
    parent: &'a Pattern,
    child: &'a Pattern,
    span: Span,
}

fn contradictory(world: &World, found: &mut Findings) {
    let expect = &world.file.expect;
    let graph = &expect.graph;
    if graph.must_not_cross.is_empty() {
        return;
    }
    let edges = graph.must_include.iter().map(|edge| Required {
        parent: &edge.from.value,
        child: &edge.to.value,
        span: edge.span,
    });
    let spans = expect
        .spans
        .iter()
        .filter(|span| is_required(span))
        .filter_map(|span| {
            let parent = span.parent.as_ref()?;
            let child = span.name.as_ref()?;
            Some(Required {
                parent: &parent.value,
                child: &child.value,
                span: parent.span,
            })
        });
    let forbidden = Forbidden::new(&graph.must_not_cross);
    let mut pairs = PAIRS;
    let mut told = HashSet::new();
    for required in edges.chain(spans) {
        let Some(left) = pairs.checked_sub(forbidden.globs.len() + 1) else {
            return;
        };
        pairs = left;
        let Some(against) = forbidden.find(&required) else {
            continue;
        };
        let (a, b) = (required.parent.as_str(), required.child.as_str());
        // Required in both directions, it is one contradiction.
        if !told.insert((a.min(b), a.max(b), against.span)) {
            continue;
        }
        let message = format!("edge `{a}` → `{b}` is both required and forbidden");
        let places = vec![
            (required.span, "required here".to_owned()),
            (
                against.span,
                "forbidden here, in either direction".to_owned(),
            ),
        ];
        found.extend(contradiction(Code::X108, message, places));
    }
}

/// The edges of `must_not_cross`.
struct Forbidden<'a> {
    exact: HashMap<(&'a str, &'a str), &'a Edge>,
    globs: Vec<&'a Edge>,
}

impl<'a> Forbidden<'a> {
    fn new(edges: &'a [Edge]) -> Self {
        let mut forbidden = Self {
            exact: HashMap::new(),
            globs: Vec::new(),
        };
        for edge in edges {
            let (a, b) = (&edge.from.value, &edge.to.value);
            if a.is_glob() || b.is_glob() {
                forbidden.globs.push(edge);
            } else {
                forbidden
                    .exact
                    .entry((a.as_str(), b.as_str()))
                    .or_insert(edge);
                forbidden
                    .exact
                    .entry((b.as_str(), a.as_str()))
                    .or_insert(edge);
            }
        }
        forbidden
    }

    /// The edge that surely rules out `required`.
    fn find(&self, required: &Required) -> Option<&'a Edge> {
        let (parent, child) = (required.parent, required.child);
        if let Some(edge) = self.exact.get(&(parent.as_str(), child.as_str())) {
            return Some(edge);
        }
        self.globs.iter().copied().find(|edge| {
            let (a, b) = (&edge.from.value, &edge.to.value);
            covers(a, parent) && covers(b, child) || covers(a, child) && covers(b, parent)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PAYS, clean, findings_swiftly, only, trips};
    use super::*;

    fn graph(settings: &str) -> String {
        format!("{PAYS}[expect.graph]\n{settings}\n")
    }

    #[test]
    fn required_edges_in_a_circle_contradict_acyclic() {
        let text = graph("must_include = [['a', 'b'], ['b', 'c'], ['c', 'a']]\nacyclic = true");
        trips(Code::X107, &text, &["true"]);
        let finding = only(&text);
        assert!(
            finding.message.ends_with("`a` → `b` → `c` → `a`"),
            "{}",
            finding.message
        );
        assert_eq!(finding.notes.len(), 3);
        trips(
            Code::X107,
            &graph("acyclic = true\nmust_include = [['a', 'b'], ['x', 'y'], ['b', 'a']]"),
            &["['b', 'a']"],
        );
        trips(
            Code::X107,
            &graph("acyclic = true\nmust_include = [['a', 'a']]"),
            &["['a', 'a']"],
        );
    }

    #[test]
    fn without_acyclic_a_circle_is_fine() {
        clean(&graph("must_include = [['a', 'b'], ['b', 'a']]"));
        clean(&graph(
            "must_include = [['a', 'b'], ['b', 'a']]\nacyclic = false",
        ));
    }

    #[test]
    fn diamonds_and_globs_are_no_circle() {
        clean(&graph(
            "acyclic = true\nmust_include = [['a', 'b'], ['a', 'c'], ['b', 'd'], ['c', 'd']]",
        ));
        clean(&graph(
            "acyclic = true\nmust_include = [['api.*', 'db'], ['db', 'api.*']]",
        ));
    }

    #[test]
    fn an_edge_is_not_both_required_and_forbidden() {
        trips(
            Code::X108,
            &graph("must_include = [['a', 'b']]\nmust_not_cross = [['x', 'y'], ['b', 'a']]"),
            &["['b', 'a']"],
        );
        trips(
            Code::X108,
            &graph("must_not_cross = [['a*', 'b']]\nmust_include = [['a1', 'b']]"),
            &["['a1', 'b']"],
        );
        trips(
            Code::X108,
            &graph(
                "must_not_cross = [['a', 'b']]\n[[expect.span]]\nname = 'a'\n[[expect.span]]\nname = 'b'\nparent = \"a\"",
            ),
            &["\"a\""],
        );
    }

    #[test]
    fn a_forbidden_edge_that_is_required_twice_is_told_once() {
        trips(
            Code::X108,
            &graph("must_include = [['a', 'b'], ['b', 'a']]\nmust_not_cross = [[\"a\", \"b\"]]"),
            &["[\"a\", \"b\"]"],
        );
    }

    #[test]
    fn edges_that_only_resemble_each_other_do_not_contradict() {
        for settings in [
            "must_include = [['a', 'b']]\nmust_not_cross = [['a', 'c'], ['b', 'c']]",
            "must_include = [['a*', 'b']]\nmust_not_cross = [['a1', 'b']]",
            "must_reach = [['a', 'b']]\nmust_not_cross = [['a', 'b']]",
            "must_not_cross = [['a', 'b']]\n[[expect.span]]\nname = 'a'\n[[expect.span]]\nname = 'b'\nparent = 'a'\nexists = false",
        ] {
            clean(&graph(settings));
        }
    }

    #[test]
    fn ten_thousand_edges_take_no_time() {
        let ring: Vec<String> = (0..10_000)
            .map(|n| format!("['s{n}', 's{}']", (n + 1) % 10_000))
            .collect();
        let crossed: Vec<String> = (0..10_000).map(|n| format!("['x{n}*', 's{n}']")).collect();
        let text = graph(&format!(
            "acyclic = true\nmust_include = [{}]\nmust_not_cross = [{}]",
            ring.join(", "),
            crossed.join(", ")
        ));
        assert!(findings_swiftly(&text)[0].message.contains("more"));
    }
}
