//! The loop itself: wait, pass, show; and what keys do.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clnrm_core::diagnostic::Level;

use super::batch::{Batch, Wake, gather};
use super::events::Folders;
use super::inbox::{Inbox, Redraw, Stop};
use super::keys::{self, Key};
use super::otlp::{CheckedFile, Exporter};
use super::pace::Pace;
use super::pass::Pass;
use super::running::{Around, Running};
use super::runs::RunWishes;
use super::show::{Panel, Show};
use super::state::State;
use super::statistics::Statistics;
use super::terminal::Terminal;
use super::{metrics, signals};
use crate::args::Format;
use crate::discover::names;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::print_error_text;
use crate::session::Session;

const POLLING: &str = "the system's limit of watches is reached: looking at the folders twice a \
    second instead (raise fs.inotify.max_user_watches and max_user_instances)";

/// What the user asked for besides the files.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Look at folders now and then.
    pub poll: bool,
    /// Print statistics in the end.
    pub stats: bool,
    /// Keep them in this file.
    pub metrics: Option<PathBuf>,
    /// Send a trace of each pass there.
    pub trace_endpoint: Option<String>,
    /// Run the tests of valid files.
    pub run: Option<RunWishes>,
}

/// A running loop.
pub struct Loop {
    session: Session,
    state: State,
    show: Show,
    wishes: Wishes,
    folders: Folders,
    inbox: Arc<Inbox>,
    pace: Pace,
    /// Given back when the loop ends.
    terminal: Option<Terminal>,
    told_polling: bool,
    /// While paused, whether anything happened.
    missed: bool,
    last: Pass,
    statistics: Statistics,
    exporter: Option<Exporter>,
    /// With `--run`.
    running: Option<Running>,
}

impl Loop {
    /// Everything that the loop needs, and nothing checked yet.
    pub fn new(session: Session, state: State, show: Show, wishes: Wishes) -> Result<Self, Error> {
        // Before the terminal is taken: it may be refused.
        let endpoint = wishes.trace_endpoint.as_deref();
        let exporter = endpoint.map(Exporter::new).transpose()?;
        let inbox = Arc::new(Inbox::default());
        let running = wishes.run.clone();
        let running = running.map(|run| Running::new(run, inbox.clone()));
        signals::listen(inbox.clone());
        let for_people = show.format == Format::Human && show.screen.terminal;
        let terminal = for_people.then(|| Terminal::take(show.full_screen));
        if terminal.as_ref().is_some_and(|terminal| terminal.has_keys) {
            keys::listen(inbox.clone());
        }
        Ok(Self {
            pace: Pace::below(session.base.folder()),
            session,
            state,
            show,
            folders: Folders::new(inbox.clone(), wishes.poll),
            inbox,
            terminal,
            told_polling: wishes.poll,
            wishes,
            missed: false,
            last: Pass::new(Instant::now()),
            statistics: Statistics::default(),
            exporter,
            running,
        })
    }

    /// Turns until the user leaves.
    pub fn run(mut self, began: Instant) -> Result<Outcome, Error> {
        let result = self.turn(began);
        // The terminal first: what is printed now is to stay.
        let full_screen = self.show.full_screen;
        drop(self.terminal.take());
        if full_screen && result.is_ok() {
            self.show.in_place = false;
            self.show.cleared = true;
            self.show.pass(&self.last, &self.state, &self.session)?;
        }
        if self.wishes.stats {
            let table = self.statistics.table(&self.session.checker.stats());
            print_error_text(&table);
        }
        self.write_metrics(true);
        result
    }

    fn turn(&mut self, began: Instant) -> Result<Outcome, Error> {
        // Watch first, read then: no change falls in between. A folder that is made meanwhile is
        // found by searching until there is no new one.
        loop {
            self.state.find(&self.session);
            let wanted = self.state.watched();
            if !self.folders.sync(&wanted, &Batch::default()) {
                break;
            }
        }
        let mut first = self.state.first(&self.session, began);
        if self.state.is_empty() {
            first
                .notices
                .push(format!("no test file yet: waiting for {}", names::WANTED));
        }
        if self
            .terminal
            .as_ref()
            .is_some_and(|terminal| terminal.has_keys)
        {
            first.remarks.push("h shows the keys".into());
        }
        self.print(first)?;
        let mut handled = Batch::default();
        let mut batch = Batch::default();
        loop {
            // What happened in a folder before it was watched made no event: look at everything.
            if self.folders.sync(&self.state.watched(), &handled) {
                batch.look_at_everything();
            }
            handled = Batch::default();
            let window = self.session.window();
            let state = &self.state;
            let wake = gather(&self.inbox, window, &self.pace, &mut batch, |path| {
                state.concerns(path)
            });
            match wake {
                Wake::Burst => {
                    handled = std::mem::take(&mut batch);
                    self.pass(&handled)?;
                    self.pace.acted(&handled.touched, window);
                }
                Wake::Key(Key::Leave) => {
                    self.end_run()?;
                    return Ok(Outcome::Good);
                }
                Wake::Stop(stop) => {
                    let interrupted = self.end_run()? || stop == Stop::Terminated;
                    return Ok(if interrupted {
                        Outcome::Interrupted
                    } else {
                        Outcome::Good
                    });
                }
                Wake::Ran => self.hear()?,
                Wake::Key(key) => self.obey(key)?,
                Wake::Redraw(why) => {
                    if why == Redraw::Returned {
                        self.show.seen = None;
                    }
                    self.redraw()?;
                }
            }
        }
    }

    fn pass(&mut self, batch: &Batch) -> Result<(), Error> {
        if self.show.paused {
            self.missed = true;
            return Ok(());
        }
        match self.state.next(&mut self.session, batch) {
            Some(pass) => self.print(pass),
            None => Ok(()),
        }
    }

    fn print(&mut self, mut pass: Pass) -> Result<(), Error> {
        if self.folders.polls() && !self.told_polling {
            self.told_polling = true;
            pass.notices.push(POLLING.into());
        }
        let trouble = self.exporter.as_ref().and_then(Exporter::trouble);
        pass.notices.extend(trouble);
        self.show.panel = Panel::None;
        self.show.cleared = false;
        let begun = Instant::now();
        self.show.pass(&pass, &self.state, &self.session)?;
        self.state.count(
            &pass,
            self.session.jobs,
            begun.elapsed(),
            &mut self.statistics,
        );
        if let Some(exporter) = &self.exporter {
            exporter.send(&pass, self.state.entries.len(), &self.state.checked(&pass));
        }
        self.last = pass;
        self.write_metrics(false);
        self.run_valid()
    }

    /// Runs the tests of what the last pass left valid.
    fn run_valid(&mut self) -> Result<(), Error> {
        self.with_run(|running, last, around| {
            running.after(last, around)?;
            Ok(running.is_going())
        })
    }

    /// Prints what a run has told.
    fn hear(&mut self) -> Result<(), Error> {
        self.with_run(|running, _, around| running.hear(around))
    }

    /// Does something with what runs tests, if anything does; draws again what stands below if it says so.
    fn with_run(
        &mut self,
        act: impl FnOnce(&mut Running, &Pass, &mut Around<'_>) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let Some(running) = &mut self.running else {
            return Ok(());
        };
        let mut around = Around {
            state: &self.state,
            session: &self.session,
            show: &mut self.show,
        };
        if act(running, &self.last, &mut around)? {
            self.redraw_in_place()?;
        }
        Ok(())
    }

    /// Ends the run that is going on; whether there was one.
    fn end_run(&mut self) -> Result<bool, Error> {
        let Some(running) = self.running.as_mut().filter(|running| running.is_going()) else {
            return Ok(false);
        };
        let mut around = Around {
            state: &self.state,
            session: &self.session,
            show: &mut self.show,
        };
        running.end(&self.inbox, &mut around)?;
        self.redraw_in_place()?;
        Ok(true)
    }

    /// Draws the last pass again where pictures take each other's place.
    fn redraw_in_place(&mut self) -> Result<(), Error> {
        if !self.show.in_place {
            return Ok(());
        }
        self.redraw()
    }

    /// Draws the last pass again. In a pipe, and in JSON, it was printed once and for all.
    fn redraw(&mut self) -> Result<(), Error> {
        if self.terminal.is_none() {
            return Ok(());
        }
        self.show.pass(&self.last, &self.state, &self.session)
    }

    fn write_metrics(&mut self, at_the_end: bool) {
        let Some(path) = &self.wishes.metrics else {
            return;
        };
        let cache = self.session.checker.stats();
        let written = metrics::write(path, || self.statistics.metrics(&cache), at_the_end);
        if let Err(error) = written {
            let path = path.display();
            print_error_text(&format!(
                "cannot write `{path}`: {error}; statistics are lost\n"
            ));
            // Said once.
            self.wishes.metrics = None;
        }
    }

    fn obey(&mut self, key: Key) -> Result<(), Error> {
        self.show.cleared = false;
        let panel = std::mem::take(&mut self.show.panel);
        match key {
            Key::Again => return self.again(),
            Key::Pause => {
                self.show.paused ^= true;
                if !self.show.paused && std::mem::take(&mut self.missed) {
                    let mut batch = Batch::default();
                    batch.look_at_everything();
                    self.pass(&batch)?;
                }
            }
            Key::Failures => self.show.failures_only ^= true,
            Key::Level => {
                self.session.options.level = match self.session.options.level {
                    Level::Syntax => Level::Semantic,
                    Level::Semantic => Level::Structure,
                    Level::Structure | Level::Full => Level::Syntax,
                };
                return self.again();
            }
            Key::Statistics if !matches!(panel, Panel::Statistics(_)) => {
                let cache = self.session.checker.stats();
                self.show.panel = Panel::Statistics(self.statistics.table(&cache));
            }
            Key::Help if panel != Panel::Help => self.show.panel = Panel::Help,
            // The same key again takes the panel away.
            Key::Statistics | Key::Help => {}
            Key::Clear => self.show.cleared = true,
            Key::Leave => return Ok(()),
        }
        self.redraw()
    }

    fn again(&mut self) -> Result<(), Error> {
        let mut pass = self.state.everything(&mut self.session);
        let level = match self.session.options.level {
            Level::Syntax => "syntax",
            Level::Semantic => "semantic",
            Level::Structure => "structure",
            Level::Full => "full",
        };
        pass.remarks
            .push(format!("everything again, level {level}"));
        self.print(pass)
    }
}

impl State {
    /// The files that a pass checked, for its trace.
    fn checked(&self, pass: &Pass) -> Vec<CheckedFile> {
        let entries = pass
            .checked
            .iter()
            .filter_map(|name| self.entries.get(name));
        entries
            .map(|entry| CheckedFile {
                name: entry.found.name.to_string(),
                valid: entry.report.valid,
                cached: entry.report.cached,
                began: entry.began,
                timings: entry.report.timings_us,
            })
            .collect()
    }

    /// Adds a pass to the statistics; `printing` is what it took to show it.
    fn count(
        &self,
        pass: &Pass,
        jobs: Option<std::num::NonZeroUsize>,
        printing: Duration,
        statistics: &mut Statistics,
    ) {
        let jobs = jobs
            .or_else(|| std::thread::available_parallelism().ok())
            .map_or(1, std::num::NonZeroUsize::get);
        let checked = pass.checked.iter().filter_map(|name| {
            let report = &self.entries.get(name)?.report;
            Some((&report.timings_us, report.cached))
        });
        statistics.add(pass, self.entries.len(), jobs, printing, checked);
    }
}
