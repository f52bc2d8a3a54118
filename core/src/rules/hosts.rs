//! Which hosts lie outside a test.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::world::World;

/// Endings of names that no public server answers to.
const PRIVATE: [&str; 14] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "test",
    "example",
    "invalid",
    "arpa",
    "svc",
    "docker",
];

/// The host of a URL, or of `host`, `host:port`; `None` if there is none to be seen (a variable).
pub fn host(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let address = authority
        .rsplit_once('@')
        .map_or(authority, |(_, address)| address);
    let host = match address.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next()?,
        None if address.matches(':').count() > 1 => address,
        None => address.split(':').next()?,
    };
    let host = host.trim_end_matches('.');
    let letter = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    (!host.is_empty() && host.chars().all(letter)).then_some(host)
}

/// Whether the host is surely beyond the test's network and the machine it runs on.
pub fn is_outside(host: &str, world: &World) -> bool {
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return is_public_v4(ip);
    }
    if let Ok(ip) = host.split('%').next().unwrap_or(host).parse::<Ipv6Addr>() {
        return is_public_v6(ip);
    }
    // A name of one part is a neighbour's, and so is `service.network`; a public one has at least
    // two parts, the last without digits.
    let Some((rest, last)) = host.rsplit_once('.') else {
        return false;
    };
    let last = last.to_ascii_lowercase();
    !rest.is_empty()
        && last.len() > 1
        && last.chars().all(char::is_alphabetic)
        && !PRIVATE.contains(&last.as_str())
        && world.service(host).is_none()
        && !(host.matches('.').count() == 1 && world.service(rest).is_some())
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    !(ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_unspecified()
        || ip.is_documentation()
        || ip.is_broadcast()
        || ip.is_multicast()
        || shared)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(ip) = ip.to_ipv4_mapped() {
        return is_public_v4(ip);
    }
    // Only 2000::/3 is routed, and 2001:db8::/32 of it is for examples.
    let [first, second, ..] = ip.segments();
    first & 0xe000 == 0x2000 && !(first == 0x2001 && second == 0x0db8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::model::{Service, TestFile};

    fn outside(text: &str) -> bool {
        let mut file = TestFile::default();
        let mut service = Service::default();
        service.name.value = "api.shop".to_owned();
        file.services.push(service);
        let mut service = Service::default();
        service.name.value = "db".to_owned();
        file.services.push(service);
        host(text).is_some_and(|host| is_outside(host, &World::new(&file)))
    }

    #[test]
    fn public_names_and_addresses_are_outside() {
        for text in [
            "https://api.honeycomb.io",
            "https://user:pass@otlp.example.com:4317/v1/traces",
            "collector.example.org:4317",
            "http://8.8.8.8/",
            "http://[2606:4700::1111]:80/",
            "https://example.com.",
            "https://db.shop.com",
        ] {
            assert!(outside(text), "{text}");
        }
    }

    #[test]
    fn neighbours_and_private_names_are_inside() {
        for text in [
            "http://localhost:4318",
            "http://127.0.0.1:4318",
            "0.0.0.0:4317",
            "http://[::1]:4318",
            "http://otel_collector:4318",
            "http://db.shop-net",
            "http://api.shop/health",
            "http://host.docker.internal:4318",
            "http://printer.local",
            "http://collector.svc.cluster.local:4317",
            "http://10.1.2.3",
            "http://192.168.0.1:80",
            "http://172.17.0.1:4318",
            "http://169.254.169.254/",
            "http://[fd00::1]:80",
            "http://api.test",
            "${ENDPOINT}",
            "$HOST:4318",
            "{{ endpoint }}",
            "",
            "https://",
            "v1.2",
        ] {
            assert!(!outside(text), "{text}");
        }
    }
}
