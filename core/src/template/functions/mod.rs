//! The functions: Tera's five and those of ours.

mod environment;
mod tera;

use super::call::{Callable, count, join};

const GROUPS: &[&[Callable]] = &[tera::FUNCTIONS, environment::FUNCTIONS];

static ALL: [Callable; count(GROUPS)] = join(GROUPS);

/// Every function.
pub static FUNCTIONS: &[Callable] = &ALL;
