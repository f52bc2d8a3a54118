//! The functions: Tera's five and those of ours.

mod choices;
mod clock;
mod environment;
mod identifiers;
mod sha1;
mod tera;
#[cfg(test)]
mod tests;
mod texts;

use super::call::{Args, CallError, Callable, count, join};
use super::fake;
use super::host::Host;

pub(super) use identifiers::uuid_v4;

const GROUPS: &[&[Callable]] = &[
    tera::FUNCTIONS,
    environment::FUNCTIONS,
    clock::FUNCTIONS,
    texts::FUNCTIONS,
    identifiers::FUNCTIONS,
    choices::FUNCTIONS,
    fake::FUNCTIONS,
];

static ALL: [Callable; count(GROUPS)] = join(GROUPS);

/// Every function.
pub static FUNCTIONS: &[Callable] = &ALL;

/// The longest text, in characters, that a call makes by its length.
pub(super) const CAP: usize = 1 << 20;

/// The argument `name`, which says how much to make: at most `cap`, and paid for, a byte for each.
pub(super) fn capped(
    args: &Args<'_>,
    name: &'static str,
    default: usize,
    cap: usize,
    host: &Host,
) -> Result<usize, CallError> {
    let wanted = args.size(name)?.unwrap_or(default);
    if wanted > cap {
        return Err(CallError::Limit(format!(
            "`{name}` is {wanted}, more than the {cap} allowed"
        )));
    }
    host.charge(wanted as u64)?;
    Ok(wanted)
}
