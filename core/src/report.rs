//! The report: what a check says of files, and the JSON that other tools are held to.
//!
//! Absent values are `null` and lists `[]`; a field is never left out. The one exception is
//! `renders`, which only a file with a matrix has.

use std::sync::Arc;

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Level, Severity};
use crate::digest::Digest;

/// Diagnostics shown of one file; the rest is counted in [`FileReport::omitted`].
pub const MAX_DIAGNOSTICS: usize = 100;

/// How far a check got before it had to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// No bytes: the file could not be read.
    File,
    /// No text: the template did not render.
    Template,
}

/// A file that was read because another one names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Dependency {
    /// Its name; also of a file that was looked for and is absent.
    pub path: Arc<str>,
    /// Its digest; `None` if it does not exist or cannot be read.
    pub digest: Option<Digest>,
}

/// Time spent, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the names of the stages say it")]
pub struct Timings {
    pub read: u64,
    pub hash: u64,
    pub cache: u64,
    pub render: u64,
    pub parse: u64,
    pub validate: u64,
    pub total: u64,
}

/// One combination of a matrix.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MatrixRender {
    /// The values of this combination, by name.
    pub matrix: std::collections::BTreeMap<String, minijinja::Value>,
    /// Digest of the variables and environment that this render read.
    pub context_digest: Option<Digest>,
    /// Whether the render came from the cache.
    pub cached: bool,
    /// Whether another render of the same bytes could differ.
    pub volatile: bool,
}

/// What a check says of one file.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct FileReport {
    /// The name of the file.
    pub path: Arc<str>,
    /// No error among what was judged.
    pub valid: bool,
    /// How far it was judged.
    pub level: Level,
    /// Where the check had to stop, if it had to.
    pub stopped_at: Option<Stage>,
    /// Diagnostics beyond [`MAX_DIAGNOSTICS`].
    pub omitted: usize,
    /// Digest of the file itself.
    pub template_digest: Option<Digest>,
    /// Digest of the variables and environment that the render read.
    pub context_digest: Option<Digest>,
    /// Whether the render came from the cache.
    pub cached: bool,
    /// Whether another render of the same bytes could differ.
    pub volatile: bool,
    /// Other files that the render read or looked for, by name.
    pub dependencies: Vec<Dependency>,
    /// Where the time went.
    pub timings_us: Timings,
    /// The combinations of the file's matrix, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renders: Option<Vec<MatrixRender>>,
    /// What was found, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// Numbers of all that was found, omitted diagnostics included.
    #[serde(skip)]
    pub counts: Counts,
}

/// How many diagnostics of each severity there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Infos.
    pub infos: usize,
    /// Hidden by the user's wish.
    pub suppressed: usize,
}

impl Counts {
    /// Counts so many more of this severity.
    pub fn add(&mut self, severity: Severity, count: usize) {
        match severity {
            Severity::Error => self.errors += count,
            Severity::Warning => self.warnings += count,
            Severity::Info => self.infos += count,
        }
    }
}

/// A file that was passed over, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Skipped {
    /// Its name.
    pub path: Arc<str>,
    /// One sentence.
    pub reason: String,
}

/// The whole of a report in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "published field names")]
pub struct Summary {
    pub files: usize,
    pub valid: usize,
    pub invalid: usize,
    pub errors: usize,
    pub warnings: usize,
    pub infos: usize,
    pub suppressed: usize,
    pub skipped: usize,
    pub cached: usize,
    pub duration_us: u64,
}

/// What a check says of all files. Serialises to the published JSON, version 1.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// Version of this shape.
    pub version: u32,
    /// In numbers.
    pub summary: Summary,
    /// Passed over by discovery.
    pub skipped: Vec<Skipped>,
    /// In order of path.
    pub files: Vec<FileReport>,
}

impl Report {
    /// Puts files in order of path and sums them up. `duration_us` is of the whole command.
    #[must_use]
    pub fn new(mut files: Vec<FileReport>, skipped: Vec<Skipped>, duration_us: u64) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut summary = Summary {
            files: files.len(),
            skipped: skipped.len(),
            duration_us,
            ..Summary::default()
        };
        for file in &files {
            if file.valid {
                summary.valid += 1;
            } else {
                summary.invalid += 1;
            }
            summary.errors += file.counts.errors;
            summary.warnings += file.counts.warnings;
            summary.infos += file.counts.infos;
            summary.suppressed += file.counts.suppressed;
            summary.cached += usize::from(file.cached);
        }
        Self {
            version: 1,
            summary,
            skipped,
            files,
        }
    }
}
