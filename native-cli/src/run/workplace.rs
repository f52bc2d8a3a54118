//! The world of one attempt at a test: its network, its containers, what they are told, and the way
//! to look into them when something goes wrong.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use clnrm_core::diagnostic::Code;
use futures_util::StreamExt as _;

use super::capture::Capture;
use super::engine::Engine;
use super::network::Network;
use super::owner::Session;
use super::plan::Planned;
use super::problem::Problem;
use super::receiver::Receiver;
use super::spans::Own;

/// Lines of a log that are fetched for an excerpt.
const LOG_LINES: &str = "20";

/// Where an attempt happens.
#[derive(Debug)]
pub struct Workplace {
    /// The engine.
    pub engine: Engine,
    /// The test.
    pub planned: Arc<Planned>,
    /// A name that no other attempt has.
    pub id: String,
    /// The labels of everything in it.
    pub labels: HashMap<String, String>,
    /// Its network.
    pub network: Network,
    /// Where its spans arrive.
    pub receiver: Receiver,
    /// The runner's own spans.
    pub own: Own,
    /// Until when the whole test must be done.
    pub deadline: Instant,
}

/// A container that was started.
#[derive(Clone, Debug)]
pub struct Started {
    /// Its id.
    pub id: String,
    /// Its address in the test's network.
    pub address: Option<std::net::IpAddr>,
}

/// How a container is doing.
#[derive(Clone, Debug)]
pub struct State {
    /// Whether it runs.
    pub running: bool,
    /// How it ended.
    pub exit_code: i64,
    /// The kernel killed something in it for want of memory.
    pub out_of_memory: bool,
}

/// The name of an attempt: session, and the number of the attempt within it.
pub fn id(session: &Session, number: usize) -> String {
    format!("{}-{number}", session.id)
}

/// Nothing can be received at an address of the test's network.
pub fn deaf(planned: &Planned, gateway: Ipv4Addr, error: &io::Error) -> Problem {
    let message = format!("cannot receive spans at {gateway}: {error}");
    Problem::new(Code::R110, planned.at(), message).help(
        "the engine's networks must be this machine's own: a rootless or remote engine, or one in a virtual machine, is not supported yet",
    )
}

impl Workplace {
    /// Whether containers reach the receiver, once the first of them has started: only then does every
    /// engine have made the network.
    pub async fn hears(&self) -> Result<(), Problem> {
        let local = self.receiver.is_local().await;
        local.map_err(|error| deaf(&self.planned, self.network.gateway, &error))
    }

    /// The name of a container or volume of this attempt, as the engine knows it.
    pub fn name_of(&self, name: &str) -> String {
        let safe = |c: char| {
            if c.is_ascii_alphanumeric() || "_.-".contains(c) {
                c
            } else {
                '-'
            }
        };
        format!(
            "clnrm-{}-{}",
            self.id,
            name.chars().map(safe).collect::<String>()
        )
    }

    /// How a container is doing.
    ///
    /// # Errors
    /// The engine does not answer, or has no such container.
    pub async fn state(&self, container: &str) -> Result<State, bollard::errors::Error> {
        let found = self.engine.inspect(container).await?;
        let state = found.state.unwrap_or_default();
        Ok(State {
            running: state.running.unwrap_or_default(),
            exit_code: state.exit_code.unwrap_or_default(),
            out_of_memory: state.oom_killed.unwrap_or_default(),
        })
    }

    /// The end of a container's log, both streams together; empty if there is none to be had.
    pub async fn log_end(&self, container: &str) -> String {
        let options = LogsOptionsBuilder::default()
            .stdout(true)
            .stderr(true)
            .tail(LOG_LINES)
            .build();
        let mut log = self.engine.docker.logs(container, Some(options));
        let mut capture = Capture::default();
        let gather = async {
            while let Some(Ok(part)) = log.next().await {
                capture.push(bytes_of(&part));
            }
        };
        // A log without line breaks can be long; the end is worth no more than a moment.
        let _ = tokio::time::timeout(Duration::from_secs(5), gather).await;
        capture.text()
    }
}

/// What a piece of output holds, of whichever stream.
pub fn bytes_of(output: &LogOutput) -> &[u8] {
    output.as_ref()
}
