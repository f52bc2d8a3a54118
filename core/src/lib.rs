//! The core of clnrm: from a test template to a verdict.
//!
//! Everything here is values in and values out. The core reads no disk, no clock, no environment
//! and starts no thread: callers hand these in, so that the same bytes under the same options give
//! the same verdict in a terminal and in a browser tab.
//!
//! The modules, each of which imports only what stands below it here:
//!
//! | module | what it holds |
//! |---|---|
//! | [`checker`] | the façade: sources and options in, a report out; owns the caches |
//! | [`assist`] | completion and hover |
//! | [`graph`] | a test as a graph of services, scenarios and spans |
//! | [`report`] | the report and its JSON |
//! | [`expect`] | expectations against a trace |
//! | [`trace`] | spans, read from whatever form they were written in |
//! | [`rules`] | settings against each other; the page of every code |
//! | `config` | the typed test file, read from the document |
//! | [`cache`] | bounded caches of renders and documents |
//! | [`template`] | from template and variables to text, with a source map |
//! | [`schema`] | the JSON Schema of the test file |
//! | [`fix`] | fixes of diagnostics, applied to texts |
//! | [`mod@format`] | the layout of a plain test file |
//! | `document` | TOML with spans, read with recovery |
//! | [`diagnostic`] | findings, diagnostics and their codes |
//! | [`digest`] | SHA-256 |
//! | [`suggest`] | the known name nearest to a mistyped one |
//! | [`source`] | texts and places in them |

#![forbid(unsafe_code)]

pub mod assist;
pub mod cache;
pub mod checker;
pub mod config;
pub mod diagnostic;
pub mod digest;
pub mod document;
pub mod expect;
pub mod fix;
pub mod format;
pub mod graph;
pub mod report;
pub mod rules;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod template;
pub mod trace;
