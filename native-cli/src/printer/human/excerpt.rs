//! One line of a source with a part of it marked, cut to the width there is.

use clnrm_core::source::Span;
use unicode_width::UnicodeWidthChar;

use crate::printer::text::stand_in;

const TAB: usize = 4;

/// What is drawn of a line, in columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Excerpt {
    /// The line, or the part of it around the mark.
    pub text: String,
    /// For each mark: its first column (from 0) and how many it covers, at least one.
    pub marks: Vec<(usize, usize)>,
}

/// Draws `line` within `room` columns, so that the first of `marks` (bytes of the line) is seen.
pub fn excerpt(line: &str, marks: &[Span], room: usize) -> Excerpt {
    let focus = marks.first().copied().unwrap_or_default();
    // A minified line may have a megabyte: look only at what could be shown.
    let reach = room * 4;
    let from = line.floor_char_boundary(focus.start.saturating_sub(reach));
    let to = line.ceil_char_boundary((focus.start + 2 * reach).min(line.len()));
    let cells = cells(&line[from..to], from);
    let total = cells.last().map_or(0, |cell| cell.column + cell.width);
    let column = |byte: usize| {
        let at = cells.partition_point(|cell| cell.byte < byte);
        cells.get(at).map_or(total, |cell| cell.column)
    };
    let cut = from > 0 || to < line.len() || total > room;
    let window = if cut {
        let start = column(focus.start);
        let first = start.saturating_sub(room / 3);
        // Rather show more before the mark than leave room empty after the end of the line.
        let first = first.min(total.saturating_sub(room));
        first..(first + room).min(total)
    } else {
        0..total
    };
    let cut_left = window.start > 0 || from > 0;
    let cut_right = window.end < total || to < line.len();

    let mut text = String::new();
    let inner = window.start + usize::from(cut_left)
        ..window.end - usize::from(cut_right && window.end > window.start);
    if cut_left {
        text.push('…');
    }
    let mut drawn = inner.start;
    for cell in &cells {
        if cell.column < inner.start || cell.column + cell.width > inner.end {
            continue;
        }
        // A wide character that the cut went through leaves a gap.
        text.extend(std::iter::repeat_n(' ', cell.column.saturating_sub(drawn)));
        match cell.glyph {
            '\t' => text.extend(std::iter::repeat_n(' ', cell.width)),
            glyph => text.push(glyph),
        }
        drawn = cell.column + cell.width;
    }
    if cut_right {
        text.extend(std::iter::repeat_n(' ', inner.end.saturating_sub(drawn)));
        text.push('…');
    }
    let marks = marks
        .iter()
        .map(|mark| {
            let start = column(mark.start).clamp(window.start, window.end.max(window.start));
            let end = column(mark.end.max(mark.start)).clamp(start, window.end.max(start));
            (start - window.start, (end - start).max(1))
        })
        .collect();
    Excerpt {
        text: text.trim_end().to_owned(),
        marks,
    }
}

struct Cell {
    byte: usize,
    column: usize,
    width: usize,
    glyph: char,
}

fn cells(text: &str, offset: usize) -> Vec<Cell> {
    let mut column = 0;
    text.char_indices()
        .filter(|(_, character)| *character != '\u{feff}')
        .map(|(byte, character)| {
            let (glyph, width) = match character {
                '\t' => ('\t', TAB - column % TAB),
                _ => {
                    let glyph = stand_in(character).unwrap_or(character);
                    (glyph, glyph.width().unwrap_or(0))
                }
            };
            let cell = Cell {
                byte: byte + offset,
                column,
                width,
                glyph,
            };
            column += width;
            cell
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(line: &str, mark: std::ops::Range<usize>, room: usize) -> String {
        let excerpt = excerpt(line, &[mark.into()], room);
        let (start, width) = excerpt.marks[0];
        format!(
            "{}\n{}{}",
            excerpt.text,
            " ".repeat(start),
            "^".repeat(width)
        )
    }

    #[test]
    fn a_short_line_is_shown_whole() {
        assert_eq!(drawn("image = 1", 0..5, 40), "image = 1\n^^^^^");
        assert_eq!(drawn("", 0..0, 40), "\n^");
        assert_eq!(drawn("ab", 2..2, 40), "ab\n  ^");
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_mark_in_place() {
        assert_eq!(drawn("\tx = 1", 1..2, 40), "    x = 1\n    ^");
        assert_eq!(drawn("a\tx", 2..3, 40), "a   x\n    ^");
        // Each of the two ideographs is three bytes and two columns.
        assert_eq!(drawn("名前 = 1", 0..6, 40), "名前 = 1\n^^^^");
        assert_eq!(drawn("# 名 x", 6..7, 40), "# 名 x\n     ^");
        assert_eq!(drawn("\u{feff}ab", 3..4, 40), "ab\n^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let line = format!("{}HERE{}", "a".repeat(100), "b".repeat(100));
        assert_eq!(
            drawn(&line, 100..104, 30),
            "…aaaaaaaaaHEREbbbbbbbbbbbbbbb…\n          ^^^^"
        );
        let at_end = format!("{}HERE", "a".repeat(100));
        assert_eq!(
            drawn(&at_end, 100..104, 20),
            "…aaaaaaaaaaaaaaaHERE\n                ^^^^"
        );
        let at_start = format!("HERE{}", "a".repeat(100));
        assert_eq!(drawn(&at_start, 0..4, 12), "HEREaaaaaaa…\n^^^^");
        let wide = "名".repeat(100);
        let shown = excerpt(&wide, &[Span::new(150, 153)], 21);
        assert!(
            shown.text.starts_with('…') && shown.text.ends_with('…'),
            "{}",
            shown.text
        );
    }

    #[test]
    fn a_mark_that_is_longer_than_the_room_ends_at_the_edge() {
        let line = "a".repeat(300);
        let shown = excerpt(&line, &[Span::new(10, 290)], 20);
        let (start, width) = shown.marks[0];
        assert!(start + width <= 20, "{start} {width}");
    }

    #[test]
    fn a_line_of_a_megabyte_is_cheap_and_stays_in_the_room() {
        let line = "x".repeat(1 << 20);
        for at in [0, 1 << 19, (1 << 20) - 1] {
            let shown = excerpt(&line, &[Span::new(at, at + 1)], 80);
            assert!(shown.text.chars().count() <= 80);
            assert!(shown.marks[0].0 < 80);
        }
    }

    #[test]
    fn controls_are_pictures() {
        assert_eq!(drawn("a\x1b[0m", 1..2, 40), "a␛[0m\n ^");
    }
}
