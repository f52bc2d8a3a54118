//! Values as templates see them: those of JSON.
//!
//! Tera's values are JSON's, minijinja knows more kinds of them. What is alike, how a value prints
//! and how it is written as JSON is therefore decided here, once, after Tera: whole numbers and
//! floats are never equal, `1.0` prints as `1`, objects go by their keys in order.

use std::fmt::Write as _;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::call::CallError;
use super::host::Host;

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

/// Text that grows, paid for before it does.
pub struct Text<'h> {
    out: String,
    host: &'h Host,
}

impl<'h> Text<'h> {
    /// Nothing yet.
    #[must_use]
    pub fn new(host: &'h Host) -> Self {
        Self {
            out: String::new(),
            host,
        }
    }

    /// Appends `text`.
    ///
    /// # Errors
    /// When that exceeds what the render may make.
    pub fn push(&mut self, text: &str) -> Result<(), CallError> {
        self.host.charge(text.len() as u64)?;
        self.out.push_str(text);
        Ok(())
    }

    /// Appends one character.
    ///
    /// # Errors
    /// When that exceeds what the render may make.
    pub fn push_char(&mut self, char: char) -> Result<(), CallError> {
        self.host.charge(char.len_utf8() as u64)?;
        self.out.push(char);
        Ok(())
    }

    /// Appends `value` as Tera prints it.
    ///
    /// # Errors
    /// When that exceeds what the render may make, or `value` is nested too deep.
    pub fn print(&mut self, value: &Value) -> Result<(), CallError> {
        self.print_at(value, 0)
    }

    fn print_at(&mut self, value: &Value, depth: usize) -> Result<(), CallError> {
        too_deep(depth)?;
        if let Some(text) = value.as_str() {
            return self.push(text);
        }
        if is_array(value) {
            self.push("[")?;
            for (at, item) in value.try_iter().into_iter().flatten().enumerate() {
                if at > 0 {
                    self.push(", ")?;
                }
                self.print_at(&item, depth + 1)?;
            }
            return self.push("]");
        }
        self.host.charge(ITEM)?;
        print_scalar(value, &mut self.out);
        Ok(())
    }

    /// Appends `value` as JSON; over several lines if `pretty`.
    ///
    /// # Errors
    /// When that exceeds what the render may make, or `value` is nested too deep.
    pub fn json(&mut self, value: &Value, pretty: bool) -> Result<(), CallError> {
        self.json_at(value, pretty, 0)
    }

    fn json_at(&mut self, value: &Value, pretty: bool, depth: usize) -> Result<(), CallError> {
        too_deep(depth)?;
        if let Some(text) = value.as_str() {
            return self.json_string(text);
        }
        if is_array(value) {
            let mut empty = true;
            self.push("[")?;
            for item in value.try_iter().into_iter().flatten() {
                self.json_break(pretty, !empty, depth + 1)?;
                empty = false;
                self.json_at(&item, pretty, depth + 1)?;
            }
            if !empty {
                self.json_break(pretty, false, depth)?;
            }
            return self.push("]");
        }
        if let Some(entries) = entries(value, self.host)? {
            let empty = entries.is_empty();
            self.push("{")?;
            for (at, (key, item)) in entries.iter().enumerate() {
                self.json_break(pretty, at > 0, depth + 1)?;
                self.json_string(key)?;
                self.push(if pretty { ": " } else { ":" })?;
                self.json_at(item, pretty, depth + 1)?;
            }
            if !empty {
                self.json_break(pretty, false, depth)?;
            }
            return self.push("}");
        }
        match number(value) {
            Some(number) => {
                self.host.charge(ITEM)?;
                print_json_number(number, &mut self.out);
                Ok(())
            }
            None if value.kind() == ValueKind::Bool => {
                self.push(if value.is_true() { "true" } else { "false" })
            }
            None => self.push("null"),
        }
    }

    /// What stands before an item: a comma if another one precedes it, and the new line.
    fn json_break(&mut self, pretty: bool, comma: bool, depth: usize) -> Result<(), CallError> {
        if comma {
            self.push(",")?;
        }
        if pretty {
            self.push("\n")?;
            for _ in 0..depth {
                self.push("  ")?;
            }
        }
        Ok(())
    }

    fn json_string(&mut self, text: &str) -> Result<(), CallError> {
        self.push("\"")?;
        for char in text.chars() {
            match char {
                '"' => self.push("\\\"")?,
                '\\' => self.push("\\\\")?,
                '\n' => self.push("\\n")?,
                '\r' => self.push("\\r")?,
                '\t' => self.push("\\t")?,
                '\u{8}' => self.push("\\b")?,
                '\u{c}' => self.push("\\f")?,
                control if control < ' ' => {
                    self.push(&format!("\\u{:04x}", u32::from(control)))?;
                }
                char => self.push_char(char)?,
            }
        }
        self.push("\"")
    }

    /// The text.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }
}

/// The text as a value.
impl From<Text<'_>> for Value {
    fn from(text: Text<'_>) -> Self {
        Self::from(text.out)
    }
}

/// Appends a value that is no array as Tera prints it: an object as `[object]`, null as nothing.
pub fn print_scalar(value: &Value, out: &mut String) {
    if let Some(text) = value.as_str() {
        out.push_str(text);
        return;
    }
    // Writing to a string cannot fail.
    match number(value) {
        Some(Number::Whole(number)) => _ = write!(out, "{number}"),
        Some(Number::Float(number)) => _ = write!(out, "{number}"),
        None => match value.kind() {
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::None | ValueKind::Undefined => {}
            _ => out.push_str("[object]"),
        },
    }
}

/// Appends a number as JSON: a float always shows that it is one.
pub fn print_json_number(number: Number, out: &mut String) {
    _ = match number {
        Number::Whole(number) => write!(out, "{number}"),
        Number::Float(number) if !number.is_finite() => write!(out, "null"),
        // From 1e-5 on without exponent; `{:?}` begins only at 1e-4.
        Number::Float(number) if (1e-5..1e-4).contains(&number.abs()) => write!(out, "{number}"),
        Number::Float(number) => {
            let text = format!("{number:?}");
            match text.split_once("e-") {
                Some(_) => write!(out, "{text}"),
                None => write!(out, "{}", text.replace('e', "e+")),
            }
        }
    };
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
            let item = found.get_item_by_index(index).ok()?;
            (!item.is_undefined()).then_some(item)?
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
