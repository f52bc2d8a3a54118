//! `clnrm render`: what a template renders to.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clnrm_core::checker::RenderedFile;
use clnrm_core::report::FileReport;
use clnrm_core::source::Source;

use crate::args::{Globals, Variables, Weights};
use crate::check::FileTexts;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::text::clean;
use crate::printer::{Screen, human, print_bytes};
use crate::session::{Session, Wishes};

/// Arguments of `render`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm render tests/api.clnrm.toml.tera
  clnrm render api.clnrm.toml.tera --var svc=shop --var 'ports:=[80, 443]'
  clnrm render api.clnrm.toml.tera --map         Which template line each line came from
  clnrm render api.clnrm.toml.tera --show-vars   Each variable, its value, and who set it
  echo '{{ 1 + 1 }}' | clnrm render -")]
pub struct Arguments {
    /// The template, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Show beside each line where it came from
    #[arg(long, conflicts_with = "show_vars")]
    pub map: bool,
    /// Show the variables instead of the text
    #[arg(long)]
    pub show_vars: bool,
    /// The name that standard input goes by
    #[arg(long, value_name = "NAME")]
    pub stdin_name: Option<PathBuf>,
}

/// Renders the file and prints the text.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let session = Session::new(
        globals,
        Wishes {
            level: None,
            variables: arguments.variables.clone(),
            weights: Weights::default(),
            jobs: None,
            watching: false,
        },
    )?;
    let source = session.one(&arguments.file, arguments.stdin_name.as_deref())?;
    match session
        .checker
        .render(&source, &session.sources, &session.options)
    {
        Ok(rendered) if arguments.map => Screen::new(globals.color).print(&map(&rendered, globals)),
        Ok(rendered) if arguments.show_vars => {
            Screen::new(globals.color).print(&variables(&rendered, globals))
        }
        Ok(rendered) => print_bytes(rendered.text.as_bytes()),
        Err(report) => {
            show(&report, &source, &session, globals);
            Err(Error::NotRendered(source.name.to_string()))
        }
    }?;
    Ok(Outcome::Good)
}

/// `tests/a.tera:3 │ text`: for each line of the text the file and line it was written in.
fn map(rendered: &RenderedFile, globals: &Globals) -> String {
    let styles = Screen::new(globals.color).styles;
    let places: Vec<String> = rendered
        .map
        .lines(&rendered.text)
        .iter()
        .zip(rendered.text.lines())
        .map(|((file, line), _)| format!("{}:{line}", clean(&file.name)))
        .collect();
    let width = places.iter().map(String::len).max().unwrap_or(0);
    let mut out = String::new();
    for (place, line) in places.iter().zip(rendered.text.lines()) {
        let frame = styles.frame;
        let row = format!("{frame}{place:<width$} │{frame:#} {line}");
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out
}

/// `name  value  origin`: the values as JSON, so that a text is told from a number.
fn variables(rendered: &RenderedFile, globals: &Globals) -> String {
    let faint = Screen::new(globals.color).styles.faint;
    let rows: Vec<(&str, String, &str)> = rendered
        .variables
        .iter()
        .map(|variable| {
            let value = serde_json::to_string(&variable.value)
                .unwrap_or_else(|_| variable.value.to_string());
            (&*variable.name, value, variable.origin.describe())
        })
        .collect();
    let names = rows.iter().map(|(name, ..)| name.chars().count()).max();
    let values = rows.iter().map(|(_, value, _)| value.chars().count());
    let (names, values) = (names.unwrap_or(0), values.max().unwrap_or(0).min(60));
    let mut out = String::new();
    for (name, value, origin) in &rows {
        let _ = writeln!(
            out,
            "{:<names$}  {:<values$}  {faint}{origin}{faint:#}",
            clean(name),
            clean(value)
        );
    }
    out
}

/// The faults, on standard error: standard output is for the text alone.
fn show(report: &FileReport, source: &Arc<Source>, session: &Session, globals: &Globals) {
    let screen = Screen::errors(globals.color);
    let mut out = String::new();
    let texts = FileTexts { source, session };
    human::files(&mut out, std::iter::once(report), &texts, &screen);
    let _ = anstream::AutoStream::always(io::stderr().lock()).write_all(out.as_bytes());
}
