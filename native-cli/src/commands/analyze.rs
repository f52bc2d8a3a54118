//! `clnrm analyze`: what a test expects, held against traces that were recorded.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use clnrm_core::expect::{Outcome as Verdict, Surroundings};
use clnrm_core::trace::{Diff, Trace};

use crate::args::{Globals, Variables, VerdictFormat, Weights};
use crate::check::{FileTexts, micros};
use crate::discover::STDIN;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::verdicts::{Baseline, Told};
use crate::printer::{Screen, verdicts};
use crate::session::{Session, Wishes};
use crate::traces;

/// Arguments of `analyze`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm analyze tests/pay.clnrm.toml --traces traces.json
  clnrm analyze pay.clnrm.toml.tera --traces api.json worker.json   One trace in two files
  collector-output | clnrm analyze pay.clnrm.toml --traces -
  clnrm analyze pay.clnrm.toml --traces t.json --write-baseline pay.trace.json
  clnrm analyze pay.clnrm.toml --traces t.json --baseline pay.trace.json

Traces are OTLP as JSON or protobuf, as a Collector's file exporter or an SDK writes them, or spans as
JSON, one a line or in a list.")]
pub struct Arguments {
    /// The test file, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Files with spans, or - for standard input; several are one trace
    #[arg(long, value_name = "TRACE", num_args = 1.., required = true)]
    pub traces: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: VerdictFormat,
    /// Print the digest of the normalised trace: two runs that did the same have the same
    #[arg(long)]
    pub digest: bool,
    /// Hold the trace against one that was kept; a difference is a failure
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Keep the normalised trace, if all that is expected holds
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// Variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Weights.
    #[command(flatten)]
    pub weights: Weights,
    /// The name that the test file goes by if it comes from standard input
    #[arg(long, value_name = "NAME")]
    pub stdin_name: Option<PathBuf>,
}

/// Analyzes and prints the verdicts.
pub fn run(arguments: &Arguments, globals: &Globals) -> Result<Outcome, Error> {
    let begun = Instant::now();
    let inputs = arguments.traces.iter().chain(&arguments.baseline);
    let from_stdin = inputs.chain([&arguments.file]);
    if from_stdin.filter(|path| *path == Path::new(STDIN)).count() > 1 {
        return Err(Error::StdinTwice);
    }
    let session = Session::new(
        globals,
        Wishes {
            level: None,
            variables: arguments.variables.clone(),
            weights: arguments.weights.clone(),
            jobs: None,
            watching: false,
        },
    )?;
    let source = session.one(&arguments.file, arguments.stdin_name.as_deref())?;
    let trace = traces::read_all(&session.base, &arguments.traces)?;
    let kept = arguments.baseline.as_ref();
    let kept = kept
        .map(|file| traces::read(&session.base, file))
        .transpose()?;
    let analysis = session.checker.analyze(
        &source,
        &session.sources,
        &session.options,
        &trace,
        &Surroundings::default(),
    );
    let asks_more = kept.is_some() || arguments.digest || arguments.write_baseline.is_some();
    if analysis.report.valid && analysis.checks.is_empty() && !asks_more {
        return Err(Error::NothingExpected(source.name.to_string()));
    }
    let frozen = analysis.frozen || globals.freeze_clock.is_some();
    let baseline = kept.map(|kept| baseline(&kept, &trace, frozen));
    let holds = analysis.report.valid && analysis.outcome == Verdict::Holds;
    let told = Told {
        analysis: &analysis,
        traces: arguments
            .traces
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
        digest: arguments.digest.then(|| trace.digest(frozen)),
        baseline: baseline.as_ref(),
        duration_us: micros(begun.elapsed()),
    };
    match arguments.format {
        VerdictFormat::Json => verdicts::json(&told)?,
        VerdictFormat::Junit => verdicts::junit(&told)?,
        VerdictFormat::Github => {
            Screen::new(globals.color).print(&verdicts::github(&told))?;
        }
        VerdictFormat::Human => {
            let screen = Screen::new(globals.color);
            let texts = FileTexts {
                source: &source,
                session: &session,
            };
            screen.print(&verdicts::human(&told, &texts, &screen))?;
        }
    }
    if let Some(file) = &arguments.write_baseline {
        keep(&session, file, &trace, frozen, holds)?;
    }
    let differs = baseline.is_some_and(|baseline| !baseline.diff.is_empty());
    Ok(match Outcome::of_file(&analysis.report) {
        Outcome::Good if holds && !differs => Outcome::Good,
        Outcome::Good => Outcome::Faults,
        worse => worse,
    })
}

/// What has changed since a trace was kept. Durations differ from run to run and do not count.
fn baseline(kept: &Trace, trace: &Trace, frozen: bool) -> Baseline {
    let (left, right) = (kept.normalized(frozen), trace.normalized(frozen));
    Baseline {
        diff: Diff::of(&left, &right, None),
        left,
        right,
    }
}

/// Writes a baseline. A trace that fails is none.
fn keep(
    session: &Session,
    file: &Path,
    trace: &Trace,
    frozen: bool,
    holds: bool,
) -> Result<(), Error> {
    let mut stderr = std::io::stderr();
    if !holds {
        let _ = writeln!(
            stderr,
            "{}: not written, since not all holds",
            file.display()
        );
        return Ok(());
    }
    let path = session.base.absolute(file);
    fs::write(&path, trace.baseline(frozen))
        .map_err(|reason| Error::Unwritable { path, reason })?;
    let _ = writeln!(
        stderr,
        "{}: {} kept",
        file.display(),
        crate::printer::text::count(trace.spans.len(), "span")
    );
    Ok(())
}
