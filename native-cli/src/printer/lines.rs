//! One line a result, for logs and for editors that read `file:line:column: …`.

use std::fmt::Write;

use clnrm_core::diagnostic::Diagnostic;
use clnrm_core::report::FileReport;

use super::human::place;
use super::style::word;
use super::text::clean;

/// A line for each diagnostic of a file; of a file without any, that it is well.
pub fn file(out: &mut String, file: &FileReport) {
    if file.diagnostics.is_empty() {
        let _ = writeln!(out, "{}: ok", clean(&file.path));
    }
    diagnostics(out, file);
}

/// A line for each diagnostic of a file, and how many more there are.
pub fn diagnostics(out: &mut String, file: &FileReport) {
    for found in &file.diagnostics {
        diagnostic(out, found);
        out.push('\n');
    }
    if file.omitted > 0 {
        let _ = writeln!(out, "{}: and {} more", clean(&file.path), file.omitted);
    }
}

/// `file:line:column: error[C103]: message (help)`.
pub fn diagnostic(out: &mut String, diagnostic: &Diagnostic) {
    let _ = write!(
        out,
        "{}: {}[{}]: {}",
        place(&diagnostic.primary),
        word(diagnostic.severity),
        diagnostic.code,
        clean(&diagnostic.message)
    );
    if let Some(help) = &diagnostic.help {
        let _ = write!(out, " ({})", clean(help));
    }
}
