//! Large tables that some filters look things up in: all scripts in ASCII, and all time zones.
//!
//! They are the very ones that Tera 1.20 uses, so that the bytes are the same. Together they are two
//! megabytes, too much for a page: a build for the browser has them not, and there, and wherever a
//! caller asks to be told what the browser would say, whatever needs them is a fault and never a
//! guess.

use super::time::Zone;

/// Which tables a render looks things up in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tables {
    /// Latin, Greek, Cyrillic and punctuation; zones that never change their offset.
    #[default]
    Small,
    /// Every script, as `deunicode` has it; every zone of the IANA database, as `chrono-tz` has it.
    #[cfg(not(target_family = "wasm"))]
    Full,
}

impl Tables {
    /// What stands for a character in ASCII; letters, digits and gaps. `None`: the tables do not know.
    pub(super) fn ascii(self, char: char) -> Option<&'static str> {
        match self {
            Self::Small => super::filters::spelled(char),
            #[cfg(not(target_family = "wasm"))]
            Self::Full => Some(deunicode::deunicode_char(char).unwrap_or("-")),
        }
    }

    /// Whether zones are looked up at all.
    pub(super) const fn has_zones(self) -> bool {
        !matches!(self, Self::Small)
    }

    /// The zone of a name; `None` if there is none in these tables.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn zone(self, name: &str) -> Option<NamedZone> {
        match self {
            Self::Small => None,
            Self::Full => name.parse().ok().map(NamedZone),
        }
    }

    /// There is none in the small tables.
    #[cfg(target_family = "wasm")]
    pub(super) fn zone(self, _: &str) -> Option<NamedZone> {
        None
    }
}

/// A zone of the database.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamedZone(
    #[cfg(not(target_family = "wasm"))] chrono_tz::Tz,
    #[cfg(target_family = "wasm")] std::convert::Infallible,
);

impl NamedZone {
    /// Seconds east of UTC at a moment, and how the zone is then called. `None`: the moment lies
    /// beyond the calendar.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn at(self, unix_seconds: i64) -> Option<(i32, Zone)> {
        use chrono::{DateTime, Offset as _, TimeZone as _};
        use chrono_tz::OffsetName as _;

        let moment = DateTime::from_timestamp(unix_seconds, 0)?;
        let offset = self.0.offset_from_utc_datetime(&moment.naive_utc());
        let name = offset.abbreviation().to_owned();
        Some((offset.fix().local_minus_utc(), Zone::Name(name.into())))
    }

    /// There is none to ask.
    #[cfg(target_family = "wasm")]
    pub(super) fn at(self, _: i64) -> Option<(i32, Zone)> {
        match self.0 {}
    }
}
