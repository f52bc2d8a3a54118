//! Arguments as they are typed: the first of two steps.
//!
//! Here clap turns words into plain values, checks their shape and writes the help. What they mean
//! for a run (paths to walk, options of the checker, colours) is the second step, `session`.

pub mod values;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clnrm_core::diagnostic::Code;

use crate::commands::{
    analyze, clean, completions, diff, dry_run, explain, fmt, graph, init, playground, render, run,
    schema, watch,
};
use values::{MatrixPick, Variable};

const EXAMPLES: &str = "\
Examples:
  clnrm init                      Start with a small project here
  clnrm dry-run                   Check every test file below this folder
  clnrm watch tests               Check again on every save
  clnrm run --tag smoke           Run tests in containers
  clnrm render api.clnrm.toml.tera --map
                                  See what a template renders to, and from where
  clnrm explain C103              What a code means, and how to mend it

Exit codes: 0 all good, 1 something is wrong with the tests, 2 the command could not do its work,
3 the environment failed, 130 interrupted.";

/// Tests as TOML, or as templates of it: rendered, checked and explained in milliseconds.
#[derive(Debug, Parser)]
#[command(
    name = "clnrm",
    version,
    after_help = EXAMPLES,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    disable_help_flag = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. Each has a module of its own under `commands`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a small project that passes as it stands
    Init(init::Arguments),
    /// Render, parse and check test files, without running anything
    #[command(name = "dry-run", visible_aliases = ["validate", "check"])]
    DryRun(dry_run::Arguments),
    /// Print what a template renders to, byte for byte
    Render(render::Arguments),
    /// Check again on every save
    Watch(watch::Arguments),
    /// Hold what a test expects against recorded traces
    Analyze(analyze::Arguments),
    /// Compare two traces, span by span
    Diff(diff::Arguments),
    /// Run tests in containers
    Run(Box<run::Arguments>),
    /// Remove what dead runs left behind
    Clean(clean::Arguments),
    /// Outlives a run and removes what it leaves behind; a run starts it by itself
    #[command(name = crate::run::watchdog::COMMAND, hide = true)]
    Watchdog(WatchdogArguments),
    /// Put plain test files into their usual layout
    Fmt(fmt::Arguments),
    /// Draw a test or a trace: services, scenarios, spans, and how they hang together
    Graph(graph::Arguments),
    /// Serve the playground page on this machine
    Playground(playground::Arguments),
    /// What a code means, and how to mend it
    Explain(explain::Arguments),
    /// Print the JSON Schema of the test file, for editors
    Schema(schema::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
}

/// What a run tells the process that outlives it.
#[derive(Clone, Debug, Args)]
pub struct WatchdogArguments {
    /// The run.
    pub session: String,
    /// The engine.
    pub engine: String,
    /// Which of the two steps of its start.
    pub step: String,
}

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set; always with `CLICOLOR_FORCE`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which set of limits holds for a render.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum LimitSet {
    /// Those of the command line.
    #[default]
    Cli,
    /// The narrower ones of the browser playground.
    Playground,
}

/// How far to judge.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Level {
    /// The template renders, and to TOML.
    Syntax,
    /// And each setting is right by itself.
    Semantic,
    /// And the settings fit together.
    Structure,
}

impl From<Level> for clnrm_core::diagnostic::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Syntax => Self::Syntax,
            Level::Semantic => Self::Semantic,
            Level::Structure => Self::Structure,
        }
    }
}

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
}

/// How verdicts on a trace are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum VerdictFormat {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
    /// JUnit's XML, for the dashboards of build servers.
    Junit,
}

/// How the report of a run is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum RunFormat {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// Annotations of a GitHub workflow.
    Github,
    /// The Test Anything Protocol, version 14.
    Tap,
}

/// How the report of a check is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of a GitHub workflow.
    Github,
    /// JUnit's XML, for the dashboards of build servers.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
}

/// What holds for every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Print help
    // One line for each flag, for `--help` as for `-h`.
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
    /// The project file, instead of the nearest clnrm.toml upwards
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The profile: dev, ci, production, or one of the project file [default: $CLNRM_PROFILE, else dev]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = false
    )]
    pub color: Color,
    /// Seed of every random function that names none
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Let the clock of templates stand still, such as at 2025-01-01T00:00:00Z
    #[arg(long, global = true, value_name = "MOMENT")]
    pub freeze_clock: Option<String>,
    /// Check only these combinations of a matrix; repeatable
    #[arg(long, global = true, value_name = "NAME=VALUE", value_parser = values::matrix_pick)]
    pub matrix: Vec<MatrixPick>,
    /// Templates see no environment variables
    #[arg(long, global = true)]
    pub no_env: bool,
    /// How much a template may cost
    #[arg(long, global = true, value_name = "SET", default_value = "cli")]
    pub limits: LimitSet,
}

/// Variables given on the command line.
#[derive(Clone, Debug, Default, Args)]
pub struct Variables {
    /// A variable for templates, as NAME=TEXT or NAME:=JSON; repeatable
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = values::variable)]
    pub vars: Vec<Variable>,
    /// A file of variables, JSON or TOML
    #[arg(long, value_name = "FILE")]
    pub vars_file: Option<PathBuf>,
}

/// Which codes weigh how much.
#[derive(Clone, Debug, Default, Args)]
pub struct Weights {
    /// Take warnings for errors
    #[arg(long)]
    pub deny_warnings: bool,
    /// Hide a warning or info, by code or name; repeatable
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = values::code)]
    pub allow: Vec<Code>,
    /// Take a warning or info for an error; repeatable
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = values::code)]
    pub deny: Vec<Code>,
}
