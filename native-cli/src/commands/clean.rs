//! `clnrm clean`: removes what dead runs left behind.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;

use crate::args::Globals;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::Screen;
use crate::printer::text::count;
use crate::run::engine::{Engine, full};
use crate::run::owner;
use crate::run::remove::{self, Object};

/// Arguments of `clean`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm clean          What runs left behind that are over
  clnrm clean --all    Everything that any run made, also of runs that are going on

Only what carries the label clnrm.session is ever touched.")]
pub struct Arguments {
    /// Also what belongs to runs that are going on, or of which nobody knows
    #[arg(long)]
    pub all: bool,
    /// The container engine, such as unix:///var/run/docker.sock
    #[arg(long, value_name = "URL")]
    pub engine: Option<String>,
}

/// Removes them, and says what.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let screen = Screen::new(globals.color);
    runtime.block_on(async {
        let engine = Engine::find(arguments.engine.as_deref()).await.map_err(Error::NoEngine)?;
        let found = remove::list(&engine, owner::SESSION).await;
        let found = found.map_err(|error| Error::Engine(full(&error)))?;
        let (over, alive): (Vec<Object>, Vec<Object>) = found
            .into_iter()
            .partition(|object| arguments.all || owner::is_over(&object.labels));
        let left = remove::remove(&engine, &over).await;
        let mut out = String::new();
        let mut removed: BTreeMap<_, usize> = BTreeMap::new();
        for object in &over {
            if !left.iter().any(|(other, _)| other == object) {
                *removed.entry(object.kind).or_default() += 1;
            }
        }
        let words: Vec<String> =
            removed.iter().map(|(kind, number)| count(*number, kind.word())).collect();
        if words.is_empty() {
            out.push_str("nothing to remove\n");
        } else {
            let _ = writeln!(out, "removed {}", words.join(", "));
        }
        for (object, reason) in &left {
            let _ = writeln!(out, "left behind: {} {}: {reason}", object.kind.word(), object.name);
        }
        if !alive.is_empty() {
            let what = count(alive.len(), "object");
            let _ = writeln!(out, "{what} of runs that may be going on left alone; `clnrm clean --all` takes them, too");
        }
        screen.print(&out)?;
        Ok(if left.is_empty() { Outcome::Good } else { Outcome::Faults })
    })
}
