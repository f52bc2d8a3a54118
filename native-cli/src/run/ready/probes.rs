//! How each condition is looked at.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bollard::query_parameters::LogsOptionsBuilder;
use clnrm_core::config::model::HealthCheck;
use clnrm_core::diagnostic::Code;
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::run::container::argv;
use crate::run::engine::full;
use crate::run::exec::{self, Exec};
use crate::run::plan::Container;
use crate::run::problem::{Problem, Stop, span_of_time};
use crate::run::workplace::{Started, Workplace, bytes_of};

/// Between two probes where nothing else is said.
const INTERVAL: Duration = Duration::from_secs(1);
/// Of one probe where nothing else is said.
const PROBE: Duration = Duration::from_secs(30);
/// Probes that may fail where nothing else is said.
const RETRIES: u64 = 30;

/// Comes back when the container's log, both streams together, holds a text often enough.
pub async fn log(place: &Workplace, started: &Started, text: &str, times: u64) -> Result<(), Stop> {
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

/// Connects to a port of the container.
pub async fn connect(address: Option<IpAddr>, port: u16) -> Result<TcpStream, String> {
    let address = address.ok_or("the container has no address")?;
    let address = SocketAddr::new(address, port);
    match tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

/// The status that a path answers with. Nothing else of the answer matters here.
pub async fn get(address: Option<IpAddr>, port: u16, path: &str) -> Result<u16, String> {
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

/// Comes back when the health check passes, or with a problem when it failed too often.
pub async fn health(
    place: &Workplace,
    container: &Container,
    started: &Started,
    check: &HealthCheck,
    last: &mut String,
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
