//! `X104` dependency-cycle and `X116` unknown-dependency: `depends_on` of services and of scenarios.

use std::collections::HashMap;

use super::cycles;
use super::world::World;
use crate::config::model::Text;
use crate::diagnostic::{Code, Finding};

/// Other edges of a cycle that are shown beside the first.
const NOTES: usize = 10;

/// One entry of a `depends_on`.
struct Dependency<'a> {
    from: &'a str,
    to: &'a Text,
}

pub fn check(world: &World, found: &mut Vec<Finding>) {
    let file = world.file;
    let services: Vec<_> = file
        .services
        .iter()
        .flat_map(|s| {
            s.depends_on.iter().map(|to| Dependency {
                from: &s.name.value,
                to,
            })
        })
        .collect();
    let scenarios: Vec<_> = file
        .scenarios
        .iter()
        .filter_map(|s| Some((s, s.name.as_ref()?)))
        .flat_map(|(s, name)| {
            s.depends_on.iter().map(|to| Dependency {
                from: &name.value,
                to,
            })
        })
        .collect();
    unknown(world, &services, &scenarios, found);
    cyclic("service", &services, found);
    cyclic("scenario", &scenarios, found);
}

fn unknown(
    world: &World,
    services: &[Dependency],
    scenarios: &[Dependency],
    found: &mut Vec<Finding>,
) {
    let file = world.file;
    if file.is_incomplete() {
        return;
    }
    for Dependency { from, to } in services {
        if world.service(&to.value).is_some() {
            continue;
        }
        let message = format!(
            "service `{from}` depends on `{}`, which is no service",
            to.value
        );
        let names = file.services.iter().map(|s| s.name.value.as_str());
        let mut finding = Finding::new(Code::X116, to.span, message).label("not declared");
        finding.help = world
            .did_you_mean(&to.value, names)
            .or_else(|| declare(&to.value));
        found.push(finding);
    }
    if file
        .scenarios
        .iter()
        .any(|s| s.incomplete && s.name.is_none())
    {
        return;
    }
    for Dependency { from, to } in scenarios {
        if world.scenario(&to.value).is_some() {
            continue;
        }
        let message = format!(
            "scenario `{from}` depends on `{}`, which is no scenario",
            to.value
        );
        let mut finding = Finding::new(Code::X116, to.span, message).label("no scenario");
        let names: Vec<&str> = file
            .scenarios
            .iter()
            .filter_map(|s| Some(s.name.as_ref()?.value.as_str()))
            .collect();
        finding.help = if world.service(&to.value).is_some() {
            Some("services are started before the first scenario: leave this out".to_owned())
        } else {
            world.did_you_mean(&to.value, names.into_iter())
        };
        found.push(finding);
    }
}

/// How to declare a service that is missing.
pub fn declare(name: &str) -> Option<String> {
    let bare = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    (bare && !name.is_empty()).then(|| format!("declare it as `[service.{name}]`"))
}

fn cyclic(what: &str, dependencies: &[Dependency], found: &mut Vec<Finding>) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut number = |name| {
        let next = numbers.len();
        *numbers.entry(name).or_insert(next)
    };
    let edges: Vec<(usize, usize)> = dependencies
        .iter()
        .map(|d| (number(d.from), number(d.to.value.as_str())))
        .collect();
    for cycle in cycles::find(numbers.len(), &edges) {
        let edges = cycle.iter().map(|edge| &dependencies[*edge]);
        let Some(first) = edges.clone().next() else {
            continue;
        };
        let path = cycles::spell(edges.clone().map(|d| d.from));
        let message = format!("{what} `{}` depends on itself: {path}", first.from);
        let mut finding =
            Finding::new(Code::X104, first.to.span, message).label("the cycle starts here");
        for next in edges.skip(1).take(NOTES) {
            let clause = format!("`{}` depends on `{}` here", next.from, next.to.value);
            finding = finding.note(next.to.span, clause);
        }
        found.push(finding.help(format!(
            "no {what} of the cycle can start first: remove one of these"
        )));
    }
}
