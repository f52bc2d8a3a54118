//! Help for tests: calls as the engine makes them, and the same calls in the real Tera.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, Once};

use minijinja::Value;
use serde_json::Value as Json;

use super::call::{Args, CallError, Callable};
use super::host::{Host, Timestamp};
use super::json::Text;
use super::limits::Allowance;
use super::tables::Tables;

/// 2025-01-01T00:00:00Z.
pub(super) const NEW_YEAR: Timestamp = Timestamp(1_735_689_600_000_000_000);

/// A world with a seed, a frozen clock, all tables, one environment variable and 64 MB to spend.
pub(super) fn host() -> Host {
    seeded(Some(42))
}

/// The same with this seed.
pub(super) fn seeded(seed: Option<u64>) -> Host {
    let environment = BTreeMap::from([("HOME".to_owned(), "/home/ada".to_owned())]);
    Host::new(
        Arc::new(environment),
        seed,
        Some(NEW_YEAR),
        None,
        [7; 32],
        Allowance {
            steps: u64::MAX,
            bytes: 64 << 20,
        },
    )
    .with_tables(Tables::Full)
}

/// The callable `name` of a table.
pub(super) fn find(table: &'static [Callable], name: &str) -> &'static Callable {
    table
        .iter()
        .find(|callable| callable.name == name)
        .unwrap_or_else(|| panic!("no `{name}`"))
}

/// Calls `name` with named arguments.
pub(super) fn call_in(
    host: &Host,
    table: &'static [Callable],
    name: &str,
    subject: Value,
    named: &Json,
) -> Result<Value, CallError> {
    let callable = find(table, name);
    let named = named.as_object().cloned().unwrap_or_default();
    for given in named.keys() {
        assert!(
            callable.params.iter().any(|param| param.name == given),
            "`{name}` has no parameter `{given}`"
        );
    }
    let values: Vec<Option<Value>> = callable
        .params
        .iter()
        .map(|param| named.get(param.name).map(value))
        .collect();
    for (param, value) in callable.params.iter().zip(&values) {
        if param.default.is_none() && value.is_none() {
            return Err(CallError::argument(param.name, "missing"));
        }
    }
    (callable.call)(
        &Args {
            subject,
            params: callable.params,
            values: &values,
        },
        host,
    )
}

/// JSON as a value.
pub(super) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::String(value) => Value::from(value.as_str()),
        Json::Array(items) => items.iter().map(value).collect(),
        Json::Object(entries) => Value::from_pairs(
            entries
                .iter()
                .map(|(key, item)| (key.as_str(), value(item))),
        ),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => number.as_f64().unwrap_or_default().into(),
        },
    }
}

/// A value as JSON.
pub(super) fn json(value: &Value) -> String {
    let host = host();
    let mut text = Text::new(&host);
    text.json(value, false).expect("small");
    text.finish()
}

/// What the real Tera makes of `template`; an error also where it panics.
pub(super) fn tera(template: &str, context: &Json) -> Result<String, String> {
    thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    // What Tera panics with is no news; what we panic with is.
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    let result = quietly(template, context);
    QUIET.set(false);
    result
}

fn quietly(template: &str, context: &Json) -> Result<String, String> {
    let context = tera::Context::from_serialize(context).expect("an object");
    let render = || tera::Tera::one_off(template, &context, false);
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(render)) {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => {
            use std::error::Error as _;
            let cause = error.source().map(ToString::to_string);
            Err(cause.unwrap_or_else(|| error.to_string()))
        }
        Err(_) => Err("panic".into()),
    }
}

/// `(a=…, b=…)` for the names of `named`, each the variable of that name.
pub(super) fn call_text(named: &Json) -> String {
    let names = named.as_object().expect("an object").keys();
    let list: Vec<String> = names.map(|name| format!("{name}={name}")).collect();
    if list.is_empty() {
        String::new()
    } else {
        format!("({})", list.join(", "))
    }
}

/// Every table: filters, tests, functions.
fn tables() -> [&'static [Callable]; 3] {
    [
        super::filters::FILTERS,
        super::predicates::PREDICATES,
        super::functions::FUNCTIONS,
    ]
}

#[test]
fn tables_are_well_formed() {
    for table in tables() {
        let mut names: Vec<&str> = table.iter().map(|callable| callable.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a name occurs twice");
        for Callable {
            name, params, doc, ..
        } in table
        {
            assert!(doc.len() > 6 && doc.ends_with(['.', '`']), "{name}: {doc}");
            let mut seen = Vec::new();
            for param in *params {
                for name in [&[param.name], param.aliases].concat() {
                    assert!(!seen.contains(&name), "{name} twice");
                    seen.push(name);
                }
            }
            let required = params.iter().take_while(|param| param.default.is_none());
            let required = required.count();
            assert!(
                params[required..]
                    .iter()
                    .all(|param| param.default.is_some()),
                "{name}: what must be given comes first"
            );
        }
    }
}

/// Values of every kind, the odd ones among them.
fn pool() -> Vec<Json> {
    use serde_json::json;
    vec![
        Json::Null,
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(7),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(0.5),
        json!(-1e300),
        json!(f64::MIN_POSITIVE),
        json!(""),
        json!("a"),
        json!("Äß🦄\u{0}\"\\\n"),
        json!("%Y%"),
        json!("%+"),
        json!("2025-01-01T00:00:00Z"),
        json!("name"),
        json!("(a|"),
        json!([]),
        json!([1, "a", null]),
        json!([["a", 1], ["b", 2]]),
        json!({}),
        json!({"a": 1, "name": [1.5]}),
    ]
}

/// With any arguments whatever: a value or an error, and soon.
#[test]
fn nothing_panics() {
    let pool = pool();
    let mut random = super::random::Random::for_call(
        "nothing_panics",
        &Args {
            subject: Value::UNDEFINED,
            params: &[],
            values: &[],
        },
        &host(),
    )
    .unwrap();
    for table in tables() {
        for callable in table {
            for _ in 0..300 {
                let subject = &pool[random.place(pool.len())];
                let values: Vec<Option<Value>> = callable
                    .params
                    .iter()
                    .map(|param| {
                        let given = param.default.is_none() || random.below(3) > 0;
                        given.then(|| value(&pool[random.place(pool.len())]))
                    })
                    .collect();
                let _ = (callable.call)(
                    &Args {
                        subject: value(subject),
                        params: callable.params,
                        values: &values,
                    },
                    &host(),
                );
            }
        }
    }
}
