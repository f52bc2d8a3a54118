//! One mistake at a time in the valid examples: the report names that mistake at its line of the
//! author's own file, and says nothing else. `mutants/mutants.txt` lists the mistakes, and its head
//! tells how.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use clnrm_tests::program::{clnrm, run};
use serde_json::Value;

/// Of a hundred mistakes so many must be told right; those that are not are marked with their reason.
const RIGHT: usize = 95;

#[derive(Debug, Default)]
struct Mutant {
    line: usize,
    file: String,
    changed: String,
    changes: Vec<(String, String)>,
    expected: String,
    known: Option<String>,
}

fn read(list: &str) -> Vec<Mutant> {
    let mut mutants: Vec<Mutant> = Vec::new();
    for (number, line) in (1..).zip(list.lines()) {
        let rest = line.get(2..).unwrap_or_default().replace("\\n", "\n");
        let last = mutants.last_mut();
        match (line.split(' ').next(), last) {
            (Some("@"), _) => mutants.push(Mutant {
                line: number,
                changed: rest.clone(),
                file: rest,
                ..Mutant::default()
            }),
            (Some("in"), Some(mutant)) => mutant.changed = rest.trim().to_owned(),
            (Some("-"), Some(mutant)) => mutant.changes.push((rest, String::new())),
            (Some("+"), Some(mutant)) => mutant.changes.last_mut().unwrap().1 = rest,
            (Some("="), Some(mutant)) => mutant.expected = rest,
            (Some("!"), Some(mutant)) => mutant.known = Some(rest),
            (Some("" | "#"), _) => {}
            _ => panic!("line {number} is none: {line}"),
        }
    }
    mutants
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// `code line` or `code file:line` of each diagnostic of the only file.
fn told(folder: &Path, file: &str) -> Vec<String> {
    let ended = run(
        clnrm(folder).args(["dry-run", "--format", "json", file]),
        Duration::from_secs(30),
    );
    let report = ended.json();
    let report = &report["files"][0];
    let place = |diagnostic: &Value| {
        let code = diagnostic["code"].as_str().unwrap();
        let primary = &diagnostic["primary"];
        let line = &primary["start"]["line"];
        match primary["file"].as_str() {
            Some(name) if name == file => format!("{code} {line}"),
            name => {
                let mut calls = diagnostic["related"].as_array().unwrap().iter().rev();
                // Not the import: that a library was read there explains nothing.
                let call = calls.find(|related| {
                    related["file"] == file && related["message"] != "imported here"
                });
                let from = call.map_or(String::new(), |call| {
                    format!(" from {}", call["start"]["line"])
                });
                format!("{code} {}:{line}{from}", name.unwrap_or_default())
            }
        }
    };
    let diagnostics = report["diagnostics"].as_array().unwrap();
    let mut told: Vec<String> = Vec::new();
    for diagnostic in diagnostics {
        let place = place(diagnostic);
        let known =
            |earlier: &String| earlier.split(" from ").next() == place.split(" from ").next();
        if !told.iter().any(known) {
            told.push(place);
        }
    }
    told
}

#[test]
fn one_mistake_is_told_at_its_line_and_nothing_else() {
    let examples = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"));
    let folder = tempfile::tempdir().unwrap();
    copy(examples, folder.path());
    let mutants = read(include_str!("../mutants/mutants.txt"));
    let mut wrong = Vec::new();
    let mut known = 0;
    for mutant in &mutants {
        // What is told of the file as it is, infos of a library say, is no news.
        let usual: BTreeSet<String> = told(folder.path(), &mutant.file)
            .iter()
            .map(|told| told[..4].to_owned())
            .collect();
        let path = folder.path().join(&mutant.changed);
        let before = fs::read_to_string(&path).unwrap();
        let mut text = before.clone();
        for (old, new) in &mutant.changes {
            assert!(text.contains(old), "{}: no {old:?}", mutant.line);
            text = text.replacen(old, new, 1);
        }
        fs::write(&path, &text).unwrap();
        let told = told(folder.path(), &mutant.file);
        fs::write(&path, before).unwrap();
        let news: Vec<String> = told
            .into_iter()
            .filter(|told| !usual.contains(&told[..4]))
            .collect();
        let right = news == [mutant.expected.as_str()];
        match &mutant.known {
            Some(_) if !right => known += 1,
            _ if right => {}
            _ => wrong.push(format!(
                "line {}: {}\n  expected {}\n  told     {}",
                mutant.line,
                mutant.file,
                mutant.expected,
                news.join(", ")
            )),
        }
    }
    println!("mutants: {} of {}", mutants.len() - known, mutants.len());
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert!(known * 100 <= mutants.len() * (100 - RIGHT));
}
