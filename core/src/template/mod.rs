//! From a template and variables to text, with a map back.
//!
//! Users write Tera; minijinja renders. The road: `lexer` and `parser` read Tera's grammar,
//! `codegen` writes minijinja source and a table of offsets, `engine` renders it, and `source_map`
//! leads from rendered bytes back to the template. [`filters`], [`predicates`] and [`functions`] hold
//! what templates can call, all declared through [`call`].

pub mod call;
pub mod filters;
pub mod functions;
pub mod host;
pub mod json;
pub mod predicates;
pub(crate) mod scan;
pub mod variables;
