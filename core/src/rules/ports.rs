//! `X114` port-conflict.

use std::collections::HashMap;

use super::world::World;
use crate::config::model::{Port, Service, Spanned};
use crate::diagnostic::{Code, Finding, Findings};

/// A port that a service takes on the host.
struct Taken<'a> {
    service: &'a Service,
    port: &'a Spanned<Port>,
}

pub fn check(world: &World, found: &mut Findings) {
    let mut taken: HashMap<(u16, bool), Vec<Taken>> = HashMap::new();
    for service in &world.file.services {
        // Of two services of one name only the first counts: X102 tells about the second.
        let first = world.service(&service.name.value);
        if first.is_none_or(|first| first.name.span != service.name.span) {
            continue;
        }
        for port in &service.ports {
            let Some(number) = port.value.host.filter(|number| *number != 0) else {
                continue;
            };
            let others = taken.entry((number, port.value.udp)).or_default();
            // A few are enough to find the conflict; a thousand on one port would be compared by pairs.
            let earlier = others
                .iter()
                .take(8)
                .find(|o| same_address(&o.port.value, &port.value));
            if let Some(earlier) = earlier {
                let message = if earlier.service.name == service.name {
                    format!(
                        "service `{}` wants host port {number} twice",
                        service.name.value
                    )
                } else {
                    let (a, b) = (&earlier.service.name.value, &service.name.value);
                    format!("services `{a}` and `{b}` both want host port {number}")
                };
                found.push(
                    Finding::new(Code::X114, port.span, message)
                        .label("already taken")
                        .note(
                            earlier.port.span,
                            format!("`{}` takes it here", earlier.service.name.value),
                        )
                        .help("leave the host port out to get a free one"),
                );
            }
            others.push(Taken { service, port });
        }
    }
}

/// Whether two ports of one number are the same socket of the host.
fn same_address(a: &Port, b: &Port) -> bool {
    let address = |port: &Port| match port.host_ip.as_deref() {
        None | Some("" | "localhost") => "127.0.0.1".to_owned(),
        Some(ip) => ip.trim_start_matches('[').trim_end_matches(']').to_owned(),
    };
    let any = |ip: &str| matches!(ip, "0.0.0.0" | "::" | "*");
    let (a, b) = (address(a), address(b));
    a == b || any(&a) || any(&b)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{clean, trips};
    use super::*;

    #[test]
    fn one_host_port_serves_one_service() {
        let two = |a: &str, b: &str| {
            format!(
                "meta.name = 'x'\n[service.a]\nplugin = 'generic_container'\nimage = 'a:1'\nports = [{a}]\n\
                 [service.b]\nplugin = 'generic_container'\nimage = 'a:1'\nports = [{b}]\n\
                 [[steps]]\nname = 's'\ncommand = ['ping', 'a', 'b']\n"
            )
        };
        trips(Code::X114, &two("'8080:80'", "'8080:81'"), &["'8080:81'"]);
        trips(
            Code::X114,
            &two("'0.0.0.0:8080:80'", "'127.0.0.1:8080:81'"),
            &["'127.0.0.1:8080:81'"],
        );
        trips(Code::X114, &two("'8080:80', '8080:90'", ""), &["'8080:90'"]);
        for (a, b) in [
            ("80", "80"),
            ("'80'", "'8080:80'"),
            ("'8080:80'", "'8081:80'"),
            ("'0:80'", "'0:80'"),
            ("'8080:80'", "'8080:80/udp'"),
            ("'127.0.0.2:8080:80'", "'127.0.0.1:8080:80'"),
        ] {
            clean(&two(a, b));
        }
    }
}
