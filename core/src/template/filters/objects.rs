//! Filters on objects.

use minijinja::Value;

use super::super::call::{Args, CallError, Callable, optional, required};
use super::super::host::Host;
use super::super::json;
use super::{missing, wrong_subject};

pub(super) const FILTERS: &[Callable] = &[Callable::tera(
    "get",
    &[required("key"), optional("default", "")],
    "The value of the object's `key`; `default` if it has none.",
    get,
)];

fn get(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    let key = args.str("key")?.ok_or_else(|| missing("key"))?;
    if !json::is_object(&args.subject) {
        return Err(wrong_subject("an object", &args.subject));
    }
    let found = args
        .subject
        .get_item(&Value::from(key))
        .ok()
        .filter(|found| !found.is_undefined());
    found
        .or_else(|| args.get("default").cloned())
        .ok_or_else(|| CallError::argument("key", format!("the object has no key `{key}`")))
}
