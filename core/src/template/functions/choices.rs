//! Random choices.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, describe, required};
use super::super::host::Host;
use super::super::json;
use super::super::random::{Random, SEED};

pub(super) const FUNCTIONS: &[Callable] = &[
    Callable::ours(
        "pick",
        &[required("list").or(&["array"]), SEED],
        "One item of the array, each as likely as another.",
        |args, host| {
            let items = filled(args, host)?;
            let at = Random::for_call("pick", args, host)?.place(items.len());
            Ok(items[at].clone())
        },
    ),
    Callable::ours(
        "weighted",
        &[required("pairs").or(&["list", "array"]), SEED],
        "One value of `[[value, weight], …]` or of `{value: weight}`, as likely as its weight.",
        weighted,
    ),
    Callable::ours(
        "shuffle",
        &[required("list").or(&["array"]), SEED],
        "The items of the array in random order.",
        |args, host| {
            let items = list(args, "list", host)?;
            let count = items.len();
            Ok(Random::for_call("shuffle", args, host)?
                .draw(items, count)
                .into())
        },
    ),
    Callable::ours(
        "sample",
        &[
            required("list").or(&["array"]),
            required("k").or(&["n", "count"]),
            SEED,
        ],
        "`k` items of the array in random order, none of them twice.",
        |args, host| {
            let items = list(args, "list", host)?;
            let count = args.size("k")?.unwrap_or(0);
            if count > items.len() {
                return Err(CallError::argument(
                    "k",
                    format!("`k` is {count}, but `list` has {} items", items.len()),
                ));
            }
            Ok(Random::for_call("sample", args, host)?
                .draw(items, count)
                .into())
        },
    ),
];

fn list(args: &Args<'_>, name: &'static str, host: &Host) -> Result<Vec<Value>, CallError> {
    let value = args.require(name)?;
    json::items(value, host)?.ok_or_else(|| {
        CallError::argument(
            name,
            format!("`{name}` must be an array, not {}", describe(value)),
        )
    })
}

fn filled(args: &Args<'_>, host: &Host) -> Result<Vec<Value>, CallError> {
    let items = list(args, "list", host)?;
    if items.is_empty() {
        return Err(CallError::argument("list", "`list` is empty"));
    }
    Ok(items)
}

fn weighted(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let unfit = |message: String| CallError::argument("pairs", message);
    let value = args.require("pairs")?;
    let pairs: Vec<(Value, Value)> = match json::entries(value, host)? {
        Some(entries) => entries
            .into_iter()
            .map(|(name, weight)| (Value::from(name), weight))
            .collect(),
        None => {
            let mut pairs = Vec::new();
            for pair in list(args, "pairs", host)? {
                let parts = json::items(&pair, host)?.and_then(|parts| parts.try_into().ok());
                let [item, weight]: [Value; 2] = parts.ok_or_else(|| {
                    unfit(format!(
                        "each of `pairs` must be `[value, weight]`, not {}",
                        describe(&pair)
                    ))
                })?;
                pairs.push((item, weight));
            }
            pairs
        }
    };
    let mut weights = Vec::with_capacity(pairs.len());
    for (_, weight) in &pairs {
        let number = json::number(weight)
            .map(json::Number::as_f64)
            .filter(|weight| weight.is_finite() && *weight >= 0.0)
            .ok_or_else(|| {
                unfit(format!(
                    "a weight must be a number of at least 0, not {}",
                    describe(weight)
                ))
            })?;
        weights.push(number);
    }
    let total: f64 = weights.iter().sum();
    if total <= 0.0 || !total.is_finite() {
        return Err(unfit(
            "the weights of `pairs` must have a sum above 0".into(),
        ));
    }
    let mut left = Random::for_call("weighted", args, host)?.fraction() * total;
    let mut chosen = None;
    for ((item, _), weight) in pairs.into_iter().zip(weights) {
        if weight > 0.0 {
            // Rounding may leave a rest: then the last that has a weight is taken.
            chosen = Some(item);
            if left < weight {
                break;
            }
            left -= weight;
        }
    }
    Ok(chosen.unwrap_or_default())
}
