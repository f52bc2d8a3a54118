//! Spans as trees: who is whose child, roots first.

use std::collections::{HashMap, HashSet};

use super::model::{Id, Span};

/// The trees of a trace, over the numbers of its spans.
pub(super) struct Tree {
    /// The span that each one names as its parent, if it is there.
    pub named: Vec<Option<usize>>,
    /// The same, without those that would close a cycle.
    pub parent: Vec<Option<usize>>,
    pub children: Vec<Vec<usize>>,
    pub roots: Vec<usize>,
    /// Parents before their children.
    pub order: Vec<usize>,
}

impl Tree {
    /// Of several spans that share an id the first stands for all.
    pub fn new(spans: &[Span]) -> Self {
        let mut by_id: HashMap<(Option<&Id>, &Id), usize> = HashMap::with_capacity(spans.len());
        for (at, span) in spans.iter().enumerate() {
            if let Some(id) = &span.id {
                by_id.entry((span.trace_id.as_ref(), id)).or_insert(at);
            }
        }
        let named: Vec<Option<usize>> = spans
            .iter()
            .map(|span| {
                let id = span.parent_id.as_ref()?;
                by_id.get(&(span.trace_id.as_ref(), id)).copied()
            })
            .collect();
        let mut tree = Self {
            parent: named.clone(),
            named,
            children: vec![Vec::new(); spans.len()],
            roots: Vec::new(),
            order: Vec::with_capacity(spans.len()),
        };
        for at in 0..spans.len() {
            match tree.parent[at] {
                Some(parent) => tree.children[parent].push(at),
                None => tree.roots.push(at),
            }
        }
        let mut seen = vec![false; spans.len()];
        for root in tree.roots.clone() {
            tree.walk(root, &mut seen);
        }
        // What no root leads to hangs on a cycle, which is cut before its first span.
        for at in 0..spans.len() {
            if !seen[at] {
                let first = tree.first_of_cycle(at);
                if let Some(parent) = tree.parent[first].take() {
                    tree.children[parent].retain(|child| *child != first);
                }
                tree.roots.push(first);
                tree.walk(first, &mut seen);
            }
        }
        tree
    }

    /// The first span of the cycle that the parents of `at` lead to.
    fn first_of_cycle(&self, at: usize) -> usize {
        let up = |at: &usize| self.parent[*at];
        let mut met = HashSet::new();
        let mut above = std::iter::successors(Some(at), up);
        let Some(on) = above.find(|at| !met.insert(*at)) else {
            return at;
        };
        let cycle = std::iter::successors(Some(on), up).skip(1);
        let others = cycle.take_while(|at| *at != on);
        others.chain([on]).min().unwrap_or(on)
    }

    fn walk(&mut self, root: usize, seen: &mut [bool]) {
        let mut open = vec![root];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            self.order.push(at);
            open.extend(self.children[at].iter().rev());
        }
    }
}
