//! `clnrm watch`: check again on every save.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

use clap::Args;

use crate::args::{Format, Globals, Level, Variables, Weights};
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::Screen;
use crate::session::{Session, Wishes, nothing_found};
use crate::watch::batch::{Batch, gather};
use crate::watch::events::{Folders, Stop, listen_for_signals};
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

Ctrl-C leaves.")]
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
    pub jobs: Option<usize>,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Weights.
    #[command(flatten)]
    pub weights: Weights,
}

const POLLING: &str = "the system's limit of watches is reached: looking at the folders twice a \
    second instead (raise fs.inotify.max_user_watches)";

/// Runs the loop until the user leaves.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let began = Instant::now();
    let mut session = Session::new(
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
        screen,
    };
    let mut state = State::new(arguments.paths.clone());
    if arguments.once {
        return once(&mut state, &session, &show, arguments, began);
    }

    let (sender, messages) = mpsc::channel();
    listen_for_signals(sender.clone());
    let mut folders = Folders::new(sender, arguments.poll)?;
    // Watch first, read then: no change falls in between. A folder that is made meanwhile is found
    // by searching until there is no new one.
    loop {
        state.find(&session);
        if !folders.sync(&state.folders(), &BTreeSet::new())? {
            break;
        }
    }
    let mut told_polling = arguments.poll;
    let mut pass = Some(state.first(&session, began));
    let mut renewed = BTreeSet::new();
    loop {
        if let Some(pass) = &mut pass {
            if folders.polls() && !told_polling {
                told_polling = true;
                pass.notices.push(POLLING.into());
            }
            show.pass(pass, &state, &session)?;
        }
        // A folder that was touched may be another one by now, of the same name. What happened in
        // a folder before it was watched made no event: look at everything.
        let batch = if folders.sync(&state.folders(), &renewed)? {
            Batch::everything()
        } else {
            match gather(&messages, session.window()) {
                Ok(batch) => batch,
                Err(Stop::Asked) => return Ok(Outcome::Good),
                Err(Stop::Terminated) => return Ok(Outcome::Interrupted),
            }
        };
        pass = state.next(&mut session, &batch);
        renewed = batch.paths;
    }
}

/// A single pass through the same machinery.
fn once(
    state: &mut State,
    session: &Session,
    show: &Show,
    arguments: &Arguments,
    began: Instant,
) -> Result<Outcome, Error> {
    let pass = state.first(session, began);
    show.pass(&pass, state, session)?;
    if state.is_empty() {
        return Err(nothing_found(&arguments.paths));
    }
    Ok(state.outcome())
}
