//! `clnrm watch`: check again on every save.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;

use crate::args::{Format, Globals, Level, Variables, Weights};
use crate::discover::STDIN;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::Screen;
use crate::run::network::{DEFAULT_RANGE, Range};
use crate::session::{Session, Wishes, nothing_found};
use crate::watch::inbox::Inbox;
use crate::watch::looping::{self, Loop};
use crate::watch::running::{Around, Running};
use crate::watch::runs::RunWishes;
use crate::watch::show::{Panel, Show};
use crate::watch::signals;
use crate::watch::state::State;

/// Arguments of `watch`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm watch                      Everything below this folder
  clnrm watch tests --level syntax Only whether templates render, and to TOML
  clnrm watch --once --format json One pass, one line of JSON
  clnrm watch tests --run          Run in containers what is valid and has changed
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
    /// Use the whole screen, and give it back at the end
    #[arg(long, conflicts_with = "no_clear")]
    pub full_screen: bool,
    /// Where the time went, on standard error at the end
    #[arg(long)]
    pub stats: bool,
    /// Keep the statistics in a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
    /// Send a trace of each pass to a collector of OpenTelemetry, such as http://localhost:4318
    #[arg(long, value_name = "URL")]
    pub trace_endpoint: Option<String>,
    /// Run the tests of valid files in containers, as they change
    #[arg(long)]
    pub run: bool,
    /// The container engine for --run, such as unix:///var/run/docker.sock
    #[arg(long, value_name = "URL")]
    pub engine: Option<String>,
    /// Where networks get their addresses from with --run
    #[arg(long, value_name = "CIDR", default_value = DEFAULT_RANGE, env = "CLNRM_ADDRESS_RANGE", hide_env = true)]
    pub address_range: Range,
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
    let for_people = screen.terminal && arguments.format == Format::Human && !arguments.once;
    let show = Show {
        format: arguments.format,
        in_place: for_people && !arguments.no_clear,
        full_screen: for_people && arguments.full_screen,
        failures_only: false,
        cleared: false,
        paused: false,
        panel: Panel::None,
        run: String::new(),
        running: String::new(),
        screen,
        seen: None,
    };
    let state = State::new(arguments.paths.clone());
    let run = arguments.run.then(|| RunWishes {
        engine: arguments.engine.clone(),
        range: arguments.address_range,
        frozen: globals.freeze_clock.is_some(),
    });
    if arguments.once {
        return once(state, &session, show, arguments, run, began);
    }
    let wishes = looping::Wishes {
        poll: arguments.poll,
        stats: arguments.stats,
        metrics: arguments.metrics.clone(),
        trace_endpoint: arguments.trace_endpoint.clone(),
        run,
    };
    Loop::new(session, state, show, wishes)?.run(began)
}

/// A single pass through the same machinery, and with `--run` a single run.
fn once(
    mut state: State,
    session: &Session,
    mut show: Show,
    arguments: &Arguments,
    run: Option<RunWishes>,
    began: Instant,
) -> Result<Outcome, Error> {
    let pass = state.first(session, began);
    show.pass(&pass, &state, session)?;
    if state.is_empty() {
        return Err(nothing_found(&arguments.paths));
    }
    let Some(run) = run else {
        return Ok(state.outcome());
    };
    let inbox = Arc::new(Inbox::default());
    signals::listen(inbox.clone());
    let mut running = Running::new(run, inbox.clone());
    let mut around = Around {
        state: &state,
        session,
        show: &mut show,
    };
    running.after(&pass, &mut around)?;
    running.wait(&inbox, &mut around)?;
    Ok(state.outcome().max(running.outcome))
}
