//! The typed test file, read from the document.

pub mod model;
pub mod presets;
