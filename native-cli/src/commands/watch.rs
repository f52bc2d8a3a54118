//! `clnrm watch`: check again on every save.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::args::{Format, Globals, Level, Variables, Weights};
use crate::discover::STDIN;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::Screen;
use crate::session::{Session, Wishes, nothing_found};
use crate::watch::looping::Loop;
use crate::watch::show::Show;
use crate::watch::state::State;

/// Arguments of `watch`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm watch                      Everything below this folder
  clnrm watch tests --level syntax Only whether templates render, and to TOML
  clnrm watch --once --format json One pass, one line of JSON
  clnrm watch --poll               Where events do not arrive, such as network mounts

On a terminal, h shows the keys; q or Ctrl-C leaves.")]
pub struct Arguments {
    /// Files, folders or patterns [default: this folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How far to judge [default: of the project file, else structure]
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<Level>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// One pass, and leave
    #[arg(long)]
    pub once: bool,
    /// Look at the folders now and then instead of waiting for events
    #[arg(long)]
    pub poll: bool,
    /// Leave on the screen what is there
    #[arg(long)]
    pub no_clear: bool,
    /// Threads [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Weights.
    #[command(flatten)]
    pub weights: Weights,
}

/// Runs the loop until the user leaves.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let began = Instant::now();
    if arguments.paths.iter().any(|path| path == Path::new(STDIN)) {
        return Err(Error::StdinIsNoFile);
    }
    let session = Session::new(
        globals,
        Wishes {
            level: arguments.level.map(Into::into),
            variables: arguments.variables.clone(),
            weights: arguments.weights.clone(),
            jobs: arguments.jobs,
            watching: true,
        },
    )?;
    let screen = Screen::new(globals.color);
    let show = Show {
        format: arguments.format,
        clear: screen.terminal && !arguments.no_clear && !arguments.once,
        only_errors: false,
        screen,
    };
    let state = State::new(arguments.paths.clone());
    if arguments.once {
        return once(state, &session, &show, arguments, began);
    }
    Loop::new(session, state, show, arguments.poll)?.run(began)
}

/// A single pass through the same machinery.
fn once(
    mut state: State,
    session: &Session,
    show: &Show,
    arguments: &Arguments,
    began: Instant,
) -> Result<Outcome, Error> {
    let pass = state.first(session, began);
    show.pass(&pass, &state, session)?;
    if state.is_empty() {
        return Err(nothing_found(&arguments.paths));
    }
    Ok(state.outcome())
}
