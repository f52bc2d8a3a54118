//! The command line `clnrm`: arguments in, a report out, an exit code.
//!
//! All judgement is in `clnrm-core`; here are the disk, the clock, the environment, threads and the
//! screen. `main` only dispatches: arguments as typed (`args`) become the objects of a run
//! (`session`), a command (`commands`) works with them, a printer (`printer`) shows the result.

#![forbid(unsafe_code)]

mod args;
mod check;
mod commands;
mod discover;
mod disk;
mod errors;
mod exit;
mod paths;
mod printer;
mod project;
mod session;
mod settings_fault;
mod vars;
mod watch;
mod world;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match commands::run(args::Cli::parse()) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            // Nobody may be reading standard error: then the exit code has to do.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            error.outcome().into()
        }
    }
}
