//! Tera's tests, what stands after `is`: `{% if name is starting_with("api") %}`.

use minijinja::Value;
use regex::{Regex, RegexBuilder};

use super::call::{Args, CallError, Callable, describe, required, wrong_type};
use super::host::Host;
use super::json;

/// Every test.
pub static PREDICATES: &[Callable] = &[
    // The engine decides these two, since an undefined variable never reaches a call.
    Callable::tera(
        "defined",
        &[],
        "Whether the variable has a value.",
        |args, _| Ok((!args.subject.is_undefined()).into()),
    ),
    Callable::tera(
        "undefined",
        &[],
        "Whether the variable has no value.",
        |args, _| Ok(args.subject.is_undefined().into()),
    ),
    Callable::tera("odd", &[], "Whether the number is odd.", |args, _| {
        Ok(odd(args)?.into())
    }),
    Callable::tera("even", &[], "Whether the number is even.", |args, _| {
        Ok((!odd(args)?).into())
    }),
    Callable::tera(
        "divisibleby",
        &[required("divisor")],
        "Whether the number can be divided by `divisor` without remainder.",
        divisible_by,
    ),
    Callable::tera("string", &[], "Whether the value is text.", |args, _| {
        Ok(args.subject.as_str().is_some().into())
    }),
    Callable::tera(
        "number",
        &[],
        "Whether the value is a number.",
        |args, _| Ok(args.subject.is_number().into()),
    ),
    Callable::tera(
        "iterable",
        &[],
        "Whether the value is an array or an object.",
        |args, _| Ok((json::is_array(&args.subject) || json::is_object(&args.subject)).into()),
    ),
    Callable::tera(
        "object",
        &[],
        "Whether the value is an object.",
        |args, _| Ok(json::is_object(&args.subject).into()),
    ),
    Callable::tera(
        "starting_with",
        &[required("text")],
        "Whether the text starts with this one.",
        |args, _| Ok(subject(args)?.starts_with(text(args, "text")?).into()),
    ),
    Callable::tera(
        "ending_with",
        &[required("text")],
        "Whether the text ends with this one.",
        |args, _| Ok(subject(args)?.ends_with(text(args, "text")?).into()),
    ),
    Callable::tera(
        "containing",
        &[required("needle")],
        "Whether the text holds this one, the array this item, or the object this key.",
        containing,
    ),
    Callable::tera(
        "matching",
        &[required("regex")],
        "Whether the regular expression matches somewhere in the text.",
        matching,
    ),
];

fn subject<'a>(args: &'a Args<'_>) -> Result<&'a str, CallError> {
    args.subject
        .as_str()
        .ok_or_else(|| unfit("a string", &args.subject))
}

fn text<'a>(args: &'a Args<'_>, name: &'static str) -> Result<&'a str, CallError> {
    Ok(args.str(name)?.unwrap_or_default())
}

fn unfit(wanted: &str, found: &Value) -> CallError {
    CallError::subject(format!("needs {wanted}, not {}", describe(found)))
}

fn number(args: &Args<'_>) -> Result<f64, CallError> {
    json::number(&args.subject)
        .map(json::Number::as_f64)
        .ok_or_else(|| unfit("a number", &args.subject))
}

fn odd(args: &Args<'_>) -> Result<bool, CallError> {
    Ok(number(args)? % 2.0 != 0.0)
}

/// By 0 nothing can be divided.
fn divisible_by(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    let divisor = args.float("divisor")?.unwrap_or(0.0);
    Ok((number(args)? % divisor == 0.0).into())
}

fn containing(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let found = if let Some(text) = args.subject.as_str() {
        host.charge_work(text.len())?;
        text.contains(self::text(args, "needle")?)
    } else if json::is_array(&args.subject) {
        let needle = args.require("needle")?;
        host.charge(json::length(&args.subject).unwrap_or(0) as u64)?;
        let mut found = false;
        for item in args.subject.try_iter().into_iter().flatten() {
            if json::same(&item, needle, host)? {
                found = true;
                break;
            }
        }
        found
    } else if json::is_object(&args.subject) {
        let key = args.require("needle")?;
        if key.as_str().is_none() {
            return Err(wrong_type("needle", "a string", key));
        }
        args.subject
            .get_item(key)
            .is_ok_and(|found| !found.is_undefined())
    } else {
        return Err(unfit("a string, an array or an object", &args.subject));
    };
    Ok(found.into())
}

/// Sizes of compiled expressions, tried in turn. What is paid for a match grows with the first that
/// suffices, since how long a match takes does.
const SIZES: [usize; 4] = [16 << 10, 64 << 10, 256 << 10, 1 << 20];

/// The longest expression, in bytes; reading one takes more than linear time.
const LONGEST: usize = 8 << 10;

/// Rust's regular expressions, as in Tera. An expression that would need more than a megabyte (a
/// repetition of repetitions) is refused at once.
fn matching(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let subject = subject(args)?;
    let pattern = text(args, "regex")?;
    let (regex, size) = match host.compiled(pattern) {
        Some(compiled) => compiled,
        None => {
            let (regex, size) = compile(pattern, host)?;
            host.keep_compiled(pattern, regex.clone(), size);
            (regex, size)
        }
    };
    host.charge(subject.len() as u64 * (size as u64 >> 10))?;
    Ok(regex.is_match(subject).into())
}

/// The compiled expression, and the one of [`SIZES`] that it fits into, which is paid for.
fn compile(pattern: &str, host: &Host) -> Result<(Regex, usize), CallError> {
    if pattern.len() > LONGEST {
        return Err(CallError::Limit(format!(
            "the regular expression is longer than {LONGEST} bytes"
        )));
    }
    for size in SIZES {
        host.charge(size as u64)?;
        let regex = RegexBuilder::new(pattern)
            .size_limit(size)
            .nest_limit(100)
            .build();
        match regex {
            Ok(regex) => return Ok((regex, size)),
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(error) => {
                // The message draws the expression with a marker under it, over several lines; its
                // last line says what is wrong.
                let message = error.to_string();
                let reason = message.lines().last().unwrap_or_default();
                let reason = reason.strip_prefix("error: ").unwrap_or(reason);
                return Err(CallError::argument(
                    "regex",
                    format!("not a regular expression: {reason}"),
                ));
            }
        }
    }
    Err(CallError::Limit(
        "the regular expression is too large when its repetitions are written out".into(),
    ))
}

#[cfg(test)]
mod tests;
