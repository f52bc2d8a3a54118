//! Every page of `clnrm explain` keeps its word: its example trips the code, and the mended one is clean.

use std::sync::Arc;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::diagnostic::{Code, Family};
use clnrm_core::expect::Surroundings;
use clnrm_core::rules::{Example, Language, explain};
use clnrm_core::source::{MemorySources, Source};
use clnrm_core::template::Timestamp;
use clnrm_core::trace::Trace;

/// The codes of what is found in an example; `None` if it is no file.
fn codes(files: &[Example]) -> Option<Vec<Code>> {
    let (first, others) = files.split_first()?;
    let name = match first.language {
        Language::Toml => "example.clnrm.toml",
        Language::Tera => "example.clnrm.toml.tera",
        Language::Trace | Language::Shell => return None,
    };
    let mut sources = MemorySources::default();
    sources.set(name, first.text);
    for other in others {
        if let Some(name) = other.file {
            sources.set(name, other.text);
        }
    }
    let options = Options {
        now: Some(Timestamp(1_700_000_000_000_000_000)),
        ..Options::default()
    };
    let entry = Arc::new(Source::new(name, first.text));
    let checker = Checker::new(CacheSettings::default());
    let report = checker.check(&entry, &sources, &options);
    let found = report.diagnostics.iter();
    let mut found: Vec<_> = found.map(|one| one.code).collect();
    if let Some(trace) = others
        .iter()
        .find(|other| other.language == Language::Trace)
    {
        match Trace::read(trace.text.as_bytes()) {
            Err(_) => found.push(Code::E003),
            Ok(trace) => {
                let none = Surroundings::default();
                let analysis = checker.analyze(&entry, &sources, &options, &trace, &none);
                let failed = analysis.checks.iter().flat_map(|check| &check.failures);
                found.extend(failed.map(|one| one.diagnostic.code));
            }
        }
    }
    Some(found)
}

#[test]
fn examples_trip_their_code_alone_and_mended_ones_none() {
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let page = explain(*code);
        // What only a run shows is no fault of the file.
        let expected: &[Code] = match code.family() {
            Family::Run => &[],
            // Not evaluated is what a misspelt field asks for, and the check names that.
            _ if *code == Code::E002 => &[Code::C103, Code::E002],
            _ => &[*code],
        };
        for (title, files, expected) in [
            ("fails", page.fails(), expected),
            ("mended", page.mended(), &[]),
        ] {
            if let Some(found) = codes(&files)
                && found != expected
            {
                wrong.push(format!("{code}, {title}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
