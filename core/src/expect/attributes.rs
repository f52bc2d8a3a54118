//! Attributes of a trace against those that are expected.

use super::words;
use crate::config::model::{AttributeTest, AttributeValue};
use crate::trace::Value;

/// Whether what was found is what is expected. `None` is an attribute that is not there.
pub(super) fn meets(test: &AttributeTest, found: Option<&Value>) -> bool {
    match (test, found) {
        (AttributeTest::Exists(exists), found) => found.is_some() == *exists,
        (_, None) => false,
        (AttributeTest::Equal(expected), Some(found)) => equal(expected, found),
        (AttributeTest::Within(bounds), Some(found)) => {
            let number = match found {
                // Older exporters write numbers as text.
                Value::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
                other => other.number(),
            };
            number.is_some_and(|number| bounds.admit(number))
        }
    }
}

/// The same type and value, or the same text where one side is a string.
pub(super) fn equal(expected: &AttributeValue, found: &Value) -> bool {
    match (expected, found) {
        (AttributeValue::Text(expected), found) => is_text(found, expected),
        (AttributeValue::Int(expected), Value::Int(found)) => expected == found,
        (AttributeValue::Float(expected), Value::Float(found)) => {
            expected == found || expected.is_nan() && found.is_nan()
        }
        (AttributeValue::Bool(expected), Value::Bool(found)) => expected == found,
        (AttributeValue::List(expected), Value::List(found)) => {
            expected.len() == found.len() && expected.iter().zip(found).all(|(a, b)| equal(a, b))
        }
        (AttributeValue::Int(expected), Value::Text(found)) => **found == expected.to_string(),
        (AttributeValue::Bool(expected), Value::Text(found)) => **found == expected.to_string(),
        (AttributeValue::Float(expected), Value::Text(found)) => {
            **found == expected.to_string() || **found == format!("{expected:?}")
        }
        _ => false,
    }
}

/// Whether a single value has this text. A float has two: `2` and `2.0`.
fn is_text(found: &Value, text: &str) -> bool {
    match found {
        Value::Text(found) => **found == *text,
        Value::Float(number) => number.to_string() == text || format!("{number:?}") == text,
        Value::Int(_) | Value::Bool(_) | Value::Bytes(_) => found.to_string() == text,
        Value::Empty | Value::List(_) | Value::Map(_) => false,
    }
}

/// What is expected, in words.
pub(super) fn wanted(test: &AttributeTest) -> String {
    match test {
        AttributeTest::Equal(value) => expected(value),
        AttributeTest::Exists(true) => "any value".to_owned(),
        AttributeTest::Exists(false) => "no value at all".to_owned(),
        AttributeTest::Within(bounds) => format!("a number, {}", words::bounds(bounds)),
    }
}

/// A value as an author would write it.
pub(super) fn expected(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Text(text) => format!("{text:?}"),
        AttributeValue::Int(number) => number.to_string(),
        AttributeValue::Float(number) => format!("{number:?}"),
        AttributeValue::Bool(value) => value.to_string(),
        AttributeValue::List(values) => {
            let values: Vec<String> = values.iter().map(expected).collect();
            format!("[{}]", values.join(", "))
        }
    }
}

/// What was found, in words: the value, and its type where that may be what is wrong.
pub(super) fn found(value: Option<&Value>) -> String {
    const LONGEST: usize = 200;
    let text = match value {
        None => return "missing".to_owned(),
        Some(Value::Text(text)) => format!("{text:?}"),
        Some(Value::Float(number)) => format!("{number:?} (float)"),
        Some(Value::Empty) => "empty".to_owned(),
        Some(other) => format!("{other} ({})", other.kind()),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::model::{Bounds, Spanned};
    use crate::source::Span;

    #[test]
    fn equality_is_of_type_and_value_or_of_text() {
        use AttributeValue as E;
        let text = |text: &str| Value::Text(text.into());
        let list = E::List(vec![E::Int(1), E::Text("x".into())]);
        for (expected, found, equals) in [
            (E::Text("200".into()), Value::Int(200), true),
            (E::Int(200), text("200"), true),
            (E::Int(200), Value::Int(200), true),
            (E::Int(200), Value::Int(201), false),
            (E::Int(200), text("0200"), false),
            (E::Int(200), Value::Float(200.0), false),
            (E::Float(200.0), Value::Int(200), false),
            (E::Float(0.5), Value::Float(0.5), true),
            (E::Float(2.0), text("2.0"), true),
            (E::Float(2.0), text("2"), true),
            (E::Text("2.0".into()), Value::Float(2.0), true),
            (E::Text("2".into()), Value::Float(2.0), true),
            (E::Text("3".into()), Value::Float(2.0), false),
            (E::Bool(true), text("true"), true),
            (E::Bool(true), Value::Bool(true), true),
            (E::Bool(true), Value::Int(1), false),
            (E::Text("true".into()), Value::Bool(true), true),
            (E::Text("a".into()), text("A"), false),
            (E::Text(String::new()), Value::Empty, false),
            (
                E::Text("[1]".into()),
                Value::List(vec![Value::Int(1)]),
                false,
            ),
            (
                list.clone(),
                Value::List(vec![Value::Int(1), text("x")]),
                true,
            ),
            (list.clone(), Value::List(vec![Value::Int(1)]), false),
            (list, Value::List(vec![text("x"), Value::Int(1)]), false),
            (E::Text("AAE=".into()), Value::Bytes(vec![0, 1]), true),
            (E::Float(f64::NAN), Value::Float(f64::NAN), true),
            (E::Float(f64::NAN), Value::Float(1.0), false),
            (E::Float(1.0), Value::Float(f64::NAN), false),
        ] {
            assert_eq!(equal(&expected, &found), equals, "{expected:?} {found:?}");
        }
    }

    #[test]
    fn bounds_are_inclusive_and_of_numbers() {
        let at = |value| Some(Spanned::new(value, Span::default()));
        let test = AttributeTest::Within(Bounds {
            span: Span::default(),
            eq: None,
            gte: at(1.0),
            lte: at(2.0),
        });
        for (found, met) in [
            (Value::Int(1), true),
            (Value::Float(2.0), true),
            (Value::Float(2.1), false),
            (Value::Float(0.9), false),
            (Value::Float(f64::NAN), false),
            (Value::Text("1.5".into()), true),
            (Value::Text("inf".into()), false),
            (Value::Bool(true), false),
        ] {
            assert_eq!(meets(&test, Some(&found)), met, "{found:?}");
        }
        assert!(!meets(&test, None));
        let there = Value::Empty;
        assert!(meets(&AttributeTest::Exists(true), Some(&there)));
        assert!(!meets(&AttributeTest::Exists(true), None));
        assert!(meets(&AttributeTest::Exists(false), None));
        assert!(!meets(&AttributeTest::Exists(false), Some(&there)));
    }
}
