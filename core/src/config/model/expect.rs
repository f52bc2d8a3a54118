//! Expectations against the trace.

use super::{Spanned, Text};
use crate::source::Span;

/// `[expect]`, with what the legacy blocks say.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Expect {
    /// Something under `[expect]` or in a legacy block was lost.
    pub incomplete: bool,
    /// An empty trace is no failure.
    pub allow_empty: Option<Spanned<bool>>,
    /// Spans of the runner count too.
    pub runner_spans: Option<Spanned<bool>>,
    /// `[[expect.span]]`, in order of file.
    pub spans: Vec<ExpectedSpan>,
    /// `[expect.graph]`.
    pub graph: Graph,
    /// `[expect.counts]`.
    pub counts: Counts,
    /// `[[expect.window]]`.
    pub windows: Vec<Window>,
    /// `[expect.order]`.
    pub order: Order,
    /// `[expect.status]`.
    pub status: Status,
    /// `[expect.hermeticity]`.
    pub hermeticity: Hermeticity,
    /// `[[otel_validation.attribute_constraints]]`.
    pub attributes: Vec<AttributeRule>,
}

impl Expect {
    /// The place of the first expectation in the file that needs spans; `None` if nothing is expected
    /// of the trace.
    #[must_use]
    pub fn first(&self) -> Option<Span> {
        let spans = self.spans.iter().filter(|s| !s.optional).map(|s| s.header);
        let tables = [
            self.graph.header,
            self.counts.header,
            self.order.header,
            self.status.header,
        ];
        let windows = self.windows.iter().map(|w| w.header);
        let attributes = self.attributes.iter().map(|a| a.name.span);
        spans
            .chain(tables.into_iter().flatten())
            .chain(windows)
            .chain(attributes)
            .min()
    }
}

/// A span's name, or a glob over names (`*` also crosses `.`, `:` and `/`; `?`; `[a-z]`, `[!a-z]`).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Pattern(String);

impl Pattern {
    /// Takes any text; what is no proper glob matches only itself.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As the author wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it holds a wildcard; without one it is an exact name.
    #[must_use]
    pub fn is_glob(&self) -> bool {
        self.0.contains(['*', '?', '['])
    }

    /// Whether `name` is meant. Case matters, and the whole name must match.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if self.is_glob() {
            glob(&self.0, name)
        } else {
            self.0 == name
        }
    }
}

/// Matches in time proportional to the product of both lengths: only the last `*` is tried again.
fn glob(pattern: &str, name: &str) -> bool {
    let (mut p, mut n) = (pattern, name);
    let mut again: Option<(&str, &str)> = None;
    loop {
        if let Some(rest) = p.strip_prefix('*') {
            p = rest;
            if p.is_empty() {
                return true;
            }
            again = Some((p, n));
            continue;
        }
        if let Some(found) = n.chars().next() {
            if let Some(rest) = one(p, found) {
                p = rest;
                n = &n[found.len_utf8()..];
                continue;
            }
        } else {
            return p.is_empty();
        }
        let Some((star, from)) = again else {
            return false;
        };
        let Some(skipped) = from.chars().next() else {
            return false;
        };
        let from = &from[skipped.len_utf8()..];
        again = Some((star, from));
        (p, n) = (star, from);
    }
}

/// The rest of the pattern if its first element matches `found`.
fn one(pattern: &str, found: char) -> Option<&str> {
    let mut rest = pattern.chars();
    match rest.next()? {
        '?' => Some(rest.as_str()),
        '[' => match class(rest.as_str()) {
            Some((set, negated, after)) => (in_class(set, found) != negated).then_some(after),
            None => (found == '[').then_some(rest.as_str()),
        },
        literal => (literal == found).then_some(rest.as_str()),
    }
}

/// Splits what follows a `[` into the set, whether it is negated, and what follows the `]`.
fn class(after: &str) -> Option<(&str, bool, &str)> {
    let negated = after.starts_with(['!', '^']);
    let set = if negated { &after[1..] } else { after };
    // A `]` that comes first belongs to the set.
    let first = set.chars().next()?.len_utf8();
    let end = first + set[first..].find(']')?;
    Some((&set[..end], negated, &set[end + 1..]))
}

fn in_class(set: &str, found: char) -> bool {
    let mut rest = set.chars();
    while let Some(low) = rest.next() {
        let mut ahead = rest.clone();
        if ahead.next() == Some('-')
            && let Some(high) = ahead.next()
        {
            rest = ahead;
            if (low..=high).contains(&found) {
                return true;
            }
            continue;
        }
        if low == found {
            return true;
        }
    }
    false
}

/// Bounds of a number; all that are given hold.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bounds<T> {
    /// The whole value.
    pub span: Span,
    /// Exactly.
    pub eq: Option<Spanned<T>>,
    /// At least.
    pub gte: Option<Spanned<T>>,
    /// At most.
    pub lte: Option<Spanned<T>>,
}

impl<T: Copy + PartialOrd> Bounds<T> {
    /// Whether `value` meets all bounds.
    #[must_use]
    pub fn admit(&self, value: T) -> bool {
        self.eq.is_none_or(|b| value == b.value)
            && self.gte.is_none_or(|b| value >= b.value)
            && self.lte.is_none_or(|b| value <= b.value)
    }

    /// Both bounds together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let stricter =
            |a: Option<Spanned<T>>, b: Option<Spanned<T>>, keep: fn(&T, &T) -> bool| match (a, b) {
                (Some(a), Some(b)) if keep(&a.value, &b.value) => Some(a),
                (a, None) => a,
                (_, b) => b,
            };
        let mut both = Self {
            span: self.span,
            eq: self.eq.or(other.eq),
            gte: stricter(self.gte, other.gte, |a, b| a >= b),
            lte: stricter(self.lte, other.lte, |a, b| a <= b),
        };
        // Two different numbers cannot both be it: the other one stays as a bound that says so.
        if let (Some(first), Some(second)) = (self.eq, other.eq) {
            if first.value < second.value {
                both.gte = Some(second);
            } else if first.value > second.value {
                both.lte = Some(second);
            }
        }
        both
    }

    /// The least value that is admitted, if there is a lower bound.
    #[must_use]
    pub fn least(&self) -> Option<T> {
        self.eq.or(self.gte).map(|b| b.value)
    }

    /// The greatest value that is admitted, if there is an upper bound.
    #[must_use]
    pub fn greatest(&self) -> Option<T> {
        self.eq.or(self.lte).map(|b| b.value)
    }
}

/// `[[expect.span]]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ExpectedSpan {
    /// The name in the header of its table.
    pub header: Span,
    /// Something in the table was lost.
    pub incomplete: bool,
    /// The span's name (if it is missing, `C101` says so).
    pub name: Option<Spanned<Pattern>>,
    /// Its kind.
    pub kind: Option<Spanned<SpanKind>>,
    /// The name of its parent.
    pub parent: Option<Spanned<Pattern>>,
    /// Its status.
    pub status: Option<Spanned<SpanStatus>>,
    /// Attributes that are all there.
    pub attrs_all: Vec<Attribute>,
    /// Attributes of which at least one is there.
    pub attrs_any: Vec<Attribute>,
    /// Events that are all there.
    pub events_all: Vec<Text>,
    /// Events of which at least one is there.
    pub events_any: Vec<Text>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<Bounds<f64>>,
    /// `false`: no span of that name is there.
    pub exists: Option<Spanned<bool>>,
    /// Every span of that name meets the conditions, not just one.
    pub each: Option<Spanned<bool>>,
    /// How many spans meet the conditions.
    pub count: Option<Bounds<u64>>,
    /// A legacy `required = false`: holds too where there is no such span.
    pub optional: bool,
}

/// A span's kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SpanKind {
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

/// A span's status.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SpanStatus {
    Ok,
    Error,
    #[default]
    Unset,
}

/// An attribute that is looked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Text,
    /// What its value must be.
    pub value: Spanned<AttributeTest>,
}

/// What the value of an attribute must be.
#[derive(Clone, PartialEq, Debug)]
pub enum AttributeTest {
    /// Equal: the same type and value, or the same text where one side is a string.
    Equal(AttributeValue),
    /// There, or not there.
    Exists(bool),
    /// A number within bounds.
    Within(Bounds<f64>),
}

/// A value of an attribute.
#[derive(Clone, PartialEq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AttributeValue {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<AttributeValue>),
}

/// Two spans: parent and child, or before and after, or simply both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The whole entry.
    pub span: Span,
    /// The first.
    pub from: Spanned<Pattern>,
    /// The second.
    pub to: Spanned<Pattern>,
}

/// `[expect.graph]`, all tables of that name together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Graph {
    /// The name in its header, if the table is there.
    pub header: Option<Span>,
    /// Direct edges, parent and child, that must be there.
    pub must_include: Vec<Edge>,
    /// Ancestors and descendants, at any depth.
    pub must_reach: Vec<Edge>,
    /// Edges that must not be there, in either direction.
    pub must_not_cross: Vec<Edge>,
    /// No span is its own ancestor.
    pub acyclic: Option<Spanned<bool>>,
    /// A parent that is not in the trace is no fault.
    pub allow_remote_parents: Option<Spanned<bool>>,
}

/// `[expect.counts]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Counts {
    /// The name in its header, if the table is there.
    pub header: Option<Span>,
    /// All spans.
    pub spans_total: Option<Bounds<u64>>,
    /// All events.
    pub events_total: Option<Bounds<u64>>,
    /// Spans with the status ERROR.
    pub errors_total: Option<Bounds<u64>>,
    /// Spans by name.
    pub by_name: Vec<CountOf>,
    /// Spans by kind.
    pub by_kind: Vec<(Spanned<SpanKind>, Bounds<u64>)>,
}

/// How many spans of a name there are.
#[derive(Clone, PartialEq, Debug)]
pub struct CountOf {
    /// The name.
    pub name: Spanned<Pattern>,
    /// Only spans whose resource has this `service.name` (legacy constraints).
    pub service: Option<Text>,
    /// How many.
    pub bounds: Bounds<u64>,
}

/// `[[expect.window]]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Window {
    /// The name in the header of its table, or the key of a keyed one.
    pub header: Span,
    /// Something in the table was lost.
    pub incomplete: bool,
    /// The span that encloses (if it is missing, `C101` says so).
    pub outer: Option<Spanned<Pattern>>,
    /// The spans that lie within.
    pub contains: Vec<Spanned<Pattern>>,
}

/// `[expect.order]`, all tables of that name together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Order {
    /// The name in its header, if the table is there.
    pub header: Option<Span>,
    /// The first comes before the second.
    pub must_precede: Vec<Edge>,
    /// The first comes after the second.
    pub must_follow: Vec<Edge>,
    /// Which moments are compared.
    pub by: Option<Spanned<OrderBy>>,
}

/// `expect.order.by`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OrderBy {
    /// The end of the first with the start of the second.
    End,
    /// Both starts.
    Start,
}

/// `[expect.status]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Status {
    /// The name in its header, if the table is there.
    pub header: Option<Span>,
    /// Of all spans.
    pub all: Option<Spanned<SpanStatus>>,
    /// Of spans of a name.
    pub by_name: Vec<(Spanned<Pattern>, Spanned<SpanStatus>)>,
    /// `OK` means OK, not UNSET.
    pub strict: Option<Spanned<bool>>,
}

/// `[expect.hermeticity]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Hermeticity {
    /// The name in its header, if the table is there.
    pub header: Option<Span>,
    /// No span names a peer outside the test.
    pub no_external_services: Option<Spanned<bool>>,
    /// Attributes that every span's resource has.
    pub resource_attrs: Vec<Attribute>,
    /// Attributes that no span has.
    pub forbid_keys: Vec<Spanned<Pattern>>,
}

/// A legacy constraint on an attribute wherever it occurs.
#[derive(Clone, PartialEq, Debug)]
pub struct AttributeRule {
    /// The attribute.
    pub name: Text,
    /// `string`, `integer`, `float`, `boolean`.
    pub data_type: Option<Text>,
    /// Least and greatest number.
    pub range: Option<Bounds<f64>>,
    /// A regular expression that parses.
    pub pattern: Option<Text>,
    /// One of these.
    pub allowed: Vec<Spanned<AttributeValue>>,
}
