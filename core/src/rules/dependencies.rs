//! `X104` dependency-cycle and `X116` unknown-dependency: `depends_on` of services and of scenarios.

use std::collections::{HashMap, HashSet};

use super::cycles;
use super::world::World;
use crate::config::model::Text;
use crate::diagnostic::{Code, Finding, Findings};

/// Other edges of a cycle that are shown beside the first.
const NOTES: usize = 10;

/// One entry of a `depends_on`.
struct Dependency<'a> {
    from: &'a str,
    to: &'a Text,
}

pub fn check(world: &World, found: &mut Findings) {
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
    let names = file.services.iter().map(|s| &*s.name.value);
    cyclic("service", &services, names, found);
    let names = file.scenarios.iter().filter_map(|s| s.name.as_ref());
    cyclic(
        "scenario",
        &scenarios,
        names.map(|name| &*name.value),
        found,
    );
}

fn unknown(world: &World, services: &[Dependency], scenarios: &[Dependency], found: &mut Findings) {
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
        let finding = Finding::new(Code::X116, to.span, message).label("not declared");
        let mut finding = world.meant(finding, &to.value, to.span, names);
        finding.help = finding.help.or_else(|| declare(&to.value));
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
        let finding = Finding::new(Code::X116, to.span, message).label("no scenario");
        let names: Vec<&str> = file
            .scenarios
            .iter()
            .filter_map(|s| Some(s.name.as_ref()?.value.as_str()))
            .collect();
        found.push(if world.service(&to.value).is_some() {
            finding.help("services are started before the first scenario: leave this out")
        } else {
            world.meant(finding, &to.value, to.span, names.into_iter())
        });
    }
}

/// How to declare a service that is missing.
pub fn declare(name: &str) -> Option<String> {
    let bare = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    (bare && !name.is_empty()).then(|| format!("declare it as `[service.{name}]`"))
}

fn cyclic<'a>(
    what: &str,
    dependencies: &[Dependency],
    names: impl Iterator<Item = &'a str>,
    found: &mut Findings,
) {
    // Which of two of the same name (`X102`) is meant cannot be told.
    let mut known = HashSet::new();
    let twice: HashSet<&str> = names.filter(|name| !known.insert(*name)).collect();
    let dependencies: Vec<&Dependency> = dependencies
        .iter()
        .filter(|d| !twice.contains(d.from) && !twice.contains(&*d.to.value))
        .collect();
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
        let edges = cycle.iter().map(|edge| dependencies[*edge]);
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

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::super::testing::{clean, findings_in_damaged, findings_swiftly, only, trips};
    use super::*;

    /// A file with services `name: depends_on`, in each of which a scenario runs.
    fn services(of: &[(&str, &str)]) -> String {
        let mut text = "meta.name = 'x'\n".to_owned();
        for (name, needs) in of {
            let _ = writeln!(
                text,
                "[service.{name}]\nplugin = 'generic_container'\nimage = 'a:1'\ndepends_on = {needs}\n\
                 [[scenario]]\nname = 'in {name}'\nservice = '{name}'\nrun = 'x'"
            );
        }
        text
    }

    #[test]
    fn a_cycle_is_told_at_the_edge_that_stands_first() {
        let text = services(&[
            ("web", "['db']"),
            ("db", "['cache', 'web']"),
            ("cache", "[]"),
        ]);
        trips(Code::X104, &text, &["1:'db'"]);
        let finding = only(&text);
        assert_eq!(
            finding.message,
            "service `web` depends on itself: `web` → `db` → `web`"
        );
        assert_eq!(finding.notes[0].message, "`db` depends on `web` here");
    }

    #[test]
    fn the_whole_of_a_long_cycle_is_shown() {
        let text = services(&[
            ("a", "['b']"),
            ("b", "['c']"),
            ("c", "['d']"),
            ("d", "['b']"),
        ]);
        trips(Code::X104, &text, &["1:'c'"]);
        assert!(only(&text).message.ends_with(": `b` → `c` → `d` → `b`"));
    }

    #[test]
    fn a_service_that_needs_itself_is_a_cycle() {
        trips(Code::X104, &services(&[("a", "['a']")]), &["1:'a'"]);
    }

    #[test]
    fn a_diamond_is_no_cycle() {
        clean(&services(&[
            ("a", "['b', 'c']"),
            ("b", "['d']"),
            ("c", "['d', 'b']"),
            ("d", "[]"),
        ]));
    }

    #[test]
    fn scenarios_have_cycles_too() {
        let text = "meta.name = 'x'\n[[scenario]]\nname = 'a'\nrun = 'x'\ndepends_on = ['b']\n\
                    [[scenario]]\nname = 'b'\nrun = 'x'\ndepends_on = ['a']\n";
        trips(Code::X104, text, &["1:'b'"]);
        // A scenario and a service of one name have nothing to do with each other.
        clean(
            "meta.name = 'x'\n[service.a]\nplugin = 'generic_container'\nimage = 'a:1'\n\
             depends_on = ['b']\n[service.b]\nplugin = 'generic_container'\nimage = 'a:1'\n\
             [[scenario]]\nname = 'a'\nservice = 'a'\nrun = 'x'\n\
             [[scenario]]\nname = 'b'\nrun = 'x'\ndepends_on = ['a']\n",
        );
    }

    #[test]
    fn what_is_depended_on_exists() {
        let text = services(&[("web", "['cahce']"), ("cache", "[]")]);
        trips(Code::X116, &text, &["'cahce'"]);
        assert_eq!(only(&text).help.as_deref(), Some("did you mean `cache`?"));
        let text = services(&[("web", "['mail']")]);
        assert_eq!(
            only(&text).help.as_deref(),
            Some("declare it as `[service.mail]`")
        );
        trips(
            Code::X116,
            "meta.name = 'x'\n[[scenario]]\nname = 'a'\nrun = 'x'\ndepends_on = ['b']\n",
            &["'b'"],
        );
    }

    #[test]
    fn the_lost_table_may_have_been_what_is_depended_on() {
        let text = format!(
            "{}[service.cache\nimage = 'a:1'\n",
            services(&[("web", "['cache']")])
        );
        assert!(findings_in_damaged(&text).is_empty());
    }

    #[test]
    fn ten_thousand_edges_take_no_time() {
        let mut text = "meta.name = 'x'\n".to_owned();
        for n in 0..5_000 {
            let _ = writeln!(
                text,
                "[service.s{n}]\nplugin = 'generic_container'\nimage = 'a:1'\ndepends_on = ['s{}', 's{}']",
                (n + 1) % 5_000,
                (n + 7) % 5_000
            );
        }
        text += "[[scenario]]\nname = 'a'\nservice = 's0'\nrun = 'x'\n";
        let found = findings_swiftly(&text);
        assert!(!found.is_empty() && found.iter().all(|f| f.code == Code::X104));
    }
}
