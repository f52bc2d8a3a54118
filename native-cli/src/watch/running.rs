//! What runs tell, printed: on a terminal as a part of the picture, in a pipe line by line, or as one
//! line of JSON when a run is over.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::inbox::{Inbox, Stop};
use super::pass::Pass;
use super::runs::{Begun, RunWishes, Runs, Told};
use super::show::Show;
use super::state::{State, StateTexts};
use super::terminal;
use crate::args::Format;
use crate::check::micros;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::text::clean;
use crate::printer::{json, print_error_text};
use crate::run::interrupt::NOTICE;
use crate::run::outcome::{RunReport, Summary, TestOutcome, Verdict};
use crate::run::report::{files, human};
use crate::run::schedule::Done;
use crate::session::Session;

/// How often the end of a run is looked for while the user is leaving.
const LOOK: Duration = Duration::from_millis(100);

/// Titles named of a run that begins.
const MAX_TITLES: usize = 4;

/// All that printing needs.
pub struct Around<'a> {
    /// What is known.
    pub state: &'a State,
    /// The session.
    pub session: &'a Session,
    /// How passes are printed.
    pub show: &'a mut Show,
}

/// Runs, and what was told of the last one.
pub struct Running {
    runs: Runs,
    report: RunReport,
    begun: Instant,
    /// Path and title of the tests that failed when they were run last.
    red: BTreeSet<(Arc<str>, String)>,
    /// What the runs came to, the worst of it.
    pub outcome: Outcome,
}

#[derive(Serialize)]
struct Event<'a> {
    event: &'static str,
    report: &'a RunReport,
}

impl Running {
    /// No run yet.
    pub fn new(wishes: RunWishes, inbox: Arc<Inbox>) -> Self {
        Self {
            runs: Runs::new(wishes, inbox),
            report: report(Begun::default()),
            begun: Instant::now(),
            red: BTreeSet::new(),
            outcome: Outcome::Good,
        }
    }

    /// Whether a run is going on.
    pub fn is_going(&self) -> bool {
        self.runs.are_going()
    }

    /// A pass is over: the tests of valid files are run, now or when the run that is going on is over.
    ///
    /// # Errors
    /// Nothing can be printed, or there is no thread.
    pub fn after(&mut self, pass: &Pass, around: &mut Around<'_>) -> Result<(), Error> {
        self.hear(around)?;
        self.red.retain(|(path, _)| !pass.removed.contains(path));
        self.runs.note(pass, around.state);
        self.begin(around)
    }

    fn begin(&mut self, around: &mut Around<'_>) -> Result<(), Error> {
        let Some(begun) = self.runs.begin(around.session, around.state)? else {
            return Ok(());
        };
        let words = names(&begun.titles);
        self.report = report(begun);
        self.begun = Instant::now();
        around.show.run.clear();
        self.say(&format!("running {words}\n"), true, around)
    }

    /// Prints what runs have told since; whether there was anything.
    ///
    /// # Errors
    /// Nothing can be printed.
    pub fn hear(&mut self, around: &mut Around<'_>) -> Result<bool, Error> {
        let mut any = false;
        while let Some(told) = self.runs.told() {
            any = true;
            match told {
                Told::Test(test) => {
                    let text = self.test(&test, around);
                    self.report.tests.push(*test);
                    self.say(&text, false, around)?;
                }
                Told::Over(done) => {
                    match *done {
                        Ok(done) => self.over(done, around)?,
                        Err(error) => self.failed(&error, around)?,
                    }
                    self.begin(around)?;
                }
            }
        }
        Ok(any)
    }

    fn test(&self, test: &TestOutcome, around: &Around<'_>) -> String {
        let texts = StateTexts {
            state: around.state,
            session: around.session,
        };
        human::test(test, &texts, &around.show.screen)
    }

    fn over(&mut self, done: Done, around: &mut Around<'_>) -> Result<(), Error> {
        let mut text: String = done
            .tests
            .iter()
            .filter(|test| matches!(test.verdict, Verdict::Interrupted | Verdict::NotRun))
            .map(|test| self.test(test, around))
            .collect();
        self.report.tests = done.tests;
        self.report.summary = Summary::of(&self.report, micros(self.begun.elapsed()));
        let texts = StateTexts {
            state: around.state,
            session: around.session,
        };
        let unwritten = files::write(
            &files::Asked::default(),
            around.session,
            &self.report,
            &texts,
        );
        for error in unwritten {
            text.push_str(&format!("error: {error}\n"));
        }
        text.push_str(&human::summary(&self.report.summary, &around.show.screen));
        text.push('\n');
        text.push_str(&self.still_red(around));
        let ended = if done.interrupted {
            Outcome::Interrupted
        } else if self.report.summary.failed > 0 {
            Outcome::Faults
        } else {
            Outcome::Good
        };
        self.outcome = self.outcome.max(ended);
        if around.show.format == Format::Json {
            json::print_any(&Event {
                event: "run",
                report: &self.report,
            })?;
        }
        self.say(&text, false, around)?;
        match done.lost {
            Some(lost) => self.failed(&Error::EngineLost(lost.0), around),
            None => Ok(()),
        }
    }

    /// What failed before and was not run now; what failed now is remembered.
    fn still_red(&mut self, around: &Around<'_>) -> String {
        let ran = |path: &Arc<str>| self.report.tests.iter().any(|test| test.path == *path);
        self.red.retain(|(path, _)| !ran(path));
        let titles: Vec<String> = self.red.iter().map(|(_, title)| title.clone()).collect();
        let failed = self.report.tests.iter();
        let failed = failed.filter(|test| test.verdict == Verdict::Failed);
        self.red
            .extend(failed.map(|test| (test.path.clone(), test.title())));
        if titles.is_empty() {
            return String::new();
        }
        let error = around.show.screen.styles.error;
        format!("{error}still failing{error:#} {}\n", names(&titles))
    }

    fn failed(&mut self, error: &Error, around: &mut Around<'_>) -> Result<(), Error> {
        self.outcome = self.outcome.max(error.outcome());
        let text = format!("error: {error}\n");
        if around.show.format == Format::Json {
            print_error_text(&text);
            return Ok(());
        }
        self.say(&text, false, around)
    }

    /// To people: as a line, or as a part of the picture, where what a run begins with is replaced by
    /// what comes of it.
    fn say(&self, text: &str, begins: bool, around: &mut Around<'_>) -> Result<(), Error> {
        let show = &mut *around.show;
        if show.format == Format::Json {
            return Ok(());
        }
        if !show.in_place {
            return show.screen.print(text);
        }
        show.running = if begins {
            text.to_owned()
        } else {
            show.run.push_str(text);
            if self.is_going() {
                std::mem::take(&mut show.running)
            } else {
                String::new()
            }
        };
        Ok(())
    }

    /// Ends the run that is going on, if there is one, and waits until nothing is left of it. If the
    /// user is in a hurry the program is gone at once; the watchdog removes the rest.
    ///
    /// # Errors
    /// Nothing can be printed.
    pub fn end(&mut self, inbox: &Inbox, around: &mut Around<'_>) -> Result<(), Error> {
        if !self.is_going() {
            return Ok(());
        }
        self.runs.interrupt();
        print_error_text(NOTICE);
        while self.is_going() {
            let news = inbox.wait(Some(Instant::now() + LOOK));
            if news.is_some_and(|news| news.stop.is_some()) {
                terminal::give_back();
                std::process::exit(i32::from(Outcome::Interrupted.code()));
            }
            self.hear(around)?;
        }
        Ok(())
    }

    /// Waits for the run that is going on; the user may interrupt it. SIGTERM and Ctrl-C count alike
    /// here.
    ///
    /// # Errors
    /// Nothing can be printed.
    pub fn wait(&mut self, inbox: &Inbox, around: &mut Around<'_>) -> Result<(), Error> {
        while self.is_going() {
            let news = inbox.wait(Some(Instant::now() + LOOK));
            let stop: Option<Stop> = news.and_then(|news| news.stop);
            if stop.is_some() {
                return self.end(inbox, around);
            }
            self.hear(around)?;
        }
        Ok(())
    }
}

/// The report of a run that begins. What a check says of the files was told before.
fn report(begun: Begun) -> RunReport {
    RunReport {
        version: 1,
        session: begun.session,
        summary: Summary::default(),
        skipped: Vec::new(),
        files: Vec::new(),
        asked: begun.asked,
        unchanged: Vec::new(),
        tests: Vec::new(),
    }
}

/// The first of some titles, and how many more.
fn names(all: &[String]) -> String {
    let mut words: Vec<String> = all
        .iter()
        .take(MAX_TITLES)
        .map(|title| clean(title).into_owned())
        .collect();
    if all.len() > MAX_TITLES {
        words.push(format!("{} more", all.len() - MAX_TITLES));
    }
    words.join(", ")
}
