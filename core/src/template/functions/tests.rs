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

#[test]
fn throw_and_env() {
    assert_eq!(
        call(&host(), "throw", json!({"message": "no"})),
        Err(CallError::Thrown("no".into()))
    );
    for name in ["env", "get_env"] {
        assert_eq!(text(name, json!({"name": "HOME"})), "/home/ada");
        assert_eq!(text(name, json!({"name": "NONE", "default": "d"})), "d");
        let host = host();
        assert_eq!(
            call(&host, name, json!({"name": "NONE"})),
            Err(CallError::Undefined {
                message: "environment variable `NONE` is not set".into()
            })
        );
        assert!(host.environment_reads().contains("NONE"));
    }
}

#[test]
fn the_clock() {
    assert_eq!(text("now_rfc3339", json!({})), "2025-01-01T00:00:00Z");
    assert_eq!(text("now", json!({})), "2025-01-01T00:00:00+00:00");
    assert_eq!(
        text("now_plus", json!({"seconds": 3600})),
        "2025-01-01T01:00:00Z"
    );
    assert_eq!(
        text("now_plus", json!({"seconds": -0.25})),
        "2024-12-31T23:59:59.750Z"
    );
    assert_eq!(text("date_rfc3339", json!({})), "2025-01-01T00:00:00Z");
    assert_eq!(
        text("date_rfc3339", json!({"offset_seconds": 86400})),
        "2025-01-02T00:00:00Z"
    );
    let number = |name: &str, named| call(&host(), name, named).unwrap().as_i64();
    assert_eq!(number("now_unix", json!({})), Some(1_735_689_600));
    assert_eq!(number("now_ms", json!({})), Some(1_735_689_600_000));
    assert_eq!(
        number("now", json!({"timestamp": true, "utc": true})),
        Some(1_735_689_600)
    );
    for far in [json!(1e300), json!(-1e12), json!(i64::MAX)] {
        assert!(call(&host(), "now_plus", json!({"seconds": far})).is_err());
    }
}

#[test]
fn uuids_are_those_of_the_rfc() {
    let v4 = text("uuid_v4", json!({"seed": 1}));
    let v7 = text(
        "uuid_v7",
        json!({"seed": 1, "time": "2022-02-22T19:22:22Z"}),
    );
    for (uuid, version) in [(&v4, '4'), (&v7, '7')] {
        let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{uuid}");
        assert_eq!(uuid.chars().nth(14), Some(version), "{uuid}");
        assert!(
            matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
            "{uuid}"
        );
    }
    // The moment of RFC 9562, A.6.
    assert!(v7.starts_with("017f22e2-79b0-7"), "{v7}");
    // Python's documentation of uuid5.
    assert_eq!(
        text("uuid_v5", json!({"ns": "dns", "name": "python.org"})),
        "886313e1-3b8a-5372-9b90-0c9aee199e5d"
    );
    assert_eq!(
        text(
            "uuid_v5",
            json!({"ns": "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "name": "python.org"})
        ),
        "886313e1-3b8a-5372-9b90-0c9aee199e5d"
    );
    assert!(call(&host(), "uuid_v5", json!({"ns": "dnss", "name": "x"})).is_err());
}

#[test]
fn ulids_hold_their_moment() {
    // The example of the specification: 2016-07-30T23:54:10.259Z.
    let ulid = text("ulid", json!({"seed": 1, "time": 1_469_922_850_259_i64}));
    assert!(ulid.starts_with("01ARZ3NDEK"), "{ulid}");
    assert_eq!(ulid.len(), 26);
    assert!(text("ulid", json!({"seed": 1, "time": (1_i64 << 48) - 1})).starts_with("7ZZZZZZZZZ"));
    for bad in [
        json!(-1),
        json!(1_i64 << 48),
        json!("yesterday"),
        json!(1.5),
    ] {
        assert!(call(&host(), "ulid", json!({"time": bad})).is_err());
    }
}

#[test]
fn trace_context() {
    let header = text("traceparent", json!({"seed": 3}));
    assert_eq!(header.len(), 55);
    assert!(header.starts_with("00-") && header.ends_with("-01"));
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let world = seeded(None);
    let both = json!({"trace_id": trace, "span_id": span, "sampled": 0});
    let fixed = call(&world, "traceparent", both).unwrap();
    assert_eq!(fixed.as_str(), Some(&*format!("00-{trace}-{span}-00")));
    assert!(!world.is_volatile());
    for bad in ["", "xyz", &"0".repeat(32), &trace.to_uppercase()] {
        assert!(
            call(&host(), "traceparent", json!({"trace_id": bad})).is_err(),
            "{bad}"
        );
    }
    assert_eq!(text("trace_id", json!({})).len(), 32);
    assert_eq!(text("span_id", json!({})).len(), 16);
    assert_eq!(
        text(
            "baggage",
            json!({"map": {"user id": "a b,c=ü%", "n": 1, "b": true}})
        ),
        "b=true,n=1,user%20id=a%20b%2Cc=%C3%BC%25"
    );
}

#[test]
fn sequences_go_on() {
    let host = host();
    let next = |named| call(&host, "seq", named).unwrap().as_i64().unwrap();
    let ports = json!({"name": "port", "start": 8000, "step": 10});
    assert_eq!(
        [next(ports.clone()), next(ports.clone()), next(ports)],
        [8000, 8010, 8020]
    );
    assert_eq!(
        [next(json!({"name": "a"})), next(json!({"name": "a"}))],
        [0, 1]
    );
}

#[test]
fn choices() {
    let list = json!([1, 2, 3, 4, 5]);
    let sorted = |value: &Value| {
        let mut items: Vec<Value> = value.try_iter().unwrap().collect();
        items.sort();
        items.iter().map(ToString::to_string).collect::<String>()
    };
    let shuffled = call(&host(), "shuffle", json!({"list": list, "seed": 1})).unwrap();
    assert_eq!(sorted(&shuffled), "12345");
    let sampled = call(&host(), "sample", json!({"list": list, "k": 3, "seed": 1})).unwrap();
    let distinct: BTreeSet<char> = sorted(&sampled).chars().collect();
    assert_eq!(distinct.len(), 3);
    for (name, named) in [
        ("pick", json!({"list": []})),
        ("pick", json!({"list": "text"})),
        ("sample", json!({"list": [1], "k": 2})),
        ("sample", json!({"list": [1], "k": -1})),
        ("weighted", json!({"pairs": []})),
        ("weighted", json!({"pairs": [["a", 0]]})),
        ("weighted", json!({"pairs": [["a", -1]]})),
        ("weighted", json!({"pairs": [["a", 1, 2]]})),
        ("weighted", json!({"pairs": {"a": "much"}})),
    ] {
        let error = call(&host(), name, named.clone());
        assert!(
            matches!(error, Err(CallError::Argument { .. })),
            "{name} {named}: {error:?}"
        );
    }
}

#[test]
fn weights_are_kept() {
    let host = host();
    let mut often = 0;
    for _ in 0..1000 {
        let pairs = json!({"often": 3, "never": 0, "seldom": 1});
        let chosen = call(&host, "weighted", json!({"pairs": pairs})).unwrap();
        assert_ne!(chosen.as_str(), Some("never"));
        often += i32::from(chosen.as_str() == Some("often"));
    }
    assert!((690..810).contains(&often), "{often}");
}

/// What a seed gives today it gives for ever: these may never change.
#[test]
fn seeded_output_is_golden() {
    for (name, named, golden) in [
        ("rand_hex", json!({"n": 8, "seed": 42}), "6ff18dad"),
        (
            "uuid_v4",
            json!({"seed": 42}),
            "c87f76fc-9994-4d43-97e6-5941d822ba6b",
        ),
        (
            "uuid_v4",
            json!({"seed": "checkout"}),
            "dbdf1ba5-c2b2-4d77-8559-8a9501387a53",
        ),
        (
            "uuid_v4",
            json!({"seed": -1}),
            "b87d928f-defa-4acb-9069-682f5263ea1c",
        ),
        (
            "uuid_v7",
            json!({"seed": 42}),
            "01941f29-7c00-7952-8193-3b9133f6208a",
        ),
        ("ulid", json!({"seed": 42}), "01JGFJJZ00EW0N13A5QHAZSBM4"),
        (
            "trace_id",
            json!({"seed": 42}),
            "3ef06141e4aca4d2b2979ed49fe91aa8",
        ),
        ("span_id", json!({"seed": 42}), "01d7b6d29ed18821"),
        (
            "traceparent",
            json!({"seed": 42}),
            "00-02fa177e43cf98fd7ed47cb346917cdc-31a092488735f561-01",
        ),
        (
            "pick",
            json!({"list": ["a", "b", "c", "d"], "seed": 42}),
            "c",
        ),
        (
            "shuffle",
            json!({"list": [1, 2, 3, 4, 5, 6], "seed": 42}),
            "[5,4,3,2,1,6]",
        ),
        (
            "sample",
            json!({"list": [1, 2, 3, 4, 5, 6], "k": 2, "seed": 42}),
            "[5,6]",
        ),
        (
            "weighted",
            json!({"pairs": [["a", 1], ["b", 2.5]], "seed": 42}),
            "b",
        ),
    ] {
        let value = call(&host(), name, named.clone()).unwrap();
        assert_eq!(to_json(&value).replace('"', ""), golden, "{name}{named}");
    }
    // Without a seed of their own: the host's, one stream after another.
    let host = host();
    let golden = ["be9846e8698ce0c6", "fd04987e01d9283a", "4e5e4646e45cee74"];
    for golden in golden {
        let value = call(&host, "span_id", json!({})).unwrap();
        assert_eq!(value.as_str(), Some(golden));
    }
    let number = call(&host, "get_random", json!({"start": -5, "end": 1000})).unwrap();
    assert_eq!(number.as_i64(), Some(766));
    assert!(!host.is_volatile());
}

#[test]
fn without_any_seed_the_render_is_volatile() {
    let world = seeded(None);
    call(&world, "uuid_v4", json!({"seed": 1})).unwrap();
    assert!(!world.is_volatile());
    let first = call(&world, "uuid_v4", json!({})).unwrap();
    assert!(world.is_volatile());
    assert_ne!(call(&world, "uuid_v4", json!({})).unwrap(), first);
}

#[test]
fn lengths_are_capped_and_paid_for() {
    for n in [2_000_000_u64, u64::MAX] {
        let error = call(&host(), "rand_hex", json!({"n": n}));
        assert!(matches!(error, Err(CallError::Limit(_))), "{error:?}");
    }
    let world = host();
    let calls = (0..1000)
        .take_while(|_| call(&world, "rand_hex", json!({"n": 1 << 20})).is_ok())
        .count();
    assert_eq!(calls, 64);
}

#[test]
fn names() {
    for (name, from, to) in [
        ("kebab", "HTTPServer v2Beta", "http-server-v2-beta"),
        ("snake", "checkoutService-API", "checkout_service_api"),
        ("camel", "checkout service_api", "checkoutServiceApi"),
        ("pascal", "checkout service_api", "CheckoutServiceApi"),
        ("snake", "already_snake__case", "already_snake_case"),
        ("kebab", "  ", ""),
        ("camel", "ÉtéÀVenir", "étéÀVenir"),
        ("slug", "Crème brûlée!", "creme-brulee"),
        (
            "sha256",
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        ("toml_encode", "a\"b", "\"a\\\"b\""),
    ] {
        let param = super::super::oracle::find(FUNCTIONS, name).params[0].name;
        let mut named = json!({});
        named[param] = json!(from);
        assert_eq!(text(name, named), to, "{name}({from:?})");
    }
}
