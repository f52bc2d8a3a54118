//! Moments, civil dates and their formats, without a clock.
//!
//! A [`Timestamp`] is a moment. A [`DateTime`] is what a calendar and a clock on a wall show of it,
//! together with the offset from UTC. Dates are the proleptic Gregorian calendar's.

mod format;

use std::borrow::Cow;
use std::fmt::Write as _;

pub use super::host::Timestamp;
pub use format::Format;
use format::{Pad, write_year};

const SECOND: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// The years that are understood; beyond them nothing is printed or parsed.
const YEARS: std::ops::RangeInclusive<i64> = -262_143..=262_142;

impl Timestamp {
    /// The moment that an RFC 3339 text names: `2025-01-01T00:00:00Z`, `2025-01-01t01:30:00.25+01:30`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = text.get(from..to)?;
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
        let punctuated =
            is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
        if !punctuated {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut nanosecond = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            nanosecond = fraction_of_second(fraction.get(..digits)?)?;
            rest = &fraction[digits..];
        }
        let offset = match rest.as_bytes() {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let at = text.len() - rest.len();
                let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let offset = i32::try_from(hours * 3600 + minutes * 60).ok()?;
                if *sign == b'-' { -offset } else { offset }
            }
            _ => return None,
        };
        let second = u32::try_from(number(17, 19)?).ok()?;
        Some(
            DateTime {
                year: number(0, 4)?,
                month: u32::try_from(number(5, 7)?).ok()?,
                day: u32::try_from(number(8, 10)?).ok()?,
                hour: u32::try_from(number(11, 13)?).ok()?,
                minute: u32::try_from(number(14, 16)?).ok()?,
                second,
                nanosecond,
                offset,
                zone: Zone::Offset,
            }
            .checked()?
            .timestamp(),
        )
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        saturated(self.0.div_euclid(SECOND))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub fn unix_millis(self) -> i64 {
        saturated(self.0.div_euclid(SECOND / 1000))
    }

    /// This many seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self(i128::from(seconds) * SECOND)
    }

    /// This many seconds later; earlier if negative. `None` where RFC 3339 has no more years.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Option<Self> {
        // Whole seconds and the rest apart: a float has not enough digits for both.
        if seconds.abs() > 1e12 || seconds.is_nan() {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        let (whole, rest) = (
            seconds.trunc() as i128 * SECOND,
            (seconds.fract() * 1e9).round() as i128,
        );
        let later = Self(self.0 + whole + rest);
        let first = days_from_civil(0, 1, 1) * DAY;
        let end = days_from_civil(10_000, 1, 1) * DAY;
        (first..end)
            .contains(&later.unix_seconds())
            .then_some(later)
    }

    /// The moment in UTC as RFC 3339, with as many decimals as it needs: `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let mut text = String::new();
        DateTime::at(self, 0, Zone::Name("UTC".into())).write_rfc3339(&mut text, true);
        text
    }
}

fn saturated(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// The digits after the point as nanoseconds; those after the ninth are cut off.
fn fraction_of_second(digits: &str) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    let kept = &digits[..digits.len().min(9)];
    let number: u32 = kept.parse().ok()?;
    Some(number * 10_u32.pow(9 - u32::try_from(kept.len()).ok()?))
}

/// Days since 1970-01-01.
///
/// Years are taken to begin in March, so that the leap day is the last of a year; 400 of them, an
/// era, have always 146,097 days.
#[must_use]
pub fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day from days since 1970-01-01.
#[must_use]
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    // Both lie within a month and a year by construction.
    (
        year,
        u32::try_from(month).unwrap_or(1),
        u32::try_from(day).unwrap_or(1),
    )
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What stands for the zone in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Zone {
    /// A name, such as `UTC`.
    Name(Cow<'static, str>),
    /// Nothing but the offset itself: `+02:00`.
    Offset,
    /// Hours alone, as zones without a name have it: `-05`.
    Hours,
}

/// A date and a time of day at an offset from UTC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DateTime {
    /// The year; 0 is the one before 1.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 60, which is a leap second.
    pub second: u32,
    /// Below 10⁹.
    pub nanosecond: u32,
    /// Seconds east of UTC.
    pub offset: i32,
    /// How `%Z` writes the zone.
    pub zone: Zone,
}

impl DateTime {
    /// What clocks at `offset` show at this moment.
    #[must_use]
    pub fn at(moment: Timestamp, offset: i32, zone: Zone) -> Self {
        let seconds = moment.unix_seconds() + i64::from(offset);
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
        let of_day = u32::try_from(seconds.rem_euclid(DAY)).unwrap_or(0);
        Self {
            year,
            month,
            day,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            nanosecond: u32::try_from(moment.0.rem_euclid(SECOND)).unwrap_or(0),
            offset,
            zone,
        }
    }

    /// Itself, if there is such a date and time.
    #[must_use]
    pub fn checked(self) -> Option<Self> {
        let valid = YEARS.contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second <= 60
            && self.offset.abs() < 86_400;
        valid.then_some(self)
    }

    /// The moment. A leap second is the one after it.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        let seconds = days_from_civil(self.year, self.month, self.day) * DAY
            + i64::from(self.hour * 3600 + self.minute * 60 + self.second)
            - i64::from(self.offset);
        Timestamp(i128::from(seconds) * SECOND + i128::from(self.nanosecond))
    }

    /// The same moment elsewhere.
    #[must_use]
    pub fn with_offset(&self, offset: i32, zone: Zone) -> Self {
        // A leap second stays one.
        let leap = u32::from(self.second == 60);
        let plain = Timestamp(self.timestamp().0 - i128::from(leap) * SECOND);
        let mut moved = Self::at(plain, offset, zone);
        moved.second += leap;
        moved
    }

    /// The moment in seconds since 1970, of a leap second the one before it: zones change after it.
    #[must_use]
    pub fn last_plain_second(&self) -> i64 {
        self.timestamp().unix_seconds() - i64::from(self.second == 60)
    }

    /// The time in a format as [`Format`] reads it; `None` if that is none.
    #[must_use]
    pub fn format(&self, format: &str) -> Option<String> {
        let mut text = String::new();
        let format = Format::parse(format)?;
        let push = |piece: &str| {
            text.push_str(piece);
            Ok::<(), std::convert::Infallible>(())
        };
        format.write(self, push).ok()?;
        Some(text)
    }

    /// The day of the year, from 1.
    #[must_use]
    pub fn ordinal(&self) -> i64 {
        self.days() - days_from_civil(self.year, 1, 1) + 1
    }

    fn days(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day)
    }

    /// Days since Sunday; 1970-01-01 was a Thursday.
    #[must_use]
    pub fn weekday(&self) -> usize {
        usize::try_from((self.days() + 4).rem_euclid(7)).unwrap_or(0)
    }

    /// Year and week by ISO 8601: a week belongs to the year in which its Thursday lies.
    fn iso_week(&self) -> (i64, i64) {
        let from_monday = (self.days() + 3).rem_euclid(7);
        let thursday = self.days() - from_monday + 3;
        let (year, _, _) = civil_from_days(thursday);
        (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
    }

    /// Appends the RFC 3339 form, with none, 3, 6 or 9 decimals, as needed. With `zulu` UTC is `Z`,
    /// else `+00:00`.
    pub fn write_rfc3339(&self, out: &mut String, zulu: bool) {
        write_year(out, self.year, Pad::Zero);
        // Writing to a string cannot fail, here and below.
        _ = write!(
            out,
            "-{:02}-{:02}T{:02}:{:02}:{:02}",
            self.month, self.day, self.hour, self.minute, self.second
        );
        self.write_fraction(out);
        if zulu && self.offset == 0 {
            out.push('Z');
        } else {
            self.write_offset(out, ":", false);
        }
    }

    fn write_fraction(&self, out: &mut String) {
        let nanos = self.nanosecond;
        _ = match nanos {
            0 => Ok(()),
            _ if nanos.is_multiple_of(1_000_000) => write!(out, ".{:03}", nanos / 1_000_000),
            _ if nanos.is_multiple_of(1_000) => write!(out, ".{:06}", nanos / 1_000),
            _ => write!(out, ".{nanos:09}"),
        };
    }

    fn write_offset(&self, out: &mut String, colon: &str, seconds: bool) {
        let sign = if self.offset < 0 { '-' } else { '+' };
        // Without its seconds an offset, as a town's own time had it, is rounded to a minute.
        let offset = self.offset.abs() + if seconds { 0 } else { 30 };
        _ = write!(
            out,
            "{sign}{:02}{colon}{:02}",
            offset / 3600,
            offset / 60 % 60
        );
        if seconds {
            _ = write!(out, "{colon}{:02}", offset % 60);
        }
    }

    fn write_zone(&self, out: &mut String) {
        match &self.zone {
            Zone::Name(name) => out.push_str(name),
            Zone::Offset => self.write_offset(out, ":", false),
            Zone::Hours => {
                let sign = if self.offset < 0 { '-' } else { '+' };
                _ = write!(out, "{sign}{:02}", self.offset.abs() / 3600);
            }
        }
    }
}

#[cfg(test)]
mod tests;
