//! Addresses of the net, all of them kept for documentation.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::call::Callable;
use super::super::random::Random;
use super::texts::word;
use super::{kind, one};

pub(super) const FUNCTIONS: &[Callable] = &[
    kind!(
        "fake_domain",
        "A domain kept for examples: `quiet-river.example.com`.",
        domain
    ),
    kind!(
        "fake_url",
        "A URL under a domain kept for examples.",
        |random| {
            let domain = domain(random);
            let folder = word(random);
            format!("https://{domain}/{folder}/{}", word(random))
        }
    ),
    kind!(
        "fake_ipv4",
        "An IPv4 address of the ranges kept for documentation (RFC 5737).",
        |random| {
            let [a, b, c] = one(random, &[[192, 0, 2], [198, 51, 100], [203, 0, 113]]);
            let host = u8::try_from(random.between(1, 254)).unwrap_or(1);
            Ipv4Addr::new(a, b, c, host).to_string()
        }
    ),
    kind!(
        "fake_ipv6",
        "An IPv6 address of the range kept for documentation (RFC 3849).",
        |random| {
            let mut bytes: [u8; 16] = random.bytes();
            bytes[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
            Ipv6Addr::from(bytes).to_string()
        }
    ),
    kind!(
        "fake_mac_address",
        "A locally administered MAC address: `02:…`.",
        |random| {
            let [b, c, d, e, f]: [u8; 5] = random.bytes();
            format!("02:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
        }
    ),
    kind!(
        "fake_user_agent",
        "The user agent of a browser.",
        user_agent
    ),
];

/// A domain under one of the names of RFC 2606.
pub(super) fn domain(random: &mut Random) -> String {
    let first = word(random);
    let second = word(random);
    let top = one(
        random,
        &["example", "example.com", "example.net", "example.org"],
    );
    format!("{first}-{second}.{top}")
}

fn user_agent(random: &mut Random) -> String {
    let system = one(
        random,
        &[
            "X11; Linux x86_64",
            "Windows NT 10.0; Win64; x64",
            "Macintosh; Intel Mac OS X 10_15_7",
        ],
    );
    let version = random.between(100, 140);
    if random.below(2) == 0 {
        format!("Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0")
    } else {
        format!(
            "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        )
    }
}
