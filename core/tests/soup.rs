//! Any sequence of the words of our template language and of TOML, whether it means something or
//! not: nothing panics, every place that is told lies in its source, and the same text gets the same
//! answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot run should stop"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use clnrm_core::assist::{self, Names, Scene};
use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::diagnostic::{Code, Diagnostic, Location, Range};
use clnrm_core::report::FileReport;
use clnrm_core::source::{MemorySources, Position, Source};
use clnrm_core::template::{Limits, library};
use clnrm_core::{fix, format};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Words of both languages, whole and broken.
const WORDS: &[&str] = &[
    // Delimiters.
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{{-",
    "-}}",
    "{%-",
    "-%}",
    "{#-",
    "-#}",
    "{",
    "}",
    "%",
    "#",
    "-",
    // Tags.
    "{% if svc %}",
    "{% elif svc %}",
    "{% else %}",
    "{% endif %}",
    "{% for a in b %}",
    "{% for k, v in m %}",
    "{% endfor %}",
    "{% set x = 1 %}",
    "{% set_global x = [1, 2] %}",
    "{% macro m(a, b=1) %}",
    "{% endmacro %}",
    "{% endmacro m %}",
    "{% block b %}",
    "{% endblock %}",
    "{% endblock b %}",
    "{% extends \"part.tera\" %}",
    "{% include \"part.tera\" %}",
    "{% include [\"a\", \"part.tera\"] ignore missing %}",
    "{% import \"_lib.tera\" as lib %}",
    "{% raw %}",
    "{% endraw %}",
    "{% filter upper %}",
    "{% endfilter %}",
    "{% break %}",
    "{% continue %}",
    "{% set x %}",
    "{% endset %}",
    "{% include \"t.toml.tera\" %}",
    // Words of expressions.
    " if ",
    " elif ",
    " else ",
    " for ",
    " in ",
    " set ",
    " macro ",
    " endmacro ",
    " block ",
    " extends ",
    " include ",
    " import ",
    " as ",
    " raw ",
    " filter ",
    " is ",
    " not ",
    " and ",
    " or ",
    " ignore missing ",
    " defined ",
    " true ",
    " false ",
    " none ",
    " svc ",
    " x ",
    " vars.y ",
    " loop.index ",
    " lib::m(a=1) ",
    " self::m() ",
    " super() ",
    " env(name=\"HOME\") ",
    " range(end=3) ",
    " now_rfc3339() ",
    " rand_hex(n=2) ",
    " throw(message=\"x\") ",
    "matrix.os",
    "otel.endpoint",
    // Operators and brackets.
    "|",
    "||",
    "~",
    "+",
    "*",
    "/",
    "==",
    "!=",
    "<",
    ">=",
    "=",
    "(",
    ")",
    "[",
    "]",
    ",",
    ".",
    ":",
    "::",
    ";",
    "| upper",
    "| default(value=1)",
    "| join(sep=\",\")",
    "| date(timezone=\"Europe/Paris\")",
    "| slugify",
    "| round(method=\"up\")",
    "| nofilter",
    "is containing(1)",
    "is notest",
    // Strings, numbers, moments.
    "\"",
    "'",
    "`",
    "\"\"\"",
    "'''",
    "\"a\"",
    "'b'",
    "`c`",
    "\"\\u0041\"",
    "\"\\",
    "0",
    "1",
    "-1",
    "1.5",
    "1e400",
    "0x1F",
    "1_000",
    "9223372036854775808",
    "2025-01-01T00:00:00Z",
    "07:32:00",
    "inf",
    "nan",
    // TOML.
    "[meta]\n",
    "name = \"t\"\n",
    "[[scenario]]\n",
    "run = \"true\"\n",
    "[service.a]\n",
    "service = \"a\"\n",
    "plugin = \"generic_container\"\n",
    "image = \"a:1\"\n",
    "ports = [80, \"80:80\"]\n",
    "[matrix]\nos = [\"a\", \"b\"]\n",
    "[vars]\ny = \"{{ y }}\"\n",
    "[determinism]\nseed = 1\n",
    "[[expect.span]]\n",
    "[expect.graph]\nmust_include = [[\"a\", \"b\"]]\n",
    "attrs = { any = [\"k=v\"] }\n",
    "env = { A = 1, ",
    "a.b.c = ",
    "[a.b]\n",
    "[[a]]\n",
    "timeout = \"1q\"\n",
    "regex = \"(\"\n",
    "# clnrm: allow C103\n",
    "[package]\n",
    "[template.vars]\n",
    "[otel]\nexporter = \"jaeger\"\n",
    // Characters.
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "\0",
    "\u{feff}",
    "é",
    "日本",
    "👩‍👩‍👧",
    "e\u{301}",
    "\u{2028}",
    "\u{7f}",
    "\u{202e}",
    "\u{10ffff}",
];

const NAMES: [&str; 4] = ["t.toml.tera", "t.clnrm.toml", "part.tera", "_lib.tera"];

fn soup(longest: usize) -> impl Strategy<Value = String> {
    let word = prop_oneof![
        24 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(word, 0..longest).prop_map(|words| words.concat())
}

fn sources() -> impl Strategy<Value = MemorySources> {
    (soup(40), soup(25), soup(12), soup(12)).prop_map(|texts| {
        let texts: [String; 4] = texts.into();
        NAMES
            .into_iter()
            .zip(texts.iter().map(String::as_str))
            .collect()
    })
}

/// The answer without what differs from run to run.
fn essence(mut report: FileReport) -> FileReport {
    report.timings_us = Default::default();
    report
}

fn within(place: &Position, text: &str) -> Result<(), TestCaseError> {
    prop_assert!(
        text.is_char_boundary(place.offset),
        "{:?} in {:?}",
        place,
        text
    );
    let before = &text[..place.offset];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[start..].chars().count() + 1;
    let mark = usize::from(start == 0 && before.starts_with('\u{feff}'));
    prop_assert_eq!(place.line as usize, line);
    prop_assert_eq!(place.column as usize, column - mark);
    Ok(())
}

fn range_within(start: &Position, end: &Position, text: &str) -> Result<(), TestCaseError> {
    prop_assert!(start.offset <= end.offset);
    within(start, text)?;
    within(end, text)
}

/// Every place of a diagnostic lies in the text that it is a place of.
fn placed(
    one: &Diagnostic,
    texts: &BTreeMap<&str, &str>,
    rendered: Option<&str>,
) -> Result<(), TestCaseError> {
    let related = one.related.iter().map(|one| &one.location);
    let edits = one.fix.iter().flat_map(|fix| &fix.edits);
    let edits: Vec<&Location> = edits.map(|edit| &edit.location).collect();
    for location in std::iter::once(&one.primary).chain(related).chain(edits) {
        let text = texts.get(&*location.file);
        prop_assert!(text.is_some(), "{} is no file", location.file);
        range_within(&location.start, &location.end, text.unwrap())?;
    }
    // The text of the first combination: others differ only in what their variables print.
    if let (Some(Range { start, end }), Some(text), [] | [0, ..]) =
        (&one.rendered, rendered, one.renders.as_slice())
    {
        range_within(start, end, text)?;
    }
    Ok(())
}

fn hold(sources: &MemorySources, strict: bool, at: usize) -> Result<bool, TestCaseError> {
    let options = Options {
        limits: if strict {
            // Little of everything, so that each limit is met.
            Limits {
                fuel: 300,
                made_bytes: 2_000,
                tags: 12,
                sources: 3,
                ..Limits::playground()
            }
        } else {
            Limits::cli()
        },
        ..Options::default()
    };
    let mut texts: BTreeMap<&str, &str> = sources
        .iter()
        .map(|source| (&*source.name, &*source.text))
        .collect();
    texts.insert(library::SOURCE_NAME, library::TEXT);
    let mut rendered_any = false;
    for name in &NAMES[..2] {
        let entry = Arc::new(Source::new(*name, texts[name]));
        let checker = Checker::new(CacheSettings::default());
        let report = checker.check(&entry, sources, &options);
        let rendered = checker.checked_text(&entry, sources, &options, 0);
        for one in &report.diagnostics {
            placed(one, &texts, rendered.as_deref())?;
        }
        prop_assert!(report.diagnostics.len() <= 100);
        let errors = report.diagnostics.iter().any(|one| one.code == Code::T109);
        prop_assert!(!(errors && report.valid));
        let again = Checker::new(CacheSettings::default());
        let again = again.check(&entry, sources, &options);
        prop_assert_eq!(essence(report.clone()), essence(again));
        // What renders without a fault is what was checked; what does not, says why.
        match checker.render(&entry, sources, &options) {
            Ok(file) => {
                rendered_any = true;
                let _ = file.map.lines(&file.text);
            }
            Err(failed) => {
                prop_assert!(!failed.diagnostics.is_empty());
                for one in &failed.diagnostics {
                    placed(one, &texts, None)?;
                }
            }
        }
        let fixes = report.diagnostics.iter().filter_map(|one| one.fix.as_ref());
        let _ = fix::apply(fixes, |name| texts.get(name).map(|text| Arc::from(*text)));
        let names = Names::default();
        let scene = Scene {
            source: &entry,
            is_project: false,
            names: &names,
            sources,
        };
        let completion = assist::complete(&scene, at);
        prop_assert!(entry.text.is_char_boundary(completion.replaces.start));
        prop_assert!(entry.text.is_char_boundary(completion.replaces.end));
        if let Some(hover) = assist::hover(&scene, at) {
            prop_assert!(entry.text.get(hover.span.start..hover.span.end).is_some());
        }
        if let Some(tidy) = format::format(&entry.text) {
            prop_assert_eq!(format::format(&tidy), Some(tidy));
        }
    }
    Ok(rendered_any)
}

#[test]
fn whatever_is_written_gets_an_answer_in_its_place() {
    let rendered = std::cell::Cell::new(0);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(400)
    };
    TestRunner::new(config)
        .run(
            &(sources(), any::<bool>(), 0..400usize),
            |(sources, strict, at)| {
                if hold(&sources, strict, at)? {
                    rendered.set(rendered.get() + 1);
                }
                Ok(())
            },
        )
        .unwrap_or_else(|failure| panic!("{failure}"));
    // Some of it is sound.
    assert!(rendered.get() > 20, "{} rendered", rendered.get());
}
