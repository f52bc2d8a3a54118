//! Formats of `strftime`'s kind.

use std::fmt::Write as _;

use super::DateTime;

/// What fills a number up to its width.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Pad {
    None,
    Zero,
    Space,
}

fn write_padded(out: &mut String, number: i64, width: usize, pad: Pad) {
    _ = match pad {
        Pad::None => write!(out, "{number}"),
        Pad::Zero => write!(out, "{number:0width$}"),
        Pad::Space => write!(out, "{number:width$}"),
    };
}

/// Beyond four digits a year shows its sign.
pub(super) fn write_year(out: &mut String, year: i64, pad: Pad) {
    if (0..10_000).contains(&year) {
        write_padded(out, year, 4, pad);
        return;
    }
    _ = match pad {
        Pad::None => write!(out, "{year:+}"),
        Pad::Zero => write!(out, "{year:+05}"),
        Pad::Space => write!(out, "{year:+5}"),
    };
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// A format that was read.
#[derive(Debug)]
pub struct Format<'a>(Vec<Item<'a>>);

/// A piece of a format.
#[derive(Clone, Copy, Debug)]
enum Item<'a> {
    /// As it stands.
    Literal(&'a str),
    /// By the letter of a specifier that prints a number.
    Number(char, Option<Pad>),
    /// By the letter of a specifier that prints something else.
    Other(char),
    /// An offset with this many colons.
    Offset(u8),
    /// This many digits of the second's fraction, with a point or without.
    Fraction(u8, bool),
}

/// Specifiers that stand for a whole format.
fn compound(letter: char) -> Option<&'static str> {
    Some(match letter {
        'D' | 'x' => "%m/%d/%y",
        'F' => "%Y-%m-%d",
        'R' => "%H:%M",
        'T' | 'X' => "%H:%M:%S",
        'r' => "%I:%M:%S %p",
        'c' => "%a %b %e %H:%M:%S %Y",
        'v' => "%e-%b-%Y",
        _ => return None,
    })
}

impl<'a> Format<'a> {
    /// Reads a format of `strftime`'s kind: every specifier of the Rust crate `chrono`, which Tera
    /// uses, with its padding modifiers `%-`, `%_` and `%0`. `None` if it holds any other.
    #[must_use]
    pub fn parse(format: &'a str) -> Option<Self> {
        let mut items = Vec::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            if at > 0 {
                items.push(Item::Literal(&rest[..at]));
            }
            rest = Self::specifier(&rest[at + 1..], &mut items)?;
        }
        if !rest.is_empty() {
            items.push(Item::Literal(rest));
        }
        Some(Self(items))
    }

    /// Reads what follows a `%`; gives back what follows that.
    fn specifier(text: &'a str, items: &mut Vec<Item<'a>>) -> Option<&'a str> {
        for (spelling, item) in [
            (".f", Item::Fraction(0, true)),
            (".3f", Item::Fraction(3, true)),
            (".6f", Item::Fraction(6, true)),
            (".9f", Item::Fraction(9, true)),
            ("3f", Item::Fraction(3, false)),
            ("6f", Item::Fraction(6, false)),
            ("9f", Item::Fraction(9, false)),
            (":::z", Item::Offset(3)),
            ("::z", Item::Offset(2)),
            (":z", Item::Offset(1)),
            ("z", Item::Offset(0)),
            ("#z", Item::Offset(0)),
            ("n", Item::Literal("\n")),
            ("t", Item::Literal("\t")),
            ("%", Item::Literal("%")),
        ] {
            if let Some(rest) = text.strip_prefix(spelling) {
                items.push(item);
                return Some(rest);
            }
        }
        let mut chars = text.chars();
        let mut letter = chars.next()?;
        let pad = match letter {
            '-' => Some(Pad::None),
            '0' => Some(Pad::Zero),
            '_' => Some(Pad::Space),
            _ => None,
        };
        if pad.is_some() {
            letter = chars.next()?;
        }
        if "CGHIMSUVWYdefgjklmqsuwy".contains(letter) {
            items.push(Item::Number(letter, pad));
        } else if pad.is_some() {
            return None;
        } else if let Some(whole) = compound(letter) {
            items.extend(Format::parse(whole)?.0);
        } else if "ABPZabhp+".contains(letter) {
            items.push(Item::Other(letter));
        } else {
            return None;
        }
        Some(chars.as_str())
    }

    /// Hands `time` in this format to `piece`, piece by piece, which may refuse.
    ///
    /// # Errors
    /// What `piece` refuses with.
    pub fn write<E>(
        &self,
        time: &DateTime,
        mut piece: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut text = String::new();
        for item in &self.0 {
            if let Item::Literal(literal) = item {
                piece(literal)?;
                continue;
            }
            text.clear();
            write_item(*item, time, &mut text);
            piece(&text)?;
        }
        Ok(())
    }
}

fn write_item(item: Item<'_>, time: &DateTime, out: &mut String) {
    match item {
        Item::Literal(literal) => out.push_str(literal),
        Item::Number(letter, pad) => write_number(letter, pad, time, out),
        Item::Other(letter) => write_other(letter, time, out),
        Item::Offset(0) => time.write_offset(out, "", false),
        Item::Offset(1) => time.write_offset(out, ":", false),
        Item::Offset(2) => time.write_offset(out, ":", true),
        Item::Offset(_) => {
            let sign = if time.offset < 0 { '-' } else { '+' };
            _ = write!(out, "{sign}{:02}", time.offset.abs() / 3600);
        }
        Item::Fraction(digits, point) => {
            if point && digits > 0 {
                out.push('.');
            }
            match digits {
                3 => write_padded(out, i64::from(time.nanosecond / 1_000_000), 3, Pad::Zero),
                6 => write_padded(out, i64::from(time.nanosecond / 1_000), 6, Pad::Zero),
                9 => write_padded(out, i64::from(time.nanosecond), 9, Pad::Zero),
                _ => time.write_fraction(out),
            }
        }
    }
}

fn write_number(letter: char, pad: Option<Pad>, time: &DateTime, out: &mut String) {
    let hour12 = (time.hour + 11) % 12 + 1;
    let weekday = i64::try_from(time.weekday()).unwrap_or(0);
    let from_monday = (weekday + 6) % 7;
    let (number, width, default) = match letter {
        'Y' | 'G' => {
            let year = if letter == 'Y' {
                time.year
            } else {
                time.iso_week().0
            };
            return write_year(out, year, pad.unwrap_or(Pad::Zero));
        }
        'C' => (time.year.div_euclid(100), 2, Pad::Zero),
        'y' => (time.year.rem_euclid(100), 2, Pad::Zero),
        'g' => (time.iso_week().0.rem_euclid(100), 2, Pad::Zero),
        'm' => (time.month.into(), 2, Pad::Zero),
        'd' => (time.day.into(), 2, Pad::Zero),
        'e' => (time.day.into(), 2, Pad::Space),
        'H' => (time.hour.into(), 2, Pad::Zero),
        'k' => (time.hour.into(), 2, Pad::Space),
        'I' => (hour12.into(), 2, Pad::Zero),
        'l' => (hour12.into(), 2, Pad::Space),
        'M' => (time.minute.into(), 2, Pad::Zero),
        'S' => (time.second.into(), 2, Pad::Zero),
        'f' => (time.nanosecond.into(), 9, Pad::Zero),
        'j' => (time.ordinal(), 3, Pad::Zero),
        'U' => ((time.ordinal() - weekday + 6) / 7, 2, Pad::Zero),
        'W' => ((time.ordinal() - from_monday + 6) / 7, 2, Pad::Zero),
        'V' => (time.iso_week().1, 2, Pad::Zero),
        // A single digit, whatever the padding: its width is 1.
        'u' => (from_monday + 1, 1, Pad::None),
        'w' => (weekday, 1, Pad::None),
        'q' => (i64::from((time.month - 1) / 3 + 1), 1, Pad::None),
        _ => (
            time.timestamp().unix_seconds() - i64::from(time.second == 60),
            9,
            Pad::None,
        ),
    };
    write_padded(out, number, width, pad.unwrap_or(default));
}

fn write_other(letter: char, time: &DateTime, out: &mut String) {
    // Months and weekdays lie within their tables by construction.
    let month = MONTHS[(time.month.clamp(1, 12) - 1) as usize];
    let weekday = WEEKDAYS[time.weekday()];
    match letter {
        'A' => out.push_str(weekday),
        'a' => out.push_str(&weekday[..3]),
        'B' => out.push_str(month),
        'b' | 'h' => out.push_str(&month[..3]),
        'p' => out.push_str(if time.hour < 12 { "AM" } else { "PM" }),
        'P' => out.push_str(if time.hour < 12 { "am" } else { "pm" }),
        'Z' => time.write_zone(out),
        _ => time.write_rfc3339(out, false),
    }
}
