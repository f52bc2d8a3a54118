//! What we do against what one could do instead: the published design's proposals, measured.

use std::borrow::Cow;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bumpalo::Bump;
use clnrm_core::digest::{Digest, DigestBuilder};
use criterion::{BenchmarkId, Criterion};
use rayon::prelude::*;
use string_cache::DefaultAtom;
use tokio::task::JoinSet;

use super::KB;

/// As the program reads: one buffer of the size that the file says it has.
fn read_sized(path: &Path) -> Vec<u8> {
    let mut file = File::open(path).unwrap();
    let size = file.metadata().unwrap().len();
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap() + 1);
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

fn read_mapped(path: &Path) -> memmap2::Mmap {
    let file = File::open(path).unwrap();
    // SAFETY: the benchmark wrote the file into a folder of its own; nobody else knows of it. The
    // program could not say that of a user's file, which an editor may cut short at any time.
    unsafe { memmap2::Mmap::map(&file) }.unwrap()
}

/// Reading one file and seeing whether it is UTF-8.
pub fn read(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("read");
    for kilobytes in [4, KB] {
        let path = folder.path().join(kilobytes.to_string());
        std::fs::write(&path, vec![b'x'; kilobytes * KB]).unwrap();
        let is_text = |bytes: &[u8]| assert!(std::str::from_utf8(black_box(bytes)).is_ok());
        group.bench_function(BenchmarkId::new("sized buffer", kilobytes), |bencher| {
            bencher.iter(|| is_text(&read_sized(&path)));
        });
        group.bench_function(BenchmarkId::new("BufReader", kilobytes), |bencher| {
            bencher.iter(|| {
                let mut bytes = Vec::new();
                let mut reader = BufReader::with_capacity(8 * KB, File::open(&path).unwrap());
                reader.read_to_end(&mut bytes).unwrap();
                is_text(&bytes);
            });
        });
        group.bench_function(BenchmarkId::new("memory map", kilobytes), |bencher| {
            bencher.iter(|| is_text(&read_mapped(&path)));
        });
        group.bench_function(BenchmarkId::new("tokio", kilobytes), |bencher| {
            bencher.iter(|| is_text(&runtime.block_on(tokio::fs::read(&path)).unwrap()));
        });
    }
    group.finish();
}

/// Reading and hashing a hundred files of 4 KB.
pub fn many_files(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..100_u32)
        .map(|number| {
            let path = folder.path().join(number.to_string());
            std::fs::write(&path, number.to_string().repeat(4 * KB)).unwrap();
            path
        })
        .collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("many files");
    group.bench_function("one thread", |bencher| {
        bencher.iter(|| {
            let digests = paths.iter().map(|path| Digest::of(&read_sized(path)));
            digests.collect::<Vec<_>>()
        });
    });
    group.bench_function("rayon", |bencher| {
        bencher.iter(|| {
            let digests = paths.par_iter().map(|path| Digest::of(&read_sized(path)));
            digests.collect::<Vec<_>>()
        });
    });
    group.bench_function("4 KB at a time", |bencher| {
        bencher.iter(|| {
            let digests = paths.iter().map(|path| hash_in_pieces(path));
            digests.collect::<Vec<_>>()
        });
    });
    group.bench_function("tokio", |bencher| {
        bencher.iter(|| {
            runtime.block_on(async {
                let mut set = JoinSet::new();
                for path in &paths {
                    let path = path.clone();
                    set.spawn(async move { Digest::of(&tokio::fs::read(path).await.unwrap()) });
                }
                set.join_all().await
            })
        });
    });
    group.finish();
}

fn hash_in_pieces(path: &Path) -> Digest {
    let mut file = File::open(path).unwrap();
    let mut digest = DigestBuilder::new();
    let mut buffer = [0; 4096];
    loop {
        let read = file.read(&mut buffer).unwrap();
        if read == 0 {
            return digest.finish();
        }
        digest.part(&buffer[..read]);
    }
}

/// Handing out a text that the cache holds.
pub fn handle(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("handle");
    for kilobytes in [10, 500] {
        let owned = "x".repeat(kilobytes * KB);
        let shared: Arc<str> = owned.as_str().into();
        group.bench_function(BenchmarkId::new("Arc<str>", kilobytes), |bencher| {
            bencher.iter(|| black_box(&shared).clone());
        });
        group.bench_function(BenchmarkId::new("String", kilobytes), |bencher| {
            bencher.iter(|| black_box(&owned).clone());
        });
    }
    group.finish();
}

/// A buffer for 10 KB of output: allocated for each file, or taken from a pool and given back.
pub fn buffer(criterion: &mut Criterion) {
    let line = "name = \"shop.step.1\"\n";
    let fill = |buffer: &mut String| {
        while buffer.len() < 10 * KB {
            buffer.push_str(black_box(line));
        }
    };
    let mut group = criterion.benchmark_group("buffer");
    group.bench_function("allocated", |bencher| {
        bencher.iter(|| {
            let mut buffer = String::with_capacity(10 * KB + 64);
            fill(&mut buffer);
            buffer.len()
        });
    });
    let mut pool = vec![String::with_capacity(10 * KB + 64)];
    group.bench_function("pooled", |bencher| {
        bencher.iter(|| {
            let mut buffer = pool.pop().unwrap_or_default();
            fill(&mut buffer);
            let length = buffer.len();
            buffer.clear();
            pool.push(buffer);
            length
        });
    });
    group.finish();
}

/// Keeping the names of a file: a thousand, fifty of them different.
pub fn names(criterion: &mut Criterion) {
    let text: Vec<String> = (0..1_000)
        .map(|number| format!("checkout.step.{}", number % 50))
        .collect();
    let names = || text.iter().map(|name| black_box(name.as_str()));
    let mut group = criterion.benchmark_group("names");
    group.bench_function("borrowed", |bencher| {
        bencher.iter(|| names().map(Cow::Borrowed).collect::<Vec<Cow<'_, str>>>());
    });
    group.bench_function("String", |bencher| {
        bencher.iter(|| names().map(str::to_owned).collect::<Vec<_>>());
    });
    group.bench_function("Arc<str>", |bencher| {
        bencher.iter(|| names().map(Arc::<str>::from).collect::<Vec<_>>());
    });
    group.bench_function("arena", |bencher| {
        bencher.iter(|| {
            let arena = Bump::new();
            let kept: Vec<&str> = names().map(|name| &*arena.alloc_str(name)).collect();
            kept.len()
        });
    });
    group.bench_function("interned", |bencher| {
        bencher.iter(|| names().map(DefaultAtom::from).collect::<Vec<_>>());
    });
    group.finish();
}
