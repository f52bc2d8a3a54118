//! People, and how they are reached.

use super::super::call::Callable;
use super::super::random::Random;
use super::net::domain;
use super::words::{FIRST_NAMES, LAST_NAMES, SUFFIXES, TITLES};
use super::{kind, one};

pub(super) const FUNCTIONS: &[Callable] = &[
    kind!("fake_name", "A given and a family name.", name),
    kind!("fake_first_name", "A given name.", |random| one(
        random,
        FIRST_NAMES
    )),
    kind!("fake_last_name", "A family name.", |random| one(
        random, LAST_NAMES
    )),
    kind!(
        "fake_title",
        "A title before a name, such as `Dr.`",
        |random| { one(random, TITLES) }
    ),
    kind!(
        "fake_suffix",
        "A suffix after a name, such as `Jr.`",
        |random| { one(random, SUFFIXES) }
    ),
    kind!(
        "fake_email",
        "An address under a domain kept for examples.",
        |random| {
            let user = username(random);
            format!("{user}@{}", domain(random))
        }
    ),
    kind!(
        "fake_username",
        "A user name: small letters, digits and a dot.",
        username
    ),
    kind!(
        "fake_phone",
        "A telephone number of those that are never assigned: `+1-212-555-0142`.",
        |random| phone(
            random,
            &["202", "212", "303", "312", "404", "415", "503", "617"]
        )
    ),
    kind!(
        "fake_cell_phone",
        "A mobile number of those that are never assigned.",
        |random| phone(
            random,
            &["206", "213", "305", "347", "512", "602", "702", "808"]
        )
    ),
];

fn name(random: &mut Random) -> String {
    let first = one(random, FIRST_NAMES);
    format!("{first} {}", one(random, LAST_NAMES))
}

fn username(random: &mut Random) -> String {
    let first = one(random, FIRST_NAMES).to_ascii_lowercase();
    let last = one(random, LAST_NAMES).to_ascii_lowercase();
    format!("{first}.{last}{}", random.below(100))
}

/// The numbers 555-0100 to 555-0199 are kept for fiction.
fn phone(random: &mut Random, areas: &[&str]) -> String {
    let area = one(random, areas);
    format!("+1-{area}-555-01{:02}", random.below(100))
}
