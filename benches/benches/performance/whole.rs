//! The whole of it: a check from bytes to a report, and the program as a user starts it.

use std::cell::LazyCell;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clnrm_benches::{LIBRARY, LIBRARY_NAME, SIZES, program, template, write_small_templates};
use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::diagnostic::Level;
use clnrm_core::source::{MemorySources, Source};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use tempfile::TempDir;

use super::KB;

fn cache_off() -> CacheSettings {
    CacheSettings {
        max_entries: 0,
        ..CacheSettings::default()
    }
}

fn options(level: Level) -> Options {
    Options {
        level,
        ..Options::default()
    }
}

/// A template that imports a library, from its bytes to a report. The peer renders with Tera and
/// parses with `toml`, and judges nothing.
pub fn check(criterion: &mut Criterion) {
    let sources = MemorySources::from_iter([(LIBRARY_NAME, LIBRARY)]);
    let options = options(Level::Structure);
    let mut context = tera::Context::new();
    context.insert("svc", "shop");
    context.insert("env", "ci");
    let mut group = criterion.benchmark_group("check");
    for kilobytes in [1, 10, 100] {
        let text = template(kilobytes * KB, true);
        let entry = Arc::new(Source::new("bench.clnrm.toml.tera", text.as_str()));
        group.throughput(Throughput::Bytes(text.len() as u64));
        let cold = Checker::new(cache_off());
        let report = cold.check(&entry, &sources, &options);
        assert!(
            report.valid,
            "the benchmark's own input is valid: {:?}",
            report.diagnostics.first()
        );
        group.bench_function(BenchmarkId::new("clnrm", kilobytes), |bencher| {
            bencher.iter(|| {
                // The digest of the bytes is part of it.
                let entry = Arc::new(Source::new("bench.clnrm.toml.tera", text.as_str()));
                cold.check(black_box(&entry), &sources, &options)
            });
        });
        group.bench_function(BenchmarkId::new("tera-1 and toml", kilobytes), |bencher| {
            bencher.iter(|| {
                let mut tera = tera::Tera::default();
                tera.add_raw_templates([(LIBRARY_NAME, LIBRARY), ("bench", black_box(&text))])
                    .unwrap();
                let text = tera.render("bench", &context).unwrap();
                toml::de::DeTable::parse(&text).unwrap().into_inner().len()
            });
        });
    }
    group.finish();
}

/// The same again with nothing changed: the answer of the cache.
pub fn hit(criterion: &mut Criterion) {
    let sources = MemorySources::from_iter([(LIBRARY_NAME, LIBRARY)]);
    let options = options(Level::Structure);
    let mut group = criterion.benchmark_group("hit");
    for kilobytes in [1, 10, 100] {
        let text = template(kilobytes * KB, true);
        let entry = Arc::new(Source::new("bench.clnrm.toml.tera", text));
        let checker = Checker::new(CacheSettings::default());
        checker.check(&entry, &sources, &options);
        assert!(
            checker.check(&entry, &sources, &options).cached,
            "the second check is a hit"
        );
        group.bench_function(BenchmarkId::new("clnrm", kilobytes), |bencher| {
            bencher.iter(|| checker.check(black_box(&entry), &sources, &options));
        });
    }
    group.finish();
}

/// How far a check goes: each level does what the one before it does, and more.
pub fn level(criterion: &mut Criterion) {
    let sources = MemorySources::from_iter([(LIBRARY_NAME, LIBRARY)]);
    let entry = Source::new("bench.clnrm.toml.tera", template(10 * KB, true));
    let entry = Arc::new(entry);
    let checker = Checker::new(cache_off());
    let mut group = criterion.benchmark_group("level");
    for (name, level) in [
        ("syntax", Level::Syntax),
        ("semantic", Level::Semantic),
        ("structure", Level::Structure),
    ] {
        let options = options(level);
        group.bench_function(name, |bencher| {
            bencher.iter(|| checker.check(black_box(&entry), &sources, &options));
        });
    }
    group.finish();
}

/// `clnrm dry-run` as a user starts it: a new process over a folder of small templates. `--help` is
/// what the program costs that does no work, `true` what a process costs on this machine.
pub fn process(criterion: &mut Criterion) {
    // Only if a benchmark of the process is asked for at all.
    let program = LazyCell::new(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--quiet", "-p", "clnrm-cli"])
            .status();
        assert!(built.is_ok_and(|status| status.success()), "clnrm builds");
        program()
    });
    let run = |folder: &TempDir, arguments: &[&str]| {
        let status = Command::new(&*program)
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "clnrm {arguments:?}");
    };
    let mut group = criterion.benchmark_group("process");
    group
        .sample_size(20)
        .sampling_mode(SamplingMode::Flat)
        .measurement_time(Duration::from_millis(1_500));
    for count in SIZES {
        let folder = LazyCell::new(|| {
            let folder = tempfile::tempdir().unwrap();
            write_small_templates(folder.path(), count).unwrap();
            folder
        });
        if count == 1 {
            group.bench_function("true", |bencher| {
                bencher.iter(|| Command::new("true").status().unwrap());
            });
            group.bench_function("help", |bencher| {
                bencher.iter(|| run(&folder, &["--help"]));
            });
        }
        group.bench_function(BenchmarkId::new("dry-run", count), |bencher| {
            bencher.iter(|| run(&folder, &["dry-run"]));
        });
        if count == 1_000 {
            group.bench_function(BenchmarkId::new("one thread", count), |bencher| {
                bencher.iter(|| run(&folder, &["dry-run", "--jobs", "1"]));
            });
            group.bench_function(BenchmarkId::new("json", count), |bencher| {
                bencher.iter(|| run(&folder, &["dry-run", "--format", "json"]));
            });
        }
    }
    group.finish();
}
