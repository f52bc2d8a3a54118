//! Spans in `clnrm run`: they arrive from containers, expectations are held against them, and nothing
//! is green that should not be.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/emitting.rs"]
mod emitting;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/judged.rs"]
mod judged;
mod support;

use std::path::Path;

use emitting::SEND;
use engine::{is_there, left};
use judged::{codes, run};
use support::{Project, Run, command_in};

fn test(command: &str, expect: &str) -> String {
    let command = format!("{SEND}{command}");
    format!(
        "[meta]\nname = \"t\"\n[otel]\nexporter = \"otlp\"\n[service.box]\nimage = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = '''{command}'''\n{expect}\n"
    )
}

#[test]
fn expectations_hold_against_what_containers_emit() {
    if !is_there() {
        return;
    }
    let expect = "[[expect.span]]\nname = \"pays\"\nstatus = \"OK\"\n[expect.counts]\nspans_total = { eq = 2 }\nerrors_total = { eq = 0 }\n[expect.hermeticity]\nresource_attrs.must_match = { \"service.name\" = \"shop\" }\nno_external_services = true\n";
    let (code, json) = run("emits.clnrm.toml", &test("send pays; send ships", expect));
    assert_eq!(code, 0, "{json:#}");
    assert_eq!(json["tests"][0]["spans"], 2);
    assert!(json["tests"][0]["checks"].as_array().unwrap().len() >= 3);
}

#[test]
fn each_expectation_broken_alone_turns_the_test_red() {
    if !is_there() {
        return;
    }
    let broken = [
        ("a", "[[expect.span]]\nname = \"refunds\"", "E101"),
        ("b", "[expect.counts]\nspans_total = { eq = 3 }", "E301"),
        ("c", "[expect.status]\nall = \"ERROR\"", "E601"),
        (
            "d",
            "[expect.graph]\nmust_include = [[\"pays\", \"ships\"]]",
            "E201",
        ),
        (
            "e",
            "[expect.hermeticity]\nspan_attrs.forbid_keys = [\"x\"]\nresource_attrs.must_match = { \"service.name\" = \"bank\" }",
            "E702",
        ),
    ];
    for (name, expect, code) in broken {
        let file = format!("broken-{name}.clnrm.toml");
        let (exit, json) = run(&file, &test("send pays; send ships", expect));
        assert_eq!(exit, 1, "{expect}");
        assert!(codes(&json).contains(&code), "{expect}: {:?}", codes(&json));
    }
}

#[test]
fn a_test_that_does_nothing_is_red_whatever_it_prints() {
    if !is_there() {
        return;
    }
    let expect = "[[expect.span]]\nname = \"pays\"\n";
    let (exit, json) = run("nothing.clnrm.toml", &test("true", expect));
    assert_eq!((exit, codes(&json)), (1, vec!["E001"]));
    let (exit, json) = run(
        "words.clnrm.toml",
        &test("echo 'span pays: ok, 1 span exported'", expect),
    );
    assert_eq!((exit, codes(&json)), (1, vec!["E001"]));
}

#[test]
fn the_runners_own_spans_count_only_if_the_file_says_so() {
    if !is_there() {
        return;
    }
    let expect = "[[expect.span]]\nname = \"clnrm.step:run\"\nparent = \"clnrm.scenario:s\"\n";
    let (exit, _) = run("own.clnrm.toml", &test("true", expect));
    assert_eq!(exit, 1);
    let (exit, json) = run(
        "own-too.clnrm.toml",
        &test("true", &format!("{expect}[expect]\nrunner_spans = true\n")),
    );
    assert_eq!(exit, 0, "{json:#}");
}

#[test]
fn spans_that_come_from_elsewhere_do_not_count() {
    if !is_there() {
        return;
    }
    // The host is outside the test's network, whoever runs there.
    let file = "elsewhere.clnrm.toml";
    let text = test(
        "echo $OTEL_EXPORTER_OTLP_ENDPOINT > /here/endpoint; sleep 3",
        "[[expect.span]]\nname = \"pays\"\n",
    )
    .replace(
        "image = \"alpine:3.20\"",
        "image = \"alpine:3.20\"\nvolumes = [\".:/here\"]",
    );
    let project = Project::new(&[(file, &text)]);
    let child = project
        .command(["run", "--format", "json", file])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut endpoint = String::new();
    engine::wait_until("the endpoint", || {
        endpoint = std::fs::read_to_string(project.join("endpoint")).unwrap_or_default();
        endpoint.ends_with('\n')
    });
    let send = format!(
        "OTEL_EXPORTER_OTLP_ENDPOINT={}; {}send pays",
        endpoint.trim(),
        SEND.replace("wget", "busybox wget")
            .replace("hexdump", "busybox hexdump")
    );
    let _ = std::process::Command::new("sh")
        .args(["-c", &send])
        .status()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn a_span_that_is_sent_at_shutdown_still_counts() {
    if !is_there() {
        return;
    }
    let service = format!(
        "args = [\"sh\", \"-c\", '''{SEND}trap 'send goodbye; exit 0' TERM; while true; do sleep 0.1; done''']"
    );
    let text = test("true", "[[expect.span]]\nname = \"goodbye\"\n").replace(
        "image = \"alpine:3.20\"",
        &format!("image = \"alpine:3.20\"\n{service}"),
    );
    let (exit, json) = run("goodbye.clnrm.toml", &text);
    assert_eq!(exit, 0, "{json:#}");
}

#[test]
fn a_service_is_ready_when_its_span_arrived() {
    if !is_there() {
        return;
    }
    let service = |name: &str| {
        format!(
            "args = [\"sh\", \"-c\", '''{SEND}sleep 0.5; send {name}; echo sent > /tmp/sent; sleep 100''']\nwait_for_span = \"up\"\nwait_for_span_timeout = \"3s\""
        )
    };
    let text = |name: &str| {
        test("cat /tmp/sent", "").replace(
            "image = \"alpine:3.20\"",
            &format!("image = \"alpine:3.20\"\n{}", service(name)),
        )
    };
    let (exit, json) = run("span-ready.clnrm.toml", &text("up"));
    assert_eq!(exit, 0, "{json:#}");
    let (exit, json) = run("span-never.clnrm.toml", &text("down"));
    assert_eq!((exit, codes(&json)), (1, vec!["R107"]));
}

#[test]
fn an_export_that_cannot_be_read_makes_the_verdict_red() {
    if !is_there() {
        return;
    }
    let (exit, json) = run(
        "unreadable.clnrm.toml",
        &test(
            "send pays; wget -q -O- --header 'Content-Type: application/json' --post-data '{' $OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces; true",
            "[[expect.span]]\nname = \"pays\"\n",
        ),
    );
    assert_eq!((exit, codes(&json)), (1, vec!["E003"]));
}

#[test]
fn printed_spans_count_with_the_exporter_stdout() {
    if !is_there() {
        return;
    }
    let span = r#"{"name": "printed", "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331", "start_time_unix_nano": 1, "end_time_unix_nano": 2}"#;
    let text = format!(
        "[meta]\nname = \"t\"\n[otel]\nexporter = \"stdout\"\n[service.box]\nimage = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = ['echo', '{span}']\n[[expect.span]]\nname = \"printed\"\n"
    );
    let (exit, json) = run("printed.clnrm.toml", &text);
    assert_eq!(exit, 0, "{json:#}");
}

#[test]
fn secrets_are_masked_in_every_report() {
    if !is_there() {
        return;
    }
    let file = "secrets.clnrm.toml";
    let text = "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\nenv = { DB_PASSWORD = \"{{ pass }}\" }\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"echo $DB_PASSWORD; echo $DB_PASSWORD | base64; exit 1\"\n[report]\njson = \"out/report.json\"\njunit = \"out/junit.xml\"\n";
    let file = format!("{file}.tera");
    let project = Project::new(&[(&file, text)]);
    let run = project.run(&["run", &file, "--var", "pass=hunter2-hunter2"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("•••"), "{}", run.out);
    for name in ["out/report.json", "out/junit.xml"] {
        let written = std::fs::read_to_string(project.join(name)).unwrap();
        assert!(
            written.contains("•••") && !written.contains("hunter2"),
            "{written}"
        );
    }
    assert!(
        !run.out.contains("hunter2") && !run.out.contains("aHVudGVyMi1odW50ZXIy"),
        "{}",
        run.out
    );
}

#[test]
fn the_demonstration_is_green_and_what_only_looks_green_is_red() {
    if !is_there() {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let demo = |name: &str| {
        let file = format!("examples/demo/{name}.clnrm.toml.tera");
        let output = command_in(&root, ["run", "--format", "json", &file]).output();
        let run = Run::of(output.unwrap());
        assert_eq!(left(&file), "");
        (run.code, run.json())
    };
    let (code, json) = demo("shop");
    assert_eq!(code, 0, "{json:#}");
    assert_eq!(json["tests"][0]["spans"], 5);
    for (name, wanted) in [
        ("fake-does-nothing", "E001"),
        ("fake-only-words", "E101"),
        ("fake-from-elsewhere", "E702"),
    ] {
        let (code, json) = demo(name);
        assert_eq!((code, codes(&json)), (1, vec![wanted]), "{name}");
        let scenarios = json["tests"][0]["scenarios"].as_array().unwrap();
        // By what it prints alone it would have passed.
        assert!(
            scenarios.iter().all(|one| one["verdict"] == "passed"),
            "{json:#}"
        );
    }
}

/// A test that tells its spans to go to a service of its own, which takes what it gets, and looks whether
/// they went there.
fn to_a_sink(otel: &str, expect: &str) -> String {
    let sink = "[service.sink]\nimage = \"alpine:3.20\"\nargs = [\"sh\", \"-c\", '''printf 'HTTP/1.0 200 OK\\r\\n\\r\\n' | nc -l -p 4318 > /got; exec sleep 100''']\n[[scenario]]\nname = \"looks\"\nservice = \"sink\"\nrun = \"grep -q pays /got\"\n";
    test("send pays", &format!("{sink}{expect}")).replace(
        "exporter = \"otlp\"",
        &format!("exporter = \"otlp\"\n{otel}"),
    )
}

#[test]
fn spans_that_are_sent_elsewhere_turn_nothing_green_and_that_is_said() {
    if !is_there() {
        return;
    }
    let otel = "endpoint = \"http://sink:4318\"";
    let expected = "[[expect.span]]\nname = \"pays\"\n";
    let nothing = "[expect]\nallow_empty = true\n[expect.counts]\nerrors_total = { eq = 0 }\n";
    let own = "[expect]\nrunner_spans = true\n[[expect.span]]\nname = \"clnrm.step:run\"\n";
    for (name, expect, code, told) in [
        ("expected", expected, 1, &["R111", "E001"][..]),
        // It would hold of any trace that nobody has seen.
        ("nothing", nothing, 1, &["R111", "E002"]),
        ("unasked", "", 0, &["R111"]),
        ("own", own, 0, &["R111"]),
    ] {
        let file = format!("to-sink-{name}.clnrm.toml");
        let (exit, json) = run(&file, &to_a_sink(otel, expect));
        assert_eq!((exit, codes(&json)), (code, told.to_vec()), "{name}");
        let scenarios = json["tests"][0]["scenarios"].as_array().unwrap();
        assert!(scenarios.iter().all(|one| one["verdict"] == "passed"));
    }
}

#[test]
fn an_endpoint_on_this_machine_means_the_runs_own_receiver() {
    if !is_there() {
        return;
    }
    let text = test("send pays", "[[expect.span]]\nname = \"pays\"\n").replace(
        "exporter = \"otlp\"",
        "exporter = \"otlp\"\nendpoint = \"http://localhost:4318\"",
    );
    let (exit, json) = run("to-localhost.clnrm.toml", &text);
    assert_eq!((exit, codes(&json)), (0, Vec::new()), "{json:#}");
}

#[test]
fn an_exporter_that_is_not_collected_is_told_and_without_one_nothing_is_green() {
    if !is_there() {
        return;
    }
    let with = |exporter: &str, command: &str| {
        test(command, "[[expect.span]]\nname = \"pays\"\n")
            .replace("exporter = \"otlp\"", &format!("exporter = \"{exporter}\""))
    };
    let (exit, json) = run("jaeger.clnrm.toml", &with("jaeger", "true"));
    assert_eq!((exit, codes(&json)), (1, vec!["R111", "E001"]));
    let (exit, json) = run(
        "no-exporter.clnrm.toml",
        &with("none", "test \"$OTEL_SDK_DISABLED\" = true"),
    );
    assert_eq!((exit, codes(&json)), (1, vec!["E001"]));
}
