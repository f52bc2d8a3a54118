//! How often each stage asks for memory, and for how much: counted, so the same on every machine.

use std::alloc::System;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use clnrm_benches::{LIBRARY, LIBRARY_NAME, template};
use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::config;
use clnrm_core::document::Document;
use clnrm_core::rules;
use clnrm_core::source::{MemorySources, Source};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The table of the stages of one 10 KB file.
pub fn table() -> String {
    let entry = Source::new("bench.clnrm.toml.tera", template(10 * 1024, true));
    let entry = Arc::new(entry);
    let sources = MemorySources::from_iter([(LIBRARY_NAME, LIBRARY)]);
    let options = Options::default();
    let checker = Checker::new(CacheSettings::default());
    let fresh = || Checker::new(CacheSettings::default());
    let text = checker.render(&entry, &sources, &options);
    let text = text.map_or_else(|_| entry.text.clone(), |rendered| rendered.text);

    let mut counted = BTreeMap::new();
    let mut count = |name: &'static str, work: &dyn Fn()| {
        // The first time fills tables that are made once for the process.
        work();
        let region = Region::new(ALLOCATOR);
        work();
        counted.insert(name, region.change());
    };
    count("1 render", &|| {
        black_box(fresh().render(&entry, &sources, &options).is_ok());
    });
    count("2 parse", &|| {
        black_box(Document::parse(&text, &[]));
    });
    let (document, _) = Document::parse(&text, &[]);
    count("3 settings", &|| {
        black_box(config::read(&document));
    });
    let (file, _) = config::read(&document);
    count("4 rules", &|| {
        black_box(rules::check(&file));
    });
    count("5 whole check, cold", &|| {
        black_box(fresh().check(&entry, &sources, &options));
    });
    checker.check(&entry, &sources, &options);
    count("6 whole check, hit", &|| {
        black_box(checker.check(&entry, &sources, &options));
    });

    let mut table = String::from("| 10 KB | allocations | bytes |\n|---|--:|--:|\n");
    for (name, stats) in counted {
        let (calls, bytes) = (
            stats.allocations + stats.reallocations,
            stats.bytes_allocated,
        );
        // The digit in front is for the order; writing to a string cannot fail.
        _ = writeln!(table, "| {} | {calls} | {bytes} |", &name[2..]);
    }
    table
}
