//! `X106` unknown-parent: an expected span has a parent that nothing else in the file knows.

use std::collections::HashSet;

use super::patterns::may_overlap;
use super::world::{PAIRS, World, is_forbidden};
use crate::config::model::{Expect, Pattern, Spanned};
use crate::diagnostic::{Code, Finding, Findings};

/// The names of the spans that the runner emits; links to parents resolve over these too.
pub const RUNNER: [&str; 3] = ["clnrm.run", "clnrm.scenario:*", "clnrm.step:*"];

pub fn check(world: &World, found: &mut Findings) {
    let expect = &world.file.expect;
    let nameless = expect.spans.iter().any(|span| span.name.is_none());
    if expect.incomplete || nameless || world.file.is_incomplete() {
        return;
    }
    let known = Known::new(expect);
    let mut pairs = PAIRS;
    for span in expect.spans.iter().filter(|span| !is_forbidden(span)) {
        let (Some(name), Some(parent)) = (&span.name, &span.parent) else {
            continue;
        };
        let Some(left) = pairs.checked_sub(known.cost(&parent.value)) else {
            return;
        };
        pairs = left;
        if known.has(&parent.value) {
            continue;
        }
        let message = format!(
            "parent `{}` of span `{}` matches no expected span",
            parent.value.as_str(),
            name.value.as_str()
        );
        let mut finding =
            Finding::new(Code::X106, parent.span, message).label("not expected anywhere");
        let absent = expect
            .spans
            .iter()
            .filter(|other| is_forbidden(other))
            .find_map(|other| {
                other
                    .name
                    .as_ref()
                    .filter(|name| name.value == parent.value)
            });
        if let Some(absent) = absent {
            finding = finding.note(absent.span, "expected to be absent here");
        }
        finding = world.meant(
            finding,
            parent.value.as_str(),
            parent.span,
            known.spans.iter().copied(),
        );
        if finding.help.is_none() {
            finding = finding
                .help("expect the parent with a `[[expect.span]]` of its own, or correct its name");
        }
        found.push(finding);
    }
}

/// The names that the file's expectations know.
struct Known<'a> {
    /// Of `[[expect.span]]`, in order of file.
    spans: Vec<&'a str>,
    /// Of all expectations.
    names: HashSet<&'a str>,
    globs: Vec<Pattern>,
}

impl<'a> Known<'a> {
    fn new(expect: &'a Expect) -> Self {
        let spans = expect.spans.iter().filter(|span| !is_forbidden(span));
        let mut known = Self {
            spans: spans
                .filter_map(|span| Some(span.name.as_ref()?.value.as_str()))
                .collect(),
            names: HashSet::new(),
            globs: RUNNER.map(Pattern::new).into(),
        };
        let spans = expect.spans.iter().filter(|span| !is_forbidden(span));
        spans
            .filter_map(|span| span.name.as_ref())
            .for_each(|name| known.add(name));
        let (graph, order) = (&expect.graph, &expect.order);
        let edges = graph.must_include.iter().chain(&graph.must_reach);
        for edge in edges.chain(&order.must_precede).chain(&order.must_follow) {
            known.add(&edge.from);
            known.add(&edge.to);
        }
        for window in &expect.windows {
            window
                .outer
                .iter()
                .chain(&window.contains)
                .for_each(|name| known.add(name));
        }
        let counts = expect
            .counts
            .by_name
            .iter()
            .filter(|count| count.bounds.greatest() != Some(0));
        counts.for_each(|count| known.add(&count.name));
        // A status of all (`*`, `clnrm.*`) names no span in particular.
        let states = expect.status.by_name.iter().map(|(name, _)| name);
        states
            .filter(|name| !name.value.is_glob())
            .for_each(|name| known.add(name));
        known
    }

    fn add(&mut self, name: &'a Spanned<Pattern>) {
        if name.value.is_glob() {
            self.globs.push(name.value.clone());
        } else {
            self.names.insert(name.value.as_str());
        }
    }

    /// How many comparisons [`Known::has`] takes at most.
    fn cost(&self, parent: &Pattern) -> usize {
        self.globs.len()
            + if parent.is_glob() {
                self.names.len()
            } else {
                1
            }
    }

    fn has(&self, parent: &Pattern) -> bool {
        if self.globs.iter().any(|glob| may_overlap(glob, parent)) {
            return true;
        }
        if parent.is_glob() {
            self.names.iter().any(|name| parent.matches(name))
        } else {
            self.names.contains(parent.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PAYS, clean, findings_in_damaged, only, trips};
    use super::*;

    fn pays(expect: &str) -> String {
        format!("{PAYS}{expect}\n")
    }

    #[test]
    fn a_parent_that_nothing_expects_is_told() {
        let text = pays(
            "[[expect.span]]\nname = 'http.request'\n[[expect.span]]\nname = 'db'\nparent = 'http.requst'",
        );
        trips(Code::X106, &text, &["'http.requst'"]);
        assert_eq!(
            only(&text).help.as_deref(),
            Some("did you mean `http.request`?")
        );
    }

    #[test]
    fn a_parent_that_must_be_absent_is_told() {
        let text = pays(
            "[[expect.span]]\nname = 'a'\nexists = false\n[[expect.span]]\nname = 'b'\nparent = 'a'",
        );
        trips(Code::X106, &text, &["2:'a'"]);
        assert_eq!(only(&text).notes[0].message, "expected to be absent here");
    }

    #[test]
    fn a_parent_is_known_by_name_or_glob() {
        for expect in [
            "[[expect.span]]\nname = 'a'\n[[expect.span]]\nname = 'b'\nparent = 'a'",
            "[[expect.span]]\nname = 'b'\nparent = 'a'\n[[expect.span]]\nname = 'a'",
            "[[expect.span]]\nname = 'api.*'\n[[expect.span]]\nname = 'b'\nparent = 'api.call'",
            "[[expect.span]]\nname = 'api.call'\n[[expect.span]]\nname = 'b'\nparent = 'api.*'",
            "[[expect.span]]\nname = 'api.*'\n[[expect.span]]\nname = 'b'\nparent = '*.call'",
            "[[expect.span]]\nname = 'b'\nparent = 'b'",
            "[[expect.span]]\nname = 'b'\nexists = false\nparent = 'a'",
            "[[expect.span]]\nname = 'b'\nparent = 'a'\n[expect.graph]\nmust_include = [['a', 'b']]",
            "[[expect.span]]\nname = 'b'\nparent = 'a'\n[expect.counts]\nby_name = { 'a' = { eq = 1 } }",
            "[[expect.span]]\nname = 'b'\nparent = 'a'\n[[expect.window]]\nouter = 'a'\ncontains = ['b']",
        ] {
            clean(&pays(expect));
        }
    }

    #[test]
    fn the_runners_spans_are_known_parents() {
        for parent in [
            "clnrm.run",
            "clnrm.scenario:pays",
            "clnrm.step:hello world",
            "clnrm.step:*",
        ] {
            clean(&pays(&format!(
                "[[expect.span]]\nname = 'b'\nparent = '{parent}'"
            )));
        }
        trips(
            Code::X106,
            &pays("[[expect.span]]\nname = 'b'\nparent = 'clnrm.runs'"),
            &["'clnrm.runs'"],
        );
    }

    #[test]
    fn what_was_lost_may_have_been_the_parent() {
        for lost in ["[[expect.span\nname = 'a'", "[[expect.span]]\nname = a"] {
            let text = pays(&format!(
                "[[expect.span]]\nname = 'b'\nparent = 'a'\n{lost}"
            ));
            let found = findings_in_damaged(&text);
            assert!(found.is_empty(), "{found:#?}");
        }
    }
}
