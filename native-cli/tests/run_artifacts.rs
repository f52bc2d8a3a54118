//! `artifacts.collect`: what scenarios ask to have kept when their test is over.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/judged.rs"]
mod judged;
mod support;

use std::fs;
use std::path::PathBuf;

use engine::{is_there, left};
use judged::problems;
use serde_json::Value;
use support::Project;

/// Runs a test whose only scenario `s` runs a command in `box` and asks for artifacts.
fn run(project: &Project, file: &str, command: &str, artifacts: &str) -> (i32, Value, PathBuf) {
    let text = format!(
        "[meta]\nname = \"t\"\n[otel]\nexporter = \"otlp\"\n[service.box]\nimage = \"alpine:3.20\"\nenv = {{ API_TOKEN = \"{{{{ token }}}}\" }}\nargs = [\"sh\", \"-c\", \"echo up $API_TOKEN; exec sleep 100\"]\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nartifacts.collect = {artifacts}\nrun = '''{command}'''\n"
    );
    project.write(file, text);
    let run = project.run(&[
        "run",
        "--format",
        "json",
        file,
        "--var",
        "token=hunter2-hunter2",
    ]);
    assert_eq!(left(file), "");
    let json = run.json();
    let folder = json["tests"][0]["artifacts"].as_str().unwrap().to_owned();
    (run.code, json, project.join(&folder).join("s"))
}

#[test]
fn files_folders_logs_and_spans_are_kept_also_of_a_test_that_failed() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[]);
    let command = r#"mkdir -p /out/deep; echo one > /out/a.txt; printf '\000\377' > /out/deep/b.bin; ln -s /etc/passwd /out/link; wget -q -O- --header 'Content-Type: application/json' --post-data '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"pays","traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","startTimeUnixNano":"1000","endTimeUnixNano":"2000"}]}]}]}' $OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces; exit 3"#;
    let (code, json, folder) = run(
        &project,
        "kept.clnrm.toml.tera",
        command,
        "[\"files:/out\", \"files:/etc/passwd\", \"logs:all\", \"spans:default\"]",
    );
    assert_eq!(code, 1);
    assert_eq!(
        problems(&json["tests"][0]).len(),
        1,
        "{:?}",
        problems(&json["tests"][0])
    );
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert_eq!(read("files/box/out/a.txt"), b"one\n");
    assert_eq!(read("files/box/out/deep/b.bin"), b"\x00\xff");
    assert!(read("files/box/etc/passwd").starts_with(b"root:"));
    assert!(
        !folder.join("files/box/out/link").exists(),
        "links are not followed"
    );
    assert_eq!(read("logs/box.txt"), "up •••".as_bytes());
    // The spans are a trace that can be held against expectations again.
    let spans = folder.join("spans.json");
    project.write(
        "pays.clnrm.toml",
        format!("{}[[expect.span]]\nname = \"pays\"\n", support::GOOD),
    );
    let analyzed = project.run(&[
        "analyze",
        "pays.clnrm.toml",
        "--traces",
        spans.to_str().unwrap(),
    ]);
    assert_eq!(analyzed.code, 0, "{}{}", analyzed.out, analyzed.err);

    // The next run begins with an empty folder.
    let (_, _, folder) = run(&project, "kept.clnrm.toml.tera", "true", "[\"logs:box\"]");
    assert!(folder.join("logs/box.txt").exists() && !folder.join("files").exists());
}

#[test]
fn what_cannot_be_had_is_told_and_fails_nothing() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[]);
    let command = "dd if=/dev/zero of=/large bs=1M count=70 2>/dev/null";
    let (code, json, folder) = run(
        &project,
        "not-kept.clnrm.toml.tera",
        command,
        "[\"files:/nowhere\", \"files:/../etc\", \"files:relative\", \"files:/large\", \"logs:nobody\", \"files:/etc/passwd\"]",
    );
    assert_eq!(code, 0, "{json:#}");
    let told = problems(&json["tests"][0]);
    assert!(told.iter().all(|(code, _)| *code == "R111"), "{told:?}");
    for (at, words) in [
        "`files:/nowhere`",
        "write the path from the root",
        "write the path from the root",
        "the artifacts of a test may have 64 MiB",
        "no service `nobody`",
    ]
    .iter()
    .enumerate()
    {
        assert!(told[at].1.contains(words), "{told:?}");
    }
    assert_eq!(told.len(), 5);
    assert!(
        folder.join("files/box/etc/passwd").exists(),
        "the rest is kept"
    );
}
