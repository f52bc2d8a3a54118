//! The forms of made-up data, and its golden output.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use minijinja::Value;
use serde_json::{Value as Json, json};

use super::super::call::CallError;
use super::super::functions::FUNCTIONS;
use super::super::host::Host;
use super::super::oracle::{call_in, host, json as to_json};
use super::super::time::Timestamp;

fn call(host: &Host, name: &str, named: Json) -> Result<Value, CallError> {
    call_in(host, FUNCTIONS, name, Value::UNDEFINED, &named)
}

/// A hundred of a kind.
fn many(name: &str) -> Vec<String> {
    let host = host();
    (0..100)
        .map(|_| call(&host, name, json!({})).unwrap().to_string())
        .collect()
}

fn kinds() -> Vec<String> {
    let kinds = call(&host(), "fake_kinds", json!({})).unwrap();
    kinds
        .try_iter()
        .unwrap()
        .map(|kind| kind.to_string())
        .collect()
}

#[test]
fn every_kind_is_there() {
    let wanted = "uuid int int_range float bool string port semver password word words sentence paragraph \
        name first_name last_name title suffix email username domain url ipv4 ipv6 user_agent mac_address \
        street address city state zip country latitude longitude phone cell_phone company company_suffix \
        industry profession date time datetime timestamp credit_card currency_code currency_name \
        currency_symbol filename extension mime_type file_path color hex_color rgb_color";
    let kinds = kinds();
    for kind in wanted.split_whitespace() {
        assert!(kinds.iter().any(|known| known == kind), "{kind}");
    }
    assert_eq!(kinds.len(), wanted.split_whitespace().count());
}

/// What a seed gives today it gives for ever: this file may grow, but no line of it may change.
#[test]
fn seeded_output_is_golden() {
    let mut found = String::new();
    for kind in kinds() {
        for seed in [json!(42), json!("checkout")] {
            let value = call(&host(), &format!("fake_{kind}"), json!({"seed": seed})).unwrap();
            writeln!(found, "{kind} {seed} {}", to_json(&value)).unwrap();
        }
    }
    assert_eq!(found, include_str!("golden.txt"));
}

#[test]
fn by_name_it_is_the_same() {
    for kind in kinds() {
        let direct = call(&host(), &format!("fake_{kind}"), json!({"seed": 7})).unwrap();
        for name in [kind.clone(), format!("fake_{kind}")] {
            let named = call(&host(), "fake", json!({"kind": name, "seed": 7})).unwrap();
            assert_eq!(named, direct, "{kind}");
        }
    }
    let error = call(&host(), "fake", json!({"kind": "emial"})).unwrap_err();
    assert!(
        error.to_string().contains("did you mean `email`?"),
        "{error}"
    );
    assert!(call(&host(), "fake", json!({"kind": ""})).is_err());
}

#[test]
fn nothing_breaks_a_string() {
    for kind in kinds() {
        for text in many(&format!("fake_{kind}")) {
            assert!(
                !text.contains(['"', '\'', '\\', '\n', '{', '}']),
                "{kind}: {text}"
            );
        }
    }
}

#[test]
fn addresses_are_those_for_documentation() {
    for text in many("fake_ipv4") {
        assert!(
            text.parse::<Ipv4Addr>().unwrap().is_documentation(),
            "{text}"
        );
    }
    for text in many("fake_ipv6") {
        let segments = text.parse::<Ipv6Addr>().unwrap().segments();
        assert_eq!(segments[..2], [0x2001, 0x0db8], "{text}");
    }
    for email in many("fake_email") {
        let (user, domain) = email.split_once('@').unwrap();
        let atom = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        assert!(
            user.split('.').all(atom) && domain.split('.').all(atom),
            "{email}"
        );
        assert!(domain.split('.').any(|label| label == "example"), "{email}");
    }
    for mac in many("fake_mac_address") {
        assert_eq!(mac.len(), 17);
        assert!(mac.starts_with("02:"));
    }
}

#[test]
fn cards_pass_luhns_check() {
    for card in many("fake_credit_card") {
        let digits: Vec<u32> = card
            .chars()
            .filter_map(|digit| digit.to_digit(10))
            .collect();
        assert_eq!(digits.len(), 16, "{card}");
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(at, digit)| match at % 2 {
                0 => *digit,
                _ => digit * 2 / 10 + digit * 2 % 10,
            })
            .sum();
        assert_eq!(sum % 10, 0, "{card}");
    }
}

#[test]
fn numbers_lie_in_their_ranges() {
    let in_range = |name: &str, range: std::ops::RangeInclusive<f64>| {
        for number in many(name) {
            assert!(range.contains(&number.parse().unwrap()), "{name}: {number}");
        }
    };
    in_range("fake_int", 0.0..=1000.0);
    in_range("fake_int_range", 0.0..=100.0);
    in_range("fake_float", 0.0..=1.0);
    in_range("fake_port", 1024.0..=65535.0);
    in_range("fake_latitude", -90.0..=90.0);
    in_range("fake_longitude", -180.0..=180.0);
    in_range("fake_timestamp", 946_684_800.0..=1_893_455_999.0);
    for moment in many("fake_datetime") {
        assert_eq!(Timestamp::parse(&moment).unwrap().rfc3339(), moment);
    }
    let int = |named| call(&host(), "fake_int_range", named).map(|value| value.as_i64().unwrap());
    assert_eq!(int(json!({"min": 42, "max": 42})), Ok(42));
    assert!((-50..=-10).contains(&int(json!({"min": -50, "max": -10})).unwrap()));
    assert!(int(json!({"min": 2, "max": 1})).is_err());
    assert!(int(json!({"min": i64::MIN, "max": i64::MAX})).is_ok());
    for (ratio, expected) in [(0, false), (100, true)] {
        let value = call(&host(), "fake_bool", json!({"ratio": ratio})).unwrap();
        assert_eq!(value.is_true(), expected);
    }
    assert!(call(&host(), "fake_bool", json!({"ratio": 101})).is_err());
}

#[test]
fn lengths() {
    let length = |name: &str, named| {
        let value = call(&host(), name, named)?;
        Ok::<usize, CallError>(value.as_str().unwrap().len())
    };
    assert_eq!(length("fake_string", json!({"len": 0})), Ok(0));
    assert_eq!(length("fake_string", json!({"len": 1000})), Ok(1000));
    assert_eq!(length("fake_password", json!({"min": 3, "max": 3})), Ok(3));
    assert_eq!(length("fake_password", json!({"max": 0})), Ok(0));
    for password in many("fake_password") {
        assert!((8..=20).contains(&password.len()));
        for class in [
            u8::is_ascii_uppercase,
            u8::is_ascii_lowercase,
            u8::is_ascii_digit,
        ] {
            assert!(password.bytes().any(|byte| class(&byte)), "{password}");
        }
    }
    let words = call(&host(), "fake_words", json!({"count": 5})).unwrap();
    assert_eq!(words.as_str().unwrap().split(' ').count(), 5);
    for (name, param) in [
        ("fake_string", "len"),
        ("fake_words", "count"),
        ("fake_password", "max"),
    ] {
        let mut named = json!({});
        named[param] = json!(1_000_000_000);
        let error = call(&host(), name, named);
        assert!(
            matches!(error, Err(CallError::Limit(_))),
            "{name}: {error:?}"
        );
    }
}
