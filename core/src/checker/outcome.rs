//! What came of rendering a file: all that is kept of it in the cache.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::Value;

use super::filter::Filter;
use crate::diagnostic::{Finding, Level};
use crate::digest::Digest;
use crate::report::{Dependency, FileReport};
use crate::source::{Source, Span};
use crate::template::SourceMap;
use crate::template::matrix::Combination;
use crate::template::prelude::Prelude;

/// A file, rendered for each of its combinations.
#[derive(Debug)]
pub(super) struct Outcome {
    /// What is wrong with the file before it is rendered, or beside it.
    pub findings: Vec<Finding>,
    /// One for each combination of the matrix; one without a matrix; none if nothing could be
    /// rendered at all, and of a library.
    pub renders: Vec<Rendering>,
    /// Whether the file has a matrix.
    pub has_matrix: bool,
    /// A library, of which no more than its template is judged.
    pub is_library: bool,
    /// The sources that were read, by name, the entry included.
    pub files: BTreeMap<Arc<str>, Arc<Source>>,
    /// The sources that were read or looked for, without the entry.
    pub dependencies: Vec<Dependency>,
    /// Nothing failed that could have kept something from being read.
    pub sure: bool,
    /// Paths below variables that were looked up.
    pub nested: BTreeSet<Arc<str>>,
    /// Whether the file has template expressions at all.
    pub has_tags: bool,
}

/// One render of a file.
#[derive(Debug)]
pub(super) struct Rendering {
    pub combination: Combination,
    /// `None`: nothing could be rendered.
    pub text: Option<Arc<str>>,
    /// The digest of the text.
    pub digest: Option<Digest>,
    pub map: SourceMap,
    /// Whether it came through a template; if not, the text is the file.
    pub templated: bool,
    /// What was found while rendering, each with how often.
    pub faults: Vec<(Finding, u32)>,
    /// Faults beyond those.
    pub omitted: u32,
    /// The error that would have ended a render that does not recover.
    pub first_fault: Option<Finding>,
    /// Bytes of the text that stand for what failed.
    pub placeholders: Vec<Span>,
    /// Whole lines may be missing from the text.
    pub incomplete: bool,
    /// Of the variables and environment that were read.
    pub context_digest: Option<Digest>,
    pub volatile: bool,
    /// What the file says about it: the root context is this over what is outside.
    pub prelude: Arc<Prelude>,
}

impl Outcome {
    /// About how many bytes it holds, those of shared sources included.
    pub(super) fn size(&self) -> usize {
        let files: usize = self.files.values().map(|file| file.text.len() + 200).sum();
        let renders: usize = self.renders.iter().map(Rendering::size).sum();
        size_of::<Self>() + files + renders + self.dependencies.len() * 100
    }

    /// Whether another render of the same bytes could differ.
    pub(super) fn is_volatile(&self) -> bool {
        self.renders.iter().any(|render| render.volatile)
    }
}

impl Rendering {
    /// The values of its combination, by name; empty without a matrix.
    pub(super) fn matrix(&self) -> BTreeMap<String, Value> {
        let values = self.combination.iter();
        values
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect()
    }

    fn size(&self) -> usize {
        let text = self.text.as_ref().map_or(0, |text| text.len());
        size_of::<Self>()
            + text
            + self.map.size()
            + self.faults.len() * 400
            + self.placeholders.len() * size_of::<Span>()
            // Combinations share it for the most part.
            + self.prelude.size()
    }
}

/// What a cached version holds: the outcome, and the reports that were made of it.
#[derive(Debug)]
pub(super) struct Kept {
    pub outcome: Arc<Outcome>,
    pub reports: Vec<(ReportKey, Arc<FileReport>)>,
}

/// Reports kept of one outcome: a user turns through the levels.
pub(super) const MAX_REPORTS: usize = 4;

/// What a report depends on beside the outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ReportKey {
    pub level: Level,
    pub filter: Filter,
    /// Names of `--var`, for those that nothing reads.
    pub command_line: Vec<Arc<str>>,
}

/// About how many bytes a report holds.
pub(super) fn report_size(report: &FileReport) -> usize {
    size_of::<FileReport>() + report.diagnostics.len() * 700 + report.dependencies.len() * 100
}
