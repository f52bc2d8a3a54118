//! `[[expect.span]]`: some span of that name meets all conditions, together.

use std::rc::Rc;

use super::attributes;
use super::index::{Index, Parent};
use super::status::is_status;
use super::verdict::{Check, Failure, Kind, Nearest};
use super::{Context, words};
use crate::config::model::{
    Attribute, Bounds, ExpectedSpan, Pattern, SpanKind, SpanStatus, Spanned, Text,
};
use crate::diagnostic::Code;
use crate::source::Span as Place;

pub(super) fn check(context: &Context<'_>, checks: &mut Vec<Check>) {
    let strict = context.expect.status.strict.is_some_and(|s| s.value);
    for expected in &context.expect.spans {
        let Some(name) = &expected.name else {
            let mut check = Check::new(Kind::Span, "a span without a name", expected.header);
            check.leave(expected.header, "not evaluated: no name is given", None);
            checks.push(check);
            continue;
        };
        let title = format!("span `{}`", name.value.as_str());
        let mut check = Check::new(Kind::Span, title, name.span).about([&name.value]);
        if expected.incomplete {
            check.leave(
                name.span,
                format!(
                    "not evaluated: a part of what is expected of `{}` could not be read",
                    name.value.as_str()
                ),
                None,
            );
        } else {
            let one = One {
                index: &context.index,
                expected,
                name,
                candidates: context.index.matching(&name.value),
                conditions: conditions(expected, strict),
            };
            one.judge(&mut check);
        }
        checks.push(check);
    }
}

/// One thing that a span must meet.
enum Condition<'e> {
    Kind(Spanned<SpanKind>),
    Parent(&'e Spanned<Pattern>),
    Status(Spanned<SpanStatus>, bool),
    Attribute(&'e Attribute),
    AnyAttribute(&'e [Attribute]),
    Event(&'e Text),
    AnyEvent(&'e [Text]),
    Duration(&'e Bounds<f64>),
}

fn conditions(expected: &ExpectedSpan, strict: bool) -> Vec<Condition<'_>> {
    let mut conditions = Vec::new();
    conditions.extend(expected.kind.map(Condition::Kind));
    conditions.extend(expected.parent.as_ref().map(Condition::Parent));
    conditions.extend(
        expected
            .status
            .map(|status| Condition::Status(status, strict)),
    );
    conditions.extend(expected.attrs_all.iter().map(Condition::Attribute));
    if !expected.attrs_any.is_empty() {
        conditions.push(Condition::AnyAttribute(&expected.attrs_any));
    }
    conditions.extend(expected.events_all.iter().map(Condition::Event));
    if !expected.events_any.is_empty() {
        conditions.push(Condition::AnyEvent(&expected.events_any));
    }
    conditions.extend(expected.duration_ms.as_ref().map(Condition::Duration));
    conditions
}

impl Condition<'_> {
    fn code(&self) -> Code {
        match self {
            Self::Kind(_) => Code::E102,
            Self::Parent(_) => Code::E103,
            Self::Status(..) => Code::E601,
            Self::Attribute(_) | Self::AnyAttribute(_) => Code::E104,
            Self::Event(_) | Self::AnyEvent(_) => Code::E105,
            Self::Duration(_) => Code::E106,
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::Kind(kind) => kind.span,
            Self::Parent(parent) => parent.span,
            Self::Status(status, _) => status.span,
            Self::Attribute(attribute) => attribute.value.span,
            Self::AnyAttribute(attributes) => attributes
                .first()
                .map_or_else(Place::default, |a| a.name.span),
            Self::Event(event) => event.span,
            Self::AnyEvent(events) => events.first().map_or_else(Place::default, |e| e.span),
            Self::Duration(bounds) => bounds.span,
        }
    }

    /// What it is about.
    fn subject(&self) -> String {
        match self {
            Self::Kind(_) => "the kind".to_owned(),
            Self::Parent(_) => "the parent".to_owned(),
            Self::Status(..) => "the status".to_owned(),
            Self::Attribute(attribute) => format!("the attribute `{}`", attribute.name.value),
            Self::AnyAttribute(_) => "none of the attributes".to_owned(),
            Self::Event(event) => format!("the event `{}`", event.value),
            Self::AnyEvent(_) => "none of the events".to_owned(),
            Self::Duration(_) => "the duration".to_owned(),
        }
    }

    /// The same in a word, for lists.
    fn label(&self) -> String {
        match self {
            Self::Kind(_) => "kind".to_owned(),
            Self::Parent(_) => "parent".to_owned(),
            Self::Status(..) => "status".to_owned(),
            Self::Attribute(attribute) => format!("attribute `{}`", attribute.name.value),
            Self::AnyAttribute(_) => "any attribute".to_owned(),
            Self::Event(event) => format!("event `{}`", event.value),
            Self::AnyEvent(_) => "any event".to_owned(),
            Self::Duration(_) => "duration".to_owned(),
        }
    }

    fn wanted(&self) -> String {
        match self {
            Self::Kind(kind) => words::kind(kind.value).to_owned(),
            Self::Parent(parent) => format!("`{}`", parent.value.as_str()),
            Self::Status(status, _) => words::status(status.value).to_owned(),
            Self::Attribute(attribute) => attributes::wanted(&attribute.value.value),
            Self::AnyAttribute(expected) => {
                let pairs = expected.iter().map(|a| {
                    let wanted = attributes::wanted(&a.value.value);
                    format!("{} = {wanted}", a.name.value)
                });
                format!("one of {}", words::few(pairs, expected.len()))
            }
            Self::Event(_) => "on the span".to_owned(),
            Self::AnyEvent(events) => {
                let names = events.iter().map(|event| format!("`{}`", event.value));
                format!("one of {}", words::few(names, events.len()))
            }
            Self::Duration(bounds) => format!("{} ms", words::bounds(bounds)),
        }
    }

    fn is_met(&self, index: &Index<'_>, at: u32) -> bool {
        let span = index.span(at);
        let has_event = |name: &str| span.events.iter().any(|event| *event.name == *name);
        let has = |attribute: &Attribute| {
            let found = span.attribute(&attribute.name.value);
            attributes::meets(&attribute.value.value, found)
        };
        match self {
            Self::Kind(kind) => span.kind == Some(kind.value),
            Self::Parent(parent) => index.parent_is(at, &parent.value),
            Self::Status(status, strict) => is_status(span.status, status.value, *strict),
            Self::Attribute(attribute) => has(attribute),
            Self::AnyAttribute(attributes) => attributes.iter().any(has),
            Self::Event(event) => has_event(&event.value),
            Self::AnyEvent(events) => events.iter().any(|event| has_event(&event.value)),
            Self::Duration(bounds) => span.duration_ms().is_some_and(|ms| bounds.admit(ms)),
        }
    }

    /// What a span has instead.
    fn found(&self, index: &Index<'_>, at: u32) -> String {
        let span = index.span(at);
        match self {
            Self::Kind(_) => span.kind.map_or("not given", words::kind).to_owned(),
            Self::Parent(_) => parent(index, at),
            Self::Status(..) => words::status(span.status).to_owned(),
            Self::Attribute(attribute) => attributes::found(span.attribute(&attribute.name.value)),
            Self::AnyAttribute(expected) => {
                let pairs = expected.iter().map(|a| {
                    let found = attributes::found(span.attribute(&a.name.value));
                    format!("{} is {found}", a.name.value)
                });
                words::few(pairs, expected.len())
            }
            Self::Event(_) | Self::AnyEvent(_) => {
                if span.events.is_empty() {
                    "no events at all".to_owned()
                } else {
                    let names = span.events.iter().map(|event| format!("`{}`", event.name));
                    words::few(names, span.events.len())
                }
            }
            Self::Duration(_) => match span.duration_ms() {
                Some(ms) => format!("{ms} ms"),
                None => format!("none: the span {}", words::timeless(span)),
            },
        }
    }

    /// One sentence on a span that does not meet it.
    fn message(&self, name: &str, found: &str, wanted: &str) -> String {
        let subject = self.subject();
        match self {
            Self::Event(_) => format!("{subject} is not on span `{name}`"),
            Self::AnyAttribute(_) | Self::AnyEvent(_) => {
                format!("{subject} expected of span `{name}` is there")
            }
            Self::Attribute(_) if found == "missing" => {
                format!("{subject} of span `{name}` is missing, {wanted} is expected")
            }
            _ => format!("{subject} of span `{name}` is {found}, not {wanted}"),
        }
    }
}

/// The parent of a span in words.
pub(super) fn parent(index: &Index<'_>, at: u32) -> String {
    match index.parent(at) {
        Parent::Root => "none (a root span)".to_owned(),
        Parent::Itself => "the span itself".to_owned(),
        Parent::Absent => {
            let id = index.span(at).parent_id.as_deref().unwrap_or_default();
            format!("`{id}`, which is not in the trace")
        }
        Parent::Spans([only]) => format!("`{}`", index.span(*only).name),
        Parent::Spans(several) => {
            let names = several
                .iter()
                .map(|at| format!("`{}`", index.span(*at).name));
            format!(
                "not certain: {} spans share its id ({})",
                several.len(),
                words::few(names, several.len())
            )
        }
    }
}

struct One<'c, 'a> {
    index: &'c Index<'a>,
    expected: &'c ExpectedSpan,
    name: &'c Spanned<Pattern>,
    candidates: Rc<[u32]>,
    conditions: Vec<Condition<'c>>,
}

impl One<'_, '_> {
    fn judge(&self, check: &mut Check) {
        let name = self.name.value.as_str();
        let expected = self.expected;
        if let Some(exists) = expected.exists.filter(|exists| !exists.value) {
            if let Some(first) = self.candidates.first() {
                let number = self.candidates.len();
                let message = format!(
                    "{} {} `{name}`, none is expected",
                    words::count(number, "span"),
                    if number == 1 { "is named" } else { "are named" },
                );
                check.fail(
                    Failure::new(
                        Code::E301,
                        exists.span,
                        message,
                        format!("no span `{name}`"),
                        words::few(
                            self.candidates
                                .iter()
                                .map(|at| words::span(self.index.span(*at))),
                            number,
                        ),
                    )
                    .nearest(Nearest::span(self.index, *first)),
                );
            }
            return;
        }
        let may_be_absent =
            expected.optional || expected.count.as_ref().is_some_and(|count| count.admit(0));
        let each = expected.each.is_some_and(|each| each.value);
        if self.candidates.is_empty() {
            if !may_be_absent || each && !expected.optional {
                check.fail(
                    Failure::new(
                        Code::E101,
                        self.name.span,
                        words::no_span(&self.name.value),
                        check.title.clone(),
                        format!(
                            "{} of other names",
                            words::count(self.index.counted(), "span")
                        ),
                    )
                    .maybe_help(self.index.help_for(&self.name.value)),
                );
            }
            return;
        }
        if each {
            self.each(check);
        }
        match &expected.count {
            Some(count) => self.count(check, count),
            None if !each => self.some(check),
            None => {}
        }
    }

    /// How many conditions a span meets.
    fn met(&self, at: u32) -> usize {
        let met = self.conditions.iter().filter(|c| c.is_met(self.index, at));
        met.count()
    }

    fn nearest(&self, at: u32) -> Nearest {
        let fails = self.conditions.iter().filter(|c| !c.is_met(self.index, at));
        let fails: Vec<String> = fails.map(Condition::label).collect();
        let of = self.conditions.len();
        Nearest::of(self.index, at, of - fails.len(), of, fails)
    }

    /// Some span meets all.
    fn some(&self, check: &mut Check) {
        let mut best: Option<(usize, u32)> = None;
        for at in self.candidates.iter().copied() {
            let met = self.met(at);
            if met == self.conditions.len() {
                return;
            }
            if best.is_none_or(|(most, _)| met > most) {
                best = Some((met, at));
            }
        }
        let Some((_, at)) = best else { return };
        let name = &self.index.span(at).name;
        let others = self.candidates.len() - 1;
        for condition in self.conditions.iter().filter(|c| !c.is_met(self.index, at)) {
            let (wanted, found) = (condition.wanted(), condition.found(self.index, at));
            let mut message = condition.message(name, &found, &wanted);
            if others > 0 {
                message = format!("{message} (the nearest of {})", others + 1);
            }
            check.fail(
                Failure::new(condition.code(), condition.place(), message, wanted, found)
                    .nearest(self.nearest(at)),
            );
        }
    }

    /// Every span meets all.
    fn each(&self, check: &mut Check) {
        for condition in &self.conditions {
            let mut failing = self
                .candidates
                .iter()
                .copied()
                .filter(|at| !condition.is_met(self.index, *at));
            let Some(first) = failing.next() else {
                continue;
            };
            let number = failing.count() + 1;
            let (wanted, found) = (condition.wanted(), condition.found(self.index, first));
            let name = &self.index.span(first).name;
            let message = condition.message(name, &found, &wanted);
            let message = format!("{message} ({number} of {} spans)", self.candidates.len());
            check.fail(
                Failure::new(condition.code(), condition.place(), message, wanted, found)
                    .nearest(self.nearest(first)),
            );
        }
    }

    /// So many spans meet all.
    fn count(&self, check: &mut Check, bounds: &Bounds<u64>) {
        let met: Vec<usize> = self.candidates.iter().map(|at| self.met(*at)).collect();
        let all = self.conditions.len();
        let number = met.iter().filter(|met| **met == all).count();
        if bounds.admit(number as u64) {
            return;
        }
        let name = self.name.value.as_str();
        let wanted = words::bounds(bounds);
        let what = if all == 0 {
            format!("{} named `{name}`", words::count(number, "span"))
        } else {
            format!(
                "{} of {} named `{name}` with all that is expected",
                number,
                words::count(self.candidates.len(), "span")
            )
        };
        let message = format!("{what}, {wanted} expected");
        let found = words::count(number, "span");
        let mut failure = Failure::new(Code::E301, bounds.span, message, wanted, found);
        let misses = met.iter().zip(self.candidates.iter());
        let nearest = misses
            .filter(|(met, _)| **met < all)
            .max_by_key(|(met, at)| (**met, std::cmp::Reverse(**at)));
        if let Some((_, at)) = nearest {
            failure = failure.nearest(self.nearest(*at));
        }
        check.fail(failure);
    }
}
