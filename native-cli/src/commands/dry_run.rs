//! `clnrm dry-run`: render, parse and check; no containers.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use clnrm_core::checker::settle_unused;
use clnrm_core::report::{FileReport, Report};
use clnrm_core::source::Source;

use crate::args::{Globals, Level, ReportFormat, Variables, Weights};
use crate::check::{Checked, micros, skipped};
use crate::commands::fmt;
use crate::discover::{Fault, discover};
use crate::disk;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::fixing::{Fixed, Wanted, fix};
use crate::printer::text::count;
use crate::printer::{Screen, Texts, github, human, json, junit, print_bytes, sarif, stats, tap};
use crate::session::{Session, Wishes, nothing_found};

/// Arguments of `dry-run`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm dry-run                            Everything below this folder
  clnrm dry-run tests 'api/**/*.toml.tera' A folder and a pattern
  clnrm dry-run --var svc=shop --var retries:=3
  clnrm dry-run --format json | jq .summary
  clnrm dry-run --deny-warnings --allow C119
  clnrm dry-run --format sarif > clnrm.sarif
  clnrm dry-run --fix                      Older spellings, misspelt names
  generate | clnrm dry-run - --stdin-name tests/made.clnrm.toml.tera")]
pub struct Arguments {
    /// Files, folders, patterns, or - for standard input [default: this folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How far to judge
    #[arg(long, value_name = "LEVEL", default_value = "structure")]
    pub level: Level,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: ReportFormat,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Weights.
    #[command(flatten)]
    pub weights: Weights,
    /// Apply fixes that keep what a file means, then check
    #[arg(long)]
    pub fix: bool,
    /// With --fix or --diff: also fixes that may change what a file means
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Write nothing; show what --fix would change
    #[arg(long)]
    pub diff: bool,
    /// Threads [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Where the time went, on standard error
    #[arg(long)]
    pub stats: bool,
    /// The name that standard input goes by
    #[arg(long, value_name = "NAME")]
    pub stdin_name: Option<PathBuf>,
}

/// Checks the files and prints the report.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let begun = Instant::now();
    if arguments.unsafe_fixes && !arguments.fix && !arguments.diff {
        return Err(Error::UnsafeFixesAlone);
    }
    let session = Session::new(
        globals,
        Wishes {
            level: Some(arguments.level.into()),
            variables: arguments.variables.clone(),
            weights: arguments.weights.clone(),
            jobs: arguments.jobs,
            watching: false,
        },
    )?;
    let found = discover(&session.base, &arguments.paths);
    if found.stdin && (arguments.fix || arguments.diff) {
        return Err(Error::FixOfInput);
    }
    let mut checked = session.check(&found.files);
    if arguments.fix || arguments.diff {
        let wanted = if arguments.unsafe_fixes {
            Wanted::All
        } else {
            Wanted::Safe
        };
        let fixed = fix(&session, &checked, wanted);
        if arguments.diff {
            return diff(&fixed, &checked, &found.faults);
        }
        write(&session, &fixed)?;
        if fixed.applied > 0 {
            session.sources.forget_all();
            checked = session.check(&found.files);
        }
    }
    if found.stdin {
        checked.push(session.check_stdin(session.stdin_name(arguments.stdin_name.as_deref())));
    }
    let mut skips = found.skipped;
    skips.extend(
        checked
            .iter()
            .filter_map(|file| skipped(&file.found, &file.report)),
    );
    checked.retain(|file| skipped(&file.found, &file.report).is_none());
    skips.sort_by(|a, b| a.path.cmp(&b.path));

    let mut sources = Vec::new();
    let mut files: Vec<FileReport> = Vec::with_capacity(checked.len());
    for Checked { report, source, .. } in checked {
        sources.extend(source);
        files.push(report);
    }
    files.extend(found.faults.iter().map(|fault| session.fault(fault)));
    settle_unused(&mut files);
    let nothing = files.is_empty();
    if arguments.paths.is_empty() && !nothing {
        session.warn_of_unused_paths(files.iter().map(|file| &*file.path));
    }
    let report = Report::new(files, skips, micros(begun.elapsed()));

    match arguments.format {
        ReportFormat::Json => json::print(&report)?,
        ReportFormat::Sarif => sarif::print(&report)?,
        ReportFormat::Github => print_bytes(github::report(&report).as_bytes())?,
        ReportFormat::Junit => junit::print(&report)?,
        ReportFormat::Tap => print_bytes(tap::report(&report).as_bytes())?,
        ReportFormat::Human if nothing => {
            let screen = Screen::new(globals.color);
            let mut out = String::new();
            human::skipped(&mut out, &report.skipped, &screen.styles);
            screen.print(&out)?;
        }
        ReportFormat::Human => {
            let screen = Screen::new(globals.color);
            sources.sort_by(|a, b| a.name.cmp(&b.name));
            let texts = RunTexts {
                session: &session,
                sources,
            };
            screen.print(&human::report(&report, &texts, &screen))?;
        }
    }
    if arguments.stats {
        let _ = write!(std::io::stderr(), "{}", stats::table(&report));
    }
    if nothing {
        return Err(nothing_found(&arguments.paths));
    }
    Ok(Outcome::of(&report))
}

/// Shows what fixes would change. The outcome is that of the files as they are.
fn diff(fixed: &Fixed, checked: &[Checked], faults: &[Fault]) -> Result<Outcome, Error> {
    let mut out = String::new();
    for (name, (before, after)) in &fixed.files {
        out.push_str(&fmt::diff(name, before, after));
    }
    print_bytes(out.as_bytes())?;
    let files = checked.iter().map(|file| Outcome::of_file(&file.report));
    let unable = (!faults.is_empty()).then_some(Outcome::Unable);
    Ok(files.chain(unable).max().unwrap_or_default())
}

fn write(session: &Session, fixed: &Fixed) -> Result<(), Error> {
    for (name, (_, after)) in &fixed.files {
        let path = session.base.path(name);
        // Of a link, the file it leads to.
        let path = path.canonicalize().unwrap_or(path);
        disk::replace(&path, after).map_err(|error| Error::CannotWrite {
            name: name.to_string(),
            reason: disk::reason(&error),
        })?;
    }
    if fixed.applied > 0 {
        let _ = writeln!(
            std::io::stderr(),
            "fixed {} in {}",
            count(fixed.applied, "fault"),
            count(fixed.files.len(), "file")
        );
    }
    Ok(())
}

/// The sources of diagnostics: of the files themselves those that have any, by name.
struct RunTexts<'a> {
    session: &'a Session,
    sources: Vec<Arc<Source>>,
}

impl Texts for RunTexts<'_> {
    fn source(&self, name: &str) -> Option<Arc<Source>> {
        let own = self
            .sources
            .binary_search_by(|source| (*source.name).cmp(name))
            .ok()
            .map(|at| self.sources[at].clone());
        own.or_else(|| self.session.source(name))
    }

    fn rendered_line(&self, file: &str, combination: u32, line: u32) -> Option<String> {
        self.session
            .rendered_line(&self.source(file)?, combination, line)
    }
}
