//! Text in rows of a screen: lines cut at its width, with their colours.

use unicode_width::UnicodeWidthChar;

/// What stands at the end of a line that is cut.
const CUT: char = '…';
/// Resets colours.
const PLAIN: &str = "\x1b[0m";

/// The rows that `text` takes on a screen of `width` columns, broken at spaces where that is
/// possible. Escape sequences (colours) take no room.
pub fn rows(text: &str, width: usize) -> Vec<String> {
    text.lines().flat_map(|line| wrap(line, width)).collect()
}

fn wrap(line: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut column = 0;
    // After the last space: the byte of the row, and the columns before it.
    let mut space: Option<(usize, usize)> = None;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        if let Some(length) = escape(rest) {
            row.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        rest = &rest[character.len_utf8()..];
        let wide = character.width().unwrap_or(0);
        if column + wide > width {
            // Half a row at most is left empty for the sake of a word.
            match space.filter(|(_, column)| *column > width / 2) {
                Some((byte, columns)) => {
                    let carried = row.split_off(byte);
                    rows.push(std::mem::replace(&mut row, carried));
                    column -= columns;
                }
                None => {
                    rows.push(std::mem::take(&mut row));
                    column = 0;
                }
            }
            space = None;
        }
        row.push(character);
        column += wide;
        if character == ' ' {
            space = Some((row.len(), column));
        }
    }
    rows.push(row);
    rows
}

/// `line` on one row: what does not fit is cut.
pub fn cut(line: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    let mut rest = line;
    let mut coloured = false;
    while let Some(character) = rest.chars().next() {
        if let Some(length) = escape(rest) {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            coloured = true;
            continue;
        }
        let wide = character.width().unwrap_or(0);
        let room = if columns(&rest[character.len_utf8()..]) == 0 {
            width
        } else {
            width.saturating_sub(1)
        };
        if column + wide > room {
            out.push(CUT);
            if coloured {
                out.push_str(PLAIN);
            }
            return out;
        }
        out.push(character);
        column += wide;
        rest = &rest[character.len_utf8()..];
    }
    out
}

/// The columns of a text without line breaks.
fn columns(text: &str) -> usize {
    let mut columns = 0;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(length) = escape(rest) {
            rest = &rest[length..];
            continue;
        }
        columns += character.width().unwrap_or(0);
        rest = &rest[character.len_utf8()..];
    }
    columns
}

/// The length of the escape sequence that a text begins with.
fn escape(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("\x1b[")?;
    let end = inner.find(|c: char| ('@'..='~').contains(&c))?;
    Some("\x1b[".len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(rows("one two three", 9), ["one two ", "three"]);
        assert_eq!(rows("onetwothree four", 6), ["onetwo", "three ", "four"]);
        assert_eq!(rows("a\n\nb", 6), ["a", "", "b"]);
        assert_eq!(rows("名前名前", 5), ["名前", "名前"]);
    }

    #[test]
    fn colours_take_no_room() {
        let line = "\x1b[31mred\x1b[0m and";
        assert_eq!(rows(line, 7), [line]);
        assert_eq!(rows(line, 4), ["\x1b[31mred\x1b[0m ", "and"]);
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("\x1b[31mlonger\x1b[0m", 5), "\x1b[31mlong…\x1b[0m");
        assert_eq!(cut("名前名前", 5), "名前…");
    }

    #[test]
    fn every_row_fits_and_nothing_is_lost() {
        use proptest::prelude::*;
        proptest!(|(line in "[ a-z名]{0,60}", width in 2_usize..20)| {
            let rows = rows(&line, width);
            prop_assert!(rows.iter().all(|row| columns(row) <= width));
            prop_assert_eq!(rows.concat(), line.clone());
            prop_assert!(columns(&cut(&line, width)) <= width);
        });
    }
}
