//! Faults of files that settings come from (`clnrm.toml`, a vars file): shown like those of tests,
//! on standard error.

use std::sync::Arc;

use clnrm_core::checker::settings_report;
use clnrm_core::diagnostic::{Finding, Severity};
use clnrm_core::source::Source;

use crate::args::Color;
use crate::errors::Error;
use crate::printer::text::count;
use crate::printer::{Screen, Texts, human, print_error_text};

/// Shows what was found in a file of settings. If there is an error among it, the error holds what
/// is to be shown.
pub fn judge(source: &Arc<Source>, findings: &[Finding], color: Color) -> Result<(), Error> {
    let report = settings_report(source, findings);
    // A hint about a setting is shown once, where it is an error or nearly one.
    let mut shown = report.clone();
    shown
        .diagnostics
        .retain(|diagnostic| diagnostic.severity > Severity::Info);
    let screen = Screen::errors(color);
    let mut frames = String::new();
    human::files(&mut frames, std::iter::once(&shown), &Only(source), &screen);
    if report.valid {
        print_error_text(&frames);
        Ok(())
    } else {
        Err(Error::BadSettings {
            name: source.name.to_string(),
            count: count(report.counts.errors, "error"),
            frames,
        })
    }
}

struct Only<'a>(&'a Arc<Source>);

impl Texts for Only<'_> {
    fn source(&self, name: &str) -> Option<Arc<Source>> {
        (name == &*self.0.name).then(|| self.0.clone())
    }

    fn rendered_line(&self, _file: &str, _combination: u32, _line: u32) -> Option<String> {
        None
    }
}
