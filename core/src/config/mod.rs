//! The typed test file, read from the document.
//!
//! [`read`] gives a [`model::TestFile`] and everything that is wrong with its settings by themselves
//! (`C` findings). The tables of the format ([`schema`]) stand beside their readers; [`FILE`] is the
//! root from which all others are reached.

mod assertions;
mod context;
mod env;
mod expect;
mod formats;
mod health;
mod limits;
mod meta;
pub mod model;
mod otel;
mod other;
pub mod presets;
mod project;
mod reader;
mod root;
mod scenarios;
pub mod schema;
mod services;
mod values;

pub use other::looks_like_something_else;
pub use project::{BUILT_IN, Cache, Concurrency, PROJECT_FILE, Profile, Project, Run, Watch};
pub use root::{FILE, read};
pub use services::VOLUME;

/// Tables that stand as values in several places.
pub use expect::{COUNT, EDGE};

/// A duration as test files write it (`500ms`, `1m30s`), in microseconds; `None` if it is none.
#[must_use]
pub fn duration(text: &str) -> Option<u64> {
    formats::units::duration(text).ok()
}
