//! Why there are no tables.

use std::path::{Path, PathBuf};

/// What kept the tables from being made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        error: std::io::Error,
    },
    /// A file of criterion's is not as it is known to be.
    #[error("{}: not what criterion 0.8 writes", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// A benchmark that a table needs has not run.
    #[error("nothing was measured for `{name}`: run `cargo bench --bench performance` first")]
    Missing {
        /// The benchmark, or its group.
        name: String,
    },
    /// The document has a table that does not end.
    #[error("docs/performance.md: {0}")]
    Unclosed(#[from] clnrm_benches::document::Unclosed),
    /// The program could not be run.
    #[error("{}: {what}", path.display())]
    Program {
        /// The program.
        path: PathBuf,
        /// What went wrong.
        what: String,
    },
}

impl Error {
    /// A file could not be read or written.
    pub fn file(path: &Path, error: std::io::Error) -> Self {
        let path = path.to_owned();
        Self::File { path, error }
    }
}
