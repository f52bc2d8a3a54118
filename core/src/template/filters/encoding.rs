//! Filters of ours that encode: digests and TOML values.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::super::call::{CallError, Callable, describe};
use super::super::host::Host;
use super::super::json::{self, Number, Text};
use super::text;
use crate::digest::Digest;

pub(super) const FILTERS: &[Callable] = &[
    Callable::ours(
        "sha256",
        &[],
        "The SHA-256 of the text's bytes, as 64 hex digits.",
        |args, _| Ok(sha256_hex(text(args)?)),
    ),
    Callable::ours(
        "toml_encode",
        &[],
        "The value as TOML: text quoted and escaped, objects as inline tables.",
        |args, host| toml_encode(&args.subject, host),
    ),
    Callable::ours(
        "toml_key",
        &[],
        "The text as a key of TOML: as it is where that is allowed, else quoted and escaped.",
        |args, host| {
            let mut out = Text::new(host);
            key(text(args)?, &mut out)?;
            Ok(out.into())
        },
    ),
];

/// The SHA-256 of `text` in hex.
pub(in crate::template) fn sha256_hex(text: &str) -> Value {
    Digest::of(text.as_bytes()).to_string().into()
}

/// `value` as TOML that reads as the same value again, on one line. TOML has no null: an entry of an
/// object that is null is left out, anywhere else it is an error.
pub(in crate::template) fn toml_encode(value: &Value, host: &Host) -> Result<Value, CallError> {
    let mut out = Text::new(host);
    encode(value, &mut out, host, 0)?;
    Ok(out.into())
}

fn encode(value: &Value, out: &mut Text<'_>, host: &Host, depth: usize) -> Result<(), CallError> {
    // The TOML parser stops at 80 levels.
    if depth > 64 {
        return Err(CallError::Limit(
            "a value is nested deeper than 64 levels".into(),
        ));
    }
    if let Some(text) = value.as_str() {
        return string(text, out);
    }
    if let Some(items) = json::items(value, host)? {
        out.push("[")?;
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push(", ")?;
            }
            encode(item, out, host, depth + 1)?;
        }
        return out.push("]");
    }
    if let Some(entries) = json::entries(value, host)? {
        let mut entries = entries
            .iter()
            .filter(|(_, item)| !item.is_none())
            .peekable();
        if entries.peek().is_none() {
            return out.push("{}");
        }
        out.push("{ ")?;
        while let Some((name, item)) = entries.next() {
            key(name, out)?;
            out.push(" = ")?;
            encode(item, out, host, depth + 1)?;
            if entries.peek().is_some() {
                out.push(", ")?;
            }
        }
        return out.push(" }");
    }
    match (value.kind(), json::number(value)) {
        (_, Some(Number::Whole(whole))) => match i64::try_from(whole) {
            Ok(whole) => out.push(&whole.to_string()),
            Err(_) => Err(CallError::subject(format!(
                "TOML has no whole number as large as {whole}"
            ))),
        },
        (_, Some(Number::Float(float))) => out.push(&float_text(float)),
        (ValueKind::Bool, _) => out.push(if value.is_true() { "true" } else { "false" }),
        (ValueKind::None | ValueKind::Undefined, _) => Err(CallError::subject("TOML has no null")),
        _ => Err(CallError::subject(format!(
            "TOML has nothing for {}",
            describe(value)
        ))),
    }
}

/// A float in TOML always shows a point, an exponent, or that it is no number.
fn float_text(float: f64) -> String {
    if float.is_nan() {
        "nan".into()
    } else if float.is_infinite() {
        if float > 0.0 { "inf" } else { "-inf" }.into()
    } else {
        format!("{float:?}")
    }
}

fn key(name: &str, out: &mut Text<'_>) -> Result<(), CallError> {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(bare) {
        out.push(name)
    } else {
        string(name, out)
    }
}

fn string(text: &str, out: &mut Text<'_>) -> Result<(), CallError> {
    out.push("\"")?;
    for char in text.chars() {
        match char {
            '"' => out.push("\\\"")?,
            '\\' => out.push("\\\\")?,
            '\n' => out.push("\\n")?,
            '\r' => out.push("\\r")?,
            '\t' => out.push("\\t")?,
            '\u{8}' => out.push("\\b")?,
            '\u{c}' => out.push("\\f")?,
            control if control.is_control() => {
                out.push(&format!("\\u{:04X}", u32::from(control)))?;
            }
            char => out.push_char(char)?,
        }
    }
    out.push("\"")
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
