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

    /// `--fix` of what has no file to be written to.
    #[error("standard input cannot be fixed: name a file, or leave `--fix` and `--diff` out")]
    FixOfInput,

    /// `--unsafe-fixes` by itself.
    #[error(
        "`--unsafe-fixes` says which fixes are meant: add `--fix` to apply them, or `--diff` to see them"
    )]
    UnsafeFixesAlone,

    /// A file that was fixed cannot be written.
    #[error("cannot write `{name}`: {reason}; give yourself the right to, or use `--diff`")]
    CannotWrite {
        /// The file.
        name: String,
        /// The system's words.
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

    /// A file of settings or variables that is wrong.
    #[error("`{name}` has {count}: mend what is shown above")]
    BadSettings {
        /// The file.
        name: String,
        /// Such as `2 errors`.
        count: String,
        /// Its diagnostics, as they are shown above the message.
        frames: String,
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

    /// Two reports were to be written to one file.
    #[error("`{}` holds the report of another file already: give each a path of its own", .0.display())]
    Overwritten(PathBuf),

    /// The template does not render; the report was printed before.
    #[error("`{0}` does not render: mend what is shown above")]
    NotRendered(String),

    /// Results could not be written to standard output.
    #[error("cannot write the results: {0}; send them somewhere that takes them")]
    Output(#[from] io::Error),

    /// The system gives no random bytes.
    #[error("the system gives no random numbers: {0}; pass `--seed` to do without")]
    NoEntropy(String),

    /// A file that should hold a trace and holds none.
    #[error("E003 `{name}` is no trace: {reason}{}", help.map_or_else(String::new, |help| format!("; {help}")))]
    BadTrace {
        /// The file.
        name: String,
        /// What is wrong, and where.
        reason: String,
        /// What to do, when it is known.
        help: Option<&'static str>,
    },

    /// Standard input is named twice.
    #[error("`-` is given twice, and there is one standard input: name a file for the other")]
    StdinTwice,

    /// `analyze` of a file without expectations.
    #[error(
        "`{0}` expects nothing of a trace: add `[[expect.span]]` or another table of `[expect]`, or pass `--baseline FILE`"
    )]
    NothingExpected(String),

    /// `--tolerance` that is neither a time nor a part.
    #[error("`--tolerance {given}` is no time: write `--tolerance 5ms` or `--tolerance 10%`")]
    BadTolerance {
        /// What was given.
        given: String,
    },
    /// No container engine answers.
    #[error("[R101] {0}")]
    NoEngine(crate::run::engine::Unreachable),

    /// The engine that answered does so no more.
    #[error(
        "[R101] the container engine went away in mid-run ({0}): start it again, then `clnrm clean`"
    )]
    EngineLost(String),

    /// A run beside the loop of `watch` ended without a word: a fault of ours.
    #[error("the run broke down: please report what was printed above")]
    RunBroke,

    /// The engine refuses.
    #[error("the container engine says: {0}; mend that and try again")]
    Engine(String),

    /// All tests were filtered out.
    #[error(
        "no test is left to run: `--filter`, `--tag` and `--shard` choose none; `clnrm run --dry-run` lists what they choose"
    )]
    NothingChosen,

    /// `--trace-endpoint` with something that is no URL.
    #[error(
        "`--trace-endpoint {given}` cannot be sent to: {reason}; write it like `http://localhost:4318`"
    )]
    BadEndpoint {
        /// What was given.
        given: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The playground's port cannot be had.
    #[error(
        "cannot listen on port {port}: {reason}; choose another with `--port`, or `--port 0` for any"
    )]
    CannotListen {
        /// Which.
        port: u16,
        /// Why.
        reason: io::Error,
    },

    /// A graph that no picture could show.
    #[error(
        "`{name}` has {count} things, and a picture shows at most {limit}: use `--format text` or `--format dot`"
    )]
    TooManyToDraw {
        /// The file.
        name: String,
        /// How many.
        count: usize,
        /// How many can be drawn.
        limit: usize,
    },

    /// `watch -`.
    #[error(
        "standard input cannot be watched: name files or folders, or check it with `clnrm dry-run -`"
    )]
    StdinIsNoFile,
}

fn mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

impl Error {
    /// What is to be shown above the message.
    pub fn frames(&self) -> Option<&str> {
        match self {
            Self::BadSettings { frames, .. } => Some(frames),
            _ => None,
        }
    }

    /// The exit code that the error stands for.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::NotRendered(_) => Outcome::Faults,
            Self::NoEntropy(_)
            | Self::CannotListen { .. }
            | Self::NoEngine(_)
            | Self::EngineLost(_)
            | Self::Engine(_) => Outcome::Environment,
            _ => Outcome::Unable,
        }
    }
}
