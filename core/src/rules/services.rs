//! `X101` unknown-service, `X103` unused-service and `X114` port-conflict.

use std::collections::{HashMap, HashSet};

use super::dependencies::declare;
use super::world::World;
use crate::config::model::{Command, Pair, Plugin, Port, Service, Spanned};
use crate::diagnostic::{Code, Finding};

pub fn check(world: &World, found: &mut Vec<Finding>) {
    unknown(world, found);
    unused(world, found);
    ports(world, found);
}

fn unknown(world: &World, found: &mut Vec<Finding>) {
    let file = world.file;
    if file.is_incomplete() {
        return;
    }
    for name in world
        .service_uses()
        .filter(|name| world.service(&name.value).is_none())
    {
        let names = file.services.iter().map(|s| s.name.value.as_str());
        let message = format!("service `{}` is not declared", name.value);
        let mut finding = Finding::new(Code::X101, name.span, message).label("no such service");
        finding.help = world
            .did_you_mean(&name.value, names)
            .or_else(|| declare(&name.value));
        found.push(finding);
    }
}

/// A service is used when something names it, runs in it by default, or waits for what it does.
fn unused(world: &World, found: &mut Vec<Finding>) {
    let file = world.file;
    // Without scenarios it is X105 that matters.
    let healthy = file.assertions.services_healthy.is_some_and(|s| s.value);
    if file.services.is_empty() || file.scenarios.is_empty() || healthy || world.is_damaged() {
        return;
    }
    if file.services.len() == 1 && runs_somewhere_unnamed(world) {
        return;
    }
    let uses = uses(world);
    let expects = file.expect.first().is_some() || file.expect.incomplete;
    for service in &file.services {
        let name = service.name.value.as_str();
        if uses.contains(name) || collects(service) || (expects && emits(service)) {
            continue;
        }
        found.push(
            Finding::new(
                Code::X103,
                service.name.span,
                format!("nothing uses service `{name}`"),
            )
            .label("started for nothing")
            .help("name it as the `service` of a scenario or step, or remove it"),
        );
    }
}

/// Whether a command runs in the file's only service without saying so.
fn runs_somewhere_unnamed(world: &World) -> bool {
    world.file.scenarios.iter().any(|s| {
        let steps = s.steps.iter().any(|step| step.service.is_none());
        s.service.is_none() && (s.run.is_some() || steps)
    })
}

/// Whether the service is there to receive what others send.
fn collects(service: &Service) -> bool {
    let preset = matches!(
        service.plugin.map(|p| p.value),
        Some(Plugin::Preset("otel_collector"))
    );
    let known = [
        "otel",
        "opentelemetry",
        "jaeger",
        "zipkin",
        "tempo",
        "prometheus",
    ];
    let image = service
        .image
        .as_ref()
        .map_or("", |image| image.value.as_str());
    preset || known.iter().any(|word| image.contains(word))
}

/// Whether the service may well emit spans of its own accord.
fn emits(service: &Service) -> bool {
    let otel = service
        .env
        .iter()
        .any(|pair| pair.name.value.starts_with("OTEL_"));
    otel || service.wait_for_span.is_some()
}

/// Every word of the file that might be the name of a service.
fn uses<'a>(world: &World<'a>) -> HashSet<&'a str> {
    let file = world.file;
    let mut words: HashSet<&str> = world
        .service_uses()
        .map(|name| name.value.as_str())
        .collect();
    for command in world.commands() {
        add_command(command, &mut words);
    }
    for scenario in &file.scenarios {
        add_pairs(&scenario.env, &mut words);
        scenario
            .steps
            .iter()
            .for_each(|step| add_pairs(&step.env, &mut words));
        scenario
            .artifacts
            .iter()
            .for_each(|text| add(&text.value, &mut words));
        // A service is no scenario, but who writes this means that it is used.
        words.extend(scenario.depends_on.iter().map(|text| text.value.as_str()));
    }
    for service in &file.services {
        words.extend(service.depends_on.iter().map(|text| text.value.as_str()));
        add_pairs(&service.env, &mut words);
        let health = service
            .health_check
            .as_ref()
            .and_then(|health| health.command.as_ref());
        let commands = [service.args.as_ref(), service.entrypoint.as_ref(), health];
        commands
            .into_iter()
            .flatten()
            .for_each(|command| add_command(command, &mut words));
    }
    if let Some(endpoint) = file.otel.as_ref().and_then(|otel| otel.endpoint.as_ref()) {
        add(&endpoint.value, &mut words);
    }
    words
}

fn add_command<'a>(command: &'a Command, words: &mut HashSet<&'a str>) {
    command
        .texts()
        .iter()
        .for_each(|text| add(&text.value, words));
}

fn add_pairs<'a>(pairs: &'a [Pair], words: &mut HashSet<&'a str>) {
    pairs.iter().for_each(|pair| add(&pair.value.value, words));
}

/// Words as host names are written, and their first part (`db` of `db.internal`).
fn add<'a>(text: &'a str, words: &mut HashSet<&'a str>) {
    let letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    for word in text.split(|c| !letter(c)) {
        let word = word
            .trim_start_matches(['-', '.'])
            .trim_end_matches(['-', '.']);
        words.insert(word);
        if let Some((first, _)) = word.split_once('.') {
            words.insert(first);
        }
    }
}

/// A port that a service takes on the host.
struct Taken<'a> {
    service: &'a Service,
    port: &'a Spanned<Port>,
}

fn ports(world: &World, found: &mut Vec<Finding>) {
    let mut taken: HashMap<(u16, bool), Vec<Taken>> = HashMap::new();
    for service in &world.file.services {
        // Of two services of one name only the first counts: X102 tells about the second.
        let first = world.service(&service.name.value);
        if !first.is_some_and(|first| first.name.span == service.name.span) {
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
