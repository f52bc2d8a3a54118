//! `clnrm watch --run`: the tests of valid files are run as they change, one run at a time.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/engine.rs"]
mod engine;
mod support;
#[path = "support/watching.rs"]
mod watching;

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use engine::{is_there, left, session, signal, wait_until};
use serde_json::Value;
use support::{BAD, Project};
use watching::{PATIENCE, Watch};

fn test(name: &str, run: &str) -> String {
    format!(
        "[meta]\nname = \"{name}\"\n[service.box]\nimage = \"alpine:3.20\"\nvolumes = [\".:/here\"]\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"{run}\"\n"
    )
}

impl Watch {
    fn start(project: &Project) -> Self {
        Self::printing(project, "json")
    }

    fn printing(project: &Project, format: &str) -> Self {
        Self::spawn(&mut project.command(["watch", "--run", "--format", format]))
    }

    /// The next line that begins so.
    fn line(&self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect(start);
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// The next run: the names of its tests with their verdicts. Passes before it are told of, too.
    fn run(&self) -> Vec<(String, String)> {
        let mut event = self.event();
        while event["event"] == "pass" {
            event = self.event();
        }
        assert_eq!(event["event"], "run");
        let tests = event["report"]["tests"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        tests
            .map(|test| (text(&test["name"]), text(&test["verdict"])))
            .collect()
    }
}

fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, verdict)| ((*name).to_owned(), (*verdict).to_owned()))
        .collect()
}

#[test]
fn what_is_valid_is_run_and_then_only_what_changed() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[
        ("a.clnrm.toml", &test("a", "true")),
        ("b.clnrm.toml", &test("b", "exit 3")),
        ("c.clnrm.toml", BAD),
    ]);
    let mut watch = Watch::start(&project);
    assert_eq!(watch.run(), told(&[("a", "passed"), ("b", "failed")]));
    project.write("b.clnrm.toml", test("b", "true # mended"));
    assert_eq!(watch.run(), told(&[("b", "passed")]));
    // What is broken is not run, what is mended is.
    project.write("a.clnrm.toml", BAD);
    let pass = watch.event();
    assert_eq!(
        (&pass["event"], &pass["state"]["failed"]),
        (&"pass".into(), &2.into())
    );
    project.write("a.clnrm.toml", test("a", "true # again"));
    assert_eq!(watch.run(), told(&[("a", "passed")]));
    signal(watch.child.id(), "-INT");
    assert_eq!(watch.ends(), Some(0), "no run was going on");
}

#[test]
fn what_failed_and_was_not_run_again_is_not_forgotten() {
    if !is_there() {
        return;
    }
    let project = Project::new(&[
        ("a.clnrm.toml", &test("a", "exit 3")),
        ("b.clnrm.toml", &test("b", "true")),
    ]);
    let mut watch = Watch::printing(&project, "human");
    assert!(!watch.line("2 tests").contains("still"));
    project.write("b.clnrm.toml", test("b", "true # again"));
    watch.line("1 test · 1 passed");
    watch.line("still failing a");
    project.write("a.clnrm.toml", test("a", "true"));
    watch.line("1 test · 1 passed");
    project.write("b.clnrm.toml", test("b", "true"));
    watch.line("1 test · 1 passed");
    signal(watch.child.id(), "-INT");
    watch.ends();
    let rest: Vec<String> = watch.lines.iter().collect();
    assert_eq!(rest, Vec::<String>::new(), "nothing is red any more");
}

#[test]
fn saves_during_a_run_are_one_further_run() {
    if !is_there() {
        return;
    }
    let slow = test("slow", "while ! test -e /here/go; do sleep 0.1; done");
    let project = Project::new(&[
        ("slow.clnrm.toml", &slow),
        ("a.clnrm.toml", "[meta]\nname = \"not yet\"\n"),
        ("b.clnrm.toml", "[meta]\nname = \"not yet\"\n"),
    ]);
    let watch = Watch::start(&project);
    assert_eq!(watch.event()["event"], "pass");
    session("slow.clnrm.toml");
    for (file, name) in [
        ("a.clnrm.toml", "a"),
        ("b.clnrm.toml", "b"),
        ("a.clnrm.toml", "a"),
    ] {
        project.write(file, test(name, &format!("echo {name}{}", file.len())));
        assert_eq!(watch.event()["event"], "pass", "{file}");
        project.write(file, test(name, "true"));
        assert_eq!(watch.event()["event"], "pass", "{file}");
    }
    project.write("go", "");
    assert_eq!(watch.run(), told(&[("slow", "passed")]));
    assert_eq!(watch.run(), told(&[("a", "passed"), ("b", "passed")]));
}

#[test]
fn ctrl_c_during_a_run_leaves_nothing_behind() {
    if !is_there() {
        return;
    }
    for name in ["INT", "TERM"] {
        let file = format!("watched-{name}.clnrm.toml");
        let project = Project::new(&[(&file, &test("t", "trap '' TERM INT; sleep 600"))]);
        let mut watch = Watch::start(&project);
        session(&file);
        signal(watch.child.id(), &format!("-{name}"));
        assert_eq!(watch.run(), told(&[("t", "interrupted")]));
        assert_eq!(watch.ends(), Some(130), "{name}");
        assert_eq!(left(&file), "", "{name}");
    }
}

#[test]
fn a_second_ctrl_c_leaves_at_once_and_the_rest_is_removed_all_the_same() {
    if !is_there() {
        return;
    }
    let file = "watched-twice.clnrm.toml";
    let project = Project::new(&[(file, &test("t", "trap '' TERM INT; sleep 600"))]);
    let mut watch = Watch::start(&project);
    session(file);
    signal(watch.child.id(), "-INT");
    signal(watch.child.id(), "-INT");
    assert_eq!(watch.ends(), Some(130));
    wait_until("all is removed", || left(file).is_empty());
}

/// A watch on a terminal, in which keys can be pressed.
struct Typed {
    child: Child,
    keys: ChildStdin,
    /// All that the terminal got so far.
    shown: Arc<Mutex<String>>,
}

impl Typed {
    fn start(project: &Project) -> Self {
        let line = format!("{} watch --run", env!("CARGO_BIN_EXE_clnrm"));
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .current_dir(project.path())
            .env("TERM", "xterm")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let keys = child.stdin.take().unwrap();
        let mut screen = child.stdout.take().unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let seen = shown.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = screen.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
                seen.lock().unwrap().push_str(&text);
            }
        });
        Self { child, keys, shown }
    }

    fn press(&mut self, key: u8) {
        self.keys.write_all(&[key]).unwrap();
        self.keys.flush().unwrap();
    }

    fn wait_for(&self, text: &str) {
        wait_until(text, || self.shown.lock().unwrap().contains(text));
    }

    fn ends(&mut self) -> Option<i32> {
        wait_until("the end", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn keys_that_leave_during_a_run_leave_nothing_behind() {
    if !is_there() {
        return;
    }
    let ctrl_c = 3;
    for (name, key, code) in [("q", b'q', 0), ("ctrl-c", ctrl_c, 130)] {
        let file = format!("typed-{name}.clnrm.toml");
        let project = Project::new(&[(&file, &test("t", "trap '' TERM INT; sleep 600"))]);
        let mut typed = Typed::start(&project);
        session(&file);
        typed.press(key);
        let ended = typed.ends();
        assert_eq!(ended, Some(code), "{name}: {}", typed.shown.lock().unwrap());
        assert_eq!(left(&file), "", "{name}");
    }
}

#[test]
fn other_keys_work_during_a_run_and_do_not_end_it() {
    if !is_there() {
        return;
    }
    let file = "typed-on.clnrm.toml";
    let waits = test("t", "while ! test -e /here/go; do sleep 0.1; done");
    let project = Project::new(&[(file, &waits)]);
    let mut typed = Typed::start(&project);
    session(file);
    typed.press(b'h');
    typed.wait_for("clear the screen");
    typed.press(b's');
    typed.wait_for("total_latency");
    project.write("go", "");
    typed.wait_for("1 passed");
    typed.press(b'q');
    assert_eq!(typed.ends(), Some(0));
    assert_eq!(left(file), "");
}

#[test]
fn once_runs_once_and_ends_with_the_verdict() {
    if !is_there() {
        return;
    }
    for (run, code, line) in [
        ("true", 0, "1 test · 1 passed · "),
        ("exit 3", 1, "1 test · 1 failed · "),
    ] {
        let project = Project::new(&[("a.clnrm.toml", &test("a", run))]);
        let ended = project.run(&["watch", "--once", "--run"]);
        assert_eq!(ended.code, code, "{}{}", ended.out, ended.err);
        assert!(ended.out.contains("running a\n"), "{}", ended.out);
        let last = ended.out.lines().last().unwrap();
        assert!(last.starts_with(line), "{}", ended.out);
    }
}

#[test]
fn without_an_engine_it_is_said_and_watching_goes_on() {
    let project = Project::new(&[("a.clnrm.toml", &test("a", "true"))]);
    let ended = project.run(&[
        "watch",
        "--once",
        "--run",
        "--engine",
        "unix:///nowhere.sock",
    ]);
    assert_eq!(ended.code, 3);
    assert!(
        ended.out.contains("[R101] no container engine answers"),
        "{}",
        ended.out
    );
}
