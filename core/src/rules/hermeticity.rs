//! `X113` not-hermetic: `no_external_services` beside something that surely reaches outside.

use super::hosts::{host, is_outside};
use super::shell::{self, Simple, base};
use super::world::World;
use crate::config::model::{Command, Outcome, Pull};
use crate::diagnostic::{Code, Finding, Findings};
use crate::source::Span;

pub fn check(world: &World, found: &mut Findings) {
    let Some((promise, words)) = promise(world) else {
        return;
    };
    let reaches = endpoint(world)
        .into_iter()
        .chain(services(world))
        .chain(scenarios(world));
    found.extend(reaches.map(|reach| {
        let message = format!("{}, but {words}", reach.message);
        Finding::new(Code::X113, reach.span, message)
            .label("reaches outside the test")
            .note(promise, "promised here")
            .help(reach.help)
    }));
}

/// Something that reaches outside.
struct Reach {
    span: Span,
    message: String,
    help: &'static str,
}

fn endpoint(world: &World) -> Option<Reach> {
    let endpoint = world.file.otel.as_ref()?.endpoint.as_ref()?;
    let host = outside(&endpoint.value, world)?;
    Some(Reach {
        span: endpoint.span,
        message: format!("spans are sent to `{host}`"),
        help: "leave the endpoint out: the run has a receiver of its own",
    })
}

fn services<'a>(world: &'a World<'a>) -> impl Iterator<Item = Reach> {
    world.file.services.iter().flat_map(move |service| {
        let name = &service.name.value;
        let pull = service.pull.filter(|pull| pull.value == Pull::Always);
        let pull = pull.map(|pull| Reach {
            span: pull.span,
            message: format!("the image of service `{name}` is pulled from its registry each time"),
            help: "use `pull = \"missing\"` or `pull = \"never\"`",
        });
        let endpoints = service
            .env
            .iter()
            .filter(|pair| pair.name.value.ends_with("ENDPOINT"));
        let endpoints = endpoints.filter_map(move |pair| {
            let host = outside(&pair.value.value, world)?;
            Some(Reach {
                span: pair.value.span,
                message: format!("service `{name}` is told to reach `{host}`"),
                help: "point it at a service of the test",
            })
        });
        pull.into_iter().chain(endpoints)
    })
}

fn scenarios<'a>(world: &'a World<'a>) -> impl Iterator<Item = Reach> {
    // A command that is meant to fail may well test that there is no way out.
    let succeeding = commands(world).filter(|(_, outcome)| {
        !outcome.failure.is_some_and(|failure| failure.value)
            && outcome.exit_code.is_none_or(|code| code.value == 0)
    });
    succeeding.filter_map(move |(command, _)| {
        let mut simple = shell::commands(command).into_iter();
        Some(Reach {
            span: command.span(),
            message: simple.find_map(|simple| reaches(&simple, world))?,
            help: "serve it from a service of the test, or build it into the image",
        })
    })
}

/// Where the file promises to stay inside, and how.
fn promise(world: &World) -> Option<(Span, &'static str)> {
    let told = world
        .file
        .expect
        .hermeticity
        .no_external_services
        .filter(|no| no.value);
    let told = told.map(|no| (no.span, "`no_external_services` is true"));
    told.or_else(|| {
        let hermetic = world
            .file
            .assertions
            .hermetic
            .filter(|hermetic| hermetic.value)?;
        Some((hermetic.span, "`execution_should_be_hermetic` is true"))
    })
}

fn outside<'t>(text: &'t str, world: &World) -> Option<&'t str> {
    host(text).filter(|host| is_outside(host, world))
}

fn commands<'a>(world: &World<'a>) -> impl Iterator<Item = (&'a Command, &'a Outcome)> {
    let scenarios = world.file.scenarios.iter();
    let runs = scenarios.filter_map(|s| Some((s.run.as_ref()?, &s.outcome)));
    runs.chain(
        world
            .steps()
            .filter_map(|(_, step)| Some((step.command.as_ref()?, &step.outcome))),
    )
}

/// How a command surely reaches outside.
fn reaches(simple: &Simple, world: &World) -> Option<String> {
    let (program, arguments) = simple.words.split_first()?;
    let program = base(program);
    if simple.may_fail {
        return None;
    }
    let told = || {
        arguments
            .iter()
            .map(String::as_str)
            .filter(|word| word.contains("://"))
    };
    match program {
        "curl" | "wget" => targets(arguments)
            .find_map(|word| outside(word, world))
            .map(|host| format!("`{program}` reaches `{host}`")),
        "git" => {
            let verb = arguments.iter().find(|word| !word.starts_with('-'))?;
            let remote = matches!(
                verb.as_str(),
                "clone" | "fetch" | "pull" | "push" | "ls-remote"
            );
            let host = told()
                .find_map(|word| outside(word, world))
                .filter(|_| remote)?;
            Some(format!("`git {verb}` reaches `{host}`"))
        }
        _ => {
            let verb = arguments.iter().find(|word| !word.starts_with('-'))?;
            // A mirror or registry that is named may be inside.
            let elsewhere = told().next().is_some()
                || arguments.iter().any(|word| {
                    matches!(
                        word.as_str(),
                        "--offline" | "--no-index" | "--no-network" | "--help" | "--version"
                    )
                });
            (fetches(program, verb) && !elsewhere)
                .then(|| format!("`{program} {verb}` fetches packages from the network"))
        }
    }
}

/// Whether this verb of a package manager asks a public registry.
fn fetches(program: &str, verb: &str) -> bool {
    match program {
        "apk" => matches!(verb, "add" | "update" | "upgrade"),
        "apt" | "apt-get" => matches!(verb, "install" | "update" | "upgrade"),
        "yum" | "dnf" => matches!(verb, "install" | "update" | "upgrade"),
        "npm" | "pnpm" => matches!(verb, "install" | "ci" | "i"),
        "pip" | "pip3" | "gem" | "cargo" => verb == "install",
        "docker" | "podman" => verb == "pull",
        _ => false,
    }
}

/// The words after which a value follows that is no address to call.
const WITH_VALUE: [&str; 22] = [
    "-H",
    "--header",
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-urlencode",
    "--json",
    "-F",
    "--form",
    "-e",
    "--referer",
    "-A",
    "--user-agent",
    "-o",
    "--output",
    "-O",
    "--output-document",
    "-x",
    "--proxy",
    "-b",
    "--cookie",
];

/// The addresses that `curl` or `wget` is given.
fn targets(arguments: &[String]) -> impl Iterator<Item = &str> {
    let before = std::iter::once("").chain(arguments.iter().map(String::as_str));
    arguments.iter().zip(before).filter_map(|(word, before)| {
        // curl's `-O` takes no value, but then a URL follows, which has a scheme.
        let is_value = WITH_VALUE.contains(&before) && !(before == "-O" && word.contains("://"));
        let url = word.starts_with("http://")
            || word.starts_with("https://")
            || word.starts_with("ftp://");
        let bare = !before.starts_with('-')
            && word.contains('.')
            && !word.starts_with(['-', '.', '/', '>', '<']);
        (!is_value && (url || bare && !word.contains("://"))).then_some(word.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{clean, only, trips};
    use super::*;

    fn hermetic(rest: &str) -> String {
        format!(
            "meta.name = 'x'\n[expect.hermeticity]\nno_external_services = true\n\
             [service.api]\nplugin = 'generic_container'\nimage = 'a:1'\n{rest}\n"
        )
    }

    fn step(command: &str) -> String {
        hermetic(&format!(
            "[[steps]]\nname = 's'\nservice = 'api'\ncommand = {command}"
        ))
    }

    #[test]
    fn commands_that_reach_outside_are_told() {
        for command in [
            "'curl -fsS https://example.com/'",
            "['curl', '-s', 'https://example.com/']",
            "['sh', '-c', 'cd /tmp && wget -q http://example.com/x.tar.gz']",
            "'apk add --no-cache curl'",
            "'apt-get update && apt-get install -y jq'",
            "'git clone https://github.com/x/y'",
            "'pip install requests'",
            "'curl example.com'",
            "'curl -o out.html https://example.com'",
        ] {
            trips(Code::X113, &step(command), &[command]);
        }
        let finding = only(&step("'curl https://example.com/'"));
        assert_eq!(
            finding.message,
            "`curl` reaches `example.com`, but `no_external_services` is true"
        );
        assert_eq!(finding.notes.len(), 1);
    }

    #[test]
    fn commands_that_stay_inside_are_fine() {
        for command in [
            "'curl -fsS http://localhost:8080/'",
            "'curl -fsS http://api:8080/'",
            "'curl http://host.docker.internal:4318'",
            "'curl \"$BASE_URL/health\"'",
            "'curl -H \"Referer: https://example.com\" http://api/'",
            "'curl -d https://example.com http://api/hook'",
            "'curl -o page.html http://api/'",
            "'echo curl https://example.com/'",
            "'echo \"see https://example.com\"'",
            "'wget -T 2 http://google.com 2>&1 || echo BLOCKED'",
            "'if curl -s https://example.com; then exit 1; fi'",
            "'! curl -s https://example.com'",
            "['grep', 'https://example.com', '/etc/app.conf']",
            "'apk info curl'",
            "'pip install --no-index ./wheel'",
            "'npm install --registry http://registry:4873'",
            "'git status'",
        ] {
            clean(&step(command));
        }
    }

    #[test]
    fn a_step_that_is_to_fail_may_try_to_get_out() {
        for outcome in ["expect_failure = true", "expected_exit_code = 6"] {
            let text =
                step("'curl -s https://example.com'").trim_end().to_owned() + "\n" + outcome + "\n";
            clean(&text);
        }
    }

    #[test]
    fn endpoints_and_pulls_are_told() {
        let run = "[[scenario]]\nname = 's'\nservice = 'api'\nrun = 'true'\n";
        trips(
            Code::X113,
            &hermetic(&format!(
                "{run}[otel]\nendpoint = 'https://otlp.example.com:4318'"
            )),
            &["'https://otlp.example.com:4318'"],
        );
        trips(
            Code::X113,
            &hermetic(&format!("pull = 'always'\n{run}")),
            &["'always'"],
        );
        trips(
            Code::X113,
            &hermetic(&format!(
                "env = {{ OTEL_EXPORTER_OTLP_ENDPOINT = 'https://api.example.com' }}\n{run}"
            )),
            &["'https://api.example.com'"],
        );
        clean(&hermetic(&format!(
            "pull = 'missing'\n{run}[otel]\nendpoint = 'http://localhost:4318'"
        )));
        clean(&hermetic(&format!(
            "env = {{ OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318' }}\n{run}"
        )));
    }

    #[test]
    fn without_the_promise_all_is_fine() {
        let text = step("'curl https://example.com'");
        clean(&text.replace(
            "no_external_services = true",
            "no_external_services = false",
        ));
        clean(&text.replace("no_external_services = true", ""));
    }
}
