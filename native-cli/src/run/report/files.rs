//! Reports in files: those of the command line, and those that the test files ask for themselves.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use clnrm_core::config::model::Text;
use jiff::Timestamp;

use super::{html, junit};
use crate::errors::Error;
use crate::printer::Texts;
use crate::printer::text::clean;
use crate::run::outcome::RunReport;
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

/// Writes the reports that the command line and the files ask for; says which could not be written. One
/// that cannot does not keep the others from it.
pub fn write(
    asked: &Asked<'_>,
    session: &Session,
    report: &RunReport,
    texts: &dyn Texts,
) -> Vec<Error> {
    let now = Timestamp::now();
    let json = |report: &RunReport| {
        let text = serde_json::to_vec_pretty(report);
        Ok(text.map_err(io::Error::from)?)
    };
    let page = |report: &RunReport| Ok(html::page(report, texts, now).into_bytes());
    let mut writer = Writer {
        session,
        written: BTreeSet::new(),
        errors: Vec::new(),
    };
    writer.write(asked.json, || json(report));
    writer.write(asked.junit, || junit::report(report));
    writer.write(asked.html, || page(report));
    for (path, files) in &report.asked {
        let own = report.of(path);
        let to = |file: &Option<Text>| file.as_ref().map(|file| PathBuf::from(&*file.value));
        writer.write(to(&files.json).as_deref(), || json(&own));
        writer.write(to(&files.junit).as_deref(), || junit::report(&own));
        writer.write(to(&files.html).as_deref(), || page(&own));
        writer.write(to(&files.digest).as_deref(), || {
            Ok(digests(&own).into_bytes())
        });
    }
    writer.errors
}

/// Writes one file after the other.
struct Writer<'a> {
    session: &'a Session,
    written: BTreeSet<PathBuf>,
    errors: Vec<Error>,
}

impl Writer<'_> {
    /// Writes what is made, if a path is given and no report was written there.
    fn write(&mut self, path: Option<&Path>, make: impl FnOnce() -> Result<Vec<u8>, Error>) {
        let Some(path) = path else { return };
        let path = self.session.base.absolute(path);
        if !self.written.insert(path.clone()) {
            self.errors.push(Error::Overwritten(path));
            return;
        }
        let bytes = match make() {
            Ok(bytes) => bytes,
            Err(error) => return self.errors.push(error),
        };
        let write = || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&path, bytes)
        };
        if let Err(reason) = write() {
            self.errors.push(Error::Unwritable { path, reason });
        }
    }
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
