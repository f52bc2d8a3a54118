//! The macro library that every template can import, unless a file of its name stands beside it.
//!
//! It is written in Tera's own grammar, with two filters of ours and with map and array literals as
//! defaults of parameters.

/// The name under which templates import it.
pub const NAME: &str = "_macros.toml.tera";

/// How people name the one that is built in.
pub const SOURCE_NAME: &str = "<clnrm>/_macros.toml.tera";

/// Its text.
pub const TEXT: &str = include_str!("library/_macros.toml.tera");

#[cfg(test)]
mod tests;
