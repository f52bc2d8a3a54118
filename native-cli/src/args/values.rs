//! Values of arguments that have a shape of their own.

use clnrm_core::diagnostic::Code;
use clnrm_core::trace::Tolerance;
use minijinja::Value;

use crate::errors::Error;
use clnrm_core::suggest::nearest;

/// `--var name=text` or `--var name:=json`.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

impl PartialEq for Variable {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value
    }
}

/// Reads `--var`.
pub fn variable(given: &str) -> Result<Variable, Error> {
    let bad = || Error::BadVariable {
        given: given.to_owned(),
    };
    let (name, value) = given.split_once('=').ok_or_else(bad)?;
    let (name, json) = match name.strip_suffix(':') {
        Some(name) => (name.trim(), true),
        None => (name.trim(), false),
    };
    if name.is_empty() {
        return Err(bad());
    }
    let value = if json {
        serde_json::from_str(value).map_err(|reason| Error::BadJson {
            name: name.to_owned(),
            value: value.to_owned(),
            reason: reason.to_string(),
        })?
    } else {
        Value::from(value)
    };
    Ok(Variable {
        name: name.to_owned(),
        value,
    })
}

/// Reads a time, such as `90s` or `1m30s`.
pub fn duration(given: &str) -> Result<std::time::Duration, String> {
    clnrm_core::config::duration(given)
        .map(std::time::Duration::from_micros)
        .ok_or_else(|| "write it like 500ms, 90s, 1m30s".to_owned())
}

/// `--matrix name=value`: one axis held to one value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MatrixPick {
    /// The axis.
    pub name: String,
    /// Its value, as text.
    pub value: String,
}

/// Reads `--matrix`.
pub fn matrix_pick(given: &str) -> Result<MatrixPick, Error> {
    match given.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok(MatrixPick {
            name: name.trim().to_owned(),
            value: value.to_owned(),
        }),
        _ => Err(Error::BadMatrix {
            given: given.to_owned(),
        }),
    }
}

/// Reads `--tolerance`: `5ms`, `1.5s`, `10%`; a bare number is milliseconds.
pub fn tolerance(given: &str) -> Result<Tolerance, Error> {
    let text = given.trim();
    let (number, make): (&str, fn(f64) -> Tolerance) = if let Some(part) = text.strip_suffix('%') {
        (part, Tolerance::Percent)
    } else if let Some(ms) = text.strip_suffix("ms") {
        (ms, Tolerance::Milliseconds)
    } else if let Some(seconds) = text.strip_suffix('s') {
        (seconds, |seconds| Tolerance::Milliseconds(seconds * 1000.0))
    } else {
        (text, Tolerance::Milliseconds)
    };
    let number: Option<f64> = number.trim().parse().ok();
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .map(make)
        .ok_or_else(|| Error::BadTolerance {
            given: given.to_owned(),
        })
}

/// Reads a code, by number or name.
pub fn code(given: &str) -> Result<Code, Error> {
    Code::find(given).ok_or_else(|| Error::UnknownCode {
        given: given.to_owned(),
        nearest: nearest_code(given),
    })
}

/// The code or name nearest to what was typed.
fn nearest_code(given: &str) -> Option<String> {
    let names = Code::ALL
        .iter()
        .flat_map(|code| [code.as_str(), code.name()]);
    let as_number = given.to_uppercase();
    nearest(given, names.clone())
        .or_else(|| nearest(&as_number, names))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_text_unless_it_says_json() {
        let text = variable("n=1").unwrap();
        assert_eq!((text.name.as_str(), text.value), ("n", Value::from("1")));
        assert_eq!(variable("n:=1").unwrap().value, Value::from(1));
        assert_eq!(variable("n:=[1]").unwrap().value.to_string(), "[1]");
        assert_eq!(variable("url=a=b:=c").unwrap().value, Value::from("a=b:=c"));
        assert_eq!(variable("empty=").unwrap().value, Value::from(""));
    }

    #[test]
    fn what_is_no_variable_says_how_to_write_one() {
        for bad in ["n", "=1", ":=1", ""] {
            let message = variable(bad).unwrap_err().to_string();
            assert!(message.contains("name=value"), "{message}");
        }
        let message = variable("n:={").unwrap_err().to_string();
        assert!(message.contains("--var n={"), "{message}");
    }

    #[test]
    fn a_tolerance_is_a_time_or_a_part() {
        let ms = Tolerance::Milliseconds;
        for (text, expected) in [
            ("5ms", ms(5.0)),
            ("5", ms(5.0)),
            ("1.5s", ms(1500.0)),
            ("10%", Tolerance::Percent(10.0)),
        ] {
            assert_eq!(tolerance(text).unwrap(), expected, "{text}");
        }
        for bad in ["", "%", "-1", "fast", "inf", "nan"] {
            assert!(tolerance(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn codes_go_by_number_and_name() {
        assert_eq!(code("c103").unwrap(), Code::C103);
        assert_eq!(code("unknown-field").unwrap(), Code::C103);
        let message = code("unknown-feild").unwrap_err().to_string();
        assert!(
            message.contains("did you mean `unknown-field`?"),
            "{message}"
        );
        assert!(!code("zzzzzz").unwrap_err().to_string().contains("mean"));
    }
}
