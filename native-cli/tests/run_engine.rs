//! `clnrm run` against an engine that misbehaves: a proxy on its socket refuses, lies, and goes away.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/namespace.rs"]
mod namespace;
mod support;

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use engine::{is_root, is_there, left, session, wait_until};
use namespace::Namespace;
use support::{Project, Run};

const REAL: &str = "/var/run/docker.sock";

/// What is done to a request.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// It is answered with this status, and never reaches the engine.
    Status(u16),
    /// The engine does it, and the answer is lost.
    LostReply,
    /// The engine does it, and the answer breaks off in the middle.
    Truncated,
    /// The connection is closed at once.
    Closed,
    /// It arrives half a second late.
    Late,
}

/// A socket before the engine's. Each request has a connection of its own.
struct Proxy {
    path: PathBuf,
    gone: Arc<AtomicBool>,
    hits: Arc<Mutex<usize>>,
}

impl Proxy {
    /// The first request whose first line holds all of `words` suffers `fault`.
    fn start(folder: &Path, words: &'static [&'static str], fault: Option<Fault>) -> Self {
        Self::with(folder, words, fault, 1)
    }

    /// The first `times` of such requests do.
    fn with(
        folder: &Path,
        words: &'static [&'static str],
        fault: Option<Fault>,
        times: usize,
    ) -> Self {
        let path = folder.join("engine.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let gone = Arc::new(AtomicBool::new(false));
        let hits = Arc::new(Mutex::new(0));
        let (is_gone, counted) = (gone.clone(), hits.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if is_gone.load(Ordering::SeqCst) {
                    continue;
                }
                let (is_gone, counted) = (is_gone.clone(), counted.clone());
                thread::spawn(move || serve(client, words, fault, times, &is_gone, &counted));
            }
        });
        Self { path, gone, hits }
    }

    fn url(&self) -> String {
        format!("unix://{}", self.path.display())
    }
}

fn serve(
    mut client: UnixStream,
    words: &[&str],
    fault: Option<Fault>,
    times: usize,
    gone: &AtomicBool,
    hits: &Mutex<usize>,
) {
    let mut head = vec![0; 64 << 10];
    let Ok(read) = client.read(&mut head) else {
        return;
    };
    head.truncate(read);
    let text = String::from_utf8_lossy(&head).into_owned();
    let line = text.lines().next().unwrap_or_default().to_owned();
    let mut chosen = None;
    if !words.is_empty() && words.iter().all(|word| line.contains(word)) {
        let mut hits = hits.lock().unwrap();
        *hits += 1;
        if *hits <= times {
            chosen = fault;
        }
    }
    match chosen {
        Some(Fault::Closed) => return,
        Some(Fault::Status(status)) => {
            let body = r#"{"message":"injected"}"#;
            let answer = format!(
                "HTTP/1.1 {status} Injected\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = client.write_all(answer.as_bytes());
            return;
        }
        Some(Fault::Late) => thread::sleep(Duration::from_millis(500)),
        Some(Fault::LostReply | Fault::Truncated) | None => {}
    }
    let Ok(mut engine) = UnixStream::connect(REAL) else {
        return;
    };
    let _ = engine.write_all(&head);
    let (mut from_client, mut to_engine) =
        (client.try_clone().unwrap(), engine.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_engine);
        let _ = to_engine.shutdown(Shutdown::Write);
    });
    let _ = engine.set_read_timeout(Some(Duration::from_millis(100)));
    let mut buffer = vec![0; 64 << 10];
    loop {
        if gone.load(Ordering::SeqCst) {
            break;
        }
        match engine.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => match chosen {
                Some(Fault::LostReply) => break,
                Some(Fault::Truncated) => {
                    let _ = client.write_all(&buffer[..read.saturating_sub(8)]);
                    break;
                }
                _ => {
                    if client.write_all(&buffer[..read]).is_err() {
                        break;
                    }
                }
            },
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) => {}
            Err(_) => break,
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = engine.shutdown(Shutdown::Both);
}

fn text(command: &str) -> String {
    format!(
        "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\nargs = [\"sh\", \"-c\", \"echo ready; sleep 100\"]\nwait_for = {{ log = \"ready\", timeout = \"10s\" }}\n[[scenario]]\nname = \"s\"\nservice = \"box\"\ntimeout = \"20s\"\nrun = \"{command}\"\n[[expect.span]]\nname = \"x\"\n[expect]\nallow_empty = true\n"
    )
}

/// Requests of a run, each by words of its first line.
const REQUESTS: &[&[&str]] = &[
    &["GET", "/networks?"],
    &["POST", "/networks/create"],
    &["GET", "/images/"],
    &["POST", "/containers/create"],
    &["POST", "/start "],
    &["GET", "/containers/", "/json "],
    &["GET", "/logs"],
    &["POST", "/containers/", "/exec "],
    &["POST", "/exec/", "/start "],
    &["GET", "/exec/", "/json "],
    &["POST", "/kill"],
    &["GET", "/containers/json"],
    &["DELETE", "/containers/"],
    &["DELETE", "/networks/"],
];

#[test]
fn no_fault_of_any_request_leaks_panics_hangs_or_turns_red_into_green() {
    if !is_there() {
        return;
    }
    let faults = [
        Fault::Status(500),
        Fault::Status(404),
        Fault::Status(409),
        Fault::LostReply,
        Fault::Truncated,
        Fault::Closed,
        Fault::Late,
    ];
    let all: Vec<_> = REQUESTS
        .iter()
        .enumerate()
        .flat_map(|(at, words)| {
            faults
                .iter()
                .enumerate()
                .map(move |(kind, fault)| (at, *words, kind, *fault))
        })
        .collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((at, words, kind, fault)) =
                    all.get(next.fetch_add(1, Ordering::SeqCst)).copied()
                {
                    let file = format!("fault-{at}-{kind}.clnrm.toml");
                    // The command fails: whatever the fault, the run may not be green.
                    let project = Project::new(&[(&file, &text("exit 9"))]);
                    let proxy = Proxy::start(&project.path(), words, Some(fault));
                    let mut child = project
                        .command(["run", "--engine", &proxy.url(), &file])
                        .stdout(Stdio::piped())
                        .stderr(Stdio::piped())
                        .spawn()
                        .unwrap();
                    let what = format!("{fault:?} of {words:?}");
                    wait_until(&format!("the end of the run with {what}"), || {
                        child.try_wait().unwrap().is_some()
                    });
                    let output = child.wait_with_output().unwrap();
                    let (out, err) = (
                        String::from_utf8_lossy(&output.stdout),
                        String::from_utf8_lossy(&output.stderr),
                    );
                    assert!(
                        matches!(output.status.code(), Some(1 | 3)),
                        "{what}: {:?}\n{out}{err}",
                        output.status
                    );
                    assert!(
                        !err.contains("panicked") && !out.contains("itself failed"),
                        "{what}\n{out}{err}"
                    );
                    wait_until(&format!("nothing is left after {what}\n{out}{err}"), || {
                        left(&file).is_empty()
                    });
                    let _ = *proxy.hits.lock().unwrap();
                }
            });
        }
    });
}

#[test]
fn what_cannot_be_removed_is_told_and_removed_later() {
    if !is_there() {
        return;
    }
    let file = "stubborn.clnrm.toml";
    let text = text("true");
    let (green, _) = text.split_once("[[expect").unwrap();
    let project = Project::new(&[(file, green)]);
    let words = &["DELETE", "/networks/"];
    let proxy = Proxy::with(&project.path(), words, Some(Fault::Status(500)), usize::MAX);
    let run = project.run(&["run", "--engine", &proxy.url(), file]);
    let all = format!("{}{}", run.out, run.err);
    assert_eq!(run.code, 0, "{all}");
    assert!(all.contains("warning[R108]"), "{all}");
    assert!(all.contains("injected"), "why: {all}");
    // As the message says, unless a run beside this one has found it before.
    let clean = project.run(&["clean"]);
    assert_eq!(clean.code, 0, "{}", clean.err);
    assert_eq!(left(file), "");
}

#[test]
fn an_engine_that_goes_away_ends_the_run_with_3_and_is_cleaned_when_it_is_back() {
    if !is_there() {
        return;
    }
    let file = "gone.clnrm.toml";
    let project = Project::new(&[(file, &text("sleep 600"))]);
    let proxy = Proxy::start(&project.path(), &[], None);
    let mut child = project
        .command(["run", "--engine", &proxy.url(), file])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    session(file);
    thread::sleep(Duration::from_millis(500));
    proxy.gone.store(true, Ordering::SeqCst);
    wait_until("the end of the run", || child.try_wait().unwrap().is_some());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("R101"));
    proxy.gone.store(false, Ordering::SeqCst);
    wait_until("all is removed", || left(file).is_empty());
}

#[test]
fn an_engine_whose_networks_are_elsewhere_is_told_before_anything_is_waited_for() {
    if !is_there() || !is_root() {
        return;
    }
    // The run is in another network namespace than the engine, as with one in a virtual machine.
    let file = "far.clnrm.toml";
    let waits = text("true").replace("log = \"ready\"", "port = 80");
    let project = Project::new(&[(file, &waits)]);
    let output = Namespace::new()
        .command(env!("CARGO_BIN_EXE_clnrm"))
        .args(["run", file])
        .current_dir(project.path())
        .output();
    let run = Run::of(output.unwrap());
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(
        run.out.contains("error[R110]: cannot receive spans"),
        "{}",
        run.out
    );
    assert_eq!(left(file), "");
}
