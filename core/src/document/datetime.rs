//! Dates and times as TOML 1.1 and RFC 3339 have them.

/// Whether `text` is a date-time of RFC 3339: a date, `T` (or a space), a time with seconds, and an
/// offset.
#[must_use]
pub fn is_rfc3339(text: &str) -> bool {
    match date(text.as_bytes()) {
        Some(rest) => {
            let Some((b'T' | b't' | b' ', rest)) = rest.split_first() else {
                return false;
            };
            time(rest, true).is_some_and(|rest| !rest.is_empty() && is_offset(rest))
        }
        None => false,
    }
}

/// Whether `text` is a date, a time or both as TOML has them.
pub(super) fn is_datetime(text: &str) -> bool {
    let bytes = text.as_bytes();
    match date(bytes) {
        Some([]) => true,
        Some([b'T' | b't' | b' ', rest @ ..]) => {
            time(rest, false).is_some_and(|rest| rest.is_empty() || is_offset(rest))
        }
        Some(_) => false,
        None => time(bytes, false).is_some_and(<[u8]>::is_empty),
    }
}

/// Two digits, and the rest.
fn two(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => {
            Some((u32::from(a - b'0') * 10 + u32::from(b - b'0'), rest))
        }
        _ => None,
    }
}

fn skip(bytes: &[u8], byte: u8) -> Option<&[u8]> {
    match bytes.split_first() {
        Some((first, rest)) if *first == byte => Some(rest),
        _ => None,
    }
}

/// What follows a date.
fn date(bytes: &[u8]) -> Option<&[u8]> {
    let (century, rest) = two(bytes)?;
    let (years, rest) = two(rest)?;
    let (month, rest) = two(skip(rest, b'-')?)?;
    let (day, rest) = two(skip(rest, b'-')?)?;
    let year = century * 100 + years;
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(rest)
}

/// What follows a time.
fn time(bytes: &[u8], with_seconds: bool) -> Option<&[u8]> {
    let (hour, rest) = two(bytes)?;
    let (minute, rest) = two(skip(rest, b':')?)?;
    if hour > 23 || minute > 59 {
        return None;
    }
    let Some(seconds) = skip(rest, b':') else {
        return (!with_seconds).then_some(rest);
    };
    let (second, rest) = two(seconds)?;
    if second > 60 {
        return None;
    }
    let Some(fraction) = skip(rest, b'.') else {
        return Some(rest);
    };
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    (digits > 0).then(|| &fraction[digits..])
}

fn is_offset(bytes: &[u8]) -> bool {
    match bytes {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', rest @ ..] => (|| {
            let (hour, rest) = two(rest)?;
            let (minute, rest) = two(skip(rest, b':')?)?;
            (hour < 24 && minute < 60 && rest.is_empty()).then_some(())
        })()
        .is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_wants_a_date_a_time_and_an_offset() {
        for good in [
            "2025-01-01T00:00:00Z",
            "2025-01-01t23:59:60.123456789-07:30",
            "2024-02-29 12:00:00+00:00",
        ] {
            assert!(is_rfc3339(good), "{good}");
        }
        for bad in [
            "2025-01-01",
            "2025-01-01T00:00:00",
            "2025-01-01T00:00Z",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:00:00.Z",
            "2025-01-01T00:00:00+0100",
            "now",
            "",
        ] {
            assert!(!is_rfc3339(bad), "{bad}");
        }
    }

    #[test]
    fn toml_knows_parts_of_it_too() {
        for good in [
            "2025-01-01",
            "07:32",
            "07:32:00.5",
            "2025-01-01 07:32",
            "2025-01-01T07:32Z",
        ] {
            assert!(is_datetime(good), "{good}");
        }
        for bad in ["2025-1-1", "07:32Z", "25:00", "2025-01-01T", "2025-01-01x"] {
            assert!(!is_datetime(bad), "{bad}");
        }
    }
}
