//! `clnrm watch` as a process: every way of saving is one pass, and nothing else is any.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use support::{BAD, GOOD, Project};

/// Longer than any machine needs, so that only a pass that never comes fails a test.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than the debounce window: what has not come by then does not come.
const SILENCE: Duration = Duration::from_millis(450);

const TEMPLATE: &str = "{% include \"part.toml\" %}\n";

struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut all = vec!["watch", "--format", "json"];
        all.extend(arguments);
        let mut child = project.command(all).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    fn pass(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("a pass");
        serde_json::from_str(&line).unwrap()
    }

    fn silent(&self) {
        if let Ok(line) = self.lines.recv_timeout(SILENCE) {
            panic!("no pass was due: {line}");
        }
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn names(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect()
}

fn checked(pass: &Value) -> Vec<&str> {
    let files = pass["report"]["files"].as_array().unwrap();
    assert_eq!(pass["checked"], files.len());
    files
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect()
}

#[test]
fn a_save_is_one_pass_over_one_file() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD), ("t/b.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["t"]);
    let first = watch.pass();
    assert_eq!(checked(&first), ["t/a.clnrm.toml", "t/b.clnrm.toml"]);
    assert_eq!(first["event"], "pass");
    assert!(names(&first["reason"]).is_empty());
    assert_eq!(
        first["state"],
        serde_json::json!({"files": 2, "ok": 2, "failed": 0})
    );

    project.write("t/a.clnrm.toml", BAD);
    let pass = watch.pass();
    assert_eq!(checked(&pass), ["t/a.clnrm.toml"]);
    assert_eq!(names(&pass["reason"]), ["t/a.clnrm.toml"]);
    assert_eq!(pass["state"]["failed"], 1);
    watch.silent();

    project.write("t/a.clnrm.toml", GOOD);
    let pass = watch.pass();
    assert_eq!(names(&pass["mended"]), ["t/a.clnrm.toml"]);
    assert_eq!(pass["state"]["failed"], 0);
    watch.silent();
}

#[test]
fn what_changes_no_content_is_no_pass() {
    let project = Project::new(&[("a.clnrm.toml", GOOD), ("notes.txt", "x")]);
    let watch = Watch::start(&project, &[]);
    watch.pass();
    project.write("a.clnrm.toml", GOOD);
    project.write("notes.txt", "y");
    project.write(".clnrm/report.json", "{}");
    fs::File::open(project.join("a.clnrm.toml"))
        .unwrap()
        .set_modified(std::time::SystemTime::now())
        .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(
            project.join("a.clnrm.toml"),
            fs::Permissions::from_mode(0o600),
        )
        .unwrap();
    }
    watch.silent();
}

#[test]
fn every_way_of_saving_is_one_pass() {
    let project = Project::new(&[("a.clnrm.toml", GOOD)]);
    let path = project.join("a.clnrm.toml");
    let watch = Watch::start(&project, &[]);
    watch.pass();

    // A temporary file, moved into place.
    project.write(".a.swp", BAD);
    fs::rename(project.join(".a.swp"), &path).unwrap();
    assert_eq!(checked(&watch.pass()), ["a.clnrm.toml"], "rename");
    watch.silent();

    // The old one moved away first.
    fs::rename(&path, project.join("a.clnrm.toml~")).unwrap();
    project.write("a.clnrm.toml", GOOD);
    fs::remove_file(project.join("a.clnrm.toml~")).unwrap();
    let pass = watch.pass();
    assert_eq!(checked(&pass), ["a.clnrm.toml"], "backup");
    assert!(names(&pass["removed"]).is_empty());
    watch.silent();

    // A burst: saved, formatted, saved.
    for text in [BAD, GOOD, BAD] {
        project.write("a.clnrm.toml", text);
    }
    let pass = watch.pass();
    assert_eq!(pass["state"]["failed"], 1, "burst");
    watch.silent();
}

#[test]
fn an_include_rechecks_who_includes_it() {
    let project = Project::new(&[
        ("t/one.clnrm.toml.tera", TEMPLATE),
        ("t/two.clnrm.toml.tera", TEMPLATE),
        ("t/other.clnrm.toml", GOOD),
        ("t/part.toml", GOOD),
    ]);
    let watch = Watch::start(&project, &["t"]);
    assert_eq!(watch.pass()["state"]["ok"], 3);
    project.write("t/part.toml", BAD);
    let pass = watch.pass();
    assert_eq!(
        checked(&pass),
        ["t/one.clnrm.toml.tera", "t/two.clnrm.toml.tera"]
    );
    assert_eq!(names(&pass["reason"]), ["t/part.toml"]);
    assert_eq!(
        pass["state"],
        serde_json::json!({"files": 3, "ok": 1, "failed": 2})
    );

    fs::remove_file(project.join("t/part.toml")).unwrap();
    let pass = watch.pass();
    assert_eq!(pass["checked"], 2);
    assert_eq!(pass["report"]["files"][0]["diagnostics"][0]["code"], "T107");
    project.write("t/part.toml", GOOD);
    assert_eq!(names(&watch.pass()["mended"]).len(), 2, "it is back");
    watch.silent();
}

#[test]
fn files_come_and_go() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["t"]);
    watch.pass();
    project.write("t/b.clnrm.toml", BAD);
    let pass = watch.pass();
    assert_eq!(
        (checked(&pass), &pass["state"]["files"]),
        (vec!["t/b.clnrm.toml"], &2.into())
    );

    fs::remove_file(project.join("t/b.clnrm.toml")).unwrap();
    let pass = watch.pass();
    assert_eq!(pass["checked"], 0);
    assert_eq!(names(&pass["removed"]), ["t/b.clnrm.toml"]);
    assert_eq!(
        pass["state"],
        serde_json::json!({"files": 1, "ok": 1, "failed": 0})
    );

    project.write("t/deep/er/c.clnrm.toml", GOOD);
    assert_eq!(
        checked(&watch.pass()),
        ["t/deep/er/c.clnrm.toml"],
        "a new folder"
    );
    project.write("t/deep/er/c.clnrm.toml", BAD);
    assert_eq!(
        checked(&watch.pass()),
        ["t/deep/er/c.clnrm.toml"],
        "is watched"
    );

    fs::rename(project.join("t/deep"), project.join("t/moved")).unwrap();
    let pass = watch.pass();
    assert_eq!(checked(&pass), ["t/moved/er/c.clnrm.toml"]);
    assert_eq!(names(&pass["removed"]), ["t/deep/er/c.clnrm.toml"]);
    project.write("t/moved/er/c.clnrm.toml", GOOD);
    assert_eq!(names(&watch.pass()["mended"]), ["t/moved/er/c.clnrm.toml"]);
    watch.silent();
}

#[test]
fn a_checkout_is_one_pass() {
    let project = Project::new(&[]);
    let each = |text: &str| {
        for index in 0..150 {
            project.write(&format!("t/{index}.clnrm.toml"), text);
        }
    };
    each(GOOD);
    let watch = Watch::start(&project, &["t"]);
    assert_eq!(watch.pass()["checked"], 150);
    each(BAD);
    // More than one only where writing took longer than the longest window.
    let mut seen = 0;
    while seen < 150 {
        seen += watch.pass()["checked"].as_u64().unwrap();
    }
    watch.silent();
}

#[test]
fn a_folder_that_goes_is_waited_for() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD), ("u/b.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["t", "u"]);
    watch.pass();
    fs::remove_dir_all(project.join("t")).unwrap();
    let pass = watch.pass();
    assert_eq!(names(&pass["removed"]), ["t/a.clnrm.toml"]);
    project.write("t/a.clnrm.toml", BAD);
    let mut pass = watch.pass();
    while pass["checked"] == 0 {
        pass = watch.pass();
    }
    assert_eq!(checked(&pass), ["t/a.clnrm.toml"]);
    project.write("t/a.clnrm.toml", GOOD);
    assert_eq!(checked(&watch.pass()), ["t/a.clnrm.toml"]);
}

#[cfg(unix)]
#[test]
fn a_file_behind_a_link_is_watched() {
    let project = Project::new(&[("real/a.toml", GOOD), ("t/x.txt", "")]);
    std::os::unix::fs::symlink("../real/a.toml", project.join("t/a.clnrm.toml")).unwrap();
    let watch = Watch::start(&project, &["t"]);
    watch.pass();
    project.write("real/a.toml", BAD);
    assert_eq!(checked(&watch.pass()), ["t/a.clnrm.toml"]);
    watch.silent();
}

#[test]
fn the_project_file_and_a_vars_file_concern_all() {
    let template = GOOD.replace("\"good\"", "\"{{ title }}\"");
    let project = Project::new(&[
        ("clnrm.toml", "[vars]\ntitle = \"a\"\n"),
        ("vars.json", "{}"),
        ("t/a.clnrm.toml.tera", &template),
        ("t/b.clnrm.toml.tera", &template),
    ]);
    let watch = Watch::start(&project, &["t", "--vars-file", "vars.json"]);
    assert_eq!(watch.pass()["state"]["ok"], 2);
    project.write("clnrm.toml", "[vars]\n");
    assert_eq!(watch.pass()["state"]["failed"], 2);
    project.write("vars.json", "{\"title\": \"b\"}");
    let pass = watch.pass();
    assert_eq!(pass["state"]["ok"], 2);
    assert_eq!(names(&pass["reason"]), ["vars.json"]);
    watch.silent();
}

#[test]
fn polling_sees_the_same() {
    let project = Project::new(&[("a.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["--poll"]);
    watch.pass();
    // The poller compares times in seconds.
    std::thread::sleep(Duration::from_millis(1100));
    project.write("a.clnrm.toml", BAD);
    assert_eq!(checked(&watch.pass()), ["a.clnrm.toml"]);
}

#[test]
fn once_is_one_pass_with_the_verdicts_code() {
    let project = Project::new(&[("a.clnrm.toml", GOOD)]);
    let run = project.run(&["watch", "--once", "--format", "json"]);
    assert_eq!((run.code, run.json()["state"]["ok"].as_u64()), (0, Some(1)));
    project.write("a.clnrm.toml", BAD);
    let run = project.run(&["watch", "--once"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out.starts_with("a.clnrm.toml:10:11: error[X101]:"),
        "{}",
        run.out
    );
    assert!(
        run.out
            .lines()
            .last()
            .unwrap()
            .starts_with("1 file · 1 failed"),
        "{}",
        run.out
    );
    let empty = Project::new(&[]);
    assert_eq!(empty.run(&["watch", "--once"]).code, 2);
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_a_good_end_and_termination_is_not() {
    for (signal, code) in [("INT", 0), ("TERM", 130)] {
        let project = Project::new(&[("a.clnrm.toml", BAD)]);
        let mut watch = Watch::start(&project, &[]);
        watch.pass();
        watch.signal(signal);
        assert_eq!(watch.child.wait().unwrap().code(), Some(code), "{signal}");
    }
}
