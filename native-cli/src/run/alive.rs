//! Whether a container runs on, and if it does not, why.

use std::time::Duration;

use clnrm_core::diagnostic::Code;
use clnrm_core::source::Span;

use super::engine::full;
use super::plan::Container;
use super::problem::{Problem, Stop};
use super::workplace::{Started, Workplace};

/// Between two looks at a container.
const LOOK: Duration = Duration::from_millis(100);

/// Comes back when the container has ended.
pub async fn end_of(place: &Workplace, container: &Container, started: &Started, at: Span) -> Stop {
    loop {
        tokio::time::sleep(LOOK).await;
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
