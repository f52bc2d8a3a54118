//! `X113` not-hermetic: `no_external_services` beside something that surely reaches outside.

use super::hosts::{host, is_outside};
use super::shell::{self, Simple, base};
use super::world::World;
use crate::config::model::{Command, Outcome, Pull};
use crate::diagnostic::{Code, Finding};
use crate::source::Span;

pub fn check(world: &World, found: &mut Vec<Finding>) {
    let Some((promise, words)) = promise(world) else {
        return;
    };
    let mut report = |span: Span, message: String, help: &str| {
        found.push(
            Finding::new(Code::X113, span, format!("{message}, but {words}"))
                .label("reaches outside the test")
                .note(promise, "promised here")
                .help(help),
        );
    };
    if let Some(endpoint) = world
        .file
        .otel
        .as_ref()
        .and_then(|otel| otel.endpoint.as_ref())
    {
        if let Some(host) = outside(&endpoint.value, world) {
            report(
                endpoint.span,
                format!("spans are sent to `{host}`"),
                "leave the endpoint out: the run has a receiver of its own",
            );
        }
    }
    for service in &world.file.services {
        let name = &service.name.value;
        if let Some(pull) = service.pull.filter(|pull| pull.value == Pull::Always) {
            let message =
                format!("the image of service `{name}` is pulled from its registry each time");
            report(
                pull.span,
                message,
                "use `pull = \"missing\"` or `pull = \"never\"`",
            );
        }
        for pair in service
            .env
            .iter()
            .filter(|pair| pair.name.value.ends_with("ENDPOINT"))
        {
            if let Some(host) = outside(&pair.value.value, world) {
                let message = format!("service `{name}` is told to reach `{host}`");
                report(
                    pair.value.span,
                    message,
                    "point it at a service of the test",
                );
            }
        }
    }
    for (command, outcome) in commands(world) {
        // A test that is meant to fail may well test that there is no way out.
        let fails = outcome.failure.is_some_and(|failure| failure.value)
            || outcome.exit_code.is_some_and(|code| code.value != 0);
        if fails {
            continue;
        }
        let reached = shell::commands(command)
            .into_iter()
            .find_map(|simple| reaches(&simple, world));
        if let Some(reached) = reached {
            report(
                command.span(),
                reached,
                "serve it from a service of the test, or build it into the image",
            );
        }
    }
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
