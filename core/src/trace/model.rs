//! Spans, whatever form they came in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::bytes;
use super::error::TraceError;
use super::reader::TraceReader;
use crate::config::model::{SpanKind, SpanStatus};

/// An id: lower-case hex of its bytes, or the text that stood there if it is neither hex nor base64.
pub type Id = Arc<str>;

/// Names with values, in the order in which they were given.
pub type Attributes = Vec<(Arc<str>, Value)>;

/// Spans of one or more traces.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Trace {
    /// In the order in which they were given, which means nothing.
    pub spans: Vec<Span>,
}

impl Trace {
    /// Reads a whole file.
    ///
    /// # Errors
    /// When it is no trace.
    pub fn read(bytes: &[u8]) -> Result<Self, TraceError> {
        let mut reader = TraceReader::new();
        reader.feed(bytes)?;
        reader.finish()
    }

    /// Adds the spans of another file. A span that was sent twice counts once.
    pub fn merge(&mut self, other: Self) {
        self.spans.extend(other.spans);
        self.drop_repeats();
    }

    /// Leaves one of spans that are equal in everything, their ids included: exporters send again
    /// what they have no answer for. Spans that share their id and differ all stay.
    pub fn drop_repeats(&mut self) {
        let mut first: HashMap<(Option<Id>, Id), Vec<usize>> = HashMap::new();
        let mut repeats = Vec::new();
        for (at, span) in self.spans.iter().enumerate() {
            let Some(id) = span.id.clone() else {
                continue;
            };
            match first.entry((span.trace_id.clone(), id)) {
                Entry::Vacant(entry) => {
                    entry.insert(vec![at]);
                }
                Entry::Occupied(mut entry) => {
                    // Some files repeat one id without end: then only the first few are compared.
                    let known = entry.get_mut();
                    if known.iter().any(|other| self.spans[*other] == *span) {
                        repeats.push(at);
                    } else if known.len() < 8 {
                        known.push(at);
                    }
                }
            }
        }
        if repeats.is_empty() {
            return;
        }
        let mut repeats = repeats.into_iter().peekable();
        let mut at = 0;
        self.spans.retain(|_| {
            let repeated = repeats.next_if_eq(&at).is_some();
            at += 1;
            !repeated
        });
    }
}

/// A span.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Span {
    /// Its name.
    pub name: Arc<str>,
    /// The trace that it belongs to.
    pub trace_id: Option<Id>,
    /// Its own id; unique within its trace, unless somebody erred.
    pub id: Option<Id>,
    /// The id of its parent; `None` for a root.
    pub parent_id: Option<Id>,
    /// Its kind; `None` where it is not given.
    pub kind: Option<SpanKind>,
    /// Nanoseconds since 1970; `None` where it is absent or 0.
    pub start: Option<u64>,
    /// Nanoseconds since 1970; `None` where it is absent or 0.
    pub end: Option<u64>,
    /// Its attributes.
    pub attributes: Attributes,
    /// What happened while it lasted.
    pub events: Vec<Event>,
    /// Other spans that it has to do with.
    pub links: Vec<Link>,
    /// How it ended; UNSET where nothing was said.
    pub status: SpanStatus,
    /// What was said of that.
    pub status_message: Option<Arc<str>>,
    /// Who emitted it.
    pub resource: Arc<Resource>,
    /// Which instrumentation.
    pub scope: Arc<Scope>,
}

impl Span {
    /// Start and end; `None` where one is missing, or it ends before it starts.
    #[must_use]
    pub fn interval(&self) -> Option<(u64, u64)> {
        let (start, end) = (self.start?, self.end?);
        (start <= end).then_some((start, end))
    }

    /// How long it took, in milliseconds.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a duration of a hundred days still has its nanoseconds"
    )]
    pub fn duration_ms(&self) -> Option<f64> {
        let (start, end) = self.interval()?;
        Some((end - start) as f64 / 1e6)
    }

    /// The value of an attribute; of several of that name the last one.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        find(&self.attributes, name)
    }

    /// `service.name` of its resource.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        match find(&self.resource.attributes, "service.name")? {
            Value::Text(name) => Some(name),
            _ => None,
        }
    }
}

/// The value of the last attribute of this name.
pub(crate) fn find<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a Value> {
    let mut found = attributes.iter().rev();
    found
        .find(|(key, _)| **key == *name)
        .map(|(_, value)| value)
}

/// Something that happened during a span.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Event {
    /// Its name.
    pub name: Arc<str>,
    /// Nanoseconds since 1970.
    pub time: Option<u64>,
    /// Its attributes.
    pub attributes: Attributes,
}

/// Another span that a span has to do with.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Link {
    /// Its trace.
    pub trace_id: Option<Id>,
    /// Its id.
    pub span_id: Option<Id>,
    /// What is said of that.
    pub attributes: Attributes,
}

/// Who emitted spans.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Resource {
    /// Its attributes.
    pub attributes: Attributes,
}

/// The instrumentation that emitted spans.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Its name; empty where it is not given.
    pub name: Arc<str>,
    /// Its version; empty where it is not given.
    pub version: Arc<str>,
}

/// The value of an attribute.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Value {
    /// No value at all, which OTLP allows.
    #[default]
    Empty,
    Text(Arc<str>),
    Bool(bool),
    Int(i64),
    Float(f64),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Map(Vec<(Arc<str>, Value)>),
}

impl Value {
    /// What kind of value it is, as people call it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Text(_) => "string",
            Self::Bool(_) => "boolean",
            Self::Int(_) => "integer",
            Self::Float(_) => "float",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }

    /// The number that it is.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "bounds are floats, too")]
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }
}

/// As text: of a string its text, of bytes their base64, of lists and maps a form like JSON's.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Bool(value) => value.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Bytes(bytes) => f.write_str(&bytes::to_base64(bytes)),
            Self::List(values) => {
                f.write_char('[')?;
                for (at, value) in values.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { ", " })?;
                    value.fmt(f)?;
                }
                f.write_char(']')
            }
            Self::Map(entries) => {
                f.write_char('{')?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { ", " })?;
                    write!(f, "{key}: {value}")?;
                }
                f.write_char('}')
            }
        }
    }
}
