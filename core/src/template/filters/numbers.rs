//! Filters from and to numbers.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, describe, optional};
use super::super::host::Host;
use super::super::json::{self, Number};
use super::{float, wrong_subject};

pub(super) const FILTERS: &[Callable] = &[
    Callable::tera(
        "int",
        &[optional("default", "0"), optional("base", "10")],
        "The value as a whole number: text is read in `base` and gives `default` if it is no number.",
        int,
    ),
    Callable::tera(
        "float",
        &[optional("default", "0.0")],
        "The value as a float; text that is no number gives `default`.",
        to_float,
    ),
    Callable::tera("abs", &[], "The number without its sign.", abs),
    Callable::tera(
        "round",
        &[optional("method", "\"common\""), optional("precision", "0")],
        "The number rounded to `precision` decimals, by `common`, `ceil` or `floor`.",
        round,
    ),
    Callable::tera(
        "pluralize",
        &[optional("singular", "\"\""), optional("plural", "\"s\"")],
        "The suffix for this many: `singular` for 1 and -1, else `plural`.",
        pluralize,
    ),
    Callable::tera(
        "filesizeformat",
        &[optional("binary", "false")],
        "The number of bytes as people write it: `110 MB`; with `binary` in `MiB`.",
        filesizeformat,
    ),
];

#[expect(
    clippy::cast_possible_truncation,
    reason = "floats beyond the range stop at its ends, as in Tera"
)]
fn int(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    let default = args.int("default")?.unwrap_or(0);
    let base = args.int("base")?.unwrap_or(10);
    let unfit = || CallError::argument("base", "`base` must lie between 2 and 36");
    let base = u32::try_from(base).map_err(|_| unfit())?;
    if let Some(number) = json::number(&args.subject) {
        return Ok((number.as_f64() as i64).into());
    }
    let Some(text) = args.subject.as_str() else {
        return Err(wrong_subject("a string or a number", &args.subject));
    };
    if !(2..=36).contains(&base) {
        return Err(unfit());
    }
    let text = text.trim();
    let digits = match base {
        2 => text.trim_start_matches("0b"),
        8 => text.trim_start_matches("0o"),
        16 => text.trim_start_matches("0x"),
        _ => text,
    };
    let number = i64::from_str_radix(digits, base).ok().or_else(|| {
        (digits.contains('.'))
            .then(|| digits.parse::<f64>().ok())
            .flatten()
            .map(|number| number as i64)
    });
    Ok(number.unwrap_or(default).into())
}

fn to_float(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    let default = args.float("default")?.unwrap_or(0.0);
    if let Some(number) = json::number(&args.subject) {
        return Ok(json::float(number.as_f64()));
    }
    let Some(text) = args.subject.as_str() else {
        return Err(wrong_subject("a string or a number", &args.subject));
    };
    Ok(json::float(text.trim().parse().unwrap_or(default)))
}

fn abs(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    match json::number(&args.subject) {
        Some(Number::Whole(number)) => Ok(u64::try_from(number.unsigned_abs())
            .unwrap_or(u64::MAX)
            .into()),
        Some(Number::Float(number)) => Ok(json::float(number.abs())),
        None => Err(wrong_subject("a number", &args.subject)),
    }
}

fn round(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    let number = float(args)?;
    let precision = args.int("precision")?.unwrap_or(0);
    let precision = i32::try_from(precision)
        .map_err(|_| CallError::argument("precision", "`precision` is out of range"))?;
    let factor = if precision == 0 {
        1.0
    } else {
        10_f64.powi(precision)
    };
    let scaled = factor * number;
    let rounded = match args.str("method")?.unwrap_or("common") {
        "common" => scaled.round(),
        "ceil" => scaled.ceil(),
        "floor" => scaled.floor(),
        _ => {
            return Err(CallError::argument(
                "method",
                format!(
                    "`method` must be `common`, `ceil` or `floor`, not {}",
                    args.get("method").map(describe).unwrap_or_default()
                ),
            ));
        }
    };
    Ok(json::float(rounded / factor))
}

fn pluralize(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let number = float(args)?;
    let plural = args.str("plural")?.unwrap_or("s");
    let singular = args.str("singular")?.unwrap_or_default();
    let suffix = if (number.abs() - 1.0).abs() > f64::EPSILON {
        plural
    } else {
        singular
    };
    host.charge(suffix.len() as u64)?;
    Ok(suffix.into())
}

fn filesizeformat(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    let Some(bytes) = json::whole(&args.subject).and_then(|bytes| u64::try_from(bytes).ok()) else {
        return Err(wrong_subject("a whole number of at least 0", &args.subject));
    };
    let binary = args.bool("binary")?.unwrap_or(false);
    // Without `binary` the steps are 1,024 all the same: it is only the names that differ.
    let units = if binary {
        ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    } else {
        ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    };
    #[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < units.len() {
        size /= 1024.0;
        unit += 1;
    }
    let decimals = if size.fract() <= f64::EPSILON { 0 } else { 2 };
    Ok(format!("{size:.decimals$} {}", units[unit]).into())
}
