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
