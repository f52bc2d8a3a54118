//! Published ports: `5432`, `"8080:80"`, `"127.0.0.1:8080:80/tcp"`.

use super::Wrong;
use crate::config::model::Port;

/// A port of a container that is published on a free port of the host.
///
/// # Errors
/// When there is no such port.
pub fn number(number: i128) -> Result<Port, Wrong> {
    Ok(Port {
        host_ip: None,
        host: None,
        container: u16::try_from(number)
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| Wrong::new("is no port").help("ports go from 1 to 65535"))?,
        udp: false,
    })
}

/// A mapping as a text.
///
/// # Errors
/// When it is none.
pub fn parse(text: &str) -> Result<Port, Wrong> {
    let (mapping, udp) = match text.split_once('/') {
        Some((mapping, "tcp")) => (mapping, false),
        Some((mapping, "udp")) => (mapping, true),
        Some((_, protocol)) => {
            return Err(Wrong::new(format!("has an unknown protocol `{protocol}`"))
                .help("the protocol is `tcp` or `udp`"));
        }
        None => (text, false),
    };
    let (host, container) = match mapping.rsplit_once(':') {
        Some((host, container)) => (Some(host), container),
        None => (None, mapping),
    };
    if mapping.contains('-')
        && mapping
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':'))
    {
        return Err(Wrong::new("is a range of ports").help("list each port by itself"));
    }
    let mut port = number(parse_number(container)?)?;
    port.udp = udp;
    if let Some(host) = host {
        let (ip, host) = match host.rsplit_once(':') {
            Some((ip, host)) => (Some(ip), host),
            None => (None, host),
        };
        // An absent or zero host port is a free one.
        if !host.is_empty() && host != "0" {
            port.host = Some(number(parse_number(host)?)?.container);
        }
        if let Some(ip) = ip {
            let bare = ip.trim_start_matches('[').trim_end_matches(']');
            if bare.parse::<std::net::IpAddr>().is_err() && bare != "localhost" {
                return Err(Wrong::new(format!("has no address `{ip}`"))
                    .help("what stands before the host's port is an address such as 127.0.0.1"));
            }
            port.host_ip = Some(bare.to_owned());
        }
    }
    Ok(port)
}

fn parse_number(text: &str) -> Result<i128, Wrong> {
    text.parse().map_err(|_| {
        Wrong::new("is no port")
            .help("write a port such as 80, or \"8080:80\" for host and container")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_have_address_host_container_and_protocol() {
        let port = parse("127.0.0.1:8080:80/udp").unwrap();
        assert_eq!(port.host_ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(
            (port.host, port.container, port.udp),
            (Some(8080), 80, true)
        );
        assert_eq!(parse("8080:80").unwrap().host, Some(8080));
        assert_eq!(parse("0:80").unwrap().host, None);
        assert_eq!(parse(":80").unwrap().host, None);
        assert_eq!(parse("[::1]:1:2").unwrap().host_ip.as_deref(), Some("::1"));
        assert_eq!(parse("5432").unwrap().container, 5432);
        assert_eq!(number(1).unwrap().container, 1);
        for bad in [
            "",
            "x",
            "80/icmp",
            "70000",
            "0",
            "8000-8010",
            "a:b:80",
            "80:",
            "1:2:3",
            "8080:80:",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(number(0).is_err() && number(65_536).is_err() && number(-1).is_err());
    }
}
