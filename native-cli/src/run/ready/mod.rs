//! Waiting until a service is ready. Each wait is a race between the condition, the end of the
//! container, and the deadline.

mod conditions;
mod probes;

use std::time::{Duration, Instant};

use clnrm_core::config::model::WaitFor;
use clnrm_core::diagnostic::Code;

use super::alive::{check_alive, end_of};
use super::plan::Container;
use super::problem::{Problem, Stop, span_of_time};
use super::workplace::{Started, Workplace};
use conditions::{Condition, Kind, conditions};

/// How long a service has where nothing else is said.
const DEFAULT: Duration = Duration::from_secs(60);
/// Between two looks at a port or container.
const LOOK: Duration = Duration::from_millis(50);

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
        // Why it does not hold yet.
        let mut last = String::new();
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

/// Comes back when the condition holds; a health check comes back with a problem when too many
/// probes failed.
async fn hold(
    place: &Workplace,
    container: &Container,
    started: &Started,
    condition: &Condition<'_>,
    last: &mut String,
) -> Result<(), Stop> {
    match condition.kind {
        Kind::Log { text, times } => probes::log(place, started, text, times).await,
        Kind::Port(port) => loop {
            match probes::connect(started.address, port).await {
                Ok(_) => return Ok(()),
                Err(reason) => *last = reason,
            }
            tokio::time::sleep(LOOK).await;
        },
        Kind::Http { path, port } => loop {
            match probes::get(started.address, port, path).await {
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
        Kind::Health(check) => probes::health(place, container, started, check, last).await,
    }
}
