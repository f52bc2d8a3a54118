//! Tests that cross crates: the command line as a process, real users' files, the two commands.

pub mod made;
pub mod oracle;
pub mod program;
pub mod sessions;
pub mod verdicts;
