//! What a template reads of the environment.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, optional, required};
use super::super::host::Host;

pub(super) const FUNCTIONS: &[Callable] = &[Callable::ours(
    "env",
    &[required("name"), optional("default", "")],
    "The environment variable `name`; `default` if it is not set.",
    env,
)];

/// The variable, else the default, else nothing that may be used.
pub(super) fn env(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let name = args.str("name")?.unwrap_or_default();
    match (host.env(name), args.get("default")) {
        (Some(value), _) => {
            host.charge(value.len() as u64)?;
            Ok(value.into())
        }
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(CallError::Undefined {
            message: format!("environment variable `{name}` is not set"),
        }),
    }
}
