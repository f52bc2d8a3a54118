//! Checking files: reading, handing to the core, in parallel where that pays.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clnrm_core::checker::file_fault;
use clnrm_core::diagnostic::Code;
use clnrm_core::report::{FileReport, Skipped};
use clnrm_core::source::Source;
use rayon::prelude::*;

use crate::discover::{Fault, Found, STDIN};
use crate::disk::{self, ReadFault};
use crate::errors::Error;
use crate::printer::Texts;
use crate::session::Session;

/// Below this many files a pool of threads costs more than it gains.
const WORTH_THREADS: usize = 16;

/// Stack of a thread: expressions and tables nest as deep in a thread as in `main`.
const STACK: usize = 8 << 20;

/// A file that was checked.
#[derive(Debug)]
pub struct Checked {
    /// The file.
    pub found: Found,
    /// What the core says of it.
    pub report: FileReport,
    /// Its text, kept only where diagnostics may point into it.
    pub source: Option<Arc<Source>>,
    /// It was gone before it could be read.
    pub vanished: bool,
    /// When its check began.
    pub began: Instant,
}

impl Session {
    /// Checks files, in the order given.
    pub fn check(&self, files: &[Found]) -> Vec<Checked> {
        let one = |found: &Found| self.check_file(found);
        let jobs = self.jobs.map_or(0, NonZeroUsize::get);
        if files.len() < WORTH_THREADS || jobs == 1 {
            return files.iter().map(one).collect();
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(jobs)
            .stack_size(STACK)
            .build();
        match pool {
            Ok(pool) => pool.install(|| files.par_iter().map(one).collect()),
            // No threads to be had: slower, but the same answer.
            Err(_) => files.iter().map(one).collect(),
        }
    }

    fn check_file(&self, found: &Found) -> Checked {
        let begun = Instant::now();
        match disk::read(&found.path, self.source_limit()) {
            Ok(text) => self.check_text(found, text, begun),
            Err(fault) => Checked {
                found: found.clone(),
                report: self.fault(&Fault::new(found.name.clone(), &fault)),
                source: None,
                vanished: matches!(fault, ReadFault::Missing),
                began: begun,
            },
        }
    }

    /// Checks a text whose reading began at `began`.
    fn check_text(&self, found: &Found, text: String, began: Instant) -> Checked {
        let read = micros(began.elapsed());
        let begun = Instant::now();
        let source = Arc::new(Source::new(found.name.clone(), text));
        let hash = micros(begun.elapsed());
        let mut report = self.checker.check(&source, &self.sources, &self.options);
        report.timings_us.read = read;
        report.timings_us.hash = hash;
        report.timings_us.total += read + hash;
        let source = (!report.diagnostics.is_empty()).then_some(source);
        Checked {
            found: found.clone(),
            report,
            source,
            vanished: false,
            began,
        }
    }

    /// Checks standard input under a name.
    pub fn check_stdin(&self, name: Arc<str>) -> Checked {
        let found = Found {
            path: self.base.path(&name),
            real: self.base.path(&name),
            name: name.clone(),
            named: true,
        };
        let begun = Instant::now();
        match disk::read_all(&mut io::stdin().lock(), 0, self.source_limit()) {
            Ok(text) => self.check_text(&found, text, begun),
            Err(fault) => Checked {
                report: self.fault(&Fault::new(name, &fault)),
                found,
                source: None,
                vanished: false,
                began: begun,
            },
        }
    }

    /// Reads the one file that a command works on; `-` is standard input.
    pub fn one(&self, file: &Path, stdin_name: Option<&Path>) -> Result<Arc<Source>, Error> {
        let limit = self.source_limit();
        let (name, text) = if file == Path::new(STDIN) {
            let name = self.stdin_name(stdin_name);
            (name, disk::read_all(&mut io::stdin().lock(), 0, limit))
        } else {
            let path = self.base.absolute(file);
            (self.base.name(&path), disk::read(&path, limit))
        };
        match text {
            Ok(text) => Ok(Arc::new(Source::new(name, text))),
            Err(fault) => Err(Error::Unreadable {
                reason: fault.reason(&name),
                name: name.to_string(),
            }),
        }
    }

    /// A path that leads to no file, as the report of one.
    pub fn fault(&self, fault: &Fault) -> FileReport {
        let mut report = file_fault(
            &fault.name,
            fault.code,
            fault.message.clone(),
            fault.at,
            &self.options,
        );
        for diagnostic in &mut report.diagnostics {
            diagnostic.help.get_or_insert_with(|| fault.help.clone());
        }
        report
    }
}

/// The text of one file, and of what it includes.
pub struct FileTexts<'a> {
    /// The file.
    pub source: &'a Arc<Source>,
    /// Where the others are.
    pub session: &'a Session,
}

impl Texts for FileTexts<'_> {
    fn source(&self, name: &str) -> Option<Arc<Source>> {
        if name == &*self.source.name {
            return Some(self.source.clone());
        }
        self.session.source(name)
    }

    fn rendered_line(&self, _file: &str, combination: u32, line: u32) -> Option<String> {
        self.session.rendered_line(self.source, combination, line)
    }
}

/// Why discovery passes a file over after it was read: it is something else than a test. A file
/// that was named is never passed over; there it is an error.
pub fn skipped(found: &Found, report: &FileReport) -> Option<Skipped> {
    if found.named {
        return None;
    }
    let reason = report
        .diagnostics
        .iter()
        .find(|diagnostic| diagnostic.code == Code::F104)?;
    Some(Skipped {
        path: found.name.clone(),
        reason: reason.message.clone(),
    })
}

/// A time in whole microseconds.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
