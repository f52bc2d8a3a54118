//! Turns what the benchmarks measured into the tables of `docs/performance.md`, so that no figure
//! there was typed by hand.
//!
//! ```text
//! cargo bench --bench performance
//! cargo run -p clnrm-benches --bin table               prints the tables
//! cargo run -p clnrm-benches --bin table -- --write    puts them into docs/performance.md
//! ```
//!
//! Only what stands between `<!-- table: NAME -->` and `<!-- /table -->` is replaced. `NAME` is a
//! group of the benchmarks, or one of `machine`, `budgets`, `process` and `allocations`; one that
//! begins with `page-` belongs to `npm run measure`, with `watch-` to `save_to_verdict`: those stay.

mod allocations;
mod budgets;
mod error;
mod memory;
mod results;

use std::process::ExitCode;

use clnrm_benches::document;

use error::Error;
use results::Results;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    // First, while this process is small: the peak of a child begins with that of its parent.
    let peaks = memory::peaks()?;
    let results = Results::read(&clnrm_benches::target().join("criterion"))?;
    let path = document::page();
    let text = std::fs::read_to_string(&path).map_err(|error| Error::file(&path, error))?;
    let filled = document::fill(&text, |name, held| match name {
        "machine" => Ok(machine()),
        "allocations" => Ok(allocations::table()),
        "budgets" => budgets::table(&results, &peaks),
        "process" => budgets::processes(&results, &peaks),
        // Measured by `npm run measure`, and by `save_to_verdict`.
        other if other.starts_with("page-") || other.starts_with("watch-") => Ok(held.to_owned()),
        group => results.table(group),
    })?;
    if std::env::args().any(|argument| argument == "--write") {
        std::fs::write(&path, filled).map_err(|error| Error::file(&path, error))?;
    } else {
        document::tables(&filled).for_each(|table| println!("{table}"));
    }
    Ok(())
}

/// The machine in general terms: enough to judge the figures by.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("Measured on {cores} cores, {processor}, {system}, with the release profile.\n")
}
