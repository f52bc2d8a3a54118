//! Runs of the tests whose files a pass left valid: beside the loop, one at a time. What changes during
//! a run waits, and is one further run.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use clnrm_core::checker::Options;
use clnrm_core::diagnostic::Level;
use clnrm_core::digest::Digest;
use clnrm_core::source::Source;
use tokio::sync::watch;

use super::inbox::Inbox;
use super::pass::Pass;
use super::state::State;
use crate::disk;
use crate::errors::Error;
use crate::paths::Base;
use crate::run::engine::Engine;
use crate::run::execute::{self, Setup};
use crate::run::fingerprint::Fingerprints;
use crate::run::network::Range;
use crate::run::outcome::TestOutcome;
use crate::run::owner::Session as RunSession;
use crate::run::passed::Passed;
use crate::run::plan::{self, Planned};
use crate::run::schedule::{Done, Event, Limits, Wishes};
use crate::session::Session;

/// How tests are run.
#[derive(Clone, Debug)]
pub struct RunWishes {
    /// The engine that was named.
    pub engine: Option<String>,
    /// Where networks get their addresses from.
    pub range: Range,
    /// The command line stops the clock.
    pub frozen: bool,
}

/// What a run tells.
#[derive(Debug)]
pub enum Told {
    /// A test has ended.
    Test(Box<TestOutcome>),
    /// All have.
    Over(Box<Result<Done, Error>>),
}

/// A run that is going on.
struct Going {
    thread: JoinHandle<()>,
    interrupt: watch::Sender<bool>,
}

/// Starts runs, one at a time.
pub struct Runs {
    wishes: RunWishes,
    inbox: Arc<Inbox>,
    waiting: BTreeSet<Arc<str>>,
    going: Option<Going>,
    tell: Sender<Told>,
    told: Receiver<Told>,
}

/// What a run is about to do.
#[derive(Debug, Default)]
pub struct Begun {
    /// The run.
    pub session: String,
    /// Titles of its tests.
    pub titles: Vec<String>,
    /// The reports that the files ask for.
    pub asked: Vec<(Arc<str>, clnrm_core::config::model::ReportFiles)>,
}

impl Runs {
    /// Nothing runs yet. Whenever a run has something to tell the inbox is told of it.
    pub fn new(wishes: RunWishes, inbox: Arc<Inbox>) -> Self {
        let (tell, told) = channel();
        Self {
            wishes,
            inbox,
            waiting: BTreeSet::new(),
            going: None,
            tell,
            told,
        }
    }

    /// Whether a run is going on.
    pub const fn are_going(&self) -> bool {
        self.going.is_some()
    }

    /// Takes note of what a pass checked: valid files are to run, others no longer.
    pub fn note(&mut self, pass: &Pass, state: &State) {
        for name in pass.checked.iter().chain(&pass.removed) {
            let valid = state.entries.get(name).is_some_and(|entry| {
                entry.report.valid && crate::check::skipped(&entry.found, &entry.report).is_none()
            });
            if valid {
                self.waiting.insert(name.clone());
            } else {
                self.waiting.remove(name);
            }
        }
    }

    /// Begins a run of what waits, unless one is going on or nothing does.
    ///
    /// # Errors
    /// A run cannot be named or has no thread.
    pub fn begin(&mut self, session: &Session, state: &State) -> Result<Option<Begun>, Error> {
        if self.are_going() || self.waiting.is_empty() {
            return Ok(None);
        }
        let names = std::mem::take(&mut self.waiting);
        let tests: Vec<Planned> = names
            .iter()
            .flat_map(|name| plan(session, state, name))
            .collect();
        if tests.is_empty() {
            return Ok(None);
        }
        let setup = Setup {
            session: RunSession::new(false)?,
            range: self.wishes.range,
            allowed_paths: session.allowed_paths(),
            keep: false,
            state: session.state_folder(),
            base: session.base.clone(),
            page: false,
            frozen: self.wishes.frozen,
            wishes: Wishes {
                limits: Limits::of(session.run_settings()),
                retries: 0,
                fail_fast: false,
            },
        };
        let mut begun = Begun {
            session: setup.session.id.clone(),
            ..Begun::default()
        };
        for test in &tests {
            begun.titles.push(test.title());
            if begun
                .asked
                .last()
                .is_none_or(|(path, _)| *path != test.path)
            {
                begun
                    .asked
                    .push((test.path.clone(), test.says().report.clone()));
            }
        }
        let (interrupt, interrupted) = watch::channel(false);
        let (tell, inbox) = (self.tell.clone(), self.inbox.clone());
        let engine = self.wishes.engine.clone();
        let (root, here) = (session.root().to_owned(), session.base.clone());
        let thread = std::thread::Builder::new().spawn(move || {
            let say = |told| {
                // Whoever does not listen any more is leaving.
                let _ = tell.send(told);
                inbox.ran();
            };
            let told = |event: Event<'_>| {
                if let Event::Ended(test) = event {
                    say(Told::Test(Box::new(test.clone())));
                }
            };
            let done = run(
                engine.as_deref(),
                (root, here),
                setup,
                tests,
                interrupted,
                told,
            );
            say(Told::Over(Box::new(done)));
        })?;
        self.going = Some(Going { thread, interrupt });
        Ok(Some(begun))
    }

    /// What runs have to tell; after the last of it another may begin.
    pub fn told(&mut self) -> Option<Told> {
        // In this order: what has ended says nothing more.
        let ended = self
            .going
            .as_ref()
            .is_some_and(|going| going.thread.is_finished());
        let told = match self.told.try_recv() {
            Ok(told) => told,
            Err(_) if ended => Told::Over(Box::new(Err(Error::RunBroke))),
            Err(_) => return None,
        };
        if matches!(told, Told::Over(_)) {
            self.going = None;
        }
        Some(told)
    }

    /// Asks the run that is going on for its end.
    pub fn interrupt(&mut self) {
        self.waiting.clear();
        if let Some(going) = &self.going {
            let _ = going.interrupt.send(true);
        }
    }
}

/// The tests of a file as it is now; none if it is gone or broken by now, for then another pass comes.
fn plan(session: &Session, state: &State, name: &Arc<str>) -> Vec<Planned> {
    let Some(entry) = state.entries.get(name) else {
        return Vec::new();
    };
    let Ok(text) = disk::read(&entry.found.path, session.source_limit()) else {
        return Vec::new();
    };
    let source = Arc::new(Source::new(name.clone(), text));
    // Whatever the screen shows, what runs was judged all the way.
    let options = Options {
        level: Level::Structure,
        ..session.options.clone()
    };
    let checker = &session.checker;
    let runnable = checker.runnable(&source, &session.sources, &options);
    plan::tests(session, &entry.found, Arc::new(runnable), None)
}

/// One run, from the engine to the memory of what passed.
fn run(
    engine: Option<&str>,
    (root, here): (PathBuf, Base),
    setup: Setup,
    tests: Vec<Planned>,
    interrupted: watch::Receiver<bool>,
    told: impl FnMut(Event<'_>),
) -> Result<Done, Error> {
    let runtime = execute::runtime()?;
    let done = runtime.block_on(async {
        let engine = Engine::find(engine).await.map_err(Error::NoEngine)?;
        let mut passed = Passed::read(&root, &here);
        let mut fingerprints = Fingerprints::default();
        let mut made_of: Vec<(Planned, Option<Digest>)> = Vec::new();
        for test in tests {
            let fingerprint = fingerprints.of(&engine, &test).await;
            made_of.push((test, fingerprint));
        }
        // That what passed cannot be remembered is of no weight here: it is run again at the next save.
        let (done, _) =
            execute::remembered(&engine, setup, &mut passed, made_of, interrupted, told).await;
        Ok(done)
    });
    runtime.shutdown_background();
    done
}
