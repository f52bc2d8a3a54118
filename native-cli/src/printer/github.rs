//! The report as commands of a GitHub workflow: each diagnostic becomes an annotation on its line.
//!
//! The form is that of the workflow commands `error`, `warning` and `notice` in GitHub's
//! documentation: properties after the name, the message after `::`, and `%`, CR, LF (in properties
//! also `:` and `,`) as escapes.

use std::fmt::Write;

use clnrm_core::diagnostic::{Diagnostic, Severity};
use clnrm_core::report::Report;

use super::human;
use super::style::Styles;
use super::text::clean;

/// An annotation for each diagnostic, then the numbers as a plain line of the log.
pub fn report(report: &Report) -> String {
    let mut out = String::new();
    for file in &report.files {
        for diagnostic in &file.diagnostics {
            annotation(&mut out, diagnostic, &[]);
        }
        if file.omitted > 0 {
            let _ = writeln!(
                out,
                "::notice file={}::and {} more in this file",
                property(&file.path),
                file.omitted
            );
        }
    }
    out.push_str(&human::summary(&report.summary, &Styles::new(false)));
    out.push('\n');
    out
}

/// One annotation; `below` are lines that bear on it.
pub fn annotation(out: &mut String, diagnostic: &Diagnostic, below: &[&str]) {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let place = &diagnostic.primary;
    let _ = write!(
        out,
        "::{command} file={},line={},endLine={}",
        property(&place.file),
        place.start.line,
        place.end.line
    );
    // Columns of a range over several lines are refused.
    if place.start.line == place.end.line {
        let end = place.end.column.max(place.start.column + 1);
        let _ = write!(out, ",col={},endColumn={end}", place.start.column);
    }
    let _ = write!(
        out,
        ",title={}::{}",
        property(&format!("{} {}", diagnostic.code, diagnostic.name)),
        message(&clean(&diagnostic.message))
    );
    if let Some(help) = &diagnostic.help {
        let _ = write!(out, "%0A{}", message(&clean(help)));
    }
    for line in below {
        let _ = write!(out, "%0A{}", message(&clean(line)));
    }
    out.push('\n');
}

/// What an annotation says.
pub fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property of an annotation.
pub fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
