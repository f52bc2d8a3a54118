//! `clnrm run` on an engine that is killed in mid-run and started again: a Docker of the test's own, which
//! nothing else depends on.
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

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use engine::{given, is_root, is_there, processes, signal, wait_until};
use namespace::Namespace;
use support::{Project, Run};

/// A Docker with a socket, a store, a containerd and namespaces of its own, so that the machine's bridges, rules
/// and mounts are left alone. It and all that it made is gone with this.
struct Dockerd {
    folder: tempfile::TempDir,
    child: Option<Child>,
    namespace: Namespace,
}

impl Dockerd {
    /// `None` where none can be started.
    fn new() -> Option<Self> {
        let version = Command::new("dockerd").arg("--version").output();
        let installed = version.is_ok_and(|output| output.status.success());
        if !is_root() || !given(installed, "dockerd") {
            return None;
        }
        Some(Self {
            folder: tempfile::tempdir().unwrap(),
            child: None,
            namespace: Namespace::new(),
        })
    }

    fn join(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("unix://{}", self.join("docker.sock").display())
    }

    fn start(&mut self) {
        let log = fs::File::create(self.join("log")).unwrap();
        let child = self
            .namespace
            .engine("dockerd")
            .arg("--data-root")
            .arg(self.join("data"))
            .arg("--exec-root")
            .arg(self.join("exec"))
            .arg("--pidfile")
            .arg(self.join("pid"))
            .args(["-H", &self.url()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        wait_until("the engine's start", || {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            let log = || fs::read_to_string(self.join("log")).unwrap();
            assert!(ended.is_none(), "{}", log());
            self.docker(&["version"]).is_some()
        });
    }

    /// What its `docker` prints; `None` if it fails.
    fn docker(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("docker")
            .args(["-H", &self.url()])
            .args(arguments)
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        output.status.success().then(|| text.trim().to_owned())
    }

    /// Gives it the image that the tests use, of the machine's own Docker.
    fn load(&self) {
        let line = format!(
            "docker save alpine:3.20 | docker -H {} load --quiet",
            self.url()
        );
        let loaded = Command::new("sh").args(["-c", &line]).output().unwrap();
        assert!(loaded.status.success());
    }

    /// Containers, networks and volumes of runs.
    fn left(&self) -> String {
        let filter = ["--filter", "label=clnrm.session", "--quiet"];
        let of = |words: &[&str]| self.docker(&[words, &filter[..]].concat()).unwrap();
        [
            of(&["ps", "--all"]),
            of(&["network", "ls"]),
            of(&["volume", "ls"]),
        ]
        .concat()
    }

    /// Ends it as a machine that goes down does: its containerd goes with it, containers stay.
    fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let pid = self.join("exec/containerd/containerd.pid");
        if let Ok(number) = fs::read_to_string(&pid) {
            let number = number.trim().parse().unwrap();
            wait_until("the end of its containerd", || {
                !self.helpers().contains(&number)
            });
            // Where nobody collects the dead its number is still taken, and Docker would wait for it.
            fs::remove_file(pid).unwrap();
        }
    }

    /// Its containerd, and the processes that hold its containers.
    fn helpers(&self) -> Vec<u32> {
        processes(&["containerd", &self.folder.path().to_string_lossy()])
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        let end = |pid: u32, how: &str| {
            let pid = pid.to_string();
            let _ = Command::new("kill").args([how, &pid]).status();
        };
        if let Some(mut child) = self.child.take() {
            end(child.id(), "-TERM");
            let _ = child.wait();
        }
        for pid in self.helpers() {
            end(pid, "-KILL");
        }
    }
}

/// A test with a volume and two containers.
fn test(name: &str, command: &str) -> String {
    format!(
        "[meta]\nname = \"{name}\"\n[service.store]\nimage = \"alpine:3.20\"\nvolumes = [\"kept:/kept\"]\n[service.box]\nimage = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"{command}\"\n"
    )
}

/// A run that was cut off by the end of its engine, while its second test of three waited for a command
/// of so many seconds. `forsaken`: the process that outlives it is gone, too.
fn cut_off(engine: &mut Dockerd, project: &Project, seconds: &str, forsaken: bool) -> Run {
    project.write("a.clnrm.toml", test("first", "true"));
    project.write("b.clnrm.toml", test("second", &format!("sleep {seconds}")));
    project.write("c.clnrm.toml", test("third", "true"));
    let mut child = engine
        .namespace
        .command(env!("CARGO_BIN_EXE_clnrm"))
        .args(["run", "--format", "json", "--max-concurrent", "1"])
        .args(["--engine", &engine.url()])
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the command of the second test", || {
        !processes(&["sleep\0", seconds]).is_empty()
    });
    if forsaken {
        for pid in processes(&["__watchdog", &engine.url()]) {
            signal(pid, "-KILL");
        }
    }
    engine.kill();
    wait_until("the end of the run", || child.try_wait().unwrap().is_some());
    Run::of(child.wait_with_output().unwrap())
}

/// The run says what it knows: what passed before, what was cut off, what was not begun.
fn assert_told(run: &Run) {
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(run.err.contains("R101"), "{}", run.err);
    let json = run.json();
    let tests = json["tests"].as_array().unwrap().iter();
    let verdicts: Vec<&str> = tests
        .map(|test| test["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["passed", "interrupted", "not-run"]);
}

#[test]
fn what_an_engine_that_died_had_of_a_run_is_removed_when_it_is_back() {
    if !is_there() {
        return;
    }
    let Some(mut engine) = Dockerd::new() else {
        return;
    };
    engine.start();
    engine.load();
    let project = Project::new(&[]);

    // The process that outlives the run waits for the engine.
    let run = cut_off(&mut engine, &project, "86301", false);
    assert_told(&run);
    engine.start();
    wait_until("all is removed", || engine.left().is_empty());
    assert!(processes(&["sleep\0", "86301"]).is_empty());

    // Nobody waits for it: what it still knows of is removed by hand.
    let run = cut_off(&mut engine, &project, "86302", true);
    assert_told(&run);
    engine.start();
    assert_ne!(engine.left(), "");
    let clean = project.run(&["clean", "--engine", &engine.url()]);
    assert_eq!(clean.code, 0, "{}{}", clean.out, clean.err);
    assert_eq!(clean.out, "removed 2 containers, 1 network, 1 volume\n");
    assert_eq!(engine.left(), "");

    // Or by the next run.
    let run = cut_off(&mut engine, &project, "86303", true);
    assert_told(&run);
    engine.start();
    assert_ne!(engine.left(), "");
    let next = engine
        .namespace
        .command(env!("CARGO_BIN_EXE_clnrm"))
        .args(["run", "a.clnrm.toml", "--engine", &engine.url()])
        .current_dir(project.path())
        .output();
    let next = Run::of(next.unwrap());
    assert_eq!(next.code, 0, "{}{}", next.out, next.err);
    assert!(
        next.err
            .contains("removed 4 objects that earlier runs left behind"),
        "{}",
        next.err
    );
    assert_eq!(engine.left(), "");
    assert!(processes(&["sleep\0", "8630"]).is_empty());
}
