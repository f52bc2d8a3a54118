//! The examples as a new user finds them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clnrm_tests::program::{clnrm, run};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn check(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = clnrm(folder);
    command
        .args(["dry-run", "--format", "json"])
        .args(arguments);
    run(&mut command, LIMIT).json()
}

fn files(report: &Value) -> &[Value] {
    report["files"].as_array().map_or(&[], Vec::as_slice)
}

fn findings(file: &Value) -> Vec<(&str, &str, u64)> {
    let text = |value: &'_ Value| value.as_str().map(str::len).unwrap_or_default();
    let list = file["diagnostics"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    assert!(list.iter().all(|one| text(&one["code"]) == 4));
    list.iter()
        .map(|one| {
            (
                one["code"].as_str().unwrap_or_default(),
                one["severity"].as_str().unwrap_or_default(),
                one["primary"]["start"]["line"].as_u64().unwrap_or_default(),
            )
        })
        .collect()
}

/// The codes of a broken example.
fn codes(name: &str) -> BTreeSet<String> {
    let report = check(&root(), &[&format!("examples/broken/{name}")]);
    findings(&files(&report)[0])
        .into_iter()
        .map(|(code, ..)| code.to_owned())
        .collect()
}

fn shows(name: &str, expected: &[&str]) {
    let found = codes(name);
    let missing: Vec<_> = expected
        .iter()
        .filter(|code| !found.contains(**code))
        .collect();
    assert!(
        missing.is_empty(),
        "{name} lacks {missing:?}, has {found:?}"
    );
}

#[test]
fn every_example_is_valid_without_a_warning() {
    let report = check(&root(), &["examples"]);
    assert!(files(&report).len() >= 10, "{report:#}");
    for file in files(&report) {
        let told: Vec<_> = findings(file)
            .into_iter()
            .filter(|(_, severity, _)| *severity != "info")
            .collect();
        assert!(
            told.is_empty() && file["valid"] == true,
            "{}: {told:?}",
            file["path"]
        );
        let path = file["path"].as_str().unwrap_or_default();
        let older = path.contains("older-spellings");
        let infos: Vec<_> = findings(file)
            .into_iter()
            .filter(|(code, ..)| *code != "C117")
            .collect();
        assert!(infos.is_empty(), "{path}: {infos:?}");
        assert_eq!(older, !findings(file).is_empty(), "{path}");
    }
}

#[test]
fn they_are_valid_from_their_own_folder_too() {
    let report = check(&root().join("examples"), &[]);
    assert_eq!(report["summary"]["invalid"], 0, "{report:#}");
    assert_eq!(report["summary"]["warnings"], 0, "{report:#}");
}

#[test]
fn the_broken_ones_are_left_out_until_they_are_named() {
    let report = check(&root(), &["examples"]);
    let broken = |file: &&Value| {
        file["path"]
            .as_str()
            .is_some_and(|path| path.contains("broken"))
    };
    assert_eq!(files(&report).iter().filter(broken).count(), 0);
    let report = check(&root(), &["examples/broken"]);
    assert!(files(&report).len() >= 7, "{report:#}");
    assert_eq!(report["summary"]["valid"], 0, "{report:#}");
}

#[test]
fn each_family_has_a_broken_example() {
    shows(
        "template.clnrm.toml.tera",
        &[
            "T101", "T102", "T103", "T104", "T105", "T106", "T107", "T110",
        ],
    );
    shows("syntax.clnrm.toml", &["S101", "S102"]);
    shows("encoding.clnrm.toml", &["S103"]);
    shows(
        "settings.clnrm.toml",
        &[
            "C102", "C103", "C104", "C105", "C106", "C107", "C109", "C110", "C111", "C112", "C113",
            "C114", "C115", "C116", "C118",
        ],
    );
    shows(
        "structure.clnrm.toml",
        &[
            "X101", "X102", "X103", "X104", "X106", "X107", "X108", "X109", "X110", "X111", "X113",
            "X114", "X116",
        ],
    );
    shows("limits.clnrm.toml.tera", &["T109"]);
    shows("cycle.clnrm.toml.tera", &["T108"]);
}

/// All mistakes of one file in one run, each at its place in the template.
#[test]
fn one_fault_of_each_family_in_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "\
[meta]
name = \"{{ svc }}_families\"
author = \"{{ autor }}\"
{% for id in [\"a\", \"b\"] %}
[service.{{ id }}]
image = \"alpine:3.20\"
imge = \"{{ svc }}\"
ports = [70000]
{% endfor %}
[vars]
x = 1 ; y = 2

[[scenario]]
name = \"runs\"
service = \"{{ svc }}\"
run = \"true\"
";
    fs::write(folder.path().join("x.clnrm.toml.tera"), text).expect("written");
    let report = check(folder.path(), &["x.clnrm.toml.tera"]);
    let mut found = findings(&files(&report)[0]);
    found.retain(|(code, ..)| !matches!(*code, "X103" | "T121"));
    assert_eq!(
        found,
        [
            ("T102", "error", 3),
            // Once for each service: the message names it.
            ("C103", "warning", 7),
            ("C103", "warning", 7),
            ("C109", "error", 8),
            ("S101", "error", 11),
            ("X101", "error", 15),
        ],
        "{report:#}"
    );
    let columns: Vec<_> = files(&report)[0]["diagnostics"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            (
                one["code"].as_str(),
                one["primary"]["start"]["column"].as_u64(),
            )
        })
        .collect();
    for expected in [("T102", 14), ("C109", 10), ("S101", 7), ("X101", 11)] {
        assert!(
            columns.contains(&(Some(expected.0), Some(expected.1))),
            "{expected:?} in {columns:?}"
        );
    }
}
