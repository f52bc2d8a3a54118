//! The smaller commands: `init`, `render`, `explain`, `completions`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use support::{GOOD, Project};

#[test]
fn a_new_project_passes_as_it_stands() {
    let project = Project::new(&[]);
    let run = project.run(&["init", "shop"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(
        run.out.contains("next: cd shop && clnrm dry-run"),
        "{}",
        run.out
    );
    let run = project.run(&[
        "dry-run",
        "shop",
        "--config",
        "shop/clnrm.toml",
        "--deny-warnings",
    ]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(
        run.out.starts_with("2 files · 2 ok · "),
        "nothing to say: {}",
        run.out
    );
}

#[test]
fn a_new_project_overwrites_nothing_unless_forced() {
    let project = Project::new(&[("tests/hello.clnrm.toml", "mine")]);
    let run = project.run(&["init"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("tests/hello.clnrm.toml") && run.err.contains("--force"),
        "{}",
        run.err
    );
    assert!(!project.join("clnrm.toml").exists(), "all or nothing");
    assert_eq!(
        std::fs::read_to_string(project.join("tests/hello.clnrm.toml")).unwrap(),
        "mine"
    );
    assert_eq!(project.run(&["init", "--force"]).code, 0);
    assert_eq!(project.run(&["dry-run"]).code, 0);
}

#[test]
fn render_prints_the_text_and_nothing_else() {
    let project = Project::new(&[(
        "t.tera",
        "a\n{{ x }}\n{% for i in [1, 2] %}{{ i }}\n{% endfor %}no newline",
    )]);
    let run = project.run(&["render", "t.tera", "--var", "x=1"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(run.out, "a\n1\n1\n2\nno newline");
    let run = project.run_with_input(&["render", "-", "--stdin-name", "s.tera"], "{{ 1 + 1 }}\n");
    assert_eq!(run.out, "2\n");
}

#[test]
fn render_shows_where_lines_come_from() {
    let project = Project::new(&[
        ("t.tera", "a\n{% include \"p.tera\" %}\nz\n"),
        ("p.tera", "b\nc"),
    ]);
    let run = project.run(&["render", "t.tera", "--map"]);
    insta::assert_snapshot!(run.out, @r"
    t.tera:1 │ a
    p.tera:1 │ b
    p.tera:2 │ c
    t.tera:3 │ z
    ");
}

#[test]
fn render_shows_variables_and_where_they_come_from() {
    let project = Project::new(&[
        ("t.tera", "{{ svc }} {{ x }}\n"),
        ("clnrm.toml", "[vars]\nsvc = \"shop\"\n"),
    ]);
    let run = project.run(&["render", "t.tera", "--show-vars", "--var", "x=1"]);
    insta::assert_snapshot!(run.out, @r#"
    endpoint      "http://localhost:4318"  default
    env           "ci"                     default
    exporter      "otlp"                   default
    freeze_clock  "2025-01-01T00:00:00Z"   default
    image         "registry/clnrm:1.0.0"   default
    svc           "shop"                   clnrm.toml
    token         ""                       default
    x             "1"                      --var
    "#);
}

#[test]
fn what_does_not_render_is_shown_on_standard_error() {
    let project = Project::new(&[("t.tera", "ok\n{{ nothing }}\n")]);
    let run = project.run(&["render", "t.tera"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(
        run.err.contains("error[T102]") && run.err.contains("t.tera:2:"),
        "{}",
        run.err
    );
    let run = project.run(&["render", "none.tera"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`none.tera`"), "{}", run.err);
}

#[test]
fn a_folder_cannot_be_rendered() {
    let project = Project::new(&[("tests/t.tera", "")]);
    for name in ["tests", "tests/"] {
        let run = project.run(&["render", name]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        let told = "cannot read `tests`: it is a folder; name one file in it";
        assert!(run.err.contains(told), "{}", run.err);
    }
}

#[test]
fn every_code_has_a_page() {
    let project = Project::new(&[]);
    let by_code = project.run(&["explain", "c103"]);
    let by_name = project.run(&["explain", "unknown-field"]);
    assert_eq!(
        (by_code.code, by_code.out.as_str()),
        (0, by_name.out.as_str())
    );
    assert!(by_code.out.contains("C103"), "{}", by_code.out);
    let list = project.run(&["explain"]);
    for code in clnrm_core::diagnostic::Code::ALL {
        assert!(list.out.contains(code.as_str()), "{code}");
        assert!(
            project.run(&["explain", code.as_str()]).out.len() > 80,
            "{code}"
        );
    }
    let wrong = project.run(&["explain", "C999"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
}

#[test]
fn completions_know_the_commands() {
    let project = Project::new(&[("a.clnrm.toml", GOOD)]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = project.run(&["completions", shell]);
        assert_eq!(run.code, 0);
        assert!(run.out.contains("dry-run"), "{shell}");
    }
}
