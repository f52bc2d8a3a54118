//! Waiting until a service is ready. Each wait is a race between the condition, the end of the
//! container, and the deadline.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bollard::query_parameters::LogsOptionsBuilder;
use clnrm_core::config::model::{HealthCheck, WaitFor};
use clnrm_core::diagnostic::Code;
use clnrm_core::source::Span;
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::container::argv;
use super::engine::full;
use super::exec::{self, Exec};
use super::plan::Container;
use super::problem::{Problem, Stop, span_of_time};
use super::workplace::{Started, Workplace, bytes_of};

/// How long a span may take where nothing else is said.
const SPAN: Duration = Duration::from_secs(30);
/// How long a service has where nothing else is said.
const DEFAULT: Duration = Duration::from_secs(60);
/// Between two looks at a port or container.
const LOOK: Duration = Duration::from_millis(50);
/// Between two probes where nothing else is said.
const INTERVAL: Duration = Duration::from_secs(1);
/// Of one probe where nothing else is said.
const PROBE: Duration = Duration::from_secs(30);
/// Probes that may fail where nothing else is said.
const RETRIES: u64 = 30;

/// Something that must hold.
struct Condition<'a> {
    at: Span,
    /// As people say it: `its log shows "ready"`.
    what: String,
    kind: Kind<'a>,
    /// How long it may take, if not as long as all.
    limit: Option<Duration>,
}

enum Kind<'a> {
    Log { text: &'a str, times: u64 },
    Port(u16),
    Http { path: &'a str, port: u16 },
    Health(&'a HealthCheck),
    Span(&'a str),
}

/// Why a condition does not hold yet.
type Last = String;

/// Waits until a service is ready.
pub async fn wait(place: &Workplace, container: &Container, started: &Started) -> Result<(), Stop> {
    let Some(service) = &container.service else {
        return Ok(());
    };
    let default = WaitFor::default();
    let wait_for = service.wait_for.as_ref().unwrap_or(&default);
    let limit = wait_for
        .timeout
        .map_or(DEFAULT, |limit| Duration::from_micros(limit.value));
    let deadline = (Instant::now() + limit).min(place.deadline);
    for condition in conditions(container, wait_for) {
        let mut last = Last::new();
        let (limit, deadline) = match condition.limit {
            Some(own) => (own, (Instant::now() + own).min(place.deadline)),
            None => (limit, deadline),
        };
        let outcome = tokio::select! {
            held = hold(place, container, started, &condition, &mut last) => held,
            ended = end_of(place, container, started, condition.at) => Err(ended),
            () = tokio::time::sleep_until(deadline.into()) => Err(Stop::Engine(String::new())),
        };
        match outcome {
            Ok(()) => {}
            // The deadline: told here, where the last probe is known.
            Err(Stop::Engine(said)) if said.is_empty() => {
                let message = format!(
                    "`{}` was not ready after {}: {}",
                    container.name,
                    span_of_time(limit),
                    condition.what
                );
                let log = place.log_end(&started.id).await;
                let mut problem = Problem::new(Code::R107, condition.at, message);
                if !last.is_empty() {
                    problem = problem.excerpt("the last probe", &last);
                }
                return Err(problem
                    .excerpt(format!("log of `{}`", container.name), &log)
                    .into());
            }
            Err(other) => return Err(other),
        }
    }
    // A container that ends at once is not ready, whatever it was asked for.
    check_alive(place, container, started).await
}

fn conditions<'a>(container: &'a Container, wait_for: &'a WaitFor) -> Vec<Condition<'a>> {
    let Some(service) = &container.service else {
        return Vec::new();
    };
    let mut conditions = Vec::new();
    let first_port = wait_for
        .port
        .map(|port| port.value)
        .or(service.ports.first().map(|port| port.value.container))
        .or(container
            .preset
            .and_then(|preset| preset.ports.first().copied()));
    if let Some(log) = &wait_for.log {
        let times = wait_for.times.map_or(1, |times| times.value).max(1);
        conditions.push(Condition {
            at: log.span,
            what: format!("its log does not show `{}`", log.value),
            limit: None,
            kind: Kind::Log {
                text: &log.value,
                times,
            },
        });
    }
    if let Some(port) = wait_for.port {
        conditions.push(Condition {
            at: port.span,
            what: format!("port {} is not open", port.value),
            limit: None,
            kind: Kind::Port(port.value),
        });
    }
    if let Some(path) = &wait_for.http {
        conditions.push(Condition {
            at: path.span,
            what: format!("`{}` does not answer with a status below 400", path.value),
            limit: None,
            kind: Kind::Http {
                path: &path.value,
                port: first_port.unwrap_or(80),
            },
        });
    }
    if let Some(check) = &service.health_check {
        conditions.push(Condition {
            at: check.span,
            what: "its health check does not pass".to_owned(),
            limit: None,
            kind: Kind::Health(check),
        });
    }
    if let Some(span) = &service.wait_for_span {
        let limit = service
            .wait_for_span_timeout
            .map_or(SPAN, |limit| Duration::from_micros(limit.value));
        conditions.push(Condition {
            at: span.span,
            what: format!("no span `{}` arrived", span.value),
            limit: Some(limit),
            kind: Kind::Span(&span.value),
        });
    }
    // A preset that says nothing else is ready when its port is open.
    if conditions.is_empty()
        && let Some(port) = container.preset.and_then(|preset| preset.ports.first())
    {
        conditions.push(Condition {
            at: service.header,
            what: format!("port {port} is not open"),
            limit: None,
            kind: Kind::Port(*port),
        });
    }
    conditions
}

/// Comes back when the condition holds; a health check comes back with a problem when too many
/// probes failed.
async fn hold(
    place: &Workplace,
    container: &Container,
    started: &Started,
    condition: &Condition<'_>,
    last: &mut Last,
) -> Result<(), Stop> {
    match condition.kind {
        Kind::Log { text, times } => log(place, started, text, times).await,
        Kind::Port(port) => loop {
            match connect(started.address, port).await {
                Ok(_) => return Ok(()),
                Err(reason) => *last = reason,
            }
            tokio::time::sleep(LOOK).await;
        },
        Kind::Http { path, port } => loop {
            match get(started.address, port, path).await {
                Ok(status) if status < 400 => return Ok(()),
                Ok(status) => *last = format!("status {status}"),
                Err(reason) => *last = reason,
            }
            tokio::time::sleep(LOOK).await;
        },
        Kind::Span(name) => loop {
            if place.receiver.has(name) {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        },
        Kind::Health(check) => health(place, container, started, check, last).await,
    }
}

/// Comes back when the container's log, both streams together, holds a text often enough.
async fn log(place: &Workplace, started: &Started, text: &str, times: u64) -> Result<(), Stop> {
    let options = LogsOptionsBuilder::default()
        .stdout(true)
        .stderr(true)
        .follow(true)
        .build();
    let mut log = place.engine.docker.logs(&started.id, Some(options));
    let wanted = text.as_bytes();
    let mut seen = 0;
    // The two streams are searched apart; a text may be cut anywhere.
    let mut rest: [Vec<u8>; 2] = Default::default();
    while let Some(part) = log.next().await {
        let part = part.map_err(|error| Stop::Engine(full(&error)))?;
        let stream = usize::from(matches!(part, bollard::container::LogOutput::StdErr { .. }));
        let rest = &mut rest[stream];
        rest.extend_from_slice(bytes_of(&part));
        let mut from = 0;
        while let Some(at) = rest[from..]
            .windows(wanted.len())
            .position(|window| window == wanted)
        {
            seen += 1;
            from += at + wanted.len();
        }
        if seen >= times {
            return Ok(());
        }
        let keep = rest
            .len()
            .saturating_sub(wanted.len().saturating_sub(1))
            .max(from);
        rest.drain(..keep);
    }
    // The log ends with the container; whoever watches that says so.
    std::future::pending().await
}

async fn connect(address: Option<IpAddr>, port: u16) -> Result<TcpStream, String> {
    let address = address.ok_or("the container has no address")?;
    let address = SocketAddr::new(address, port);
    match tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

/// The status that a path answers with. Nothing else of the answer matters here.
async fn get(address: Option<IpAddr>, port: u16, path: &str) -> Result<u16, String> {
    // A whole address means its path, whatever host it names: the service is asked itself.
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => path,
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let ask = async {
        let mut stream = connect(address, port).await?;
        let request =
            format!("GET {slash}{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .await
            .map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        while answer.len() < 1024 && !answer.contains(&b'\n') {
            if stream
                .read_buf(&mut answer)
                .await
                .map_err(|error| error.to_string())?
                == 0
            {
                break;
            }
        }
        let line = String::from_utf8_lossy(&answer);
        let line = line.lines().next().unwrap_or_default();
        let status = line
            .split_whitespace()
            .nth(1)
            .and_then(|status| status.parse().ok());
        status.ok_or_else(|| format!("no HTTP: {line:?}"))
    };
    match tokio::time::timeout(Duration::from_secs(5), ask).await {
        Ok(answer) => answer,
        Err(_) => Err("no answer within 5s".to_owned()),
    }
}

async fn health(
    place: &Workplace,
    container: &Container,
    started: &Started,
    check: &HealthCheck,
    last: &mut Last,
) -> Result<(), Stop> {
    let Some(command) = &check.command else {
        return Ok(());
    };
    let time = |given: Option<clnrm_core::config::model::Spanned<u64>>, other| {
        given.map_or(other, |given| Duration::from_micros(given.value))
    };
    let interval = time(check.interval, INTERVAL);
    let probe = time(check.timeout, PROBE);
    let grace = Instant::now() + time(check.start_period, Duration::ZERO);
    let retries = check.retries.map_or(RETRIES, |retries| retries.value);
    let mut failed = 0;
    loop {
        let exec = Exec {
            container: &started.id,
            argv: argv(command),
            env: Vec::new(),
            working_dir: None,
            deadline: (Instant::now() + probe).min(place.deadline),
        };
        let mark = format!("{}-health-{failed}", place.id);
        match exec::run(place, exec, &mark).await {
            Ok(ended) if ended.exit_code == Some(0) => return Ok(()),
            Ok(ended) => {
                let how = match (&ended.refused, ended.exit_code) {
                    (Some(said), _) => said.clone(),
                    (None, Some(code)) => format!("exit code {code}"),
                    (None, None) => format!("no end within {}", span_of_time(probe)),
                };
                *last = [how, ended.stdout.text(), ended.stderr.text()]
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .collect::<Vec<_>>()
                    .join("\n");
            }
            // The container may be starting, or ending: whoever watches it knows.
            Err(error) => *last = full(&error),
        }
        if Instant::now() >= grace {
            failed += 1;
        }
        if failed > retries {
            let message = format!(
                "`{}` is not ready: its health check failed {failed} times",
                container.name
            );
            let log = place.log_end(&started.id).await;
            return Err(Problem::new(Code::R107, check.span, message)
                .excerpt("the last probe", last)
                .excerpt(format!("log of `{}`", container.name), &log)
                .into());
        }
        tokio::time::sleep(interval).await;
    }
}

/// Comes back when the container has ended.
async fn end_of(place: &Workplace, container: &Container, started: &Started, at: Span) -> Stop {
    loop {
        tokio::time::sleep(LOOK * 2).await;
        match place.state(&started.id).await {
            Ok(state) if state.running => {}
            Ok(_) => return died(place, container, started, at).await,
            Err(error) => return Stop::Engine(full(&error)),
        }
    }
}

/// Whether a container runs, or ended well by itself.
pub async fn check_alive(
    place: &Workplace,
    container: &Container,
    started: &Started,
) -> Result<(), Stop> {
    let state = place
        .state(&started.id)
        .await
        .map_err(|error| Stop::refused(&error, container.at, "cannot look at a container"))?;
    if state.running || (state.exit_code == 0 && !state.out_of_memory) {
        return Ok(());
    }
    Err(died(place, container, started, container.at).await)
}

/// A container that ended, as a problem.
pub async fn died(place: &Workplace, container: &Container, started: &Started, at: Span) -> Stop {
    let state = match place.state(&started.id).await {
        Ok(state) => state,
        Err(error) => return Stop::refused(&error, at, "cannot look at a container"),
    };
    let log = place.log_end(&started.id).await;
    let name = &container.name;
    let title = format!("log of `{name}`");
    if state.out_of_memory {
        let at = container.limits.memory.map_or(at, |memory| memory.span);
        let message = format!("`{name}` was killed: its container had no memory left");
        return Problem::new(Code::R106, at, message)
            .help("raise `limits.memory`")
            .excerpt(title, &log)
            .into();
    }
    // The engine's init could not start the program: it says so in the log and ends.
    let unstarted = log
        .lines()
        .find(|line| line.contains("FATAL") && line.contains("exec"));
    if let Some(said) = unstarted {
        let service = container.service.as_ref();
        let command =
            service.and_then(|service| service.entrypoint.as_ref().or(service.args.as_ref()));
        let at = command.map_or(container.at, clnrm_core::config::model::Command::span);
        let message = format!("cannot start the container of `{name}`: {said}");
        return Problem::new(Code::R110, at, message)
            .help("the image has no such program")
            .into();
    }
    let message = format!(
        "the container of `{name}` ended with exit code {}",
        state.exit_code
    );
    Problem::new(Code::R107, at, message)
        .help(format!(
            "give `{name}` a command that goes on, or see its log for why it ended"
        ))
        .excerpt(title, &log)
        .into()
}
