//! Every stage of a check and the whole of it, with peers beside them where there are any.
//!
//! ```text
//! cargo bench --bench performance
//! cargo bench --bench performance -- --save-baseline NAME
//! cargo bench --bench performance -- --baseline NAME
//! ```

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run should stop"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use clnrm_benches::{LIBRARY, LIBRARY_NAME, small_template, template, write_small_templates};
use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::config;
use clnrm_core::digest::Digest;
use clnrm_core::document::Document;
use clnrm_core::rules;
use clnrm_core::source::{MemorySources, Source};
use clnrm_core::template::{Host, Limits, Request};

const KB: usize = 1024;

fn hash(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hash");
    for size in [KB, 10 * KB, KB * KB] {
        let bytes = vec![b'x'; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(BenchmarkId::new("clnrm", size), &bytes, |bencher, bytes| {
            bencher.iter(|| Digest::of(black_box(bytes)));
        });
        group.bench_with_input(BenchmarkId::new("ring", size), &bytes, |bencher, bytes| {
            bencher.iter(|| ring::digest::digest(&ring::digest::SHA256, black_box(bytes)));
        });
    }
    group.finish();
}

/// The template as Tera renders it.
fn rendered(template: &str) -> String {
    tera::Tera::one_off(template, &tera_context(), false).unwrap()
}

fn tera_context() -> tera::Context {
    let mut context = tera::Context::new();
    context.insert("svc", "shop");
    context.insert("env", "ci");
    context
}

fn parse(criterion: &mut Criterion) {
    let text = rendered(&template(10 * KB, false));
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("clnrm", |bencher| {
        bencher.iter(|| Document::parse(black_box(&text), &[]));
    });
    group.bench_function("toml", |bencher| {
        bencher.iter(|| toml::de::DeTable::parse_recoverable(black_box(&text)));
    });
    group.bench_function("toml_edit", |bencher| {
        bencher.iter(|| black_box(&text).parse::<toml_edit::DocumentMut>().unwrap());
    });
    group.bench_function("toml-spanner", |bencher| {
        bencher.iter(|| {
            let arena = toml_spanner::Arena::new();
            black_box(toml_spanner::parse(black_box(&text), &arena).is_ok())
        });
    });
    group.bench_function("taplo", |bencher| {
        bencher.iter(|| taplo::parser::parse(black_box(&text)));
    });
    group.finish();
}

/// What `[service.api]` and the rest mean, and whether they agree: all settings of a parsed file.
fn validate(criterion: &mut Criterion) {
    let text = rendered(&template(10 * KB, false));
    let (document, _) = Document::parse(&text, &[]);
    let mut group = criterion.benchmark_group("validate");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("settings", |bencher| {
        bencher.iter(|| config::read(black_box(&document)));
    });
    let (file, _) = config::read(&document);
    group.bench_function("rules", |bencher| {
        bencher.iter(|| rules::check(black_box(&file)))
    });
    group.finish();
}

fn cache(criterion: &mut Criterion) {
    let keys: Vec<Digest> = (0..100_u32).map(|n| Digest::of(&n.to_le_bytes())).collect();
    let mut group = criterion.benchmark_group("cache");
    let mut lru = lru::LruCache::new(NonZeroUsize::new(100).unwrap());
    keys.iter().for_each(|key| {
        lru.put(*key.as_bytes(), 1);
    });
    group.bench_function("lru", |bencher| {
        bencher.iter(|| lru.get(black_box(keys[50].as_bytes())).copied());
    });
    group.finish();
}

fn render(criterion: &mut Criterion) {
    let source = template(10 * KB, false);
    let mut group = criterion.benchmark_group("render");
    group.throughput(Throughput::Bytes(source.len() as u64));
    let entry = Arc::new(Source::new("bench.clnrm.toml.tera", source.as_str()));
    let variables: BTreeMap<Arc<str>, minijinja::Value> = [("svc", "shop"), ("env", "ci")]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    let limits = Limits::cli();
    group.bench_function("clnrm", |bencher| {
        bencher.iter(|| {
            let host = Host::new(Arc::default(), None, None, None, [0; 32], limits.made_bytes);
            clnrm_core::template::render(&Request {
                entry: black_box(&entry),
                region: None,
                sources: &MemorySources::default(),
                paths: &[],
                variables: &variables,
                host: &host,
                limits: &limits,
            })
        });
    });
    let context = tera_context();
    group.bench_function("tera-1", |bencher| {
        bencher.iter(|| tera::Tera::one_off(black_box(&source), &context, false).unwrap());
    });
    let mut context = tera2::Context::new();
    context.insert("svc", "shop");
    context.insert("env", "ci");
    group.bench_function("tera-2", |bencher| {
        bencher.iter(|| {
            tera2::Tera::default()
                .render_str(black_box(&source), &context, false)
                .unwrap()
        });
    });
    group.finish();
}

/// The whole of it, from bytes to a report: the first time, and again with nothing changed.
fn check(criterion: &mut Criterion) {
    let sources = MemorySources::from_iter([(LIBRARY_NAME, LIBRARY)]);
    let options = Options::default();
    let off = CacheSettings {
        max_entries: 0,
        ..CacheSettings::default()
    };
    let mut group = criterion.benchmark_group("check");
    for (name, text) in [
        ("small", small_template(1)),
        ("10-kb", template(10 * KB, true)),
    ] {
        let entry = Arc::new(Source::new("bench.clnrm.toml.tera", text));
        group.throughput(Throughput::Bytes(entry.text.len() as u64));
        let cold = Checker::new(off);
        assert!(
            cold.check(&entry, &sources, &options).valid,
            "the benchmark's own input is valid"
        );
        group.bench_function(BenchmarkId::new("cold", name), |bencher| {
            bencher.iter(|| cold.check(black_box(&entry), &sources, &options));
        });
        let warm = Checker::new(CacheSettings::default());
        warm.check(&entry, &sources, &options);
        assert!(
            warm.check(&entry, &sources, &options).cached,
            "the second check is a hit"
        );
        group.bench_function(BenchmarkId::new("hit", name), |bencher| {
            bencher.iter(|| warm.check(black_box(&entry), &sources, &options));
        });
    }
    group.finish();
}

/// `clnrm dry-run` as a user starts it: a new process over a folder of small templates.
fn process(criterion: &mut Criterion) {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "clnrm-cli"])
        .status();
    assert!(built.is_ok_and(|status| status.success()), "clnrm builds");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let program = target.join("release/clnrm");
    let mut group = criterion.benchmark_group("process");
    group.sample_size(10);
    for count in [1, 1_000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        write_small_templates(folder.path(), count).unwrap();
        let run = || {
            let output = Command::new(&program)
                .arg("dry-run")
                .current_dir(&folder)
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stdout)
            );
        };
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("dry-run", count), |bencher| {
            bencher.iter(run)
        });
    }
    group.finish();
}

criterion_group!(
    performance,
    hash,
    cache,
    parse,
    validate,
    render,
    check,
    process
);
criterion_main!(performance);
