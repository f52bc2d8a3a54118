//! Faults of files that settings come from (`clnrm.toml`, a vars file): shown like those of tests,
//! on standard error.

use std::io::{self, Write as _};
use std::sync::Arc;

use clnrm_core::diagnostic::{
    Anchor, Diagnostic, Finding, Level, Location, Mapping, Related, Severity,
};
use clnrm_core::report::{Counts, FileReport, Timings};
use clnrm_core::source::{Source, Span};

use crate::args::Color;
use crate::errors::Error;
use crate::printer::text::count;
use crate::printer::{Screen, Texts, human};

/// Shows what was found in a file of settings. An error if there is one among it.
pub fn judge(source: &Arc<Source>, findings: &[Finding], color: Color) -> Result<(), Error> {
    let report = report(source, findings);
    // A hint about a setting is shown once, where it is an error or nearly one.
    let mut shown = report.clone();
    shown
        .diagnostics
        .retain(|diagnostic| diagnostic.severity > Severity::Info);
    if !shown.diagnostics.is_empty() {
        let screen = Screen::errors(color);
        let mut out = String::new();
        human::files(&mut out, std::iter::once(&shown), &Only(source), &screen);
        let _ = anstream::AutoStream::always(io::stderr().lock()).write_all(out.as_bytes());
    }
    if report.valid {
        Ok(())
    } else {
        Err(Error::BadSettings {
            name: source.name.to_string(),
            count: count(report.counts.errors, "error"),
        })
    }
}

fn report(source: &Arc<Source>, findings: &[Finding]) -> FileReport {
    let mut findings: Vec<&Finding> = findings.iter().collect();
    findings.sort_by_key(|finding| span(&finding.at).start);
    let diagnostics: Vec<Diagnostic> = findings
        .iter()
        .map(|finding| diagnostic(source, finding))
        .collect();
    let mut counts = Counts::default();
    for diagnostic in &diagnostics {
        counts.add(diagnostic.severity);
    }
    FileReport {
        path: source.name.clone(),
        valid: counts.errors == 0,
        level: Level::Semantic,
        stopped_at: None,
        omitted: 0,
        template_digest: Some(source.digest),
        context_digest: None,
        cached: false,
        volatile: false,
        dependencies: Vec::new(),
        timings_us: Timings::default(),
        renders: None,
        diagnostics,
        counts,
    }
}

/// Settings are no templates: the text that was parsed is the text that was written.
fn diagnostic(source: &Arc<Source>, finding: &Finding) -> Diagnostic {
    let location = |at: &Anchor| Location {
        file: source.name.clone(),
        start: source.position(span(at).start),
        end: source.position(span(at).end),
    };
    Diagnostic {
        code: finding.code,
        name: finding.code.name(),
        severity: finding.code.severity(),
        message: finding.message.clone(),
        label: finding.label.clone(),
        primary: location(&finding.at),
        mapping: Mapping::Exact,
        rendered: None,
        related: finding
            .notes
            .iter()
            .map(|note| Related {
                location: location(&note.at),
                message: note.message.clone(),
            })
            .collect(),
        help: finding.help.clone(),
        fix: None,
        count: 1,
        renders: Vec::new(),
    }
}

const fn span(at: &Anchor) -> Span {
    match at {
        Anchor::Rendered(span) | Anchor::Source(_, span) => *span,
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
