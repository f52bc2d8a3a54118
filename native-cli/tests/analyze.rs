//! `clnrm analyze` and `clnrm diff` as their users meet them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use support::{BAD, Project, Run};

const TEST: &str = "\
[meta]
name = \"pays\"

[service.api]
image = \"registry.example.com/shop/api:1.4.2\"

[[scenario]]
name = \"pays\"
run = \"pay --amount 5\"

[[expect.span]]
name = \"pay\"
kind = \"server\"
attrs.all = { \"payment.method\" = \"{{ method | default(value=\"card\") }}\", amount = 5 }

[[expect.span]]
name = \"receipt\"

[expect.graph]
must_include = [[\"checkout\", \"pay\"]]

[expect.status]
all = \"OK\"
";

const GREEN: &str = r#"{"name":"checkout","trace_id":"t1","span_id":"a1","start_time_unix_nano":10000000,"end_time_unix_nano":60000000,"kind":2}
{"name":"pay","trace_id":"t1","span_id":"a2","parent_span_id":"a1","start_time_unix_nano":20000000,"end_time_unix_nano":50000000,"kind":2,"attributes":{"payment.method":"card","amount":5,"process.pid":17}}
{"name":"receipt","trace_id":"t1","span_id":"a3","parent_span_id":"a2","start_time_unix_nano":30000000,"end_time_unix_nano":40000000}
"#;

/// The same run an hour later, with other ids, but paid in cash and without a receipt.
fn red() -> String {
    GREEN
        .replace("\"card\"", "\"cash\"")
        .replace("\"receipt\"", "\"recepit\"")
        .replace("\"a1\"", "\"b1\"")
        .replace("\"a2\"", "\"b2\"")
        .replace("\"a3\"", "\"b3\"")
        .replace("0000000,", "0000001,")
        .replace("\"process.pid\":17", "\"process.pid\":18")
}

fn project() -> Project {
    Project::new(&[
        ("pay.clnrm.toml.tera", TEST),
        ("green.json", GREEN),
        ("red.json", &red()),
        ("empty.json", "{\"resourceSpans\": []}\n"),
        ("bad.clnrm.toml", BAD),
    ])
}

fn timeless(text: &str) -> String {
    let lines = text.lines().map(|line| match line.rsplit_once(" · ") {
        Some((rest, time)) if time.ends_with(" ms") || time.ends_with(" s") => {
            format!("{rest} · [time]\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

fn analyze(project: &Project, more: &[&str]) -> Run {
    project.run(&[&["analyze", "pay.clnrm.toml.tera", "--traces"], more].concat())
}

#[test]
fn a_trace_that_holds_is_quiet_and_ends_well() {
    let run = analyze(&project(), &["green.json"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert_eq!(
        timeless(&run.out),
        "4 expectations · 4 hold · 3 spans · [time]\n"
    );
}

#[test]
fn what_fails_is_framed_with_what_was_expected_and_found() {
    let run = analyze(&project(), &["red.json"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    insta::assert_snapshot!(timeless(&run.out), @r#"
    error[E104]: the attribute `payment.method` of span `pay` is "cash", not "card"
       ╭─▸ pay.clnrm.toml.tera:14:34
    14 │ attrs.all = { "payment.method" = "{{ method | default(value="card") }}", amount = 5 }
       │                                  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ made by this expression
       ├─ expected  "card"
       ├─ found     "cash"
       ├─ nearest   `pay` b2: meets 2 of 3 conditions, not attribute `payment.method`
       ╰─ rendered line 14: attrs.all = { "payment.method" = "card", amount = 5 }

    error[E101]: no span is named `receipt`
       ╭─▸ pay.clnrm.toml.tera:17:8
    17 │ name = "receipt"
       │        ━━━━━━━━━
       ├─ expected  span `receipt`
       ├─ found     3 spans of other names
       ╰─ rendered line 17: name = "receipt"
       help: did you mean `recepit`?

    4 expectations · 2 hold · 2 fail · 3 spans · [time]
    "#);
    let run = analyze(&project(), &["red.json", "--var", "method=cash"]);
    assert!(
        !run.out.contains("E104") && run.out.contains("E101"),
        "{}",
        run.out
    );
}

#[test]
fn an_empty_trace_is_said_once_and_fails_all() {
    let run = analyze(&project(), &["empty.json"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.out.matches("E001").count(), 1, "{}", run.out);
    assert!(
        run.out.contains("of 4 expectations none holds"),
        "{}",
        run.out
    );
    let json = analyze(&project(), &["empty.json", "--format", "json"]).json();
    assert_eq!(json["summary"]["fail"], 4);
    assert_eq!(json["outcome"], "fails");
}

#[test]
fn several_files_are_one_trace_and_one_may_come_from_standard_input() {
    let project = project();
    let (first, rest) = GREEN.split_at(GREEN.find('\n').unwrap() + 1);
    project.write("api.json", first);
    project.write("worker.json", rest);
    let run = analyze(&project, &["api.json", "worker.json"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let arguments = [
        "analyze",
        "pay.clnrm.toml.tera",
        "--traces",
        "api.json",
        "-",
    ];
    let run = project.run_with_input(&arguments, rest);
    assert_eq!(run.code, 0, "{}", run.out);
    // The test file may, too.
    let run = project.run_with_input(
        &[
            "analyze",
            "-",
            "--stdin-name",
            "x.toml.tera",
            "--traces",
            "red.json",
        ],
        TEST,
    );
    assert_eq!(run.code, 1);
    assert!(run.out.contains("x.toml.tera:17:8"), "{}", run.out);
    let run = project.run(&["analyze", "-", "--traces", "-"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("given twice"), "{}", run.err);
}

#[test]
fn a_file_that_cannot_be_read_is_no_empty_trace() {
    let project = project();
    project.write("cut.json", &GREEN[..200]);
    project.write("text.json", "hello\n");
    project.write("nothing.json", "");
    for (file, words) in [
        ("cut.json", "E003 `cut.json` is no trace: "),
        ("text.json", "(1:1)"),
        ("nothing.json", "the file is empty"),
        ("missing.json", "does not exist"),
        (".", "it is a folder"),
    ] {
        let run = analyze(&project, &[file]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{file}");
        assert!(run.err.contains(words), "{file}: {}", run.err);
    }
}

#[test]
fn an_invalid_test_is_reported_and_held_against_nothing() {
    let run = project().run(&["analyze", "bad.clnrm.toml", "--traces", "green.json"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[X101]"), "{}", run.out);
    assert!(
        run.out.contains("not evaluated: the file is not valid"),
        "{}",
        run.out
    );
    let run = project().run(&["analyze", "missing.toml", "--traces", "green.json"]);
    assert_eq!(run.code, 2);
}

#[test]
fn a_file_that_expects_nothing_is_not_green() {
    let project = project();
    project.write("none.clnrm.toml", support::GOOD);
    let run = project.run(&["analyze", "none.clnrm.toml", "--traces", "green.json"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("expects nothing of a trace"),
        "{}",
        run.err
    );
}

#[test]
fn what_is_unknown_is_not_evaluated() {
    let project = project();
    let text = format!("{TEST}[expect.counts]\nspan_total = 3\n");
    project.write("pay.clnrm.toml.tera", &text);
    let run = analyze(&project, &["green.json"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out
            .contains("error[E002]: not evaluated: unknown field `span_total`"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("C103"), "it is said once: {}", run.out);
    assert!(run.out.contains("1 not evaluated"), "{}", run.out);
    let run = analyze(&project, &["green.json", "--allow", "C103"]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn programs_get_json_junit_and_annotations() {
    let project = project();
    let json = analyze(&project, &["red.json", "--format", "json"]).json();
    assert_eq!(json["version"], 1);
    assert_eq!(json["summary"]["hold"], 2);
    let first = &json["expectations"][0];
    assert_eq!(first["title"], "span `pay`");
    assert_eq!(first["outcome"], "fails");
    assert_eq!(first["start"]["line"], 12);
    let failed = &first["failures"][0];
    assert_eq!(failed["code"], "E104");
    assert_eq!(failed["mapping"], "expression");
    assert_eq!(failed["expected"], "\"card\"");
    assert_eq!(failed["nearest"]["index"], 1);
    assert_eq!(failed["nearest"]["met"], 2);

    let junit = analyze(&project, &["red.json", "--format", "junit"]);
    assert_eq!(junit.code, 1);
    assert!(
        junit
            .out
            .contains("tests=\"4\" skipped=\"0\" failures=\"2\""),
        "{}",
        junit.out
    );
    assert!(
        junit.out.contains("type=\"E101 span-missing\""),
        "{}",
        junit.out
    );

    let github = analyze(&project, &["red.json", "--format", "github"]);
    assert!(
        github.out.contains("::error file=pay.clnrm.toml.tera,line=17,endLine=17,col=8,endColumn=17,title=E101 span-missing::no span is named `receipt`; expected span `receipt`, found 3 spans of other names"),
        "{}",
        github.out
    );
}

#[test]
fn two_runs_that_did_the_same_have_the_same_digest() {
    let project = project();
    let again = red()
        .replace("\"cash\"", "\"card\"")
        .replace("recepit", "receipt");
    project.write("again.json", &again);
    let digest = |file: &str| {
        let json = analyze(&project, &[file, "--digest", "--format", "json"]).json();
        json["digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(digest("green.json").len(), 64);
    assert_eq!(digest("green.json"), digest("again.json"));
    assert_ne!(digest("green.json"), digest("red.json"));
    let run = analyze(&project, &["green.json", "--digest"]);
    assert!(
        run.out
            .starts_with(&format!("digest {}\n", digest("green.json"))),
        "{}",
        run.out
    );
}

#[test]
fn a_baseline_is_kept_and_held_against() {
    let project = project();
    let run = analyze(&project, &["red.json", "--write-baseline", "kept.json"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("not written"), "{}", run.err);
    assert!(!project.join("kept.json").exists());

    let run = analyze(&project, &["green.json", "--write-baseline", "kept.json"]);
    assert_eq!(
        (run.code, run.err.as_str()),
        (0, "kept.json: 3 spans kept\n")
    );
    let again = red()
        .replace("\"cash\"", "\"card\"")
        .replace("recepit", "receipt");
    project.write("again.json", &again);
    let run = analyze(&project, &["again.json", "--baseline", "kept.json"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(run.out.contains("as the baseline"), "{}", run.out);

    project.write(
        "more.json",
        GREEN.replace("\"amount\":5", "\"amount\":\"5\",\"currency\":\"EUR\""),
    );
    let run = analyze(&project, &["more.json", "--baseline", "kept.json"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(timeless(&run.out), @r#"
    error: the trace differs from the baseline
      checkout
    ~   pay
            attribute `amount` 5 → "5"
            attribute `currency` none → "EUR"
    1 changed · 2 alike

    4 expectations · 4 hold · unlike the baseline · 3 spans · [time]
    "#);
    let json = analyze(
        &project,
        &["more.json", "--baseline", "kept.json", "--format", "json"],
    );
    assert_eq!(json.json()["baseline"]["summary"]["changed"], 1);
}

#[test]
fn equal_traces_do_not_differ() {
    let project = project();
    let run = project.run(&["diff", "green.json", "green.json"]);
    assert_eq!(
        (run.code, timeless(&run.out).as_str()),
        (0, "3 alike · [time]\n")
    );
    let run = project.run(&["diff", "empty.json", "empty.json"]);
    assert_eq!(
        (run.code, timeless(&run.out).as_str()),
        (0, "no spans · [time]\n")
    );
}

#[test]
fn a_diff_shows_what_is_added_removed_moved_and_changed() {
    let project = project();
    let moved = red().replace(
        "\"span_id\":\"b2\",\"parent_span_id\":\"b1\"",
        "\"span_id\":\"b2\"",
    );
    project.write("moved.json", &moved);
    let run = project.run(&["diff", "green.json", "moved.json"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(timeless(&run.out), @r#"
    green.json → moved.json
    > pay  (was below checkout)
          attribute `payment.method` "card" → "cash"
    +   recepit
    -   receipt

    1 added · 1 removed · 1 moved · 1 alike · [time]
    "#);
    let run = project.run(&[
        "diff",
        "green.json",
        "moved.json",
        "--layout",
        "side-by-side",
    ]);
    insta::assert_snapshot!(timeless(&run.out), @r#"
    green.json                                                            moved.json
    pay (was below checkout)                                            > pay
        attribute `payment.method`: "card"                                    attribute `payment.method`: "cash"
                                                                        +   recepit
      receipt                                                           -

    1 added · 1 removed · 1 moved · 1 alike · [time]
    "#);
    let json = project
        .run(&["diff", "green.json", "moved.json", "--format", "json"])
        .json();
    assert_eq!(json["equal"], false);
    assert_eq!(json["summary"]["moved"], 1);
    assert_eq!(json["changes"][0]["moved_from"], "checkout");
    assert_eq!(
        json["changes"][1]["path"],
        serde_json::json!(["pay", "recepit"])
    );
}

#[test]
fn durations_are_compared_when_asked_for() {
    let project = project();
    project.write("slow.json", GREEN.replace("50000000", "58000000"));
    for (tolerance, code) in [
        (None, 0),
        (Some("9ms"), 0),
        (Some("10%"), 1),
        (Some("0"), 1),
    ] {
        let mut arguments = vec!["diff", "green.json", "slow.json"];
        arguments.extend(
            tolerance
                .iter()
                .flat_map(|tolerance| ["--tolerance", *tolerance]),
        );
        let run = project.run(&arguments);
        assert_eq!(run.code, code, "{tolerance:?}: {}", run.out);
    }
    let run = project.run(&["diff", "green.json", "slow.json", "--tolerance", "soon"]);
    assert_eq!(run.code, 2);
}

#[test]
fn a_hostile_name_never_reaches_the_terminal() {
    let project = project();
    project.write("bad.json", GREEN.replace("checkout", "check\\u001b[31mout"));
    let run = project.run(&["diff", "green.json", "bad.json"]);
    assert!(
        !run.out.contains('\u{1b}') && run.out.contains("check␛[31mout"),
        "{}",
        run.out
    );
    let run = analyze(&project, &["bad.json"]);
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
}
