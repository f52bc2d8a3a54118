//! Companies, money, dates.

use super::super::call::Callable;
use super::super::random::Random;
use super::super::time::{DateTime, Timestamp, Zone};
use super::texts::{capitalized, word};
use super::words::{COMPANY_SUFFIXES, CURRENCIES, INDUSTRIES, LAST_NAMES, PROFESSIONS};
use super::{kind, one};

pub(super) const FUNCTIONS: &[Callable] = &[
    kind!("fake_company", "A company.", |random| {
        let name = if random.below(2) == 0 {
            one(random, LAST_NAMES).to_owned()
        } else {
            let first = capitalized(word(random));
            format!("{first} {}", capitalized(word(random)))
        };
        format!("{name} {}", one(random, COMPANY_SUFFIXES))
    }),
    kind!(
        "fake_company_suffix",
        "What a company is, such as `Ltd`.",
        |random| { one(random, COMPANY_SUFFIXES) }
    ),
    kind!("fake_industry", "An industry.", |random| one(
        random, INDUSTRIES
    )),
    kind!("fake_profession", "A profession.", |random| one(
        random,
        PROFESSIONS
    )),
    kind!("fake_date", "A date of the years 2000 to 2029.", |random| {
        format(random, "%Y-%m-%d")
    }),
    kind!("fake_time", "A time of day: `13:05:59`.", |random| format(
        random, "%H:%M:%S"
    )),
    kind!(
        "fake_datetime",
        "A moment of the years 2000 to 2029 as RFC 3339.",
        |random| moment(random).rfc3339()
    ),
    kind!(
        "fake_timestamp",
        "A moment of the years 2000 to 2029 as seconds since 1970.",
        |random| moment(random).unix_seconds()
    ),
    kind!(
        "fake_credit_card",
        "A card number of 16 digits with a test prefix and a valid check digit.",
        credit_card
    ),
    kind!(
        "fake_currency_code",
        "A currency by its code: `EUR`.",
        |random| { one(random, CURRENCIES).0 }
    ),
    kind!("fake_currency_name", "A currency by its name.", |random| {
        one(random, CURRENCIES).1
    }),
    kind!(
        "fake_currency_symbol",
        "A currency by its symbol.",
        |random| { one(random, CURRENCIES).2 }
    ),
];

fn moment(random: &mut Random) -> Timestamp {
    // 2000-01-01 to before 2030-01-01.
    Timestamp::from_unix_seconds(random.between(946_684_800, 1_893_455_999))
}

fn format(random: &mut Random, pattern: &str) -> String {
    let time = DateTime::at(moment(random), 0, Zone::Name("UTC".into()));
    time.format(pattern).unwrap_or_default()
}

/// Prefixes that processors give for tests; the last digit makes the sum by Luhn's rule, in which
/// every second digit from the right counts double, a multiple of ten.
fn credit_card(random: &mut Random) -> String {
    let prefix = one(random, &["400000", "411111", "424242", "510510", "555555"]);
    let number = format!("{prefix}{:09}", random.below(1_000_000_000));
    let sum: u32 = number
        .bytes()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            match at % 2 {
                // Of 16 digits the first is one of those that count double.
                0 if digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => digit,
            }
        })
        .sum();
    format!("{number}{}", (10 - sum % 10) % 10)
}
