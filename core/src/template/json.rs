//! Values as templates see them: those of JSON.
//!
//! Tera's values are JSON's, minijinja knows more kinds of them. What is alike, how a value prints
//! and how it is written as JSON is therefore decided here, once, after Tera: whole numbers and
//! floats are never equal, `1.0` prints as `1`, objects go by their keys in order.

mod text;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::call::CallError;
use super::host::Host;

pub use text::{Text, print_json_number, print_scalar};

/// How deep values may be nested where they are walked.
const DEPTH: usize = 128;

/// What an array costs for each of its items, in bytes.
const ITEM: u64 = size_of::<Value>() as u64;

/// A number as JSON has it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    /// A whole number that fits 64 bits, with or without sign.
    Whole(i128),
    /// Any other.
    Float(f64),
}

impl Number {
    /// The nearest float.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "the nearest float is what is asked for"
    )]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// The number that `value` is.
#[must_use]
pub fn number(value: &Value) -> Option<Number> {
    if !value.is_number() {
        return None;
    }
    if value.is_integer()
        && let Ok(number) = i128::try_from(value.clone())
        && (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number)
    {
        return Some(Number::Whole(number));
    }
    f64::try_from(value.clone()).ok().map(Number::Float)
}

/// The whole number that `value` is; `1.0` is none.
#[must_use]
pub fn whole(value: &Value) -> Option<i128> {
    match number(value)? {
        Number::Whole(number) => Some(number),
        Number::Float(_) => None,
    }
}

/// A float as a value; what JSON cannot hold is null.
#[must_use]
pub fn float(number: f64) -> Value {
    if number.is_finite() {
        Value::from(number)
    } else {
        Value::from(())
    }
}

/// Whether `value` is an array.
#[must_use]
pub fn is_array(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// Whether `value` is an object.
#[must_use]
pub fn is_object(value: &Value) -> bool {
    value.kind() == ValueKind::Map
}

/// The items of an array; `None` if it is none. The list is paid for.
///
/// # Errors
/// When the list would exceed what the render may make.
pub fn items(value: &Value, host: &Host) -> Result<Option<Vec<Value>>, CallError> {
    if !is_array(value) {
        return Ok(None);
    }
    host.charge(ITEM.saturating_mul(value.len().unwrap_or(0) as u64))?;
    Ok(value.try_iter().ok().map(Iterator::collect))
}

/// How many items an array or entries an object has; `None` if it is neither.
#[must_use]
pub fn length(value: &Value) -> Option<usize> {
    if !is_array(value) && !is_object(value) {
        return None;
    }
    value
        .len()
        .or_else(|| value.try_iter().ok().map(Iterator::count))
}

/// The item at a place of an array; `None` if it has none there.
#[must_use]
pub fn item(value: &Value, at: usize) -> Option<Value> {
    if value.kind() == ValueKind::Seq {
        let found = value.get_item_by_index(at).ok()?;
        return (!found.is_undefined()).then_some(found);
    }
    value.try_iter().ok()?.nth(at)
}

/// An array of `items`, which is paid for.
///
/// # Errors
/// When it would exceed what the render may make.
pub fn array(items: impl ExactSizeIterator<Item = Value>, host: &Host) -> Result<Value, CallError> {
    host.charge(ITEM.saturating_mul(items.len() as u64))?;
    Ok(items.collect::<Vec<_>>().into())
}

/// The entries of an object in the order of their keys; `None` if it is none.
///
/// # Errors
/// When the list would exceed what the render may make.
pub fn entries(value: &Value, host: &Host) -> Result<Option<Vec<(String, Value)>>, CallError> {
    if !is_object(value) {
        return Ok(None);
    }
    host.charge(2 * ITEM * value.len().unwrap_or(0) as u64)?;
    let mut entries = Vec::new();
    for key in value.try_iter().into_iter().flatten() {
        let item = value.get_item(&key).unwrap_or_default();
        let key = match key.as_str() {
            Some(key) => {
                host.charge(key.len() as u64)?;
                key.to_owned()
            }
            None => {
                let mut text = String::new();
                print_scalar(&key, &mut text);
                text
            }
        };
        entries.push((key, item));
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(Some(entries))
}

/// Whether two values are the same, as JSON has it: `1` and `1.0` are not.
///
/// # Errors
/// When they are nested too deep.
pub fn same(a: &Value, b: &Value, host: &Host) -> Result<bool, CallError> {
    same_at(a, b, host, 0)
}

fn same_at(a: &Value, b: &Value, host: &Host, depth: usize) -> Result<bool, CallError> {
    too_deep(depth)?;
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return Ok(a == b);
    }
    if let (Some(a), Some(b)) = (items(a, host)?, items(b, host)?) {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(&b) {
            if !same_at(a, b, host, depth + 1)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if let (Some(a), Some(b)) = (entries(a, host)?, entries(b, host)?) {
        if a.len() != b.len() {
            return Ok(false);
        }
        for ((key_a, a), (key_b, b)) in a.iter().zip(&b) {
            if key_a != key_b || !same_at(a, b, host, depth + 1)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    Ok(match (a.kind(), b.kind()) {
        (ValueKind::Bool, ValueKind::Bool) => a.is_true() == b.is_true(),
        (ValueKind::String, ValueKind::String) => a.as_str() == b.as_str(),
        (a, b) => {
            let empty = |kind| matches!(kind, ValueKind::None | ValueKind::Undefined);
            empty(a) && empty(b)
        }
    })
}

fn too_deep(depth: usize) -> Result<(), CallError> {
    if depth > DEPTH {
        return Err(CallError::Limit(format!(
            "a value is nested deeper than {DEPTH} levels"
        )));
    }
    Ok(())
}

/// What stands at `path` within `value`: keys and indices, parted by dots; a part in square brackets
/// and quotes may hold dots itself. The empty path is the value.
#[must_use]
pub fn at_path(value: &Value, path: &str) -> Option<Value> {
    if path.is_empty() {
        return Some(value.clone());
    }
    let mut found = value.clone();
    for part in path_parts(path) {
        let part = part.replace("~1", "/").replace("~0", "~");
        found = if is_object(&found) {
            let item = found.get_item(&Value::from(part)).ok()?;
            (!item.is_undefined()).then_some(item)?
        } else if is_array(&found) {
            let index: usize = match part.as_bytes() {
                [b'+', ..] | [b'0', _, ..] => return None,
                _ => part.parse().ok()?,
            };
            item(&found, index)?
        } else {
            return None;
        };
    }
    Some(found)
}

/// The parts of a path: `a.b["c.d"].e` has the parts `a`, `b`, `c.d` and `e`. Empty ones are left
/// out.
fn path_parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut quote = None;
    for (at, char) in path.char_indices() {
        let ends = match quote {
            Some(open) => char == open,
            None => matches!(char, '.' | '[' | ']' | '"' | '\''),
        };
        if !ends {
            continue;
        }
        parts.push(&path[start..at]);
        start = at + char.len_utf8();
        quote = match quote {
            None if matches!(char, '"' | '\'') => Some(char),
            _ => None,
        };
    }
    parts.push(&path[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::oracle::{host, json as to_json, value};
    use super::*;

    #[test]
    fn paths_lead_through_objects_and_arrays() {
        let tree = value(&json!({"a": {"b": [10, {"c.d": "x", "": 1}]}, "é": {"e": 2}}));
        for (path, expected) in [
            ("a.b.0", Some("10")),
            ("a..b.0", Some("10")),
            ("a.b[1][\"c.d\"]", Some("\"x\"")),
            ("a['b'].1['c.d']", Some("\"x\"")),
            ("é.e", Some("2")),
            ("a.b.2", None),
            ("a.b.00", None),
            ("a.b.+1", None),
            ("a.b.-1", None),
            ("a.x", None),
            ("a.b.0.c", None),
            ("a.b['", Some("[10,{\"\":1,\"c.d\":\"x\"}]")),
        ] {
            let found = at_path(&tree, path).map(|found| to_json(&found));
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn whole_numbers_and_floats_differ() {
        let same = |a, b| same(&value(&a), &value(&b), &host()).unwrap();
        assert!(same(json!(1), json!(1)));
        assert!(!same(json!(1), json!(1.0)));
        assert!(!same(json!(1), json!(true)));
        assert!(!same(json!("1"), json!(1)));
        assert!(same(json!({"a": [1, null]}), json!({"a": [1, null]})));
        assert!(!same(json!({"a": 1}), json!({"a": 1, "b": 1})));
        assert!(!same(json!([]), json!({})));
    }

    #[test]
    fn what_is_nested_too_deep_is_an_error() {
        let mut deep = Value::from(1);
        for _ in 0..1000 {
            deep = Value::from(vec![deep]);
        }
        let host = host();
        assert!(Text::new(&host).print(&deep).is_err());
        assert!(Text::new(&host).json(&deep, false).is_err());
        assert!(same(&deep, &deep.clone(), &host).is_err());
    }

    #[test]
    fn text_is_paid_for_before_it_is_made() {
        let host = Host::new(
            Default::default(),
            None,
            None,
            None,
            [0; 32],
            crate::template::Allowance {
                steps: 0,
                bytes: 10,
            },
        );
        let mut text = Text::new(&host);
        assert!(text.push("12345").is_ok());
        assert!(text.push("1234567").is_err());
        assert_eq!(text.finish(), "12345");
    }
}
