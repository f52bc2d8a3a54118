//! `clnrm run --changed`: what passed and has not changed since is passed over, and nothing else.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/engine.rs"]
mod engine;
mod support;

use engine::{docker, is_there};
use serde_json::Value;
use support::{Project, Run};

/// A test of its own name, with an image and a command.
fn test(name: &str, image: &str, run: &str) -> String {
    format!(
        "[meta]\nname = \"{name}\"\n[service.box]\nimage = \"{image}\"\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"{run}\"\n"
    )
}

/// Runs what has changed; names of what was run and of what was passed over.
fn changed(project: &Project, more: &[&str]) -> (Vec<String>, Vec<String>, Run) {
    let run = project.run(&[&["run", "--changed", "--format", "json"], more].concat());
    let json = run.json();
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|test| test["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        json["summary"]["unchanged"],
        json["unchanged"].as_array().unwrap().len()
    );
    (names(&json["tests"]), names(&json["unchanged"]), run)
}

#[test]
fn what_passed_is_passed_over_by_name_until_it_changes() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[
        ("a.clnrm.toml", &test("a", "alpine:3.20", "true")),
        ("b.clnrm.toml", &test("b", "alpine:3.20", "false")),
        (
            "c.clnrm.toml.tera",
            &format!(
                "{{% include \"part.toml\" %}}{}",
                test("c", "alpine:3.20", "true")
            ),
        ),
        ("part.toml", "# one\n"),
    ]);
    // A plain run keeps in mind what passed, too.
    assert_eq!(project.run(&["run"]).code, 1);
    let (ran, passed_over, run) = changed(&project, &[]);
    assert_eq!(
        (ran, passed_over),
        (vec!["b".into()], vec!["a".into(), "c".into()])
    );
    assert_eq!(run.code, 1, "it failed before, and fails again");

    project.write("b.clnrm.toml", test("b", "alpine:3.20", "true"));
    let human = project.run(&["run", "--changed"]);
    assert_eq!(human.code, 0, "{}{}", human.out, human.err);
    for line in [
        "passed over a  a.clnrm.toml · unchanged since it passed",
        "passed over c  c.clnrm.toml.tera · unchanged since it passed",
        "1 test · 1 passed · 2 unchanged since they passed · ",
    ] {
        assert!(human.out.contains(line), "{line}\n{}", human.out);
    }

    let human = project.run(&["run", "--changed"]);
    assert_eq!(human.code, 0);
    assert!(
        human
            .out
            .contains("0 tests · 3 unchanged since they passed"),
        "{}",
        human.out
    );

    // An include changes, although not what comes of it.
    project.write("part.toml", "# two\n");
    let (ran, _, run) = changed(&project, &[]);
    assert_eq!((ran, run.code), (vec!["c".into()], 0));

    let dry = project.run(&["run", "--changed", "--dry-run"]);
    assert!(
        dry.out
            .contains("0 tests would run · 3 unchanged since they passed"),
        "{}",
        dry.out
    );
}

#[test]
fn variables_images_and_mounted_files_are_a_part_of_a_test() {
    if !is_there() {
        return;
    }
    let tag = format!("clnrm-test-changed:{}", std::process::id());
    docker(&["tag", "alpine:3.20", &tag]);
    let mounted = test("mounted", "alpine:3.20", "cat /data/words")
        .replace("[[scenario]]", "volumes = [\"./data:/data\"]\n[[scenario]]");
    let project = Project::new(&[
        ("image.clnrm.toml", &test("image", &tag, "true")),
        ("mounted.clnrm.toml", &mounted),
        ("data/words", "one\n"),
        (
            "var.clnrm.toml.tera",
            &test("var", "alpine:3.20", "echo {{ word }}"),
        ),
    ]);
    let all = |word: &str| changed(&project, &["--var", &format!("word={word}")]).0;
    assert_eq!(all("a"), ["image", "mounted", "var"]);
    assert!(all("a").is_empty());
    assert_eq!(all("b"), ["var"]);
    project.write("data/words", "two\n");
    assert_eq!(all("b"), ["mounted"]);
    // Another image of the same name.
    let container = docker(&["create", "alpine:3.20"]);
    docker(&["commit", &container, &tag]);
    docker(&["rm", &container]);
    assert_eq!(all("b"), ["image"]);
    assert!(all("b").is_empty());
    docker(&["rmi", &tag]);
}

#[test]
fn what_the_clock_decides_is_always_run() {
    if !is_there() {
        return;
    }
    let text = test("clock", "alpine:3.20", "true").replace(
        "[service.box]",
        "description = \"{{ now_rfc3339() | truncate(length=2, end='') }}\"\n[service.box]",
    );
    let project = Project::new(&[("clock.clnrm.toml.tera", &text)]);
    for _ in 0..2 {
        assert_eq!(changed(&project, &[]).0, ["clock"]);
    }
}

#[test]
fn a_broken_memory_means_that_everything_runs_and_is_said() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[("a.clnrm.toml", &test("a", "alpine:3.20", "true"))]);
    assert_eq!(project.run(&["run"]).code, 0);
    for broken in ["{", "{\"version\": 99, \"tests\": {}}"] {
        project.write(".clnrm/passed.json", broken);
        let (ran, _, run) = changed(&project, &[]);
        assert_eq!((ran, run.code), (vec!["a".into()], 0));
        assert!(
            run.err.contains("so everything runs"),
            "{broken}: {}",
            run.err
        );
        let (ran, _, run) = changed(&project, &[]);
        assert!(ran.is_empty() && run.err.is_empty(), "{}", run.err);
    }
}

#[test]
fn all_reports_name_what_was_passed_over() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[("a.clnrm.toml", &test("a", "alpine:3.20", "true"))]);
    assert_eq!(project.run(&["run"]).code, 0);
    let tap = project.run(&[
        "run",
        "--changed",
        "--format",
        "tap",
        "--report-junit",
        "j.xml",
        "--report-html",
        "h.html",
    ]);
    assert_eq!(
        tap.out,
        "TAP version 14\n1..1\nok 1 - a # SKIP unchanged since it passed\n"
    );
    let junit = std::fs::read_to_string(project.join("j.xml")).unwrap();
    assert!(
        junit.contains("<skipped message=\"unchanged since it passed\"/>"),
        "{junit}"
    );
    let page = std::fs::read_to_string(project.join("h.html")).unwrap();
    assert!(
        page.contains("<li>a <code>a.clnrm.toml</code></li>"),
        "{page}"
    );
    let github = project.run(&["run", "--changed", "--format", "github"]);
    assert!(
        github.out.contains("passed over a  a.clnrm.toml"),
        "{}",
        github.out
    );
}
