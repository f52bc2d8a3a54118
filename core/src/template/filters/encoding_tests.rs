//! `toml_encode` against the TOML crate, JSON against serde_json.

use minijinja::Value;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::super::oracle::{call_in, host, value};
use super::super::FILTERS;

fn encode(filter: &str, subject: Value) -> Result<String, super::CallError> {
    call_in(&host(), FILTERS, filter, subject, &json!({}))
        .map(|text| text.as_str().unwrap().to_owned())
}

/// Values that TOML has; floats without those that JSON lacks.
fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        // Exact in few digits, so that no two shortest forms are equally near.
        any::<i32>().prop_map(|number| json!(f64::from(number) / 64.0)),
        ".*".prop_map(Json::from),
        "[\\x00-\\x20\"'\\\\\u{7f}-\u{9f}]*".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map("[a-z.\"= -]*", inner, 0..5)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

fn from_toml(value: toml::Value) -> Json {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(value) => value.into(),
        toml::Value::Array(items) => items.into_iter().map(from_toml).collect(),
        toml::Value::Table(table) => Json::Object(
            table
                .into_iter()
                .map(|(key, item)| (key, from_toml(item)))
                .collect(),
        ),
        toml::Value::Datetime(_) => Json::Null,
    }
}

proptest! {
    #[test]
    fn what_is_encoded_reads_as_the_same(json in values()) {
        let encoded = encode("toml_encode", value(&json)).unwrap();
        prop_assert!(!encoded.contains('\n'));
        let read: toml::Table = format!("it = {encoded}").parse().unwrap();
        prop_assert_eq!(from_toml(read["it"].clone()), json, "{}", encoded);
    }

    #[test]
    fn keys_read_as_the_same(name in ".*") {
        let encoded = encode("toml_key", name.as_str().into()).unwrap();
        let read: toml::Table = format!("{encoded} = 1").parse().unwrap();
        prop_assert_eq!(read.keys().next(), Some(&name));
    }

    #[test]
    fn json_is_serde_jsons(json in values()) {
        prop_assert_eq!(encode("json_encode", value(&json)).unwrap(), json.to_string());
        let pretty = call_in(&host(), FILTERS, "json_encode", value(&json), &json!({"pretty": true})).unwrap();
        prop_assert_eq!(pretty.as_str().unwrap(), serde_json::to_string_pretty(&json).unwrap());
    }

    #[test]
    fn floats_are_written_as_serde_json_does(bits in any::<u64>(), small in -400_i32..400, digits in 1_u32..100_000) {
        for float in [f64::from_bits(bits), f64::from(digits) * 10_f64.powi(small / 16)] {
            if float.is_finite() {
                let (ours, theirs) = (encode("json_encode", float.into()).unwrap(), json!(float).to_string());
                // Where two shortest numbers are equally near, the standard library takes the other.
                let as_near = ours.len() == theirs.len() && ours.parse() == Ok(float);
                prop_assert!(ours == theirs || as_near, "{} {}", ours, theirs);
            }
        }
    }
}

#[test]
fn what_toml_lacks() {
    let null = Value::from(());
    assert_eq!(
        encode("toml_encode", null.clone()).unwrap_err().to_string(),
        "TOML has no null"
    );
    assert!(encode("toml_encode", Value::from(vec![null.clone()])).is_err());
    let object = Value::from_pairs([("a", null), ("b", Value::from(1))]);
    assert_eq!(encode("toml_encode", object).unwrap(), "{ b = 1 }");
    assert!(encode("toml_encode", Value::from(u64::MAX)).is_err());
    for (float, text) in [
        (f64::NAN, "nan"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (1.0, "1.0"),
        (1e16, "1e16"),
    ] {
        assert_eq!(encode("toml_encode", float.into()).unwrap(), text);
    }
    let mut deep = Value::from(1);
    for _ in 0..70 {
        deep = Value::from(vec![deep]);
    }
    assert!(matches!(
        encode("toml_encode", deep),
        Err(super::CallError::Limit(_))
    ));
}
