//! A real container engine for the tests, or the reason why there is none.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Set where the tests must not be skipped.
const REQUIRED: &str = "CLNRM_TEST_ENGINE";

/// Whether an engine answers and has the image that most tests use. Where one is required its absence
/// is a failure, elsewhere the test says that it was skipped.
pub fn is_there() -> bool {
    has("alpine:3.20")
}

/// The same with another image.
pub fn has(image: &str) -> bool {
    let found = Command::new("docker")
        .args(["image", "inspect", image])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    given(
        found.is_ok_and(|status| status.success()),
        &format!("a container engine with the image {image}"),
    )
}

/// Whether the machine has what a test needs. Where the tests must not be skipped its absence is a
/// failure, elsewhere the test says that it was skipped.
pub fn given(holds: bool, what: &str) -> bool {
    if !holds {
        assert!(
            std::env::var_os(REQUIRED).is_none(),
            "missing, and {REQUIRED} is set: {what}"
        );
        println!("skipped: needs {what} (see tests/setup.sh)");
    }
    holds
}

/// Whether the tests run as root, which some need; the others are skipped, and say so.
pub fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        println!("skipped: needs root");
    }
    root
}

/// What `docker` prints.
pub fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Containers, networks and volumes that the test in this file left.
pub fn left(file: &str) -> String {
    let filter = format!("label=clnrm.test={file}");
    let filter = ["--filter", &filter, "--quiet"];
    let of = |words: &[&str]| docker(&[words, &filter[..]].concat());
    [
        of(&["ps", "--all"]),
        of(&["network", "ls"]),
        of(&["volume", "ls"]),
    ]
    .concat()
}

/// Waits for something that another process brings about; it has a minute.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "in vain: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// The session of the run of this file, once it has a container.
pub fn session(file: &str) -> String {
    let filter = format!("label=clnrm.test={file}");
    let mut session = String::new();
    wait_until("a running container", || {
        let format = "{{.Label \"clnrm.session\"}}";
        session = docker(&["ps", "--filter", &filter, "--format", format]);
        !session.is_empty()
    });
    session.lines().next().unwrap().to_owned()
}

/// Processes whose command line holds all these words.
pub fn processes(words: &[&str]) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        if words.iter().all(|word| line.contains(word)) {
            found.push(pid);
        }
    }
    found
}

pub fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}
