//! `X101` unknown-service and `X103` unused-service.

use std::collections::HashMap;

use super::dependencies::declare;
use super::world::World;
use crate::config::model::{Command, Pair, Plugin, Service};
use crate::config::presets;
use crate::diagnostic::{Code, Finding, Findings};

pub fn check(world: &World, found: &mut Findings) {
    unknown(world, found);
    unused(world, found);
}

fn unknown(world: &World, found: &mut Findings) {
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
        let finding = Finding::new(Code::X101, name.span, message).label("no such service");
        let mut finding = world.meant(finding, &name.value, name.span, names);
        finding.help = finding.help.or_else(|| declare(&name.value));
        found.push(finding);
    }
}

/// A service is used when something names it, runs in it by default, or waits for what it does.
fn unused(world: &World, found: &mut Findings) {
    let file = world.file;
    // Without scenarios it is X105 that matters.
    let healthy = file.assertions.services_healthy.is_some_and(|s| s.value);
    if file.services.is_empty() || file.scenarios.is_empty() || healthy || world.is_damaged() {
        return;
    }
    if file.services.len() == 1 && runs_somewhere_unnamed(world) {
        return;
    }
    let words = Words::new(world);
    // A service whose name is misspelt somewhere (`X101`) is used there.
    let meant: Vec<&str> = world
        .service_uses()
        .filter(|name| world.service(&name.value).is_none())
        .filter_map(|name| {
            let names = file.services.iter().map(|s| s.name.value.as_str());
            world.nearest(&name.value, names)
        })
        .collect();
    let expects = file.expect.first().is_some() || file.expect.incomplete;
    for (index, service) in file.services.iter().enumerate() {
        let name = service.name.value.as_str();
        if meant.contains(&name)
            || words.mention(service, index)
            || collects(service)
            || (expects && emits(service))
        {
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

/// The words of the file that might mean a service, each with whose it is.
#[derive(Default)]
struct Words<'a>(HashMap<&'a str, Owner>);

/// Where a word stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// In this service only; what it says of itself is no use of it.
    Service(usize),
    /// Elsewhere too.
    Others,
}

impl<'a> Words<'a> {
    fn new(world: &World<'a>) -> Self {
        let mut words = Self::default();
        for name in world.service_uses() {
            words.put(&name.value, Owner::Others);
        }
        for command in world.commands() {
            words.add_command(command, Owner::Others);
        }
        for scenario in &world.file.scenarios {
            words.add_pairs(&scenario.env, Owner::Others);
            for step in &scenario.steps {
                words.add_pairs(&step.env, Owner::Others);
            }
            for text in &scenario.artifacts {
                words.add(&text.value, Owner::Others);
            }
            // A service is no scenario, but who writes this means that it is used.
            for name in &scenario.depends_on {
                words.put(&name.value, Owner::Others);
            }
        }
        let otel = world.file.otel.as_ref();
        if let Some(endpoint) = otel.and_then(|otel| otel.endpoint.as_ref()) {
            words.add(&endpoint.value, Owner::Others);
        }
        for (index, service) in world.file.services.iter().enumerate() {
            words.add_service(service, Owner::Service(index));
        }
        words
    }

    fn add_service(&mut self, service: &'a Service, owner: Owner) {
        for name in &service.depends_on {
            self.put(&name.value, owner);
        }
        self.add_pairs(&service.env, owner);
        let health = service.health_check.as_ref();
        let health = health.and_then(|health| health.command.as_ref());
        let commands = [service.args.as_ref(), service.entrypoint.as_ref(), health];
        for command in commands.into_iter().flatten() {
            self.add_command(command, owner);
        }
    }

    fn add_command(&mut self, command: &'a Command, owner: Owner) {
        for text in command.texts() {
            self.add(&text.value, owner);
        }
    }

    fn add_pairs(&mut self, pairs: &'a [Pair], owner: Owner) {
        for pair in pairs {
            self.add(&pair.value.value, owner);
        }
    }

    /// Words as host names are written, their first part (`db` of `db.internal`), and ports with
    /// their colon (`:80`).
    fn add(&mut self, text: &'a str, owner: Owner) {
        let letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let mut next = 0;
        for part in text.split(|c| !letter(c)) {
            let (start, end) = (next, next + part.len());
            // Behind each part but the last stands the character that ended it.
            next = end + text[end..].chars().next().map_or(0, char::len_utf8);
            if text[..start].ends_with(':') {
                self.put(&text[start - 1..end], owner);
            }
            let word = part
                .trim_start_matches(['-', '.'])
                .trim_end_matches(['-', '.']);
            self.put(word, owner);
            if let Some((first, _)) = word.split_once('.') {
                self.put(first, owner);
            }
        }
    }

    fn put(&mut self, word: &'a str, owner: Owner) {
        let known = self.0.entry(word).or_insert(owner);
        if *known != owner {
            *known = Owner::Others;
        }
    }

    /// Whether something else than service number `index` says this.
    fn has(&self, word: &str, index: usize) -> bool {
        self.0
            .get(word)
            .is_some_and(|owner| *owner != Owner::Service(index))
    }

    /// Whether the service is named, or one of its ports is spoken to.
    fn mention(&self, service: &Service, index: usize) -> bool {
        let kind = service.plugin.map(|plugin| plugin.value);
        let known: &[u16] = match kind {
            Some(Plugin::Preset(name)) => presets::find(name).map_or(&[], |preset| preset.ports),
            _ => &[],
        };
        let own = service.ports.iter().map(|port| &port.value);
        let mut ports = own
            .flat_map(|port| [Some(port.container), port.host])
            .flatten()
            .chain(known.iter().copied());
        self.has(&service.name.value, index)
            || ports.any(|port| {
                self.has(&format!(":{port}"), index)
                    || port >= 1_000 && self.has(&port.to_string(), index)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{clean, findings_in_damaged, findings_swiftly, only, trips};
    use super::*;

    /// A test in whose service `web` a scenario runs, and a second service.
    fn beside(db: &str, rest: &str) -> String {
        format!(
            "meta.name = 'x'\n{rest}\n[service.web]\nplugin = 'generic_container'\nimage = 'nginx:1.27'\n\
             [service.db]\nplugin = 'generic_container'\n{db}\n"
        )
    }

    const IN_WEB: &str = "[[scenario]]\nname = 'a'\nservice = 'web'\nrun = 'x'\n";
    const IMAGE: &str = "image = 'redis:7'";

    #[test]
    fn a_service_that_is_not_declared_is_told_where_it_is_named() {
        let text = beside(
            IMAGE,
            "[[steps]]\nname = 'a'\nservice = 'wbe'\ncommand = ['ping', 'web', 'db']\n",
        );
        trips(Code::X101, &text, &["'wbe'"]);
        assert_eq!(only(&text).help.as_deref(), Some("did you mean `web`?"));
        let text = "meta.name = 'x'\n[[scenario]]\nname = 'a'\nservice = 'db'\nrun = 'x'\n";
        assert_eq!(
            only(text).help.as_deref(),
            Some("declare it as `[service.db]`")
        );
    }

    #[test]
    fn leaving_the_service_out_is_fine() {
        clean("meta.name = 'x'\n[[steps]]\nname = 'a'\ncommand = ['x']\n");
        clean(
            "meta.name = 'x'\n[service.db]\nplugin = 'generic_container'\nimage = 'a:1'\n[[steps]]\nname = 'a'\ncommand = ['x']\n",
        );
    }

    #[test]
    fn the_lost_table_may_have_been_the_service() {
        let text = "meta.name = 'x'\n[service.db\nimage = 'a:1'\n[[steps]]\nname = 'a'\nservice = 'db'\ncommand = ['x']\n";
        assert!(findings_in_damaged(text).is_empty());
    }

    #[test]
    fn a_service_that_nothing_names_is_told() {
        trips(Code::X103, &beside(IMAGE, IN_WEB), &["db"]);
    }

    #[test]
    fn a_service_is_used_by_what_names_it() {
        for rest in [
            "[[steps]]\nname = 'a'\nservice = 'web'\ncommand = ['redis-cli', '-h', 'db', 'ping']\n",
            "[[steps]]\nname = 'a'\nservice = 'web'\ncommand = 'curl http://db:6379/'\n",
            "[[steps]]\nname = 'a'\nservice = 'web'\ncommand = ['x']\nenv = { URL = 'redis://:pw@db.test:6379' }\n",
            "[otel]\nendpoint = 'http://db:4318'\n[[steps]]\nname = 'a'\nservice = 'web'\ncommand = ['x']\n",
            "[[scenario]]\nname = 'a'\nservice = 'web'\nsteps = [{ name = 'b', service = 'db', command = ['x'] }]\n",
            "[assertions]\nservice_should_start = true\n[[steps]]\nname = 'a'\nservice = 'web'\ncommand = ['x']\n",
        ] {
            clean(&beside(IMAGE, rest));
        }
        let needed = IN_WEB.to_owned()
            + "[service.front]\nplugin = 'generic_container'\nimage = 'a:1'\ndepends_on = ['db', 'web']\n";
        trips(Code::X103, &beside(IMAGE, &needed), &["front"]);
    }

    #[test]
    fn a_service_that_collects_or_emits_spans_is_used() {
        clean(&beside(
            "image = 'otel/opentelemetry-collector:0.111.0'",
            IN_WEB,
        ));
        let expects = format!("[[expect.span]]\nname = 'db.ready'\n{IN_WEB}");
        clean(&beside(
            &format!("{IMAGE}\nwait_for_span = 'db.ready'"),
            &expects,
        ));
        clean(&beside(
            &format!("{IMAGE}\nenv = {{ OTEL_SERVICE_NAME = 'x' }}"),
            &expects,
        ));
    }

    #[test]
    fn a_service_is_used_by_who_speaks_to_its_port() {
        let step =
            "[[steps]]\nname = 'a'\nservice = 'web'\ncommand = 'curl -f http://localhost:9090/'\n";
        clean(&beside(&format!("{IMAGE}\nports = ['9090:80']"), step));
        trips(
            Code::X103,
            &beside(&format!("{IMAGE}\nports = ['9091:80']"), step),
            &["db"],
        );
    }

    #[test]
    fn what_a_service_says_of_itself_is_no_use() {
        let own = format!("{IMAGE}\nports = [6379]\nenv = {{ SELF = 'http://db:6379' }}");
        trips(Code::X103, &beside(&own, IN_WEB), &["1:db"]);
    }

    #[test]
    fn a_word_that_only_holds_the_name_is_no_use() {
        trips(
            Code::X103,
            &beside(
                IMAGE,
                "[[steps]]\nname = 'a'\nservice = 'web'\ncommand = ['psql', '-d', 'testdb', '--db-name']\n",
            ),
            &["3:db"],
        );
    }

    #[test]
    fn many_unknown_names_take_no_time() {
        use std::fmt::Write;
        let mut text = "meta.name = 'x'\n".to_owned();
        for n in 0..3_000 {
            let _ = writeln!(
                text,
                "[service.declared_{n}]\nplugin = 'generic_container'\nimage = 'a:1'"
            );
            let _ = writeln!(
                text,
                "[[steps]]\nname = 's{n}'\nservice = 'missing_{n}'\ncommand = ['x']"
            );
        }
        let found = findings_swiftly(&text);
        let beyond: usize = found.beyond().map(|(_, beyond)| beyond).sum();
        assert_eq!(found.len() + beyond, 6_000);
    }
}
