//! `clnrm dry-run --format …`: what other programs read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::PathBuf;
use std::process::Command;

use support::{BAD, GOOD, Project, Run};

/// Names that every format has to escape; a fix; a place through a macro; a file that is no text;
/// one that is passed over.
fn project() -> Project {
    let project = Project::new(&[
        ("good.clnrm.toml", GOOD),
        ("a b, #1: 100%.clnrm.toml", BAD),
        (
            "_lib.toml.tera",
            "{% macro box(port) %}[service.box]\nimage = \"alpine:3.20\"\nports = [{{ port }}]\nwait_fr = { port = 1 }\n{% endmacro %}\n",
        ),
        (
            "lib.clnrm.toml.tera",
            "{% import \"_lib.toml.tera\" as lib %}\n[meta]\nname = \"💥 <&\\\"]]>\"\n{{ lib::box(port=80800) }}\n[[scenario]]\nname = \"a\"\nservice = \"box\"\nrun = \"true\"\n",
        ),
        (
            "old.clnrm.toml",
            "[test.metadata]\nname = \"old\"\n[[steps]]\nname = \"a\"\ncommand = [\"true\"]\n",
        ),
        (
            "other.clnrm.toml",
            "[system]\nname = \"x\"\n[dimensions]\na = 1\n",
        ),
    ]);
    project.write("bytes.clnrm.toml", b"[meta]\nname = \"caf\xe9\"\n");
    project
}

fn check(format: &str) -> Run {
    let run = project().run(&["dry-run", "--format", format]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.is_empty(), "{}", run.err);
    run
}

/// The schema of SARIF 2.1.0, out of the crate that was generated from it.
fn sarif_schema() -> serde_json::Value {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    // Of other platforms' packages not all may have been fetched.
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--manifest-path",
        ])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .args(["--filter-platform", host])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let manifest = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "serde-sarif")
        .and_then(|package| package["manifest_path"].as_str())
        .map(PathBuf::from)
        .unwrap();
    let schema = std::fs::read(manifest.with_file_name("src").join("schema.json")).unwrap();
    let mut schema: serde_json::Value = serde_json::from_slice(&schema).unwrap();
    // As published, a pattern of language tags has a bracket too many: no regular expression.
    for part in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][part]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    schema
}

#[test]
fn sarif_is_valid_by_its_schema_and_loses_nothing() {
    let run = check("sarif");
    let log = run.json();
    let validator = jsonschema::validator_for(&sarif_schema()).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&log)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");

    let results = log["runs"][0]["results"].as_array().unwrap();
    let report = project().run(&["dry-run", "--format", "json"]).json();
    let expected = report["summary"]["errors"].as_u64().unwrap()
        + report["summary"]["warnings"].as_u64().unwrap()
        + report["summary"]["infos"].as_u64().unwrap();
    assert_eq!(results.len() as u64, expected);

    let of = |code: &str| {
        results
            .iter()
            .find(|result| result["ruleId"] == code)
            .unwrap()
    };
    let place = &of("X101")["locations"][0]["physicalLocation"];
    assert_eq!(
        place["artifactLocation"]["uri"],
        "a%20b%2C%20%231%3A%20100%25.clnrm.toml"
    );
    assert_eq!(place["region"]["startLine"], 10);
    assert_eq!(
        of("C109")["relatedLocations"][0]["physicalLocation"]["region"]["startLine"],
        4
    );
    let change = &of("C103")["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "_lib.toml.tera");
    assert_eq!(
        change["replacements"][0]["insertedContent"]["text"],
        "wait_for"
    );

    let typed: serde_sarif::sarif::Sarif = serde_json::from_value(log.clone()).unwrap();
    let rules = typed.runs[0].tool.driver.rules.as_ref().unwrap();
    for result in typed.runs[0].results.as_ref().unwrap() {
        let index = usize::try_from(result.rule_index.unwrap()).unwrap();
        assert_eq!(Some(&rules[index].id), result.rule_id.as_ref());
    }
}

#[test]
fn github_gets_an_annotation_on_every_place() {
    insta::assert_snapshot!(without_time(&check("github").out));
}

#[test]
fn tap_has_a_point_for_each_file() {
    insta::assert_snapshot!(check("tap").out);
}

#[test]
fn junit_has_a_case_for_each_file() {
    let run = check("junit");
    let report = quick_junit::Report::deserialize_from_str(&run.out).unwrap();
    let suite = &report.test_suites[0];
    assert_eq!((suite.tests, suite.failures, suite.errors), (6, 3, 0));
    insta::with_settings!({filters => vec![(r#" time="[0-9.]+""#, "")]}, {
        insta::assert_snapshot!(run.out);
    });
}

#[test]
fn a_file_that_is_not_there_is_an_error_in_every_format() {
    for (format, sign) in [
        ("sarif", "\"F101\""),
        ("github", "::error file=nope.clnrm.toml,line=1,"),
        ("junit", "errors=\"1\""),
        ("tap", "not ok 1 - nope.clnrm.toml"),
    ] {
        let run = project().run(&["dry-run", "nope.clnrm.toml", "--format", format]);
        assert_eq!(run.code, 2);
        assert!(run.out.contains(sign), "{format}: {}", run.out);
    }
}

/// A report without the time that its last line ends in.
fn without_time(out: &str) -> &str {
    out.rsplit_once(" · ").unwrap().0
}
