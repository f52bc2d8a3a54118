//! Values of JSON as values of spans: attributes, times, ids, words.

use std::borrow::Cow;
use std::sync::Arc;

use super::bytes;
use super::error::Fault;
use super::json::{Kind, Node};
use super::model::{Attributes, Id, Value};
use crate::config::model::{SpanKind, SpanStatus};
use crate::template::Timestamp;

/// The fields of an object. Null means that there are none.
pub(super) fn object<'n, 't>(
    node: &'n Node<'t>,
    what: &str,
) -> Result<&'n [(Cow<'t, str>, Node<'t>)], Fault> {
    match &node.kind {
        Kind::Object(entries) => Ok(entries),
        Kind::Null => Ok(&[]),
        other => Err(wrong(node, what, "an object", other)),
    }
}

/// The items of a list. Null means that there are none.
pub(super) fn list<'n, 't>(node: &'n Node<'t>, what: &str) -> Result<&'n [Node<'t>], Fault> {
    match &node.kind {
        Kind::List(items) => Ok(items),
        Kind::Null => Ok(&[]),
        other => Err(wrong(node, what, "a list", other)),
    }
}

/// A text. Null is the empty one.
pub(super) fn text<'n>(node: &'n Node<'_>, what: &str) -> Result<&'n str, Fault> {
    match &node.kind {
        Kind::Text(text) => Ok(text),
        Kind::Null => Ok(""),
        other => Err(wrong(node, what, "a string", other)),
    }
}

fn wrong(node: &Node<'_>, what: &str, wanted: &str, found: &Kind<'_>) -> Fault {
    Fault::new(
        node.at,
        format!("`{what}` must be {wanted}, not {}", found.name()),
    )
}

/// An id.
pub(super) fn id(node: &Node<'_>, what: &str) -> Result<Option<Id>, Fault> {
    text(node, what).map(bytes::id)
}

/// A moment: nanoseconds as number or text, RFC 3339, or seconds and nanoseconds as a list.
pub(super) fn time(node: &Node<'_>, what: &str) -> Result<Option<u64>, Fault> {
    let bad = || {
        Fault::new(node.at, format!("`{what}` is no moment"))
        .help("times are nanoseconds since 1970, as number or string, or RFC 3339 such as 2025-01-01T00:00:00Z")
    };
    let found = match &node.kind {
        Kind::Null => None,
        Kind::Number(number) => Some(natural(number).ok_or_else(bad)?),
        Kind::Text(text) if text.is_empty() => None,
        Kind::Text(text) if text.bytes().all(|digit| digit.is_ascii_digit()) => {
            Some(text.parse().map_err(|_| bad())?)
        }
        Kind::Text(text) => {
            let Timestamp(nanoseconds) = Timestamp::parse(text).ok_or_else(bad)?;
            Some(u64::try_from(nanoseconds).map_err(|_| bad())?)
        }
        Kind::List(parts) => match parts.as_slice() {
            [seconds, nanoseconds] => {
                let part = |node: &Node<'_>| match node.kind {
                    Kind::Number(number) => natural(number),
                    _ => None,
                };
                let (seconds, nanoseconds) =
                    part(seconds).zip(part(nanoseconds)).ok_or_else(bad)?;
                let whole = seconds.checked_mul(1_000_000_000);
                Some(
                    whole
                        .and_then(|whole| whole.checked_add(nanoseconds))
                        .ok_or_else(bad)?,
                )
            }
            _ => return Err(bad()),
        },
        _ => return Err(bad()),
    };
    Ok(found.filter(|moment| *moment != 0))
}

/// A time in microseconds, in nanoseconds.
pub(super) fn microseconds(node: &Node<'_>, what: &str) -> Result<u64, Fault> {
    let bad = || Fault::new(node.at, format!("`{what}` is no time in microseconds"));
    let Kind::Number(number) = node.kind else {
        return Err(bad());
    };
    if let Some(whole) = natural(number) {
        return whole.checked_mul(1000).ok_or_else(bad);
    }
    let value: f64 = number.parse().map_err(|_| bad())?;
    float_to_natural(value * 1000.0).ok_or_else(bad)
}

/// A whole number that is not negative, also one written `1.7e18`.
fn natural(number: &str) -> Option<u64> {
    if let Ok(number) = number.parse() {
        return Some(number);
    }
    float_to_natural(number.parse().ok()?)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn float_to_natural(number: f64) -> Option<u64> {
    (0.0..1.8e19)
        .contains(&number)
        .then_some(number.round() as u64)
}

/// A span's kind, as OTLP numbers it, or by its name. `base` is the number of INTERNAL.
pub(super) fn kind(node: &Node<'_>, base: u64) -> Result<Option<SpanKind>, Fault> {
    let bad = || {
        Fault::new(node.at, "this is no kind of span")
            .help("it may be `SPAN_KIND_INTERNAL`, …_SERVER, …_CLIENT, …_PRODUCER or …_CONSUMER")
    };
    let number = match &node.kind {
        Kind::Null => return Ok(None),
        Kind::Number(number) => number.parse::<u64>().map_err(|_| bad())?,
        Kind::Text(word) => {
            let word = word.to_ascii_lowercase();
            let word = word
                .trim_start_matches("span_kind_")
                .trim_start_matches("spankind.");
            return Ok(Some(match word {
                "" | "unspecified" => return Ok(None),
                "internal" => SpanKind::Internal,
                "server" => SpanKind::Server,
                "client" => SpanKind::Client,
                "producer" => SpanKind::Producer,
                "consumer" => SpanKind::Consumer,
                _ => return Err(bad()),
            }));
        }
        _ => return Err(bad()),
    };
    if number < base {
        return Ok(None);
    }
    kind_by_number(number - base + 1).map_or_else(|| Err(bad()), Ok)
}

/// OTLP's numbers of kinds; the outer `None` is no such number.
pub(super) const fn kind_by_number(number: u64) -> Option<Option<SpanKind>> {
    Some(Some(match number {
        0 => return Some(None),
        1 => SpanKind::Internal,
        2 => SpanKind::Server,
        3 => SpanKind::Client,
        4 => SpanKind::Producer,
        5 => SpanKind::Consumer,
        _ => return None,
    }))
}

/// OTLP's numbers of status codes.
pub(super) const fn status_by_number(number: u64) -> Option<SpanStatus> {
    Some(match number {
        0 => SpanStatus::Unset,
        1 => SpanStatus::Ok,
        2 => SpanStatus::Error,
        _ => return None,
    })
}

/// A status code, as OTLP numbers it, or by its name.
pub(super) fn status_code(node: &Node<'_>) -> Result<SpanStatus, Fault> {
    let found = match &node.kind {
        Kind::Null => Some(SpanStatus::Unset),
        Kind::Number(number) => number.parse().ok().and_then(status_by_number),
        Kind::Text(word) => {
            let word = word.to_ascii_lowercase();
            let word = word
                .trim_start_matches("status_code_")
                .trim_start_matches("statuscode.");
            match word {
                "" | "unset" => Some(SpanStatus::Unset),
                "ok" => Some(SpanStatus::Ok),
                "error" => Some(SpanStatus::Error),
                _ => None,
            }
        }
        _ => None,
    };
    found.ok_or_else(|| {
        Fault::new(node.at, "this is no status").help("it may be `UNSET`, `OK` or `ERROR`")
    })
}

/// Attributes: a list of keys with values, or an object.
pub(super) fn attributes(node: &Node<'_>, what: &str) -> Result<Attributes, Fault> {
    match &node.kind {
        Kind::Null => Ok(Vec::new()),
        Kind::Object(entries) => entries
            .iter()
            .map(|(key, node)| Ok((Arc::from(&**key), value(node)?)))
            .collect(),
        Kind::List(items) => items.iter().map(key_value).collect(),
        other => Err(wrong(node, what, "a list or an object", other)),
    }
}

/// `{"key": …, "value": …}`, also in Go's spelling.
fn key_value(node: &Node<'_>) -> Result<(Arc<str>, Value), Fault> {
    let (mut key, mut found) = (None, Value::Empty);
    for (name, node) in object(node, "attribute")? {
        match &**name {
            "key" | "Key" => key = Some(text(node, "key")?),
            "value" | "Value" => found = value(node)?,
            _ => {}
        }
    }
    let key = key.ok_or_else(|| Fault::new(node.at, "this attribute has no `key`"))?;
    Ok((key.into(), found))
}

/// A value: plain JSON, OTLP's `AnyValue`, or Go's `{"Type": …, "Value": …}`.
fn value(node: &Node<'_>) -> Result<Value, Fault> {
    Ok(match &node.kind {
        Kind::Null => Value::Empty,
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Number(number) => plain_number(number),
        Kind::Text(text) => Value::Text(Arc::from(&**text)),
        Kind::List(items) => Value::List(items.iter().map(value).collect::<Result<_, _>>()?),
        Kind::Object(entries) => match entries.as_slice() {
            [] => Value::Empty,
            [(name, node)] => match any_value(name, node)? {
                Some(found) => found,
                None => map(entries)?,
            },
            [(first, _), (second, node)] if first == "Type" && second == "Value" => value(node)?,
            _ => map(entries)?,
        },
    })
}

fn map(entries: &[(Cow<'_, str>, Node<'_>)]) -> Result<Value, Fault> {
    let entries = entries.iter();
    let entries = entries.map(|(key, node)| Ok((Arc::from(&**key), value(node)?)));
    Ok(Value::Map(entries.collect::<Result<_, Fault>>()?))
}

fn plain_number(number: &str) -> Value {
    match number.parse() {
        Ok(whole) => Value::Int(whole),
        Err(_) => number.parse().map_or(Value::Empty, Value::Float),
    }
}

/// One of OTLP's typed values; `None` if the name is none of theirs.
fn any_value(name: &str, node: &Node<'_>) -> Result<Option<Value>, Fault> {
    let bad = |wanted: &str| {
        let found = node.kind.name();
        Fault::new(node.at, format!("`{name}` must be {wanted}, not {found}"))
    };
    Ok(Some(match name {
        "stringValue" | "string_value" => Value::Text(text(node, name)?.into()),
        "boolValue" | "bool_value" => match &node.kind {
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Text(word) if word == "true" => Value::Bool(true),
            Kind::Text(word) if word == "false" => Value::Bool(false),
            _ => return Err(bad("true or false")),
        },
        "intValue" | "int_value" => {
            let number = match &node.kind {
                Kind::Number(number) => *number,
                Kind::Text(number) => number,
                _ => return Err(bad("a whole number")),
            };
            let wrong =
                |_| Fault::new(node.at, format!("`{number}` is no whole number of 64 bits"));
            Value::Int(number.parse().map_err(wrong)?)
        }
        "doubleValue" | "double_value" => Value::Float(match &node.kind {
            Kind::Number(number) => number.parse().map_err(|_| bad("a number"))?,
            Kind::Text(word) => match &**word {
                "NaN" => f64::NAN,
                "Infinity" => f64::INFINITY,
                "-Infinity" => f64::NEG_INFINITY,
                number => number.parse().map_err(|_| bad("a number"))?,
            },
            _ => return Err(bad("a number")),
        }),
        "bytesValue" | "bytes_value" => {
            let bytes = bytes::from_base64(text(node, name)?);
            Value::Bytes(bytes.ok_or_else(|| Fault::new(node.at, "this is no base64"))?)
        }
        "arrayValue" | "array_value" => {
            let mut items = Vec::new();
            for (key, node) in object(node, name)? {
                if key == "values" {
                    let found = list(node, "values")?.iter().map(value);
                    items = found.collect::<Result<_, _>>()?;
                }
            }
            Value::List(items)
        }
        "kvlistValue" | "kvlist_value" => {
            let mut entries = Vec::new();
            for (key, node) in object(node, name)? {
                if key == "values" {
                    entries = attributes(node, "values")?;
                }
            }
            Value::Map(entries)
        }
        _ => return Ok(None),
    }))
}
