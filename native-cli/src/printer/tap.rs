//! The report in the Test Anything Protocol, version 14: each file is a test point, and what was
//! found in it a block of YAML beneath it.

use std::fmt::Write;

use clnrm_core::diagnostic::Diagnostic;
use clnrm_core::report::Report;

use super::style::word;
use super::text::clean;

/// A point for each file, those that were passed over last.
pub fn report(report: &Report) -> String {
    let mut out = String::from("TAP version 14\n");
    let _ = writeln!(out, "1..{}", report.files.len() + report.skipped.len());
    for (number, file) in (1..).zip(&report.files) {
        let verdict = if file.valid { "ok" } else { "not ok" };
        let _ = writeln!(out, "{verdict} {number} - {}", description(&file.path));
        if !file.diagnostics.is_empty() {
            out.push_str("  ---\n  diagnostics:\n");
            for found in &file.diagnostics {
                diagnostic(&mut out, found);
            }
            if file.omitted > 0 {
                let _ = writeln!(out, "  omitted: {}", file.omitted);
            }
            out.push_str("  ...\n");
        }
    }
    for (number, file) in (report.files.len() + 1..).zip(&report.skipped) {
        let _ = writeln!(
            out,
            "ok {number} - {} # SKIP {}",
            description(&file.path),
            clean(&file.reason)
        );
    }
    out
}

/// An item of a list of diagnostics.
pub fn diagnostic(out: &mut String, diagnostic: &Diagnostic) {
    let place = &diagnostic.primary;
    let _ = writeln!(out, "    - code: {}", diagnostic.code);
    let mut field = |name, value: &str| {
        let _ = writeln!(out, "      {name}: {}", scalar(value));
    };
    field("severity", word(diagnostic.severity));
    field("message", &diagnostic.message);
    if let Some(help) = &diagnostic.help {
        field("help", help);
    }
    field("file", &place.file);
    let _ = writeln!(out, "      line: {}", place.start.line);
    let _ = writeln!(out, "      column: {}", place.start.column);
}

/// A name after the dash: `#` would begin a directive.
pub fn description(text: &str) -> String {
    clean(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// A text as a double-quoted scalar of YAML, which JSON's strings are.
pub fn scalar(text: &str) -> String {
    serde_json::Value::from(clean(text)).to_string()
}
