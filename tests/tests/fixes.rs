//! Fixes over whole collections of files: once is enough, nothing new is found afterwards, and nothing
//! but what a fix names has changed.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clnrm_tests::program::{clnrm, run};
use serde_json::Value;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            // As text or not, and without the permissions of the original.
            fs::write(to, fs::read(from).expect("read")).expect("written");
        }
    }
}

fn report(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = clnrm(folder);
    command
        .args(["dry-run", "--format", "json", "."])
        .args(arguments);
    run(&mut command, Duration::from_secs(60)).json()
}

/// How many errors and warnings of each code a file has; messages may name what a fix renames.
fn grave(report: &Value) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for file in report["files"].as_array().into_iter().flatten() {
        for found in file["diagnostics"].as_array().into_iter().flatten() {
            if found["severity"] != "info" {
                let key = format!("{} {}", file["path"], found["code"]);
                *counts.entry(key).or_default() += found["count"].as_u64().unwrap_or(1);
            }
        }
    }
    counts
}

fn fixable(report: &Value) -> usize {
    let files = report["files"].as_array().into_iter().flatten();
    let found = files.flat_map(|file| file["diagnostics"].as_array().into_iter().flatten());
    found.filter(|found| found["fix"]["safe"] == true).count()
}

fn texts(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut texts = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read(&path).expect("read");
                texts.push((path, text));
            }
        }
    }
    texts.sort();
    texts
}

fn comments(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text).into_owned();
    let lines = text
        .lines()
        .filter(|line| line.trim_start().starts_with('#'));
    lines.map(str::to_owned).collect()
}

fn fixes_hold(collection: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    copy(collection, folder.path());
    // It hides what is to be fixed.
    let _ = fs::remove_file(folder.path().join("clnrm.toml"));
    let folder = folder.path();
    let (before, old) = (report(folder, &[]), texts(folder));
    let after = report(folder, &["--fix"]);
    let new = texts(folder);
    let known = grave(&before);
    for (what, count) in grave(&after) {
        let known = known.get(&what);
        assert!(
            known.is_some_and(|known| count <= *known),
            "after fixing: {count} of {what}"
        );
    }
    for ((path, old), (_, new)) in old.iter().zip(&new) {
        assert_eq!(comments(old), comments(new), "{}", path.display());
    }
    let again = report(folder, &["--fix"]);
    assert_eq!(texts(folder), new, "fixing twice");
    assert_eq!(grave(&again), grave(&after));
    println!(
        "{} of {} safe fixes of {} are left",
        fixable(&after),
        fixable(&before),
        collection.display()
    );
    assert!(
        fixable(&after) * 20 <= fixable(&before),
        "most were applied"
    );
}

#[test]
fn the_examples_are_fixed_once() {
    fixes_hold(Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples"
    )));
}

#[test]
fn real_files_are_fixed_once() {
    match std::env::var_os("CLNRM_CORPUS") {
        None => println!("corpus: 0 files, not run"),
        Some(folder) => fixes_hold(Path::new(&folder)),
    }
}
