//! Functions against Tera, the RFCs, and what seeded ones have always given.

use std::collections::BTreeSet;

use minijinja::Value;
use serde_json::{Value as Json, json};

use super::super::call::CallError;
use super::super::host::Host;
use super::super::oracle::{call_in, call_text, host, json as to_json, seeded, tera};
use super::FUNCTIONS;

fn call(host: &Host, name: &str, named: Json) -> Result<Value, CallError> {
    call_in(host, FUNCTIONS, name, Value::UNDEFINED, &named)
}

fn text(name: &str, named: Json) -> String {
    let value = call(&host(), name, named).expect(name);
    value.as_str().expect("text").to_owned()
}

#[test]
fn range_is_teras() {
    let numbers = [
        json!(0),
        json!(1),
        json!(3),
        json!(10),
        json!(-1),
        json!(1.0),
        json!("1"),
        Json::Null,
    ];
    for start in &numbers {
        for end in &numbers {
            for step in &numbers {
                // Tera never ends there.
                if *step == json!(0) {
                    continue;
                }
                for named in [
                    json!({"end": end}),
                    json!({"start": start, "end": end}),
                    json!({"start": start, "end": end, "step_by": step}),
                    json!({"start": start}),
                ] {
                    let template = format!("{{{{ range{} | json_encode }}}}", call_text(&named));
                    let theirs = tera(&template, &named).ok();
                    let ours = call(&host(), "range", named.clone())
                        .ok()
                        .map(|value| to_json(&value));
                    assert_eq!(ours, theirs, "{named}");
                }
            }
        }
    }
}

#[test]
fn a_range_beyond_the_budget_is_refused_at_once() {
    for end in [1_000_000_000_u64, u64::MAX] {
        let error = call(&host(), "range", json!({"end": end}));
        assert!(matches!(error, Err(CallError::Limit(_))), "{error:?}");
    }
}
