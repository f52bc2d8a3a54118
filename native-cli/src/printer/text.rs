//! Small pieces of text that all formats for people share.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

/// `1 file`, `2 files`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// A time as people read it: `0.4 ms`, `34 ms`, `1.2 s`.
pub fn duration(micros: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "at most two digits are shown")]
    let millis = micros as f64 / 1000.0;
    // What would be rounded up to the next form has that form.
    if millis < 9.95 {
        format!("{millis:.1} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else {
        format!("{:.1} s", millis / 1000.0)
    }
}

/// How a character that would move the cursor, change colours or reorder text is shown instead;
/// `None` for one that may be printed.
pub const fn stand_in(character: char) -> Option<char> {
    match character {
        '\u{7f}' => Some('␡'),
        // C0 controls have pictures of their own, in the same order.
        '\0'..='\x1f' => char::from_u32(0x2400 + character as u32),
        '\u{80}'..='\u{9f}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => Some('\u{fffd}'),
        _ => None,
    }
}

/// Text from a file, safe to print on a terminal: whatever is no plain text is made visible.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(|character| stand_in(character).is_some()) {
        text.chars()
            .map(|character| stand_in(character).unwrap_or(character))
            .collect::<String>()
            .into()
    } else {
        text.into()
    }
}

/// The start of a text in at most `width` columns; what is cut ends in `…`.
pub fn fit(text: &str, width: usize) -> String {
    let columns = |character: char| character.width().unwrap_or(0);
    if text.chars().map(columns).sum::<usize>() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let kept = text.chars().take_while(|character| {
        used += columns(*character);
        used <= width
    });
    kept.chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_or_three_digits() {
        for (micros, shown) in [
            (0, "0.0 ms"),
            (440, "0.4 ms"),
            (9_940, "9.9 ms"),
            (9_960, "10 ms"),
            (999_400, "999 ms"),
            (999_600, "1.0 s"),
            (1_234_000, "1.2 s"),
        ] {
            assert_eq!(duration(micros), shown);
        }
    }

    #[test]
    fn escape_sequences_of_a_file_never_reach_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\u{202e}"), "a␛[31mb\u{fffd}");
        assert!(matches!(clean("plain ä"), Cow::Borrowed(_)));
    }

    #[test]
    fn times_have_two_digits_or_so() {
        assert_eq!(duration(420), "0.4 ms");
        assert_eq!(duration(34_200), "34 ms");
        assert_eq!(duration(1_234_000), "1.2 s");
    }
}
