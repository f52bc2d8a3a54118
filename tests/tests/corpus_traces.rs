//! Real users' expectations against traces that are made for them: one that meets all of them, and for
//! each expectation one that breaks it. `CLNRM_CORPUS` names the folder; what each file comes to stands
//! in `tests/fixtures/corpus-traces.txt`.
//!
//! A line of it says how many expectations hold against the trace that was made, and how many of those
//! fail against one that breaks them. `not met` names what that trace does not meet: `clnrm.run` cannot
//! both end before a step and enclose it, as its file has it; the others need a trace that is cleverer
//! than those made here. Files of which something is not evaluated expect what nobody knows (`E002`).
//!
//! The traces are made from what a file says, by simple means (`clnrm_tests::made`); the evaluator has
//! no part in that. Only the built program judges.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use clnrm_core::config;
use clnrm_core::document::Document;
use clnrm_tests::made::{self, Broken};
use clnrm_tests::program::{Ended, clnrm, run};

fn analyze(folder: &Path, file: &str, trace: &str) -> Ended {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("trace.json");
    fs::write(&path, trace).expect("written");
    let mut command = clnrm(folder);
    command.args(["analyze", file, "--format", "json", "--traces"]);
    run(command.arg(&path), Duration::from_secs(60))
}

/// What each expectation came to, by its title; equal titles are numbered.
fn outcomes(ended: &Ended) -> BTreeMap<String, String> {
    let json = ended.json();
    let mut outcomes = BTreeMap::new();
    for one in json["expectations"].as_array().unwrap() {
        let title = one["title"].as_str().unwrap();
        let outcome = one["outcome"].as_str().unwrap().to_owned();
        let mut name = title.to_owned();
        let mut number = 1;
        while outcomes.contains_key(&name) {
            number += 1;
            name = format!("{title} #{number}");
        }
        outcomes.insert(name, outcome);
    }
    outcomes
}

/// A line for a file: how many of its expectations hold, fail and are not evaluated against the trace
/// that was made to meet them, and how many of those that hold fail against one made to break them.
fn judged(folder: &Path, file: &str) -> Option<String> {
    let rendered = run(
        clnrm(folder).args(["render", file]),
        Duration::from_secs(60),
    );
    if rendered.code != Some(0) {
        return None;
    }
    let (document, _) = Document::parse(&rendered.stdout, &[]);
    let (test, _) = config::read(&document);
    let good = analyze(folder, file, &made::json(&made::meeting(&test)));
    if good.code == Some(2) || good.json()["valid"] == false {
        return None;
    }
    let met = outcomes(&good);
    let count = |wanted: &str| met.values().filter(|outcome| *outcome == wanted).count();
    let (holds, lost) = (count("holds"), count("not-evaluated"));
    let mut line = format!("{file}: {holds} hold");
    let failed: Vec<&str> = met
        .iter()
        .filter(|(_, outcome)| *outcome == "fails")
        .map(|(title, _)| title.as_str())
        .collect();
    if !failed.is_empty() {
        let _ = write!(line, ", not met: {}", failed.join(" & "));
    }
    if lost > 0 {
        let _ = write!(line, ", {lost} not evaluated");
    }
    let (mut broken, mut unbroken) = (0, Vec::new());
    for (title, outcome) in &met {
        if outcome != "holds" {
            continue;
        }
        let Broken::Trace(spans) = made::breaking(&test, title) else {
            unbroken.push(title.as_str());
            continue;
        };
        let ended = analyze(folder, file, &made::json(&spans));
        let fails = outcomes(&ended)
            .get(title)
            .is_some_and(|outcome| outcome == "fails");
        if fails && ended.code == Some(1) {
            broken += 1;
        } else {
            unbroken.push(title);
        }
    }
    let _ = write!(line, ", {broken} broken");
    if !unbroken.is_empty() {
        let _ = write!(line, ", cannot be broken: {}", unbroken.join(" & "));
    }
    Some(line)
}

#[test]
fn every_expectation_of_real_files_can_be_met_and_broken() {
    let Some(folder) = std::env::var_os("CLNRM_CORPUS") else {
        println!("corpus: 0 files, not run");
        return;
    };
    let folder = Path::new(&folder);
    let listed = run(
        clnrm(folder).args(["dry-run", "--format", "json", "."]),
        Duration::from_secs(60),
    );
    let listed = listed.json();
    let files = listed["files"].as_array().unwrap();
    let mut lines = Vec::new();
    for file in files.iter().filter(|file| file["valid"] == true) {
        lines.extend(judged(folder, file["path"].as_str().unwrap()));
    }
    lines.sort();
    let found = lines.join("\n") + "\n";
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/corpus-traces.txt");
    if std::env::var_os("CLNRM_UPDATE").is_some() {
        fs::write(&table, &found).expect("written");
    }
    let expected = fs::read_to_string(&table).unwrap_or_default();
    println!("corpus: {} files with expectations", lines.len());
    assert_eq!(found, expected);
}
