//! Printing a pass: frames on a terminal, one line a result in a pipe, or one line of JSON.

use std::fmt::Write as _;
use std::sync::Arc;

use clnrm_core::diagnostic::Severity;
use clnrm_core::report::{FileReport, Report, Summary};
use serde::Serialize;

use super::state::{Pass, State, StateTexts};
use crate::args::Format;
use crate::errors::Error;
use crate::printer::style::Styles;
use crate::printer::text::{clean, count, duration};
use crate::printer::{Screen, human, lines, print_bytes};
use crate::session::Session;

/// Frames shown at once; a screen holds a tenth of that.
const MAX_FRAMES: usize = 100;
/// Home, and erase from there: the scrollback stays as it is.
const CLEAR: &str = "\x1b[H\x1b[J";
/// Names shown of what changed.
const MAX_REASONS: usize = 3;

/// How passes are printed.
#[derive(Clone, Copy, Debug)]
pub struct Show {
    /// For people or programs.
    pub format: Format,
    /// Whether the visible screen is cleared before each pass.
    pub clear: bool,
    /// Whether frames of warnings are left out.
    pub only_errors: bool,
    /// Where to.
    pub screen: Screen,
}

impl Show {
    /// Prints one pass.
    pub fn pass(&self, pass: &Pass, state: &State, session: &Session) -> Result<(), Error> {
        match self.format {
            Format::Json => {
                // What is no result belongs to standard error.
                for notice in &pass.notices {
                    use std::io::Write as _;
                    let _ = writeln!(std::io::stderr(), "{notice}");
                }
                print_bytes(&json(pass, state)?)
            }
            Format::Human => print_bytes(self.human(pass, state, session).as_bytes()),
        }
    }

    /// Empties the visible screen.
    pub fn wipe(&self) -> Result<(), Error> {
        print_bytes(CLEAR.as_bytes())
    }

    fn human(&self, pass: &Pass, state: &State, session: &Session) -> String {
        let styles = &self.screen.styles;
        let mut out = String::new();
        if self.clear {
            out.push_str(CLEAR);
        }
        let all = state.summary(pass.latency);
        if !pass.reason.is_empty() {
            reason(&mut out, pass, all.files, styles);
        }
        if self.screen.terminal {
            let texts = StateTexts { state, session };
            let least = if self.only_errors {
                Severity::Error
            } else {
                Severity::Warning
            };
            frames(&mut out, &state.broken(), least, &texts, &self.screen);
        } else {
            let of_pass = state.report_of_pass(pass);
            for file in &of_pass.files {
                lines::file(&mut out, file);
            }
        }
        for name in &pass.mended {
            let _ = writeln!(out, "{0}mended{0:#} {1}", styles.good, clean(name));
        }
        for name in &pass.removed {
            let _ = writeln!(out, "{0}removed{0:#} {1}", styles.faint, clean(name));
        }
        for notice in &pass.notices {
            let _ = writeln!(out, "{0}{1}{0:#}", styles.warning, clean(notice));
        }
        for remark in &pass.remarks {
            let _ = writeln!(out, "{0}{remark}{0:#}", styles.faint);
        }
        if pass.reason.is_empty() {
            human::skipped(&mut out, &state.skipped(), styles);
        }
        summary(&mut out, &all, styles);
        out
    }
}

/// `changed tests/_macros.toml.tera → 3 of 12 files`.
fn reason(out: &mut String, pass: &Pass, files: usize, styles: &Styles) {
    let mut names: Vec<_> = pass
        .reason
        .iter()
        .take(MAX_REASONS)
        .map(|name| clean(name).into_owned())
        .collect();
    if pass.reason.len() > MAX_REASONS {
        names.push(format!("{} more", pass.reason.len() - MAX_REASONS));
    }
    let _ = writeln!(
        out,
        "{0}changed{0:#} {1} {0}→ {2} of {3}{0:#}",
        styles.faint,
        names.join(", "),
        pass.checked.len(),
        count(files, "file")
    );
}

/// What is broken now. Infos are counted in the summary only: they are no reason to look up.
fn frames(
    out: &mut String,
    broken: &[&FileReport],
    least: Severity,
    texts: &StateTexts<'_>,
    screen: &Screen,
) {
    let mut left = MAX_FRAMES;
    let mut omitted = 0;
    let mut files: Vec<FileReport> = Vec::new();
    for file in broken {
        let mut file = FileReport::clone(file);
        file.diagnostics
            .retain(|diagnostic| diagnostic.severity >= least);
        let shown = file.diagnostics.len().min(left);
        omitted += file.diagnostics.len() - shown;
        file.diagnostics.truncate(shown);
        left -= shown;
        if shown > 0 {
            files.push(file);
        }
    }
    human::files(out, files.iter(), texts, screen);
    if omitted > 0 {
        let _ = writeln!(out, "and {omitted} more: `clnrm dry-run` shows them all\n");
    }
}

/// `12 files · 11 ok · 1 failed · 34 ms · 14:02:11`.
fn summary(out: &mut String, all: &Summary, styles: &Styles) {
    let mut parts = vec![count(all.files, "file")];
    parts.extend(human::verdicts(all, styles));
    parts.push(duration(all.duration_us));
    let time = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
    parts.push(format!("{0}{time}{0:#}", styles.faint));
    let _ = writeln!(out, "{}", parts.join(" · "));
}

#[derive(Serialize)]
struct Event<'a> {
    event: &'static str,
    reason: &'a [Arc<str>],
    checked: usize,
    skipped_unchanged: usize,
    latency_us: u64,
    removed: &'a [Arc<str>],
    mended: &'a [Arc<str>],
    state: Counts,
    report: Report,
}

#[derive(Serialize)]
struct Counts {
    files: usize,
    ok: usize,
    failed: usize,
}

fn json(pass: &Pass, state: &State) -> Result<Vec<u8>, Error> {
    let summary = state.summary(pass.latency);
    let event = Event {
        event: "pass",
        reason: &pass.reason,
        checked: pass.checked.len(),
        skipped_unchanged: pass.skipped_unchanged,
        latency_us: summary.duration_us,
        removed: &pass.removed,
        mended: &pass.mended,
        state: Counts {
            files: summary.files,
            ok: summary.valid,
            failed: summary.invalid,
        },
        report: state.report_of_pass(pass),
    };
    let mut line = serde_json::to_vec(&event).map_err(std::io::Error::from)?;
    line.push(b'\n');
    Ok(line)
}
