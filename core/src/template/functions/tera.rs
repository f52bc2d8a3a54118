//! The functions that Tera 1.20 has.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, optional, required};
use super::super::host::Host;
use super::super::json;
use super::super::random::Random;

pub(super) const FUNCTIONS: &[Callable] = &[
    Callable::tera(
        "range",
        &[
            required("end"),
            optional("start", "0"),
            optional("step_by", "1"),
        ],
        "The whole numbers from `start` to before `end`, by steps of `step_by`.",
        range,
    ),
    Callable::tera(
        "throw",
        &[required("message")],
        "Ends the render with `message` as its error.",
        |args, _| {
            Err(CallError::Thrown(
                args.str("message")?.unwrap_or_default().to_owned(),
            ))
        },
    ),
    Callable::tera(
        "get_random",
        &[required("end"), optional("start", "0")],
        "A random whole number from `start` to before `end`.",
        get_random,
    ),
    Callable::tera(
        "get_env",
        &[required("name"), optional("default", "")],
        "The environment variable `name`; `default` if it is not set.",
        super::environment::env,
    ),
];

fn range(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let start = args.size("start")?.unwrap_or(0);
    let end = args.size("end")?.unwrap_or(0);
    let step = args.size("step_by")?.unwrap_or(1);
    if step == 0 {
        return Err(CallError::argument("step_by", "`step_by` must not be 0"));
    }
    if start > end {
        return Err(CallError::argument(
            "start",
            "`start` must not be greater than `end`",
        ));
    }
    json::array(
        (0..(end - start).div_ceil(step)).map(|at| Value::from(start + at * step)),
        host,
    )
}

fn get_random(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let start = args.int("start")?.unwrap_or(0);
    let end = args.int("end")?.unwrap_or(0);
    if start >= end {
        return Err(CallError::argument(
            "end",
            "`end` must be greater than `start`",
        ));
    }
    Ok(Random::for_call("get_random", args, host)?
        .between(start, end - 1)
        .into())
}
