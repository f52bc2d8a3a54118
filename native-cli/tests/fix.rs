//! `clnrm dry-run --fix`: what is mended, where, and what is left alone.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::Project;

const OLD: &str = "\
# by hand
[test.metadata]
name = \"old\"   # kept
timeout_seconds = 60

[services.box]
image = \"alpine:3.20\"
environment = { A = \"1\" }

[[steps]]
name = \"x\"
service = \"box\"
command = [\"true\"]
";

fn read(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.join(name)).unwrap()
}

#[test]
fn older_spellings_become_todays_and_nothing_else_changes() {
    let project = Project::new(&[("old.clnrm.toml", OLD)]);
    let run = project.run(&["dry-run", "--fix"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(run.err, "fixed 4 faults in 1 file\n");
    assert!(run.out.starts_with("1 file · 1 ok"), "{}", run.out);
    let expected = OLD
        .replace("[test.metadata]", "[meta]")
        .replace("timeout_seconds = 60", "timeout = \"1m\"")
        .replace("services", "service")
        .replace("environment", "env");
    assert_eq!(read(&project, "old.clnrm.toml"), expected);
    let again = project.run(&["dry-run", "--fix"]);
    assert_eq!((again.code, &*again.err), (0, ""));
    assert_eq!(read(&project, "old.clnrm.toml"), expected);
}

#[test]
fn a_fix_lands_in_the_macro_that_made_the_line() {
    let library = "{% macro box(port) %}[service.box]\nimage = \"alpine:3.20\"\nports = [{{ port }}]\nwait_fr = { port = {{ port }} }\n{% endmacro %}\n";
    let entry = "{% import \"_lib.toml.tera\" as lib %}\n[meta]\nname = \"a\"\n{{ lib::box(port=80) }}\n[[scenario]]\nname = \"a\"\nservice = \"box\"\nrun = \"true\"\n";
    let project = Project::new(&[
        ("_lib.toml.tera", library),
        ("a.clnrm.toml.tera", entry),
        ("b.clnrm.toml.tera", entry),
    ]);
    let run = project.run(&["dry-run", "--fix"]);
    assert_eq!(run.code, 0, "{}", run.out);
    // Both tests tell of the same place.
    assert_eq!(run.err, "fixed 1 fault in 1 file\n");
    assert_eq!(
        read(&project, "_lib.toml.tera"),
        library.replace("wait_fr", "wait_for")
    );
    assert_eq!(read(&project, "a.clnrm.toml.tera"), entry);
}

#[test]
fn what_an_expression_made_is_left_to_its_author() {
    let text = "[meta]\nname = \"a\"\n{% set key = \"imge\" %}\n[service.box]\n{{ key }} = \"alpine:3.20\"\n[[scenario]]\nname = \"a\"\nservice = \"box\"\nrun = \"true\"\n";
    let project = Project::new(&[("a.clnrm.toml.tera", text)]);
    project.run(&["dry-run", "--fix"]);
    assert_eq!(read(&project, "a.clnrm.toml.tera"), text);
}

#[test]
fn names_near_to_what_was_meant_are_put_in_on_request_only() {
    let right = "[meta]\nname = \"a\"\n{% set tag = \"3.20\" %}\n[vars.box]\ncount = 2\n[service.web]\nimage = \"alpine:{{ tag | upper }}\"\ndepends_on = [\"cache\"]\n[service.cache]\nplugin = \"redis\"\n{% for n in range(end=box.count) %}\n[[scenario]]\nname = \"s{{ n }}\"\nservice = \"web\"\nrun = \"true\"\n{% endfor %}\n[[scenario]]\nname = \"last\"\nservice = \"web\"\nrun = \"true\"\ndepends_on = [\"s0\"]\n[[expect.span]]\nname = \"outer\"\n[[expect.span]]\nname = \"inner\"\nparent = \"outer\"\n";
    let mut wrong = right.to_owned();
    for (meant, mistyped) in [
        ("{{ tag |", "{{ tga |"),
        ("| upper", "| uper"),
        ("=box.count", "=box.cuont"),
        ("[\"cache\"]", "[\"cahce\"]"),
        ("\"redis\"", "\"reddis\""),
        ("range(end", "rnage(end"),
        ("{% endfor", "{% enfdor"),
        ("service = \"web\"", "service = \"wbe\""),
        ("parent = \"outer\"", "parent = \"oter\""),
    ] {
        assert!(right.contains(meant), "{meant}");
        wrong = wrong.replace(meant, mistyped);
    }
    let project = Project::new(&[("a.clnrm.toml.tera", &wrong)]);
    let run = project.run(&["dry-run", "--fix"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    // A plugin is one of a few words: that is safe.
    let safe = wrong.replace("reddis", "redis");
    assert_eq!(read(&project, "a.clnrm.toml.tera"), safe);
    let run = project.run(&["dry-run", "--fix", "--unsafe-fixes"]);
    assert_eq!(read(&project, "a.clnrm.toml.tera"), right);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn diff_shows_and_writes_nothing() {
    let project = Project::new(&[("old.clnrm.toml", OLD)]);
    let run = project.run(&["dry-run", "--diff"]);
    assert_eq!(run.code, 0);
    assert!(
        run.out.contains("-[test.metadata]\n+[meta]\n"),
        "{}",
        run.out
    );
    assert_eq!(read(&project, "old.clnrm.toml"), OLD);
}

#[test]
fn what_cannot_be_done_is_said() {
    let project = Project::new(&[("old.clnrm.toml", OLD)]);
    let run = project.run(&["dry-run", "--unsafe-fixes"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--fix"), "{}", run.err);
    let run = project.run_with_input(&["dry-run", "-", "--fix"], OLD);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("standard input"), "{}", run.err);
}
