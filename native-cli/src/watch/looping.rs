//! The loop itself: wait, pass, show; and what keys do.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use clnrm_core::diagnostic::Level;

use super::batch::{Batch, gather};
use super::events::{Folders, Message, Stop, listen_for_signals};
use super::keys::{HELP, Key, Keyboard};
use super::show::Show;
use super::state::{Pass, State};
use super::statistics::Statistics;
use crate::args::Format;
use crate::discover::names;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::print_bytes;
use crate::session::Session;

const POLLING: &str = "the system's limit of watches is reached: looking at the folders twice a \
    second instead (raise fs.inotify.max_user_watches)";

/// A running loop.
pub struct Loop {
    session: Session,
    state: State,
    show: Show,
    folders: Folders,
    messages: Receiver<Message>,
    /// Restores the terminal when the loop ends.
    _keyboard: Option<Keyboard>,
    has_keys: bool,
    told_polling: bool,
    /// While paused, whether anything happened.
    paused: Option<bool>,
    last: Pass,
    statistics: Statistics,
}

impl Loop {
    /// Everything that the loop needs, and nothing checked yet.
    pub fn new(session: Session, state: State, show: Show, poll: bool) -> Result<Self, Error> {
        let (sender, messages) = channel();
        listen_for_signals(sender.clone());
        let keyboard = (show.format == Format::Human && show.screen.terminal)
            .then(|| Keyboard::listen(sender.clone()))
            .flatten();
        Ok(Self {
            session,
            state,
            show,
            folders: Folders::new(sender, poll)?,
            messages,
            has_keys: keyboard.is_some(),
            _keyboard: keyboard,
            told_polling: poll,
            paused: None,
            last: Pass::default(),
            statistics: Statistics::default(),
        })
    }

    /// Turns until the user leaves.
    pub fn run(mut self, began: Instant) -> Result<Outcome, Error> {
        // Watch first, read then: no change falls in between. A folder that is made meanwhile is
        // found by searching until there is no new one.
        loop {
            self.state.find(&self.session);
            if !self.folders.sync(&self.state.folders(), &BTreeSet::new())? {
                break;
            }
        }
        let mut first = self.state.first(&self.session, began);
        if self.state.is_empty() {
            first
                .notices
                .push(format!("no test file yet: waiting for {}", names::WANTED));
        }
        if self.has_keys {
            first.remarks.push("h shows the keys".into());
        }
        self.print(first)?;
        let mut renewed = BTreeSet::new();
        loop {
            // A folder that was touched may be another one by now, of the same name. What happened
            // in a folder before it was watched made no event: look at everything.
            let begun = if self.folders.sync(&self.state.folders(), &renewed)? {
                Batch::everything()
            } else {
                Batch::default()
            };
            let batch = match gather(&self.messages, self.session.window(), begun) {
                Ok(batch) => batch,
                Err(Stop::Asked) => return Ok(Outcome::Good),
                Err(Stop::Terminated) => return Ok(Outcome::Interrupted),
            };
            self.pass(&batch)?;
            match batch.key {
                Some(Key::Leave) => return Ok(Outcome::Good),
                Some(key) => self.obey(key)?,
                None => {}
            }
            renewed = batch.paths;
        }
    }

    fn pass(&mut self, batch: &Batch) -> Result<(), Error> {
        if batch.since.is_none() {
            return Ok(());
        }
        if let Some(missed) = &mut self.paused {
            *missed = true;
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
        self.show.pass(&pass, &self.state, &self.session)?;
        self.state.count(&pass, &mut self.statistics);
        self.last = pass;
        Ok(())
    }

    fn obey(&mut self, key: Key) -> Result<(), Error> {
        match key {
            Key::Again => self.again(),
            Key::Pause => match self.paused.take() {
                None => {
                    self.paused = Some(false);
                    print_bytes(b"paused: p goes on\n")
                }
                Some(false) => print_bytes(b"going on\n"),
                Some(true) => self.pass(&Batch::everything()),
            },
            Key::Failures => {
                self.show.only_errors ^= true;
                self.show.pass(&self.last, &self.state, &self.session)
            }
            Key::Level => {
                self.session.options.level = match self.session.options.level {
                    Level::Syntax => Level::Semantic,
                    Level::Semantic => Level::Structure,
                    Level::Structure => Level::Syntax,
                };
                self.again()
            }
            Key::Statistics => {
                let cache = self.session.checker.stats();
                print_bytes(self.statistics.table(&cache).as_bytes())
            }
            Key::Clear => self.show.wipe(),
            Key::Help => print_bytes(HELP.as_bytes()),
            Key::Leave => Ok(()),
        }
    }

    fn again(&mut self) -> Result<(), Error> {
        let mut pass = self.state.everything(&mut self.session);
        let level = match self.session.options.level {
            Level::Syntax => "syntax",
            Level::Semantic => "semantic",
            Level::Structure => "structure",
        };
        pass.remarks
            .push(format!("everything again, level {level}"));
        self.print(pass)
    }
}
