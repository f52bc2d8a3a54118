//! The spans of a trace in one fixed order, found by name, by id, by parent and by child.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::RUNNER_SCOPE;
use crate::config::model::Pattern;
use crate::suggest::{self, did_you_mean};
use crate::trace::{Span, Trace};

/// So many names are compared for a suggestion.
const COMPARED: usize = 2_000;

/// Spans are numbered in an order of their own (start, end, name, ids), so that nothing depends on the
/// order in which they came.
pub(super) struct Index<'a> {
    all: Vec<&'a Span>,
    origin: Vec<usize>,
    /// Numbers by name, of those that count.
    names: BTreeMap<&'a str, Vec<u32>>,
    counted: Vec<u32>,
    /// Numbers in order of trace and id, so that spans of one id stand together.
    grouped: Vec<u32>,
    /// For each trace and id a range of `grouped`.
    by_id: HashMap<Key<'a>, (u32, u32)>,
    children: OnceCell<Vec<Vec<u32>>>,
    matched: RefCell<HashMap<String, Rc<[u32]>>>,
}

/// The order of spans: by start, end and name; then by what they say, and by their ids only where they
/// say the same, so that other ids do not lead to another verdict.
fn order(spans: &[Span]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    let key = |at: &usize| {
        let span = &spans[*at];
        (span.start, span.end, &*span.name)
    };
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    for equal in order.chunk_by_mut(|a, b| key(a) == key(b)) {
        if equal.len() > 1 {
            equal.sort_by_cached_key(|at| {
                let span = &spans[*at];
                let content = (
                    (span.kind, span.status, &span.status_message),
                    (&span.attributes, &span.events, &span.links),
                    (&span.resource, &span.scope),
                );
                let ids = (&span.trace_id, &span.id, &span.parent_id);
                (format!("{content:?}"), format!("{ids:?}"))
            });
        }
    }
    order
}

/// Trace and span id.
type Key<'a> = (Option<&'a str>, &'a str);

/// What is known of the parent of a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Parent<'i> {
    /// It has none.
    Root,
    /// It names itself.
    Itself,
    /// Its id is not in the trace.
    Absent,
    /// The spans of that id; more than one if somebody used an id twice.
    Spans(&'i [u32]),
}

impl<'a> Index<'a> {
    pub fn new(trace: &'a Trace, runner_counts: bool) -> Self {
        let order = order(&trace.spans);
        let all: Vec<&Span> = order.iter().map(|at| &trace.spans[*at]).collect();
        let numbers = 0..u32::try_from(all.len()).unwrap_or(u32::MAX);
        let counts = |at: &u32| runner_counts || &*all[*at as usize].scope.name != RUNNER_SCOPE;
        let counted: Vec<u32> = numbers.clone().filter(counts).collect();
        let mut names: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for at in &counted {
            names.entry(&all[*at as usize].name).or_default().push(*at);
        }
        let id = |at: u32| -> Option<Key<'a>> {
            let span = all[at as usize];
            Some((span.trace_id.as_deref(), span.id.as_deref()?))
        };
        let mut grouped: Vec<u32> = numbers.filter(|at| id(*at).is_some()).collect();
        grouped.sort_by_key(|at| (id(*at), *at));
        let mut by_id = HashMap::with_capacity(grouped.len());
        let mut from = 0;
        for group in grouped.chunk_by(|a, b| id(*a) == id(*b)) {
            let to = from + u32::try_from(group.len()).unwrap_or(u32::MAX);
            if let Some(key) = id(group[0]) {
                by_id.insert(key, (from, to));
            }
            from = to;
        }
        Self {
            all,
            origin: order,
            names,
            counted,
            grouped,
            by_id,
            children: OnceCell::new(),
            matched: RefCell::default(),
        }
    }

    /// Spans in all, the runner's included.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// How many spans count.
    pub fn counted(&self) -> usize {
        self.counted.len()
    }

    /// The spans that count.
    pub fn spans(&self) -> impl Iterator<Item = (u32, &'a Span)> {
        self.counted.iter().map(|at| (*at, self.all[*at as usize]))
    }

    pub fn span(&self, at: u32) -> &'a Span {
        self.all[at as usize]
    }

    /// Where a span stands in the trace as it was given.
    pub fn origin(&self, at: u32) -> usize {
        self.origin[at as usize]
    }

    /// The spans that a pattern means, in order.
    pub fn matching(&self, pattern: &Pattern) -> Rc<[u32]> {
        let text = pattern.as_str();
        if let Some(known) = self.matched.borrow().get(text) {
            return known.clone();
        }
        let found: Rc<[u32]> = if pattern.is_glob() {
            let head = &text[..text.find(['*', '?', '[']).unwrap_or(text.len())];
            let mut found: Vec<u32> = self
                .names
                .range(head..)
                .take_while(|(name, _)| name.starts_with(head))
                .filter(|(name, _)| pattern.matches(name))
                .flat_map(|(_, numbers)| numbers.iter().copied())
                .collect();
            found.sort_unstable();
            found.into()
        } else {
            self.names
                .get(text)
                .map_or_else(Rc::default, |numbers| Rc::from(numbers.as_slice()))
        };
        self.matched
            .borrow_mut()
            .insert(text.to_owned(), found.clone());
        found
    }

    /// The parent of a span, within its trace.
    pub fn parent(&self, at: u32) -> Parent<'_> {
        let span = self.span(at);
        let Some(id) = span.parent_id.as_deref() else {
            return Parent::Root;
        };
        if span.id.as_deref() == Some(id) {
            return Parent::Itself;
        }
        match self.by_id.get(&(span.trace_id.as_deref(), id)) {
            Some((from, to)) => Parent::Spans(&self.grouped[*from as usize..*to as usize]),
            None => Parent::Absent,
        }
    }

    /// Whether the parent of a span surely has such a name: all spans of its id do.
    pub fn parent_is(&self, at: u32, pattern: &Pattern) -> bool {
        match self.parent(at) {
            Parent::Spans(spans) => spans.iter().all(|at| pattern.matches(&self.span(*at).name)),
            _ => false,
        }
    }

    /// The spans that name this one as their parent.
    pub fn children(&self, at: u32) -> &[u32] {
        let children = self.children.get_or_init(|| {
            let mut children = vec![Vec::new(); self.all.len()];
            for child in 0..u32::try_from(self.all.len()).unwrap_or(u32::MAX) {
                if let Parent::Spans(parents) = self.parent(child) {
                    for parent in parents {
                        children[*parent as usize].push(child);
                    }
                }
            }
            children
        });
        &children[at as usize]
    }

    /// Each span with the spans of its parent's id, itself included.
    pub fn edges(&self) -> Vec<(usize, usize)> {
        let mut edges = Vec::with_capacity(self.all.len());
        for at in 0..u32::try_from(self.all.len()).unwrap_or(u32::MAX) {
            match self.parent(at) {
                Parent::Itself => edges.push((at as usize, at as usize)),
                Parent::Spans(parents) => {
                    edges.extend(parents.iter().map(|parent| (at as usize, *parent as usize)));
                }
                Parent::Root | Parent::Absent => {}
            }
        }
        edges
    }

    /// The runner's spans that a pattern means, where they do not count.
    pub fn is_of_runner(&self, pattern: &Pattern) -> bool {
        self.all
            .iter()
            .any(|span| &*span.scope.name == RUNNER_SCOPE && pattern.matches(&span.name))
    }

    /// What to do about a name that no span has.
    pub fn help_for(&self, pattern: &Pattern) -> Option<String> {
        if self.is_of_runner(pattern) {
            return Some(
                "only the runner emitted such a span; `[expect] runner_spans = true` makes it count"
                    .to_owned(),
            );
        }
        let names = self.names.keys().copied().take(COMPARED);
        if let Some(nearest) = suggest::nearest(pattern.as_str(), names) {
            return Some(did_you_mean(nearest));
        }
        let names: Vec<String> = self
            .names
            .keys()
            .take(6)
            .map(|name| format!("`{name}`"))
            .collect();
        let more = self.names.len().saturating_sub(names.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        (!names.is_empty()).then(|| format!("the trace has {}{more}", names.join(", ")))
    }
}
