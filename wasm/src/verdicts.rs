//! What JavaScript sees of a trace: its spans as a waterfall draws them, and the verdicts on it. These
//! are the published JSON (`clnrm analyze --format json`) with `utf16` in every position.

use std::sync::Arc;

use clnrm_core::checker;
use clnrm_core::config::model;
use clnrm_core::expect;
use clnrm_core::trace::{self, Trace, TraceError};
use serde::Serialize;
use tsify::Tsify;

use crate::place::Places;
use crate::view::{Diagnostic, Location, Mapping, Position, words};

words! {
    /// What became of an expectation, or of all of them.
    "kebab-case" Outcome = expect::Outcome { Holds Fails NotEvaluated }
}
words! {
    /// Of which kind an expectation is.
    "kebab-case" ExpectationKind = expect::Kind {
        Span Graph Counts Window Order Status Hermeticity Attribute Lost
    }
}
words! {
    /// The kind of a span.
    "kebab-case" SpanKind = model::SpanKind { Internal Server Client Producer Consumer }
}
words! {
    /// How a span ended.
    "UPPERCASE" SpanStatus = model::SpanStatus { Ok Error Unset }
}

/// Why a text is no trace.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct TraceFault {
    /// One clause without a full stop.
    pub message: String,
    /// What to do, when it is known.
    pub help: Option<String>,
    /// Where, for people: `3:17`, or `byte 12` of what is no text.
    pub at: String,
    /// Where in the text; `null` of what is none.
    pub position: Option<Position>,
}

/// What a file expects, held against a trace.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub struct Verdicts {
    /// Why there is no trace; nothing was judged then.
    pub fault: Option<TraceFault>,
    /// Whether the file itself is valid; if not, nothing was judged.
    pub valid: bool,
    /// What became of all expectations together.
    pub outcome: Outcome,
    /// Spans that counted.
    pub spans: usize,
    /// Each expectation, kind by kind; equal ones of several combinations of a matrix are one.
    pub expectations: Vec<Expectation>,
}

/// What became of one expectation.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub struct Expectation {
    /// Of which kind it is.
    pub kind: ExpectationKind,
    /// In a few words.
    pub title: String,
    /// Whether it holds.
    pub outcome: Outcome,
    /// The name of the file in which it stands.
    pub file: Arc<str>,
    /// First character.
    pub start: Position,
    /// One past the last.
    pub end: Position,
    /// How sure that place is.
    pub mapping: Mapping,
    /// Indices of the matrix combinations it stands in; absent without a matrix.
    #[serde(rename = "in", skip_serializing_if = "Vec::is_empty")]
    #[tsify(optional)]
    pub renders: Vec<u32>,
    /// Indices of the spans that it is about, and that its failures point at. Not in the published JSON.
    pub about: Vec<usize>,
    /// Everything that speaks against it.
    pub failures: Vec<Failed>,
}

/// One thing that speaks against an expectation.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub struct Failed {
    /// Code, message and place.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The span that came nearest.
    pub nearest: Option<Nearest>,
}

/// The span that came nearest to what was expected.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct Nearest {
    /// Its name.
    pub name: String,
    /// Its trace.
    pub trace_id: Option<String>,
    /// Its id.
    pub span_id: Option<String>,
    /// Which of the trace's spans it is, from 0.
    pub index: usize,
    /// How many conditions it meets.
    pub met: usize,
    /// Of how many; 0 where none were counted.
    pub of: usize,
    /// Those that it does not meet, in a few words each.
    pub fails: Vec<String>,
}

impl TraceFault {
    /// Of a text, or of bytes if there is none.
    pub(crate) fn new(error: &TraceError, text: Option<&str>) -> Self {
        let TraceError {
            message,
            place,
            help,
        } = error;
        Self {
            message: message.clone(),
            help: help.map(str::to_owned),
            at: place.to_string(),
            position: text.map(|text| Position::in_trace(*place, text)),
        }
    }
}

impl Verdicts {
    /// Nothing was judged.
    pub(crate) const fn none(valid: bool, fault: Option<TraceFault>) -> Self {
        Self {
            valid,
            outcome: Outcome::NotEvaluated,
            spans: 0,
            expectations: Vec::new(),
            fault,
        }
    }

    pub(crate) fn new(analysis: &checker::Analysis, trace: &Trace, places: &Places<'_>) -> Self {
        let checker::Analysis {
            report,
            outcome,
            spans,
            frozen: _,
            checks,
        } = analysis;
        let checks = checks.iter();
        Self {
            fault: None,
            valid: report.valid,
            outcome: (*outcome).into(),
            spans: *spans,
            expectations: checks
                .map(|check| Expectation::new(check, trace, places))
                .collect(),
        }
    }
}

impl Expectation {
    fn new(judgement: &checker::Judgement, trace: &Trace, places: &Places<'_>) -> Self {
        let checker::Judgement {
            kind,
            title,
            outcome,
            place,
            mapping,
            renders,
            about: _,
            failures,
        } = judgement;
        let Location { file, start, end } = Location::new(place, places);
        let failures = failures.iter().map(|failed| {
            let checker::Failed {
                diagnostic,
                expected,
                found,
                nearest,
            } = failed;
            Failed {
                diagnostic: Diagnostic::new(diagnostic, places),
                expected: expected.clone(),
                found: found.clone(),
                nearest: nearest.as_ref().map(Nearest::from),
            }
        });
        Self {
            kind: (*kind).into(),
            title: title.clone(),
            outcome: (*outcome).into(),
            file,
            start,
            end,
            mapping: (*mapping).into(),
            renders: renders.clone(),
            about: judgement.spans(trace),
            failures: failures.collect(),
        }
    }
}

impl From<&expect::Nearest> for Nearest {
    fn from(nearest: &expect::Nearest) -> Self {
        let expect::Nearest {
            name,
            trace_id,
            span_id,
            index,
            met,
            of,
            fails,
        } = nearest.clone();
        Self {
            name,
            trace_id,
            span_id,
            index,
            met,
            of,
            fails,
        }
    }
}

/// A trace as a waterfall draws it.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct Waterfall {
    /// Why there is no trace.
    pub fault: Option<TraceFault>,
    /// From the first start to the last end, in nanoseconds.
    pub length: f64,
    /// A row for each span: traces one after the other, parents before their children.
    pub rows: Vec<TraceSpan>,
}

/// A span, as a row of a waterfall.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct TraceSpan {
    /// Which of the trace's spans it is, from 0; verdicts name it so.
    pub index: usize,
    /// Its name.
    pub name: Arc<str>,
    /// Its trace.
    pub trace_id: Option<Arc<str>>,
    /// Its own id.
    pub id: Option<Arc<str>>,
    /// The id of its parent.
    pub parent_id: Option<Arc<str>>,
    /// Index of the span below which it stands; `null` for a root.
    pub parent: Option<usize>,
    /// How many spans stand above it.
    pub depth: usize,
    /// It names a parent that the trace does not hold.
    pub orphan: bool,
    /// `service.name` of its resource.
    pub service: Option<String>,
    /// Its kind.
    pub kind: Option<SpanKind>,
    /// How it ended.
    pub status: SpanStatus,
    /// What was said of that.
    pub status_message: Option<Arc<str>>,
    /// Nanoseconds from the first start of the trace; `null` without a start.
    pub start: Option<f64>,
    /// Nanoseconds; `null` where a time is missing, or it ends before it starts.
    pub duration: Option<f64>,
    /// Its attributes.
    pub attributes: Vec<SpanAttribute>,
    /// What happened while it lasted.
    pub events: Vec<SpanEvent>,
}

/// An attribute.
#[derive(Serialize, Tsify)]
pub struct SpanAttribute {
    /// Its name.
    pub name: Arc<str>,
    /// What kind of value it has: `string`, `integer`.
    pub kind: &'static str,
    /// Its value as text.
    pub value: String,
}

/// Something that happened during a span.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct SpanEvent {
    /// Its name.
    pub name: Arc<str>,
    /// Nanoseconds from the first start of the trace; may lie before it.
    pub time: Option<f64>,
    /// Its attributes.
    pub attributes: Vec<SpanAttribute>,
}

impl Waterfall {
    /// There is no trace.
    pub(crate) const fn none(fault: TraceFault) -> Self {
        Self {
            fault: Some(fault),
            length: 0.0,
            rows: Vec::new(),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a time of a hundred days still has its nanoseconds"
    )]
    pub(crate) fn new(trace: &Trace) -> Self {
        let trace::Waterfall {
            begin,
            length,
            rows,
        } = trace::Waterfall::of(trace);
        let rows = rows.iter().map(|row| {
            let span = &trace.spans[row.span];
            let events = span.events.iter().map(|event| SpanEvent {
                name: event.name.clone(),
                time: event.time.zip(begin).map(|(time, begin)| {
                    if time < begin {
                        -((begin - time) as f64)
                    } else {
                        (time - begin) as f64
                    }
                }),
                attributes: attributes(&event.attributes),
            });
            TraceSpan {
                index: row.span,
                name: span.name.clone(),
                trace_id: span.trace_id.clone(),
                id: span.id.clone(),
                parent_id: span.parent_id.clone(),
                parent: row.parent,
                depth: row.depth,
                orphan: row.orphan,
                service: span.service().map(str::to_owned),
                kind: span.kind.map(SpanKind::from),
                status: span.status.into(),
                status_message: span.status_message.clone(),
                start: row.start.map(|start| start as f64),
                duration: row.duration.map(|duration| duration as f64),
                attributes: attributes(&span.attributes),
                events: events.collect(),
            }
        });
        Self {
            fault: None,
            length: length as f64,
            rows: rows.collect(),
        }
    }
}

fn attributes(attributes: &trace::Attributes) -> Vec<SpanAttribute> {
    let attributes = attributes.iter();
    attributes
        .map(|(name, value)| SpanAttribute {
            name: name.clone(),
            kind: value.kind(),
            value: value.to_string(),
        })
        .collect()
}
