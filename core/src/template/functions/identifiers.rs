//! Identifiers: UUIDs, ULIDs, sequences, and those of W3C trace context.

use std::fmt::Write as _;

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, describe, optional, required};
use super::super::filters::percent_encoded;
use super::super::host::Host;
use super::super::json::{self, Text};
use super::super::random::{Random, SEED};
use super::clock::millis;
use super::{CAP, capped, sha1};

pub(super) const FUNCTIONS: &[Callable] = &[
    Callable::ours(
        "rand_hex",
        &[optional("n", "16").or(&["len", "length"]), SEED],
        "`n` random hex digits.",
        rand_hex,
    ),
    Callable::ours(
        "seq",
        &[
            required("name"),
            optional("start", "0"),
            optional("step", "1"),
        ],
        "The next number of the sequence `name`, which begins at `start` and grows by `step`.",
        |args, host| {
            let name = args.str("name")?.unwrap_or_default();
            let start = args.int("start")?.unwrap_or(0);
            let step = args.int("step")?.unwrap_or(1);
            host.charge(name.len() as u64)?;
            Ok(host.next_in_sequence(name, start, step).into())
        },
    ),
    Callable::ours(
        "uuid_v4",
        &[SEED],
        "A random UUID (version 4 of RFC 9562).",
        |args, host| {
            let random = &mut Random::for_call("uuid_v4", args, host)?;
            Ok(uuid_v4(random).into())
        },
    ),
    Callable::ours(
        "uuid_v5",
        &[required("ns").or(&["namespace"]), required("name")],
        "The UUID of `name` within the namespace `ns`: `dns`, `url`, `oid`, `x500` or a UUID (version 5 of RFC 9562).",
        uuid_v5,
    ),
    Callable::ours(
        "uuid_v7",
        &[optional("time", ""), SEED],
        "A UUID that begins with a moment, now or `time` (version 7 of RFC 9562).",
        |args, host| {
            let mut bytes: [u8; 16] = Random::for_call("uuid_v7", args, host)?.bytes();
            bytes[..6].copy_from_slice(&millis(args, host)?.to_be_bytes()[2..]);
            Ok(uuid(bytes, 7).into())
        },
    ),
    Callable::ours(
        "ulid",
        &[optional("time", ""), SEED],
        "A ULID: 26 letters and digits that sort by their moment, now or `time`.",
        ulid,
    ),
    Callable::ours(
        "trace_id",
        &[SEED],
        "A random W3C trace id: 32 hex digits, not all zero.",
        |args, host| Ok(hex_id::<16>(&mut Random::for_call("trace_id", args, host)?).into()),
    ),
    Callable::ours(
        "span_id",
        &[SEED],
        "A random W3C span id: 16 hex digits, not all zero.",
        |args, host| Ok(hex_id::<8>(&mut Random::for_call("span_id", args, host)?).into()),
    ),
    Callable::ours(
        "traceparent",
        &[
            optional("trace_id", ""),
            optional("span_id", ""),
            optional("sampled", "1"),
            SEED,
        ],
        "A W3C `traceparent` header; ids that are not given are random.",
        traceparent,
    ),
    Callable::ours(
        "baggage",
        &[required("map")],
        "A W3C `baggage` header of the object's entries, percent-encoded.",
        baggage,
    ),
];

fn rand_hex(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let length = capped(args, "n", 16, CAP, host)?;
    let mut random = Random::for_call("rand_hex", args, host)?;
    Ok(random.text(length, b"0123456789abcdef").into())
}

/// A random UUID.
pub(in crate::template) fn uuid_v4(random: &mut Random) -> String {
    uuid(random.bytes(), 4)
}

/// The text of a UUID with its version and the variant of the RFC set.
fn uuid(mut bytes: [u8; 16], version: u8) -> String {
    bytes[6] = bytes[6] & 0x0f | version << 4;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string cannot fail.
        _ = write!(text, "{byte:02x}");
    }
    text
}

/// The namespaces of RFC 9562 differ in one byte.
fn namespace(text: &str) -> Option<[u8; 16]> {
    let last_of_first = match text.to_ascii_lowercase().as_str() {
        "dns" => 0x10,
        "url" => 0x11,
        "oid" => 0x12,
        "x500" => 0x14,
        _ => {
            let plain = text.len() == 36
                && text.bytes().enumerate().all(|(at, byte)| match at {
                    8 | 13 | 18 | 23 => byte == b'-',
                    _ => byte.is_ascii_hexdigit(),
                });
            return plain
                .then(|| u128::from_str_radix(&text.replace('-', ""), 16).ok())?
                .map(u128::to_be_bytes);
        }
    };
    let mut bytes = 0x6ba7_b800_9dad_11d1_80b4_00c0_4fd4_30c8_u128.to_be_bytes();
    bytes[3] = last_of_first;
    Some(bytes)
}

fn uuid_v5(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let text = args.str("ns")?.unwrap_or_default();
    let namespace = namespace(text).ok_or_else(|| {
        CallError::argument(
            "ns",
            format!(
                "`ns` must be `dns`, `url`, `oid`, `x500` or a UUID, not {}",
                describe(&Value::from(text))
            ),
        )
    })?;
    let name = args.str("name")?.unwrap_or_default();
    host.charge(name.len() as u64)?;
    let digest = sha1::digest(&[&namespace, name.as_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Ok(uuid(bytes, 5).into())
}

/// 48 bits of milliseconds and 80 random ones, in Crockford's base 32.
fn ulid(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let mut bytes: [u8; 16] = Random::for_call("ulid", args, host)?.bytes();
    bytes[..6].copy_from_slice(&millis(args, host)?.to_be_bytes()[2..]);
    let number = u128::from_be_bytes(bytes);
    let digits = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let text: String = (0..26)
        .rev()
        .map(|place| char::from(digits[(number >> (5 * place) & 31) as usize]))
        .collect();
    Ok(text.into())
}

fn hex_id<const N: usize>(random: &mut Random) -> String {
    loop {
        let bytes: [u8; N] = random.bytes();
        // An id of zeros is none; another will come.
        if bytes.iter().any(|byte| *byte != 0) {
            let mut text = String::with_capacity(2 * N);
            for byte in bytes {
                _ = write!(text, "{byte:02x}");
            }
            return text;
        }
    }
}

fn traceparent(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let given = |name: &'static str, length: usize| -> Result<Option<String>, CallError> {
        let Some(id) = args.get(name).filter(|id| !id.is_none()) else {
            return Ok(None);
        };
        id.as_str()
            .filter(|id| {
                id.len() == length
                    && id
                        .bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
                    && id.bytes().any(|byte| byte != b'0')
            })
            .map(|id| Some(id.to_owned()))
            .ok_or_else(|| {
                CallError::argument(
                    name,
                    format!(
                        "`{name}` must be {length} small hex digits, not all zero; it is {}",
                        describe(id)
                    ),
                )
            })
    };
    let flags = match args.get("sampled") {
        None => 1,
        Some(_) => match (args.bool("sampled"), args.int("sampled")) {
            (Ok(Some(sampled)), _) => u8::from(sampled),
            (_, Ok(Some(0))) => 0,
            (_, Ok(Some(1))) => 1,
            _ => {
                return Err(CallError::argument(
                    "sampled",
                    "`sampled` must be 0, 1, true or false",
                ));
            }
        },
    };
    let (trace, span) = (given("trace_id", 32)?, given("span_id", 16)?);
    // Nothing random is needed where both are given, and such a call is not volatile.
    let (trace, span) = match (trace, span) {
        (Some(trace), Some(span)) => (trace, span),
        (trace, span) => {
            let mut random = Random::for_call("traceparent", args, host)?;
            let drawn = (hex_id::<16>(&mut random), hex_id::<8>(&mut random));
            (trace.unwrap_or(drawn.0), span.unwrap_or(drawn.1))
        }
    };
    Ok(format!("00-{trace}-{span}-{flags:02x}").into())
}

fn baggage(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let map = args.require("map")?;
    let Some(entries) = json::entries(map, host)? else {
        return Err(CallError::argument(
            "map",
            format!("`map` must be an object, not {}", describe(map)),
        ));
    };
    // What the specification allows in a value, without the `%` that introduces an escape; a key
    // is a token of HTTP.
    let in_value = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\%".contains(&byte);
    let in_key = |byte: u8| b"!#$&'*+-.^_`|~".contains(&byte);
    let mut out = Text::new(host);
    for (at, (key, item)) in entries.iter().enumerate() {
        if key.is_empty() {
            return Err(CallError::argument("map", "a key of `map` is empty"));
        }
        if at > 0 {
            out.push(",")?;
        }
        let mut text = Text::new(host);
        text.print(item)?;
        out.push(&percent_encoded(key, in_key, host)?)?;
        out.push("=")?;
        out.push(&percent_encoded(&text.finish(), in_value, host)?)?;
    }
    Ok(out.into())
}
