//! Reports of a run: one module for each format, and one that writes them to files.

pub mod files;
pub mod github;
pub mod html;
pub mod human;
pub mod junit;
pub mod progress;
pub mod tap;
