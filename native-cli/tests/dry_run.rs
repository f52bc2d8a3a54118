//! `clnrm dry-run` as its users meet it: exit codes, reports, frames, inputs of every kind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Stdio;

use support::{BAD, GOOD, Project, Run, command_in};

/// Frames with the times taken out.
fn timeless(text: &str) -> String {
    let mut settings = String::new();
    for line in text.lines() {
        let line = match line.rsplit_once(" · ") {
            Some((rest, time)) if time.ends_with(" ms") || time.ends_with(" s") => {
                format!("{rest} · [time]")
            }
            _ => line.to_owned(),
        };
        settings.push_str(&line);
        settings.push('\n');
    }
    settings
}

#[test]
fn valid_files_are_quiet_and_end_well() {
    let project = Project::new(&[("tests/good.clnrm.toml", GOOD)]);
    let run = project.run(&["dry-run"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert_eq!(timeless(&run.out), "1 file · 1 ok · [time]\n");
}

#[test]
fn an_invalid_file_is_framed() {
    let project = Project::new(&[("tests/bad.clnrm.toml", BAD)]);
    let run = project.run(&["dry-run", "tests"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    insta::assert_snapshot!(timeless(&run.out), @r#"
    error[X101]: service `bax` is not declared
       ╭─▸ tests/bad.clnrm.toml:10:11
    10 │ service = "bax"
       │           ━━━━━ no such service
       ╰─ help: did you mean `box`?

    1 file · 1 failed · 1 error · [time]
    "#);
}

#[test]
fn aliases_do_the_same() {
    let project = Project::new(&[("bad.clnrm.toml", BAD)]);
    for alias in ["validate", "check"] {
        assert_eq!(project.run(&[alias]).code, 1, "{alias}");
    }
}

#[test]
fn a_fault_of_an_import_is_shown_where_it_was_written() {
    let project = Project::new(&[
        (
            "tests/_own.toml.tera",
            "{% macro service(id, image) %}\n[service.{{ id }}]\nplugin = \"generic_container\"\nimge = \"{{ image }}\"\nimage = \"{{ image }}\"\n{% endmacro service %}\n",
        ),
        (
            "tests/api.clnrm.toml.tera",
            "{% import \"_own.toml.tera\" as own %}\n[meta]\nname = \"api\"\n\n{{ own::service(id=\"api\", image=\"registry/api:1.0.0\") }}\n\n[[scenario]]\nname = \"a\"\nservice = \"api\"\nrun = \"true\"\n",
        ),
    ]);
    let run = project.run(&["dry-run"]);
    assert_eq!(run.code, 0, "a warning: {}", run.out);
    insta::assert_snapshot!(timeless(&run.out), @r#"
    warning[C103]: unknown field `imge` in [service.api]
      ╭─▸ tests/_own.toml.tera:4:1  (called at tests/api.clnrm.toml.tera:5:4)
    4 │ imge = "{{ image }}"
      │ ━━━━ not a field of a service
      ╰─ rendered line 7: imge = "registry/api:1.0.0"
      help: did you mean `image`?

    1 file · 1 ok · 1 warning · [time]
    "#);
}

#[test]
fn json_is_one_document_and_nothing_else() {
    let project = Project::new(&[("b/bad.clnrm.toml", BAD), ("a/good.clnrm.toml", GOOD)]);
    let run = project.run(&["dry-run", "--format", "json"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let report = run.json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["summary"]["files"], 2);
    assert_eq!(report["summary"]["invalid"], 1);
    let paths: Vec<_> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        paths,
        ["a/good.clnrm.toml", "b/bad.clnrm.toml"],
        "in path order"
    );
    let fault = &report["files"][1]["diagnostics"][0];
    assert_eq!(fault["code"], "X101");
    assert_eq!(fault["primary"]["file"], "b/bad.clnrm.toml");
    assert_eq!(fault["primary"]["start"]["line"], 10);
    for key in [
        "name", "severity", "mapping", "rendered", "related", "help", "fix",
    ] {
        assert!(fault.get(key).is_some(), "{key} is never left out");
    }
    assert_eq!(
        report["files"][0]["template_digest"]
            .as_str()
            .unwrap()
            .len(),
        64
    );
}

#[test]
fn the_same_files_make_the_same_report() {
    let project = Project::new(&[]);
    for index in 0..40 {
        project.write(
            &format!("t/{index}.clnrm.toml"),
            if index % 3 == 0 { BAD } else { GOOD },
        );
    }
    let strip = |run: Run| {
        let mut report = run.json();
        report["summary"]["duration_us"] = 0.into();
        for file in report["files"].as_array_mut().unwrap() {
            file["timings_us"] = serde_json::Value::Null;
            file["cached"] = false.into();
        }
        report["summary"]["cached"] = 0.into();
        report
    };
    let one = strip(project.run(&["dry-run", "--format", "json", "--jobs", "1"]));
    let many = strip(project.run(&["dry-run", "--format", "json", "--jobs", "4"]));
    assert_eq!(one, many);
}

#[test]
fn levels_bound_what_is_judged() {
    let project = Project::new(&[("bad.clnrm.toml", BAD)]);
    assert_eq!(project.run(&["dry-run", "--level", "semantic"]).code, 0);
    assert_eq!(project.run(&["dry-run", "--level", "syntax"]).code, 0);
    assert_eq!(project.run(&["dry-run", "--level", "structure"]).code, 1);
}

#[test]
fn a_path_that_does_not_exist_does_not_stop_the_others() {
    let project = Project::new(&[("good.clnrm.toml", GOOD)]);
    let run = project.run(&["dry-run", "goood.clnrm.toml", "."]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("error[F101]"), "{}", run.out);
    assert!(
        run.out.contains("did you mean `good.clnrm.toml`?"),
        "{}",
        run.out
    );
    assert!(run.out.contains("2 files · 1 ok · 1 failed"), "{}", run.out);
    let run = project.run(&["dry-run", "--format=json", "gone.clnrm.toml", "."]);
    assert_eq!((run.code, run.codes(0)), (2, vec!["F101".to_owned()]));
}

#[test]
fn nothing_found_says_what_was_looked_for() {
    let project = Project::new(&[("readme.md", "")]);
    let run = project.run(&["dry-run"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    for word in ["*.clnrm.toml", "clnrm init"] {
        assert!(run.err.contains(word), "{}", run.err);
    }
    let run = project.run(&["dry-run", "--format", "json"]);
    assert_eq!(run.code, 2);
    assert_eq!(run.json()["summary"]["files"], 0);
}

#[test]
fn standard_input_is_a_file() {
    let project = Project::new(&[("clnrm.toml", "")]);
    let run = project.run_with_input(&["dry-run", "-"], GOOD);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let run = project.run_with_input(&["dry-run", "-", "--format", "json"], BAD);
    assert_eq!(run.json()["files"][0]["path"], "<stdin>");
    assert_eq!(run.code, 1);
    let run = project.run_with_input(
        &["dry-run", "-", "--stdin-name", "t/x.clnrm.toml.tera"],
        "[meta]\nname = \"{{ nothing }}\"\n",
    );
    assert!(run.out.contains("t/x.clnrm.toml.tera:2:"), "{}", run.out);
    assert!(run.out.contains("error[T102]"), "{}", run.out);
}

#[test]
fn bytes_that_are_no_text() {
    let project = Project::new(&[]);
    project.write("latin.clnrm.toml", b"[meta]\nname = \"caf\xe9\"\n");
    let run = project.run(&["dry-run"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[S103]"), "{}", run.out);
    assert!(run.out.contains("offset 18"), "{}", run.out);
    assert!(run.out.contains("latin.clnrm.toml:2:12"), "{}", run.out);
    project.write("latin.clnrm.toml", b"\xff\xfea\0");
    assert!(project.run(&["dry-run"]).out.contains("UTF-16"));
}

#[test]
fn a_byte_order_mark_and_crlf_are_fine() {
    let project = Project::new(&[]);
    let windows = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
    project.write("win.clnrm.toml", &windows);
    let run = project.run(&["dry-run"]);
    assert_eq!(run.code, 0, "{}", run.out);
    project.write("win.clnrm.toml", windows.replace("\"box\"", "\"bax\""));
    let report = project.run(&["dry-run", "--format", "json"]).json();
    let faults = report["files"][0]["diagnostics"].as_array().unwrap();
    let fault = faults.iter().find(|fault| fault["code"] == "X101").unwrap();
    assert_eq!(fault["primary"]["start"]["line"], 10);
    assert_eq!(fault["primary"]["start"]["column"], 11);
}

#[test]
fn an_empty_file_is_judged() {
    let project = Project::new(&[("empty.clnrm.toml", "")]);
    let run = project.run(&["dry-run"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("empty.clnrm.toml:1:1"), "{}", run.out);
}

#[test]
fn a_file_of_ten_megabytes_is_refused_at_once() {
    let project = Project::new(&[]);
    project.write("big.clnrm.toml", vec![b'#'; 10 << 20]);
    let run = project.run(&["dry-run"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[T109]"), "{}", run.out);
    assert!(
        run.out.contains("10 MiB") && run.out.contains("1 MiB"),
        "{}",
        run.out
    );
}

#[test]
fn a_folder_named_like_a_test() {
    let project = Project::new(&[("x.clnrm.toml/in.clnrm.toml", GOOD)]);
    let run = project.run(&["dry-run", "--format", "json"]);
    assert_eq!(run.code, 2);
    assert_eq!(run.codes(0), ["F103"]);
    assert_eq!(
        run.json()["summary"]["valid"],
        1,
        "what it holds is checked"
    );
    assert_eq!(project.run(&["dry-run", "x.clnrm.toml/"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_to_itself() {
    let project = Project::new(&[]);
    std::os::unix::fs::symlink("a.clnrm.toml", project.join("a.clnrm.toml")).unwrap();
    let run = project.run(&["dry-run", "--format", "json"]);
    assert_eq!((run.code, run.codes(0)), (2, vec!["F105".to_owned()]));
}

#[cfg(unix)]
#[test]
fn a_file_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(&[("a.clnrm.toml", GOOD)]);
    let path = project.join("a.clnrm.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        return; // The superuser may read everything.
    }
    let run = project.run(&["dry-run", "--format", "json"]);
    assert_eq!((run.code, run.codes(0)), (2, vec!["F102".to_owned()]));
}

#[test]
fn something_else_is_skipped_unless_it_is_named() {
    let cargo = "[package]\nname = \"x\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
    let project = Project::new(&[("good.clnrm.toml", GOOD), ("other.clnrm.toml", cargo)]);
    let run = project.run(&["dry-run", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(run.json()["skipped"][0]["path"], "other.clnrm.toml");
    let run = project.run(&["dry-run", "--format", "json", "other.clnrm.toml"]);
    assert_eq!((run.code, run.codes(0)), (2, vec!["F104".to_owned()]));
}

#[test]
fn weights_are_the_users() {
    let odd = GOOD.replace("image =", "imge = 1\nimage =");
    let project = Project::new(&[("a.clnrm.toml", &odd)]);
    assert_eq!(project.run(&["dry-run"]).code, 0);
    assert_eq!(project.run(&["dry-run", "--deny-warnings"]).code, 1);
    assert_eq!(project.run(&["dry-run", "--deny", "unknown-field"]).code, 1);
    let run = project.run(&["dry-run", "--allow", "C103"]);
    assert_eq!(run.code, 0);
    assert!(run.out.contains("1 allowed"), "{}", run.out);
    let run = project.run(&["dry-run", "--allow", "X101"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("cannot hide an error"), "{}", run.err);
}

#[test]
fn variables_by_argument_and_file() {
    let template = "[meta]\nname = \"{{ who }}\"\n[vars]\nn = {{ n }}\n[[steps]]\nname = \"a\"\ncommand = [\"true\"]\n";
    let project = Project::new(&[
        ("a.clnrm.toml.tera", template),
        ("vars.toml", "who = \"toml\"\nn = 3\n"),
        ("vars.json", "{\"who\": \"json\", \"n\": 4}"),
    ]);
    assert_eq!(project.run(&["dry-run"]).code, 1, "not set");
    for given in [
        &["--var", "who=me", "--var", "n:=1"][..],
        &["--vars-file", "vars.toml"],
        &["--vars-file", "vars.json"],
    ] {
        let run = project.run(&[&["dry-run"], given].concat());
        assert_eq!(run.code, 0, "{given:?} {}{}", run.out, run.err);
    }
    let run = project.run(&["dry-run", "--vars-file", "none.toml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("none.toml"), "{}", run.err);
    project.write("vars.json", "{\"who\": }");
    assert_eq!(
        project.run(&["dry-run", "--vars-file", "vars.json"]).code,
        2
    );
}

#[test]
fn a_project_file_that_is_wrong_stops_the_command() {
    let project = Project::new(&[
        ("clnrm.toml", "[cache]\nmax_entries = \"many\"\n"),
        ("t/good.clnrm.toml", GOOD),
    ]);
    let run = project.run(&["dry-run"]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.err.contains("clnrm.toml:2:15"), "{}", run.err);
    project.write("other.toml", "[vars]\nx = 1\n");
    assert_eq!(project.run(&["dry-run", "--config", "other.toml"]).code, 0);
    assert_eq!(project.run(&["dry-run", "--config", "none.toml"]).code, 2);
}

#[test]
fn arguments_that_make_no_sense_say_what_would() {
    let project = Project::new(&[("good.clnrm.toml", GOOD)]);
    for (arguments, word) in [
        (&["dry-run", "--var", "x"][..], "name=value"),
        (&["dry-run", "--var", "x:={"], "JSON"),
        (&["dry-run", "--allow", "C999"], "clnrm explain"),
        (&["dry-run", "--freeze-clock", "noon"], "RFC 3339"),
        (&["dry-run", "--matrix", "os"], "name=value"),
        (&["dry-run", "--profile", "cii"], "ci"),
        (&["dry-run", "--lvel", "syntax"], "--level"),
        (&["dry-run", "--jobs", "0"], "--jobs"),
        (&["watch", "-"], "clnrm dry-run -"),
    ] {
        let run = project.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert_eq!(run.out, "");
        assert!(run.err.contains(word), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_panic() {
    let project = Project::new(&[]);
    for index in 0..300 {
        project.write(&format!("{index}.clnrm.toml"), BAD);
    }
    let mut child = project
        .command(["dry-run"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn statistics_go_to_standard_error() {
    let project = Project::new(&[("good.clnrm.toml", GOOD)]);
    let run = project.run(&["dry-run", "--stats", "--format", "json"]);
    assert_eq!(run.json()["summary"]["files"], 1);
    assert!(
        run.err.contains("render") && run.err.contains("p95"),
        "{}",
        run.err
    );
}

#[test]
fn colour_only_when_it_is_asked_for() {
    let project = Project::new(&[("bad.clnrm.toml", BAD)]);
    assert!(!project.run(&["dry-run"]).out.contains('\x1b'));
    assert!(
        project
            .run(&["dry-run", "--color", "always"])
            .out
            .contains('\x1b')
    );
    let forced = |name: &str| {
        let output = project
            .command(["dry-run"])
            .env("CLICOLOR_FORCE", "1")
            .env(name, "1")
            .output()
            .unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(forced("X"));
    assert!(!forced("NO_COLOR"));
}

#[test]
fn every_command_has_examples() {
    let project = Project::new(&[]);
    for command in [
        "init",
        "dry-run",
        "render",
        "watch",
        "explain",
        "completions",
    ] {
        let run = project.run(&[command, "--help"]);
        assert_eq!(run.code, 0);
        assert!(run.out.contains("Examples:"), "{command}");
    }
    assert!(project.run(&["--help"]).out.contains("Examples:"));
    assert!(project.run(&["--version"]).out.starts_with("clnrm "));
    assert_eq!(project.run(&[]).code, 2);
}

#[test]
fn paths_of_the_project_file_are_meant_from_its_folder_and_told_when_no_file_has_them() {
    let floating = GOOD.replace("alpine:3.20", "alpine:latest");
    let project = Project::new(&[
        (
            "clnrm.toml",
            "[lint]\nallow = [{ path = \"tests/**\", codes = [\"C119\"] }, { path = \"old/*\", codes = [\"C119\"] }]\n",
        ),
        ("tests/deep/a.clnrm.toml", &floating),
    ]);
    for folder in ["", "tests", "tests/deep"] {
        let output = command_in(&project.join(folder), ["dry-run"]).output();
        let run = Run::of(output.unwrap());
        assert_eq!(run.code, 0);
        assert!(
            run.out.contains("1 ok · 1 allowed"),
            "{folder}: {}",
            run.out
        );
        // Only where all files are looked at.
        let told = run.err.contains("no test file is `old/*`");
        assert_eq!(told, folder.is_empty(), "{folder}: {}", run.err);
        assert!(!run.err.contains("no test file is `tests/**`"));
    }
    assert_eq!(project.run(&["dry-run", "tests"]).err, "");
}

#[test]
fn a_volume_outside_is_left_to_the_run_where_the_project_allows_some() {
    let outside = GOOD.replace("plugin", "volumes = [\"/etc:/x:ro\"]\nplugin");
    let project = Project::new(&[("a.clnrm.toml", &outside)]);
    let run = project.run(&["dry-run", "--format", "json"]);
    assert_eq!(run.codes(0), ["X118"]);
    project.write("clnrm.toml", "[run]\nallow_host_paths = [\"/etc\"]\n");
    let run = project.run(&["dry-run", "--format", "json"]);
    assert_eq!(run.codes(0), [""; 0]);
    assert_eq!(run.json()["summary"]["suppressed"], 1);
}
