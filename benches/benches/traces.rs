//! Traces: reading, holding expectations against them, digest and diff.
//!
//! ```text
//! cargo bench --bench traces
//! ```

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run should stop"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use clnrm_core::config;
use clnrm_core::document::Document;
use clnrm_core::expect::{Outcome, Surroundings, evaluate};
use clnrm_core::trace::{Diff, Trace};

/// A trace of `spans` spans in 100 names, as the Collector's file exporter writes it: a hundred spans
/// a line, ten levels deep.
fn file(spans: usize) -> String {
    let mut out = String::new();
    for start in (0..spans).step_by(100) {
        out.push_str("{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"bench\"},\"spans\":[");
        for at in start..(start + 100).min(spans) {
            if at > start {
                out.push(',');
            }
            // Ten to a tree, each below the one before.
            let parent = if at % 10 == 0 {
                String::new()
            } else {
                format!("\"parentSpanId\":\"{at:016x}\",")
            };
            let (id, from) = (at + 1, 1_700_000_000_000_000_000 + at * 1_000_000);
            let to = from + 2_000_000_000 - (at % 10) * 20_000_000;
            let _ = write!(
                out,
                "{{\"traceId\":\"{:032x}\",\"spanId\":\"{id:016x}\",{parent}\"name\":\"op.{}\",\"kind\":{},\"startTimeUnixNano\":\"{from}\",\"endTimeUnixNano\":\"{to}\",\"attributes\":[{{\"key\":\"http.request.method\",\"value\":{{\"stringValue\":\"GET\"}}}},{{\"key\":\"n\",\"value\":{{\"intValue\":\"{at}\"}}}},{{\"key\":\"server.address\",\"value\":{{\"stringValue\":\"db\"}}}}],\"events\":[{{\"timeUnixNano\":\"{from}\",\"name\":\"tick\"}}],\"status\":{{}}}}",
                1 + at / 10,
                at % 100,
                1 + at % 5,
            );
        }
        out.push_str("]}]}]}\n");
    }
    out
}

/// 200 expectations of every kind, all of which hold for [`file`].
fn expectations() -> String {
    let mut out = String::from(
        "[meta]\nname = \"bench\"\n[service.db]\nimage = \"db:1\"\n[[scenario]]\nname = \"runs\"\nservice = \"db\"\nrun = \"true\"\n",
    );
    for at in 0..100 {
        let _ = writeln!(
            out,
            "[[expect.span]]\nname = \"op.{at}\"\nkind = \"{}\"\nattrs.all = {{ \"http.request.method\" = \"GET\" }}\nevents.all = [\"tick\"]\nduration_ms = {{ min = 1 }}",
            ["internal", "server", "client", "producer", "consumer"][at % 5]
        );
    }
    let pairs = |step: usize| -> Vec<String> {
        let pairs = (0..100).filter(|at| at % 10 >= step && at % 10 < step + 2);
        pairs
            .map(|at| format!("[\"op.{}\", \"op.{at}\"]", at - step))
            .collect()
    };
    let _ = writeln!(
        out,
        "[expect.graph]\nacyclic = true\nmust_include = [{}]\nmust_reach = [{}]\n[expect.counts]\nspans_total = {{ gte = 1 }}\nerrors_total = {{ eq = 0 }}\nby_name.\"op.*\" = {{ gte = 1 }}\nby_name.\"op.1\" = {{ gte = 1 }}\nby_name.\"op.2\" = {{ gte = 1 }}",
        pairs(1).join(", "),
        pairs(5).join(", "),
    );
    for at in 0..20 {
        let _ = writeln!(
            out,
            "[[expect.window]]\nouter = \"op.{}\"\ncontains = [\"op.{}\", \"op.{}\"]",
            at / 2 * 10,
            at / 2 * 10 + 1 + at % 2,
            at / 2 * 10 + 4 + at % 2,
        );
    }
    let order: Vec<String> = (0..10)
        .map(|at| format!("[\"op.{}\", \"op.{}\"]", at * 10, at * 10 + 5))
        .collect();
    let _ = writeln!(
        out,
        "[expect.order]\nby = \"start\"\nmust_precede = [{}]\n[expect.status]\nall = \"OK\"\n[expect.hermeticity]\nno_external_services = true\nresource_attrs.must_match = {{ \"service.name\" = \"shop\" }}\nspan_attrs.forbid_keys = [\"user.*\"]",
        order.join(", ")
    );
    out
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("trace read");
    group.sample_size(10);
    for spans in [1_000, 100_000] {
        let text = file(spans);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("otlp-json", spans),
            &text,
            |bencher, text| {
                bencher.iter(|| Trace::read(black_box(text.as_bytes())).unwrap());
            },
        );
    }
    group.finish();
}

fn judge(criterion: &mut Criterion) {
    let text = expectations();
    let (document, syntax) = Document::parse(&text, &[]);
    assert!(syntax.is_empty(), "{syntax:#?}");
    let (test, _) = config::read(&document);
    let mut group = criterion.benchmark_group("trace judge");
    group.sample_size(10);
    for spans in [1_000, 100_000] {
        let trace = Trace::read(file(spans).as_bytes()).unwrap();
        let none = Surroundings::default();
        let verdicts = evaluate(&test, &trace, &none, &[]);
        assert!(
            verdicts.checks.len() >= 200,
            "{} checks",
            verdicts.checks.len()
        );
        let failed: Vec<_> = verdicts
            .checks
            .iter()
            .filter(|check| check.outcome != Outcome::Holds)
            .map(|check| &check.title)
            .collect();
        assert!(
            failed.is_empty(),
            "the benchmark's own trace is green: {failed:?}"
        );
        group.throughput(Throughput::Elements(spans as u64));
        group.bench_function(BenchmarkId::new("200-expectations", spans), |bencher| {
            bencher.iter(|| evaluate(black_box(&test), black_box(&trace), &none, &[]));
        });
    }
    group.finish();
}

fn compare(criterion: &mut Criterion) {
    let left = Trace::read(file(10_000).as_bytes()).unwrap();
    let mut right = left.clone();
    for (at, span) in right.spans.iter_mut().enumerate() {
        if at % 97 == 0 {
            span.attributes.clear();
        }
        if at % 101 == 0 {
            span.name = Arc::from("new");
        }
    }
    right.spans.retain(|span| &*span.name != "op.7");
    let mut group = criterion.benchmark_group("trace compare");
    group.sample_size(10);
    group.bench_function("normalise-10000", |bencher| {
        bencher.iter(|| black_box(&left).normalized(false));
    });
    group.bench_function("digest-10000", |bencher| {
        bencher.iter(|| black_box(&left).digest(false));
    });
    let (a, b) = (left.normalized(false), right.normalized(false));
    assert!(!Diff::of(&a, &b, None).is_empty());
    group.bench_function("diff-10000-10000", |bencher| {
        bencher.iter(|| Diff::of(black_box(&a), black_box(&b), None));
    });
    group.finish();
}

criterion_group!(traces, read, judge, compare);
criterion_main!(traces);
