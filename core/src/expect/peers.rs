//! Which peers a span names, and which of them are outside the test.
//!
//! Inside are the loopback, the services of the test by their names, and addresses on the test's
//! network. A run knows its network; for a recorded trace any private address may have been on it. A
//! name that is neither is outside, whether or not anybody would answer to it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::model::TestFile;
use crate::rules::hosts;
use crate::trace::Value;

/// What is known of the world in which the test ran.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Surroundings {
    /// Further names that are inside: aliases, host names of containers, the network's own.
    pub names: Vec<String>,
    /// The networks of the test, each an address and the length of its prefix; `None`: not known.
    pub networks: Option<Vec<(IpAddr, u8)>>,
}

impl Surroundings {
    fn is_name(&self, host: &str) -> bool {
        self.names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(host))
    }

    fn has(&self, address: IpAddr) -> bool {
        match &self.networks {
            Some(networks) => networks.iter().any(|network| is_within(address, *network)),
            None => is_private(address),
        }
    }
}

fn is_within(address: IpAddr, (network, prefix): (IpAddr, u8)) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let bits = 32_u32.saturating_sub(u32::from(prefix));
            let part = |ip: Ipv4Addr| u32::from(ip).checked_shr(bits).unwrap_or(0);
            part(address) == part(network)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let bits = 128_u32.saturating_sub(u32::from(prefix));
            let part = |ip: Ipv6Addr| u128::from(ip).checked_shr(bits).unwrap_or(0);
            part(address) == part(network)
        }
        _ => false,
    }
}

const fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// How an attribute names its peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// A host, with or without a port, or a URL.
    Host,
    /// A URL, or its path alone, which names nobody.
    Url,
    /// The many forms in which databases are addressed.
    Connection,
    /// The name of an interface, or an address.
    Service,
}

/// Attributes that name a peer: those of the semantic conventions, today's and older ones.
const KEYS: [(&str, Form); 23] = [
    ("server.address", Form::Host),
    ("server.socket.address", Form::Host),
    ("server.socket.domain", Form::Host),
    ("network.peer.address", Form::Host),
    ("net.peer.name", Form::Host),
    ("net.peer.ip", Form::Host),
    ("net.sock.peer.addr", Form::Host),
    ("net.sock.peer.name", Form::Host),
    ("net.host.name", Form::Host),
    ("peer.address", Form::Host),
    ("peer.hostname", Form::Host),
    ("peer.ipv4", Form::Host),
    ("peer.ipv6", Form::Host),
    ("peer.service", Form::Host),
    ("http.host", Form::Host),
    ("url.full", Form::Url),
    ("url.domain", Form::Host),
    ("http.url", Form::Url),
    ("messaging.url", Form::Url),
    ("db.connection_string", Form::Connection),
    ("rpc.service", Form::Service),
    ("messaging.destination.url", Form::Url),
    ("faas.invoked_url", Form::Url),
];

/// The hosts outside the test that an attribute names.
pub(super) fn outside(
    key: &str,
    value: &Value,
    file: &TestFile,
    surroundings: &Surroundings,
) -> Vec<String> {
    let Some((_, form)) = KEYS.iter().find(|(name, _)| *name == key) else {
        return Vec::new();
    };
    match value {
        Value::Text(text) => {
            let mut hosts = hosts_of(*form, text.trim());
            hosts.retain(|host| !is_inside(host, file, surroundings));
            hosts
        }
        Value::List(values) => values
            .iter()
            .flat_map(|value| outside(key, value, file, surroundings))
            .collect(),
        _ => Vec::new(),
    }
}

/// The hosts in a text. What should hold one and holds none that can be read is taken as it stands.
fn hosts_of(form: Form, text: &str) -> Vec<String> {
    let is_local = text.is_empty()
        || text.starts_with(['/', '@', '.'])
        || text.starts_with("unix:")
        || text.starts_with("file:");
    if is_local {
        return Vec::new();
    }
    let host = |text: &str| hosts::host(text).unwrap_or(text).to_owned();
    match form {
        Form::Host | Form::Url => vec![host(text)],
        Form::Connection => connection(text),
        Form::Service => {
            let is_address = text.contains("://")
                || text.contains(':')
                || text.parse::<IpAddr>().is_ok()
                || looks_like_a_host(text);
            if is_address {
                vec![host(text)]
            } else {
                Vec::new()
            }
        }
    }
}

/// An interface (`shop.v1.Cart`) ends in a name with a capital; a host (`pay.example.com`) in a short
/// word without.
fn looks_like_a_host(text: &str) -> bool {
    let Some((_, last)) = text.rsplit_once('.') else {
        return false;
    };
    (2..=6).contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// `scheme://host/…`, `Server=host;…`, `host=a port=1`, or a host by itself. An embedded database
/// (`sqlite::memory:`) has none.
fn connection(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let text_without_jdbc = if lower.starts_with("jdbc:") {
        &text[5..]
    } else {
        text
    };
    if lower.contains("sqlite") || lower == ":memory:" {
        return Vec::new();
    }
    if let Some((_, rest)) = text_without_jdbc.split_once("://") {
        // Some name several hosts, parted by commas.
        let authority = rest.split(['/', '?']).next().unwrap_or(rest);
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, rest)| rest);
        let hosts = authority.split(',').filter(|part| !part.is_empty());
        return hosts
            .map(|part| hosts::host(part).unwrap_or(part).to_owned())
            .collect();
    }
    if text.contains('=') {
        const HOST_KEYS: [&str; 8] = [
            "server",
            "host",
            "hostname",
            "hostaddr",
            "data source",
            "datasource",
            "addr",
            "address",
        ];
        let parts: Vec<&str> = if text.contains(';') {
            text.split(';').collect()
        } else {
            text.split_whitespace().collect()
        };
        let hosts = parts.iter().filter_map(|part| {
            let (key, value) = part.split_once('=')?;
            let key = key.trim().to_ascii_lowercase();
            HOST_KEYS.contains(&key.as_str()).then(|| value.trim())
        });
        return hosts
            .map(|value| value.trim_start_matches("tcp:"))
            .filter(|value| !value.starts_with('/'))
            .map(|value| {
                // `host,1433` and `host\INSTANCE` are SQL Server's.
                let value = value.split([',', '\\']).next().unwrap_or(value);
                hosts::host(value).unwrap_or(value).to_owned()
            })
            .collect();
    }
    vec![hosts::host(text).unwrap_or(text).to_owned()]
}

/// Whether a host is the loopback, a service of the test, or on its network.
fn is_inside(host: &str, file: &TestFile, surroundings: &Surroundings) -> bool {
    let bare = host.split('%').next().unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        let address = address.to_canonical();
        return address.is_loopback() || address.is_unspecified() || surroundings.has(address);
    }
    let host = host.trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || surroundings.is_name(host)
        || file
            .services
            .iter()
            .any(|service| service.name.value.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::model::Service;

    fn reached(key: &str, text: &str, surroundings: &Surroundings) -> Vec<String> {
        let mut file = TestFile::default();
        let mut service = Service::default();
        service.name.value = "db".to_owned();
        file.services.push(service);
        outside(key, &Value::Text(text.into()), &file, surroundings)
    }

    #[test]
    fn the_test_itself_is_inside() {
        let none = Surroundings::default();
        for (key, text) in [
            ("server.address", "db"),
            ("server.address", "DB"),
            ("server.address", "localhost"),
            ("server.address", "127.0.0.1"),
            ("server.address", "::1"),
            ("server.address", "::ffff:127.0.0.1"),
            ("server.address", "0.0.0.0"),
            ("server.address", "/var/run/db.sock"),
            ("server.address", "unix:db.sock"),
            ("server.address", "file:db"),
            ("server.address", ""),
            ("network.peer.address", "172.18.0.3"),
            ("network.peer.address", "fd00::2"),
            ("url.full", "http://db:8080/x?y=http://example.com"),
            ("url.full", "/only/a/path"),
            ("http.host", "db:80"),
            ("db.connection_string", "postgres://user:p@ss@db:5432/shop"),
            ("db.connection_string", "Server=db;Database=shop;User Id=sa"),
            ("db.connection_string", "host=db port=5432 user=x"),
            ("db.connection_string", "sqlite::memory:"),
            ("db.connection_string", "jdbc:postgresql://db/shop"),
            ("rpc.service", "shop.v1.Cart"),
            ("rpc.service", "Greeter"),
            // No peer at all.
            ("http.route", "https://example.com"),
        ] {
            assert_eq!(reached(key, text, &none), [""; 0], "{key} = {text}");
        }
    }

    #[test]
    fn everything_else_is_outside() {
        let none = Surroundings::default();
        for (key, text, host) in [
            ("server.address", "api.example.com", "api.example.com"),
            ("server.address", "db.example.com", "db.example.com"),
            ("server.address", "db2", "db2"),
            ("server.address", "8.8.8.8", "8.8.8.8"),
            (
                "server.address",
                "host.docker.internal",
                "host.docker.internal",
            ),
            ("network.peer.address", "2606:4700::1111", "2606:4700::1111"),
            (
                "url.full",
                "https://user:x@api.example.com/a",
                "api.example.com",
            ),
            ("http.url", "http://[2606:4700::1]:80/", "2606:4700::1"),
            ("http.host", "example.com:443", "example.com"),
            ("net.peer.name", "example.com", "example.com"),
            ("net.peer.ip", "1.1.1.1", "1.1.1.1"),
            ("rpc.service", "gateway:8080", "gateway"),
            ("rpc.service", "8.8.8.8", "8.8.8.8"),
            (
                "messaging.url",
                "amqp://mq.example.com:5672",
                "mq.example.com",
            ),
            (
                "db.connection_string",
                "Server=tcp:sql.example.com,1433;Database=x",
                "sql.example.com",
            ),
            (
                "db.connection_string",
                "mongodb://db,m2.example.com:27017/x",
                "m2.example.com",
            ),
            (
                "db.connection_string",
                "sql.example.com:5432",
                "sql.example.com",
            ),
            ("rpc.service", "pay.example.com", "pay.example.com"),
            ("rpc.service", "grpc://pay:443", "pay"),
            ("server.address", "${HOST}", "${HOST}"),
        ] {
            assert_eq!(reached(key, text, &none), [host], "{key} = {text}");
        }
    }

    #[test]
    fn each_of_a_list_is_a_peer() {
        let text = |text: &str| Value::Text(text.into());
        let hosts = Value::List(vec![
            text("localhost"),
            text("a.example.com"),
            text("b.example.com"),
        ]);
        let none = Surroundings::default();
        assert_eq!(
            outside("server.address", &hosts, &TestFile::default(), &none),
            ["a.example.com", "b.example.com"]
        );
    }

    #[test]
    fn a_run_knows_its_network() {
        let run = Surroundings {
            names: vec!["cache".to_owned()],
            networks: Some(vec![
                (Ipv4Addr::new(172, 30, 0, 16).into(), 28),
                ("fd12:3456::".parse().unwrap(), 64),
            ]),
        };
        assert_eq!(reached("server.address", "cache", &run), [""; 0]);
        assert_eq!(reached("server.address", "172.30.0.31", &run), [""; 0]);
        assert_eq!(reached("server.address", "127.0.0.1", &run), [""; 0]);
        assert_eq!(
            reached("server.address", "172.30.0.32", &run),
            ["172.30.0.32"]
        );
        assert_eq!(reached("server.address", "10.0.0.1", &run), ["10.0.0.1"]);
        assert_eq!(reached("server.address", "fd00::1", &run), ["fd00::1"]);
        assert_eq!(reached("server.address", "fd12:3456::9", &run), [""; 0]);
        assert_eq!(
            reached("server.address", "fd12:3456:0:1::9", &run),
            ["fd12:3456:0:1::9"]
        );
    }
}
