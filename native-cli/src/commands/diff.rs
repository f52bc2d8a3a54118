//! `clnrm diff`: two traces, span by span.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use clnrm_core::trace::{Diff, Tolerance};

use crate::args::values;
use crate::args::{Format, Globals};
use crate::check::micros;
use crate::discover::STDIN;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::paths::Base;
use crate::printer::Screen;
use crate::printer::diff::{self, Compared};
use crate::traces;

/// Arguments of `diff`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm diff before.json after.json
  clnrm diff before.json after.json --tolerance 10%   Durations, too, within a tenth
  clnrm diff before.json - --format json < after.json

Ids, process numbers, host names and ports that the system chose do not count; the exit code is 1 if
anything else differs.")]
pub struct Arguments {
    /// The first trace
    #[arg(value_name = "A")]
    pub left: PathBuf,
    /// The second; - for standard input
    #[arg(value_name = "B")]
    pub right: PathBuf,
    /// Compare durations as well, within so much: 5ms, 10% [default: not compared]
    #[arg(long, value_name = "T", value_parser = values::tolerance)]
    pub tolerance: Option<Tolerance>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
    /// How to lay out, for people
    #[arg(long, value_name = "LAYOUT", default_value = "auto")]
    pub layout: Layout,
}

/// How a diff is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Layout {
    /// Side by side on a terminal of 120 columns or more, else one tree.
    #[default]
    Auto,
    /// One tree.
    Tree,
    /// Both side by side.
    SideBySide,
}

/// Compares and prints what differs.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let begun = Instant::now();
    let stdin = Path::new(STDIN);
    if arguments.left == stdin && arguments.right == stdin {
        return Err(Error::StdinTwice);
    }
    let base = Base::here()?;
    let left = traces::read(&base, &arguments.left)?.normalized(false);
    let right = traces::read(&base, &arguments.right)?.normalized(false);
    let compared = Compared {
        diff: &Diff::of(&left, &right, arguments.tolerance),
        left: &left,
        right: &right,
        names: [&arguments.left, &arguments.right].map(|path| path.display().to_string()),
        duration_us: micros(begun.elapsed()),
    };
    match arguments.format {
        Format::Json => diff::json(&compared)?,
        Format::Human => {
            let screen = Screen::new(globals.color);
            let wide = screen.terminal && screen.width >= 120;
            let beside = match arguments.layout {
                Layout::Auto => wide,
                Layout::Tree => false,
                Layout::SideBySide => true,
            };
            screen.print(&diff::human(&compared, &screen, beside))?;
        }
    }
    // The process ends here: giving back the memory of large traces would take time.
    let equal = compared.diff.is_empty();
    std::mem::forget((left, right));
    Ok(if equal {
        Outcome::Good
    } else {
        Outcome::Faults
    })
}
