//! Addresses: URLs, or a host with a port.

use super::{Wrong, has_variable};

const SCHEMES: &[&str] = &[
    "http", "https", "grpc", "grpcs", "tcp", "udp", "unix", "stdout", "ws", "wss",
];

/// Checks an address.
///
/// # Errors
/// When it is none.
pub fn check(text: &str) -> Result<(), Wrong> {
    if has_variable(text) {
        return Ok(());
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong("is no endpoint: it holds a space"));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return match text.rsplit_once(':') {
            Some((host, port)) if is_host(host) && is_port(port) => Ok(()),
            Some((scheme, _)) if SCHEMES.contains(&scheme) => {
                Err(wrong("is no endpoint: `//` is missing after the colon"))
            }
            Some((host, port)) if is_host(host) && port.bytes().all(|b| b.is_ascii_digit()) => {
                Err(wrong(&format!("is no endpoint: `{port}` is no port")))
            }
            _ => Err(wrong("is no endpoint")),
        };
    };
    let scheme = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) {
        return Err(wrong(&format!(
            "is no endpoint: the scheme `{scheme}` is unknown"
        )));
    }
    if scheme == "unix" || scheme == "stdout" {
        return Ok(());
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let address = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (host, port) = match address.rsplit_once(':') {
        // The colons of an IPv6 address stand between brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (address, None),
    };
    if host.is_empty() {
        return Err(wrong("is no endpoint: it has no host"));
    }
    if !is_host(host) {
        return Err(wrong(&format!("is no endpoint: `{host}` is no host")));
    }
    match port {
        Some(port) if !is_port(port) => Err(wrong(&format!("is no endpoint: `{port}` is no port"))),
        _ => Ok(()),
    }
}

fn wrong(message: &str) -> Wrong {
    Wrong::new(message).help("write a URL such as \"http://localhost:4318\"")
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_host(text: &str) -> bool {
    if let Some(address) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_urls_or_hosts_with_ports() {
        for good in [
            "http://localhost:4318",
            "https://otel.example.com/v1/traces?x=1",
            "grpc://otel_collector:4317",
            "localhost:4317",
            "http://[::1]:4318",
            "http://user:pass@host",
            "unix:///run/otel.sock",
            "stdout://default",
            "${ENDPOINT}",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "localhost",
            "http:/localhost",
            "http://",
            "http://:4318",
            "http://local host",
            "http://localhost:99999",
            "http://localhost:port",
            "ftp://localhost",
            "localhost:99999",
            "http://a,b",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
