//! From a template and variables to text, with a map back.
//!
//! Users write Tera; minijinja renders. The road: `lexer` and `parser` read Tera's grammar,
//! `codegen` writes minijinja source and a table of offsets, `engine` renders it, and [`source_map`]
//! leads from rendered bytes back to the template. [`filters`], [`predicates`] and [`functions`] hold
//! what templates can call, all declared through [`call`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::Value;

use crate::diagnostic::Finding;
use crate::source::{Source, Sources, Span};

pub use host::{Host, Timestamp};
pub use limits::{Allowance, Limits};
pub use parser::TAGS;
pub use source_map::{Mapped, Piece, Runs, SourceMap, Step};
pub use tables::Tables;
pub use templates::Templates;

/// What to render, and in which world.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The template.
    pub entry: &'a Arc<Source>,
    /// Only these bytes of it: a string of a plain TOML. Tags that read other files are `T106` there.
    pub region: Option<Span>,
    /// Where includes and imports come from.
    pub sources: &'a dyn Sources,
    /// Folders that are searched after those of the template, as names in `sources`.
    pub paths: &'a [String],
    /// The variables.
    pub variables: &'a BTreeMap<Arc<str>, Value>,
    /// The world: clock, environment, seed.
    pub host: &'a Host,
    /// How much it may cost.
    pub limits: &'a Limits,
    /// What other renders have read already.
    pub templates: &'a Templates,
}

/// A source that was read or looked for.
#[derive(Clone, Debug)]
pub struct Read {
    /// Its name.
    pub name: Arc<str>,
    /// The source; `None` if there is none of that name.
    pub source: Option<Arc<Source>>,
}

/// What came of a render. A fault does not end it: the expression prints `0` and the rest goes on.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The text; `None` if there is none: block tags that do not pair, a cycle, a limit.
    pub text: Option<Arc<str>>,
    /// Where the text came from.
    pub map: SourceMap,
    /// What is wrong, in order of place, each once.
    pub faults: Vec<Finding>,
    /// How often each of the faults occurred; as long as `faults`.
    pub counts: Vec<u32>,
    /// Faults beyond those that are kept.
    pub omitted: u32,
    /// The fault that was met first: where a render that does not recover would have stopped.
    pub first_fault: Option<Finding>,
    /// Bytes of the text that stand for an expression that failed.
    pub placeholders: Vec<Span>,
    /// Something that makes whole lines (a condition, a loop, an include, a tag) failed: what is
    /// absent from the text proves nothing.
    pub incomplete: bool,
    /// Every source that was read or looked for, the entry first.
    pub files: Vec<Read>,
    /// Top-level variables that were looked up, set or not.
    pub variables_read: BTreeSet<Arc<str>>,
    /// Paths such as `vars.image` that were looked up; `vars` alone if the whole object was.
    pub nested_read: BTreeSet<Arc<str>>,
    /// Uses of what Tera 1.x refuses: the file, the place, what it is.
    pub extensions: Vec<(Arc<str>, Span, &'static str)>,
    /// The call that made the render depend on the clock or on chance.
    pub first_volatile: Option<(Arc<str>, Span)>,
}

/// Renders a template, and goes on after faults.
#[must_use]
pub fn render(request: &Request<'_>) -> Rendered {
    engine::render(request)
}

/// What is wrong with a template that is only included and imported (`T101`, `T103`-`T105`,
/// `T107`), without rendering it.
#[must_use]
pub fn check_library(
    entry: &Arc<Source>,
    sources: &dyn Sources,
    paths: &[String],
    limits: &Limits,
    templates: &Templates,
) -> Vec<Finding> {
    engine::check_library(entry, sources, paths, limits, templates)
}

/// Whether every tag of `text` reads as one of ours. `{{.State}}` does not: it is Go's.
#[must_use]
pub fn is_expression_text(text: &str) -> bool {
    parser::is_expression_text(text)
}

mod ast;
pub mod call;
mod callables;
mod codegen;
mod engine;
mod evaluate;
mod fake;
mod faults;
pub mod filters;
pub mod functions;
pub mod host;
pub mod json;
mod lexer;
pub mod library;
pub mod limits;
mod live;
mod loader;
pub mod matrix;
mod ops;
#[cfg(test)]
mod oracle;
mod parser;
pub mod predicates;
pub(crate) mod prelude;
mod program;
pub mod random;
pub(crate) mod scan;
mod scope;
pub mod source_map;
pub mod strings;
mod tables;
mod templates;
pub mod time;
pub mod variables;
pub mod vars_file;
mod walk;
mod whitespace;
