//! `clnrm fmt`: the usual layout for plain test files. Templates are left alone: white space is part
//! of what they render to.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clnrm_core::checker::is_template;
use clnrm_core::diagnostic::{Code, Level};
use clnrm_core::format::format;
use clnrm_core::report::{FileReport, Skipped};
use clnrm_core::source::Source;
use similar::TextDiff;

use crate::args::Globals;
use crate::check::skipped;
use crate::discover::{Found, discover};
use crate::disk::{self, reason};
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::text::{clean, count};
use crate::printer::{Screen, Texts, human, print_bytes};
use crate::session::{Session, Wishes, nothing_found};

/// Arguments of `fmt`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm fmt                      Every plain test file below this folder
  clnrm fmt --check              Exit code 1 if one is not in its usual form; writes nothing
  clnrm fmt --diff tests         What would change
  clnrm fmt - < a.clnrm.toml     From standard input to standard output

Names, values, comments and their order stay as they are; templates are left alone.")]
pub struct Arguments {
    /// Files, folders, patterns, or - for standard input [default: this folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write nothing; exit with 1 if a file would change
    #[arg(long)]
    pub check: bool,
    /// Write nothing; show what would change
    #[arg(long)]
    pub diff: bool,
}

/// What became of a file.
enum Done {
    /// It was in its usual form.
    Same,
    /// It was not: what to show.
    Changed(String),
    /// It is a template.
    Template,
    /// It is no test file, and was not named.
    Skipped(Skipped),
    /// It is no TOML.
    Faulty(Box<FileReport>, Option<Arc<Source>>),
    /// It could not be read or written: why.
    Unable(String),
}

/// Formats the files.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let wishes = Wishes {
        level: Some(Level::Syntax),
        ..Wishes::default()
    };
    let session = Session::new(globals, wishes)?;
    let found = discover(&session.base, &arguments.paths);
    if found.stdin {
        return standard_input(arguments, &session, globals);
    }
    if found.files.is_empty() && found.faults.is_empty() {
        return Err(nothing_found(&arguments.paths));
    }
    let screen = Screen::new(globals.color);
    let mut out = String::new();
    let mut outcome = Outcome::Good;
    let (mut changed, mut templates, mut faulty) = (0, 0, 0);
    let mut passed_over = Vec::new();
    for fault in &found.faults {
        let _ = writeln!(
            io::stderr(),
            "error: {}; {}",
            clean(&fault.message),
            clean(&fault.help)
        );
        outcome = Outcome::Unable;
    }
    for file in &found.files {
        match one(file, arguments, &session) {
            Done::Same => {}
            Done::Changed(text) => {
                changed += 1;
                out.push_str(&text);
                if arguments.check {
                    outcome = outcome.max(Outcome::Faults);
                }
            }
            Done::Template => {
                templates += 1;
                if file.named {
                    let _ = writeln!(out, "left alone: {} is a template", clean(&file.name));
                }
            }
            Done::Skipped(file) => passed_over.push(file),
            Done::Faulty(report, source) => {
                faulty += 1;
                let texts = One {
                    session: &session,
                    source,
                };
                human::files(&mut out, std::iter::once(&*report), &texts, &screen);
                outcome = outcome.max(Outcome::Faults);
            }
            Done::Unable(why) => {
                let _ = writeln!(io::stderr(), "error: {why}");
                outcome = outcome.max(Outcome::Unable);
            }
        }
    }
    human::skipped(&mut out, &passed_over, &screen.styles);
    let verb = if arguments.check || arguments.diff {
        "to format"
    } else {
        "formatted"
    };
    let mut parts = vec![
        count(found.files.len() - passed_over.len(), "file"),
        format!("{changed} {verb}"),
    ];
    if templates > 0 {
        parts.push(format!("{} left alone", count(templates, "template")));
    }
    if faulty > 0 {
        parts.push(format!("{faulty} no TOML"));
    }
    let _ = writeln!(out, "{}", parts.join(" · "));
    screen.print(&out)?;
    Ok(outcome)
}

fn one(file: &Found, arguments: &Arguments, session: &Session) -> Done {
    if is_template(&file.name) {
        return Done::Template;
    }
    let name = clean(&file.name);
    let text = match disk::read(&file.path, session.source_limit()) {
        Ok(text) => text,
        Err(fault) => {
            return Done::Unable(format!(
                "cannot read `{name}`: {}",
                fault.reason(&file.name)
            ));
        }
    };
    let Some(formatted) = format(&text) else {
        let Some(checked) = session.check(std::slice::from_ref(file)).pop() else {
            return Done::Same;
        };
        return match checked
            .report
            .diagnostics
            .iter()
            .any(|found| found.code == Code::S104)
        {
            true => Done::Template,
            false => Done::Faulty(Box::new(checked.report), checked.source),
        };
    };
    if formatted == text {
        return Done::Same;
    }
    if !file.named {
        let checked = session.check(std::slice::from_ref(file)).pop();
        if let Some(file) = checked.and_then(|checked| skipped(&checked.found, &checked.report)) {
            return Done::Skipped(file);
        }
    }
    if arguments.diff {
        return Done::Changed(diff(&file.name, &text, &formatted));
    }
    if arguments.check {
        return Done::Changed(format!("would format {name}\n"));
    }
    match disk::replace(&file.real, &formatted) {
        Ok(()) => Done::Changed(format!("formatted {name}\n")),
        Err(error) => Done::Unable(format!("cannot write `{name}`: {}", reason(&error))),
    }
}

/// Formats what comes in; what is no TOML comes out as it was, beside the reason.
fn standard_input(
    arguments: &Arguments,
    session: &Session,
    globals: &Globals,
) -> Result<Outcome, Error> {
    let name = session.stdin_name(None);
    let text =
        disk::read_all(&mut io::stdin().lock(), 0, session.source_limit()).map_err(|fault| {
            Error::Unreadable {
                name: name.to_string(),
                reason: fault.reason(&name),
            }
        })?;
    let Some(formatted) = format(&text) else {
        if !arguments.check && !arguments.diff {
            print_bytes(text.as_bytes())?;
        }
        let source = Arc::new(Source::new(name, text));
        let report = session
            .checker
            .check(&source, &session.sources, &session.options);
        let screen = Screen::errors(globals.color);
        let texts = One {
            session,
            source: Some(source),
        };
        let mut out = String::new();
        human::files(&mut out, std::iter::once(&report), &texts, &screen);
        let _ = write!(io::stderr(), "{out}");
        return Ok(Outcome::Faults);
    };
    if arguments.diff {
        print_bytes(diff(&name, &text, &formatted).as_bytes())?;
    } else if !arguments.check {
        print_bytes(formatted.as_bytes())?;
    }
    Ok(if arguments.check && formatted != text {
        Outcome::Faults
    } else {
        Outcome::Good
    })
}

/// A unified diff.
pub fn diff(name: &str, before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string()
}

/// The text of the one file that is shown.
struct One<'a> {
    session: &'a Session,
    source: Option<Arc<Source>>,
}

impl Texts for One<'_> {
    fn source(&self, name: &str) -> Option<Arc<Source>> {
        let own = self.source.as_ref().filter(|source| *source.name == *name);
        own.cloned().or_else(|| self.session.source(name))
    }

    fn rendered_line(&self, _: &str, _: u32, _: u32) -> Option<String> {
        None
    }
}
