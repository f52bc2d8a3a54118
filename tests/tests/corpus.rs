//! Real users' files: every verdict is the one of `docs/corpus.md`, which a person wrote first.
//! `CLNRM_CORPUS` names the folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use clnrm_tests::program::{clnrm, run};
use clnrm_tests::verdicts::{Verdict, of_report, table};

#[test]
fn every_verdict_is_the_one_that_was_expected() {
    let Some(folder) = std::env::var_os("CLNRM_CORPUS") else {
        println!("corpus: 0 files, not run");
        return;
    };
    let expected = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/corpus.md"))
        .expect("docs/corpus.md can be read");
    let expected = table(&expected).expect("docs/corpus.md holds the table");
    let ended = run(
        clnrm(Path::new(&folder)).args(["dry-run", "--format", "json", "."]),
        Duration::from_secs(60),
    );
    let found = of_report(&ended.json());
    let mut wrong = Vec::new();
    for (file, expected) in &expected {
        // A library is passed over without a word.
        let found = found.get(file).unwrap_or(&Verdict::Skipped);
        if !expected.holds(found) {
            wrong.push(format!("{file}\n  expected {expected}\n  found    {found}"));
        }
    }
    for file in found.keys().filter(|file| !expected.contains_key(*file)) {
        wrong.push(format!("{file}\n  stands in no row of docs/corpus.md"));
    }
    println!("corpus: {} files", expected.len());
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
