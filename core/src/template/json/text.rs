//! Values as text: as Tera prints them, and as JSON.

use std::fmt::Write as _;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::super::call::CallError;
use super::super::host::Host;
use super::{ITEM, Number, entries, is_array, number, too_deep};

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
