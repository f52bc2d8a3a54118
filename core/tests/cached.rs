//! A cached answer is the answer that a checker without memory gives, whatever was edited before.
//!
//! Sequences of edits of everything that a check depends on: files, variables from each source, the
//! environment, seeds, clocks, picks of a matrix, limits, tables, codes. The cache is roomy, or holds
//! two files, or so few bytes that nearly every answer throws out another; answers may grow too old.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot run should stop"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options, Project};
use clnrm_core::diagnostic::{Code, Level};
use clnrm_core::report::FileReport;
use clnrm_core::source::{MemorySources, Sources};
use clnrm_core::template::vars_file::VarsFile;
use clnrm_core::template::{Limits, Tables, Timestamp};
use minijinja::Value;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const NAMES: [&str; 7] = [
    "t.toml.tera",
    "plain.clnrm.toml",
    "part.tera",
    "sub/part.tera",
    "sub/only.tera",
    "_lib.tera",
    "base.tera",
];

/// Pieces of which files are made; each reads something else of the world.
const PIECES: [&str; 31] = [
    "[meta]\nname = \"t\"\n",
    "a = \"{{ svc }}\"\n",
    "b = \"{{ x }}\"\n",
    "c = \"{{ vars.y | default(value='d') }}\"\n",
    "d = \"{{ env(name='HOME', default='h') }}\"\n",
    "{% include \"part.tera\" %}\n",
    "{% include \"sub/part.tera\" ignore missing %}\n",
    "{% include [\"nowhere.tera\", \"only.tera\"] ignore missing %}\n",
    "{% import \"_lib.tera\" as lib %}{{ lib::m() }}\n",
    "{% macro m() %}m = \"{{ x }}\"{% endmacro %}\n",
    "[vars]\nx = \"{{ x }}-{{ y }}\"\nz = \"{{ env(name='Z') }}\"\n",
    "[matrix]\nos = [\"a\", \"b\"]\n",
    "[matrix]\nos = [\"a\", \"c\"]\ndb = [1, 2]\n",
    "e = \"{{ matrix.os }}{{ z }}\"\n",
    "{% if matrix.os == 'a' %}imge = \"{{ x }}\"\n{% endif %}",
    "f = \"{{ rand_hex(n=4) }}\"\n",
    "{% for k, v in vars %}# {{ k }}{{ v }}\n{% endfor %}",
    "imge = = 1\n",
    "[determinism]\nseed = 3\n",
    "[determinism]\nfreeze_clock = \"2025-03-04T05:06:07Z\"\n",
    "g = \"{{ now_rfc3339() }}\"\n",
    "h = \"{{ fake_name(seed=1) }} {{ uuid_v4() }}\"\n",
    "i = \"{{ '日本' | slugify }}\"\n",
    "j = \"{{ 0 | date(format='%c', timezone='Asia/Tokyo') }}\"\n",
    "{% block one %}k = \"{{ x }}\"\n{% endblock one %}",
    "{% block one %}{{ super() }}l = \"{{ y }}\"\n{% endblock one %}",
    "[otel]\nexporter = \"{{ exporter }}\"\n",
    "m2 = \"{{ otel.exporter }}\"\n",
    "{{ throw(message='no') }}\n",
    "[[scenario]]\nname = \"s\"\nservice = \"{{ x }}\"\nrun = \"true\"\n",
    "{% for n in range(end=3000) %}{% for o in range(end=30) %}{% endfor %}{% endfor %}\n",
];

#[derive(Clone, Debug)]
enum Edit {
    /// A file of these pieces; perhaps one that extends `base.tera`.
    Write(usize, bool, Vec<usize>),
    Remove(usize),
    Variable(&'static str, Option<u8>),
    VarsFile(Option<u8>),
    Project {
        x: Option<u8>,
        may_read: Option<&'static str>,
        allow: bool,
    },
    Environment(&'static str, Option<u8>),
    Level(Level),
    Seed(Option<u64>),
    Freeze(Option<i128>),
    Now(i128),
    Pick(&'static str, Option<&'static str>),
    SearchSub(bool),
    Playground(bool),
    Full(bool),
    Deny(Option<Code>),
    /// Time passes, in microseconds.
    Pass(u64),
    Check(usize),
    Render(usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    use prop_oneof as one;
    let value = || proptest::option::of(0..2u8);
    let variable = one![Just("svc"), Just("x"), Just("y"), Just("unread")];
    let environment = one![
        Just("HOME"),
        Just("SERVICE_NAME"),
        Just("CLNRM_VAR_Y"),
        Just("OTEL_TRACES_EXPORTER"),
        Just("Z"),
        Just("OTHER")
    ];
    let level = one![
        Just(Level::Syntax),
        Just(Level::Semantic),
        Just(Level::Structure)
    ];
    let pattern = proptest::option::of(one![Just("H*"), Just("*"), Just("NONE")]);
    let pick = one![
        (
            Just("os"),
            proptest::option::of(one![Just("a"), Just("b"), Just("zzz")])
        ),
        (Just("db"), proptest::option::of(one![Just("1"), Just("2")])),
    ];
    let code = one![Just(Code::C103), Just(Code::T120), Just(Code::X103)];
    let file = || 0..NAMES.len();
    let pieces = proptest::collection::vec(0..PIECES.len(), 0..6);
    let edit = one![
        12 => (file(), prop::bool::weighted(0.2), pieces).prop_map(|(f, e, p)| Edit::Write(f, e, p)),
        2 => file().prop_map(Edit::Remove),
        3 => (variable, value()).prop_map(|(n, v)| Edit::Variable(n, v)),
        1 => value().prop_map(Edit::VarsFile),
        1 => (value(), pattern, any::<bool>())
            .prop_map(|(x, may_read, allow)| Edit::Project { x, may_read, allow }),
        3 => (environment, value()).prop_map(|(n, v)| Edit::Environment(n, v)),
        1 => level.prop_map(Edit::Level),
        2 => proptest::option::of(0..3u64).prop_map(Edit::Seed),
        2 => proptest::option::of(0..3i128).prop_map(Edit::Freeze),
        1 => (0..3i128).prop_map(Edit::Now),
        2 => pick.prop_map(|(n, v)| Edit::Pick(n, v)),
        1 => any::<bool>().prop_map(Edit::SearchSub),
        1 => any::<bool>().prop_map(Edit::Playground),
        1 => any::<bool>().prop_map(Edit::Full),
        1 => proptest::option::of(code).prop_map(Edit::Deny),
        4 => (0..1_500u64).prop_map(Edit::Pass),
        14 => one![3 => Just(0), 1 => file()].prop_map(Edit::Check),
        4 => one![3 => Just(0), 1 => file()].prop_map(Edit::Render),
    ];
    proptest::collection::vec(edit, 1..60)
}

/// Microseconds after which an answer is too old, where any is.
const TTL: u64 = 1_000;

thread_local! {
    static CLOCK: Cell<u64> = const { Cell::new(0) };
}

fn caches() -> impl Strategy<Value = CacheSettings> {
    let max_entries = prop_oneof![Just(1), Just(2), Just(100)];
    // 30,000 bytes are two or three of these files with their documents.
    let max_bytes = prop_oneof![Just(6_000), Just(30_000), Just(50_000_000)];
    let ttl_us = prop_oneof![Just(None), Just(Some(TTL))];
    (max_entries, max_bytes, ttl_us).prop_map(|(max_entries, max_bytes, ttl_us)| CacheSettings {
        max_entries,
        max_bytes,
        ttl_us,
    })
}

/// What a cached and a fresh answer must have in common.
fn essence(mut report: FileReport) -> FileReport {
    report.timings_us = Default::default();
    report.cached = false;
    for render in report.renders.iter_mut().flatten() {
        render.cached = false;
    }
    report
}

/// The world, as edited.
struct World {
    sources: MemorySources,
    options: Options,
}

impl World {
    fn edit(&mut self, edit: &Edit) {
        let options = &mut self.options;
        let text = |value: &u8| value.to_string();
        match edit {
            Edit::Write(file, extends, pieces) => {
                let head = if *extends {
                    "{% extends \"base.tera\" %}\n"
                } else {
                    ""
                };
                let pieces: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
                self.sources.set(NAMES[*file], &format!("{head}{pieces}"));
            }
            Edit::Remove(file) => {
                self.sources.remove(NAMES[*file]);
            }
            Edit::Variable(name, value) => {
                options.variables.remove(*name);
                if let Some(value) = value {
                    let value = Value::from(text(value));
                    options.variables.insert((*name).to_owned(), value);
                }
            }
            Edit::VarsFile(value) => {
                options.vars_file = value.as_ref().map(|value| {
                    let toml = format!(
                        "x = \"f{value}\"\n[otel]\nexporter = \"f{value}\"\n[vars]\ny = [{value}]\n"
                    );
                    Arc::new(VarsFile::from_toml(&toml).expect("a vars file"))
                });
            }
            Edit::Project { x, may_read, allow } => {
                let x = x
                    .as_ref()
                    .map(|x| ("x".into(), Value::from(format!("p{x}"))));
                options.project = Arc::new(Project {
                    vars: x.into_iter().collect(),
                    allow_env: may_read.map(|pattern| vec![pattern.to_owned()]),
                    allows_host_paths: *allow,
                    lint_allow: allow
                        .then(|| ("**".to_owned(), vec![Code::C103]))
                        .into_iter()
                        .collect(),
                    ..Project::default()
                });
            }
            Edit::Environment(name, value) => {
                let mut environment = BTreeMap::clone(&options.environment);
                environment.remove(*name);
                if let Some(value) = value {
                    environment.insert((*name).to_owned(), text(value));
                }
                options.environment = Arc::new(environment);
            }
            Edit::Level(level) => options.level = *level,
            Edit::Seed(seed) => options.seed = *seed,
            Edit::Freeze(day) => {
                options.freeze_clock = day.map(|day| Timestamp(day * 86_400_000_000_000));
            }
            Edit::Now(hour) => options.now = Some(Timestamp(hour * 3_600_000_000_000)),
            Edit::Pick(name, value) => {
                options.matrix.remove(*name);
                if let Some(value) = value {
                    options
                        .matrix
                        .insert((*name).to_owned(), (*value).to_owned());
                }
            }
            Edit::SearchSub(yes) => {
                options.template_paths = yes.then(|| "sub".to_owned()).into_iter().collect();
            }
            Edit::Playground(yes) => {
                options.limits = if *yes {
                    Limits::playground()
                } else {
                    Limits::cli()
                };
            }
            Edit::Full(yes) => {
                options.tables = if *yes { Tables::Full } else { Tables::Small };
            }
            Edit::Deny(code) => options.deny = code.iter().copied().collect(),
            Edit::Pass(us) => CLOCK.set(CLOCK.get() + us),
            Edit::Check(_) | Edit::Render(_) => {}
        }
    }
}

/// How much of what the property is about did happen.
#[derive(Default)]
struct Seen {
    hits: Cell<u64>,
    evictions: Cell<u64>,
    volatile: Cell<u64>,
    expired: Cell<u64>,
    renders: Cell<u64>,
}

fn count(cell: &Cell<u64>, more: u64) {
    cell.set(cell.get() + more);
}

fn hold(edits: &[Edit], settings: CacheSettings, seen: &Seen) -> Result<(), TestCaseError> {
    CLOCK.set(0);
    let checker = Checker::new(settings);
    let fresh = || {
        Checker::new(CacheSettings {
            max_entries: 0,
            ..CacheSettings::default()
        })
    };
    let mut world = World {
        sources: MemorySources::default(),
        options: Options {
            ticks: || CLOCK.get(),
            ..Options::default()
        },
    };
    // When each file was last made, not found.
    let mut made = BTreeMap::new();
    for edit in edits {
        world.edit(edit);
        let (Edit::Check(file) | Edit::Render(file)) = edit else {
            continue;
        };
        let World { sources, options } = &world;
        let Ok(Some(entry)) = sources.load(NAMES[*file]) else {
            continue;
        };
        let (cached, volatile) = if matches!(edit, Edit::Check(_)) {
            let report = checker.check(&entry, sources, options);
            let flags = (report.cached, report.volatile);
            prop_assert_eq!(
                essence(report),
                essence(fresh().check(&entry, sources, options))
            );
            // At once again: a cache with room must know the answer, and still be right.
            let again = checker.check(&entry, sources, options);
            if settings == roomy() && again.template_digest.is_some() {
                prop_assert!(again.cached || again.volatile, "forgotten: {:#?}", again);
            }
            prop_assert_eq!(
                essence(again),
                essence(fresh().check(&entry, sources, options))
            );
            flags
        } else {
            let ours = checker.render(&entry, sources, options);
            match (ours, fresh().render(&entry, sources, options)) {
                (Ok(ours), Ok(theirs)) => {
                    count(&seen.renders, 1);
                    prop_assert_eq!(&*ours.text, &*theirs.text);
                    prop_assert_eq!(ours.volatile, theirs.volatile);
                    prop_assert_eq!(ours.context_digest, theirs.context_digest);
                    prop_assert_eq!(&ours.matrix, &theirs.matrix);
                    prop_assert_eq!(ours.combinations, theirs.combinations);
                    prop_assert_eq!(
                        format!("{:?}", ours.dependencies),
                        format!("{:?}", theirs.dependencies)
                    );
                    prop_assert_eq!(
                        format!("{:?}", ours.variables),
                        format!("{:?}", theirs.variables)
                    );
                    (ours.cached, ours.volatile)
                }
                (Err(ours), Err(theirs)) => {
                    let flags = (ours.cached, ours.volatile);
                    prop_assert_eq!(essence(*ours), essence(*theirs));
                    flags
                }
                (ours, theirs) => {
                    prop_assert!(false, "{:?}\n{:?}", ours.is_ok(), theirs.is_ok());
                    unreachable!("the line above fails")
                }
            }
        };
        prop_assert!(!(volatile && cached), "what chance made is never kept");
        let now = CLOCK.get();
        if let (Some(ttl), Some(last)) = (settings.ttl_us, made.get(file)) {
            let expired = now - last >= ttl;
            prop_assert!(!(expired && cached), "older than it may be");
            count(&seen.expired, u64::from(expired));
        }
        if !cached {
            made.insert(*file, now);
        }
        count(&seen.volatile, u64::from(volatile));
        let stats = checker.stats();
        // The map of so few entries takes a few more.
        prop_assert!(
            stats.memory_bytes <= settings.max_bytes + 4_096,
            "{:?}",
            stats
        );
        prop_assert!(stats.entries <= 2 * settings.max_entries, "{:?}", stats);
    }
    let stats = checker.stats();
    count(&seen.hits, stats.hits);
    count(&seen.evictions, stats.evictions);
    Ok(())
}

/// A cache that forgets nothing in the course of a sequence.
fn roomy() -> CacheSettings {
    CacheSettings {
        max_entries: 100,
        max_bytes: 50_000_000,
        ttl_us: None,
    }
}

#[test]
fn a_cached_answer_is_a_fresh_answer() {
    let seen = Seen::default();
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(160)
    };
    TestRunner::new(config)
        .run(&(edits(), caches()), |(edits, settings)| {
            hold(&edits, settings, &seen)
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    // None of it holds because nothing happened.
    for (what, count) in [
        ("hits", &seen.hits),
        ("evictions", &seen.evictions),
        ("volatile renders", &seen.volatile),
        ("expired answers", &seen.expired),
        ("renders", &seen.renders),
    ] {
        assert!(count.get() > 0, "no {what}");
    }
}

#[test]
fn a_table_that_nothing_reads_is_listed_with_what_the_file_sets_in_it() {
    let reads_none = Edit::Write(0, false, vec![26, 6]);
    let edits = [
        Edit::VarsFile(Some(0)),
        reads_none,
        Edit::Check(0),
        Edit::VarsFile(None),
        Edit::Render(0),
        Edit::VarsFile(Some(1)),
        Edit::Render(0),
    ];
    hold(&edits, roomy(), &Seen::default()).expect("the cached listing is the fresh one");
}
