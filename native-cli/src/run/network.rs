//! The network of an attempt at a test, and the plan of addresses.
//!
//! The pool that engines hand networks out of by default is empty after about thirty; small networks
//! with explicit addresses out of one private range go on working. Where one is taken, the next is
//! tried.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};

use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use clnrm_core::source::Span;

use super::engine::{Engine, full};
use super::problem::Stop;

/// The range that networks are taken from unless the user names another.
pub const DEFAULT_RANGE: &str = "10.213.0.0/16";

/// Networks that are tried before giving up.
const ATTEMPTS: u32 = 200;

/// Addresses of a network that no container gets: its own, the gateway's, the last.
const RESERVED: u32 = 3;

/// A range of addresses, such as `10.213.0.0/16`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    first: u32,
    prefix: u8,
}

impl std::str::FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range of addresses: write it like {DEFAULT_RANGE}");
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let address: Ipv4Addr = address.parse().map_err(|_| wrong())?;
        let prefix: u8 = prefix.parse().map_err(|_| wrong())?;
        if !(8..=24).contains(&prefix) {
            return Err(format!("`{text}` must have a prefix between /8 and /24"));
        }
        if !address.is_private() {
            return Err(format!("`{text}` is no private range"));
        }
        let mask = u32::MAX << (32 - prefix);
        Ok(Self {
            first: u32::from(address) & mask,
            prefix,
        })
    }
}

/// Hands out networks.
#[derive(Debug)]
pub struct Addresses {
    range: Range,
    next: AtomicU32,
}

impl Addresses {
    /// Out of `range`; runs side by side start at different places in it.
    pub fn new(range: Range, seed: &str) -> Self {
        let start = clnrm_core::digest::Digest::of(seed.as_bytes());
        let bytes = start.as_bytes();
        Self {
            range,
            next: AtomicU32::new(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])),
        }
    }

    /// The next network with room for so many containers: its address and prefix.
    fn next(&self, containers: u32) -> (Ipv4Addr, u8) {
        let wanted = (containers + RESERVED).next_power_of_two().max(16);
        let bits = wanted
            .trailing_zeros()
            .min(32 - u32::from(self.range.prefix));
        let blocks = 1u32 << (32 - u32::from(self.range.prefix) - bits);
        let at = self.next.fetch_add(1, Ordering::Relaxed) % blocks;
        #[expect(clippy::cast_possible_truncation, reason = "bits are at most 24")]
        let prefix = (32 - bits) as u8;
        (Ipv4Addr::from(self.range.first + (at << bits)), prefix)
    }
}

/// A network that was made.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// Its address and the length of its prefix.
    pub subnet: (Ipv4Addr, u8),
    /// This machine's address in it.
    pub gateway: Ipv4Addr,
}

/// Makes a network. With `internal` nothing in it reaches the outside.
pub async fn create(
    engine: &Engine,
    addresses: &Addresses,
    name: &str,
    labels: &HashMap<String, String>,
    containers: usize,
    internal: bool,
    at: Span,
) -> Result<Network, Stop> {
    let containers = u32::try_from(containers).unwrap_or(u32::MAX / 4);
    let mut tried = 0;
    loop {
        let subnet = addresses.next(containers);
        let gateway = Ipv4Addr::from(u32::from(subnet.0) + 1);
        let request = NetworkCreateRequest {
            name: name.to_owned(),
            driver: Some("bridge".to_owned()),
            internal: Some(internal),
            labels: Some(labels.clone()),
            ipam: Some(Ipam {
                config: Some(vec![IpamConfig {
                    subnet: Some(format!("{}/{}", subnet.0, subnet.1)),
                    gateway: Some(gateway.to_string()),
                    ..IpamConfig::default()
                }]),
                ..Ipam::default()
            }),
            ..NetworkCreateRequest::default()
        };
        match engine.docker.create_network(request).await {
            Ok(_) => {
                return Ok(Network {
                    name: name.to_owned(),
                    subnet,
                    gateway,
                });
            }
            Err(error) => {
                tried += 1;
                let said = full(&error).to_lowercase();
                let taken = ["overlap", "conflicts with", "already in use"];
                if tried >= ATTEMPTS || !taken.iter().any(|word| said.contains(word)) {
                    return Err(Stop::refused(&error, at, "cannot make the test's network"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_private_and_wide_enough() {
        assert!(DEFAULT_RANGE.parse::<Range>().is_ok());
        for wrong in ["10.0.0.0", "8.8.8.0/24", "10.0.0.0/28", "x/16"] {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn networks_stay_within_the_range_and_do_not_repeat_soon() {
        let addresses = Addresses::new("10.9.0.0/16".parse().unwrap(), "seed");
        let mut seen = std::collections::HashSet::new();
        for _ in 0..4096 {
            let (address, prefix) = addresses.next(3);
            assert_eq!(
                (address.octets()[0], address.octets()[1], prefix),
                (10, 9, 28)
            );
            assert!(seen.insert(address));
        }
    }

    #[test]
    fn a_test_of_many_containers_gets_a_larger_one() {
        let addresses = Addresses::new("10.9.0.0/16".parse().unwrap(), "seed");
        assert_eq!(addresses.next(14).1, 27);
        assert_eq!(addresses.next(100).1, 25);
    }
}
