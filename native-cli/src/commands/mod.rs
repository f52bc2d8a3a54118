//! One module for each command: its arguments, and what it does.

pub mod analyze;
pub mod clean;
pub mod completions;
pub mod diff;
pub mod dry_run;
pub mod explain;
pub mod fmt;
pub mod graph;
pub mod init;
pub mod playground;
pub mod render;
pub mod run;
pub mod schema;
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
        Command::Analyze(arguments) => analyze::run(&arguments, globals),
        Command::Diff(arguments) => diff::run(&arguments, globals),
        Command::Fmt(arguments) => fmt::run(&arguments, globals),
        Command::Graph(arguments) => graph::run(&arguments, globals),
        Command::Playground(arguments) => playground::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments, globals),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Run(arguments) => run::run(&arguments, globals),
        Command::Clean(arguments) => clean::run(&arguments, globals),
        Command::Watchdog(arguments) => {
            crate::run::watchdog::run(&arguments.session, &arguments.engine, &arguments.step)
        }
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
