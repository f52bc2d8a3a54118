//! One stage at a time: hash, cache, compile, render, parse, validate.

use std::collections::BTreeMap;
use std::hash::RandomState;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Arc;

use clnrm_benches::template;
use clnrm_core::cache::{CacheSettings, Reads, RenderCache, Version, World};
use clnrm_core::config;
use clnrm_core::digest::Digest;
use clnrm_core::document::Document;
use clnrm_core::rules;
use clnrm_core::source::{MemorySources, Source};
use clnrm_core::template::{Host, Limits, Request, Templates, check_library};
use criterion::{BenchmarkId, Criterion, Throughput};

use super::KB;

pub fn hash(criterion: &mut Criterion) {
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

/// Entries in each of the caches: the published size.
const ENTRIES: u32 = 100;

/// A world in which the one library is as it was.
struct Unchanged(Digest);

impl World for Unchanged {
    fn id(&self) -> u64 {
        1
    }
    fn source(&self, _: &str) -> Option<Option<Digest>> {
        Some(Some(self.0))
    }
    fn variable(&self, _: &str) -> Option<Digest> {
        None
    }
    fn environment(&self, _: &str) -> Option<Digest> {
        None
    }
}

/// A hit among a hundred renders of 10 KB. Ours also asks whether the library that the render read
/// is still the same; the peers look up and no more. `as published` is the design's: two hex strings
/// as the key, the text copied.
pub fn cache(criterion: &mut Criterion) {
    let keys: Vec<Digest> = (0..ENTRIES)
        .map(|number| Digest::of(&number.to_le_bytes()))
        .collect();
    let text: Arc<str> = "x".repeat(10 * KB).into();
    let asked = keys[ENTRIES as usize / 2];
    let capacity = NonZeroUsize::new(ENTRIES as usize).unwrap();
    let mut group = criterion.benchmark_group("cache");

    let world = Unchanged(Digest::of(b"library"));
    let ours: RenderCache<Arc<str>, ()> = RenderCache::new(CacheSettings::default());
    for key in &keys {
        let reads = Reads {
            world: 1,
            sources: vec![("_lib.toml.tera".into(), Some(world.0))],
            ..Reads::default()
        };
        ours.keep(
            *key,
            Arc::new(Version {
                reads,
                value: text.clone(),
                bytes: text.len(),
                made_at: 0,
            }),
        );
    }
    group.bench_function("clnrm", |bencher| {
        bencher.iter(|| {
            let found = ours.find(black_box(asked), 0, &world).unwrap();
            found.value.clone()
        });
    });

    let mut schnellru =
        schnellru::LruMap::with_hasher(schnellru::ByLength::new(ENTRIES), RandomState::new());
    let mut lru = lru::LruCache::new(capacity);
    let mut published = lru::LruCache::new(capacity);
    for key in &keys {
        schnellru.insert(*key.as_bytes(), text.clone());
        lru.put(*key.as_bytes(), text.clone());
        published.put((key.to_string(), key.to_string()), text.to_string());
    }
    group.bench_function("schnellru", |bencher| {
        bencher.iter(|| schnellru.get(black_box(asked.as_bytes())).cloned());
    });
    group.bench_function("lru", |bencher| {
        bencher.iter(|| lru.get(black_box(asked.as_bytes())).cloned());
    });
    let asked = (asked.to_string(), asked.to_string());
    group.bench_function("as published", |bencher| {
        bencher.iter(|| published.get(black_box(&asked)).cloned());
    });
    group.finish();
}

const VARIABLES: [(&str, &str); 2] = [("svc", "shop"), ("env", "ci")];

fn tera_context() -> tera::Context {
    let mut context = tera::Context::new();
    for (name, value) in VARIABLES {
        context.insert(name, value);
    }
    context
}

fn tera2_context() -> tera2::Context {
    let mut context = tera2::Context::new();
    for (name, value) in VARIABLES {
        context.insert(name, value);
    }
    context
}

fn entry(text: &str) -> Arc<Source> {
    Arc::new(Source::new("bench.clnrm.toml.tera", text))
}

/// Reading the tags of a template, without rendering it. Ours finds all unknown filters, tests,
/// functions and macros besides.
pub fn compile(criterion: &mut Criterion) {
    let text = template(10 * KB, false);
    let mut group = criterion.benchmark_group("compile");
    group.throughput(Throughput::Bytes(text.len() as u64));
    let entry = entry(&text);
    let (sources, limits) = (MemorySources::default(), Limits::cli());
    let templates = Templates::default();
    group.bench_function("clnrm", |bencher| {
        bencher.iter(|| check_library(black_box(&entry), &sources, &[], &limits, &templates));
    });
    group.bench_function("tera-1", |bencher| {
        bencher.iter(|| {
            let mut tera = tera::Tera::default();
            tera.add_raw_template("bench", black_box(&text)).unwrap();
            tera
        });
    });
    group.bench_function("tera-2", |bencher| {
        bencher.iter(|| {
            let mut tera = tera2::Tera::default();
            tera.add_raw_template("bench", black_box(&text)).unwrap();
            tera
        });
    });
    group.finish();
}

/// From the bytes of a template to the rendered text: compile and render. Ours makes the source map
/// and puts down what was read besides.
pub fn render(criterion: &mut Criterion) {
    let text = template(10 * KB, false);
    let mut group = criterion.benchmark_group("render");
    group.throughput(Throughput::Bytes(text.len() as u64));
    let entry = entry(&text);
    let variables: BTreeMap<Arc<str>, minijinja::Value> = VARIABLES
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    let limits = Limits::cli();
    group.bench_function("clnrm", |bencher| {
        bencher.iter(|| {
            let host = Host::new(
                Arc::default(),
                None,
                None,
                None,
                [0; 32],
                limits.allowance(),
            );
            clnrm_core::template::render(&Request {
                entry: black_box(&entry),
                region: None,
                sources: &MemorySources::default(),
                paths: &[],
                variables: &variables,
                host: &host,
                limits: &limits,
                templates: &Templates::default(),
            })
        });
    });
    let context = tera_context();
    group.bench_function("tera-1", |bencher| {
        bencher.iter(|| tera::Tera::one_off(black_box(&text), &context, false).unwrap());
    });
    let context = tera2_context();
    group.bench_function("tera-2", |bencher| {
        bencher.iter(|| {
            tera2::Tera::default()
                .render_str(black_box(&text), &context, false)
                .unwrap()
        });
    });
    group.finish();
}

/// What the 10 KB template renders to.
fn rendered() -> String {
    tera::Tera::one_off(&template(10 * KB, false), &tera_context(), false).unwrap()
}

/// From text to a tree. Ours and `toml` know the place of every key and value and go on after an
/// error; `toml-spanner` knows the places; `toml_edit` and `taplo` keep the white space.
pub fn parse(criterion: &mut Criterion) {
    let text = rendered();
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
            toml_spanner::parse(black_box(&text), &arena).is_ok()
        });
    });
    group.bench_function("taplo", |bencher| {
        bencher.iter(|| taplo::parser::parse(black_box(&text)));
    });
    group.finish();
}

/// What `[service.api]` and the rest mean, and whether they agree: all settings of a parsed file.
pub fn validate(criterion: &mut Criterion) {
    let text = rendered();
    let (document, _) = Document::parse(&text, &[]);
    let mut group = criterion.benchmark_group("validate");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("settings", |bencher| {
        bencher.iter(|| config::read(black_box(&document)));
    });
    let (file, _) = config::read(&document);
    group.bench_function("rules", |bencher| {
        bencher.iter(|| rules::check(black_box(&file)));
    });
    group.finish();
}
