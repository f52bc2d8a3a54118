//! A rendered file, as `clnrm render` shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;

use super::options::{Options, Prepared};
use super::outcome::{Outcome, Rendering};
use super::report;
use crate::diagnostic::{Finding, Severity};
use crate::digest::Digest;
use crate::report::{Dependency, FileReport};
use crate::source::Source;
use crate::template::SourceMap;
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
    let is_error = |finding: &&Finding| finding.code.severity() == Severity::Error;
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
        matrix: render
            .combination
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect(),
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
        crate::diagnostic::Anchor::Source(entry.name.clone(), crate::source::Span::at(0)),
        "the template could not be rendered",
    )
}

fn variables(render: &Rendering, prepared: &Prepared) -> Vec<Variable> {
    let own = |name: &str| {
        let mut own = render.own.iter();
        own.any(|own| *own.name == *name && own.value.is_some())
    };
    render
        .context
        .iter()
        .filter(|(name, _)| &***name != "vars")
        .map(|(name, value)| {
            let outside = &prepared.outside;
            let origin = match outside.strong(name) {
                Some(given) => given.origin,
                None if own(name) || GATHERED.contains(&&**name) => Origin::File,
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
