//! The JSON report: other tools are held to it, so its fields are exactly these, none ever left out.

#![expect(clippy::expect_used, reason = "a test that cannot run should stop")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use clnrm_tests::program::{Ended, clnrm, run};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(30);

fn check(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = clnrm(folder);
    command
        .args(["dry-run", "--format", "json"])
        .args(arguments);
    run(&mut command, LIMIT)
}

/// Holds a report against the schema that is published for other tools, and against what a schema
/// cannot say: order, and sums.
fn is_report(report: &Value) {
    let schema = include_str!("../../docs/report.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator
        .iter_errors(report)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");

    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut counted = [0, 0, 0];
    for file in list(&report["files"]) {
        let found = list(&file["diagnostics"]);
        for one in &found {
            let at = match one["severity"].as_str() {
                Some("error") => 0,
                Some("warning") => 1,
                _ => 2,
            };
            counted[at] += 1;
        }
        let places: Vec<_> = found
            .iter()
            .filter(|one| one["primary"]["file"] == file["path"])
            .map(|one| one["primary"]["start"]["offset"].as_u64())
            .collect();
        assert!(places.is_sorted(), "{file:#}");
        let has_error = found.iter().any(|one| one["severity"] == "error");
        assert_eq!(file["valid"], !has_error, "{file:#}");
    }
    let summary = &report["summary"];
    let number = |name: &str| summary[name].as_u64().expect("a number");
    assert_eq!(["errors", "warnings", "infos"].map(number), counted);
    assert_eq!(number("files"), list(&report["files"]).len() as u64);
    assert_eq!(number("valid") + number("invalid"), number("files"));
}

#[test]
fn its_fields_are_these() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let ended = check(&root, &["examples", "examples/broken"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let report = ended.json();
    is_report(&report);
    let paths: Vec<_> = report["files"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|file| file["path"].as_str())
        .collect();
    assert!(paths.is_sorted(), "{paths:?}");
    assert!(
        paths
            .iter()
            .flatten()
            .all(|path| !path.starts_with("./") && !path.contains('\\'))
    );
}

#[test]
fn files_that_cannot_be_read_stand_in_it_too() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("folder.clnrm.toml")).expect("made");
    fs::write(
        folder.path().join("bytes.clnrm.toml"),
        b"[meta]\nname = \"\xff\"\n",
    )
    .expect("written");
    let ended = check(
        folder.path(),
        &["no-such.clnrm.toml", "bytes.clnrm.toml", "."],
    );
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    let report = ended.json();
    is_report(&report);
    let codes: Vec<_> = report["files"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|file| file["diagnostics"][0]["code"].as_str())
        .collect();
    assert_eq!(codes, ["S103", "F103", "F101"], "{report:#}");
}

#[test]
fn positions_count_characters_and_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "\u{feff}[meta]\r\nname = \"é\u{1f680}\" ; x = 1\r\n[[steps]]\r\nname = \"a\"\r\ncommand = [\"true\"]\r\n";
    fs::write(folder.path().join("x.clnrm.toml"), text).expect("written");
    let report = check(folder.path(), &["x.clnrm.toml"]).json();
    let start = &report["files"][0]["diagnostics"][0]["primary"]["start"];
    assert_eq!(start["line"], 2, "{report:#}");
    assert_eq!(start["column"], 13, "{report:#}");
    assert_eq!(
        start["offset"].as_u64(),
        text.find(';').map(|at| at as u64),
        "{report:#}"
    );
}

#[test]
fn a_matrix_is_one_entry_with_its_renders() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "[meta]\nname = \"m\"\n[matrix]\nos = [\"a\", \"b\"]\n[service.box]\nimage = \"alpine:3.20\"\nimge = \"{{ matrix.os }}\"\n[[scenario]]\nname = \"r\"\nrun = \"echo {% if matrix.os == 'b' %}{{ zzz }}{% endif %}\"\n";
    fs::write(folder.path().join("x.clnrm.toml.tera"), text).expect("written");
    let report = check(folder.path(), &["x.clnrm.toml.tera"]).json();
    is_report(&report);
    let file = &report["files"][0];
    assert_eq!(
        file["renders"].as_array().map(Vec::len),
        Some(2),
        "{report:#}"
    );
    assert_eq!(file["renders"][0]["matrix"]["os"], "a");
    let told: Vec<_> = file["diagnostics"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (one["code"].as_str().unwrap_or_default(), &one["in"]))
        .collect();
    assert!(
        told.contains(&("T102", &serde_json::json!([1]))),
        "{report:#}"
    );
    assert!(
        told.contains(&("C103", &serde_json::json!([0, 1]))),
        "{report:#}"
    );
}
