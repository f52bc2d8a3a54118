//! The filters: all of Tera 1.20 with its argument names, and a few of ours.
//!
//! What a filter does is Tera's behaviour, byte for byte; the tests hold each against the real
//! crate. Where Tera panics or never ends (a base of 1, say) ours report a bad argument.

mod collections;
mod common;
mod dates;
mod encoding;
mod html;
mod numbers;
mod objects;
mod slugs;
mod text;
mod transliterate;

use minijinja::Value;

use super::call::{Args, CallError, Callable, count, describe, join};
use super::host::Host;
use super::json;

pub(super) use encoding::{sha256_hex, toml_encode};
pub(super) use html::percent_encoded;
pub(super) use slugs::{camel, kebab, pascal, slugify, snake};
pub(super) use transliterate::to_ascii as spelled;

const GROUPS: &[&[Callable]] = &[
    text::FILTERS,
    html::FILTERS,
    numbers::FILTERS,
    collections::FILTERS,
    objects::FILTERS,
    common::FILTERS,
    dates::FILTERS,
    encoding::FILTERS,
    slugs::FILTERS,
];

static ALL: [Callable; count(GROUPS)] = join(GROUPS);

/// Every filter.
pub static FILTERS: &[Callable] = &ALL;

/// The subject, which must be a text.
fn text<'a>(args: &'a Args<'_>) -> Result<&'a str, CallError> {
    args.subject
        .as_str()
        .ok_or_else(|| wrong_subject("a string", &args.subject))
}

/// The subject, which must be a number; as a float.
fn float(args: &Args<'_>) -> Result<f64, CallError> {
    json::number(&args.subject)
        .map(json::Number::as_f64)
        .ok_or_else(|| wrong_subject("a number", &args.subject))
}

/// The items of the subject, which must be an array.
fn items(args: &Args<'_>, host: &Host) -> Result<Vec<Value>, CallError> {
    json::items(&args.subject, host)?.ok_or_else(|| wrong_subject("an array", &args.subject))
}

/// How many items the subject has, which must be an array.
fn array_length(args: &Args<'_>) -> Result<usize, CallError> {
    json::length(&args.subject)
        .filter(|_| json::is_array(&args.subject))
        .ok_or_else(|| wrong_subject("an array", &args.subject))
}

fn wrong_subject(wanted: &str, found: &Value) -> CallError {
    CallError::subject(format!("needs {wanted}, not {}", describe(found)))
}

fn missing(name: &'static str) -> CallError {
    CallError::argument(name, format!("missing argument `{name}`"))
}

/// A text in which `\n` and `\t` stand for a line end and a tab: strings in templates know no
/// escapes, separators need them.
fn unescaped(pattern: &str) -> String {
    pattern.replace("\\n", "\n").replace("\\t", "\t")
}

#[cfg(test)]
mod tests;
