//! The exit codes of `clnrm`, and how a command arrives at one.
//!
//! The codes are part of the published interface: scripts and CI build on them.

use std::process::ExitCode;

use clnrm_core::diagnostic::{Family, Severity};
use clnrm_core::report::{FileReport, Report};

/// All good.
pub const GOOD: u8 = 0;
/// Something is wrong with the tests: an invalid file.
pub const FAULTS: u8 = 1;
/// The command could not do its work: bad arguments, an unreadable path, nothing found.
pub const UNABLE: u8 = 2;
/// The environment failed: no random numbers, no container engine.
pub const ENVIRONMENT: u8 = 3;
/// The command was interrupted.
pub const INTERRUPTED: u8 = 130;

/// How a command ended. Where several apply the greatest stands, hence the order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Outcome {
    /// [`GOOD`].
    #[default]
    Good,
    /// [`FAULTS`].
    Faults,
    /// [`UNABLE`].
    Unable,
    /// [`ENVIRONMENT`].
    Environment,
    /// [`INTERRUPTED`].
    Interrupted,
}

impl Outcome {
    /// What a report comes to: a file that could not be had weighs more than one that is wrong.
    pub fn of(report: &Report) -> Self {
        report
            .files
            .iter()
            .map(Self::of_file)
            .max()
            .unwrap_or_default()
    }

    /// The same for one file.
    pub fn of_file(file: &FileReport) -> Self {
        let unreadable = file.diagnostics.iter().any(|diagnostic| {
            diagnostic.code.family() == Family::File && diagnostic.severity == Severity::Error
        });
        if unreadable {
            Self::Unable
        } else if file.valid {
            Self::Good
        } else {
            Self::Faults
        }
    }

    /// The code itself.
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => GOOD,
            Self::Faults => FAULTS,
            Self::Unable => UNABLE,
            Self::Environment => ENVIRONMENT,
            Self::Interrupted => INTERRUPTED,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graver_outcome_stands() {
        let all = [
            Outcome::Good,
            Outcome::Faults,
            Outcome::Unable,
            Outcome::Environment,
            Outcome::Interrupted,
        ];
        assert!(all.is_sorted());
        assert!(all.iter().map(|outcome| outcome.code()).is_sorted());
    }
}
