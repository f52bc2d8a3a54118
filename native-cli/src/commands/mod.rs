//! One module for each command: its arguments, and what it does.

pub mod completions;
pub mod dry_run;
pub mod explain;
pub mod init;
pub mod render;
pub mod watch;

use crate::args::{Cli, Command};
use crate::errors::Error;
use crate::exit::Outcome;

/// Does what was asked for.
pub fn run(cli: Cli) -> Result<Outcome, Error> {
    let globals = &cli.globals;
    match cli.command {
        Command::Init(arguments) => init::run(&arguments, globals),
        Command::DryRun(arguments) => dry_run::run(&arguments, globals),
        Command::Render(arguments) => render::run(&arguments, globals),
        Command::Watch(arguments) => watch::run(&arguments, globals),
        Command::Explain(arguments) => explain::run(&arguments, globals),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
