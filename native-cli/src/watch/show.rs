//! Printing a pass: a picture on a terminal, one line a result in a pipe, or one line of JSON.

use std::fmt::Write as _;
use std::sync::Arc;

use clnrm_core::report::Report;
use serde::Serialize;

use super::pass::Pass;
use super::picture::{Picture, plain};
use super::state::State;
use crate::args::Format;
use crate::errors::Error;
use crate::printer::{Screen, print_bytes, print_error_text};
use crate::session::Session;

/// Terminals that know it draw what is between these at once.
const BEGIN: &str = "\x1b[?2026h";
const END: &str = "\x1b[?2026l";
/// The first column of the first row.
const HOME: &str = "\x1b[H";
/// Erases the row of the cursor.
const ERASE_ROW: &str = "\x1b[2K";
/// Erases what is below the cursor; the scrollback stays as it is.
const ERASE_BELOW: &str = "\x1b[J";
/// Rows of a terminal that does not say how many it has.
const ROWS: usize = 24;

/// What stands above the results because somebody asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Panel {
    /// Nothing.
    #[default]
    None,
    /// The keys.
    Help,
    /// A table of statistics.
    Statistics(String),
}

/// How passes are printed.
#[derive(Clone, Debug)]
pub struct Show {
    /// For people or programs.
    pub format: Format,
    /// Whether a pass takes the place of the one before on the visible screen.
    pub in_place: bool,
    /// Whether the screen is ours alone.
    pub full_screen: bool,
    /// Whether warnings are left out.
    pub failures_only: bool,
    /// Whether nothing but the numbers is shown until the next pass.
    pub cleared: bool,
    /// Whether events are let pass.
    pub paused: bool,
    /// What stands above the results.
    pub panel: Panel,
    /// What came of the last run of tests so far.
    pub run: String,
    /// What is being run.
    pub running: String,
    /// Where to.
    pub screen: Screen,
    /// Rows that the screen had when it was drawn last; `None`: what is on it is not ours.
    pub seen: Option<usize>,
}

impl Show {
    /// Prints one pass.
    pub fn pass(&mut self, pass: &Pass, state: &State, session: &Session) -> Result<(), Error> {
        match self.format {
            Format::Json => {
                // What is no result belongs to standard error.
                for notice in &pass.notices {
                    print_error_text(&format!("{notice}\n"));
                }
                print_bytes(&json(pass, state)?)
            }
            Format::Human if !self.screen.terminal => {
                print_bytes(plain(pass, state, &self.screen).as_bytes())
            }
            Format::Human => {
                self.screen = self.screen.measured();
                let rows = self.rows(pass, state, session);
                let text = if self.in_place {
                    self.over_the_last(&rows)
                } else {
                    rows.join("\n") + "\n"
                };
                self.seen = Some(self.height());
                print_bytes(text.as_bytes())
            }
        }
    }

    fn rows(&self, pass: &Pass, state: &State, session: &Session) -> Vec<String> {
        // The row below the last one is the cursor's.
        let height = self.height() - 1;
        Picture {
            pass,
            state,
            session,
            screen: self.screen,
            height: self.in_place.then_some(height),
            failures_only: self.failures_only,
            cleared: self.cleared,
            paused: self.paused,
            run: [&self.run, &self.running],
            panel: match &self.panel {
                Panel::None => None,
                Panel::Help => Some(super::keys::HELP),
                Panel::Statistics(table) => Some(table),
            },
        }
        .rows()
    }

    fn height(&self) -> usize {
        terminal_size::terminal_size()
            .map_or(ROWS, |(_, height)| usize::from(height.0))
            .max(3)
    }

    /// In one write, row over row: nothing is empty in between.
    fn over_the_last(&self, rows: &[String]) -> String {
        let mut text = String::from(BEGIN);
        // What is on the screen and not ours goes to the scrollback instead of being lost: all of it
        // at first, and what a terminal that was made higher took back from there.
        let height = self.height();
        match self.seen {
            _ if self.full_screen => {}
            // From the row of the cursor: what is below it is empty.
            None => text.push_str(&"\n".repeat(height)),
            Some(seen) if seen < height => {
                let _ = write!(text, "\x1b[{height}H{}", "\n".repeat(height - seen));
            }
            Some(_) => {}
        }
        text.push_str(HOME);
        for row in rows {
            text.push_str(ERASE_ROW);
            text.push_str(row);
            text.push_str("\x1b[0m\r\n");
        }
        text.push_str(ERASE_BELOW);
        text.push_str(END);
        text
    }
}

#[derive(Serialize)]
struct Event<'a> {
    event: &'static str,
    reason: &'a [Arc<str>],
    checked: usize,
    skipped_unchanged: usize,
    latency_us: u64,
    removed: &'a [Arc<str>],
    mended: Vec<&'a Arc<str>>,
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
        mended: pass.mended.iter().collect(),
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
