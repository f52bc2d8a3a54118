//! Durations and sizes.

use super::Wrong;

const UNITS: &[(&str, u64)] = &[
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
];

/// A duration in microseconds: integers with `ms`, `s`, `m`, `h` or `d`, one or several.
///
/// # Errors
/// When it is none.
pub fn duration(text: &str) -> Result<u64, Wrong> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong_duration("is empty"));
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (digits, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, end) = split(after.trim_start(), char::is_alphabetic);
        if digits.is_empty() {
            return Err(wrong_duration("is no duration"));
        }
        if after.starts_with(['.', ',']) {
            return Err(wrong_duration("is no duration: its numbers must be whole")
                .help("write a smaller unit, such as \"1500ms\" for one and a half seconds"));
        }
        let Some((name, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(match (unit, short_unit(unit)) {
                ("", _) => wrong_duration("has no unit"),
                (_, Some(short)) => wrong_duration(&format!("has an unknown unit `{unit}`"))
                    .help(format!("write `{digits}{short}`")),
                (_, None) => wrong_duration(&format!("has an unknown unit `{unit}`")),
            });
        };
        if !after.starts_with(name) {
            return Err(wrong_duration("is no duration: it holds a space"));
        }
        total = digits
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*factor))
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| Wrong::new("is too long a duration"))?;
        rest = end;
    }
    Ok(total)
}

/// The unit that a longer word means.
fn short_unit(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        _ => return None,
    })
}

fn wrong_duration(message: &str) -> Wrong {
    Wrong::new(message)
        .help("write whole numbers with ms, s, m, h or d, such as \"90s\" or \"1m30s\"")
}

/// A duration as authors write it.
#[must_use]
pub fn show_duration(micros: u64) -> String {
    for (unit, factor) in UNITS.iter().rev() {
        // Days are seldom meant; hours read better.
        if *unit != "d" && micros >= *factor && micros.is_multiple_of(*factor) {
            return format!("{}{unit}", micros / factor);
        }
    }
    format!("{}ms", micros / 1_000)
}

/// A size in bytes: `512KiB`, `256MB`, `1GiB`, and `256m` as Compose has it (which is MiB).
///
/// # Errors
/// When it is none.
pub fn size(text: &str) -> Result<u64, Wrong> {
    let text = text.trim();
    let (number, unit) = split(text, |c| c.is_ascii_digit() || c == '.');
    let unit = unit.trim_start().to_ascii_lowercase();
    let factor = match unit.as_str() {
        "" | "b" => 1.0,
        "k" | "ki" | "kib" => 1024.0,
        "m" | "mi" | "mib" => 1024.0 * 1024.0,
        "g" | "gi" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "t" | "ti" | "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        _ => return Err(wrong_size("is no size")),
    };
    let number: f64 = number.parse().map_err(|_| wrong_size("is no size"))?;
    let bytes = number * factor;
    if bytes > 9e15 {
        return Err(Wrong::new("is too large a size"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 9e15"
    )]
    let bytes = bytes as u64;
    Ok(bytes)
}

fn wrong_size(message: &str) -> Wrong {
    Wrong::new(message).help("write a number with KiB, MiB or GiB, such as \"256MiB\"")
}

/// A size as authors write it.
#[must_use]
pub fn show_size(bytes: u64) -> String {
    const SHOWN: &[(&str, u64)] = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    SHOWN
        .iter()
        .find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor))
        .map_or_else(
            || format!("{bytes}B"),
            |(unit, factor)| format!("{}{unit}", bytes / factor),
        )
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_numbers_with_units() {
        assert_eq!(duration("250ms"), Ok(250_000));
        assert_eq!(duration("90s"), Ok(90_000_000));
        assert_eq!(duration("1m30s"), Ok(90_000_000));
        assert_eq!(duration("1d2h"), Ok(93_600_000_000));
        assert_eq!(duration("0s"), Ok(0));
        for bad in [
            "",
            "10",
            "s",
            "1.5s",
            "10 s",
            "10sec",
            "-1s",
            "1m30",
            "99999999999999999d",
            "ten",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!(show_duration(90_000_000), "90s");
        assert_eq!(show_duration(10_000_000), "10s");
        assert_eq!(show_duration(120_000_000), "2m");
        assert_eq!(show_duration(1_500_000), "1500ms");
    }

    #[test]
    fn sizes_are_binary_unless_they_say_b() {
        assert_eq!(size("512KiB"), Ok(512 << 10));
        assert_eq!(size("256m"), Ok(256 << 20));
        assert_eq!(size("8G"), Ok(8 << 30));
        assert_eq!(size("256MB"), Ok(256_000_000));
        assert_eq!(size("1.5g"), Ok(3 << 29));
        assert_eq!(size("1024"), Ok(1024));
        for bad in ["", "MiB", "12 apples", "-1m", "1e30g", "9999999999999g"] {
            assert!(size(bad).is_err(), "{bad}");
        }
        assert_eq!(show_size(512 << 20), "512MiB");
    }
}
