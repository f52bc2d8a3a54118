//! What is said of the settings of test files and project files: each file of `tests/config` and
//! `tests/project` against its snapshot.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use clnrm_core::config::schema::{Kind, Section};
use clnrm_core::config::{self, Project};
use clnrm_core::diagnostic::{Anchor, Code, Finding, Findings, Severity};
use clnrm_core::document::Document;
use clnrm_core::source::LineIndex;

/// Findings as text, one a line, in order of place.
fn show(text: &str, findings: &[Finding]) -> String {
    let lines = LineIndex::new(text);
    let place = |at: &Anchor| match at {
        Anchor::Rendered(span) => {
            let start = lines.position(text, span.start);
            let end = lines.position(text, span.end);
            if start.line == end.line {
                format!("{}:{}-{}", start.line, start.column, end.column)
            } else {
                format!(
                    "{}:{}-{}:{}",
                    start.line, start.column, end.line, end.column
                )
            }
        }
        Anchor::Source(name, _) => name.to_string(),
    };
    let mut findings: Vec<_> = findings.iter().collect();
    findings.sort_by_key(|finding| match finding.at {
        Anchor::Rendered(span) => span.start,
        Anchor::Source(..) => 0,
    });
    let mut shown = String::new();
    for finding in findings {
        shown += &format!(
            "{} {} {}\n",
            place(&finding.at),
            finding.code,
            finding.message
        );
        if let Some(label) = &finding.label {
            shown += &format!("    ^ {label}\n");
        }
        for note in &finding.notes {
            shown += &format!("    {} {}\n", place(&note.at), note.message);
        }
        if let Some(help) = &finding.help {
            shown += &format!("    help: {help}\n");
        }
        if let Some(repair) = &finding.repair {
            for (at, new) in &repair.edits {
                shown += &format!("    fix {}: {new}\n", place(at));
            }
        }
    }
    shown
}

fn check(text: &str) -> Findings {
    let (document, mut findings) = Document::parse(text, &[]);
    findings.extend(config::read(&document).1);
    findings
}

#[test]
fn test_files() {
    insta::glob!("config/*.toml", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        insta::assert_snapshot!(show(&text, &check(&text)));
    });
}

#[test]
fn project_files() {
    insta::glob!("project/*.toml", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let (document, mut findings) = Document::parse(&text, &[]);
        let (project, more) = Project::read(&document);
        findings.extend(more);
        insta::assert_snapshot!(format!("{}\n{project:#?}", show(&text, &findings)));
    });
}

/// The value without its places.
fn plain(text: &str) -> String {
    let (file, _) = config::read(&Document::parse(text, &[]).0);
    let mut rest = &*format!("{file:#?}");
    let mut plain = String::new();
    while let Some(at) = rest.find(" Span {") {
        plain += &rest[..at];
        rest = &rest[at..];
        rest = &rest[rest.find('}').unwrap() + 1..];
    }
    plain + rest
}

#[track_caller]
fn assert_same(left: &str, right: &str) {
    for (left, right) in left.lines().zip(right.lines()) {
        assert_eq!(left, right);
    }
    assert_eq!(left.len(), right.len());
}

fn apply(text: &str, findings: &[Finding]) -> String {
    let mut edits: Vec<_> = findings
        .iter()
        .filter(|finding| finding.code == Code::C117)
        .flat_map(|finding| &finding.repair)
        .flat_map(|repair| {
            assert!(repair.safe);
            &repair.edits
        })
        .map(|(at, new)| match at {
            Anchor::Rendered(span) => (*span, new),
            Anchor::Source(..) => panic!("an edit of another file"),
        })
        .collect();
    edits.sort();
    let mut text = text.to_owned();
    for (span, new) in edits.into_iter().rev() {
        text.replace_range(span.start..span.end, new);
    }
    text
}

#[test]
fn older_spellings_mean_what_todays_mean_and_their_repairs_keep_that() {
    let older = include_str!("config/older.toml");
    let today = include_str!("config/today.toml");
    assert!(check(today).is_empty());
    let findings = check(older);
    let others: Vec<_> = findings.iter().filter(|f| f.code != Code::C117).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert_same(&plain(older), &plain(today));

    let mended = apply(older, &findings);
    assert_same(&plain(&mended), &plain(today));
    let left = check(&mended);
    assert!(
        left.iter()
            .all(|finding| finding.code == Code::C117 && finding.repair.is_none()),
        "{mended}\n{}",
        show(&mended, &left)
    );
}

#[test]
fn a_placeholder_raises_nothing_and_counts_as_present() {
    let text = "0\n[service.0]\n0 = 5\n[[steps]]\nname = 0\ncommand = [\"a\", 0]\nservice = \"x0\"\n\
        [[expect.span]]\nname = \"a\"\nkind = \"0\"\nimge = 0\n";
    let holes: Vec<_> = text
        .match_indices('0')
        .map(|(at, _)| clnrm_core::source::Span::new(at, at + 1))
        .collect();
    let (document, mut findings) = Document::parse(text, &holes);
    let (file, more) = config::read(&document);
    findings.extend(more);
    assert_eq!(show(text, &findings), "");
    assert!(file.is_incomplete());
    let step = &file.scenarios[0].steps[0];
    assert!(step.incomplete && step.name.is_none() && step.service.is_none());
    assert!(file.services.is_empty());
}

#[test]
fn other_files_are_known_by_their_tables() {
    let other = |text| config::looks_like_something_else(&Document::parse(text, &[]).0);
    assert!(other("[package]\nname = 'x'\n").is_some());
    assert!(other("[system]\nname = 'x'\n[dimensions.a]\n").is_some());
    assert!(other("[project]\nname = 'x'\n[run]\n").is_some());
    assert_eq!(other("[meta]\nname = 'x'\n[package]\n"), None);
    assert_eq!(other("[system]\n"), None);
    assert_eq!(other(""), None);
}

#[test]
fn profiles_are_laid_over_the_file() {
    use clnrm_core::config::Concurrency;
    let text = include_str!("project/clean.toml");
    let project = Project::read(&Document::parse(text, &[]).0).0;
    assert_eq!(
        project.profile_names(),
        ["dev", "ci", "production", "night"]
    );
    assert!(project.with_profile("nihgt").is_none());
    let dev = project.with_profile("dev").unwrap();
    assert_eq!(dev.cache.max_entries, Some(100));
    assert_eq!(dev.run.max_concurrent, Some(Concurrency::Tests(2)));
    let ci = project.with_profile("ci").unwrap();
    assert_eq!(ci.cache.max_entries, Some(1000));
    assert_eq!(ci.cache.max_bytes, Some(50_000_000));
    assert_eq!(ci.run.max_concurrent, Some(Concurrency::Cores));
    let production = project.with_profile("production").unwrap();
    assert_eq!(production.cache.max_entries, Some(0));
    assert_eq!(production.run.max_concurrent, Some(Concurrency::Tests(1)));
    let night = project.with_profile("night").unwrap();
    assert_eq!(night.run.max_concurrent, Some(Concurrency::Tests(16)));
    assert_eq!(night.watch, project.watch);
}

#[test]
fn severities_are_those_of_the_codes() {
    // A file whose only fault is an older spelling is valid.
    let findings = check(include_str!("config/older.toml"));
    assert!(findings.iter().all(|f| f.code.severity() < Severity::Error));
}

#[test]
fn credentials_are_found_where_they_stand() {
    // Put together here, so that no scanner takes this file for a leak.
    let token = ["ghp_", "q7Zx2Lk9Vb4Nw8Rt3Ym6", "Pd1Hs5Jf0Gc4Kv8Tz2Q"].concat();
    let text = format!(
        "[meta]\nname = 'a'\n[otel.headers]\nAuthorization = 'Bearer {token}'\n\
         [service.a]\nimage = 'alpine:3.20'\nenv = {{ TOKEN = '{token}', PASSWORD = 'test' }}\n\
         [[steps]]\nname = 'a'\ncommand = ['curl', '-H', 'token: {token}']\n"
    );
    let found: Vec<_> = check(&text).iter().map(|finding| finding.code).collect();
    assert_eq!(found, [Code::C120; 3]);
}

/// A small generator of numbers, enough to walk over the format.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// A table of the format, with values that may be anything.
fn some_table(dice: &mut Dice, section: &Section, depth: usize) -> String {
    let mut text = String::from("{ ");
    let mut names: Vec<_> = section.names().collect();
    names.extend(["unknown", "a b"]);
    let mut seen = Vec::new();
    for _ in 0..dice.roll(6) {
        let name = names[dice.roll(names.len())];
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let value = match section.find(name) {
            Some((_, field, _)) => some_value(dice, field.kind, depth),
            None => odd_value(dice),
        };
        text += &format!("\"{name}\" = {value}, ");
    }
    text + "}"
}

fn some_value(dice: &mut Dice, kind: Kind, depth: usize) -> String {
    if depth > 6 || dice.roll(4) == 0 {
        return odd_value(dice);
    }
    match kind {
        Kind::Table(section) => some_table(dice, section, depth + 1),
        Kind::Tables(section) => {
            let items: Vec<_> = (0..dice.roll(3))
                .map(|_| some_table(dice, section, depth + 1))
                .collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Named(section) => {
            let inner = some_table(dice, section, depth + 1);
            format!("{{ x = {inner}, y = {} }}", odd_value(dice))
        }
        _ => odd_value(dice),
    }
}

fn odd_value(dice: &mut Dice) -> String {
    const VALUES: &[&str] = &[
        "0",
        "1",
        "-1",
        "9999999999999999999999",
        "1.5",
        "nan",
        "true",
        "false",
        "2025-01-01",
        "''",
        "'x'",
        "'  '",
        "\"é\\n\"",
        "'10s'",
        "'1h '",
        "'[z-a]'",
        "'(é'",
        "'8080:80'",
        "'a:b:c'",
        "'256m'",
        "'OK'",
        "'postgres'",
        "'${X}'",
        "'http://x'",
        "[]",
        "[[]]",
        "['a']",
        "['a', 'b']",
        "[['a', 'b']]",
        "[1, 'a', true]",
        "['k=v']",
        "[{}]",
        "{}",
        "{ a = 1 }",
        "{ a = { gte = 1 } }",
        "{ min = 2, max = 1 }",
        "{ eq = 1 }",
        "{ '' = '' }",
        "{ all = { a = 1 } }",
        "{ contains = [] }",
        "{ a.b.c = 1 }",
        "\"\"\"\n\\\n  *é\"\"\"",
    ];
    VALUES[dice.roll(VALUES.len())].to_owned()
}

#[test]
fn any_value_anywhere_is_read_or_reported() {
    for seed in 0..5_000 {
        let mut dice = Dice(seed);
        let mut text = String::new();
        for section in [&config::FILE, &config::PROJECT_FILE] {
            for field in section.fields {
                if dice.roll(5) == 0 && !text.contains(&format!("\n{} =", field.name)) {
                    let value = some_value(&mut dice, field.kind, 0);
                    text += &format!("\n{} = {value}", field.name);
                }
            }
        }
        let (document, syntax) = Document::parse(&text, &[]);
        assert!(syntax.is_empty(), "{text}\n{syntax:?}");
        let mut findings = config::read(&document).1;
        findings.extend(Project::read(&document).1);
        for finding in &findings {
            let Anchor::Rendered(span) = finding.at else {
                panic!("{finding:?}");
            };
            let inside = text.get(span.start..span.end).is_some();
            assert!(inside, "{finding:?}\n{text}");
        }
    }
}
