//! Every page of `clnrm explain` keeps its word: its example trips the code, and the mended one is clean.

use std::sync::Arc;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::diagnostic::{Code, Severity};
use clnrm_core::rules::{Example, Language, explain};
use clnrm_core::source::{MemorySources, Source};
use clnrm_core::template::Timestamp;

/// The codes of what is found in an example; `None` if it is no file.
fn codes(files: &[Example]) -> Option<Vec<(Code, Severity)>> {
    let (first, others) = files.split_first()?;
    let name = match first.language {
        Language::Toml => "example.clnrm.toml",
        Language::Tera => "example.clnrm.toml.tera",
        Language::Shell => return None,
    };
    let mut sources = MemorySources::default();
    sources.set(name, first.text);
    for other in others {
        sources.set(other.file?, other.text);
    }
    let options = Options {
        now: Some(Timestamp(1_700_000_000_000_000_000)),
        ..Options::default()
    };
    let entry = Arc::new(Source::new(name, first.text));
    let report = Checker::new(CacheSettings::default()).check(&entry, &sources, &options);
    let found = report.diagnostics.iter();
    Some(found.map(|one| (one.code, one.severity)).collect())
}

#[test]
fn examples_trip_their_code_and_mended_ones_do_not() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let page = explain(*code);
        if let Some(found) = codes(&page.fails()) {
            let others = found
                .iter()
                .any(|(other, severity)| other != code && *severity == Severity::Error);
            if !found.iter().any(|(found, _)| found == code) || others {
                wrong.push(format!("{code}, the example that fails: {found:?}"));
            }
        }
        if let Some(found) = codes(&page.mended()) {
            let told: Vec<_> = found
                .iter()
                .filter(|(other, severity)| other == code || *severity != Severity::Info)
                .collect();
            if !told.is_empty() {
                wrong.push(format!("{code}, the mended example: {told:?}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
