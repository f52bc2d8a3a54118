//! Numbers, truth values and what is made of characters.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, optional};
use super::super::functions::{CAP, capped, uuid_v4};
use super::super::host::Host;
use super::super::random::{Random, SEED};
use super::kind;

const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// None that a shell, a template or TOML takes for its own within double quotes.
const SYMBOLS: &[u8] = b"#%+-.:=?@_";

pub(super) const FUNCTIONS: &[Callable] = &[
    kind!("fake_uuid", "A random UUID of version 4.", uuid_v4),
    Callable::ours(
        "fake_int",
        &[optional("min", "0"), optional("max", "1000"), SEED],
        "A whole number from `min` to `max`, both included.",
        |args, host| between(args, host, "fake_int", 1000),
    ),
    Callable::ours(
        "fake_int_range",
        &[optional("min", "0"), optional("max", "100"), SEED],
        "A whole number from `min` to `max`, both included.",
        |args, host| between(args, host, "fake_int_range", 100),
    ),
    kind!(
        "fake_float",
        "A float from 0 to below 1, with six decimals.",
        |random| decimals(random.between(0, 999_999))
    ),
    Callable::ours(
        "fake_bool",
        &[optional("ratio", "50"), SEED],
        "True in `ratio` of a hundred cases.",
        |args, host| {
            let ratio = args.float("ratio")?.unwrap_or(50.0);
            if !(0.0..=100.0).contains(&ratio) {
                return Err(CallError::argument(
                    "ratio",
                    "`ratio` must lie between 0 and 100",
                ));
            }
            let mut random = Random::for_call("fake_bool", args, host)?;
            Ok((random.fraction() * 100.0 < ratio).into())
        },
    ),
    Callable::ours(
        "fake_string",
        &[optional("len", "10").or(&["length", "n"]), SEED],
        "`len` letters and digits.",
        |args, host| {
            let length = capped(args, "len", 10, CAP, host)?;
            let mut random = Random::for_call("fake_string", args, host)?;
            Ok(random.text(length, LETTERS_AND_DIGITS).into())
        },
    ),
    kind!(
        "fake_port",
        "A port above the reserved ones: 1024 to 65535.",
        |random| random.between(1024, 65_535)
    ),
    kind!(
        "fake_semver",
        "A version such as `2.14.3`.",
        |random| format!(
            "{}.{}.{}",
            random.below(10),
            random.below(30),
            random.below(30)
        )
    ),
    Callable::ours(
        "fake_password",
        &[optional("min", "8"), optional("max", "20"), SEED],
        "A password of `min` to `max` characters, with capital and small letters, digits and symbols.",
        password,
    ),
];

/// So many millionths: a float with at most six decimals.
#[expect(clippy::cast_precision_loss, reason = "small")]
pub(super) fn decimals(millionths: i64) -> f64 {
    millionths as f64 / 1e6
}

fn between(
    args: &Args<'_>,
    host: &Host,
    name: &'static str,
    default_max: i64,
) -> Result<Value, CallError> {
    let min = args.int("min")?.unwrap_or(0);
    let max = args.int("max")?.unwrap_or(default_max);
    if min > max {
        return Err(CallError::argument(
            "min",
            format!("`min` is {min}, more than `max`, which is {max}"),
        ));
    }
    Ok(Random::for_call(name, args, host)?.between(min, max).into())
}

fn password(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let max = capped(args, "max", 20, CAP, host)?;
    let min = args.size("min")?.unwrap_or(8.min(max));
    if min > max {
        return Err(CallError::argument(
            "min",
            format!("`min` is {min}, more than `max`, which is {max}"),
        ));
    }
    let mut random = Random::for_call("fake_password", args, host)?;
    let length = min + random.place(max - min + 1);
    let all = [LETTERS_AND_DIGITS, SYMBOLS].concat();
    let mut password = random.text(length, &all).into_bytes();
    // One of each class, at places of their own, as far as there are places.
    let classes = [
        &LETTERS_AND_DIGITS[..26],
        &LETTERS_AND_DIGITS[26..52],
        &LETTERS_AND_DIGITS[52..],
        SYMBOLS,
    ];
    let mut free: Vec<usize> = (0..length).collect();
    for class in classes {
        if free.is_empty() {
            break;
        }
        let place = free.swap_remove(random.place(free.len()));
        password[place] = class[random.place(class.len())];
    }
    Ok(password
        .into_iter()
        .map(char::from)
        .collect::<String>()
        .into())
}
