//! The few styles that clnrm uses. Without colour all of them print nothing.

use anstyle::{AnsiColor, Style};
use clnrm_core::diagnostic::Severity;

/// One style for each meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Styles {
    /// What is wrong.
    pub error: Style,
    /// What is probably wrong.
    pub warning: Style,
    /// What is worth knowing.
    pub info: Style,
    /// What is well.
    pub good: Style,
    /// The lines of a frame, and line numbers.
    pub frame: Style,
    /// What to read first.
    pub strong: Style,
    /// What to read last.
    pub faint: Style,
}

impl Styles {
    /// With or without colour.
    pub const fn new(coloured: bool) -> Self {
        if coloured {
            Self {
                error: AnsiColor::BrightRed.on_default().bold(),
                warning: AnsiColor::Yellow.on_default().bold(),
                info: AnsiColor::Cyan.on_default(),
                good: AnsiColor::Green.on_default(),
                frame: AnsiColor::BrightBlue.on_default(),
                strong: Style::new().bold(),
                faint: Style::new().dimmed(),
            }
        } else {
            Self {
                error: Style::new(),
                warning: Style::new(),
                info: Style::new(),
                good: Style::new(),
                frame: Style::new(),
                strong: Style::new(),
                faint: Style::new(),
            }
        }
    }

    /// The style of a severity.
    pub const fn severity(&self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }
}

/// A severity as it is printed.
pub const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}
