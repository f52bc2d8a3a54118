//! `clnrm init`: a small project that passes as it stands.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::args::Globals;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::paths::Base;
use crate::printer::Screen;
use crate::printer::text::clean;

/// What is written, in the order it is read best.
const FILES: [(&str, &str); 3] = [
    ("clnrm.toml", include_str!("clnrm.toml")),
    ("tests/hello.clnrm.toml", include_str!("hello.clnrm.toml")),
    (
        "tests/greetings.clnrm.toml.tera",
        include_str!("greetings.clnrm.toml.tera"),
    ),
];

/// Arguments of `init`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm init               A project in this folder
  clnrm init shop          A project in the folder shop, which is made if need be
  clnrm init --force       Overwrite what is in the way")]
pub struct Arguments {
    /// Where
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub folder: PathBuf,
    /// Overwrite files that are there already
    #[arg(long)]
    pub force: bool,
}

/// Writes the project: all of it, or nothing if something is in the way.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let base = Base::here()?;
    let folder = base.absolute(&arguments.folder);
    let paths = FILES.map(|(name, _)| folder.join(name));
    if !arguments.force
        && let Some(taken) = paths.iter().find(|path| path.symlink_metadata().is_ok())
    {
        let shown = base.name(taken);
        return Err(Error::Exists(PathBuf::from(&*shown)));
    }
    let screen = Screen::new(globals.color);
    let (good, faint) = (screen.styles.good, screen.styles.faint);
    let mut out = String::new();
    for (path, (_, text)) in paths.iter().zip(FILES) {
        let shown = base.name(path);
        write_file(path, text, arguments.force).map_err(|reason| match reason.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists(PathBuf::from(&*shown)),
            _ => Error::Unwritable {
                path: PathBuf::from(&*shown),
                reason,
            },
        })?;
        let _ = writeln!(out, "{good}wrote{good:#} {}", clean(&shown));
    }
    let inside = base.name(&folder);
    let step = if &*inside == "." {
        String::new()
    } else {
        format!("cd {} && ", clean(&inside))
    };
    let _ = writeln!(out, "{faint}next:{faint:#} {step}clnrm dry-run");
    screen.print(&out)?;
    Ok(Outcome::Good)
}

fn write_file(path: &Path, text: &str, force: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        // Also when somebody put a file there since we looked.
        options.create_new(true);
    }
    options.open(path)?.write_all(text.as_bytes())
}
