//! `clnrm graph`: what each form of the picture shows.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::Project;

/// Text that means something to each of the languages, and a line of every kind.
const TEST: &str = r#"[meta]
name = "shop"

[service.db]
image = "postgres:16"

[service.app]
image = "shop:1"
depends_on = ["db"]
wait_for_span = "ready"

[[scenario]]
name = "buys: 1"
service = "app"

[[scenario.steps]]
name = "order"
command = ["shop", "buy", "--name", "a<&\"b|c#1 \\n größer"]

[[scenario.steps]]
name = "pay"
service = "db"
command = ["psql", "-c", "select 1"]

[[expect.span]]
name = "checkout"
kind = "server"

[[expect.span]]
name = "pay*"
parent = "checkout"

[[expect.span]]
name = "retry"
exists = false

[expect.graph]
must_include = [["checkout", "pay*"]]
must_reach = [["pay*", "bank"]]
must_not_cross = [["bank", "checkout"]]

[expect.order]
must_precede = [["pay*", "bank"]]

[[expect.window]]
outer = "checkout"
contains = ["bank"]
"#;

fn graph(format: &str) -> String {
    let project = Project::new(&[("shop.clnrm.toml", TEST)]);
    let run = project.run(&["graph", "shop.clnrm.toml", "--format", format]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(run.err, "");
    run.out
}

#[test]
fn text_is_a_tree_of_what_hangs_on_what() {
    insta::assert_snapshot!(graph("text"));
}

#[test]
fn dot_names_every_thing_and_line() {
    insta::assert_snapshot!(graph("dot"));
}

#[test]
fn mermaid_escapes_what_means_something() {
    insta::assert_snapshot!(graph("mermaid"));
}

#[test]
fn svg_stands_by_itself() {
    let svg = graph("svg");
    // The style sheet is the same for all.
    let start = svg.find("<style>").unwrap();
    let end = svg.find("</style>").unwrap();
    insta::assert_snapshot!(format!("{}{}", &svg[..start], &svg[end + 8..]));
    for foreign in ["<script", "href", "url(", "@import", "http://localhost"] {
        assert!(!svg.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_trace_is_its_spans() {
    let trace = r#"[
        {"name": "root", "trace_id": "t", "span_id": "a", "kind": "server", "start_time_unix_nano": 1000000, "end_time_unix_nano": 3500000},
        {"name": "late", "trace_id": "t", "span_id": "d", "parent_span_id": "b"},
        {"name": "leaf", "trace_id": "t", "span_id": "b", "parent_span_id": "a"},
        {"name": "lost", "trace_id": "t", "span_id": "c", "parent_span_id": "0f"},
        {"name": "chicken", "trace_id": "t", "span_id": "e", "parent_span_id": "f"},
        {"name": "egg", "trace_id": "t", "span_id": "f", "parent_span_id": "e"}]"#;
    let project = Project::new(&[("trace.json", trace)]);
    let run = project.run(&["graph", "trace.json"]);
    assert_eq!((run.code, &*run.err), (0, ""));
    insta::assert_snapshot!(run.out);
}

#[test]
fn a_very_deep_trace_is_drawn() {
    let span = |n: usize| {
        format!(
            "{{\"name\": \"s{n}\", \"trace_id\": \"t\", \"span_id\": \"{n:x}\", \"parent_span_id\": \"{:x}\"}}",
            n + 1
        )
    };
    let spans: Vec<String> = (1..=50_000).map(span).collect();
    let project = Project::new(&[("trace.json", &spans.join("\n"))]);
    let run = project.run(&["graph", "trace.json"]);
    assert_eq!(run.code, 0);
    assert!(run.out.contains("… 50000 levels down: s1\n"));
    let run = project.run(&["graph", "trace.json", "--format", "svg"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("50001 things"), "{}", run.err);
}

#[test]
fn a_test_with_faults_is_drawn_as_far_as_it_goes() {
    let faulty = TEST.replace("depends_on = [\"db\"]", "depends_on = [\"bd\"]");
    let broken = "[meta]\nname = \"x\"\n{% if %}\n";
    let project = Project::new(&[
        ("faulty.clnrm.toml", &faulty),
        ("x.clnrm.toml.tera", broken),
    ]);
    let run = project.run(&["graph", "faulty.clnrm.toml"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("depends on bd  not declared"),
        "{}",
        run.out
    );
    assert!(run.err.contains("error[X116]"), "{}", run.err);
    let run = project.run(&["graph", "x.clnrm.toml.tera"]);
    assert_eq!((run.code, &*run.out), (1, ""));
    assert!(run.err.contains("error[T101]"), "{}", run.err);
}

#[test]
fn one_combination_of_a_matrix_is_drawn_and_said_so() {
    let matrix = "[meta]\nname = \"m\"\n[matrix]\nn = [1, 2]\n[[steps]]\nname = \"s{{ matrix.n }}\"\ncommand = [\"true\"]\n";
    let project = Project::new(&[("m.clnrm.toml.tera", matrix)]);
    let run = project.run(&["graph", "m.clnrm.toml.tera"]);
    assert!(run.out.contains("s1") && !run.out.contains("s2"));
    assert!(
        run.err.contains("the first of 2 combinations"),
        "{}",
        run.err
    );
    let run = project.run(&["graph", "m.clnrm.toml.tera", "--matrix", "n=2"]);
    assert!(run.out.contains("s2") && run.err.is_empty());
}
