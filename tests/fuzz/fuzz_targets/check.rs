//! No text makes the check panic, every place lies inside its source, and asking twice gives the same.
//! The first byte chooses plain TOML or a template; a NUL ends the entry and begins a library.
#![no_main]

use std::sync::Arc;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::source::{MemorySources, Source};
use clnrm_core::template::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let (entry, library) = text.split_once('\0').unwrap_or((text, ""));
    let name = if first % 4 == 0 {
        "t.clnrm.toml"
    } else {
        "t.clnrm.toml.tera"
    };
    let files = [(name, entry), ("_m.tera", library)];
    let sources: MemorySources = files.iter().copied().collect();
    let source = Arc::new(Source::new(name, entry));
    let checker = Checker::new(CacheSettings::default());
    let options = Options {
        limits: Limits::playground(),
        ..Options::default()
    };
    let report = checker.check(&source, &sources, &options);
    for found in &report.diagnostics {
        let place = &found.primary;
        let Some((_, text)) = files.iter().find(|(file, _)| *file == place.file.as_ref()) else {
            continue;
        };
        let (start, end) = (place.start.offset, place.end.offset);
        assert!(start <= end && end <= text.len(), "{found:?}");
        assert!(
            text.is_char_boundary(start) && text.is_char_boundary(end),
            "{found:?}"
        );
    }
    let again = checker.check(&source, &sources, &options);
    assert_eq!(
        format!("{:?}", report.diagnostics),
        format!("{:?}", again.diagnostics)
    );
});
