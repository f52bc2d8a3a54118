//! What can keep a command from doing its work.
//!
//! Every message is one sentence that says what to do next; it is printed after `error: `. Faults
//! of the files under test are not here: those are diagnostics, and part of the report.

use std::io;
use std::path::PathBuf;

use clnrm_core::diagnostic::Code;

use crate::exit::Outcome;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Discovery came back empty.
    #[error(
        "no test file found in {looked_in}: looked for {wanted}; name a file, or start with `clnrm init`"
    )]
    NothingFound {
        /// The paths that were searched, as given.
        looked_in: String,
        /// The names a test file can have.
        wanted: String,
    },

    /// The one file a command works on cannot be had. The reason says what is wrong with it.
    #[error("cannot read `{name}`: {reason}")]
    Unreadable {
        /// The file as it was named.
        name: String,
        /// Why, and what to do.
        reason: String,
    },

    /// The working directory is gone or may not be read.
    #[error("cannot find the working directory: {0}; change to a folder that exists")]
    WorkingDirectory(io::Error),

    /// `--var` without a name or a value.
    #[error("`--var {given}` is no variable: write `--var name=value`, or `--var name:=json`")]
    BadVariable {
        /// What was given.
        given: String,
    },

    /// `--var name:=json` whose right side is no JSON.
    #[error(
        "the value of `--var {name}:={value}` is no JSON ({reason}): quote it as JSON, or write `--var {name}={value}` for a text"
    )]
    BadJson {
        /// The variable.
        name: String,
        /// What was given.
        value: String,
        /// What the parser says.
        reason: String,
    },

    /// `--matrix` without a name or a value.
    #[error("`--matrix {given}` picks nothing: write `--matrix name=value`")]
    BadMatrix {
        /// What was given.
        given: String,
    },

    /// `--allow` of a code that is an error.
    #[error(
        "`--allow {code}` cannot hide an error: allow only infos and warnings, or mend what {code} (`{name}`) finds"
    )]
    CannotAllow {
        /// The code.
        code: Code,
        /// Its name.
        name: &'static str,
    },

    /// A code that does not exist.
    #[error("no rule is called `{given}`{}; `clnrm explain` lists them all", mean(nearest.as_deref()))]
    UnknownCode {
        /// What was asked for.
        given: String,
        /// The nearest there is.
        nearest: Option<String>,
    },

    /// `--freeze-clock` with something that is no moment.
    #[error(
        "`--freeze-clock {given}` is no moment: write it as in RFC 3339, such as `2025-01-01T00:00:00Z`"
    )]
    BadMoment {
        /// What was given.
        given: String,
    },

    /// A file of settings or variables that is wrong; its diagnostics were printed before.
    #[error("`{name}` has {count}: mend what is shown above")]
    BadSettings {
        /// The file.
        name: String,
        /// Such as `2 errors`.
        count: String,
    },

    /// A vars file that is no JSON object.
    #[error("`{name}` is no JSON object ({reason}): mend it, or write TOML and name it .toml")]
    BadVarsFile {
        /// The file.
        name: String,
        /// What the parser says.
        reason: String,
    },

    /// A profile that is neither built in nor in the project file.
    #[error(
        "there is no profile `{given}`: the known ones are {known}; add `[profile.{given}]` to clnrm.toml"
    )]
    UnknownProfile {
        /// What was asked for.
        given: String,
        /// The profiles there are.
        known: String,
    },

    /// `init` would overwrite something.
    #[error(
        "`{}` is there already and stays as it is: choose another folder, or overwrite it with `--force`",
        .0.display()
    )]
    Exists(PathBuf),

    /// A file or folder could not be written.
    #[error("cannot write `{}`: {reason}; check the folder and its permissions", .path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },

    /// The template does not render; the report was printed before.
    #[error("`{0}` does not render: mend what is shown above")]
    NotRendered(String),

    /// Results could not be written to standard output.
    #[error("cannot write the results: {0}; send them somewhere that takes them")]
    Output(#[from] io::Error),

    /// The system gives no random bytes.
    #[error("the system gives no random numbers: {0}; pass `--seed` to do without")]
    NoEntropy(String),

    /// `watch -`.
    #[error(
        "standard input cannot be watched: name files or folders, or check it with `clnrm dry-run -`"
    )]
    StdinIsNoFile,

    /// Files cannot be watched, by no means.
    #[error("cannot watch `{}`: {reason}; try `--poll`", .path.display())]
    Unwatchable {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

fn mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

impl Error {
    /// The exit code that the error stands for.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::NotRendered(_) => Outcome::Faults,
            Self::Unwatchable { .. } | Self::NoEntropy(_) => Outcome::Environment,
            _ => Outcome::Unable,
        }
    }
}
