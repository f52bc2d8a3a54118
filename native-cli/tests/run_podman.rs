//! `clnrm run` and `clnrm clean` on Podman's socket: tests pass and fail there as elsewhere, spans arrive,
//! and what runs left is listed and removed.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/emitting.rs"]
mod emitting;
#[path = "support/ending.rs"]
mod ending;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/namespace.rs"]
mod namespace;
mod support;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use emitting::SEND;
use engine::{given, is_root, is_there, processes, wait_until};
use namespace::Namespace;
use serde_json::Value;
use support::{Project, Run};

/// Podman with a store and a socket of its own; gone with this.
struct Podman {
    folder: tempfile::TempDir,
    namespace: Namespace,
    service: Option<Child>,
}

impl Podman {
    /// With the image that the tests use. `None` where it cannot be started, or there is no Docker to
    /// take the image from.
    fn start() -> Option<Self> {
        if !is_there() {
            return None;
        }
        let version = Command::new("podman").arg("--version").output();
        let installed = version.is_ok_and(|output| output.status.success());
        if !is_root() || !given(installed, "podman") {
            return None;
        }
        let mut podman = Self {
            folder: tempfile::tempdir().unwrap(),
            namespace: Namespace::new(),
            service: None,
        };
        // Where addresses of networks are noted, also of those that are gone.
        podman.namespace.hide("/var/lib/cni");
        // Podman asks for more open files than some machines allow root, and has no init of its own.
        let settings = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n[engine]\ninit_path = \"/usr/bin/docker-init\"\n";
        std::fs::write(podman.join("containers.conf"), settings).unwrap();
        let service = podman
            .command(&["system", "service", "--time=0", &podman.url()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        podman.service = Some(service.unwrap());
        let socket = podman.join("podman.sock");
        wait_until("Podman's socket", || {
            std::os::unix::net::UnixStream::connect(&socket).is_ok()
        });
        podman.load();
        Some(podman)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("unix://{}", self.join("podman.sock").display())
    }

    /// Podman on a store that only this test knows.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.namespace.engine("podman");
        command
            .env("CONTAINERS_CONF", self.join("containers.conf"))
            .arg("--root")
            .arg(self.join("store"))
            .arg("--runroot")
            .arg(self.join("run"))
            .arg("--tmpdir")
            .arg(self.join("tmp"))
            .arg("--network-config-dir")
            .arg(self.join("networks"))
            .args(["--storage-driver", "vfs"])
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    fn podman(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Gives it the image that the tests use, of the machine's own Docker.
    fn load(&self) {
        let image = self.join("image.tar");
        let saved = Command::new("docker")
            .args(["save", "alpine:3.20", "--output"])
            .arg(&image)
            .status();
        assert!(saved.unwrap().success());
        self.podman(&["load", "--input", image.to_str().unwrap()]);
    }

    /// `clnrm run` on it.
    fn run(&self, project: &Project) -> Run {
        let output = self
            .namespace
            .command(env!("CARGO_BIN_EXE_clnrm"))
            .args(["run", "--format", "json", "--engine", &self.url()])
            .current_dir(project.path())
            .output();
        Run::of(output.unwrap())
    }

    /// Containers, networks and volumes of runs.
    fn left(&self) -> String {
        let filter = ["--filter", "label=clnrm.session", "--quiet"];
        let of = |words: &[&str]| self.podman(&[words, &filter[..]].concat());
        [
            of(&["ps", "--all"]),
            of(&["network", "ls"]),
            of(&["volume", "ls"]),
        ]
        .concat()
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        if let Some(mut service) = self.service.take() {
            let _ = service.kill();
            let _ = service.wait();
        }
        // Podman looks after each command for five minutes once it has ended.
        for pid in processes(&[&self.folder.path().to_string_lossy()]) {
            let _ = Command::new("kill")
                .args(["-KILL", &pid.to_string()])
                .status();
        }
    }
}

/// Makes a container, a network and a volume, as a run of that owner would.
fn leave(podman: &Podman, session: &str, owner: &str) {
    let labels = [
        "--label",
        &format!("clnrm.session={session}"),
        "--label",
        &format!("clnrm.owner={owner}"),
    ];
    let make = |words: &[&str], rest: &[&str]| podman.podman(&[words, &labels[..], rest].concat());
    let network = format!("clnrm-{session}-0");
    make(&["network", "create"], &[&network]);
    make(&["volume", "create"], &[&format!("{network}-kept")]);
    let name = format!("{network}-box");
    make(
        &["create", "--name", &name, "--network", &network],
        &["alpine:3.20", "sleep", "100"],
    );
}

#[test]
fn what_runs_left_on_podman_is_listed_and_removed() {
    let Some(podman) = Podman::start() else {
        return;
    };
    let project = Project::new(&[]);
    let clean =
        |more: &[&str]| project.run(&[&["clean", "--engine", &podman.url()], more].concat());
    let none = clean(&[]);
    assert_eq!((none.code, none.out.as_str()), (0, "nothing to remove\n"));

    // Of a process that is certainly gone: its number is used by another, which began at another time.
    let read = |path: &str| std::fs::read_to_string(path).unwrap().trim().to_owned();
    let boot = read("/proc/sys/kernel/random/boot_id");
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap();
    let gone = format!("-/{boot}/{}/{}/1", namespace.display(), std::process::id());
    leave(&podman, "dead", &gone);
    // Of one of which nobody knows.
    leave(&podman, "unknown", "-/-/-/1/1");
    let removed = clean(&[]);
    assert_eq!(removed.code, 0, "{}{}", removed.out, removed.err);
    assert_eq!(
        removed.out,
        "removed 1 container, 1 network, 1 volume\n3 objects of runs that may be going on left alone; `clnrm clean --all` takes them, too\n"
    );
    let all = clean(&["--all"]);
    assert_eq!(all.out, "removed 1 container, 1 network, 1 volume\n");
    assert_eq!(podman.left(), "");
}

/// A test of one service, with a volume, and one command.
fn test(service: &str, command: &str, more: &str) -> String {
    format!(
        "[meta]\nname = \"t\"\n[otel]\nexporter = \"otlp\"\n[service.box]\nimage = \"alpine:3.20\"\nvolumes = [\"kept:/kept\"]\n{service}\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = '''{SEND}{command}'''\n{more}\n"
    )
}

#[test]
fn tests_pass_and_fail_on_podman_as_elsewhere_and_leave_nothing() {
    let Some(podman) = Podman::start() else {
        return;
    };
    let ready =
        "args = [\"sh\", \"-c\", \"echo ready; exec sleep 100\"]\nwait_for = { log = \"ready\" }";
    let dies = "args = [\"sh\", \"-c\", \"exit 7\"]\nwait_for = { port = 80 }";
    let pays = "[[expect.span]]\nname = \"pays\"\n[expect.counts]\nspans_total = { eq = 1 }\n";
    let files = [
        ("a-pays.clnrm.toml", test(ready, "send pays", pays), None),
        ("b-silent.clnrm.toml", test("", "true", pays), Some("E001")),
        ("c-fails.clnrm.toml", test("", "exit 3", ""), Some("R103")),
        (
            "d-hangs.clnrm.toml",
            test("", "trap '' TERM; sleep 777", "timeout = \"1s\""),
            Some("R105"),
        ),
        ("e-dies.clnrm.toml", test(dies, "true", ""), Some("R107")),
    ];
    let project = Project::new(&[]);
    for (name, text, _) in &files {
        project.write(name, text);
    }
    let run = podman.run(&project);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let json = run.json();
    let tests = json["tests"].as_array().unwrap();
    let first = |test: &Value| {
        let code = test["problems"][0]["code"].as_str();
        code.map(str::to_owned)
    };
    let told: Vec<Option<String>> = tests.iter().map(first).collect();
    let wanted = files.map(|(_, _, code)| code.map(str::to_owned));
    assert_eq!(told, wanted, "{json:#}");
    assert_eq!(podman.left(), "");
}

#[test]
fn on_podman_too_a_command_is_not_blamed_for_a_container_that_ends_just_then() {
    let Some(podman) = Podman::start() else {
        return;
    };
    let project = Project::new(&[]);
    let count = ending::write(&project);
    ending::none_is_blamed(&podman.run(&project).json(), count);
    assert_eq!(podman.left(), "");
}
