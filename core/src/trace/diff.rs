//! Two traces compared as trees.
//!
//! Spans are paired from the roots down: among the children of a pair those of one name, first those
//! that are alike with all below them, then those that are alike, then in order. What is left over on
//! both sides and is surely the same span has moved. Each span is looked at a few times, whatever the
//! shape of the trees.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use serde::Serialize;

use super::model::{Event, Span, Trace, Value};
use super::normal::hashes;
use super::tree::Tree;
use crate::config::model::{SpanKind, SpanStatus};

/// By how much durations may differ.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Tolerance {
    /// By so many milliseconds.
    Milliseconds(f64),
    /// By so many hundredths of the first one.
    Percent(f64),
}

impl Tolerance {
    fn admits(self, left: f64, right: f64) -> bool {
        let apart = (left - right).abs();
        match self {
            Self::Milliseconds(most) => apart <= most,
            Self::Percent(most) => apart <= left * most / 100.0,
        }
    }
}

/// What became of a span.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is in both, and alike.
    Same,
    /// It is in both, and differs.
    Changed,
    /// It is in both, below another parent; it may differ as well.
    Moved,
    /// It is in the second only.
    Added,
    /// It is in the first only.
    Removed,
}

/// In what a span differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// `kind`, `status`, ``attribute `x` ``, ``event `x` ``, `duration` and so on.
    pub what: String,
    /// In the first trace; `None`: it is not there.
    pub left: Option<String>,
    /// In the second.
    pub right: Option<String>,
}

/// A span of both traces, or of one of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// How deep it stands.
    pub depth: usize,
    /// What became of it.
    pub change: Change,
    /// Its number in the first trace.
    pub left: Option<usize>,
    /// Its number in the second.
    pub right: Option<usize>,
    /// In what it differs.
    pub differences: Vec<Difference>,
    /// The name of the parent that it had, where it has moved; empty for none.
    pub moved_from: Option<Arc<str>>,
}

/// How two traces differ.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Diff {
    /// The spans of both, parents before children; what was removed stands where it was.
    pub rows: Vec<Row>,
}

impl Diff {
    /// Compares two normalised traces. Durations are compared only if there is a tolerance.
    #[must_use]
    pub fn of(left: &Trace, right: &Trace, tolerance: Option<Tolerance>) -> Self {
        let (a, b) = (Side::new(&left.spans), Side::new(&right.spans));
        let mut pairing = Pairing {
            of_left: vec![None; left.spans.len()],
            of_right: vec![None; right.spans.len()],
            a: &a,
            b: &b,
        };
        pairing.below(&a.tree.roots, &b.tree.roots);
        pairing.moved();
        let Pairing {
            of_left, of_right, ..
        } = pairing;
        rows(&a, &b, &of_left, &of_right, tolerance)
    }

    /// How many spans changed in this way.
    #[must_use]
    pub fn count(&self, change: Change) -> usize {
        self.rows.iter().filter(|row| row.change == change).count()
    }

    /// Whether both are alike.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.change == Change::Same)
    }
}

/// One of the two traces.
struct Side<'a> {
    spans: &'a [Span],
    tree: Tree,
    own: Vec<u64>,
    below: Vec<u64>,
}

impl<'a> Side<'a> {
    fn new(spans: &'a [Span]) -> Self {
        let tree = Tree::new(spans);
        let (own, below) = hashes(spans, &tree);
        Self {
            spans,
            tree,
            own,
            below,
        }
    }

    fn name(&self, at: usize) -> &str {
        &self.spans[at].name
    }
}

struct Pairing<'s, 'a> {
    of_left: Vec<Option<usize>>,
    of_right: Vec<Option<usize>>,
    a: &'s Side<'a>,
    b: &'s Side<'a>,
}

impl<'s> Pairing<'s, '_> {
    /// Pairs two lists of siblings and everything below.
    fn below(&mut self, left: &[usize], right: &[usize]) {
        let (a, b) = (self.a, self.b);
        let mut open = vec![(left, right)];
        while let Some((left, right)) = open.pop() {
            let mut pairs = self.equal(left, right, |side, at| (side.name(at), side.below[at]));
            pairs.extend(self.equal(left, right, |side, at| (side.name(at), side.own[at])));
            pairs.extend(self.equal(left, right, |side, at| (side.name(at), 0)));
            let pairs = pairs.into_iter();
            open.extend(pairs.map(|(l, r)| (&*a.tree.children[l], &*b.tree.children[r])));
        }
    }

    /// Pairs what has no partner yet and an equal key, in order.
    fn equal(
        &mut self,
        left: &[usize],
        right: &[usize],
        key: impl Fn(&'s Side<'_>, usize) -> (&'s str, u64),
    ) -> Vec<(usize, usize)> {
        let mut free: HashMap<(&str, u64), VecDeque<usize>> = HashMap::new();
        for at in right.iter().filter(|at| self.of_right[**at].is_none()) {
            free.entry(key(self.b, *at)).or_default().push_back(*at);
        }
        let mut pairs = Vec::new();
        if free.is_empty() {
            return pairs;
        }
        for at in left.iter().filter(|at| self.of_left[**at].is_none()) {
            let found = free.get_mut(&key(self.a, *at));
            if let Some(partner) = found.and_then(VecDeque::pop_front) {
                pairs.push((*at, partner));
            }
        }
        for (l, r) in &pairs {
            self.of_left[*l] = Some(*r);
            self.of_right[*r] = Some(*l);
        }
        pairs
    }

    /// Pairs what is left over and is surely the same span elsewhere: with all below it, then by
    /// itself, then as the only one of its name. Each pair goes on below before the next kind is tried.
    fn moved(&mut self) {
        let (a, b) = (self.a, self.b);
        let left = |this: &Self| this.free(&this.of_left, &a.tree.order);
        let right = |this: &Self| this.free(&this.of_right, &b.tree.order);
        for step in 0..3 {
            let (l, r) = (left(self), right(self));
            let pairs = match step {
                0 => self.equal(&l, &r, |side, at| (side.name(at), side.below[at])),
                1 => self.equal(&l, &r, |side, at| (side.name(at), side.own[at])),
                _ => {
                    let (l, r) = (only(a, &l), only(b, &r));
                    self.equal(&l, &r, |side, at| (side.name(at), 0))
                }
            };
            for (l, r) in pairs {
                self.below(&a.tree.children[l], &b.tree.children[r]);
            }
        }
    }

    fn free(&self, partner: &[Option<usize>], order: &[usize]) -> Vec<usize> {
        let free = order.iter().copied().filter(|at| partner[*at].is_none());
        free.collect()
    }
}

/// Those that are the only ones of their name.
fn only(side: &Side<'_>, free: &[usize]) -> Vec<usize> {
    let mut number: HashMap<&str, usize> = HashMap::new();
    for at in free {
        *number.entry(side.name(*at)).or_default() += 1;
    }
    let single = free.iter().copied();
    single.filter(|at| number[side.name(*at)] == 1).collect()
}

/// What stands where in the common tree: that of the second trace, with what was removed below the
/// partner of its parent.
fn rows(
    a: &Side<'_>,
    b: &Side<'_>,
    of_left: &[Option<usize>],
    of_right: &[Option<usize>],
    tolerance: Option<Tolerance>,
) -> Diff {
    #[derive(Clone, Copy)]
    enum Node {
        Left(usize),
        Right(usize),
    }
    let removed = |children: &[usize]| -> Vec<Node> {
        let gone = children.iter().filter(|at| of_left[**at].is_none());
        gone.map(|at| Node::Left(*at)).collect()
    };
    let mut diff = Diff::default();
    let mut open: Vec<(usize, Node)> = Vec::new();
    let push = |open: &mut Vec<(usize, Node)>, depth, left: &[usize], right: &[usize]| {
        open.extend(removed(left).into_iter().rev().map(|node| (depth, node)));
        open.extend(right.iter().rev().map(|at| (depth, Node::Right(*at))));
    };
    push(&mut open, 0, &a.tree.roots, &b.tree.roots);
    while let Some((depth, node)) = open.pop() {
        match node {
            Node::Left(at) => {
                diff.rows.push(Row {
                    depth,
                    change: Change::Removed,
                    left: Some(at),
                    right: None,
                    differences: Vec::new(),
                    moved_from: None,
                });
                push(&mut open, depth + 1, &a.tree.children[at], &[]);
            }
            Node::Right(at) => {
                let left = of_right[at];
                let mut row = Row {
                    depth,
                    change: Change::Added,
                    left,
                    right: Some(at),
                    differences: Vec::new(),
                    moved_from: None,
                };
                if let Some(left) = left {
                    row.differences = differences(&a.spans[left], &b.spans[at], tolerance);
                    let stayed = match (a.tree.parent[left], b.tree.parent[at]) {
                        (None, None) => true,
                        (Some(l), Some(r)) => of_left[l] == Some(r),
                        _ => false,
                    };
                    let remote = |span: &Span| {
                        let id = span.parent_id.as_ref();
                        id.map(|_| "outside the trace".to_owned())
                    };
                    let (l, r) = (remote(&a.spans[left]), remote(&b.spans[at]));
                    if a.tree.parent[left].is_none() && b.tree.parent[at].is_none() && l != r {
                        row.differences.push(Difference {
                            what: "parent".to_owned(),
                            left: l,
                            right: r,
                        });
                    }
                    if !stayed {
                        let from = a.tree.parent[left].map(|at| a.spans[at].name.clone());
                        row.moved_from = Some(from.unwrap_or_default());
                    }
                    row.change = match (stayed, row.differences.is_empty()) {
                        (false, _) => Change::Moved,
                        (true, false) => Change::Changed,
                        (true, true) => Change::Same,
                    };
                }
                diff.rows.push(row);
                let gone = left.map_or(&[][..], |left| &a.tree.children[left]);
                push(&mut open, depth + 1, gone, &b.tree.children[at]);
            }
        }
    }
    diff
}

fn differences(left: &Span, right: &Span, tolerance: Option<Tolerance>) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut unequal = |what: &str, left: Option<String>, right: Option<String>| {
        if left != right {
            found.push(Difference {
                what: what.to_owned(),
                left,
                right,
            });
        }
    };
    unequal("kind", left.kind.map(kind), right.kind.map(kind));
    unequal("status", Some(status(left)), Some(status(right)));
    attributes(
        "attribute",
        &left.attributes,
        &right.attributes,
        &mut unequal,
    );
    attributes(
        "resource",
        &left.resource.attributes,
        &right.resource.attributes,
        &mut unequal,
    );
    events(&left.events, &right.events, &mut unequal);
    if let (Some(tolerance), Some(l), Some(r)) =
        (tolerance, left.duration_ms(), right.duration_ms())
        && !tolerance.admits(l, r)
    {
        unequal("duration", Some(format!("{l} ms")), Some(format!("{r} ms")));
    }
    found
}

fn kind(kind: SpanKind) -> String {
    format!("{kind:?}").to_ascii_lowercase()
}

fn status(span: &Span) -> String {
    let word = match span.status {
        SpanStatus::Ok => "OK",
        SpanStatus::Error => "ERROR",
        SpanStatus::Unset => "UNSET",
    };
    match &span.status_message {
        Some(message) => format!("{word}: {message}"),
        None => word.to_owned(),
    }
}

/// Both lists are sorted by name.
fn attributes(
    what: &str,
    left: &[(Arc<str>, Value)],
    right: &[(Arc<str>, Value)],
    unequal: &mut impl FnMut(&str, Option<String>, Option<String>),
) {
    if left == right {
        return;
    }
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some((l, _)), Some((r, _))) => l.cmp(r),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let l = if order.is_le() { left.next() } else { None };
        let r = if order.is_ge() { right.next() } else { None };
        let Some((name, _)) = l.or(r) else { return };
        let told = |found: Option<&(Arc<str>, Value)>| {
            let (_, value) = found?;
            Some(match value {
                Value::Text(text) => format!("{text:?}"),
                Value::Float(number) => format!("{number:?}"),
                Value::Empty => "empty".to_owned(),
                value => value.to_string(),
            })
        };
        unequal(&format!("{what} `{name}`"), told(l), told(r));
    }
}

/// Events that are on one side only, and those of one name whose attributes differ.
fn events(
    left: &[Event],
    right: &[Event],
    unequal: &mut impl FnMut(&str, Option<String>, Option<String>),
) {
    let alike = |a: &Event, b: &Event| a.name == b.name && a.attributes == b.attributes;
    if left.len() == right.len() && left.iter().zip(right).all(|(a, b)| alike(a, b)) {
        return;
    }
    let mut names: BTreeMap<&str, (Vec<&Event>, Vec<&Event>)> = BTreeMap::new();
    for event in left {
        names.entry(&event.name).or_default().0.push(event);
    }
    for event in right {
        names.entry(&event.name).or_default().1.push(event);
    }
    for (name, (left, right)) in names {
        let what = format!("event `{name}`");
        if left.len() != right.len() {
            let times = |number: usize| match number {
                0 => None,
                1 => Some("once".to_owned()),
                more => Some(format!("{more} times")),
            };
            unequal(&what, times(left.len()), times(right.len()));
        }
        for (l, r) in left.iter().zip(&right) {
            let what = format!("{what} attribute");
            attributes(&what, &l.attributes, &r.attributes, unequal);
        }
    }
}

#[cfg(test)]
mod tests;
