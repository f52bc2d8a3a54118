//! Every test against the real Tera.

use serde_json::{Value as Json, json};

use super::super::call::{Args, CallError};
use super::super::oracle::{call_in, find, host, tera, value};
use super::PREDICATES;

fn values() -> Vec<Json> {
    vec![
        Json::Null,
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(2),
        json!(3),
        json!(6),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.0),
        json!(1.0),
        json!(1.5),
        json!(-2.0),
        json!(""),
        json!("a"),
        json!("ab"),
        json!("abc\n"),
        json!("Äb1"),
        json!("12"),
        json!("^a.c?$"),
        json!(r"^\w+$"),
        json!(r"(?i)äB"),
        json!(r"\p{Lu}\d"),
        json!("["),
        json!("(a"),
        json!(r"(?m)c$"),
        json!([]),
        json!([1]),
        json!([1.0, "a", null, [1], {"a": 1}]),
        json!({}),
        json!({"a": 1, "ab": null}),
    ]
}

fn agrees(name: &str, subject: &Json, argument: Option<&Json>) {
    let callable = find(PREDICATES, name);
    let mut named = json!({});
    if let (Some(argument), Some(param)) = (argument, callable.params.first()) {
        named[param.name] = argument.clone();
    }
    let ours = call_in(&host(), PREDICATES, name, value(subject), &named)
        .ok()
        .map(|verdict| verdict.is_true());
    let call = if argument.is_some() { "(arg)" } else { "" };
    let template = format!("{{% if it is {name}{call} %}}y{{% else %}}n{{% endif %}}");
    let theirs = tera(&template, &json!({"it": subject, "arg": argument}))
        .ok()
        .map(|text| text == "y");
    assert_eq!(ours, theirs, "{subject} is {name}({argument:?})");
}

#[test]
fn without_arguments() {
    for name in [
        "defined",
        "undefined",
        "odd",
        "even",
        "string",
        "number",
        "iterable",
        "object",
    ] {
        for subject in values() {
            agrees(name, &subject, None);
        }
    }
}

#[test]
fn with_an_argument() {
    for name in [
        "divisibleby",
        "starting_with",
        "ending_with",
        "containing",
        "matching",
    ] {
        for subject in values() {
            for argument in values() {
                agrees(name, &subject, Some(&argument));
            }
        }
    }
}

#[test]
fn every_test_of_tera_is_there() {
    let theirs = "defined undefined odd even string number divisibleby iterable object starting_with \
        ending_with containing matching";
    let ours: Vec<&str> = PREDICATES.iter().map(|test| test.name).collect();
    for name in theirs.split_whitespace() {
        assert!(ours.contains(&name), "{name}");
    }
    assert_eq!(ours.len(), theirs.split_whitespace().count());
}

fn matching(host: &super::Host, text: &str, regex: &str) -> Result<bool, CallError> {
    let callable = find(PREDICATES, "matching");
    let args = Args {
        subject: text.into(),
        params: callable.params,
        values: &[Some(regex.into())],
    };
    (callable.call)(&args, host).map(|verdict| verdict.is_true())
}

#[test]
fn a_regex_bomb_ends_quickly() {
    let start = std::time::Instant::now();
    let host = host();
    for bomb in [
        "(((a{1000}){1000}){1000}){1000}",
        r"(\w{500}){500}",
        &format!("{}a{}", "(".repeat(200), ")".repeat(200)),
        &"a?".repeat(200_000),
    ] {
        assert!(matching(&host, "aaaa", bomb).is_err(), "{}", &bomb[..12]);
    }
    // The classical one is harmless to a finite automaton.
    let text = "a".repeat(5_000);
    assert_eq!(matching(&host, &text, "^(a+)+$b"), Ok(false));
    assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
}

#[test]
fn slow_matches_exhaust_the_budget() {
    let host = host();
    let text = "ab".repeat(50_000);
    let slow = "(a?b?){400}c";
    let calls = (0..1000)
        .take_while(|_| matching(&host, &text, slow).is_ok())
        .count();
    assert!(calls < 20, "{calls}");
}

#[test]
fn a_bad_regex_says_why() {
    let error = matching(&host(), "a", "a(b").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a regular expression: unclosed group"
    );
}

#[test]
fn the_same_regex_is_compiled_once() {
    let host = host();
    for _ in 0..20_000 {
        assert_eq!(matching(&host, "checkout-v2", r"^[a-z]+-v\d$"), Ok(true));
    }
}
