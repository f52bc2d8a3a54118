//! Made-up data of some seventy kinds: people, places, addresses of the net, numbers.
//!
//! Each kind is a function `fake_<kind>`; `fake(kind=…)` calls it by name. What they make has the form
//! of the real thing and cannot be mistaken for it: addresses lie in the ranges kept for
//! documentation, domains under `example`, telephone numbers among those that are never assigned,
//! and cards have the prefixes of test cards. Nothing holds a quote or a backslash.

mod basic;
mod business;
mod files;
mod net;
mod people;
mod places;
#[cfg(test)]
mod tests;
mod texts;
mod words;

use minijinja::Value;

use super::call::{Args, CallError, Callable, count, join, required};
use super::host::Host;
use super::json;
use super::random::{Random, SEED};
use crate::suggest::{did_you_mean, nearest};

const GROUPS: &[&[Callable]] = &[
    basic::FUNCTIONS,
    texts::FUNCTIONS,
    people::FUNCTIONS,
    net::FUNCTIONS,
    places::FUNCTIONS,
    business::FUNCTIONS,
    files::FUNCTIONS,
];

/// One function for each kind.
static KINDS: [Callable; count(GROUPS)] = join(GROUPS);

/// How the name of each kind's function begins.
const PREFIX: &str = "fake_";

const BY_NAME: &[Callable] = &[
    Callable::ours(
        "fake",
        &[required("kind"), SEED],
        "Made-up data of a kind by its name: `fake(kind=\"email\")` is `fake_email()`; `fake_kinds()` lists them.",
        fake,
    ),
    Callable::ours(
        "fake_kinds",
        &[],
        "The kinds of made-up data, as an array.",
        |_, host| {
            json::array(
                KINDS.iter().map(|callable| Value::from(kind_of(callable))),
                host,
            )
        },
    ),
];

const ALL: [Callable; count(&[BY_NAME]) + count(GROUPS)] = {
    let kinds: [Callable; count(GROUPS)] = join(GROUPS);
    join(&[BY_NAME, &kinds])
};

/// All functions that make data up.
pub(super) const FUNCTIONS: &[Callable] = &ALL;

fn kind_of(callable: &Callable) -> &'static str {
    callable.name.strip_prefix(PREFIX).unwrap_or(callable.name)
}

/// With the seed of the call the kind's own function gives the same.
fn fake(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let wanted = args.str("kind")?.unwrap_or_default();
    let name = wanted.strip_prefix(PREFIX).unwrap_or(wanted);
    let Some(callable) = KINDS.iter().find(|callable| kind_of(callable) == name) else {
        let near = nearest(name, KINDS.iter().map(kind_of));
        let hint = near.map_or_else(|| "`fake_kinds()` lists all".to_owned(), did_you_mean);
        return Err(CallError::argument(
            "kind",
            format!("there is no fake data of this kind; {hint}"),
        ));
    };
    let values: Vec<Option<Value>> = callable
        .params
        .iter()
        .map(|param| {
            (param.name == SEED.name)
                .then(|| args.get(SEED.name).cloned())
                .flatten()
        })
        .collect();
    (callable.call)(
        &Args {
            subject: Value::UNDEFINED,
            params: callable.params,
            values: &values,
        },
        host,
    )
}

/// Declares a kind without parameters but the seed: its name, its sentence, and how a random stream
/// becomes a value.
macro_rules! kind {
    ($name:literal, $doc:literal, $make:expr) => {
        $crate::template::call::Callable::ours(
            $name,
            &[$crate::template::random::SEED],
            $doc,
            |args, host| {
                let make: fn(&mut $crate::template::random::Random) -> _ = $make;
                let random = &mut $crate::template::random::Random::for_call($name, args, host)?;
                Ok(minijinja::Value::from(make(random)))
            },
        )
    };
}
use kind;

/// One entry of a list.
fn one<T: Copy>(random: &mut Random, list: &[T]) -> T {
    list[random.place(list.len())]
}
