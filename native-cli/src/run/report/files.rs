//! Reports in files: those of the command line, and those that the test files ask for themselves.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;

use super::{html, junit};
use crate::errors::Error;
use crate::printer::Texts;
use crate::printer::text::clean;
use crate::run::outcome::{RunReport, Summary};
use crate::session::Session;

/// The reports that the command line asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// JSON.
    pub json: Option<&'a Path>,
    /// JUnit's XML.
    pub junit: Option<&'a Path>,
    /// A page.
    pub html: Option<&'a Path>,
}

/// Writes the reports that the command line and the files ask for.
///
/// # Errors
/// One of them cannot be written.
pub fn write(
    asked: &Asked<'_>,
    session: &Session,
    report: &RunReport,
    texts: &dyn Texts,
) -> Result<(), Error> {
    let now = Timestamp::now();
    let json = |report: &RunReport| serde_json::to_vec_pretty(report).map_err(std::io::Error::from);
    if let Some(path) = asked.json {
        write_file(session, path, &json(report)?)?;
    }
    if let Some(path) = asked.junit {
        write_file(session, path, &junit::report(report)?)?;
    }
    if let Some(path) = asked.html {
        let page = html::page(report, texts, now);
        write_file(session, path, page.as_bytes())?;
    }
    for (path, files) in &report.asked {
        let mut own = report.clone();
        own.files.retain(|file| file.path == *path);
        own.tests.retain(|test| test.path == *path);
        own.unchanged.retain(|test| test.path == *path);
        own.summary = Summary::of(&own, own.summary.duration_us);
        if let Some(file) = &files.json {
            write_file(session, Path::new(&file.value), &json(&own)?)?;
        }
        if let Some(file) = &files.junit {
            write_file(session, Path::new(&file.value), &junit::report(&own)?)?;
        }
        if let Some(file) = &files.html {
            let page = html::page(&own, texts, now);
            write_file(session, Path::new(&file.value), page.as_bytes())?;
        }
        if let Some(file) = &files.digest {
            write_file(session, Path::new(&file.value), digests(&own).as_bytes())?;
        }
    }
    Ok(())
}

/// The digest of a file's trace in a line; with a matrix a line for each combination, which it names. A
/// test that did not come to its trace has none, lest that of an earlier run be taken for it.
fn digests(report: &RunReport) -> String {
    let mut out = String::new();
    for test in &report.tests {
        let Some(digest) = &test.digest else { continue };
        let _ = if test.matrix.is_empty() {
            writeln!(out, "{digest}")
        } else {
            writeln!(out, "{digest}  {}", clean(&test.title()))
        };
    }
    out
}

fn write_file(session: &Session, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let path = session.base.absolute(path);
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, bytes)
    };
    write().map_err(|reason| Error::Unwritable {
        path: path.clone(),
        reason,
    })
}
