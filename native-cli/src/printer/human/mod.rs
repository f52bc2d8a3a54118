//! The report for people: a frame for each error and warning, one line for each info, and a line
//! of numbers at the end.

mod excerpt;
mod frame;

use std::collections::BTreeMap;
use std::fmt::Write;

use clnrm_core::diagnostic::{Code, Diagnostic, Severity};
use clnrm_core::report::{FileReport, Report, Skipped, Summary};

use super::style::Styles;
use super::text::{clean, count, duration};
use super::{Screen, Texts};
pub use frame::{frame, place};

/// Infos of one code shown of a file; more of the same say nothing new.
const INFOS_OF_A_KIND: usize = 3;

/// The whole report.
pub fn report(report: &Report, texts: &dyn Texts, screen: &Screen) -> String {
    let mut out = String::new();
    files(&mut out, report.files.iter(), texts, screen);
    skipped(&mut out, &report.skipped, &screen.styles);
    out.push_str(&summary(&report.summary, &screen.styles));
    out.push('\n');
    out
}

/// The diagnostics of files, an empty line after each frame.
pub fn files<'a>(
    out: &mut String,
    files: impl Iterator<Item = &'a FileReport>,
    texts: &dyn Texts,
    screen: &Screen,
) {
    let mut info_before = false;
    for file in files {
        let mut infos: BTreeMap<Code, usize> = BTreeMap::new();
        for diagnostic in &file.diagnostics {
            if diagnostic.severity == Severity::Info {
                let seen = infos.entry(diagnostic.code).or_default();
                *seen += 1;
                if *seen <= INFOS_OF_A_KIND {
                    info(out, diagnostic, file, &screen.styles);
                    info_before = true;
                }
            } else {
                if info_before {
                    out.push('\n');
                }
                info_before = false;
                let suffix = suffix(diagnostic, file);
                frame(out, diagnostic, &file.path, &suffix, &[], texts, screen);
                out.push('\n');
            }
        }
        for (code, seen) in infos {
            if let Some(more) = seen.checked_sub(INFOS_OF_A_KIND).filter(|more| *more > 0) {
                let Styles { info, faint, .. } = screen.styles;
                let path = clean(&file.path);
                let _ = writeln!(
                    out,
                    "{info}info[{code}]{info:#}: {faint}{more} more in {path}{faint:#}"
                );
                info_before = true;
            }
        }
        if file.omitted > 0 {
            let faint = screen.styles.faint;
            let _ = writeln!(
                out,
                "{faint}and {} more in {}{faint:#}",
                file.omitted,
                clean(&file.path)
            );
            info_before = true;
        }
    }
    if info_before {
        out.push('\n');
    }
}

/// One diagnostic of a run: always as a frame.
pub fn problem_frame(
    out: &mut String,
    diagnostic: &Diagnostic,
    file: &str,
    texts: &dyn Texts,
    screen: &Screen,
) {
    frame(out, diagnostic, file, "", &[], texts, screen);
}

/// An info is no reason to stop: one line.
fn info(out: &mut String, diagnostic: &Diagnostic, file: &FileReport, styles: &Styles) {
    let Styles { info, faint, .. } = styles;
    let _ = write!(
        out,
        "{info}info[{}]{info:#}: {}{}  {faint}{}",
        diagnostic.code,
        clean(&diagnostic.message),
        suffix(diagnostic, file),
        place(&diagnostic.primary)
    );
    if let Some(help) = &diagnostic.help {
        let _ = write!(out, " · {}", clean(help));
    }
    let _ = writeln!(out, "{faint:#}");
}

/// How often, and in which combinations of a matrix.
fn suffix(diagnostic: &Diagnostic, file: &FileReport) -> String {
    const SHOWN: usize = 3;
    let mut suffix = String::new();
    if diagnostic.count > 1 {
        let _ = write!(suffix, " ({} times)", diagnostic.count);
    }
    let renders = file.renders.as_deref().unwrap_or_default();
    if !diagnostic.renders.is_empty() && diagnostic.renders.len() < renders.len() {
        let names: Vec<String> = diagnostic
            .renders
            .iter()
            .take(SHOWN)
            .filter_map(|index| renders.get(usize::try_from(*index).ok()?))
            .map(|render| {
                let values: Vec<_> = render
                    .matrix
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                format!("[{}]", values.join(", "))
            })
            .collect();
        let more = diagnostic.renders.len().saturating_sub(SHOWN);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let _ = write!(suffix, " (in {}{more})", clean(&names.join(", ")));
    }
    suffix
}

/// The files that were passed over.
pub fn skipped(out: &mut String, skipped: &[Skipped], styles: &Styles) {
    let faint = styles.faint;
    for file in skipped {
        let _ = writeln!(
            out,
            "{faint}skipped {}: {}{faint:#}",
            clean(&file.path),
            clean(&file.reason)
        );
    }
}

/// `12 files · 11 ok · 1 failed · 2 errors · 34 ms`.
pub fn summary(summary: &Summary, styles: &Styles) -> String {
    let mut parts = vec![count(summary.files, "file")];
    parts.extend(verdicts(summary, styles));
    parts.push(duration(summary.duration_us));
    parts.join(" · ")
}

/// The numbers of a summary other than files and time; what is zero is left out.
pub fn verdicts(summary: &Summary, styles: &Styles) -> Vec<String> {
    let Styles {
        good,
        error,
        warning,
        info,
        faint,
        ..
    } = styles;
    let mut parts = vec![];
    if summary.valid > 0 {
        parts.push(format!("{good}{} ok{good:#}", summary.valid));
    }
    if summary.invalid > 0 {
        parts.push(format!("{error}{} failed{error:#}", summary.invalid));
    }
    let numbers = [
        (summary.errors, "error", error),
        (summary.warnings, "warning", warning),
        (summary.infos, "info", info),
    ];
    for (number, noun, style) in numbers {
        if number > 0 {
            parts.push(format!("{style}{}{style:#}", count(number, noun)));
        }
    }
    for (number, word) in [
        (summary.suppressed, "allowed"),
        (summary.skipped, "skipped"),
    ] {
        if number > 0 {
            parts.push(format!("{faint}{number} {word}{faint:#}"));
        }
    }
    parts
}

#[cfg(test)]
mod tests;
