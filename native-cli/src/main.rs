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
mod fixing;
mod page;
mod paths;
mod printer;
mod project;
mod run;
mod session;
mod settings_fault;
mod traces;
mod vars;
mod watch;
mod world;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use printer::print_error_text;

fn main() -> ExitCode {
    match commands::run(args::Cli::parse()) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            print_error_text(error.frames().unwrap_or_default());
            // Nobody may be reading standard error: then the exit code has to do.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            error.outcome().into()
        }
    }
}
