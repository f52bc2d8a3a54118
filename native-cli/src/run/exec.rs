//! One command in a container: started, listened to, and killed at its deadline.

use std::time::{Duration, Instant};

use bollard::container::LogOutput;
use bollard::errors::Error as EngineError;
use bollard::exec::StartExecResults;
use bollard::models::ExecConfig;
use futures_util::StreamExt as _;

use super::capture::Capture;
use super::engine::{full, status};
use super::workplace::Workplace;

/// The variable by which a command and all that it starts are found again when they must be killed.
const MARK: &str = "CLNRM_STEP_ID";

/// How long killing may take before the whole container is killed.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the rest of an output is waited for after the command has ended: something that it left
/// running in the background may hold the stream open for good.
const REST: Duration = Duration::from_millis(300);

/// How the output begins of a command that was not started: what the runtime says, and what Docker says
/// where the container stopped on the way there (seen with Docker 20.10.24+dfsg1).
const REFUSALS: [&str; 2] = ["OCI runtime exec failed", "cannot exec in a stopped"];

/// How often an engine is asked whether a command that prints nothing has ended.
const LOOK: Duration = Duration::from_millis(500);

/// A command.
#[derive(Clone, Debug)]
pub struct Exec<'a> {
    /// The container.
    pub container: &'a str,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Environment variables beside the container's.
    pub env: Vec<(String, String)>,
    /// Where it starts.
    pub working_dir: Option<&'a str>,
    /// When it is killed.
    pub deadline: Instant,
}

/// How a command ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// `None`: it was killed by us, or could not be started.
    pub exit_code: Option<i64>,
    /// It was killed at its deadline.
    pub timed_out: bool,
    /// The engine could not start it, and why.
    pub refused: Option<String>,
    /// What it printed.
    pub stdout: Capture,
    /// The same of standard error.
    pub stderr: Capture,
    /// How long it took.
    pub took: Duration,
}

/// Runs a command to its end, or to its deadline.
pub async fn run(place: &Workplace, exec: Exec<'_>, mark: &str) -> Result<Ended, EngineError> {
    let begun = Instant::now();
    let docker = &place.engine.docker;
    let mut env: Vec<String> = exec
        .env
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    env.push(format!("{MARK}={mark}"));
    let config = ExecConfig {
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(exec.argv.clone()),
        env: Some(env),
        working_dir: exec.working_dir.map(str::to_owned),
        ..ExecConfig::default()
    };
    let mut ended = Ended::default();
    let id = docker.create_exec(exec.container, config).await?.id;
    let started = docker.start_exec(&id, None).await;
    let mut output = match started {
        Ok(StartExecResults::Attached { output, .. }) => output,
        Ok(StartExecResults::Detached) => return Ok(ended),
        // The program is not there, or the folder.
        Err(error) if status(&error) == Some(400) => {
            ended.refused = Some(full(&error));
            return Ok(ended);
        }
        Err(error) => return Err(error),
    };
    let deadline = tokio::time::Instant::from_std(exec.deadline);
    let mut over = false;
    loop {
        let wait = if over { REST } else { LOOK };
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(deadline), if !over => {
                ended.timed_out = true;
                kill(place, exec.container, &id, mark).await;
                over = true;
            }
            part = output.next() => match part {
                Some(Ok(part)) => take(&mut ended, &part),
                Some(Err(error)) if !over => return Err(error),
                Some(Err(_)) | None => break,
            },
            () = tokio::time::sleep(wait) => {
                if over {
                    break;
                }
                over = !docker.inspect_exec(&id).await?.running.unwrap_or_default();
            }
        }
    }
    ended.took = begun.elapsed();
    if ended.timed_out {
        return Ok(ended);
    }
    // The stream may end a moment before the engine knows that the command did.
    for _ in 0..200 {
        let found = docker.inspect_exec(&id).await?;
        if !found.running.unwrap_or_default() {
            ended.exit_code = found.exit_code;
            break;
        }
        if Instant::now() >= exec.deadline {
            ended.timed_out = true;
            kill(place, exec.container, &id, mark).await;
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What the engine prints in the place of a command that it could not start.
    let text = ended.stdout.text();
    if matches!(ended.exit_code, Some(126 | 127)) && REFUSALS.iter().any(|by| text.starts_with(by))
    {
        ended.refused = Some(text.trim().to_owned());
        ended.stdout = Capture::default();
    }
    Ok(ended)
}

fn take(ended: &mut Ended, part: &LogOutput) {
    match part {
        LogOutput::StdErr { message } => ended.stderr.push(message),
        LogOutput::StdOut { message } | LogOutput::Console { message } => {
            ended.stdout.push(message);
        }
        LogOutput::StdIn { .. } => {}
    }
}

/// Kills a command and all that it started, also what ignores SIGTERM or went into the background:
/// by the mark in their environment. Where the image has no shell for that, the container is killed.
async fn kill(place: &Workplace, container: &str, id: &str, mark: &str) {
    let docker = &place.engine.docker;
    let script = format!(
        "for p in /proc/[0-9]*; do \
         tr '\\0' '\\n' < $p/environ 2>/dev/null | grep -q '^{MARK}={mark}$' && kill -9 ${{p##*/}}; \
         done"
    );
    let config = ExecConfig {
        cmd: Some(["sh", "-c", &script].map(str::to_owned).to_vec()),
        user: Some("0".to_owned()),
        ..ExecConfig::default()
    };
    let killing = async {
        let killer = docker.create_exec(container, config).await?.id;
        let options = bollard::exec::StartExecOptions {
            detach: true,
            ..Default::default()
        };
        docker.start_exec(&killer, Some(options)).await?;
        loop {
            if !docker.inspect_exec(id).await?.running.unwrap_or_default() {
                return Ok::<(), EngineError>(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if !matches!(tokio::time::timeout(PATIENCE, killing).await, Ok(Ok(()))) {
        // It is removed with everything else; until then nothing in it goes on.
        let _ = docker.kill_container(container, None).await;
    }
}
