//! The present moment, frozen or not.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, optional, required};
use super::super::host::Host;
use super::super::time::{DateTime, Timestamp, Zone};

pub(super) const FUNCTIONS: &[Callable] = &[
    Callable::tera(
        "now",
        &[optional("timestamp", "false"), optional("utc", "false")],
        "The present moment in UTC as RFC 3339; with `timestamp`, as seconds since 1970.",
        now,
    ),
    Callable::ours(
        "now_rfc3339",
        &[],
        "The present moment as RFC 3339: `2025-01-01T00:00:00Z`.",
        |_, host| Ok(host.now().rfc3339().into()),
    ),
    Callable::ours(
        "now_unix",
        &[],
        "The present moment as seconds since 1970.",
        |_, host| Ok(host.now().unix_seconds().into()),
    ),
    Callable::ours(
        "now_ms",
        &[],
        "The present moment as milliseconds since 1970.",
        |_, host| Ok(host.now().unix_millis().into()),
    ),
    Callable::ours(
        "now_plus",
        &[required("seconds")],
        "The moment this many seconds from now, or ago if negative, as RFC 3339.",
        |args, host| shifted(args, host, "seconds"),
    ),
    Callable::ours(
        "date_rfc3339",
        &[optional("offset_seconds", "0")],
        "The moment `offset_seconds` from now as RFC 3339.",
        |args, host| shifted(args, host, "offset_seconds"),
    ),
];

/// There are no local time zones here: `utc` makes no difference.
fn now(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    args.bool("utc")?;
    let timestamp = args.bool("timestamp")?.unwrap_or(false);
    let now = host.now();
    if timestamp {
        return Ok(now.unix_seconds().into());
    }
    let mut text = String::new();
    DateTime::at(now, 0, Zone::Name("UTC".into())).write_rfc3339(&mut text, false);
    Ok(text.into())
}

fn shifted(args: &Args<'_>, host: &Host, name: &'static str) -> Result<Value, CallError> {
    let seconds = args.float(name)?.unwrap_or(0.0);
    host.now()
        .plus_seconds(seconds)
        .map(|moment| Value::from(moment.rfc3339()))
        .ok_or_else(|| {
            CallError::argument(name, format!("`{name}` leads beyond the years 0 to 9999"))
        })
}

/// The argument `time` as milliseconds since 1970, 48 bits of them, as UUIDs and ULIDs hold it:
/// milliseconds or an RFC 3339 text; without it, the present moment.
pub(super) fn millis(args: &Args<'_>, host: &Host) -> Result<u64, CallError> {
    let given = match args.get("time").filter(|time| !time.is_none()) {
        None => Some(host.now().unix_millis()),
        Some(time) => match time.as_str() {
            Some(text) => Timestamp::parse(text).map(Timestamp::unix_millis),
            None => args.int("time").ok().flatten(),
        },
    };
    given
        .and_then(|millis| u64::try_from(millis).ok())
        .filter(|millis| *millis < 1 << 48)
        .ok_or_else(|| {
            CallError::argument(
                "time",
                "`time` must be an RFC 3339 text or milliseconds, from 1970 on",
            )
        })
}
