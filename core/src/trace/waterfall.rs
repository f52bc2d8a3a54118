//! A trace as rows, as a waterfall draws it: children below their parents, each in order of start.

use std::collections::HashMap;

use super::model::{Id, Trace};
use super::tree::Tree;

/// The rows of a trace, and the time that they cover.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Waterfall {
    /// When the first span starts, in nanoseconds since 1970; `None` if no span has a start.
    pub begin: Option<u64>,
    /// Nanoseconds from there to the last end or start.
    pub length: u64,
    /// A row for each span. Traces one after the other, parents before their children.
    pub rows: Vec<Row>,
}

/// A span's row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Which of the trace's spans it is, from 0.
    pub span: usize,
    /// The span below which it is drawn.
    pub parent: Option<usize>,
    /// How many spans stand above it.
    pub depth: usize,
    /// It names a parent that the trace does not hold.
    pub orphan: bool,
    /// Nanoseconds from the begin of the whole to its start; `None` without a start.
    pub start: Option<u64>,
    /// Nanoseconds that it took; `None` where a time is missing, or it ends before it starts.
    pub duration: Option<u64>,
}

impl Waterfall {
    /// Of all spans. A cycle of parents is cut before its first span.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let spans = &trace.spans;
        let begin = spans.iter().filter_map(|span| span.start).min();
        let last = spans.iter().flat_map(|span| [span.start, span.end]);
        let last = last.flatten().max();
        let length = last.zip(begin).map_or(0, |(last, begin)| last - begin);
        let Tree {
            named,
            parent,
            mut children,
            mut roots,
            ..
        } = Tree::new(spans);
        // Spans without a start come last, as they were given.
        let started = |at: usize| spans[at].start.unwrap_or(u64::MAX);
        for below in &mut children {
            below.sort_by_key(|at| started(*at));
        }
        let trace_of = |at: usize| spans[at].trace_id.as_ref();
        let first = first_starts(&roots, trace_of, started);
        let first = |at: usize| first.get(&trace_of(at)).copied();
        roots.sort_by_key(|at| (first(*at), trace_of(*at), started(*at)));
        let mut rows = Vec::with_capacity(spans.len());
        let mut open: Vec<(usize, usize)> = roots.iter().rev().map(|at| (*at, 0)).collect();
        while let Some((at, depth)) = open.pop() {
            let span = &spans[at];
            rows.push(Row {
                span: at,
                parent: parent[at],
                depth,
                orphan: span.parent_id.is_some() && named[at].is_none(),
                start: span.start.zip(begin).map(|(start, begin)| start - begin),
                duration: span.interval().map(|(start, end)| end - start),
            });
            open.extend(children[at].iter().rev().map(|child| (*child, depth + 1)));
        }
        Self {
            begin,
            length,
            rows,
        }
    }
}

/// When each trace starts, by its roots.
fn first_starts<'a>(
    roots: &[usize],
    trace_of: impl Fn(usize) -> Option<&'a Id>,
    started: impl Fn(usize) -> u64,
) -> HashMap<Option<&'a Id>, u64> {
    let mut first = HashMap::new();
    for at in roots {
        let known = first.entry(trace_of(*at)).or_insert(u64::MAX);
        *known = started(*at).min(*known);
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waterfall(spans: &str) -> Waterfall {
        Waterfall::of(&Trace::read(format!("{{\"spans\": [{spans}]}}").as_bytes()).unwrap())
    }

    /// A span of trace `t` with times in nanoseconds.
    fn span(id: &str, parent: &str, start: u64, end: u64) -> String {
        format!(
            "{{\"name\": \"{id}\", \"trace_id\": \"t\", \"span_id\": \"{id}\", \
              \"parent_span_id\": \"{parent}\", \
              \"start_time_unix_nano\": {start}, \"end_time_unix_nano\": {end}}}"
        )
    }

    #[test]
    fn children_stand_below_their_parents_in_order_of_start() {
        let spans = [
            span("late", "root", 160, 170),
            span("leaf", "early", 120, 130),
            span("root", "", 100, 200),
            span("early", "root", 110, 140),
        ];
        let Waterfall {
            begin,
            length,
            rows,
        } = waterfall(&spans.join(", "));
        assert_eq!((begin, length), (Some(100), 100));
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.span, row.parent, row.depth, row.start, row.duration))
            .collect();
        assert_eq!(
            told,
            [
                (2, None, 0, Some(0), Some(100)),
                (3, Some(2), 1, Some(10), Some(30)),
                (1, Some(3), 2, Some(20), Some(10)),
                (0, Some(2), 1, Some(60), Some(10)),
            ]
        );
    }

    #[test]
    fn what_hangs_on_nothing_has_a_row_as_well() {
        let spans = [
            span("lost", "gone", 5, 6),
            span("a", "b", 1, 2),
            span("b", "a", 3, 2),
            "{\"name\": \"timeless\"}".to_owned(),
        ];
        let found = waterfall(&spans.join(", "));
        let mut seen: Vec<usize> = found.rows.iter().map(|row| row.span).collect();
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3], "each once");
        let row = |span| found.rows.iter().find(|row| row.span == span).unwrap();
        assert!(row(0).orphan && !row(1).orphan && !row(3).orphan);
        assert_eq!((row(1).depth, row(2).depth), (0, 1), "the ring is cut");
        assert_eq!(row(2).duration, None, "it ends before it starts");
        assert_eq!((row(3).start, row(3).duration), (None, None));
    }

    #[test]
    fn several_traces_stand_one_after_the_other() {
        let of = |trace: &str, name: &str, start: u64| {
            format!(
                "{{\"name\": \"{name}\", \"trace_id\": \"{trace}\", \"span_id\": \"{name}\", \
                  \"start_time_unix_nano\": {start}, \"end_time_unix_nano\": {start}}}"
            )
        };
        let spans = [
            of("b", "1", 30),
            of("a", "2", 20),
            of("b", "3", 10),
            of("a", "4", 40),
        ];
        let order: Vec<usize> = waterfall(&spans.join(", "))
            .rows
            .iter()
            .map(|row| row.span)
            .collect();
        assert_eq!(order, [2, 0, 1, 3]);
        assert_eq!(waterfall(""), Waterfall::default());
    }
}
