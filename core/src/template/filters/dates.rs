//! The filter `date`.
//!
//! It reads what Tera's reads and knows every format that Tera's knows. `timezone` may be UTC by any
//! of its names, one of the zones `Etc/GMT±n`, `EST`, `MST` or `HST`, which never change their offset,
//! or (unlike in Tera) an offset such as `+02:00`. Any other zone is looked up in the caller's tables.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, describe, optional};
use super::super::host::Host;
use super::super::json::{self, Number, Text};
use super::super::tables::NamedZone;
use super::super::time::{DateTime, Format, Timestamp, Zone};
use super::wrong_subject;

pub(super) const FILTERS: &[Callable] = &[Callable::tera(
    "date",
    &[
        optional("format", "\"%Y-%m-%d\""),
        optional("timezone", ""),
        optional("locale", ""),
    ],
    "The moment (seconds since 1970, an RFC 3339 text, or a date) in `format`, as `strftime` has it; `timezone` is a zone such as `Europe/Berlin` or an offset such as `+02:00`.",
    date,
)];

fn date(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let pattern = args.str("format")?.unwrap_or("%Y-%m-%d");
    let format = Format::parse(pattern).ok_or_else(|| {
        CallError::argument("format", format!("`{pattern}` is not a date format"))
    })?;
    let place = args
        .str("timezone")?
        .map(|name| Place::of(name, host))
        .transpose()?;
    let time = match (json::number(&args.subject), args.subject.as_str()) {
        (Some(Number::Whole(seconds)), _) => {
            let moment = i64::try_from(seconds)
                .ok()
                .map(Timestamp::from_unix_seconds)
                .ok_or_else(|| wrong_subject("a moment", &args.subject))?;
            // The bound comes first: beyond it the arithmetic would overflow.
            (moment.unix_seconds().unsigned_abs() < 10_u64.pow(13))
                .then(|| match &place {
                    Some(place) => place.at(moment.unix_seconds()),
                    None => Some((0, Zone::Name("UTC".into()))),
                })
                .flatten()
                .and_then(|(offset, zone)| DateTime::at(moment, offset, zone).checked())
                .ok_or_else(|| wrong_subject("a moment within the calendar", &args.subject))?
        }
        (_, Some(text)) if text.contains('T') => match (offset_time(text), &place) {
            (Some(time), Some(place)) => place
                .at(time.last_plain_second())
                .map(|(offset, zone)| time.with_offset(offset, zone))
                .ok_or_else(|| wrong_subject("a moment within the calendar", &args.subject))?,
            (Some(time), None) => time,
            (None, _) => Scan(text)
                .date(true)
                .and_then(|(date, rest)| Scan(rest).time_after("T", date))
                .filter(|(_, rest)| rest.is_empty())
                .and_then(|(time, _)| time.checked())
                .ok_or_else(|| unreadable("an RFC 3339 date and time", text))?,
        },
        (_, Some(text)) => Scan(text)
            .date(false)
            .filter(|(_, rest)| rest.is_empty())
            .and_then(|(date, _)| date.checked())
            .ok_or_else(|| unreadable("a date such as 2025-01-31", text))?,
        _ => {
            return Err(wrong_subject(
                "whole seconds since 1970 or a string",
                &args.subject,
            ));
        }
    };
    let mut out = Text::new(host);
    format.write(&time, |piece| out.push(piece))?;
    Ok(out.into())
}

fn unreadable(wanted: &str, text: &str) -> CallError {
    CallError::subject(format!(
        "needs {wanted}, not {}",
        describe(&Value::from(text))
    ))
}

/// Whose clocks are read.
enum Place {
    /// At this offset, which is written so.
    Fixed(i32, Zone),
    /// In this zone.
    Named(NamedZone),
}

impl Place {
    fn of(name: &str, host: &Host) -> Result<Self, CallError> {
        if let Some((offset, zone)) = fixed(name) {
            return Ok(Self::Fixed(offset, zone));
        }
        host.tables.zone(name).map(Self::Named).ok_or_else(|| {
            CallError::argument(
                "timezone",
                if host.tables.has_zones() {
                    format!(
                        "`{name}` is no time zone: neither a name of the IANA database, such as `Europe/Berlin`, nor an offset such as `+02:00`"
                    )
                } else {
                    format!(
                        "`{name}` is to be looked up in the time zone database, which the command line has and the playground has not; here `timezone` is `UTC`, `Etc/GMT-14` to `Etc/GMT+12` or an offset such as `+02:00`"
                    )
                },
            )
        })
    }

    /// The offset at a moment, and how the zone is then called.
    fn at(&self, unix_seconds: i64) -> Option<(i32, Zone)> {
        match self {
            Self::Fixed(offset, zone) => Some((*offset, zone.clone())),
            Self::Named(zone) => zone.at(unix_seconds),
        }
    }
}

/// The offset of a zone that never changes it, and how it is written.
fn fixed(name: &str) -> Option<(i32, Zone)> {
    let named = |east: i32, name: &'static str| Some((east * 3600, Zone::Name(name.into())));
    match name.strip_prefix("Etc/").unwrap_or(name) {
        "UTC" | "UCT" | "Universal" | "Zulu" => return named(0, "UTC"),
        "GMT" | "GMT0" | "GMT+0" | "GMT-0" | "Greenwich" => return named(0, "GMT"),
        _ => {}
    }
    match name {
        "EST" => return named(-5, "EST"),
        "MST" => return named(-7, "MST"),
        "HST" => return named(-10, "HST"),
        _ => {}
    }
    if let Some(west) = name.strip_prefix("Etc/GMT") {
        // These names count westward: Etc/GMT+5 is five hours behind UTC.
        let canonical = |hours: &i32| west == format!("{hours:+}");
        if let Some(west) = (-14..=12).find(canonical) {
            return Some((-west * 3600, Zone::Hours));
        }
    }
    if let [b'+' | b'-', _, _, b':', _, _] = name.as_bytes()
        && let Some((offset, "")) = Scan(name).offset()
    {
        return Some((offset, Zone::Offset));
    }
    None
}

/// An RFC 3339 date and time, read leniently: fields may have fewer digits, spaces may stand around
/// the punctuation, and `UTC` is an offset too.
fn offset_time(text: &str) -> Option<DateTime> {
    let (date, rest) = Scan(text).date(true)?;
    let separator = rest
        .get(..1)
        .filter(|text| ["T", "t", " "].contains(text))?;
    let (mut time, rest) = Scan(rest).time_after(separator, date)?;
    let rest = rest.trim_start();
    let utc = rest
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("utc"));
    let (offset, rest) = if utc {
        (0, &rest[3..])
    } else {
        Scan(rest).offset()?
    };
    time.offset = offset;
    time.zone = Zone::Offset;
    if !rest.trim_start().is_empty() {
        return None;
    }
    time.checked()
}

/// What is left of a text to read.
#[derive(Clone, Copy)]
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    /// A number of at most `width` digits, after whitespace.
    fn number(self, width: usize) -> Option<(u32, &'a str)> {
        let text = self.0.trim_start();
        let digits = text
            .bytes()
            .take(width)
            .take_while(u8::is_ascii_digit)
            .count();
        Some((text[..digits].parse().ok()?, &text[digits..]))
    }

    /// A year, which may have a sign and then any number of digits.
    fn year(self) -> Option<(i64, &'a str)> {
        let text = self.0.trim_start();
        let (sign, digits) = match text.as_bytes().first()? {
            b'+' => (1, &text[1..]),
            b'-' => (-1, &text[1..]),
            _ => {
                let (year, rest) = self.number(4)?;
                return Some((year.into(), rest));
            }
        };
        let end = digits.bytes().take_while(u8::is_ascii_digit).count();
        let year: i64 = digits[..end].parse().ok()?;
        Some((sign * year, &digits[end..]))
    }

    fn literal(self, wanted: &str, spaces: bool) -> Option<&'a str> {
        let text = if spaces { self.0.trim_start() } else { self.0 };
        text.strip_prefix(wanted)
    }

    /// A date at midnight, UTC; with `spaces` whitespace may stand before the dashes.
    fn date(self, spaces: bool) -> Option<(DateTime, &'a str)> {
        let (year, rest) = self.year()?;
        let (month, rest) = Scan(Scan(rest).literal("-", spaces)?).number(2)?;
        let (day, rest) = Scan(Scan(rest).literal("-", spaces)?).number(2)?;
        let date = DateTime {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
            offset: 0,
            zone: Zone::Name("UTC".into()),
        };
        Some((date, rest))
    }

    /// The time of day after `separator`, put into `date`.
    fn time_after(self, separator: &str, date: DateTime) -> Option<(DateTime, &'a str)> {
        let rest = self.literal(separator, separator == "T")?;
        let (hour, rest) = Scan(rest).number(2)?;
        let (minute, rest) = Scan(Scan(rest).literal(":", true)?).number(2)?;
        let (second, mut rest) = Scan(Scan(rest).literal(":", true)?).number(2)?;
        let mut nanosecond = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let kept = digits.min(9);
            nanosecond = fraction[..kept].parse::<u32>().ok()? * 10_u32.pow(9 - kept as u32);
            rest = &fraction[digits..];
        }
        let time = DateTime {
            hour,
            minute,
            second,
            nanosecond,
            ..date
        };
        Some((time, rest.trim_start()))
    }

    /// An offset from UTC in seconds: `Z`, `+01:30`, `-0130`.
    fn offset(self) -> Option<(i32, &'a str)> {
        let text = self.0;
        if let Some(rest) = text.strip_prefix(['Z', 'z']) {
            return Some((0, rest));
        }
        let (sign, rest) = match text.strip_prefix('+') {
            Some(rest) => (1, rest),
            // The typographic minus sign is read too.
            None => (-1, text.strip_prefix(['-', '−'])?),
        };
        let two = |text: &'a str| -> Option<(i32, &'a str)> {
            let digits = text.get(..2)?;
            let number = digits.bytes().all(|byte| byte.is_ascii_digit());
            number
                .then(|| digits.parse().ok())?
                .map(|number| (number, &text[2..]))
        };
        let (hours, rest) = two(rest)?;
        let rest = rest.trim_start_matches(|char: char| char == ':' || char.is_whitespace());
        let (minutes, rest) = two(rest)?;
        let offset = hours * 3600 + minutes * 60;
        (minutes < 60 && hours < 24).then_some((sign * offset, rest))
    }
}
