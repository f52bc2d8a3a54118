//! A long run of `clnrm watch` over a thousand files, while this process saves, moves and removes
//! them in every way that editors and tools do.
//!
//! After each round of edits the ledger is balanced: every save was checked exactly once, with the
//! bytes that were saved, and nothing else was. In the end the verdicts of all passes together are
//! those of a fresh `dry-run`.
//!
//! `CLNRM_SOAK_SECONDS` says how long (20); `CLNRM_SOAK_SEED` which edits. Nothing here depends on
//! how fast the machine is: a round is over when the loop has told of a file that was saved last.
//! Where it happened to read a file between two writes of one save, that is counted and told, and
//! only the whole file has to be checked once.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod edits;
mod ledger;
mod watching;

use std::time::{Duration, Instant};

use edits::Project;
use ledger::Ledger;
use watching::Watch;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect(name))
}

#[test]
fn every_save_is_checked_once_and_the_verdicts_are_those_of_a_fresh_run() {
    let seconds = number("CLNRM_SOAK_SECONDS", 20);
    let seed = number("CLNRM_SOAK_SEED", 1);
    let mut project = Project::new(seed);
    let mut watch = Watch::start(project.folder());
    watch.first();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut sums = ledger::Sums::default();
    let mut rounds = 0;
    while Instant::now() < end {
        rounds += 1;
        let mut ledger = Ledger::default();
        let what = project.round(&mut ledger);
        // Twice: the first may come with news of a folder that was made, which is then looked at.
        for _ in 0..2 {
            let sentinel = project.sentinel();
            watch.until(&sentinel, &mut ledger);
        }
        ledger.balance(&mut sums, &format!("round {rounds} of seed {seed}: {what}"));
    }
    project.swap_the_root();
    let sentinel = project.sentinel();
    watch.until(&sentinel, &mut Ledger::default());
    let sentinel = project.sentinel();
    watch.until(&sentinel, &mut Ledger::default());

    let fresh = watching::fresh(project.folder());
    watch.compare(&fresh);
    println!(
        "soak: seed {seed}, {rounds} rounds, {} saves checked once, {} dependents checked once, \
         {} removals, {} edits without a change, {} reads between two writes; {} files as in a \
         fresh dry-run",
        sums.saves,
        sums.dependents,
        sums.removals,
        sums.quiet,
        sums.torn,
        fresh.len()
    );
}
