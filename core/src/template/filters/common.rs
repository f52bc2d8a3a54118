//! Filters on values of several kinds.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, optional, required};
use super::super::host::Host;
use super::super::json::{self, Text};
use super::{missing, wrong_subject};

pub(super) const FILTERS: &[Callable] = &[
    // The engine evaluates `value` only where it is needed; this stands for what it means.
    Callable::tera(
        "default",
        &[required("value")],
        "The value, or `value` if it is undefined or null.",
        default,
    ),
    Callable::tera(
        "length",
        &[],
        "How many items an array, entries an object, or characters a text has.",
        length,
    ),
    Callable::tera(
        "reverse",
        &[],
        "The array or the text from its end to its start.",
        reverse,
    ),
    Callable::tera(
        "as_str",
        &[],
        "The value as the text it prints as.",
        |args, host| {
            let mut out = Text::new(host);
            out.print(&args.subject)?;
            Ok(out.into())
        },
    ),
    Callable::tera(
        "json_encode",
        &[optional("pretty", "false")],
        "The value as JSON, on several lines if `pretty`.",
        json_encode,
    ),
];

fn default(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    if args.subject.is_undefined() || args.subject.is_none() {
        return args.get("value").cloned().ok_or_else(|| missing("value"));
    }
    Ok(args.subject.clone())
}

fn length(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let length = match args.subject.as_str() {
        Some(text) => {
            host.charge_work(text.len())?;
            Some(text.chars().count())
        }
        None => json::length(&args.subject),
    };
    length
        .map(Value::from)
        .ok_or_else(|| wrong_subject("an array, an object or a string", &args.subject))
}

fn reverse(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    if let Some(text) = args.subject.as_str() {
        host.charge(text.len() as u64)?;
        return Ok(text.chars().rev().collect::<String>().into());
    }
    match json::items(&args.subject, host)? {
        Some(mut items) => {
            items.reverse();
            Ok(items.into())
        }
        None => Err(wrong_subject("an array or a string", &args.subject)),
    }
}

/// Tera takes whatever is not `true` for `false`.
fn json_encode(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let pretty = args.bool("pretty").is_ok_and(|pretty| pretty == Some(true));
    let mut out = Text::new(host);
    out.json(&args.subject, pretty)?;
    Ok(out.into())
}
