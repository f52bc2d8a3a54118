//! From the paths of a command to the tests that it runs: files are found, read, checked and planned,
//! and of their tests those are chosen that were asked for.

use std::sync::Arc;

use clnrm_core::checker::settle_unused;
use clnrm_core::digest::Digest;
use clnrm_core::report::{FileReport, Skipped};
use clnrm_core::source::Source;

use super::Arguments;
use crate::check::skipped;
use crate::discover::{Fault, Found, discover};
use crate::disk;
use crate::errors::Error;
use crate::run::plan::{self, Planned};
use crate::session::{Session, nothing_found};

/// What was read.
pub struct Read {
    /// What a check says of each file, in order of name.
    pub files: Vec<FileReport>,
    /// Passed over by discovery.
    pub skipped: Vec<Skipped>,
    /// The files as they were read, in order of name.
    pub sources: Vec<Arc<Source>>,
    /// The tests of the valid ones.
    pub tests: Vec<Planned>,
}

/// Reads and checks the files of a command.
///
/// # Errors
/// There are none.
pub fn read(arguments: &Arguments, session: &Session) -> Result<Read, Error> {
    let found = discover(&session.base, &arguments.paths);
    let mut read = Read {
        files: Vec::new(),
        skipped: found.skipped,
        sources: Vec::new(),
        tests: Vec::new(),
    };
    for one in &found.files {
        let text = match disk::read(&one.path, session.source_limit()) {
            Ok(text) => text,
            Err(fault) => {
                let fault = Fault::new(one.name.clone(), &fault);
                read.files.push(session.fault(&fault));
                continue;
            }
        };
        let source = Arc::new(Source::new(one.name.clone(), text));
        take(&mut read, arguments, session, one, source);
    }
    if found.stdin {
        let name = session.stdin_name(arguments.stdin_name.as_deref());
        let text = disk::read_all(&mut std::io::stdin().lock(), 0, session.source_limit());
        let one = Found {
            path: session.base.path(&name),
            real: session.base.path(&name),
            name: name.clone(),
            named: true,
        };
        match text {
            Ok(text) => {
                let source = Arc::new(Source::new(name, text));
                take(&mut read, arguments, session, &one, source);
            }
            Err(fault) => read.files.push(session.fault(&Fault::new(name, &fault))),
        }
    }
    read.files
        .extend(found.faults.iter().map(|fault| session.fault(fault)));
    if read.files.is_empty() {
        return Err(nothing_found(&arguments.paths));
    }
    settle_unused(&mut read.files);
    read.files.sort_by(|a, b| a.path.cmp(&b.path));
    read.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    read.sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(read)
}

/// Judges a file and plans its tests.
fn take(
    read: &mut Read,
    arguments: &Arguments,
    session: &Session,
    found: &Found,
    source: Arc<Source>,
) {
    let runnable = session
        .checker
        .runnable(&source, &session.sources, &session.options);
    if let Some(skip) = skipped(found, &runnable.report) {
        read.skipped.push(skip);
        return;
    }
    read.sources.push(source);
    read.files.push(runnable.report.clone());
    let planned = plan::tests(session, found, Arc::new(runnable), arguments.timeout);
    read.tests.extend(planned);
}

/// The tests that were asked for.
pub fn choose(arguments: &Arguments, mut tests: Vec<Planned>) -> Vec<Planned> {
    tests.sort_by(|a, b| (&a.path, a.index).cmp(&(&b.path, b.index)));
    tests.retain(|test| {
        let named = arguments.filter.is_empty()
            || arguments.filter.iter().any(|glob| {
                glob.is_match(test.title())
                    || glob.is_match(&test.name)
                    || glob.is_match(&*test.path)
            });
        let tags = &test.says().meta.tags;
        let tagged =
            arguments.tag.is_empty() || tags.iter().any(|tag| arguments.tag.contains(&tag.value));
        let sharded = arguments.shard.is_none_or(|(part, of)| {
            let digest = Digest::of(format!("{}\n{}", test.path, test.title()).as_bytes());
            let mut first = [0; 8];
            first.copy_from_slice(&digest.as_bytes()[..8]);
            u64::from_le_bytes(first) % of == part - 1
        });
        named && tagged && sharded
    });
    tests
}
