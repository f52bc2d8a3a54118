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

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

fn is_position(value: &Value) {
    assert_eq!(keys(value), ["column", "line", "offset"]);
    assert!(
        value["line"].as_u64() >= Some(1) && value["column"].as_u64() >= Some(1),
        "{value}"
    );
    assert!(value["offset"].is_u64());
}

fn is_place(value: &Value) {
    assert_eq!(keys(value), ["end", "file", "start"]);
    assert!(value["file"].is_string());
    is_position(&value["start"]);
    is_position(&value["end"]);
    assert!(
        value["start"]["offset"].as_u64() <= value["end"]["offset"].as_u64(),
        "{value}"
    );
}

fn is_diagnostic(value: &Value) {
    let mut expected = vec![
        "code", "fix", "help", "mapping", "message", "name", "primary", "related", "rendered",
        "severity",
    ];
    // Only where one fault was found more than once, or in some renders of a matrix.
    for extra in ["count", "in"] {
        if value.get(extra).is_some() {
            expected.push(extra);
        }
    }
    expected.sort_unstable();
    assert_eq!(keys(value), expected, "{value:#}");
    let code = value["code"].as_str().expect("a code");
    assert!(
        code.len() == 4 && code.starts_with(|c: char| c.is_ascii_uppercase()),
        "{code}"
    );
    let name = value["name"].as_str().expect("a name");
    assert!(
        name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
        "{name}"
    );
    assert!(
        ["error", "warning", "info"].contains(&value["severity"].as_str().expect("a severity"))
    );
    assert!(
        !value["message"].as_str().expect("a message").ends_with('.'),
        "{value:#}"
    );
    assert!(
        ["exact", "expression", "call-site", "none"]
            .contains(&value["mapping"].as_str().expect("a mapping"))
    );
    is_place(&value["primary"]);
    if !value["rendered"].is_null() {
        assert_eq!(keys(&value["rendered"]), ["end", "start"]);
        is_position(&value["rendered"]["start"]);
        is_position(&value["rendered"]["end"]);
    }
    for related in value["related"].as_array().expect("a list") {
        let related_keys = keys(related);
        assert!(related_keys.contains(&"message"), "{related:#}");
        for key in ["file", "start", "end"] {
            assert!(related_keys.contains(&key), "{related:#}");
        }
    }
    assert!(value["help"].is_null() || value["help"].is_string());
    if !value["fix"].is_null() {
        assert_eq!(keys(&value["fix"]), ["edits", "safe"]);
        for edit in value["fix"]["edits"].as_array().expect("a list") {
            assert_eq!(keys(edit), ["end", "file", "start", "text"]);
        }
    }
}

fn is_report(report: &Value) {
    assert_eq!(keys(report), ["files", "skipped", "summary", "version"]);
    assert_eq!(report["version"], 1);
    assert_eq!(
        keys(&report["summary"]),
        [
            "cached",
            "duration_us",
            "errors",
            "files",
            "infos",
            "invalid",
            "skipped",
            "suppressed",
            "valid",
            "warnings"
        ]
    );
    assert!(
        report["summary"]
            .as_object()
            .expect("an object")
            .values()
            .all(Value::is_u64)
    );
    for skipped in report["skipped"].as_array().expect("a list") {
        assert_eq!(keys(skipped), ["path", "reason"]);
    }
    let mut counted = [0, 0, 0];
    for file in report["files"].as_array().expect("a list") {
        let mut expected = vec![
            "cached",
            "context_digest",
            "dependencies",
            "diagnostics",
            "level",
            "omitted",
            "path",
            "stopped_at",
            "template_digest",
            "timings_us",
            "valid",
            "volatile",
        ];
        if file.get("renders").is_some() {
            expected.push("renders");
        }
        expected.sort_unstable();
        assert_eq!(keys(file), expected, "{file:#}");
        assert_eq!(
            keys(&file["timings_us"]),
            [
                "cache", "hash", "parse", "read", "render", "total", "validate"
            ]
        );
        for one in file["dependencies"].as_array().expect("a list") {
            assert_eq!(keys(one), ["digest", "path"]);
        }
        for one in file["renders"].as_array().into_iter().flatten() {
            assert_eq!(
                keys(one),
                ["cached", "context_digest", "matrix", "volatile"]
            );
        }
        let mut places = Vec::new();
        for one in file["diagnostics"].as_array().expect("a list") {
            is_diagnostic(one);
            let at = match one["severity"].as_str() {
                Some("error") => 0,
                Some("warning") => 1,
                _ => 2,
            };
            counted[at] += 1;
            if one["primary"]["file"] == file["path"] {
                places.push(one["primary"]["start"]["offset"].as_u64());
            }
        }
        assert!(places.is_sorted(), "{file:#}");
        let errors = file["diagnostics"].as_array().into_iter().flatten();
        let has_error = errors.filter(|one| one["severity"] == "error").count() > 0;
        assert_eq!(file["valid"], !has_error, "{file:#}");
    }
    let summary = &report["summary"];
    assert_eq!(
        [&summary["errors"], &summary["warnings"], &summary["infos"]].map(Value::as_u64),
        counted.map(Some)
    );
    let files = report["files"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(summary["files"], files);
    assert_eq!(
        summary["valid"]
            .as_u64()
            .zip(summary["invalid"].as_u64())
            .map(|(a, b)| a + b),
        Some(files)
    );
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
