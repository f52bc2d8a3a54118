//! Traces: spans that a program emitted, read from whatever form they were written in.
//!
//! [`Trace::read`] takes all bytes at once, [`TraceReader`] takes them as they come and holds no more
//! than one JSON value of the file at a time. Both know OTLP as JSON (a document, or one object a line
//! as the Collector's file exporter writes it) and as protobuf, the flat dialect of one span a line,
//! `{"spans": […]}`, and what the console exporters of SDKs print as JSON.
//!
//! What is no trace is a [`TraceError`] with its place, never a trace without spans.

mod bytes;
mod diff;
mod error;
mod fnv;
mod json;
mod model;
mod normal;
mod protobuf;
mod reader;
mod shapes;
mod tree;
mod values;
mod waterfall;
mod write;

#[cfg(test)]
mod tests;

pub use diff::{Change, Diff, Difference, Row, Tolerance};
pub use error::{Place, TraceError};
pub(crate) use model::find;
pub use model::{Attributes, Event, Id, Link, Resource, Scope, Span, Trace, Value};
pub use reader::TraceReader;
pub use waterfall::{Row as WaterfallRow, Waterfall};

/// Bytes that a trace may have, over all its files.
pub const MAX_BYTES: usize = 1 << 30;
/// Spans that a trace may have.
pub const MAX_SPANS: usize = 2_000_000;
/// How deep values may be nested.
const MAX_DEPTH: usize = 64;
