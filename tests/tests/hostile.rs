//! Templates and files that arrive through a link from a stranger: each ends soon, within 100 MB of
//! memory, with a finding that says where.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot run should stop"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use clnrm_tests::program::{self, Ended, clnrm, run};
use serde_json::Value;

/// Far more than it needs: how long it takes is for the benchmarks to say.
const LIMIT: Duration = Duration::from_secs(20);

/// Checks the file `name` of a folder, with memory for data limited to 100 MB where the system can.
fn check(folder: &Path, name: &str) -> Ended {
    let arguments = ["dry-run", "--format", "json", "--jobs", "1", name];
    if cfg!(not(target_os = "linux")) {
        return run(clnrm(folder).args(arguments), LIMIT);
    }
    let mut command = Command::new("sh");
    command
        .current_dir(folder)
        .env_clear()
        .args(["-c", "ulimit -d 102400 && exec \"$0\" \"$@\""])
        .arg(program::path())
        .args(arguments);
    run(&mut command, LIMIT)
}

/// The errors of the first file: code and line.
fn errors(ended: &Ended) -> Vec<(String, u64)> {
    let report = ended.json();
    report["files"][0]["diagnostics"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["severity"] == "error")
        .map(|one| {
            let line = one["primary"]["start"]["line"].as_u64();
            (
                one["code"].as_str().unwrap_or_default().to_owned(),
                line.unwrap_or_default(),
            )
        })
        .collect()
}

const HEAD: &str = "[meta]\nname = \"hostile\"\n";

/// A template that must end with one of these codes, on this line of its body (from 1).
struct Hostile {
    name: &'static str,
    body: String,
    codes: &'static [&'static str],
    line: u64,
}

fn hostile(
    name: &'static str,
    body: impl Into<String>,
    codes: &'static [&'static str],
    line: u64,
) -> Hostile {
    Hostile {
        name,
        body: body.into(),
        codes,
        line,
    }
}

fn loops(depth: usize, inner: &str) -> String {
    let mut text = String::new();
    for n in 0..depth {
        let _ = write!(text, "{{% for v{n} in range(end=1000) %}}");
    }
    text.push_str(inner);
    text.push_str(&"{% endfor %}".repeat(depth));
    text
}

fn grows(step: &str) -> String {
    format!(
        "{{% set_global x = \"aaaaaaaa\" %}}\n{{% for i in range(end=60) %}}{{% set_global x = {step} %}}{{% endfor %}}\n"
    )
}

const LIMITS: &[&str] = &["T109"];
const LIMITS_OR_ARGUMENT: &[&str] = &["T109", "T106"];
const LIMITS_OR_SYNTAX: &[&str] = &["T109", "T101"];

#[test]
fn work_without_end() {
    judge(&[
        hostile(
            "range",
            "{{ range(end=1000000000) }}",
            LIMITS_OR_ARGUMENT,
            1,
        ),
        hostile(
            "range that is joined",
            "{{ range(end=100000000) | join(sep=\",\") | length }}",
            LIMITS_OR_ARGUMENT,
            1,
        ),
        hostile(
            "steps of nothing",
            "{{ range(end=10, step_by=0) }}",
            LIMITS_OR_ARGUMENT,
            1,
        ),
        hostile("nested loops", loops(3, "x"), LIMITS, 1),
        hostile("nested loops that print nothing", loops(5, ""), LIMITS, 1),
        hostile(
            "nested loops that set",
            loops(3, "{% set_global n = v0 + v1 %}"),
            LIMITS,
            1,
        ),
        hostile(
            "a loop over a long text",
            "{% set_global x = \"a\" %}\n{% for i in range(end=24) %}{% set_global x = x ~ x %}{% endfor %}{% for c in x %}{% for d in x %}{% endfor %}{% endfor %}",
            LIMITS,
            2,
        ),
        hostile(
            "a macro that calls itself",
            "{% macro f(n) %}{{ self::f(n=n + 1) }}{% endmacro %}\n{{ self::f(n=0) }}",
            LIMITS,
            1,
        ),
        hostile(
            "a macro that calls itself twice",
            "{% macro f(n) %}{% if n > 0 %}{{ self::f(n=n - 1) }}{{ self::f(n=n - 1) }}{% endif %}{% endmacro %}\n{{ self::f(n=60) }}",
            LIMITS,
            1,
        ),
        hostile(
            "a macro in an expression that calls itself",
            "{% macro f(n) %}{% set x = self::f(n=n + 1) %}{% endmacro %}\n{% set y = self::f(n=0) %}",
            LIMITS,
            1,
        ),
    ]);
}

#[test]
fn texts_that_grow() {
    judge(&[
        hostile("by ~", grows("x ~ x"), LIMITS, 2),
        hostile(
            "by replace",
            grows("x | replace(from=\"a\", to=\"aa\")"),
            LIMITS,
            2,
        ),
        hostile(
            "by replace of nothing",
            grows("x | replace(from=\"\", to=x)"),
            LIMITS,
            2,
        ),
        hostile("by join", grows("[x, x, x, x] | join(sep=x)"), LIMITS, 2),
        hostile(
            "by indent",
            grows("x | indent(prefix=x, first=true)"),
            LIMITS,
            2,
        ),
        hostile(
            "by escape",
            grows("x | replace(from=\"a\", to=\"&&\") | escape"),
            LIMITS,
            2,
        ),
        hostile("by urlencode", grows("x ~ x | urlencode_strict"), LIMITS, 2),
        hostile(
            "by json_encode",
            grows("[x, x] | json_encode(pretty=true)"),
            LIMITS,
            2,
        ),
        hostile("by toml_encode", grows("[x, x] | toml_encode"), LIMITS, 2),
        hostile(
            "by addslashes",
            grows("x ~ `\"` | addslashes"),
            &["T109", "X105"],
            0,
        ),
        hostile(
            "by a truncation's end",
            grows("x | truncate(length=4, end=x ~ x)"),
            LIMITS,
            2,
        ),
        hostile(
            "by a filter section",
            "{% set_global x = \"aaaaaaaa\" %}\n{% for i in range(end=60) %}{% set_global x = x ~ x %}{% filter upper %}{{ x }}{% endfilter %}{% endfor %}",
            LIMITS,
            2,
        ),
        hostile(
            "by a list",
            "{% set_global x = [1, 2, 3, 4] %}\n{% for i in range(end=60) %}{% set_global x = x | concat(with=x) %}{% endfor %}",
            LIMITS,
            2,
        ),
        hostile(
            "by a list of lists",
            "{% set_global x = [1, 2, 3, 4] %}\n{% for i in range(end=60) %}{% set_global y = x %}{% set_global x = [y, y] %}{% endfor %}{{ x }}",
            LIMITS,
            2,
        ),
        hostile(
            "by a sum",
            "{% set_global x = 1 %}\n{% for i in range(end=80) %}{% set_global x = x + x %}{% endfor %}",
            LIMITS_OR_ARGUMENT,
            2,
        ),
        hostile(
            "by output",
            "{% set x = range(end=1000) %}\n{% for i in range(end=100000) %}{{ x }}{% endfor %}",
            LIMITS,
            2,
        ),
    ]);
}

#[test]
fn functions_that_are_asked_for_too_much() {
    let calls = [
        "fake_string(len=1000000000)",
        "fake_words(count=1000000000)",
        "fake_password(min=1000000000, max=1000000001)",
        "rand_hex(n=1000000000)",
        "sample(list=[1], k=1000000000)",
        "now_plus(seconds=9223372036854775807)",
        "\"x\" | indent(prefix=fake_string(len=100000000))",
        "\"x\" | date(format=\"%999999999d\")",
        "0 | date(format=fake_string(len=100000000))",
    ];
    let cases: Vec<Hostile> = calls
        .into_iter()
        .map(|call| {
            hostile(
                "a call",
                format!("\n{{{{ {call} }}}}"),
                LIMITS_OR_ARGUMENT,
                2,
            )
        })
        .collect();
    judge(&cases);
}

#[test]
fn expressions_that_are_too_deep_or_too_long() {
    judge(&[
        hostile(
            "parentheses",
            format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000)),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "parentheses that stay open",
            format!("{{{{ {}", "(".repeat(100_000)),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "brackets",
            format!("{{{{ {}1{} }}}}", "[".repeat(100_000), "]".repeat(100_000)),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "braces",
            format!(
                "{{{{ f(x={}1{}) }}}}",
                "{\"a\": ".repeat(50_000),
                "}".repeat(50_000)
            ),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "sum",
            format!("{{{{ 1{} }}}}", "+1".repeat(300_000)),
            LIMITS,
            1,
        ),
        hostile(
            "concatenation",
            format!("{{{{ 1{} }}}}", "~1".repeat(300_000)),
            LIMITS,
            1,
        ),
        hostile(
            "logic",
            format!("{{{{ true{} }}}}", " and true".repeat(100_000)),
            LIMITS,
            1,
        ),
        hostile(
            "not",
            format!("{{{{ {}true }}}}", "not ".repeat(100_000)),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "filters",
            format!("{{{{ \"a\"{} }}}}", "|upper".repeat(100_000)),
            LIMITS,
            1,
        ),
        hostile(
            "dots",
            format!("{{{{ a{} }}}}", ".b".repeat(200_000)),
            &["T109", "T101", "T102"],
            1,
        ),
        hostile(
            "indices",
            format!("{{{{ a{} }}}}", "[0]".repeat(200_000)),
            &["T109", "T101", "T102"],
            1,
        ),
        hostile(
            "indices within indices",
            format!("{{{{ a{}{} }}}}", "[a".repeat(100_000), "]".repeat(100_000)),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "calls within calls",
            format!(
                "{{{{ {}1{} }}}}",
                "env(name=".repeat(50_000),
                ")".repeat(50_000)
            ),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "arguments",
            format!("{{{{ env(name=\"a\"{}) }}}}", ", a=1".repeat(150_000)),
            &["T109", "T101", "T106"],
            1,
        ),
        hostile(
            "ifs",
            format!(
                "{}{}",
                "{% if true %}".repeat(20_000),
                "{% endif %}".repeat(20_000)
            ),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "ifs that stay open",
            "{% if true %}".repeat(50_000),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "ends of nothing",
            "{% endif %}".repeat(50_000),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "filter sections",
            format!(
                "{}{}",
                "{% filter upper %}".repeat(10_000),
                "{% endfilter %}".repeat(10_000)
            ),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile("open tags", "{{ ".repeat(200_000), LIMITS_OR_SYNTAX, 1),
        hostile("open blocks", "{% ".repeat(200_000), LIMITS_OR_SYNTAX, 1),
        hostile("open comments", "{# ".repeat(200_000), LIMITS_OR_SYNTAX, 1),
        hostile(
            "open quotes",
            "{{ \" {{ ' {{ ` ".repeat(60_000),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "lists that stay open",
            "{{ [\"{{ [\", ".repeat(70_000),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile("tags", "{{1}}".repeat(200_000), LIMITS, 1),
        hostile("assignments", "{%set a=1%}".repeat(90_000), LIMITS, 1),
        hostile(
            "unknown filters",
            "{{svc|upperr}}".repeat(70_000),
            &["T104", "T109"],
            1,
        ),
        hostile(
            "unknown functions",
            "{{rangee()}}".repeat(80_000),
            &["T103", "T109"],
            1,
        ),
        hostile(
            "includes",
            "{%include \"x\"%}".repeat(60_000),
            &["T107", "T109"],
            1,
        ),
        hostile(
            "an open string",
            format!("{{{{ \"{}", "a".repeat(500_000)),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile(
            "a number",
            format!("{{{{ {} }}}}", "9".repeat(500_000)),
            LIMITS_OR_SYNTAX,
            1,
        ),
        hostile("faults", "{{ zzz }}\n".repeat(50_000), &["T102", "T109"], 1),
    ]);
}

#[test]
fn patterns_that_explode() {
    judge(&[
        hostile(
            "repetition of repetition",
            "{% if svc is matching(\"((a{1000}){1000}){1000}\") %}{% endif %}",
            LIMITS_OR_ARGUMENT,
            1,
        ),
        hostile(
            "a long class",
            "{% if svc is matching(\"(\\\\pL{500}){500}\") %}{% endif %}",
            LIMITS_OR_ARGUMENT,
            1,
        ),
        hostile(
            "groups within groups",
            format!(
                "{{% if svc is matching(\"{}a{}\") %}}{{% endif %}}",
                "(".repeat(10_000),
                ")".repeat(10_000)
            ),
            LIMITS_OR_ARGUMENT,
            1,
        ),
    ]);
    let ended = judge_one(&hostile(
        "backtracking",
        "{% set_global x = \"a\" %}{% for i in range(end=16) %}{% set_global x = x ~ x %}{% endfor %}\n{% if x is matching(\"(a*)*b\") %}{% endif %}",
        &["X105", "T109"],
        0,
    ));
    assert!(ended.is_none(), "{ended:?}");
}

#[test]
fn files_that_lead_to_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("self.toml.tera", "\n{% include \"self.toml.tera\" %}");
    write("a.toml.tera", "{% include \"_b.toml.tera\" %}");
    write("_b.toml.tera", "\n\n{% include \"a.toml.tera\" %}");
    write("extends.toml.tera", "{% extends \"extends.toml.tera\" %}");
    write(
        "import.toml.tera",
        "{% import \"_m.toml.tera\" as m %}{{ m::f() }}",
    );
    write(
        "_m.toml.tera",
        "{% import \"_n.toml.tera\" as n %}{% macro f() %}{{ n::f() }}{% endmacro %}",
    );
    write(
        "_n.toml.tera",
        "{% import \"_m.toml.tera\" as m %}{% macro f() %}{{ m::f() }}{% endmacro %}",
    );
    for name in ["self.toml.tera", "a.toml.tera", "extends.toml.tera"] {
        let ended = check(folder.path(), name);
        assert!(
            errors(&ended).iter().any(|(code, _)| code == "T108"),
            "{name}: {ended:#?}"
        );
    }
    let ended = check(folder.path(), "import.toml.tera");
    let codes = errors(&ended);
    assert!(
        codes
            .iter()
            .any(|(code, _)| code == "T108" || code == "T109"),
        "{ended:#?}"
    );
}

#[test]
fn a_chain_of_includes_ends() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..2_000 {
        let text = format!(
            "{{% include \"_{}.toml.tera\" %}}{{% include \"_{}.toml.tera\" %}}",
            n + 1,
            n + 1
        );
        fs::write(folder.path().join(format!("_{n}.toml.tera")), text).unwrap();
    }
    fs::write(
        folder.path().join("start.toml.tera"),
        "{% include \"_0.toml.tera\" %}",
    )
    .unwrap();
    let ended = check(folder.path(), "start.toml.tera");
    let codes = errors(&ended);
    assert!(
        codes
            .iter()
            .any(|(code, _)| code == "T109" || code == "T108"),
        "{ended:#?}"
    );
}

/// Each expression is small; together they would take minutes.
#[test]
fn many_small_pieces_share_one_allowance() {
    let burn =
        "{% for a in range(end=1000) %}{% for b in range(end=1000) %}{% endfor %}{% endfor %}";
    let folder = tempfile::tempdir().unwrap();
    let mut plain = HEAD.to_owned() + "[vars]\n";
    for n in 0..300 {
        let _ = writeln!(plain, "a{n} = \"{burn}\"");
    }
    fs::write(folder.path().join("plain.clnrm.toml"), &plain).unwrap();
    let sizes: String = (0..16).map(|n| format!("{n},")).collect();
    let matrix =
        format!("{HEAD}[matrix]\na = [{sizes}]\nb = [{sizes}]\n\n{burn}\n# {{{{ matrix.a }}}}\n");
    fs::write(folder.path().join("matrix.clnrm.toml.tera"), matrix).unwrap();
    for name in ["plain.clnrm.toml", "matrix.clnrm.toml.tera"] {
        let ended = check(folder.path(), name);
        assert!(
            errors(&ended).iter().any(|(code, _)| code == "T109"),
            "{name}: {ended:#?}"
        );
    }
}

#[test]
fn a_matrix_without_bounds() {
    let list: String = (0..100).map(|n| format!("{n},")).collect();
    let mut text = HEAD.to_owned() + "[matrix]\n";
    for name in ["a", "b", "c", "d", "e"] {
        let _ = writeln!(text, "{name} = [{list}]");
    }
    let found = judge_text("matrix.clnrm.toml.tera", &text);
    assert!(found.iter().any(|(code, _)| code == "T109"), "{found:?}");
}

#[test]
fn files_that_are_too_long() {
    for name in ["x.clnrm.toml", "x.clnrm.toml.tera"] {
        let found = judge_text(name, &(HEAD.to_owned() + &"# padding\n".repeat(1_000_000)));
        assert_eq!(found, [("T109".to_owned(), 1)], "{name}");
    }
}

#[test]
fn toml_that_is_too_deep_too_broken_or_too_much() {
    let cases = [
        ("arrays", format!("{HEAD}a = {}", "[".repeat(100_000))),
        ("tables", format!("{HEAD}a = {}", "{a=".repeat(100_000))),
        ("dots", format!("{HEAD}a{} = 1", ".a".repeat(100_000))),
        ("headers", format!("{HEAD}[a{}]", ".a".repeat(100_000))),
        ("quotes", format!("{HEAD}{}", "\"".repeat(300_000))),
        (
            "lines that are none",
            format!("{HEAD}{}", "= = =\n".repeat(100_000)),
        ),
        (
            "keys set again",
            format!("{HEAD}{}", "a = 1\n".repeat(100_000)),
        ),
        (
            "tables set again",
            format!("{HEAD}{}", "[a]\n".repeat(100_000)),
        ),
        (
            "an open text",
            format!("{HEAD}a = \"\"\"{}", "x\n".repeat(100_000)),
        ),
        (
            "small values",
            format!("{HEAD}tags = [{}]", "1,".repeat(450_000)),
        ),
        (
            "small tables",
            format!("{HEAD}{}", "[[steps]]\n".repeat(90_000)),
        ),
        (
            "small tables within braces",
            format!("{HEAD}steps = [{}]", "{},".repeat(300_000)),
        ),
        (
            "small tables of dots",
            (0..5_000).fold(String::new(), |text, n| {
                text + &format!("a{n}{} = 1\n", ".a".repeat(70))
            }),
        ),
    ];
    for (name, text) in cases {
        let found = judge_text("x.clnrm.toml", &text);
        assert!(
            found.iter().any(|(code, _)| matches!(
                code.as_str(),
                "S101" | "S102" | "T109" | "C101" | "C102"
            )),
            "{name}: {found:?}"
        );
        assert!(found.len() <= 100, "{name}: {} findings", found.len());
    }
}

/// Rules that hold settings against each other are not quadratic beyond what a person writes.
#[test]
fn settings_in_great_number() {
    let mut text = HEAD.to_owned();
    for n in 0..8_000 {
        let _ = write!(
            text,
            "[service.s{n}]\nimage = \"alpine:3.20\"\ndepends_on = [\"s{}\"]\n",
            (n + 1) % 8_000
        );
    }
    let found = judge_text("x.clnrm.toml", &text);
    assert!(found.iter().any(|(code, _)| code == "X104"), "{found:?}");

    let mut text = HEAD.to_owned() + "[[scenario]]\nname = \"a\"\nrun = \"true\"\n";
    for n in 0..3_000 {
        let stars = "*a?*[a-b]".repeat(12);
        let _ = write!(
            text,
            "[[expect.span]]\nname = \"{stars}{n}\"\nparent = \"{stars}\"\nstatus = \"OK\"\ncount = {{ eq = {n} }}\n"
        );
    }
    let ended = judge_text("x.clnrm.toml", &text);
    assert!(ended.len() <= 100, "{} findings", ended.len());
}

fn judge(cases: &[Hostile]) {
    let wrong: Vec<String> = cases.iter().filter_map(judge_one).collect();
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What is wrong with the verdict on a case. Line 0: any line.
fn judge_one(case: &Hostile) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("x.clnrm.toml.tera"),
        format!("{HEAD}{}\n", case.body),
    )
    .unwrap();
    let ended = check(folder.path(), "x.clnrm.toml.tera");
    let report: Value = match serde_json::from_str(&ended.stdout) {
        Ok(report) => report,
        Err(_) => {
            let shown: String = case.body.chars().take(120).collect();
            let error: String = ended.stderr.chars().take(600).collect();
            return Some(format!(
                "{} ({shown}): ended with {:?}\n{error}",
                case.name, ended.code
            ));
        }
    };
    let found = errors(&ended);
    let line = HEAD.lines().count() as u64 + case.line;
    let hit = found
        .iter()
        .any(|(code, at)| case.codes.contains(&code.as_str()) && (case.line == 0 || *at == line));
    let shown: String = case.body.chars().take(120).collect();
    (!hit || ended.code != Some(1)).then(|| {
        let summary = &report["summary"];
        format!(
            "{} ({shown}): expected {:?} on line {line}, found {found:?} {summary}",
            case.name, case.codes
        )
    })
}

fn judge_text(name: &str, text: &str) -> Vec<(String, u64)> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let ended = check(folder.path(), name);
    assert!(
        ended.code == Some(1) || ended.code == Some(0),
        "{name}: {:?} {:.600}",
        ended.code,
        ended.stderr
    );
    let report: Value = serde_json::from_str(&ended.stdout).expect("a report");
    assert!(report["files"][0]["diagnostics"].is_array());
    errors(&ended)
}
