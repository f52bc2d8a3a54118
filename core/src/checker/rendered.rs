//! A rendered file, as `clnrm render` shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;

use super::options::{Options, Prepared};
use super::outcome::{Outcome, Rendering};
use super::report;
use crate::assist::{Known, Names};
use crate::config;
use crate::diagnostic::{Finding, Severity};
use crate::digest::Digest;
use crate::document::Document;
use crate::graph::Graph;
use crate::report::{Dependency, FileReport};
use crate::source::{Source, Span};
use crate::template::SourceMap;
use crate::template::scan::Scan;
use crate::template::variables::{GATHERED, Origin};

/// A file after rendering.
#[derive(Clone, Debug)]
pub struct RenderedFile {
    /// The text, byte for byte.
    pub text: Arc<str>,
    /// Where it came from.
    pub map: SourceMap,
    /// The variables that it could see, in order of name.
    pub variables: Vec<Variable>,
    /// The combination of the file's matrix that this is: the first, if several are left.
    pub matrix: BTreeMap<String, Value>,
    /// How many combinations there are; 1 without a matrix.
    pub combinations: usize,
    /// Other files that the render read or looked for.
    pub dependencies: Vec<Dependency>,
    /// Digest of the variables and environment that were read.
    pub context_digest: Option<Digest>,
    /// Whether another render of the same bytes could differ.
    pub volatile: bool,
    /// Whether it came from the cache.
    pub cached: bool,
}

/// A variable of the root context.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub value: Value,
    /// Where that comes from.
    pub origin: Origin,
}

/// The texts that a check of a file looked at, one for each combination of its matrix: also of a
/// template with faults. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Renders(Option<(Arc<Outcome>, Arc<Prepared>)>);

impl Renders {
    pub(super) fn of(outcome: Arc<Outcome>, prepared: Arc<Prepared>) -> Self {
        Self(Some((outcome, prepared)))
    }

    /// The file as a graph, in one combination, as far as it can be read; `None` if there is no text.
    #[must_use]
    pub fn graph(&self, combination: usize) -> Option<Graph> {
        let render = self.renders().get(combination)?;
        let text = render.text.as_ref()?;
        let (document, _) = Document::parse_rendered(text, &render.placeholders, &|_| false);
        Some(Graph::of(&config::read(&document).0))
    }

    /// What is known of the file beside its text, for completion and hover. `files` are those that it
    /// could include.
    #[must_use]
    pub fn names(&self, entry: &Source, files: Vec<Arc<str>>) -> Names {
        let graph = self.graph(0).unwrap_or_else(|| {
            // Without a render: what stands in the template, without its tags.
            let all = Span::new(0, entry.text.len());
            let text = Scan::of(&entry.text).blanked(&entry.text, all);
            Graph::of(&config::read(&Document::parse(&text, &[]).0).0)
        });
        let known = self.0.as_ref().and_then(|(outcome, prepared)| {
            let render = outcome.renders.first()?;
            Some(variables(render, prepared))
        });
        let known = known.unwrap_or_default().into_iter();
        let known = known.map(|variable| Known {
            name: variable.name,
            value: variable.value,
            origin: variable.origin.describe(),
        });
        Names {
            graph,
            variables: known.collect(),
            files,
        }
    }

    /// How many combinations there are; 1 without a matrix, 0 of a library.
    #[must_use]
    pub fn count(&self) -> usize {
        self.renders().len()
    }

    /// The text of a combination, and where it came from; `None` if there is none.
    #[must_use]
    pub fn text(&self, combination: usize) -> Option<(&Arc<str>, &SourceMap)> {
        let render = self.renders().get(combination)?;
        Some((render.text.as_ref()?, &render.map))
    }

    /// The values of a combination, by name; empty without a matrix.
    #[must_use]
    pub fn matrix(&self, combination: usize) -> BTreeMap<String, Value> {
        let render = self.renders().get(combination);
        render.map(Rendering::matrix).unwrap_or_default()
    }

    fn renders(&self) -> &[Rendering] {
        self.0.as_ref().map_or(&[], |(outcome, _)| &outcome.renders)
    }
}

/// The first combination of a file, or the report of why there is none.
pub(super) fn of(
    entry: &Arc<Source>,
    options: &Options,
    prepared: &Prepared,
    outcome: &Outcome,
    cached: bool,
) -> Result<RenderedFile, Box<FileReport>> {
    let fail = |render: Option<&Rendering>, finding: &Finding| {
        Box::new(report::of_fault(entry, options, outcome, render, finding))
    };
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    if let Some(finding) = outcome.findings.iter().find(is_error) {
        return Err(fail(None, finding));
    }
    let Some(render) = outcome.renders.first() else {
        return Err(fail(None, &nothing(entry)));
    };
    let first = render.first_fault.as_ref().filter(is_error);
    let first = first.or_else(|| {
        render
            .faults
            .iter()
            .map(|(finding, _)| finding)
            .find(is_error)
    });
    if let Some(finding) = first {
        return Err(fail(Some(render), finding));
    }
    let Some(text) = &render.text else {
        return Err(fail(Some(render), &nothing(entry)));
    };
    Ok(RenderedFile {
        text: text.clone(),
        map: render.map.clone(),
        variables: variables(render, prepared),
        matrix: render.matrix(),
        combinations: outcome.renders.len(),
        dependencies: outcome.dependencies.clone(),
        context_digest: render.context_digest,
        volatile: render.volatile,
        cached,
    })
}

/// A render without a text always has a fault; this is for one that forgot to say which.
fn nothing(entry: &Source) -> Finding {
    Finding::at(
        crate::diagnostic::Code::T101,
        crate::diagnostic::Anchor::Source(entry.name.clone(), Span::at(0)),
        "the template could not be rendered",
    )
}

/// The variables that a render sees, with their present values: the render may have been made when
/// those that it does not read had others.
fn variables(render: &Rendering, prepared: &Prepared) -> Vec<Variable> {
    let outside = &prepared.outside;
    let own = &render.prelude.set;
    let values = render.prelude.context(outside, &render.combination);
    values
        .iter()
        .filter(|(name, _)| &***name != "vars")
        .map(|(name, value)| {
            let origin = match outside.strong(name) {
                Some(given) => given.origin,
                None if own.contains_key(name) || GATHERED.contains(&&**name) => Origin::File,
                None => outside
                    .weak(name)
                    .map_or(Origin::File, |given| given.origin),
            };
            Variable {
                name: name.clone(),
                value: value.clone(),
                origin,
            }
        })
        .collect()
}
