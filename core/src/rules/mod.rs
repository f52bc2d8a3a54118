//! Settings against each other, and the page of every code.
//!
//! Each file here holds one small family of rules. A rule is a function over the typed file; it
//! neither knows the template nor the text, and it reports only what is certain from what stands in
//! the file: where something was lost, absence proves nothing, and where two patterns might or might
//! not meet, nothing is said. No rule recurses over what a user wrote, and none takes longer than a
//! small multiple of the file's length.

mod counts;
pub(crate) mod cycles;
mod dependencies;
mod graph;
mod hermeticity;
pub(crate) mod hosts;
mod mounts;
mod names;
mod observability;
mod order;
mod pages;
mod parents;
mod patterns;
mod ports;
mod services;
mod shell;
mod status;
mod windows;
mod world;

#[cfg(test)]
mod testing;

pub use hosts::host;
pub use pages::{Example, Language, Page, explain};

use crate::config::model::TestFile;
use crate::diagnostic::Findings;
use world::World;

/// A family of rules.
type Rule = fn(&World, &mut Findings);

/// All families.
const RULES: &[Rule] = &[
    services::check,
    ports::check,
    mounts::check,
    names::check,
    dependencies::check,
    parents::check,
    graph::check,
    order::check,
    windows::check,
    counts::check,
    status::check,
    hermeticity::check,
    observability::check,
];

/// Holds the settings of `file` against each other: all `X` findings, family by family.
#[must_use]
pub fn check(file: &TestFile) -> Findings {
    let world = World::new(file);
    let mut found = Findings::default();
    for rule in RULES {
        rule(&world, &mut found);
    }
    found
}
