//! A valid file as something to run: its typed settings, and the way from a place in them back to
//! what the author wrote.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;

use super::analyze::{self, Analysis};
use super::mapping::Mapper;
use super::outcome::Outcome;
use crate::config;
use crate::config::model::TestFile;
use crate::diagnostic::{Diagnostic, Finding};
use crate::document::Document;
use crate::expect::Surroundings;
use crate::report::FileReport;
use crate::source::Source;
use crate::trace::Trace;

/// A file that was judged, and its tests if it is valid.
#[derive(Debug)]
pub struct Runnable {
    /// What a check says of it.
    pub report: FileReport,
    /// One for each combination of its matrix, one without a matrix; none if the file is invalid or
    /// only a library.
    pub tests: Vec<RunnableTest>,
    entry: Arc<Source>,
    outcome: Arc<Outcome>,
}

/// A test: a file in one combination of its matrix.
#[derive(Clone, Debug)]
pub struct RunnableTest {
    /// The combination; empty without a matrix.
    pub matrix: BTreeMap<String, Value>,
    /// What the file says.
    pub file: TestFile,
    /// The text that it says it in.
    pub text: Arc<str>,
    /// Which render of the file this is.
    render: usize,
}

impl Runnable {
    pub(super) fn new(entry: &Arc<Source>, report: FileReport, outcome: Arc<Outcome>) -> Self {
        let mut tests = Vec::new();
        if report.valid {
            for (index, render) in outcome.renders.iter().enumerate() {
                let Some(text) = &render.text else { continue };
                let (document, _) = Document::parse(text, &render.placeholders);
                let (file, _) = config::read(&document);
                tests.push(RunnableTest {
                    matrix: render
                        .combination
                        .iter()
                        .map(|(name, value)| (name.to_string(), value.clone()))
                        .collect(),
                    file,
                    text: text.clone(),
                    render: index,
                });
            }
        }
        Self {
            report,
            tests,
            entry: entry.clone(),
            outcome,
        }
    }

    /// The source that was judged.
    #[must_use]
    pub const fn entry(&self) -> &Arc<Source> {
        &self.entry
    }

    /// Holds what a test of this file expects against the spans that it emitted.
    #[must_use]
    pub fn analyze(
        &self,
        test: &RunnableTest,
        trace: &Trace,
        surroundings: &Surroundings,
    ) -> Analysis {
        let report = self.report.clone();
        let only = Some(test.render);
        analyze::analyze(
            &self.entry,
            &self.outcome,
            report,
            only,
            trace,
            surroundings,
        )
    }

    /// What the author sees of something that was found in a test of this file.
    #[must_use]
    pub fn diagnostic(&self, test: &RunnableTest, finding: &Finding) -> Diagnostic {
        let Some(render) = self.outcome.renders.get(test.render) else {
            let plain = crate::template::SourceMap::identity(self.entry.clone());
            return Mapper {
                entry: &self.entry,
                files: &self.outcome.files,
                text: None,
                map: &plain,
                templated: false,
                lines: OnceCell::new(),
            }
            .diagnostic(finding, 1);
        };
        let mapper = Mapper {
            entry: &self.entry,
            files: &self.outcome.files,
            text: Some(&test.text),
            map: &render.map,
            templated: render.templated,
            lines: OnceCell::new(),
        };
        let mut diagnostic = mapper.diagnostic(finding, 1);
        if self.outcome.has_matrix {
            diagnostic.renders.extend(u32::try_from(test.render));
        }
        diagnostic
    }
}
