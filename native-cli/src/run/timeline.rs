//! The spans of a test in the order in which a person reads them: below their parents, by time.

use std::collections::HashMap;

use clnrm_core::config::model::SpanStatus;
use clnrm_core::expect::RUNNER_SCOPE;
use clnrm_core::trace::{Id, Span, Trace};

/// Rows that are kept; more are counted.
const MAX_ROWS: usize = 200;

/// Spans that are put in order; of more only those that began first are.
const MAX_ORDERED: usize = 20_000;

/// The runner's spans are shown beside those of containers if all of these lie so near: programs under
/// test may have clocks of their own.
const NEAR: u64 = 1_000_000_000;

/// The spans of a test.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Timeline {
    /// Parents before their children.
    pub rows: Vec<Row>,
    /// Spans that have no row.
    pub omitted: usize,
}

/// A span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Spans above it.
    pub depth: usize,
    /// Its name.
    pub name: String,
    /// Who emitted it; empty if that is not said.
    pub service: String,
    /// Nanoseconds from the first start of all to its own, and its length; `None` if its times are not
    /// known, or make no sense.
    pub time: Option<(u64, u64)>,
    /// Its status is ERROR.
    pub failed: bool,
    /// The runner emitted it.
    pub own: bool,
}

impl Timeline {
    /// Of what containers sent and of what the runner emitted itself.
    pub fn of(received: &Trace, own: &[Span]) -> Self {
        let mut spans = received.spans.clone();
        if are_near(&spans, own) {
            spans.extend_from_slice(own);
        }
        let all = spans.len();
        if all > MAX_ORDERED {
            spans.sort_by_key(|span| span.start);
            spans.truncate(MAX_ORDERED);
        }
        // Normalised they stand in the order that is wanted.
        let ordered = Trace { spans }.normalized(false);
        let first = ordered.spans.iter().filter_map(|span| span.start).min();
        let first = first.unwrap_or_default();
        let mut depths: HashMap<(Option<Id>, Id), usize> = HashMap::new();
        let mut rows = Vec::new();
        for span in ordered.spans.iter().take(MAX_ROWS) {
            let key = |id: &Id| (span.trace_id.clone(), id.clone());
            let above = span.parent_id.as_ref().map(key);
            let depth = above
                .and_then(|above| depths.get(&above))
                .map_or(0, |depth| depth + 1);
            if let Some(id) = &span.id {
                depths.insert(key(id), depth);
            }
            rows.push(Row {
                depth,
                name: span.name.to_string(),
                service: span.service().unwrap_or_default().to_owned(),
                time: span
                    .interval()
                    .map(|(start, end)| (start - first, end - start)),
                failed: span.status == SpanStatus::Error,
                own: *span.scope.name == *RUNNER_SCOPE,
            });
        }
        Self {
            omitted: all - rows.len(),
            rows,
        }
    }

    /// Nanoseconds from the first start to the last end.
    pub fn length(&self) -> u64 {
        let ends = self.rows.iter().filter_map(|row| row.time);
        ends.map(|(start, length)| start + length)
            .max()
            .unwrap_or_default()
    }
}

fn are_near(received: &[Span], own: &[Span]) -> bool {
    let times = |spans: &[Span]| {
        let intervals = spans.iter().filter_map(Span::interval);
        intervals.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    };
    match (times(received), times(own)) {
        (Some(received), Some(own)) => {
            received.0.saturating_add(NEAR) >= own.0 && received.1 <= own.1.saturating_add(NEAR)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clnrm_core::trace::Scope;

    use super::*;

    fn span(name: &str, parent: Option<&str>, start: u64, end: u64) -> Span {
        Span {
            name: name.into(),
            trace_id: Some("t".into()),
            id: Some(name.into()),
            parent_id: parent.map(Into::into),
            start: Some(start),
            end: Some(end),
            ..Span::default()
        }
    }

    fn own(start: u64, end: u64) -> Span {
        Span {
            scope: Arc::new(Scope {
                name: RUNNER_SCOPE.into(),
                ..Scope::default()
            }),
            ..span("run", None, start, end)
        }
    }

    fn names(timeline: &Timeline) -> Vec<(usize, &str)> {
        let rows = timeline.rows.iter();
        rows.map(|row| (row.depth, row.name.as_str())).collect()
    }

    #[test]
    fn children_stand_below_their_parents() {
        let spans = vec![
            span("c", Some("b"), 7, 8),
            span("d", Some("run"), 9, 10),
            span("b", Some("run"), 6, 9),
        ];
        let timeline = Timeline::of(&Trace { spans }, &[own(5, 15)]);
        assert_eq!(names(&timeline), [(0, "run"), (1, "b"), (2, "c"), (1, "d")]);
        assert_eq!(timeline.rows[1].time, Some((1, 3)));
        assert!(timeline.rows[0].own && !timeline.rows[1].own);
        assert_eq!(timeline.length(), 10);
    }

    #[test]
    fn a_clock_of_another_time_is_not_shown_beside_that_of_the_runner() {
        let year = 31_536_000_000_000_000;
        let spans = vec![span("a", None, 1, 2)];
        let timeline = Timeline::of(&Trace { spans }, &[own(year, year + 1)]);
        assert_eq!(names(&timeline), [(0, "a")]);
        let timeline = Timeline::of(&Trace::default(), &[own(year, year + 1)]);
        assert_eq!(names(&timeline), [(0, "run")]);
    }

    #[test]
    fn more_than_can_be_read_is_counted() {
        let names: Vec<String> = (0..MAX_ROWS + 7).map(|number| number.to_string()).collect();
        let spans = names.iter().map(|name| span(name, None, 1, 2)).collect();
        let timeline = Timeline::of(&Trace { spans }, &[]);
        assert_eq!((timeline.rows.len(), timeline.omitted), (MAX_ROWS, 7));
    }

    #[test]
    fn rings_and_missing_times_have_rows_too() {
        let spans = vec![
            span("a", Some("b"), 1, 2),
            span("b", Some("a"), 3, 2),
            Span::default(),
        ];
        let timeline = Timeline::of(&Trace { spans }, &[]);
        assert_eq!(timeline.rows.len(), 3);
    }
}
