//! A mistake that shows only in the rendered text is told at the template text that made it, with
//! the way there: for each construct of the language, one mistake planted in it.
//!
//! In `places.txt`, `«…»` is where the mistake must be told and `‹…›` are the places that must be
//! named beside it; the marks are taken out before the check.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot run should stop"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::diagnostic::{Location, Mapping};
use clnrm_core::source::{MemorySources, Source};

/// A valid test that ends within its only scenario: `@` on a line of its own.
const TEST: &str = "[meta]\nname = \"t\"\n[service.a]\nplugin = \"generic_container\"\nimage = \"a:1\"\n[[scenario]]\nname = \"s\"\nservice = \"a\"\nrun = \"true\"\n";

/// A file of a case, and what was marked in it, in bytes.
#[derive(Debug)]
struct File {
    name: String,
    text: String,
    primary: Vec<(usize, usize)>,
    related: Vec<(usize, usize)>,
}

struct Case {
    name: String,
    /// Code and mapping.
    expected: String,
    files: Vec<File>,
}

/// The cases: `=== name`, `code mapping`, then files after `--- name`.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for case in include_str!("places.txt").split("\n=== ").skip(1) {
        let mut parts = case.split("\n--- ");
        let head = parts.next().unwrap();
        let (name, expected) = head.split_once('\n').expect("code and mapping");
        cases.push(Case {
            name: name.to_owned(),
            expected: expected.trim().to_owned(),
            files: parts.map(file).collect(),
        });
    }
    cases
}

fn file(part: &str) -> File {
    let (name, marked) = part.split_once('\n').unwrap_or((part, ""));
    let marked = marked
        .replace("\n@\n", &format!("\n{TEST}"))
        .replace("\\r", "\r")
        .replace("\\u{feff}", "\u{feff}");
    let marked = match marked.strip_prefix("@\n") {
        Some(rest) => format!("{TEST}{rest}"),
        None => marked,
    };
    let mut file = File {
        name: name.to_owned(),
        text: String::new(),
        primary: Vec::new(),
        related: Vec::new(),
    };
    let mut open = Vec::new();
    for char in marked.chars() {
        let at = file.text.len();
        match char {
            '«' | '‹' => open.push(at),
            '»' => file.primary.push((open.pop().unwrap(), at)),
            '›' => file.related.push((open.pop().unwrap(), at)),
            _ => file.text.push(char),
        }
    }
    assert!(open.is_empty(), "{name}: a mark is not closed");
    file
}

/// Lines and columns, counted as a reader does: `file:line:column-line:column`.
fn place(file: &File, (start, end): (usize, usize)) -> String {
    let at = |offset: usize| {
        let before = file.text[..offset].trim_start_matches('\u{feff}');
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        format!("{line}:{column}")
    };
    format!("{}:{}-{}", file.name, at(start), at(end))
}

fn told(location: &Location) -> String {
    let (start, end) = (&location.start, &location.end);
    format!(
        "{}:{}:{}-{}:{}",
        location.file, start.line, start.column, end.line, end.column
    )
}

/// What is wrong with what is told of a case.
fn misplaced(case: &Case) -> String {
    let mut sources = MemorySources::default();
    for file in &case.files {
        sources.set(&file.name, &file.text);
    }
    let entry = &case.files[0];
    let entry = Arc::new(Source::new(entry.name.as_str(), entry.text.as_str()));
    let checker = Checker::new(CacheSettings::default());
    let options = Options::default();
    let report = checker.check(&entry, &sources, &options);
    let mut wrong = String::new();
    let [diagnostic] = report.diagnostics.as_slice() else {
        let _ = writeln!(wrong, "not one finding: {:#?}", report.diagnostics);
        return wrong;
    };
    let mapping = format!("{:?}", diagnostic.mapping).to_lowercase();
    let found = format!("{} {mapping}", diagnostic.code);
    if found != case.expected {
        let _ = writeln!(wrong, "{found}, not {}", case.expected);
    }
    let marked = |pick: fn(&File) -> &[(usize, usize)]| -> Vec<String> {
        let mut all: Vec<String> = case
            .files
            .iter()
            .flat_map(|file| pick(file).iter().map(|span| place(file, *span)))
            .collect();
        all.sort();
        all
    };
    let primary = [told(&diagnostic.primary)];
    if primary != *marked(|file| &file.primary) {
        let _ = writeln!(wrong, "at {primary:?}, not {:?}", marked(|f| &f.primary));
    }
    let mut related: Vec<_> = diagnostic
        .related
        .iter()
        .map(|one| told(&one.location))
        .collect();
    related.sort();
    if related != marked(|file| &file.related) {
        let _ = writeln!(
            wrong,
            "beside it {:?}, not {:?}",
            diagnostic
                .related
                .iter()
                .map(|one| (told(&one.location), &one.message))
                .collect::<Vec<_>>(),
            marked(|f| &f.related)
        );
    }
    // What it was rendered to: of literal text the same bytes.
    let texts: BTreeMap<&str, &str> = case
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.text.as_str()))
        .collect();
    if let (Mapping::Exact, Some(range)) = (diagnostic.mapping, &diagnostic.rendered) {
        let text = checker.checked_text(&entry, &sources, &options, 0).unwrap();
        let source = texts[&*diagnostic.primary.file];
        let (start, end) = (&diagnostic.primary.start, &diagnostic.primary.end);
        let (made, written) = (
            &text[range.start.offset..range.end.offset],
            &source[start.offset..end.offset],
        );
        if made != written {
            let _ = writeln!(wrong, "rendered {made:?}, written {written:?}");
        }
    }
    wrong
}

#[test]
fn a_mistake_is_told_at_the_template_text_that_made_it() {
    let cases = cases();
    assert!(cases.len() >= 50, "{} cases", cases.len());
    let mut all = String::new();
    for case in &cases {
        let wrong = misplaced(case);
        if !wrong.is_empty() {
            let _ = writeln!(all, "=== {}\n{wrong}", case.name);
        }
    }
    assert!(all.is_empty(), "{all}");
}
