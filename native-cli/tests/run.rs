//! `clnrm run` against a real engine: what a user sees, and that nothing is left behind.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/ending.rs"]
mod ending;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/judged.rs"]
mod judged;
mod support;

use std::process::{Child, Stdio};

use engine::{docker, is_there, left, processes, session, signal, wait_until};
use judged::{codes, run_with as run};
use serde_json::Value;
use support::Project;

fn message(json: &Value) -> &str {
    json["tests"][0]["problems"][0]["message"].as_str().unwrap()
}

/// The line of the first problem.
fn line(json: &Value) -> i64 {
    json["tests"][0]["problems"][0]["primary"]["start"]["line"]
        .as_i64()
        .unwrap()
}

const HEAD: &str = "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\n";

/// One scenario in one box: the scenario's table begins in line 5, its settings in line 7.
fn with(scenario: &str) -> String {
    format!("{HEAD}[[scenario]]\nname = \"s\"\n{scenario}\n")
}

#[test]
fn a_green_test_is_green_and_says_what_it_did() {
    if !is_there() {
        return;
    }
    let text = with("run = \"echo hello; echo oops >&2\"\nexpected_output_regex = \"^hello$\"");
    let (run, json) = run("green.clnrm.toml", &text, &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let test = &json["tests"][0];
    assert_eq!(test["verdict"], "passed");
    let step = &test["scenarios"][0]["steps"][0];
    assert_eq!(step["exit_code"], 0);
    assert_eq!(
        (step["stdout"].as_str(), step["stderr"].as_str()),
        (Some("hello"), Some("oops"))
    );
    assert_eq!(json["summary"]["passed"], 1);
}

#[test]
fn a_fault_is_shown_in_the_template_that_the_author_wrote() {
    if !is_there() {
        return;
    }
    let file = "templated.clnrm.toml.tera";
    let text = "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\n{% for n in [0, 3] %}[[scenario]]\nname = \"n{{ n }}\"\nrun = \"exit {{ n }}\"\n{% endfor %}";
    let (run, json) = run(file, text, &[]);
    assert_eq!(run.code, 1);
    assert_eq!(codes(&json), ["R103"]);
    assert_eq!(message(&json), "the command ended with exit code 3");
    assert_eq!(line(&json), 7);
}

#[test]
fn a_command_that_ignores_every_signal_is_killed_and_the_rest_goes_on() {
    if !is_there() {
        return;
    }
    let text = format!(
        "{}[[scenario]]\nname = \"after\"\nrun = \"ps\"\nexpected_output_regex_not = \"sleep 777\"\n",
        with("timeout = \"1s\"\nrun = \"trap '' TERM INT HUP; echo on; sleep 777\"")
    );
    let (run, json) = run("hangs.clnrm.toml", &text, &[]);
    assert_eq!(run.code, 1);
    assert_eq!(codes(&json), ["R105"]);
    assert_eq!(line(&json), 7, "the limit is the place");
    let scenarios = &json["tests"][0]["scenarios"];
    assert_eq!(scenarios[0]["steps"][0]["timed_out"], true);
    assert_eq!(scenarios[0]["steps"][0]["stdout"], "on");
    assert_eq!(scenarios[1]["verdict"], "passed");
}

#[test]
fn a_background_child_does_not_hold_a_step_up() {
    if !is_there() {
        return;
    }
    let text = with(
        "timeout = \"20s\"\nrun = \"sleep 300 & echo done\"\nexpected_output_contains = \"done\"",
    );
    let (run, _) = run("background.clnrm.toml", &text, &[]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn services_that_do_not_come_up_fail_at_once_with_their_log() {
    if !is_there() {
        return;
    }
    let service = |more: &str| {
        format!(
            "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\n{more}\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"true\"\n"
        )
    };
    let dies =
        service("args = [\"sh\", \"-c\", \"echo last words; exit 7\"]\nwait_for = { port = 80 }");
    let (one, json) = run("dies.clnrm.toml", &dies, &[]);
    assert_eq!((one.code, codes(&json)), (1, vec!["R107"]));
    assert!(message(&json).contains("exit code 7"), "{}", message(&json));
    assert_eq!(
        json["tests"][0]["problems"][0]["excerpts"][0]["lines"][0],
        "last words"
    );

    let quiet = service("args = [\"sh\", \"-c\", \"exit 7\"]");
    let (_, json) = run("dies-later.clnrm.toml", &quiet, &[]);
    assert_eq!(codes(&json)[0], "R107");

    let unwell = service(
        "health_check = { cmd = [\"sh\", \"-c\", \"echo unwell; exit 1\"], interval = \"50ms\", retries = 2 }",
    );
    let (_, json) = run("unwell.clnrm.toml", &unwell, &[]);
    assert_eq!(codes(&json), ["R107"]);
    assert!(
        json["tests"][0]["problems"][0]["excerpts"][0]["lines"]
            .to_string()
            .contains("unwell")
    );

    let silent =
        service("args = [\"sleep\", \"100\"]\nwait_for = { log = \"ready\", timeout = \"1s\" }");
    let (_, json) = run("silent.clnrm.toml", &silent, &[]);
    assert_eq!(codes(&json), ["R107"]);
    assert_eq!(
        message(&json),
        "`box` was not ready after 1s: its log does not show `ready`"
    );
}

#[test]
fn a_command_is_not_blamed_for_a_container_that_ends_just_then() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[]);
    let count = ending::write(&project);
    let run = project.run(&["run", "--format", "json", "."]);
    ending::none_is_blamed(&run.json(), count);
}

#[test]
fn readiness_by_log_port_http_and_health_check() {
    if !is_there() {
        return;
    }
    let text = "[meta]\nname = \"t\"\n\
        [service.web]\nimage = \"alpine:3.20\"\n\
        args = [\"sh\", \"-c\", \"sleep 0.3; mkdir /w; echo hi > /w/health; echo one; echo ready; exec httpd -f -p 8080 -h /w\"]\n\
        health_check = { cmd = [\"wget\", \"-q\", \"-O-\", \"http://127.0.0.1:8080/health\"], interval = \"50ms\" }\n\
        wait_for = { log = \"ready\", port = 8080, http = \"http://localhost:8080/health\", timeout = \"20s\" }\n\
        [service.client]\nimage = \"alpine:3.20\"\ndepends_on = [\"web\"]\n\
        [[scenario]]\nname = \"by name\"\nservice = \"client\"\nrun = \"wget -q -O- http://web:8080/health\"\nexpected_output_contains = \"hi\"\n\
        [[scenario]]\nname = \"no service of its own\"\nrun = \"wget -q -O- http://web:8080/health\"\nexpected_output_contains = \"hi\"\n";
    let (run, _) = run("ready.clnrm.toml", text, &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn what_cannot_be_started_has_one_clear_diagnostic() {
    if !is_there() {
        return;
    }
    let of = |service: &str| {
        format!(
            "[meta]\nname = \"t\"\n[service.box]\n{service}\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"true\"\n"
        )
    };
    let (one, json) = run(
        "no-image.clnrm.toml",
        &of("image = \"nobody/has-this:1\"\npull = \"never\""),
        &[],
    );
    assert_eq!((one.code, codes(&json), line(&json)), (1, vec!["R102"], 4));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let text = of(&format!("image = \"alpine:3.20\"\nports = [\"{port}:80\"]"));
    let (_, json) = run("taken-port.clnrm.toml", &text, &[]);
    assert_eq!((codes(&json), line(&json)), (vec!["R110"], 5));
    assert!(
        message(&json).contains(&port.to_string()),
        "{}",
        message(&json)
    );

    let (_, json) = run(
        "no-program.clnrm.toml",
        &of("image = \"alpine:3.20\"\nargs = [\"/no/such\"]"),
        &[],
    );
    assert_eq!((codes(&json), line(&json)), (vec!["R110"], 5));

    let outside = of("image = \"alpine:3.20\"\nvolumes = [\"../..:/data\"]");
    let (_, json) = run("outside.clnrm.toml", &outside, &[]);
    assert_eq!(codes(&json), ["R110"]);
    assert!(
        message(&json).contains("leaves the folder"),
        "{}",
        message(&json)
    );
}

#[test]
fn a_gigabyte_without_a_line_break_costs_little_memory() {
    if !is_there() {
        return;
    }
    let file = "gigabyte.clnrm.toml";
    let text = with("run = \"dd if=/dev/zero bs=1M count=1024 2>/dev/null\"");
    let project = Project::new(&[(file, &text)]);
    let clnrm = env!("CARGO_BIN_EXE_clnrm");
    // Less address space than the output has bytes.
    let limited = format!("ulimit -v 900000; exec {clnrm} run --format json {file}");
    let output = std::process::Command::new("sh")
        .args(["-c", &limited])
        .current_dir(project.path())
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(left(file), "");
}

#[test]
fn broken_utf8_and_escape_codes_neither_stop_a_run_nor_reach_the_terminal() {
    if !is_there() {
        return;
    }
    let file = "hostile.clnrm.toml";
    let project = Project::new(&[(
        file,
        &with(r#"run = 'printf "\377\033[31mred\a\n"; exit 1'"#),
    )]);
    let run = project.run(&["run", file]);
    assert_eq!(run.code, 1);
    assert!(
        !run.out.contains('\u{1b}') && !run.out.contains('\u{7}'),
        "{:?}",
        run.out
    );
    assert!(run.out.contains("red"), "{}", run.out);
}

#[test]
fn no_memory_left_is_said_to_be_that() {
    if !is_there() {
        return;
    }
    let text = "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\nlimits = { memory = \"16MiB\" }\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = [\"dd\", \"if=/dev/zero\", \"of=/dev/null\", \"bs=64M\", \"count=1\"]\n";
    let (run, json) = run("memory.clnrm.toml", text, &[]);
    assert_eq!(
        (run.code, codes(&json), line(&json)),
        (1, vec!["R106"], 5),
        "{}",
        run.out
    );
}

#[test]
fn a_failure_on_purpose_must_be_one() {
    if !is_there() {
        return;
    }
    let (one, _) = run(
        "fails.clnrm.toml",
        &with("run = \"exit 4\"\nexpect_failure = true"),
        &[],
    );
    assert_eq!(one.code, 0, "{}", one.out);
    for (file, command) in [
        ("fails-not.clnrm.toml", "true"),
        ("fails-typo.clnrm.toml", "no-such-program"),
    ] {
        let (one, json) = run(
            file,
            &with(&format!("run = \"{command}\"\nexpect_failure = true")),
            &[],
        );
        assert_eq!((one.code, codes(&json)), (1, vec!["R103"]), "{command}");
    }
    let hangs = with("run = \"sleep 100\"\ntimeout = \"500ms\"\nexpect_failure = true");
    let (_, json) = run("fails-hanging.clnrm.toml", &hangs, &[]);
    assert_eq!(codes(&json), ["R105"]);
    let wrong =
        with("run = \"echo a; exit 1\"\nexpected_output_contains = \"b\"\nexpect_failure = true");
    let (_, json) = run("fails-words.clnrm.toml", &wrong, &[]);
    assert_eq!(codes(&json), ["R104"]);
}

#[test]
fn steps_retries_environment_and_folders() {
    if !is_there() {
        return;
    }
    let text = with(
        "env = { A = \"1\" }\nsteps = [\n\
         { name = \"env\", command = [\"sh\", \"-c\", \"echo $A$B\"], env = { B = \"2\" }, expected_output_regex = \"^12$\" },\n\
         { name = \"folder\", command = [\"pwd\"], working_dir = \"/tmp\", expected_output_contains = \"/tmp\" },\n\
         { name = \"again\", command = \"echo x >> /tmp/n; test $(wc -l < /tmp/n) -ge 3\", retry = { max_attempts = 5, delay = \"10ms\" } },\n\
         { name = \"no matter\", command = \"false\", continue_on_failure = true },\n\
         { name = \"argv\", command = [\"echo\", \"$A\"], expected_output_contains = \"$A\" },\n]",
    );
    let (_, json) = run("steps.clnrm.toml", &text, &[]);
    let steps = json["tests"][0]["scenarios"][0]["steps"]
        .as_array()
        .unwrap();
    let passed: Vec<bool> = steps
        .iter()
        .map(|step| step["passed"].as_bool().unwrap())
        .collect();
    assert_eq!(passed, [true, true, true, false, true], "{json:#}");
    assert_eq!(steps[2]["attempts"], 3);
    assert_eq!(codes(&json), ["R103"]);
}

#[test]
fn a_scenario_whose_forerunner_failed_is_not_run() {
    if !is_there() {
        return;
    }
    let text = format!(
        "{}[[scenario]]\nname = \"after\"\ndepends_on = [\"s\"]\nrun = \"true\"\n[[scenario]]\nname = \"other\"\nrun = \"true\"\n",
        with("run = \"false\"")
    );
    let (_, json) = run("depends.clnrm.toml", &text, &[]);
    let scenarios = json["tests"][0]["scenarios"].as_array().unwrap();
    let verdicts: Vec<&str> = scenarios
        .iter()
        .map(|one| one["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["failed", "not-run", "passed"]);
}

#[test]
fn each_combination_of_a_matrix_is_a_test() {
    if !is_there() {
        return;
    }
    let file = "matrix.clnrm.toml.tera";
    let text = "[meta]\nname = \"t\"\n[matrix]\ncode = [0, 1]\n[service.box]\nimage = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nrun = \"exit {{ matrix.code }}\"\n";
    let (run, json) = run(file, text, &["--max-concurrent", "2"]);
    assert_eq!(run.code, 1);
    let tests = json["tests"].as_array().unwrap();
    let verdicts: Vec<_> = tests
        .iter()
        .map(|test| (test["matrix"]["code"].as_str(), test["verdict"].as_str()))
        .collect();
    assert_eq!(
        verdicts,
        [(Some("0"), Some("passed")), (Some("1"), Some("failed"))]
    );
}

#[test]
fn a_green_at_the_second_attempt_is_flaky() {
    if !is_there() {
        return;
    }
    let text = "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\nvolumes = [\".:/here\"]\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"echo x >> /here/n; test $(wc -l < /here/n) -ge 2\"\n";
    let (run, json) = run("flaky.clnrm.toml", text, &["--retries", "2"]);
    assert_eq!(run.code, 0);
    let test = &json["tests"][0];
    assert_eq!(
        (&test["flaky"], &test["attempts"]),
        (&Value::from(true), &Value::from(2))
    );
    assert_eq!(json["summary"]["flaky"], 1);
}

#[test]
fn what_could_never_fit_is_said_at_once_and_the_others_run() {
    if !is_there() {
        return;
    }
    let two = format!(
        "{}[service.more]\nimage = \"alpine:3.20\"\n",
        with("service = \"box\"\nrun = \"true\"")
    );
    let project = Project::new(&[
        ("fit/a.clnrm.toml", &two),
        ("fit/b.clnrm.toml", &with("run = \"true\"")),
    ]);
    let run = project.run(&["run", "fit", "--format", "json", "--max-containers", "1"]);
    let json = run.json();
    assert_eq!(codes(&json), ["R109"]);
    assert_eq!(json["tests"][1]["verdict"], "passed");
}

#[test]
fn filters_tags_shards_and_dry_run_choose_tests() {
    let test = |name: &str, tag: &str| {
        format!(
            "[meta]\nname = \"{name}\"\ntags = [\"{tag}\"]\n[service.box]\nimage = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nrun = \"true\"\n"
        )
    };
    let project = Project::new(&[
        ("a.clnrm.toml", &test("pays", "smoke")),
        ("b.clnrm.toml", &test("ships", "slow")),
        ("c.clnrm.toml", &test("packs", "smoke")),
    ]);
    let chosen = |more: &[&str]| {
        let run = project.run(&[&["run", "--dry-run"], more].concat());
        let names = ["pays", "ships", "packs"];
        let found = names
            .iter()
            .filter(|name| run.out.contains(&format!("{name}  ")))
            .copied();
        found.collect::<Vec<_>>()
    };
    assert_eq!(chosen(&["--filter", "p*"]), ["pays", "packs"]);
    assert_eq!(chosen(&["--tag", "slow"]), ["ships"]);
    let mut parts: Vec<&str> = (1..=3)
        .flat_map(|part| chosen(&["--shard", &format!("{part}/3")]))
        .collect();
    parts.sort_unstable();
    assert_eq!(
        parts,
        ["packs", "pays", "ships"],
        "each test is in exactly one part"
    );
    assert_eq!(project.run(&["run", "--filter", "nothing"]).code, 2);
}

#[test]
fn an_invalid_file_runs_nothing() {
    let project = Project::new(&[
        ("a.clnrm.toml", support::BAD),
        ("b.clnrm.toml", support::GOOD),
    ]);
    let run = project.run(&["run", "--engine", "unix:///nowhere.sock"]);
    assert_eq!(run.code, 1, "the engine is not even asked");
    assert!(
        run.out.contains("X101") && run.out.contains("no test was run"),
        "{}",
        run.out
    );
}

#[test]
fn without_an_engine_the_code_is_3_and_what_was_tried_is_listed() {
    let project = Project::new(&[("a.clnrm.toml", support::GOOD)]);
    let run = project.run(&["run", "--engine", "unix:///nowhere.sock"]);
    assert_eq!(run.code, 3);
    assert!(
        run.err.contains("R101")
            && run
                .err
                .contains("unix:///nowhere.sock (--engine): no such socket"),
        "{}",
        run.err
    );
}

/// A run that hangs in its only command.
fn hanging(project: &Project, file: &str) -> Child {
    project.write(file, with("run = \"trap '' TERM INT; sleep 600\""));
    let child = project
        .command(["run", file])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    session(file);
    child
}

#[test]
fn a_signal_cleans_up_and_ends_with_130() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[]);
    for name in ["INT", "TERM", "HUP"] {
        let file = format!("signal-{name}.clnrm.toml");
        let mut child = hanging(&project, &file);
        signal(child.id(), &format!("-{name}"));
        assert_eq!(child.wait().unwrap().code(), Some(130), "{name}");
        assert_eq!(left(&file), "", "{name}");
    }
}

#[test]
fn a_second_signal_leaves_at_once_and_the_rest_is_removed_all_the_same() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[]);
    let file = "twice.clnrm.toml";
    let mut child = hanging(&project, file);
    signal(child.id(), "-INT");
    signal(child.id(), "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    wait_until("all is removed", || left(file).is_empty());
}

#[test]
fn kill_9_leaves_nothing_behind() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[]);
    let file = "killed.clnrm.toml";
    let mut child = hanging(&project, file);
    let run = session(file);
    signal(child.id(), "-KILL");
    child.wait().unwrap();
    wait_until("all is removed", || left(file).is_empty());
    wait_until("the watchdog is gone", || {
        processes(&["__watchdog", &run]).is_empty()
    });
}

#[test]
fn where_the_watchdog_died_too_the_leftovers_are_removed_by_hand() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[]);
    let file = "both-killed.clnrm.toml";
    let mut child = hanging(&project, file);
    let run = session(file);
    // While the run is going on nobody else touches what is its own.
    assert_eq!(project.run(&["clean"]).code, 0);
    assert_ne!(left(file), "");
    for pid in processes(&["__watchdog", &run]) {
        signal(pid, "-KILL");
    }
    signal(child.id(), "-KILL");
    child.wait().unwrap();
    assert_ne!(left(file), "");
    let clean = project.run(&["clean"]);
    assert_eq!(clean.code, 0, "{}", clean.out);
    assert_eq!(left(file), "");
}

#[test]
fn a_kept_world_stands_until_it_is_cleaned() {
    if !is_there() {
        return;
    }
    let file = "kept.clnrm.toml";
    let project = Project::new(&[(file, &with("run = \"false\""))]);
    let run = project.run(&["run", "--keep", "--format", "json", file]);
    assert_eq!(run.code, 1);
    let network = run.json()["tests"][0]["kept"].as_str().unwrap().to_owned();
    assert_eq!(
        docker(&[
            "network",
            "ls",
            "--filter",
            &format!("name={network}"),
            "--format",
            "{{.Name}}"
        ]),
        network
    );
    assert_ne!(left(file), "");
    assert_eq!(project.run(&["clean"]).code, 0);
    assert_eq!(left(file), "");
}

#[test]
fn two_runs_side_by_side_leave_each_other_alone() {
    if !is_there() {
        return;
    }
    let text = with("run = \"sleep 1; echo fine\"\nexpected_output_contains = \"fine\"");
    let project = Project::new(&[("one.clnrm.toml", &text), ("two.clnrm.toml", &text)]);
    let start = |file: &str| {
        project
            .command(["run", file])
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let (mut one, mut two) = (start("one.clnrm.toml"), start("two.clnrm.toml"));
    assert!(one.wait().unwrap().success() && two.wait().unwrap().success());
    assert_eq!(left("one.clnrm.toml") + &left("two.clnrm.toml"), "");
}

#[test]
fn fifty_tests_share_four_containers() {
    if !is_there() {
        return;
    }
    const TESTS: usize = 50;
    let text = with("run = \"true\"");
    let names: Vec<String> = (0..TESTS)
        .map(|number| format!("fifty/{number}.clnrm.toml"))
        .collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, &*text)).collect();
    let project = Project::new(&files);
    let mut child = project
        .command(["run", "fifty", "--max-concurrent", "50"])
        .args(["--max-containers", "4", "--report-json", "report.json"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let all = docker(&["ps", "--format", "{{.Label \"clnrm.test\"}}"]);
        let ours = all.lines().filter(|test| test.starts_with("fifty/"));
        most = most.max(ours.count());
    }
    let report = std::fs::read(project.join("report.json")).unwrap();
    let json: Value = serde_json::from_slice(&report).unwrap();
    assert!(child.wait().unwrap().success(), "{json:#}");
    assert_eq!(json["summary"]["passed"], TESTS);
    assert!((1..=4).contains(&most), "{most} at once");
    let kept = names.iter().find(|name| !left(name).is_empty());
    assert_eq!(kept, None);
}
