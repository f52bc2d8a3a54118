//! The checker as its callers see it: files and options in, reports out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options, settle_unused};
use clnrm_core::diagnostic::{Code, Diagnostic, Level, Mapping};
use clnrm_core::report::{FileReport, Stage};
use clnrm_core::source::{MemorySources, Source};
use clnrm_core::template::{Limits, Tables, Timestamp};
use minijinja::Value;

const TEST: &str = "[meta]\nname = \"t\"\n[service.a]\nplugin = \"generic_container\"\nimage = \"a:1\"\n[[scenario]]\nname = \"s\"\nservice = \"a\"\nrun = \"true\"\n";

fn checker() -> Checker {
    Checker::new(CacheSettings::default())
}

fn check_with(files: &[(&str, &str)], options: &Options) -> FileReport {
    let sources: MemorySources = files.iter().copied().collect();
    let entry = Arc::new(Source::new(files[0].0, files[0].1));
    checker().check(&entry, &sources, options)
}

fn check(files: &[(&str, &str)]) -> FileReport {
    check_with(files, &Options::default())
}

/// `code file:line` of each diagnostic.
fn places(report: &FileReport) -> Vec<String> {
    let place = |d: &Diagnostic| format!("{} {}:{}", d.code, d.primary.file, d.primary.start.line);
    report.diagnostics.iter().map(place).collect()
}

fn codes(report: &FileReport) -> Vec<&str> {
    report.diagnostics.iter().map(|d| d.code.as_str()).collect()
}

fn find(report: &FileReport, code: Code) -> &Diagnostic {
    let mut found = report.diagnostics.iter().filter(|d| d.code == code);
    match (found.next(), found.next()) {
        (Some(one), None) => one,
        _ => panic!("one {code} in {report:#?}"),
    }
}

#[test]
fn a_good_file_is_valid() {
    let report = check(&[("t.clnrm.toml", TEST)]);
    assert_eq!(places(&report), [""; 0]);
    assert!(report.valid && !report.cached && !report.volatile);
    assert_eq!(report.stopped_at, None);
    assert_eq!(report.context_digest, None);
    assert!(report.template_digest.is_some());
}

#[test]
fn one_fault_of_each_family_each_at_its_line_of_the_template() {
    let text = format!(
        "{{% set name = \"x\" %}}\n{TEST}\n[[scenario]]\nname = \"{{{{ missing }}}}\"\nservice = \"nowhere\"\nrun = \"true\"\n\n[service.b]\nplugin = \"generic_container\"\nimage = \"b:1\"\nports = [{{{{ 70000 }}}}]\n\n[otel]\nexporter = = \"otlp\"\n"
    );
    let report = check(&[("t.clnrm.toml.tera", &text)]);
    let seen = places(&report);
    for wanted in [
        "T102 t.clnrm.toml.tera:13",
        "X101 t.clnrm.toml.tera:14",
        "C109 t.clnrm.toml.tera:20",
        "S101 t.clnrm.toml.tera:23",
    ] {
        assert!(
            seen.iter().any(|place| place == wanted),
            "{wanted} in {seen:?}"
        );
    }
    let port = find(&report, Code::C109);
    assert_eq!(port.mapping, Mapping::Expression);
    assert!(port.rendered.is_some());
    assert_eq!(find(&report, Code::X101).mapping, Mapping::Exact);
    assert_eq!(find(&report, Code::T102).rendered, None);
}

#[test]
fn a_fault_from_a_macro_is_in_its_file_with_the_way_there() {
    let lib = "{% macro service(id) %}\n[service.{{ id }}]\nplugin = \"generic_container\"\nimage = \"a:1\"\nimge = \"b\"\n{% endmacro %}\n";
    let entry =
        format!("{{% import \"_lib.tera\" as lib %}}\n{TEST}\n{{{{ lib::service(id=\"x\") }}}}\n");
    let report = check(&[("tests/t.toml.tera", &entry), ("tests/_lib.tera", lib)]);
    let fault = find(&report, Code::C103);
    assert_eq!(&*fault.primary.file, "tests/_lib.tera");
    assert_eq!(fault.primary.start.line, 5);
    let steps: Vec<_> = fault
        .related
        .iter()
        .map(|step| {
            (
                &*step.location.file,
                step.location.start.line,
                step.message.as_str(),
            )
        })
        .collect();
    assert!(
        steps.contains(&("tests/t.toml.tera", 12, "called here")),
        "{steps:?}"
    );
    let dependencies: Vec<_> = report
        .dependencies
        .iter()
        .filter(|d| d.digest.is_some())
        .map(|d| &*d.path)
        .collect();
    assert_eq!(dependencies, ["tests/_lib.tera"]);
}

#[test]
fn a_fault_in_an_include_is_in_the_included_file() {
    let report = check(&[
        (
            "t.toml.tera",
            &format!("{TEST}{{% include \"part.tera\" %}}\n"),
        ),
        (
            "part.tera",
            "[service.b]\nplugin = \"generic_container\"\nimage = \"{{ nope }}\"\n",
        ),
    ]);
    assert_eq!(
        places(&report).first().map(String::as_str),
        Some("T102 part.tera:3")
    );
}

#[test]
fn what_a_placeholder_touches_causes_no_further_noise() {
    let text = "[meta]\nname = \"{{ a }}\"\n[service.{{ b }}]\nplugin = \"generic_container\"\nimage = \"{{ c }}\"\nports = [{{ d }}]\n[[scenario]]\nname = \"s\"\nservice = \"{{ e }}\"\nrun = \"true\"\ntimeout = \"{{ f }}\"\n";
    let report = check(&[("t.toml.tera", text)]);
    assert_eq!(codes(&report), ["T102"; 6], "{:#?}", report.diagnostics);
}

#[test]
fn a_level_bounds_what_is_judged() {
    let text = "[meta]\nname = \"t\"\n[service.a]\nplugin = \"generic_container\"\nimage = \"a:1\"\nimge = 1\n[[scenario]]\nname = \"s\"\nservice = \"nowhere\"\nrun = \"true\"\n";
    let sources: MemorySources = [("t.toml", text)].into_iter().collect();
    let entry = Arc::new(Source::new("t.toml", text));
    let checker = checker();
    let codes_at = |level| {
        let options = Options {
            level,
            ..Options::default()
        };
        let report = checker.check(&entry, &sources, &options);
        codes(&report).join(" ")
    };
    assert_eq!(codes_at(Level::Syntax), "");
    assert_eq!(codes_at(Level::Semantic), "C103");
    let structure = codes_at(Level::Structure);
    assert!(structure.contains("X101") && structure.contains("C103"));
    assert_eq!(codes_at(Level::Syntax), "");
    assert_eq!(checker.stats().misses, 1);
}

#[test]
fn a_matrix_is_one_file_with_a_render_for_each_combination() {
    let text = format!(
        "[matrix]\nos = [\"a\", \"b\", \"c\"]\n{TEST}[service.z]\nplugin = \"generic_container\"\nimage = \"x:{{{{ matrix.os }}}}\"\n{{% if matrix.os != \"a\" %}}\nimge = 1\n{{% endif %}}\n"
    );
    let report = check(&[("t.toml.tera", &text)]);
    let renders = report.renders.as_deref().unwrap_or_default();
    assert_eq!(renders.len(), 3);
    assert_eq!(renders[1].matrix["os"], Value::from("b"));
    assert_ne!(renders[0].context_digest, renders[1].context_digest);
    let field = find(&report, Code::C103);
    assert_eq!((field.count, field.renders.as_slice()), (2, &[1, 2][..]));
}

#[test]
fn a_pick_leaves_some_combinations_and_too_many_are_a_limit() {
    let entry = |values: usize| {
        let values: Vec<_> = (0..values).map(|n| n.to_string()).collect();
        format!("{TEST}[matrix]\na = [{0}]\nb = [{0}]\n", values.join(", "))
    };
    let report = check(&[("t.toml", &entry(17))]);
    let limit = find(&report, Code::T109);
    assert_eq!(limit.primary.start.line, 11);
    assert_eq!(report.stopped_at, Some(Stage::Template));
    let picked = Options {
        matrix: BTreeMap::from([("a".to_owned(), "3".to_owned())]),
        ..Options::default()
    };
    let report = check_with(&[("t.toml", &entry(17))], &picked);
    assert_eq!(report.renders.map(|renders| renders.len()), Some(17));
}

#[test]
fn template_matrix_does_not_expand() {
    let text = format!(
        "[template.matrix]\nos = [\"a\", \"b\"]\n{TEST}{{% for os in matrix.os %}}\n[service.x{{{{ os }}}}]\nplugin = \"generic_container\"\nimage = \"x:1\"\n{{% endfor %}}\n"
    );
    let report = check(&[("t.toml.tera", &text)]);
    assert!(report.renders.is_none());
    assert!(report.valid, "{:#?}", report.diagnostics);
}

#[test]
fn looping_over_an_expanded_value_is_a_bad_argument() {
    let text =
        format!("[matrix]\nos = [\"a\"]\n{TEST}{{% for os in matrix.os %}}\n{{% endfor %}}\n");
    let report = check(&[("t.toml.tera", &text)]);
    let fault = find(&report, Code::T106);
    assert!(
        fault
            .help
            .as_deref()
            .is_some_and(|help| help.contains("matrix_all.os"))
    );
}

#[test]
fn libraries_are_checked_as_libraries() {
    let report = check(&[(
        "tests/_lib.toml.tera",
        "{% macro a() %}x = {{ nofunction() }}{% endmacro %}",
    )]);
    assert_eq!(codes(&report), ["T103"]);
    assert!(check(&[("_a.toml", "whatever this is")]).valid);
}

#[test]
fn strings_of_plain_toml_are_rendered_and_others_left_alone() {
    let text = "[meta]\nname = \"{{ svc }}\"\n[service.a]\nplugin = \"generic_container\"\nimage = \"a:1\"\n[[scenario]]\nname = \"s\"\nservice = \"a\"\nrun = \"docker ps --format '{{.State}}'\"\n";
    let report = check(&[("t.clnrm.toml", text)]);
    assert_eq!(places(&report), ["T122 t.clnrm.toml:9"]);
    let sources = MemorySources::default();
    let entry = Arc::new(Source::new("t.clnrm.toml", text));
    let rendered = checker().render(&entry, &sources, &Options::default());
    let rendered = rendered.unwrap_or_else(|report| panic!("{report:#?}"));
    assert_eq!(&*rendered.text, text.replace("{{ svc }}", "clnrm"));
}

#[test]
fn including_from_a_string_of_plain_toml_is_a_bad_argument() {
    let text = format!("{TEST}[vars]\na = \"{{% include 'x' %}}\"\n");
    let report = check(&[("t.toml", &text), ("x", "y")]);
    assert!(
        codes(&report).contains(&"T106"),
        "{:#?}",
        report.diagnostics
    );
}

#[test]
fn a_template_in_a_plain_file_is_rendered_and_said_to_be_one() {
    let text = TEST.replace("\"t\"", "{{ '\"t\"' }}");
    let report = check(&[("t.clnrm.toml", &text)]);
    assert_eq!(places(&report), ["S104 t.clnrm.toml:2"]);
    assert!(report.valid);
}

#[test]
fn a_volatile_render_is_said_to_be_one_and_never_cached() {
    let text = format!(
        "{TEST}[vars]\nid = \"{{{{ uuid_v4() }}}}\"\nuse = \"{{{{ id }}}}{{{{ vars.use }}}}\"\n"
    );
    let sources = MemorySources::default();
    let entry = Arc::new(Source::new("t.toml.tera", text.as_str()));
    let checker = checker();
    for _ in 0..2 {
        let report = checker.check(&entry, &sources, &Options::default());
        assert!(report.volatile && !report.cached);
        assert!(codes(&report).contains(&"T120"));
    }
    let seeded = Options {
        seed: Some(1),
        ..Options::default()
    };
    for cached in [false, true] {
        let report = checker.check(&entry, &sources, &seeded);
        assert_eq!((report.volatile, report.cached), (false, cached));
    }
}

#[test]
fn variables_nothing_reads_are_told_once_for_a_command() {
    let options = Options {
        variables: BTreeMap::from([
            ("used".to_owned(), Value::from("1")),
            ("lost".to_owned(), Value::from("2")),
        ]),
        ..Options::default()
    };
    let used = format!("{TEST}# {{{{ kept }}}}\n[vars]\nmine = 1\nkept = \"{{{{ used }}}}\"\n");
    let other = TEST.replace("\"t\"", "\"{{ svc }}\"");
    let mut reports = [
        check_with(&[("a.toml.tera", &used)], &options),
        check_with(&[("b.toml.tera", &other)], &options),
        check_with(&[("c.toml", TEST)], &options),
    ];
    assert_eq!(places(&reports[2]), [""; 0]);
    settle_unused(&mut reports);
    let all: Vec<_> = reports
        .iter()
        .flat_map(|r| &r.diagnostics)
        .map(|d| d.message.clone())
        .collect();
    assert_eq!(
        all.iter().filter(|m| m.contains("`lost`")).count(),
        1,
        "{all:?}"
    );
    assert!(all.iter().any(|m| m.contains("`mine`")), "{all:?}");
    assert!(
        !all.iter()
            .any(|m| m.contains("`used`") || m.contains("`kept`")),
        "{all:?}"
    );
}

#[test]
fn variables_may_read_each_other_but_not_in_a_circle() {
    for name in ["t.clnrm.toml.tera", "t.clnrm.toml"] {
        let text = |vars: &str| {
            let test = TEST.replace("a:1", "a:{{ tag }}");
            format!("[vars]\n{vars}{test}")
        };
        let report = check(&[(
            name,
            &text("tag = \"{{ major }}.1\"\nmajor = \"{{ new }}\"\nnew = \"3\"\n"),
        )]);
        assert_eq!(places(&report), [""; 0], "{name}");
        // Once all are known each has a value: nothing but reading them in order tells.
        let report = check(&[(
            name,
            &text("tag = \"{{ major }}.1\"\nmajor = \"{{ tag }}.2\"\n"),
        )]);
        assert_eq!(places(&report), [format!("T102 {name}:2")]);
        // What the render tells is told once.
        let report = check(&[(name, &text("tag = \"{{ nowhere }}.1\"\n"))]);
        assert_eq!(places(&report), [format!("T102 {name}:2")]);
        assert_eq!(report.diagnostics[0].count, 1);
    }
}

#[test]
fn a_quote_that_was_meant_to_be_escaped_is_understood() {
    let text = format!("{TEST}# {{{{ \"say \\\"hello\\\"\" }}}}\n");
    let report = check(&[("t.toml.tera", &text)]);
    let fault = find(&report, Code::T101);
    let help = fault.help.as_deref().unwrap_or_default();
    assert!(help.starts_with("strings know no escapes"), "{fault:#?}");
}

#[test]
fn what_is_no_test_file_says_so() {
    let report = check(&[("t.clnrm.toml", "[package]\nname = \"x\"\n[dependencies]\n")]);
    assert_eq!(codes(&report), ["F104"]);
    assert!(!report.valid);
    assert_eq!(report.stopped_at, Some(Stage::File));
}

#[test]
fn what_is_too_large_is_a_limit() {
    let text = format!("{TEST}# {}", "x".repeat(1 << 20));
    let report = check(&[("t.toml", &text)]);
    assert_eq!(codes(&report), ["T109"]);
    assert_eq!(report.stopped_at, Some(Stage::Template));
    let small = Options {
        limits: Limits::playground(),
        ..Options::default()
    };
    let text = format!("{TEST}# {}", "x".repeat(256 << 10));
    assert_eq!(codes(&check_with(&[("t.toml", &text)], &small)), ["T109"]);
}

#[test]
fn render_stops_at_the_first_fault_in_order_of_execution() {
    let text = "{% macro m() %}{{ second }}{% endmacro %}{{ first }}\n{{ self::m() }}\n";
    let entry = Arc::new(Source::new("t.toml.tera", text));
    let report = checker().render(&entry, &MemorySources::default(), &Options::default());
    let report = match report {
        Ok(rendered) => panic!("{rendered:?}"),
        Err(report) => report,
    };
    assert_eq!(codes(&report), ["T102"]);
    assert!(report.diagnostics[0].message.contains("first"));
    assert_eq!(report.stopped_at, Some(Stage::Template));
}

#[test]
fn a_mistyped_argument_is_one_fault() {
    let calls = [
        "{{ env(nam='X') }}",
        "{{ env(zzz='X') }}",
        "{{ 'a' | replace(form='a', to='b') }}",
        "{{ fake_int_range(mim=1, max=2) }}",
        "{{ [1] | filter(atribute='a') }}",
        "{{ svc is containing('a', 'b') }}",
        "{{ range(ende=3) }}",
        "{{ svc | default(vlue='x') }}",
        "{{ m::f(nme='x') }}",
        "{{ m::f('a', 'b') }}",
    ];
    for call in calls {
        let text = format!("{{% import \"_m.tera\" as m %}}\n{TEST}[vars]\nx = \"{call}\"\n");
        let lib = "{% macro f(name) %}{{ name }}{% endmacro %}";
        let report = check(&[("t.toml.tera", &text), ("_m.tera", lib)]);
        let errors: Vec<_> = places(&report)
            .into_iter()
            .filter(|place| place.starts_with("T10"))
            .collect();
        assert_eq!(
            errors,
            ["T106 t.toml.tera:12"],
            "{call}: {:#?}",
            report.diagnostics
        );
    }
    // Two parameters without an argument and one wrong name are two faults.
    let report = check(&[(
        "t.toml.tera",
        &format!("{TEST}# {{{{ 'a' | replace(frm='b') }}}}"),
    )]);
    assert_eq!(codes(&report), ["T106", "T106"]);
    assert!(
        report.diagnostics[0]
            .message
            .contains("missing argument `to`")
            || report.diagnostics[1]
                .message
                .contains("missing argument `to`")
    );
}

#[test]
fn a_cycle_of_includes_is_placed_at_the_tag_that_closes_it() {
    let parts = [
        ("_a.tera", "\n{% include \"_b.tera\" %}"),
        (
            "_b.tera",
            "# b\n# b\n{% if true %}{% include \"_c.tera\" %}{% endif %}",
        ),
        ("_c.tera", "{% include \"_a.tera\" %}"),
    ];
    let entry = format!("{TEST}{{% include \"_a.tera\" %}}\n");
    let mut files = vec![("t.toml.tera", entry.as_str())];
    files.extend(parts);
    let report = check(&files);
    let fault = find(&report, Code::T108);
    assert_eq!(places(&report), ["T108 _c.tera:1"]);
    let way: Vec<_> = fault
        .related
        .iter()
        .map(|step| (&*step.location.file, step.location.start.line))
        .collect();
    assert_eq!(way, [("_b.tera", 3), ("_a.tera", 2), ("t.toml.tera", 10)]);
    assert_eq!(report.stopped_at, Some(Stage::Template));
}

#[test]
fn a_tag_that_does_not_parse_silences_only_what_it_touches() {
    // Within a line, an assignment, a loop's end: no scenario can hide there.
    for tag in [
        "description = \"{{ env(name=\\\"HOME\\\") }}\"",
        "{% set x = %}",
        "{% for x in [1] %}{% endfor extra stuff %}",
        "{% macro f(a b) %}{{ a }}{% endmacro %}\n# {{ self::f(a=1) }}",
        "{% import \"x\" %}\n# {{ x::f(a=1) }}",
        "# {{ zzz }}",
    ] {
        let report = check(&[("t.toml.tera", &format!("[meta]\nname = \"t\"\n{tag}\n"))]);
        assert_eq!(codes(&report).len(), 2, "{tag}: {:#?}", report.diagnostics);
        assert_eq!(find(&report, Code::X105).primary.start.line, 1);
    }
    // A line of its own, an include, a block of lines: a scenario may.
    for tag in [
        "{{ m::scenario( }}",
        "{% include \"x %}",
        "{% inclde \"x\" %}",
        "{% if svc = 1 %}[[steps]]{% endif %}",
        "{% for x in %}[[steps]]{% endfor %}",
        "{% if zzz > 1 %}[[steps]]{% endif %}",
        "{% include \"missing.tera\" %}",
    ] {
        let report = check(&[("t.toml.tera", &format!("[meta]\nname = \"t\"\n{tag}\n"))]);
        assert_eq!(codes(&report).len(), 1, "{tag}: {:#?}", report.diagnostics);
        assert!(codes(&report)[0].starts_with('T'));
    }
}

#[test]
fn one_allowance_is_for_all_that_a_file_renders_to() {
    let burn = "{% for a in range(end=100) %}{% for b in range(end=100) %}{% endfor %}{% endfor %}";
    let mut limits = Limits::cli();
    limits.fuel = 400_000;
    let options = Options {
        limits,
        ..Options::default()
    };
    let plain = |count: usize| {
        let strings: String = (0..count).map(|n| format!("a{n} = \"{burn}\"\n")).collect();
        format!("{TEST}[vars]\n{strings}")
    };
    let matrix = |count: usize| {
        let values: Vec<_> = (0..count).map(|n| n.to_string()).collect();
        format!(
            "{TEST}[matrix]\na = [{}]\n# {burn} {{{{ matrix.a }}}}\n",
            values.join(", ")
        )
    };
    for (name, few, many) in [
        ("t.clnrm.toml", plain(1), plain(10)),
        ("t.clnrm.toml.tera", matrix(2), matrix(10)),
    ] {
        let report = check_with(&[(name, &few)], &options);
        assert!(
            !codes(&report).contains(&"T109"),
            "{name}: {:#?}",
            report.diagnostics
        );
        let report = check_with(&[(name, &many)], &options);
        assert_eq!(find(&report, Code::T109).count, 1, "{name}");
        assert_eq!(report.stopped_at, Some(Stage::Template));
    }
}

#[test]
fn a_repeated_fault_lends_its_help_to_no_other() {
    let text = format!(
        "{TEST}# {{% for i in range(end=2) %}}{{{{ svcc }}}}{{% if loop.first %}}{{{{ 'a' | round }}}}{{% endif %}}{{% endfor %}}"
    );
    let report = check(&[("t.toml.tera", &text)]);
    assert_eq!(
        find(&report, Code::T102).help.as_deref(),
        Some("did you mean `svc`?")
    );
    assert_eq!(find(&report, Code::T102).count, 2);
    assert_eq!(find(&report, Code::T106).help, None);
}

#[test]
fn a_frozen_clock_is_read_from_the_file() {
    let text = "[determinism]\nfreeze_clock = \"2025-03-04T05:06:07Z\"\n[meta]\nname = \"{{ now_rfc3339() }}\"\n";
    let entry = Arc::new(Source::new("t.toml.tera", text));
    let now = Options {
        now: Some(Timestamp(0)),
        ..Options::default()
    };
    let rendered = checker().render(&entry, &MemorySources::default(), &now);
    let rendered = rendered.unwrap_or_else(|report| panic!("{report:#?}"));
    assert!(
        rendered.text.contains("name = \"2025-03-04T05:06:07"),
        "{}",
        rendered.text
    );
    assert!(!rendered.volatile);
}

static NOW: AtomicU64 = AtomicU64::new(0);

#[test]
fn what_is_too_old_is_made_anew() {
    let checker = Checker::new(CacheSettings {
        ttl_us: Some(1_000),
        ..CacheSettings::default()
    });
    let options = Options {
        ticks: || NOW.load(Ordering::Relaxed),
        ..Options::default()
    };
    let entry = Arc::new(Source::new("t.toml", TEST));
    let mut cached_at = |now| {
        NOW.store(now, Ordering::Relaxed);
        checker
            .check(&entry, &MemorySources::default(), &options)
            .cached
    };
    assert_eq!(
        [0, 999, 1_000, 1_500, 2_000].map(&mut cached_at),
        [false, true, false, true, false]
    );
}

#[test]
fn the_cache_stays_within_its_bounds() {
    let settings = CacheSettings {
        max_entries: 10,
        max_bytes: 40_000,
        ttl_us: None,
    };
    let checker = Checker::new(settings);
    for n in 0..200 {
        let text = format!("{TEST}# {n} {}\n", "x".repeat(n * 20));
        let entry = Arc::new(Source::new("t.toml", text));
        checker.check(&entry, &MemorySources::default(), &Options::default());
        let stats = checker.stats();
        assert!(
            stats.entries <= 20 && stats.memory_bytes <= 48_000,
            "{stats:?}"
        );
    }
    assert!(checker.stats().evictions > 100);
}

#[test]
fn allow_comments_and_denied_codes() {
    let allowed = TEST.replace(
        "image = \"a:1\"",
        "image = \"a:latest\" # clnrm: allow C119",
    );
    let report = check(&[("t.toml", &allowed)]);
    assert_eq!((codes(&report).len(), report.counts.suppressed), (0, 1));
    let options = Options {
        deny: vec![Code::C119],
        ..Options::default()
    };
    let report = check_with(&[("t.toml", &allowed)], &options);
    assert!(!report.valid);
}

#[test]
fn what_needs_a_large_table_is_a_fault_where_there_is_none() {
    let text = format!(
        "{TEST}# {{{{ \"Crème – Жуков\" | slugify }}}} {{{{ 0 | date(timezone=\"+02:00\") }}}}\n# {{{{ \"日本\" | slugify }}}}\n# {{{{ slug(\"한국\") }}}}\n# {{{{ 0 | date(format=\"%c %Z\", timezone=\"Asia/Tokyo\") }}}}\n"
    );
    let report = check(&[("t.toml.tera", &text)]);
    assert_eq!(
        places(&report),
        [11, 12, 13].map(|line| format!("T106 t.toml.tera:{line}"))
    );
    for (fault, named) in report.diagnostics.iter().zip(["日", "한", "Asia/Tokyo"]) {
        assert!(
            fault.message.contains(named) && fault.message.contains("the command line has"),
            "{}",
            fault.message
        );
    }
    let full = Options {
        tables: Tables::Full,
        ..Options::default()
    };
    let entry = Arc::new(Source::new("t.toml.tera", text));
    let rendered = checker().render(&entry, &MemorySources::default(), &full);
    let rendered = rendered.unwrap_or_else(|report| panic!("{report:#?}"));
    assert!(
        rendered.text.ends_with(
            "# creme-zhukov 1970-01-01\n# ri-ben\n# hangug\n# Thu Jan  1 09:00:00 1970 JST\n"
        ),
        "{}",
        rendered.text
    );
}
