//! The process that outlives a run: when the run is gone without having said that it is done, it
//! removes what the run made.
//!
//! It holds the reading end of a pipe whose writing end only the run has. At a byte it ends; at the
//! end of the file without one it cleans up. It is started in two steps, so that it has a session of
//! its own and no parent that a terminal or a build server would take along: the program calls
//! itself, leaves its session there, and calls itself again.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use super::engine::Engine;
use super::{owner, remove};
use crate::errors::Error;
use crate::exit::Outcome;

/// The name of the hidden command.
pub const COMMAND: &str = "__watchdog";

/// How long nothing may turn up before a watchdog ends: a busy engine may be at what a dead run asked of
/// it for seconds.
const SETTLED: Duration = Duration::from_secs(10);

/// How long a watchdog tries.
const PATIENCE: Duration = Duration::from_secs(60);

/// The run's end of the pipe.
#[derive(Debug)]
pub struct Watchdog(Option<ChildStdin>);

impl Watchdog {
    /// Starts one for a session. Without one (no such file, no processes left) a run goes on: the
    /// sweep of the next run is still there.
    pub fn start(session: &str, engine: &str) -> Self {
        let start = || -> io::Result<ChildStdin> {
            let mut first = call(session, engine, "1", Stdio::piped())?;
            let pipe = first.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
            first.wait()?;
            Ok(pipe)
        };
        Self(start().ok())
    }

    /// All is removed and nothing is under way: it may go.
    pub fn dismiss(mut self) {
        if let Some(mut pipe) = self.0.take() {
            let _ = pipe.write_all(b"q");
        }
    }
}

fn call(session: &str, engine: &str, step: &str, stdin: Stdio) -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args([COMMAND, session, engine, step])
        .current_dir("/")
        .stdin(stdin)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

/// What the hidden command does. `step` 1 leaves the session and calls step 2.
pub fn run(session: &str, engine: &str, step: &str) -> Result<Outcome, Error> {
    if step == "1" {
        #[cfg(unix)]
        let _ = rustix::process::setsid();
        let _ = call(session, engine, "2", Stdio::inherit());
        return Ok(Outcome::Good);
    }
    let mut byte = [0];
    if matches!(io::stdin().read(&mut byte), Ok(1)) {
        return Ok(Outcome::Good);
    }
    let label = format!("{}={session}", owner::SESSION);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let deadline = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < deadline {
            // An engine that is being restarted is there again in a moment.
            if let Ok(engine) = Engine::find(Some(engine)).await {
                let left = remove::remove_all(&engine, &label, PATIENCE, SETTLED).await;
                if left.is_empty() {
                    return Ok(Outcome::Good);
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(Outcome::Faults)
    })
}
