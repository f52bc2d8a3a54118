//! How two traces differ: as a tree, side by side, as JSON.

use std::fmt::Write;

use anstyle::Style;
use clnrm_core::trace::{Change, Diff, Difference, Row, Span, Trace};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::style::Styles;
use super::text::{clean, count, duration};
use super::{Screen, print_bytes};
use crate::errors::Error;

/// Two traces and how they differ.
pub struct Compared<'a> {
    /// How they differ.
    pub diff: &'a Diff,
    /// The first, normalised.
    pub left: &'a Trace,
    /// The second, normalised.
    pub right: &'a Trace,
    /// What they are called.
    pub names: [String; 2],
    /// How long it took.
    pub duration_us: u64,
}

/// For people: what differs, with the spans above it.
pub fn human(compared: &Compared<'_>, screen: &Screen, beside: bool) -> String {
    let mut out = String::new();
    let [left, right] = &compared.names;
    let strong = screen.styles.strong;
    if !compared.diff.is_empty() {
        if beside {
            let width = column(screen);
            let left = fit(&clean(left), width);
            let _ = writeln!(out, "{strong}{left}   {}{strong:#}", clean(right));
        } else {
            let _ = writeln!(out, "{strong}{} → {}{strong:#}", clean(left), clean(right));
        }
        let (a, b) = (compared.left, compared.right);
        if beside {
            side_by_side(&mut out, compared.diff, a, b, screen);
        } else {
            tree(&mut out, compared.diff, a, b, &screen.styles);
        }
        out.push('\n');
    }
    let mut parts = numbers(compared.diff, &screen.styles);
    parts.push(duration(compared.duration_us));
    let _ = writeln!(out, "{}", parts.join(" · "));
    out
}

/// `2 added · 1 removed · 9 alike`; what is zero is left out.
pub fn numbers(diff: &Diff, styles: &Styles) -> Vec<String> {
    let mut parts = Vec::new();
    for (change, word) in [
        (Change::Added, "added"),
        (Change::Removed, "removed"),
        (Change::Moved, "moved"),
        (Change::Changed, "changed"),
        (Change::Same, "alike"),
    ] {
        let number = diff.count(change);
        if number > 0 {
            let (_, style) = mark(change, styles);
            parts.push(format!("{style}{number} {word}{style:#}"));
        }
    }
    if parts.is_empty() {
        parts.push("no spans".to_owned());
    }
    parts
}

const fn mark(change: Change, styles: &Styles) -> (char, Style) {
    match change {
        Change::Same => (' ', styles.faint),
        Change::Changed => ('~', styles.warning),
        Change::Moved => ('>', styles.info),
        Change::Added => ('+', styles.good),
        Change::Removed => ('-', styles.error),
    }
}

/// The rows to show: what differs, and what stands above it.
fn shown(diff: &Diff) -> Vec<&Row> {
    let mut keep = vec![false; diff.rows.len()];
    // The depth above which rows are wanted, as one goes up.
    let mut wanted = 0;
    for (at, row) in diff.rows.iter().enumerate().rev() {
        if row.change != Change::Same || row.depth < wanted {
            keep[at] = true;
            wanted = row.depth;
        }
    }
    let rows = diff.rows.iter().zip(keep);
    rows.filter_map(|(row, keep)| keep.then_some(row)).collect()
}

fn span<'a>(row: &Row, left: &'a Trace, right: &'a Trace) -> Option<&'a Span> {
    let of_right = row.right.and_then(|at| right.spans.get(at));
    of_right.or_else(|| row.left.and_then(|at| left.spans.get(at)))
}

/// One tree, what differs with a mark before it.
pub fn tree(out: &mut String, diff: &Diff, left: &Trace, right: &Trace, styles: &Styles) {
    for row in shown(diff) {
        let Some(span) = span(row, left, right) else {
            continue;
        };
        let (mark, style) = mark(row.change, styles);
        let indent = "  ".repeat(row.depth);
        let _ = write!(out, "{style}{mark} {indent}{}{style:#}", clean(&span.name));
        let faint = styles.faint;
        if let Some(from) = &row.moved_from {
            let _ = write!(out, "  {faint}{}{faint:#}", from_where(from));
        }
        out.push('\n');
        for one in &row.differences {
            let what = clean(&one.what).into_owned();
            let (from, to) = (side(one.left.as_deref()), side(one.right.as_deref()));
            let _ = writeln!(out, "  {indent}    {faint}{what}{faint:#} {from} → {to}");
        }
    }
}

fn from_where(from: &str) -> String {
    if from.is_empty() {
        "(was a root)".to_owned()
    } else {
        format!("(was below {})", clean(from))
    }
}

fn side(value: Option<&str>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| clean(value).into_owned())
}

/// Columns of one side.
fn column(screen: &Screen) -> usize {
    (screen.width.saturating_sub(5) / 2).clamp(20, 90)
}

fn side_by_side(out: &mut String, diff: &Diff, left: &Trace, right: &Trace, screen: &Screen) {
    let width = column(screen);
    let Styles { frame, faint, .. } = screen.styles;
    let mut line = |mark: char, style: Style, left: &str, right: &str| {
        let (left, right) = (fit(left, width), cut(right, width));
        let row = format!("{style}{left}{style:#} {frame}{mark}{frame:#} {style}{right}{style:#}");
        let _ = writeln!(out, "{}", row.trim_end());
    };
    for row in shown(diff) {
        let (mark, style) = mark(row.change, &screen.styles);
        let indent = "  ".repeat(row.depth);
        let name = |at: Option<usize>, trace: &Trace| {
            let span = at.and_then(|at| trace.spans.get(at));
            span.map_or_else(String::new, |span| format!("{indent}{}", clean(&span.name)))
        };
        let mut before = name(row.left, left);
        if let Some(from) = &row.moved_from {
            before = format!("{before} {}", from_where(from));
        }
        line(mark, style, &before, &name(row.right, right));
        for one in &row.differences {
            let told = |value: &Option<String>| {
                format!(
                    "{indent}    {}: {}",
                    clean(&one.what),
                    side(value.as_deref())
                )
            };
            line(' ', faint, &told(&one.left), &told(&one.right));
        }
    }
}

/// A text in exactly so many columns.
fn fit(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let pad = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(pad))
}

/// A text in at most so many columns.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut taken = String::new();
    for character in text.chars() {
        let mut longer = taken.clone();
        longer.push(character);
        if longer.width() + 1 > width {
            break;
        }
        taken = longer;
    }
    format!("{taken}…")
}

/// The published JSON of a diff, version 1.
#[derive(Serialize)]
struct Json<'a> {
    version: u32,
    left: &'a str,
    right: &'a str,
    equal: bool,
    summary: Summary,
    changes: Vec<One<'a>>,
}

/// How many spans changed in which way.
#[derive(Serialize)]
pub struct Summary {
    added: usize,
    removed: usize,
    moved: usize,
    changed: usize,
    same: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_us: Option<u64>,
}

impl Summary {
    /// Counts.
    pub fn of(diff: &Diff, duration_us: Option<u64>) -> Self {
        Self {
            added: diff.count(Change::Added),
            removed: diff.count(Change::Removed),
            moved: diff.count(Change::Moved),
            changed: diff.count(Change::Changed),
            same: diff.count(Change::Same),
            duration_us,
        }
    }
}

/// A span that differs.
#[derive(Serialize)]
pub struct One<'a> {
    change: Change,
    /// The names of the spans above it, and its own.
    path: Vec<&'a str>,
    /// The parent that it had, where it has moved; empty for none.
    moved_from: Option<&'a str>,
    differences: &'a [Difference],
}

/// What differs, as programs want it.
pub fn changes<'a>(diff: &'a Diff, left: &'a Trace, right: &'a Trace) -> Vec<One<'a>> {
    let mut path: Vec<&str> = Vec::new();
    let mut changes = Vec::new();
    for row in &diff.rows {
        let name = span(row, left, right).map_or("", |span| &*span.name);
        path.truncate(row.depth);
        path.push(name);
        if row.change != Change::Same {
            changes.push(One {
                change: row.change,
                path: path.clone(),
                moved_from: row.moved_from.as_deref(),
                differences: &row.differences,
            });
        }
    }
    changes
}

/// For programs.
pub fn json(compared: &Compared<'_>) -> Result<(), Error> {
    let [left, right] = &compared.names;
    let json = Json {
        version: 1,
        left,
        right,
        equal: compared.diff.is_empty(),
        summary: Summary::of(compared.diff, Some(compared.duration_us)),
        changes: changes(compared.diff, compared.left, compared.right),
    };
    let mut bytes = serde_json::to_vec(&json).map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    print_bytes(&bytes)
}

/// `12 spans`, for the end of a report.
pub fn spans(number: usize) -> String {
    count(number, "span")
}
