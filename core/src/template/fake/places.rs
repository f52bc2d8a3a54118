//! Places: addresses and coordinates.

use super::super::call::Callable;
use super::super::random::Random;
use super::basic::decimals;
use super::words::{CITIES, COUNTRIES, STATES, STREET_KINDS, STREETS};
use super::{kind, one};

pub(super) const FUNCTIONS: &[Callable] = &[
    kind!("fake_street", "A street with a number.", street),
    kind!(
        "fake_address",
        "An address on one line: street, city, state and ZIP code.",
        |random| {
            let street = street(random);
            let city = one(random, CITIES);
            let (_, state) = one(random, STATES);
            format!("{street}, {city}, {state} {}", zip(random))
        }
    ),
    kind!("fake_city", "A city that is on no map.", |random| one(
        random, CITIES
    )),
    kind!("fake_state", "A state of the USA.", |random| {
        one(random, STATES).0
    }),
    kind!("fake_zip", "A ZIP code of five digits.", zip),
    kind!("fake_country", "A country.", |random| one(
        random, COUNTRIES
    )),
    kind!(
        "fake_latitude",
        "A latitude from -90 to 90, with six decimals.",
        |random| decimals(random.between(-90_000_000, 90_000_000))
    ),
    kind!(
        "fake_longitude",
        "A longitude from -180 to 180, with six decimals.",
        |random| decimals(random.between(-180_000_000, 180_000_000))
    ),
];

fn street(random: &mut Random) -> String {
    let number = random.between(1, 999);
    let name = one(random, STREETS);
    format!("{number} {name} {}", one(random, STREET_KINDS))
}

fn zip(random: &mut Random) -> String {
    format!("{:05}", random.between(501, 99_950))
}
