//! The container engine: finding it, speaking to it, and noticing when it is gone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::errors::Error as EngineError;
use bollard::models::ContainerInspectResponse;
use bollard::{API_DEFAULT_VERSION, Docker};

/// Seconds that one request may take; pulls and waits are streams and have limits of their own.
const REQUEST: u64 = 60;

/// How long an engine may take to answer at all.
const ANSWER: Duration = Duration::from_secs(5);

/// How often a container is looked at whose state is a passing one.
const LOOKS: usize = 100;

/// Between two of these looks.
const LOOK: Duration = Duration::from_millis(20);

/// The variable that names an engine, weaker than `--engine`.
pub const VARIABLE: &str = "CLNRM_ENGINE";

/// An engine that answered.
#[derive(Clone, Debug)]
pub struct Engine {
    /// The client.
    pub docker: Docker,
    /// Where it listens.
    pub url: String,
}

/// No engine answered: what was tried, in order, and why each failed.
#[derive(Debug)]
pub struct Unreachable {
    /// Where, who said so, and the reason.
    pub tried: Vec<(String, String)>,
}

impl std::fmt::Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no container engine answers")?;
        for (url, reason) in &self.tried {
            write!(f, "\n  {url}: {reason}")?;
        }
        f.write_str(
            "\nstart Docker or Podman's socket (`systemctl --user start podman.socket`), or name one with `--engine unix:///path`",
        )
    }
}

impl Engine {
    /// The first engine that answers: the one that was named, else the usual places. A name that
    /// somebody gave is the only one that is tried.
    ///
    /// # Errors
    /// None of them answers.
    pub async fn find(named: Option<&str>) -> Result<Self, Unreachable> {
        let mut tried = Vec::new();
        for (url, from) in candidates(named) {
            match Self::connect(&url).await {
                Ok(engine) => return Ok(engine),
                Err(reason) => tried.push((format!("{url} ({from})"), reason)),
            }
        }
        Err(Unreachable { tried })
    }

    /// Connects, and agrees on a version of the API.
    async fn connect(url: &str) -> Result<Self, String> {
        let client = if url.starts_with("unix://") || url.starts_with("npipe://") {
            Docker::connect_with_local(url, REQUEST, API_DEFAULT_VERSION)
        } else if url.starts_with("tcp://") || url.starts_with("http://") {
            Docker::connect_with_http(url, REQUEST, API_DEFAULT_VERSION)
        } else {
            return Err("only unix://, npipe://, tcp:// and http:// are understood".to_owned());
        };
        let client = client.map_err(|error| match error {
            EngineError::SocketNotFoundError(_) => "no such socket".to_owned(),
            other => full(&other),
        })?;
        let agreed = tokio::time::timeout(ANSWER, client.negotiate_version()).await;
        match agreed {
            Err(_) => Err(format!("no answer within {} s", ANSWER.as_secs())),
            Ok(Err(error)) => Err(full(&error)),
            Ok(Ok(docker)) => Ok(Self {
                docker,
                url: url.to_owned(),
            }),
        }
    }

    /// A container as the engine describes it.
    ///
    /// # Errors
    /// The engine does not answer, or has no such container.
    pub async fn inspect(&self, id: &str) -> Result<ContainerInspectResponse, EngineError> {
        for _ in 1..LOOKS {
            match self.docker.inspect_container(id, None).await {
                // What has ended and is not cleaned up yet is `stopped` with Podman, a word that Docker
                // has not; some milliseconds later it is `exited`.
                Err(EngineError::JsonDataError { .. }) => tokio::time::sleep(LOOK).await,
                found => return found,
            }
        }
        self.docker.inspect_container(id, None).await
    }

    /// Whether it still answers, asked a few times: an engine that restarts is back in a second.
    pub async fn is_there(&self) -> bool {
        for wait in [0, 200, 800] {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            if matches!(
                tokio::time::timeout(ANSWER, self.docker.ping()).await,
                Ok(Ok(_))
            ) {
                return true;
            }
        }
        false
    }
}

/// Where an engine may listen, and who says so.
fn candidates(named: Option<&str>) -> Vec<(String, String)> {
    let variable = |name: &str| std::env::var(name).ok().filter(|url| !url.is_empty());
    if let Some(url) = named {
        return vec![(url.to_owned(), "--engine".to_owned())];
    }
    for name in [VARIABLE, "DOCKER_HOST"] {
        if let Some(url) = variable(name) {
            return vec![(url, name.to_owned())];
        }
    }
    let mut found = Vec::new();
    if let Some((url, name)) = context() {
        found.push((url, format!("Docker context {name}")));
    }
    if cfg!(windows) {
        found.push((
            "npipe:////./pipe/docker_engine".to_owned(),
            "usual place".to_owned(),
        ));
        return found;
    }
    let runtime = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    let home = std::env::home_dir();
    let sockets = [
        Some(PathBuf::from("/var/run/docker.sock")),
        runtime.as_deref().map(|folder| folder.join("docker.sock")),
        home.as_deref()
            .map(|home| home.join(".docker/run/docker.sock")),
        Some(PathBuf::from("/run/podman/podman.sock")),
        runtime
            .as_deref()
            .map(|folder| folder.join("podman/podman.sock")),
    ];
    for socket in sockets.into_iter().flatten() {
        let url = format!("unix://{}", socket.display());
        if !found.iter().any(|(known, _)| *known == url) {
            found.push((url, "usual place".to_owned()));
        }
    }
    found
}

/// The endpoint of the current Docker context, if one is chosen that is not the default.
fn context() -> Option<(String, String)> {
    let folder = std::env::var_os("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".docker")))?;
    let name = std::env::var("DOCKER_CONTEXT")
        .ok()
        .filter(|name| !name.is_empty())
        .or_else(|| {
            let config = read_json(&folder.join("config.json"))?;
            Some(config.get("currentContext")?.as_str()?.to_owned())
        })?;
    if name == "default" {
        return None;
    }
    // Each context has a folder that is named for the digest of its name.
    let mut digest = String::new();
    for byte in clnrm_core::digest::Digest::of(name.as_bytes()).as_bytes() {
        let _ = write!(digest, "{byte:02x}");
    }
    let meta = read_json(&folder.join("contexts/meta").join(digest).join("meta.json"))?;
    let host = meta.pointer("/Endpoints/docker/Host")?.as_str()?;
    Some((host.to_owned(), name))
}

fn read_json(path: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Whether an error means that nobody listens any more, not that the engine said no.
pub fn is_lost(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::HyperLegacyError { .. }
            | EngineError::HyperResponseError { .. }
            | EngineError::IOError { .. }
            | EngineError::SocketNotFoundError(_)
            | EngineError::RequestTimeoutError
    )
}

/// The status that the engine answered with.
pub const fn status(error: &EngineError) -> Option<u16> {
    match error {
        EngineError::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// What the engine said, in one line, with all causes.
pub fn full(error: &EngineError) -> String {
    match error {
        EngineError::DockerResponseServerError { message, .. } => one_line(message),
        EngineError::DockerStreamError { error } => one_line(error),
        other => {
            let mut text = other.to_string();
            let mut cause = std::error::Error::source(other);
            while let Some(inner) = cause {
                let more = inner.to_string();
                if !text.contains(&more) {
                    let _ = write!(text, ": {more}");
                }
                cause = inner.source();
            }
            one_line(&text)
        }
    }
}

fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Messages of ours have no full stop.
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_is_the_only_one_that_is_tried() {
        let found = candidates(Some("unix:///nowhere.sock"));
        assert_eq!(
            found,
            [("unix:///nowhere.sock".to_owned(), "--engine".to_owned())]
        );
    }

    #[test]
    fn a_message_of_several_lines_is_one_line() {
        assert_eq!(one_line("a\n  b\tc."), "a b c");
    }
}
