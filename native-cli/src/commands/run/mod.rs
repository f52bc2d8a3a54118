//! `clnrm run`: tests in containers.

mod course;
mod gather;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use clnrm_core::diagnostic::Level;
use clnrm_core::report::Report;
use clnrm_core::source::Source;
use globset::{GlobBuilder, GlobMatcher};

use crate::args::{Globals, RunFormat, Variables, Weights, values};
use crate::check::micros;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::{Screen, Texts, github, human, json, tap};
use crate::run::execute;
use crate::run::network::{DEFAULT_RANGE, Range};
use crate::run::outcome::{RunReport, Summary};
use crate::session::{Session, Wishes};
use course::{Course, dry_run};

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm run                                Every test below this folder
  clnrm run tests --tag smoke --fail-fast
  clnrm run --filter 'checkout*' --keep    Leave what fails standing, to look into it
  clnrm run --changed                      Only what has changed since it passed
  clnrm run --report-html report.html      A page with outputs, verdicts and traces
  clnrm run --shard 1/4 --retries 2        A quarter of the tests; a green at the second try is flaky
  clnrm run --dry-run                      What would run, and what it needs
  clnrm run --format json | jq .summary

An invalid file runs nothing. Whatever a test starts is removed, also after Ctrl-C or a crash.")]
pub struct Arguments {
    /// Files, folders, patterns, or - for standard input [default: this folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: RunFormat,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Weights.
    #[command(flatten)]
    pub weights: Weights,
    /// The container engine, such as unix:///var/run/docker.sock
    #[arg(long, value_name = "URL")]
    pub engine: Option<String>,
    /// Only tests whose name or path matches; repeatable
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    pub filter: Vec<GlobMatcher>,
    /// Only tests with one of these tags; repeatable
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub tag: Vec<String>,
    /// Only the I-th of N parts of all tests, such as 1/4
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<(u64, u64)>,
    /// Begin no test after one failed
    #[arg(long)]
    pub fail_fast: bool,
    /// Only tests that have changed since they passed: what they render to, include and read, their images and mounts
    #[arg(long)]
    pub changed: bool,
    /// Try a test that fails so many times more
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retries: u32,
    /// Of each test that sets none, such as 90s [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub timeout: Option<Duration>,
    /// Tests at the same time [default: by profile]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), env = "CLNRM_MAX_CONCURRENT", hide_env = true)]
    pub max_concurrent: Option<u64>,
    /// Containers at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), env = "CLNRM_MAX_CONTAINERS", hide_env = true)]
    pub max_containers: Option<u64>,
    /// Memory of all containers together that have a limit
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..), env = "CLNRM_MAX_MEMORY_MB", hide_env = true)]
    pub max_memory_mb: Option<u64>,
    /// Processors of all containers together that have a limit
    #[arg(long, value_name = "N", env = "CLNRM_MAX_CPU_CORES", hide_env = true)]
    pub max_cpu_cores: Option<f64>,
    /// Where networks get their addresses from
    #[arg(long, value_name = "CIDR", default_value = DEFAULT_RANGE, env = "CLNRM_ADDRESS_RANGE", hide_env = true)]
    pub address_range: Range,
    /// Write the report as JSON to a file
    #[arg(long, value_name = "FILE")]
    pub report_json: Option<PathBuf>,
    /// Write the report as JUnit's XML to a file
    #[arg(long, value_name = "FILE")]
    pub report_junit: Option<PathBuf>,
    /// Write the report as a page to a file, with the spans of every test
    #[arg(long, value_name = "FILE")]
    pub report_html: Option<PathBuf>,
    /// Leave what fails standing, and say how to look into it
    #[arg(long)]
    pub keep: bool,
    /// Say what would run, and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The name that standard input goes by
    #[arg(long, value_name = "NAME")]
    pub stdin_name: Option<PathBuf>,
}

fn glob(text: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(text).literal_separator(false).build();
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| error.to_string())
}

fn shard(text: &str) -> Result<(u64, u64), String> {
    let parts = text.split_once('/');
    let parts = parts.and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((part, of)) if part >= 1 && part <= of => Ok((part, of)),
        _ => Err("write it like 1/4: the first of four parts".to_owned()),
    }
}

/// Checks the files and runs their tests.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let begun = Instant::now();
    let session = Session::new(
        globals,
        Wishes {
            level: Some(Level::Structure),
            variables: arguments.variables.clone(),
            weights: arguments.weights.clone(),
            ..Wishes::default()
        },
    )?;
    let read = gather::read(arguments, &session)?;
    let screen = Screen::new(globals.color);
    let texts = RunTexts {
        session: &session,
        sources: &read.sources,
    };
    let valid = read.files.iter().all(|file| file.valid);
    let tests = if valid {
        gather::choose(arguments, read.tests)
    } else {
        Vec::new()
    };
    let mut report = RunReport {
        version: 1,
        session: String::new(),
        summary: Summary::default(),
        skipped: read.skipped,
        files: read.files,
        asked: Vec::new(),
        unchanged: Vec::new(),
        tests: Vec::new(),
    };
    if !valid {
        return invalid(report, begun, arguments.format, &texts, &screen);
    }
    if arguments.dry_run && !arguments.changed {
        return dry_run(&tests, &[], &screen);
    }
    if tests.is_empty() {
        return Err(Error::NothingChosen);
    }
    let course = Course {
        arguments,
        globals,
        session: &session,
        texts: &texts,
        screen: &screen,
        begun,
    };
    #[cfg(feature = "tokio-console")]
    console_subscriber::init();
    let runtime = execute::runtime()?;
    let outcome = course.run(&runtime, tests, &mut report);
    // What is still waiting for an engine that does not answer shall not hold the program up.
    runtime.shutdown_background();
    outcome
}

/// The report of files with errors; no test is run.
fn invalid(
    mut report: RunReport,
    begun: Instant,
    format: RunFormat,
    texts: &dyn Texts,
    screen: &Screen,
) -> Result<Outcome, Error> {
    let elapsed = micros(begun.elapsed());
    report.summary = Summary::of(&report, elapsed);
    let checked = Report::new(report.files.clone(), report.skipped.clone(), elapsed);
    match format {
        RunFormat::Json => json::print_any(&report)?,
        RunFormat::Github => screen.print(&github::report(&checked))?,
        RunFormat::Tap => screen.print(&tap::report(&checked))?,
        RunFormat::Human => {
            let mut out = human::report(&checked, texts, screen);
            out.push_str("no test was run: an invalid file runs nothing\n");
            screen.print(&out)?;
        }
    }
    Ok(Outcome::of(&checked))
}

/// Sources of diagnostics.
struct RunTexts<'a> {
    session: &'a Session,
    sources: &'a [Arc<Source>],
}

impl Texts for RunTexts<'_> {
    fn source(&self, name: &str) -> Option<Arc<Source>> {
        let own = self
            .sources
            .binary_search_by(|source| (*source.name).cmp(name))
            .ok();
        own.map(|at| self.sources[at].clone())
            .or_else(|| self.session.source(name))
    }

    fn rendered_line(&self, file: &str, combination: u32, line: u32) -> Option<String> {
        self.session
            .rendered_line(&self.source(file)?, combination, line)
    }
}
