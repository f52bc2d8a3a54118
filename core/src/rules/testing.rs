//! For the tests of the rules: a text in, findings out, through the real reader.

use crate::config::{self, model::TestFile};
use crate::diagnostic::{Anchor, Code, Finding, Findings, Severity};
use crate::document::Document;
use crate::source::Span;

/// A file with one service and one scenario, in front of expectations.
pub const PAYS: &str = r#"
[meta]
name = "pays"
[service.api]
plugin = "generic_container"
image = "registry.example.com/shop/api:1.4.2"
[[scenario]]
name = "pays"
run = "pay --amount 5"
"#;

/// A file with one step, in front of whatever it lacks.
pub const HELLO: &str = r#"
[meta]
name = "hello"
[[steps]]
name = "hello"
command = ["echo", "hi"]
"#;

/// What all rules find in `text`; what stands in it is otherwise without fault.
pub fn findings(text: &str) -> Findings {
    super::check(&read(text))
}

/// As [`findings`]; the rules alone must take no time, even on a busy machine and not optimised.
#[track_caller]
pub fn findings_swiftly(text: &str) -> Findings {
    let file = read(text);
    let started = std::time::Instant::now();
    let found = super::check(&file);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    found
}

fn read(text: &str) -> TestFile {
    let (document, syntax) = Document::parse(text, &[]);
    assert!(syntax.is_empty(), "{syntax:?}\n{text}");
    let (file, settings) = config::read(&document);
    let faults = settings.iter().filter(|f| f.severity == Severity::Error);
    let faults: Vec<_> = faults.filter(|f| f.code != Code::C116).collect();
    assert!(faults.is_empty(), "{faults:#?}\n{text}");
    file
}

/// What all rules find in a text with faults of other families.
pub fn findings_in_damaged(text: &str) -> Findings {
    let (document, syntax) = Document::parse(text, &[]);
    let (file, settings) = config::read(&document);
    assert!(
        !(syntax.is_empty() && settings.is_empty()),
        "nothing is damaged\n{text}"
    );
    super::check(&file)
}

/// The bytes of the text at which it was found.
pub fn place(finding: &Finding) -> Span {
    match finding.at {
        Anchor::Rendered(span) | Anchor::Source(_, span) => span,
    }
}

/// `text` trips `code` and nothing else, once for each of `places`, which are the texts there.
/// Where a text occurs more than once, a leading number says which is meant: `2:"b"`.
#[track_caller]
pub fn trips(code: Code, text: &str, places: &[&str]) {
    let found = findings(text);
    let mut seen: Vec<(Code, Span)> = found.iter().map(|f| (f.code, place(f))).collect();
    seen.sort_by_key(|(_, span)| (span.start, span.end));
    let mut meant: Vec<(Code, Span)> = places.iter().map(|p| (code, locate(text, p))).collect();
    meant.sort_by_key(|(_, span)| (span.start, span.end));
    let show = |list: &[(Code, Span)]| -> Vec<String> {
        list.iter()
            .map(|(code, span)| format!("{code} {}..{} {}", span.start, span.end, span.of(text)))
            .collect()
    };
    assert_eq!(show(&seen), show(&meant), "{found:#?}\n{text}");
}

/// No rule finds anything in `text`.
#[track_caller]
pub fn clean(text: &str) {
    trips(Code::X101, text, &[]);
}

fn locate(text: &str, place: &str) -> Span {
    let (nth, what) = match place.split_once(':') {
        Some((nth, what)) if nth.parse::<usize>().is_ok() => (nth.parse().unwrap_or(1), what),
        _ => (1, place),
    };
    let found = text.match_indices(what).nth(nth - 1);
    let start = found
        .unwrap_or_else(|| panic!("`{place}` is not in\n{text}"))
        .0;
    Span::new(start, start + what.len())
}

/// The only finding in `text`.
#[track_caller]
pub fn only(text: &str) -> Finding {
    let found = findings(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}
