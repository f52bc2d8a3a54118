//! The built `clnrm` as a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

/// What a run of `clnrm` left.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// From start to end.
    pub took: Duration,
}

impl Ended {
    /// The document of `--format json`.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("no JSON on stdout ({error}): {self:#?}"),
        }
    }
}

/// The path of the program, built first if its sources are newer. `CLNRM_BIN` names another one.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(path) = std::env::var_os("CLNRM_BIN") {
            return path.into();
        }
        let release = !cfg!(debug_assertions);
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "clnrm-cli"]);
        build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        if release {
            build.arg("--release");
        }
        let status = build.status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "clnrm cannot be built"
        );
        // target/debug/deps/this-test → target/debug/clnrm
        let mut path = std::env::current_exe().unwrap_or_default();
        path.pop();
        path.pop();
        path.join(format!("clnrm{}", std::env::consts::EXE_SUFFIX))
    })
}

/// `clnrm` in a folder, with an empty environment, so that no variable of the machine has a say.
#[must_use]
pub fn clnrm(folder: &Path) -> Command {
    let mut command = Command::new(path());
    command.current_dir(folder).env_clear();
    command
}

/// Runs to the end, or fails after `limit`.
///
/// # Panics
/// When it cannot be started, or takes longer.
pub fn run(command: &mut Command, limit: Duration) -> Ended {
    let begin = Instant::now();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => panic!("{command:?}: {error}"),
    };
    // Both pipes are drained while it runs: a full one would hold it up.
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begin.elapsed() < limit => std::thread::sleep(Duration::from_millis(2)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{command:?} did not end within {limit:?}");
            }
        }
    };
    Ended {
        code: status.code(),
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
        took: begin.elapsed(),
    }
}

fn drain(pipe: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
