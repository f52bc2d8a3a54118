//! Expectations against traces, as tables: each file under `expect/` holds cases, each an expectation
//! with traces that it holds for and traces that it does not, by one condition.
//!
//! ```text
//! === what is tried
//! [[expect.span]]
//! name = "a"
//! --- holds
//! a #1 <0 10-20 kind:server OK n=1 s=text !event service:shop
//! --- fails E101
//! b
//! ```
//!
//! A line is a span: its name, then in any order `#id`, `<parent`, `start-end` in milliseconds, `kind:`,
//! its status, attributes, `!events`, `trace:`, `scope:`, `service:` and `res:name=value` of its
//! resource. Whatever the verdict, it must be the same with the lines in any order and all ids renamed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Analysis, Checker, Options};
use clnrm_core::config::model::{SpanKind, SpanStatus};
use clnrm_core::diagnostic::Code;
use clnrm_core::expect::{Outcome, Surroundings};
use clnrm_core::source::{MemorySources, Source};
use clnrm_core::trace::{Event, Resource, Scope, Span, Trace, Value};
use proptest::prelude::*;

const HEAD: &str = "\
[meta]
name = \"case\"

[service.shop]
image = \"alpine:3.20\"

[service.db]
image = \"alpine:3.20\"

[[scenario]]
name = \"runs\"
service = \"shop\"
run = \"nc db 80\"

";

fn analyze_with(expectations: &str, trace: &Trace, options: &Options) -> Analysis {
    let text = if expectations.contains("[meta]") {
        expectations.to_owned()
    } else {
        format!("{HEAD}{expectations}")
    };
    let entry = Arc::new(Source::new("case.clnrm.toml", text.as_str()));
    let analysis = Checker::new(CacheSettings::default()).analyze(
        &entry,
        &MemorySources::default(),
        options,
        trace,
        &Surroundings::default(),
    );
    assert!(
        analysis.report.valid,
        "{:#?}\n{text}",
        analysis.report.diagnostics
    );
    analysis
}

fn analyze(expectations: &str, trace: &Trace) -> Analysis {
    analyze_with(expectations, trace, &Options::default())
}

fn value(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match (text.parse(), text.parse()) {
            (Ok(whole), _) => Value::Int(whole),
            (_, Ok(float)) => Value::Float(float),
            _ => Value::Text(text.trim_matches('"').into()),
        },
    }
}

fn span(line: &str) -> Span {
    let mut words = line.split_whitespace();
    let mut span = Span {
        name: words.next().unwrap().into(),
        trace_id: Some("t".into()),
        ..Span::default()
    };
    let mut resource = Vec::new();
    let ms = |text: &str| -> Option<u64> {
        let ms: f64 = text.parse().ok()?;
        Some((ms * 1e6) as u64 + 1_000_000_000)
    };
    for word in words {
        if let Some(id) = word.strip_prefix('#') {
            span.id = Some(id.into());
        } else if let Some(id) = word.strip_prefix('<') {
            span.parent_id = Some(id.into());
        } else if let Some(name) = word.strip_prefix('!') {
            span.events.push(Event {
                name: name.into(),
                ..Event::default()
            });
        } else if let Some(kind) = word.strip_prefix("kind:") {
            span.kind = Some(match kind {
                "internal" => SpanKind::Internal,
                "server" => SpanKind::Server,
                "client" => SpanKind::Client,
                "producer" => SpanKind::Producer,
                "consumer" => SpanKind::Consumer,
                _ => panic!("{line}"),
            });
        } else if let Some(id) = word.strip_prefix("trace:") {
            span.trace_id = Some(id.into());
        } else if let Some(name) = word.strip_prefix("scope:") {
            span.scope = Arc::new(Scope {
                name: name.into(),
                ..Scope::default()
            });
        } else if let Some(name) = word.strip_prefix("service:") {
            resource.push(("service.name".into(), Value::Text(name.into())));
        } else if let Some(pair) = word.strip_prefix("res:") {
            let (name, text) = pair.split_once('=').unwrap();
            resource.push((name.into(), value(text)));
        } else if let Some((name, text)) = word.split_once('=') {
            span.attributes.push((name.into(), value(text)));
        } else if let Some((start, end)) = word.split_once('-') {
            span.start = ms(start);
            span.end = ms(end);
        } else {
            span.status = match word {
                "OK" => SpanStatus::Ok,
                "ERROR" => SpanStatus::Error,
                "UNSET" => SpanStatus::Unset,
                _ => panic!("`{word}` in {line}"),
            };
        }
    }
    span.resource = Arc::new(Resource {
        attributes: resource,
    });
    span
}

fn trace(lines: &str) -> Trace {
    let lines = lines.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    Trace {
        spans: lines.map(span).collect(),
    }
}

fn codes(analysis: &Analysis) -> BTreeSet<Code> {
    let failures = analysis.checks.iter().flat_map(|check| &check.failures);
    failures.map(|failed| failed.diagnostic.code).collect()
}

/// What a failing trace is told: places, messages, helps.
fn told(analysis: &Analysis) -> String {
    let mut out = String::new();
    for failed in analysis.checks.iter().flat_map(|check| &check.failures) {
        let one = &failed.diagnostic;
        let (at, help) = (&one.primary.start, one.help.as_deref());
        // Below the head that all cases share.
        let line = at.line.saturating_sub(13);
        let _ = write!(out, "{line}:{} {} {}", at.column, one.code, one.message);
        let _ = write!(out, " | {} | {}", failed.expected, failed.found);
        let _ = writeln!(
            out,
            "{}",
            help.map_or(String::new(), |help| format!(" | help: {help}"))
        );
        for related in &one.related {
            let _ = writeln!(
                out,
                "  {}: {}",
                related.location.start.line - 13,
                related.message
            );
        }
        if let Some(nearest) = &failed.nearest {
            let (name, met, of) = (&nearest.name, nearest.met, nearest.of);
            let _ = writeln!(out, "  nearest {name} {met}/{of} {:?}", nearest.fails);
        }
    }
    out
}

/// Outcome, codes and messages: all that must not change with the order of spans.
fn verdict(analysis: &Analysis) -> String {
    let mut out = format!("{:?}\n", analysis.outcome);
    for check in &analysis.checks {
        let _ = writeln!(out, "{} {:?}", check.title, check.outcome);
        for failed in &check.failures {
            let _ = writeln!(
                out,
                "  {} {}\n    expected {}\n    found {}",
                failed.diagnostic.code, failed.diagnostic.message, failed.expected, failed.found
            );
            if let Some(nearest) = &failed.nearest {
                let _ = writeln!(
                    out,
                    "    nearest {} {}/{} {:?}",
                    nearest.name, nearest.met, nearest.of, nearest.fails
                );
            }
        }
    }
    out
}

fn renamed(trace: &Trace) -> Trace {
    // In another order, too.
    let other = |id: &str| format!("{}{id}", 255 - id.as_bytes().first().unwrap_or(&0));
    let rename = |id: &Option<Arc<str>>| id.as_ref().map(|id| Arc::from(other(id)));
    let mut trace = trace.clone();
    for span in &mut trace.spans {
        span.trace_id = rename(&span.trace_id);
        span.id = rename(&span.id);
        span.parent_id = rename(&span.parent_id);
    }
    trace
}

/// A case: what is tried, the expectation, and traces with what they come to.
struct Case<'t> {
    title: &'t str,
    expectation: &'t str,
    traces: Vec<(&'t str, &'t str)>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let cases = text.split("=== ").skip(1);
    cases
        .map(|case| {
            let (title, rest) = case.split_once('\n').unwrap();
            let mut parts = rest.split("--- ");
            Case {
                title,
                expectation: parts.next().unwrap(),
                traces: parts
                    .map(|part| part.split_once('\n').unwrap_or((part, "")))
                    .collect(),
            }
        })
        .collect()
}

fn judge(file: &str, case: &Case<'_>, wanted: &str, lines: &str) -> Option<String> {
    let trace = trace(lines);
    let analysis = analyze(case.expectation, &trace);
    let mut words = wanted.split_whitespace();
    let outcome = match words.next() {
        Some("holds") => Outcome::Holds,
        Some("fails") => Outcome::Fails,
        Some("not-evaluated") => Outcome::NotEvaluated,
        _ => panic!("{file}: {wanted}"),
    };
    let wanted_codes: BTreeSet<Code> = words.map(|code| Code::find(code).unwrap()).collect();
    let found = codes(&analysis);
    let told = verdict(&analysis);
    if analysis.outcome != outcome || found != wanted_codes {
        return Some(format!("{file}: {}: {wanted}\n{lines}\n{told}", case.title));
    }
    let mut reversed = trace.clone();
    reversed.spans.reverse();
    let other = verdict(&analyze(case.expectation, &reversed));
    if other != told {
        return Some(format!("{file}: {}: reversed\n{told}\n{other}", case.title));
    }
    let other = analyze(case.expectation, &renamed(&trace));
    if other.outcome != outcome || codes(&other) != found {
        return Some(format!("{file}: {}: renamed\n{told}", case.title));
    }
    None
}

#[test]
fn every_case_gets_its_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expect");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    let mut traces = 0;
    for path in files {
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let mut words = String::new();
        for case in cases(&text) {
            let holds = case
                .traces
                .iter()
                .any(|(wanted, _)| wanted.starts_with("holds"));
            let fails = case
                .traces
                .iter()
                .any(|(wanted, _)| !wanted.starts_with("holds"));
            assert!(holds && fails, "{file}: {}: both verdicts", case.title);
            for (wanted, lines) in &case.traces {
                traces += 1;
                wrong.extend(judge(&file, &case, wanted, lines));
                let told = told(&analyze(case.expectation, &trace(lines)));
                if !told.is_empty() {
                    let lines = lines.trim().replace('\n', "; ");
                    let _ = writeln!(words, "{}\n{lines}\n{told}", case.title);
                }
            }
        }
        insta::assert_snapshot!(format!("told_{file}"), words);
    }
    assert!(traces > 200, "{traces} traces");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn failures_say_what_was_expected_what_was_found_and_what_came_nearest() {
    let expectation = r#"
[[expect.span]]
name = "pay"
kind = "server"
parent = "checkout"
status = "OK"
attrs.all = { "payment.method" = "card", amount = 5 }
events.all = ["receipt.sent"]
duration_ms = { max = 50 }

[[expect.span]]
name = "checkout"

[[expect.span]]
name = "refund"
"#;
    let lines = "
checkout #1 0-100
pay #2 10-70 kind:server payment.method=card amount=6
pay #3 <1 20-60 kind:client payment.method=cash !receipt.sent ERROR
";
    let analysis = analyze(expectation, &trace(lines));
    insta::assert_snapshot!("failures", verdict(&analysis));
    let places: Vec<_> = analysis
        .checks
        .iter()
        .flat_map(|check| &check.failures)
        .map(|failed| {
            let start = failed.diagnostic.primary.start;
            (failed.diagnostic.code, start.line - 13, start.column)
        })
        .collect();
    insta::assert_debug_snapshot!("places", places);
}

#[test]
fn a_judgement_names_the_spans_that_it_is_about() {
    let trace = trace("root #1 0-10\ndb.get #2 <1 1-2\nother #3 <1 3-4 ERROR\ndb.put #4 <3 3-4");
    let about = |expectation: &str| {
        let analysis = analyze(expectation, &trace);
        let check = analysis.checks.first().unwrap();
        (check.outcome, check.spans(&trace))
    };
    let (holds, fails) = (Outcome::Holds, Outcome::Fails);
    assert_eq!(
        about("[[expect.span]]\nname = \"db.*\"\n"),
        (holds, vec![1, 3])
    );
    for (expectation, told) in [
        ("[[expect.span]]\nname = \"gone\"\n", (fails, vec![])),
        (
            "[expect.graph]\nmust_include = [[\"root\", \"db.get\"]]\n",
            (holds, vec![0, 1]),
        ),
        (
            "[[expect.window]]\nouter = \"root\"\ncontains = [\"other\"]\n",
            (holds, vec![0, 2]),
        ),
        (
            "[expect.order]\nmust_precede = [[\"other\", \"db.get\"]]\n",
            (fails, vec![1, 2]),
        ),
        (
            "[expect.counts]\nby_name.\"o*\" = { eq = 2 }\n",
            (fails, vec![2]),
        ),
        // About all of them: those that its failures point at.
        ("[expect.status]\nall = \"OK\"\n", (fails, vec![2])),
        (
            "[expect.status]\nby_name.\"db.*\" = \"OK\"\n",
            (holds, vec![1, 3]),
        ),
    ] {
        assert_eq!(about(expectation), told, "{expectation}");
    }
}

#[test]
fn what_is_unknown_among_expectations_is_not_evaluated_unless_allowed() {
    let whole = "[[expect.span]]\nname = \"a\"\n";
    for unknown in [
        "[[expect.span]]\nname = \"a\"\nstatuss = \"OK\"\n",
        "[expect.graph]\nacyclic = true\nmust_inclde = [[\"a\", \"b\"]]\n",
        "[expect]\nspan_count = 3\n",
        "[expect.latency]\np95 = 3\n",
        "[assertions]\nmust_be_green = true\n",
        "[otel_expectations]\nspans = 3\n",
        "[otel_validation]\nvalidate_all = true\n",
    ] {
        let text = if unknown.starts_with("[[expect.span]]") {
            unknown.to_owned()
        } else {
            format!("{whole}{unknown}")
        };
        let spans = trace("a #1\n");
        let analysis = analyze(&text, &spans);
        assert_eq!(analysis.outcome, Outcome::NotEvaluated, "{unknown}");
        assert!(codes(&analysis).contains(&Code::E002), "{unknown}");
        let allowed = Options {
            allow: vec![Code::C103],
            ..Options::default()
        };
        let analysis = analyze_with(&text, &spans, &allowed);
        assert_eq!(analysis.outcome, Outcome::Holds, "{unknown}");
        let commented = format!("# clnrm: allow C103\n{HEAD}{text}");
        let analysis = analyze(&commented, &spans);
        assert_eq!(analysis.outcome, Outcome::Holds, "{unknown}");
    }
    // What is unknown elsewhere has nothing to do with the trace; a misspelt check of a step has.
    let elsewhere = format!(
        "[meta]\nname = \"x\"\ncolour = 1\n[[scenario]]\nname = \"s\"\nrun = \"true\"\n{whole}"
    );
    assert_eq!(analyze(&elsewhere, &trace("a #1")).outcome, Outcome::Holds);
    let step = format!(
        "[meta]\nname = \"x\"\n[[scenario]]\nname = \"s\"\nrun = \"true\"\nexpected_output_regx = \"1\"\n{whole}"
    );
    assert_eq!(
        analyze(&step, &trace("a #1")).outcome,
        Outcome::NotEvaluated
    );
}

#[test]
fn an_invalid_file_is_held_against_nothing() {
    let entry = Arc::new(Source::new(
        "x.clnrm.toml",
        "[meta]\nname = 1\n[[expect.span]]\nname = \"a\"\n",
    ));
    let analysis = Checker::new(CacheSettings::default()).analyze(
        &entry,
        &MemorySources::default(),
        &Options::default(),
        &trace("a #1"),
        &Surroundings::default(),
    );
    assert_eq!(analysis.outcome, Outcome::NotEvaluated);
    assert!(!analysis.report.valid && analysis.checks.is_empty());
}

#[test]
fn each_combination_of_a_matrix_is_judged() {
    let text = format!(
        "{HEAD}[matrix]\ndb = [\"pg\", \"my\"]\n[[expect.span]]\nname = \"q.{{{{ matrix.db }}}}\"\n[[expect.span]]\nname = \"root\"\n"
    );
    let entry = Arc::new(Source::new("m.clnrm.toml.tera", text));
    let checker = Checker::new(CacheSettings::default());
    let judge = |options: &Options| {
        let none = Surroundings::default();
        let spans = trace("q.pg #1\nroot #2");
        checker.analyze(&entry, &MemorySources::default(), options, &spans, &none)
    };
    let all = judge(&Options::default());
    assert!(all.report.valid, "{:#?}", all.report.diagnostics);
    let found: Vec<_> = all
        .checks
        .iter()
        .map(|check| (check.title.as_str(), check.outcome, check.renders.clone()))
        .collect();
    assert_eq!(
        found,
        [
            ("span `q.pg`", Outcome::Holds, vec![0]),
            ("span `root`", Outcome::Holds, vec![0, 1]),
            ("span `q.my`", Outcome::Fails, vec![1]),
        ]
    );
    let one = judge(&Options {
        matrix: [("db".to_owned(), "pg".to_owned())].into(),
        ..Options::default()
    });
    assert_eq!(one.outcome, Outcome::Holds);
}

/// Expectations of every kind over a few names.
const EVERY_KIND: &str = r#"
[[expect.span]]
name = "a"
kind = "server"
parent = "z"
attrs.any = { n = 1, m = 2 }

[[expect.span]]
name = "[ab]"
each = true
status = "OK"

[[expect.span]]
name = "c"
count = { gte = 2 }

[expect.graph]
must_include = [["a", "b"]]
must_reach = [["b", "c"]]
must_not_cross = [["a", "c"]]
acyclic = true

[expect.counts]
spans_total = { lte = 5 }
errors_total = { lte = 1 }
by_name."[ab]" = { gte = 2 }

[[expect.window]]
outer = "a"
contains = ["b", "c"]

[expect.order]
must_precede = [["a", "b"]]

[expect.status]
by_name."c" = "ERROR"

[expect.hermeticity]
resource_attrs.must_match = { "service.name" = "shop" }
span_attrs.forbid_keys = ["m"]
"#;

fn any_span() -> impl Strategy<Value = String> {
    (
        "[abc]",
        0..6_u8,
        proptest::option::of(0..7_u8),
        proptest::option::of((0..8_u8, 0..8_u8)),
        prop_oneof![
            "kind:server",
            "kind:client",
            "OK",
            "ERROR",
            "n=1",
            "m=2",
            "service:shop",
            "trace:u"
        ],
    )
        .prop_map(|(name, id, parent, times, word)| {
            let parent = parent.map_or_else(String::new, |id| format!(" <{id}"));
            let times = times.map_or_else(String::new, |(a, b)| format!(" {a}-{b}"));
            format!("{name} #{id}{parent}{times} {word}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_spans_changes_nothing(
        (lines, shuffled) in proptest::collection::vec(any_span(), 1..9)
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle()))
    ) {
        let first = analyze(EVERY_KIND, &trace(&lines.join("\n")));
        let second = analyze(EVERY_KIND, &trace(&shuffled.join("\n")));
        prop_assert_eq!(verdict(&first), verdict(&second));
        let renamed = analyze(EVERY_KIND, &renamed(&trace(&lines.join("\n"))));
        prop_assert_eq!(renamed.outcome, first.outcome);
        prop_assert_eq!(codes(&renamed), codes(&first));
    }

    #[test]
    fn spans_of_other_names_make_nothing_green(
        lines in proptest::collection::vec(any_span(), 0..9)
    ) {
        let expectation = "[[expect.span]]\nname = \"a\"\nkind = \"server\"\n[expect.graph]\nmust_include = [[\"a\", \"b\"]]\n";
        let lines: Vec<_> = lines.iter().map(|line| line.replacen('a', "x", 1)).collect();
        let lines: Vec<_> = lines.iter().map(|line| line.replace("trxce", "trace")).collect();
        let lines = lines.join("\n");
        let found = analyze(expectation, &trace(&lines));
        prop_assert!(found.checks.iter().all(|check| check.outcome == Outcome::Fails));
    }
}

#[test]
fn an_empty_trace_and_one_of_the_runners_own_spans_are_told_apart() {
    let help = |lines: &str| {
        let analysis = analyze("[[expect.span]]\nname = \"a\"\n", &trace(lines));
        assert_eq!(codes(&analysis), BTreeSet::from([Code::E001]));
        let failed = &analysis.checks[0].failures[0];
        failed.diagnostic.help.clone().unwrap_or_default()
    };
    assert!(help("").contains("allow_empty"));
    assert!(help("clnrm.run #1 scope:clnrm.runner").contains("runner_spans"));
}
