//! The published budgets and our aims, beside what was measured.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::error::Error;
use crate::results::{Results, round, time};

/// A stage with a budget.
struct Budget {
    stage: &'static str,
    /// As published, p50 and p95.
    published: &'static str,
    /// The published p50, or the only figure, in milliseconds; what is measured is held against it.
    published_ms: Option<f64>,
    /// What we aim at, in microseconds.
    aim_us: f64,
    /// The benchmarks that together are the stage.
    measured: &'static [&'static str],
}

const BUDGETS: [Budget; 12] = [
    Budget {
        stage: "hash, 10 KB",
        published: "10 ms",
        published_ms: Some(10.0),
        aim_us: 50.0,
        measured: &["hash/clnrm/10240"],
    },
    Budget {
        stage: "cache lookup, hit",
        published: "1 / 5 ms",
        published_ms: Some(1.0),
        aim_us: 2.0,
        measured: &["cache/clnrm"],
    },
    Budget {
        stage: "render, 10 KB",
        published: "500 / 800 ms",
        published_ms: Some(500.0),
        aim_us: 1_000.0,
        measured: &["render/clnrm"],
    },
    Budget {
        stage: "parse, 10 KB",
        published: "200 / 300 ms",
        published_ms: Some(200.0),
        aim_us: 1_000.0,
        measured: &["parse/clnrm"],
    },
    Budget {
        stage: "validate, 10 KB",
        published: "200 ms",
        published_ms: Some(200.0),
        aim_us: 500.0,
        measured: &["validate/settings", "validate/rules"],
    },
    Budget {
        stage: "whole check, cold, 10 KB",
        published: "700 ms (level structure)",
        published_ms: Some(700.0),
        aim_us: 500.0,
        measured: &["check/clnrm/10"],
    },
    Budget {
        stage: "… level semantic",
        published: "400 ms",
        published_ms: Some(400.0),
        aim_us: 500.0,
        measured: &["level/semantic"],
    },
    Budget {
        stage: "… level syntax",
        published: "200 ms",
        published_ms: Some(200.0),
        aim_us: 500.0,
        measured: &["level/syntax"],
    },
    Budget {
        stage: "whole check, hit, 10 KB",
        published: "1 ms",
        published_ms: Some(1.0),
        aim_us: 10.0,
        measured: &["hit/clnrm/10"],
    },
    Budget {
        stage: "new process, 1 file",
        published: "",
        published_ms: None,
        aim_us: 1_500.0,
        measured: &["process/dry-run/1"],
    },
    Budget {
        stage: "new process, 1,000 files",
        published: "",
        published_ms: None,
        aim_us: 40_000.0,
        measured: &["process/dry-run/1000"],
    },
    Budget {
        stage: "new process, 10,000 files",
        published: "",
        published_ms: None,
        aim_us: 300_000.0,
        measured: &["process/dry-run/10000"],
    },
];

/// Files of the process whose memory has a budget, the published budget and our aim, in MB.
const MEMORY: (usize, f64, f64) = (1_000, 100.0, 20.0);

/// Every stage with its budget.
pub fn table(results: &Results, peaks: &BTreeMap<usize, u64>) -> Result<String, Error> {
    let mut table = String::from(
        "| stage | published | our aim | median | slowest sample | published ÷ median | aim met |\n\
         |---|--:|--:|--:|--:|--:|---|\n",
    );
    for budget in &BUDGETS {
        let (mut median, mut slowest) = (0.0, 0.0);
        for id in budget.measured {
            let measured = results.get(id)?;
            median += measured.median;
            slowest += measured.slowest;
        }
        let aim = budget.aim_us * 1e3;
        let times = budget
            .published_ms
            .map(|published| format!("{}×", round(published * 1e6 / median)));
        // Writing to a string cannot fail.
        _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} |",
            budget.stage,
            budget.published,
            time(aim),
            time(median),
            time(slowest),
            times.unwrap_or_default(),
            verdict(median <= aim),
        );
    }
    let (files, published, aim) = MEMORY;
    let peak = peaks.get(&files).map_or(0.0, |bytes| megabytes(*bytes));
    _ = writeln!(
        table,
        "| memory, {files} files | {published} MB | {aim} MB | {} MB | | {}× | {} |",
        round(peak),
        round(published / peak),
        verdict(peak <= aim),
    );
    Ok(table)
}

/// The new process: time, memory, and what a file costs.
pub fn processes(results: &Results, peaks: &BTreeMap<usize, u64>) -> Result<String, Error> {
    let mut table = String::from(
        "| `clnrm dry-run` on | median | slowest sample | per file | peak memory |\n\
         |---|--:|--:|--:|--:|\n",
    );
    for (files, peak) in peaks {
        let measured = results.get(&format!("process/dry-run/{files}"))?;
        let (median, slowest) = (time(measured.median), time(measured.slowest));
        let mut share = String::new();
        if *files > 1 {
            #[expect(clippy::cast_precision_loss, reason = "at most ten thousand")]
            let files = *files as f64;
            share = time(measured.median / files);
        }
        let noun = if *files == 1 { "file" } else { "files" };
        let peak = round(megabytes(*peak));
        _ = writeln!(
            table,
            "| {files} {noun} | {median} | {slowest} | {share} | {peak} MB |"
        );
    }
    for (id, name) in [
        ("process/one thread/1000", "1000 files, `--jobs 1`"),
        ("process/json/1000", "1000 files, `--format json`"),
        ("process/help", "nothing: `clnrm --help`"),
        ("process/true", "another program: `true`"),
    ] {
        let measured = results.get(id)?;
        let (median, slowest) = (time(measured.median), time(measured.slowest));
        _ = writeln!(table, "| {name} | {median} | {slowest} | | |");
    }
    Ok(table)
}

fn verdict(met: bool) -> &'static str {
    if met { "yes" } else { "**no**" }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
