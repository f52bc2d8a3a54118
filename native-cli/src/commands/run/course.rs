//! The course of a run: the engine is found, what has not changed is passed over, the tests are run, and
//! what came of them is remembered, written and printed.

use std::fmt::Write as _;
use std::time::Instant;

use clnrm_core::digest::Digest;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::Arguments;
use crate::args::{Globals, RunFormat};
use crate::check::micros;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::text::count;
use crate::printer::{Screen, Texts, human, json, print_error_text};
use crate::run::engine::Engine;
use crate::run::execute::{self, Setup};
use crate::run::fingerprint::Fingerprints;
use crate::run::interrupt::NOTICE;
use crate::run::outcome::{RunReport, Summary, Unchanged, Verdict};
use crate::run::owner::Session as RunSession;
use crate::run::passed::Passed;
use crate::run::plan::Planned;
use crate::run::report::files;
use crate::run::report::progress::Progress;
use crate::run::schedule::{self, Done, Event, Limits};
use crate::run::{interrupt, report};
use crate::session::Session;

/// All that a run works with once its files are read.
pub struct Course<'a> {
    /// What was asked for.
    pub arguments: &'a Arguments,
    /// What holds for every command.
    pub globals: &'a Globals,
    /// How to check.
    pub session: &'a Session,
    /// What diagnostics point into.
    pub texts: &'a dyn Texts,
    /// Where to print.
    pub screen: &'a Screen,
    /// When the command began.
    pub begun: Instant,
}

impl Course<'_> {
    /// Runs the tests and prints what came of them.
    ///
    /// # Errors
    /// There is no engine, it went away, or a report cannot be written.
    pub fn run(
        &self,
        runtime: &Runtime,
        tests: Vec<Planned>,
        report: &mut RunReport,
    ) -> Result<Outcome, Error> {
        let Self {
            arguments,
            session,
            screen,
            ..
        } = *self;
        let engine = runtime.block_on(Engine::find(arguments.engine.as_deref()));
        let engine = engine.map_err(Error::NoEngine)?;
        let mut passed = Passed::read(session.root(), &session.base);
        let tests = runtime.block_on(self.choose(&engine, &passed, tests, report));
        if arguments.dry_run {
            let tests: Vec<Planned> = tests.into_iter().map(|(test, _)| test).collect();
            return dry_run(&tests, &report.unchanged, screen);
        }
        let live = arguments.format == RunFormat::Human;
        if live {
            let mut out = String::new();
            human::files(&mut out, report.files.iter(), self.texts, screen);
            out.push_str(&report::human::unchanged(&report.unchanged, screen));
            screen.print(&out)?;
        }
        let mut done = Done::default();
        if !tests.is_empty() {
            let setup = self.setup()?;
            report.session.clone_from(&setup.session.id);
            let mut progress = Progress::new(tests.len());
            let told = |event: Event<'_>| {
                if matches!(event, Event::Interrupted) {
                    let _ = screen.print(&progress.erase());
                    print_error_text(NOTICE);
                } else if live {
                    // Who looks on is no reason to fail.
                    let _ = screen.print(&self.live(event, &mut progress));
                }
            };
            let remembered;
            (done, remembered) = runtime.block_on(async {
                let (ask, interrupt) = watch::channel(false);
                tokio::spawn(interrupt::listen(ask));
                execute::remembered(&engine, setup, &mut passed, tests, interrupt, told).await
            });
            screen.print(&progress.erase())?;
            if let Err(error) = remembered.as_ref()
                && arguments.changed
            {
                print_error_text(&format!(
                    "warning: what passed cannot be remembered ({error}), so it will run again\n"
                ));
            }
        }
        report.tests = std::mem::take(&mut done.tests);
        report.summary = Summary::of(report, micros(self.begun.elapsed()));
        let asked = files::Asked {
            json: arguments.report_json.as_deref(),
            junit: arguments.report_junit.as_deref(),
            html: arguments.report_html.as_deref(),
        };
        let mut unwritten = files::write(&asked, session, report, self.texts);
        // What was run shall be told, also where it cannot be written.
        self.print(report)?;
        let ended = match done.lost {
            Some(lost) => Err(Error::EngineLost(lost.0)),
            None if done.interrupted => Ok(Outcome::Interrupted),
            None if report.summary.failed > 0 => Ok(Outcome::Faults),
            None => Ok(Outcome::Good),
        };
        // The gravest has the exit code, the others are told.
        let last = match ended {
            Ok(Outcome::Interrupted) | Err(_) => None,
            Ok(_) => unwritten.pop(),
        };
        for error in unwritten {
            print_error_text(&format!("error: {error}\n"));
        }
        last.map_or(ended, Err)
    }

    /// What is printed while tests run: those that ended, and on a terminal what goes on below them.
    fn live(&self, event: Event<'_>, progress: &mut Progress) -> String {
        let screen = self.screen;
        let mut out = String::new();
        match event {
            Event::Begins(test) => progress.begins(&test.path, test.title()),
            Event::Ended(test) => {
                progress.ends(&test.path, &test.title(), test.verdict == Verdict::Failed);
                out = progress.erase();
                out.push_str(&report::human::test(test, self.texts, screen));
            }
            Event::Tick | Event::Interrupted => {}
        }
        if screen.terminal && !is_dumb() {
            out.push_str(&progress.draw(screen));
        }
        out
    }

    /// The tests that are to run, each with its fingerprint; with `--changed` those that passed when
    /// they were made of the same are passed over.
    async fn choose(
        &self,
        engine: &Engine,
        passed: &Passed,
        tests: Vec<Planned>,
        report: &mut RunReport,
    ) -> Vec<(Planned, Option<Digest>)> {
        let changed = self.arguments.changed;
        if let Some(fault) = passed.fault.as_ref().filter(|_| changed) {
            print_error_text(&format!("warning: {fault}\n"));
        }
        let mut fingerprints = Fingerprints::default();
        let mut chosen = Vec::new();
        for test in tests {
            let fingerprint = fingerprints.of(engine, &test).await;
            let known = |digest| passed.knows(&test.path, &test.title(), digest);
            if changed && fingerprint.as_ref().is_some_and(known) {
                report.unchanged.push(Unchanged {
                    path: test.path.clone(),
                    name: test.name.clone(),
                    matrix: test.matrix.clone(),
                });
                continue;
            }
            // The reports of a file that is passed over stay as they are.
            let last = report.asked.last();
            if last.is_none_or(|(path, _)| *path != test.path) {
                let asks = test.says().report.clone();
                report.asked.push((test.path.clone(), asks));
            }
            chosen.push((test, fingerprint));
        }
        chosen
    }

    fn setup(&self) -> Result<Setup, Error> {
        let (arguments, session) = (self.arguments, self.session);
        Ok(Setup {
            session: RunSession::new(arguments.keep)?,
            range: arguments.address_range,
            allowed_paths: session.allowed_paths(),
            keep: arguments.keep,
            state: session.state_folder(),
            base: session.base.clone(),
            page: arguments.report_html.is_some(),
            frozen: self.globals.freeze_clock.is_some(),
            wishes: schedule::Wishes {
                limits: limits(arguments, session),
                retries: arguments.retries,
                fail_fast: arguments.fail_fast,
            },
        })
    }

    /// Prints the report; for people, what was not printed when it happened.
    fn print(&self, report: &RunReport) -> Result<(), Error> {
        let screen = self.screen;
        match self.arguments.format {
            RunFormat::Human => {
                let unfinished = report
                    .tests
                    .iter()
                    .filter(|test| matches!(test.verdict, Verdict::Interrupted | Verdict::NotRun));
                let mut out: String = unfinished
                    .map(|test| report::human::test(test, self.texts, screen))
                    .collect();
                out.push_str(&report::human::summary(&report.summary, screen));
                out.push('\n');
                screen.print(&out)
            }
            RunFormat::Json => json::print_any(report),
            RunFormat::Github => screen.print(&report::github::report(report, screen)),
            RunFormat::Tap => screen.print(&report::tap::report(report)),
        }
    }
}

/// What the command line says, else the project file.
fn limits(arguments: &Arguments, session: &Session) -> Limits {
    let other = Limits::of(session.run_settings());
    Limits {
        tests: arguments.max_concurrent.unwrap_or(other.tests),
        containers: arguments.max_containers.or(other.containers),
        memory_mb: arguments.max_memory_mb.or(other.memory_mb),
        cpus: arguments.max_cpu_cores.or(other.cpus),
    }
}

/// Whether the terminal says that it moves no cursor.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term == "dumb")
}

/// What would run, and what was passed over.
///
/// # Errors
/// It cannot be printed.
pub fn dry_run(
    tests: &[Planned],
    unchanged: &[Unchanged],
    screen: &Screen,
) -> Result<Outcome, Error> {
    let faint = screen.styles.faint;
    let mut out = report::human::unchanged(unchanged, screen);
    for test in tests {
        let _ = writeln!(out, "{}  {faint}{}{faint:#}", test.title(), test.path);
        for container in &test.containers {
            let _ = writeln!(
                out,
                "   {}  {faint}{}{faint:#}",
                container.name, container.image
            );
        }
    }
    let _ = write!(out, "{} would run", count(tests.len(), "test"));
    if !unchanged.is_empty() {
        let _ = write!(out, " · {} unchanged since they passed", unchanged.len());
    }
    out.push('\n');
    screen.print(&out)?;
    Ok(Outcome::Good)
}
