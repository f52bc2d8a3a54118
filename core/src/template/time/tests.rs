//! Dates by the calendar, and RFC 3339.

use super::{DateTime, Timestamp, Zone, civil_from_days, days_from_civil};

#[test]
fn days_and_dates_are_each_others_inverse() {
    assert_eq!(days_from_civil(1970, 1, 1), 0);
    assert_eq!(days_from_civil(2000, 3, 1), 11_017);
    assert_eq!(days_from_civil(0, 3, 1), -719_468);
    let mut before = (0, 0, 0);
    for days in -800_000..800_000 {
        let (year, month, day) = civil_from_days(days);
        assert_eq!(days_from_civil(year, month, day), days);
        assert!((year, month, day) > before || days == -800_000);
        before = (year, month, day);
    }
}

#[test]
fn rfc3339_is_read_strictly() {
    let seconds = |text: &str| Timestamp::parse(text).map(Timestamp::unix_seconds);
    assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(
        seconds("2025-01-01t01:30:00.999+01:30"),
        Some(1_735_689_600)
    );
    assert_eq!(seconds("1969-12-31T23:59:59.5Z"), Some(-1));
    assert_eq!(seconds("2016-12-31T23:59:60Z"), Some(1_483_228_800));
    for wrong in [
        "",
        "2025",
        "2025-01-01",
        "2025-01-01T00:00:00",
        "2025-1-1T00:00:00Z",
        "2025-01-01T00:00Z",
        "2025-01-01T24:00:00Z",
        "2025-02-29T00:00:00Z",
        "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00+0100",
        "2025-01-01T00:00:00+24:00",
        "2025-01-01T00:00:00Zx",
        " 2025-01-01T00:00:00Z",
        "+025-01-01T00:00:00Z",
        "2025-01-01T00:00:00+0a:00",
        "é025-01-01T00:00:00Z",
        "2025-01-01T00:00:00−01:00",
        "2025-01-01T00:00:00.5é",
    ] {
        assert_eq!(seconds(wrong), None, "{wrong}");
    }
}

#[test]
fn rfc3339_is_written_with_the_decimals_it_needs() {
    for text in [
        "2025-01-01T00:00:00Z",
        "1969-12-31T23:59:59.250Z",
        "2024-02-29T12:00:00.000001Z",
        "9999-12-31T23:59:59.999999999Z",
    ] {
        assert_eq!(Timestamp::parse(text).unwrap().rfc3339(), text);
    }
}

#[test]
fn seconds_are_added_within_the_calendar() {
    let start = Timestamp::parse("2025-01-01T00:00:00Z").unwrap();
    let later = |seconds| start.plus_seconds(seconds).map(Timestamp::rfc3339);
    assert_eq!(later(0.001).as_deref(), Some("2025-01-01T00:00:00.001Z"));
    assert_eq!(later(-86_400.0).as_deref(), Some("2024-12-31T00:00:00Z"));
    for far in [f64::NAN, f64::INFINITY, 1e11 * 3.0, -1e11] {
        assert_eq!(later(far), None, "{far}");
    }
}

#[test]
fn clocks_elsewhere() {
    let moment = Timestamp::parse("2025-01-01T00:00:00Z").unwrap();
    let west = DateTime::at(moment, -5 * 3600, Zone::Hours);
    assert_eq!(
        west.format("%F %T %z %Z").as_deref(),
        Some("2024-12-31 19:00:00 -0500 -05")
    );
    assert_eq!(west.timestamp(), moment);
    assert_eq!(west.format("%Q"), None);
}
