//! The trace of a test as a picture: a row for each span, a bar for its time. The same as a table
//! stands below it, for those who cannot see it.

use std::fmt::Write as _;

use crate::printer::markup::escaped;
use crate::printer::text::{count, fit};
use crate::run::timeline::{Row, Timeline};

/// Pixels of the picture, of its columns and rows. What stands behind the last bar has room for a time.
const WIDTH: u64 = 1_100;
const SERVICE: u64 = 330;
const BARS: u64 = 450;
const BARS_END: u64 = 1_010;
const HEAD: usize = 28;
const ROW: usize = 24;
/// Pixels that a level stands further to the right, and levels that are shown.
const INDENT: usize = 12;
const MAX_DEPTH: usize = 12;
/// Pixels of a character.
const CHARACTER: f64 = 7.3;
/// Lines of the grid at most.
const TICKS: u64 = 8;

/// Writes the trace of the test that is the page's `number`th.
pub fn section(out: &mut String, number: usize, timeline: &Timeline) {
    out.push_str("<h3>Trace</h3>\n");
    let length = timeline.length();
    let received = timeline.rows.iter().filter(|row| !row.own).count();
    let own = timeline.rows.len() - received;
    let mut note = count(received, "span");
    if own > 0 {
        let _ = write!(note, ", and {own} of the runner (outlined)");
    }
    if timeline.omitted > 0 {
        let _ = write!(note, "; {} more are not shown", timeline.omitted);
    }
    let _ = writeln!(out, "<p class=\"note\">{note}, over {}</p>", time(length));
    if timeline.rows.is_empty() {
        return;
    }
    picture(out, number, timeline, length);
    table(out, timeline);
}

fn picture(out: &mut String, number: usize, timeline: &Timeline, length: u64) {
    let bottom = HEAD + ROW * timeline.rows.len();
    let _ = writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Waterfall\"><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{0}\" viewBox=\"0 0 {WIDTH} {0}\" role=\"img\" aria-labelledby=\"trace-{number}\">\n<title id=\"trace-{number}\">Waterfall of {1} over {2}; the table below says the same</title>",
        bottom + 4,
        count(timeline.rows.len(), "span"),
        time(length)
    );
    for at in 0..timeline.rows.len() {
        if at % 2 == 0 {
            let _ = writeln!(
                out,
                "<rect class=\"stripe\" x=\"0\" y=\"{}\" width=\"{WIDTH}\" height=\"{ROW}\"/>",
                HEAD + at * ROW
            );
        }
    }
    let step = tick(length);
    for at in (0..=length).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
        let x = place(at, length);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{x}\" x2=\"{x}\" y1=\"{HEAD}\" y2=\"{bottom}\"/><text class=\"faint\" x=\"{x}\" y=\"18\">{}</text>",
            time(at)
        );
    }
    for (at, row) in timeline.rows.iter().enumerate() {
        draw(out, row, HEAD + at * ROW, length);
    }
    out.push_str("</svg></div>\n");
}

fn draw(out: &mut String, row: &Row, top: usize, length: u64) {
    let class = match (row.own, row.failed) {
        (true, true) => "own error",
        (true, false) => "own",
        (false, true) => "error",
        (false, false) => "span",
    };
    let indent = 8 + INDENT * row.depth.min(MAX_DEPTH);
    let base = top + 16;
    let _ = write!(
        out,
        "<g class=\"{class}\"><title>{}</title><text x=\"{indent}\" y=\"{base}\">{}</text><text class=\"faint\" x=\"{SERVICE}\" y=\"{base}\">{}</text>",
        escaped(&row.name),
        escaped(&fit(&row.name, room(SERVICE, indent))),
        escaped(&fit(&row.service, room(BARS, 340)))
    );
    let mut words = row
        .time
        .map_or("no times".to_owned(), |(_, length)| time(length));
    let error = if row.failed { "wrong" } else { "faint" };
    if row.failed {
        words.push_str(" error");
    }
    let (start, end) = match row.time {
        Some((start, took)) => (place(start, length), place(start + took, length)),
        None => (BARS, BARS),
    };
    if row.time.is_some() {
        let _ = write!(
            out,
            "<rect class=\"bar\" x=\"{start}\" y=\"{}\" width=\"{}\" height=\"12\" rx=\"2\"/>",
            top + 6,
            (end - start).max(2)
        );
    }
    let _ = writeln!(
        out,
        "<text class=\"{error}\" x=\"{}\" y=\"{base}\">{words}</text></g>",
        end.max(start + 2) + 6
    );
}

/// Characters between two pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a few hundred pixels"
)]
fn room(end: u64, start: usize) -> usize {
    let pixels = end.saturating_sub(start as u64 + 10);
    (pixels as f64 / CHARACTER) as usize
}

/// Where a moment stands.
fn place(at: u64, length: u64) -> u64 {
    let width = u128::from(BARS_END - BARS);
    let x = u128::from(at) * width / u128::from(length.max(1));
    BARS + u64::try_from(x.min(width)).unwrap_or_default()
}

/// The distance of the grid's lines: 1, 2 or 5 and zeros, so that there are few.
fn tick(length: u64) -> u64 {
    let mut ten: u64 = 1;
    loop {
        for step in [1, 2, 5] {
            let step = ten.saturating_mul(step);
            if length / step < TICKS {
                return step;
            }
        }
        ten = ten.saturating_mul(10);
    }
}

fn table(out: &mut String, timeline: &Timeline) {
    out.push_str(
        "<details><summary>The spans as a table</summary>\n<div class=\"scroll\"><table>\n<caption>Spans, each below its parent</caption>\n<thead><tr><th scope=\"col\">Status</th><th scope=\"col\">Span</th><th scope=\"col\" class=\"number\">Level</th><th scope=\"col\">Service</th><th scope=\"col\" class=\"number\">Begins at</th><th scope=\"col\" class=\"number\">Takes</th></tr></thead>\n<tbody>\n",
    );
    for row in &timeline.rows {
        let status = if row.failed { "error" } else { "ok" };
        let service = if row.own { "clnrm" } else { &row.service };
        let (start, took) = row.time.map_or_else(
            || ("–".to_owned(), "–".to_owned()),
            |(start, took)| (time(start), time(took)),
        );
        let _ = writeln!(
            out,
            "<tr><td>{status}</td><th scope=\"row\">{}</th><td class=\"number\">{}</td><td>{}</td><td class=\"number\">{start}</td><td class=\"number\">{took}</td></tr>",
            escaped(&row.name),
            row.depth + 1,
            escaped(service)
        );
    }
    out.push_str("</tbody>\n</table></div>\n</details>\n");
}

/// A time in nanoseconds as people read it.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn time(nanoseconds: u64) -> String {
    let number = nanoseconds as f64;
    let (number, unit) = match nanoseconds {
        0 => return "0".to_owned(),
        1..1_000 => (number, "ns"),
        1_000..1_000_000 => (number / 1e3, "µs"),
        1_000_000..1_000_000_000 => (number / 1e6, "ms"),
        _ => (number / 1e9, "s"),
    };
    let digits = match number {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    let number = format!("{number:.digits$}");
    let number = if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        &number
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_at_most() {
        let of = [0, 999, 1_500, 34_200_000, 2_000_000_000, 340_000_000_000];
        let told: Vec<String> = of.iter().map(|at| time(*at)).collect();
        assert_eq!(told, ["0", "999 ns", "1.5 µs", "34.2 ms", "2 s", "340 s"]);
    }

    #[test]
    fn the_grid_has_few_lines_whatever_the_length() {
        for length in [0, 1, 9, 340_000_000, u64::MAX / 2, u64::MAX] {
            let step = tick(length);
            assert!(length / step < TICKS, "{length} {step}");
        }
        assert_eq!(tick(340_000_000), 50_000_000);
    }

    #[test]
    fn every_bar_is_within_the_picture() {
        for (at, length) in [(0, 0), (5, 5), (u64::MAX, u64::MAX), (9, 5)] {
            assert!((BARS..=BARS_END).contains(&place(at, length)));
        }
    }
}
