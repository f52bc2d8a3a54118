use proptest::prelude::*;

use super::super::{Diff, Event, Link};
use super::*;

/// A trace of numbered spans, each below an earlier one.
fn any_trace() -> impl Strategy<Value = Trace> {
    let span = (0..100_usize, "[ab]", 0..5_u64, 0..3_i64);
    proptest::collection::vec(span, 1..12).prop_map(|spans| Trace {
        spans: spans
            .into_iter()
            .enumerate()
            .map(|(at, (parent, name, start, number))| Span {
                name: name.into(),
                trace_id: Some("t".into()),
                id: Some(format!("{}", at + 1).into()),
                parent_id: (at > 0 && parent % 4 != 0)
                    .then(|| format!("{}", parent % at + 1).into()),
                start: Some(100 + start),
                end: Some(200 + start),
                attributes: vec![("n".into(), Value::Int(number))],
                ..Span::default()
            })
            .collect(),
    })
}

/// Spans as no SDK would send them: ids that are shared, parents in a ring or outside, times left out,
/// several traces.
fn wild_trace() -> impl Strategy<Value = Trace> {
    let id = || proptest::option::of("[1-6]");
    let time = || proptest::option::of(1..4_u64);
    let span = ("[ab]", "[tu]", id(), id(), time(), time(), 0..2_i64);
    proptest::collection::vec(span, 1..12).prop_map(|spans| {
        let mut trace = Trace {
            spans: spans
                .into_iter()
                .map(|(name, trace, id, parent, start, end, number)| Span {
                    name: name.into(),
                    trace_id: Some(trace.into()),
                    id: id.map(Into::into),
                    parent_id: parent.map(Into::into),
                    start,
                    end,
                    attributes: vec![("n".into(), Value::Int(number))],
                    ..Span::default()
                })
                .collect(),
        };
        trace.drop_repeats();
        trace
    })
}

/// The same trace of another run: other ids, later, in another order.
fn another_run(trace: &Trace, order: &[usize]) -> Trace {
    let rename = |id: &Option<Id>| {
        let id = id.as_ref()?;
        let number: usize = id.parse().unwrap_or(77);
        Some(Id::from(format!("{:x}", (number * 7919) % 104_729)))
    };
    let mut spans = trace.spans.clone();
    for (at, span) in spans.iter_mut().enumerate() {
        span.trace_id = rename(&span.trace_id);
        span.id = rename(&span.id);
        span.parent_id = rename(&span.parent_id);
        span.start = span.start.map(|start| start + 1_000_000);
        span.end = span.end.map(|end| end + 1_000_000 + at as u64);
        let pid = Value::Int(at as i64);
        span.attributes.push(("process.pid".into(), pid));
        span.attributes.reverse();
    }
    Trace {
        spans: order.iter().map(|at| spans[*at].clone()).collect(),
    }
}

proptest! {
    #[test]
    fn another_run_has_the_same_digest(
        (trace, order) in any_trace().prop_flat_map(|trace| {
            let order: Vec<usize> = (0..trace.spans.len()).collect();
            (Just(trace), Just(order).prop_shuffle())
        })
    ) {
        let other = another_run(&trace, &order);
        prop_assert_eq!(trace.digest(false), other.digest(false));
        prop_assert_eq!(trace.digest(true), other.digest(true));
        let (a, b) = (trace.normalized(false), other.normalized(false));
        prop_assert!(Diff::of(&a, &b, None).is_empty());
    }

    #[test]
    fn a_wild_trace_has_one_baseline(
        (trace, shuffled) in wild_trace().prop_flat_map(|trace| {
            let spans = Just(trace.spans.clone()).prop_shuffle();
            (Just(trace), spans.prop_map(|spans| Trace { spans }))
        })
    ) {
        // Of spans that share an id one must be the first, and between equals that is chance.
        let spans = trace.spans.iter();
        let ids = spans.filter_map(|span| Some((&span.trace_id, span.id.as_ref()?)));
        let parents = trace.spans.iter();
        let parents = parents.filter_map(|span| Some((&span.trace_id, span.parent_id.as_ref()?)));
        let mut seen = std::collections::HashSet::new();
        if ids.chain(parents).all(|id| seen.insert(id)) {
            prop_assert_eq!(trace.digest(false), shuffled.digest(false));
        }
        let written = trace.baseline(false);
        prop_assert_eq!(&written, &trace.baseline(false));
        let again = Trace::read(written.as_bytes()).unwrap();
        prop_assert_eq!(&again, &trace.normalized(false));
        prop_assert_eq!(&written, &again.baseline(false));
        prop_assert_eq!(trace.digest(false), again.digest(false));
    }

    #[test]
    fn a_baseline_is_read_as_what_it_was(trace in any_trace()) {
        let normal = trace.normalized(false);
        let read = Trace::read(trace.baseline(false).as_bytes()).unwrap();
        prop_assert_eq!(&read, &normal);
        prop_assert_eq!(&read.normalized(false), &normal);
        let frozen = trace.normalized(true);
        prop_assert!(frozen.spans.iter().all(|span| span.start.is_none()));
        prop_assert_eq!(&frozen.normalized(true), &frozen);
    }
}

#[test]
fn what_a_run_draws_is_left_out_and_what_it_says_is_kept() {
    let with = |attributes: &[(&str, Value)]| Trace {
        spans: vec![Span {
            name: "a".into(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).into(), value.clone()))
                .collect(),
            ..Span::default()
        }],
    };
    let text = |text: &str| Value::Text(text.into());
    let url = || ("u", text("http://localhost:*/x"));
    let plain = with(&[("server.port", Value::Int(80)), url()]);
    let drawn = with(&[
        ("u", text("http://localhost:49153/x")),
        ("process.pid", Value::Int(4711)),
        ("host.name", text("6f1d")),
        ("client.port", Value::Int(80)),
        ("net.host.port", text("60000")),
        ("server.port", Value::Int(80)),
    ]);
    assert_eq!(plain.digest(false), drawn.digest(false));
    let other_url = ("u", text("http://localhost:8080/x"));
    for other in [
        with(&[("server.port", Value::Int(81)), url()]),
        with(&[("server.port", Value::Int(80)), other_url]),
        with(&[("server.port", Value::Int(80))]),
        with(&[("server.port", text("80")), url()]),
    ] {
        assert_ne!(plain.digest(false), other.digest(false), "{other:?}");
    }
    // The port of a service is no free one, and a longer number is none.
    for kept in ["db:49153", "127.0.0.1:8080", "127.0.0.1:491530"] {
        assert_eq!(without_free_port(kept), None, "{kept}");
    }
}

#[test]
fn every_kind_of_value_survives_a_baseline() {
    let values = [
        Value::Empty,
        Value::Text("\"\\\n\u{1}ä".into()),
        Value::Bool(true),
        Value::Int(i64::MIN),
        Value::Float(0.1),
        Value::Float(1e300),
        Value::Float(f64::INFINITY),
        Value::Bytes(vec![0, 255]),
        Value::List(vec![Value::Int(1), Value::List(vec![])]),
        Value::Map(vec![("k".into(), Value::Bool(false))]),
    ];
    let named = values.into_iter().enumerate();
    let attributes: Attributes = named
        .map(|(at, value)| (format!("{at}").into(), value))
        .collect();
    let span = Span {
        name: "a".into(),
        start: Some(5),
        end: Some(9),
        links: vec![Link {
            trace_id: Some("other".into()),
            span_id: Some("far".into()),
            attributes: attributes.clone(),
        }],
        events: vec![Event {
            name: "e".into(),
            time: Some(7),
            attributes: attributes.clone(),
        }],
        status_message: Some("m".into()),
        parent_id: Some("remote".into()),
        resource: Arc::new(Resource {
            attributes: attributes.clone(),
        }),
        attributes,
        ..Span::default()
    };
    let trace = Trace { spans: vec![span] };
    let read = Trace::read(trace.baseline(false).as_bytes()).unwrap();
    assert_eq!(read, trace.normalized(false));
}
