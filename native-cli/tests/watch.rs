//! `clnrm watch` as a process: every way of saving is one pass, and nothing else is any.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;
#[path = "support/watching.rs"]
mod watching;

use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use support::{BAD, GOOD, Project};
use watching::{PATIENCE, Watch};

/// Longer than the debounce window: what has not come by then does not come.
const SILENCE: Duration = Duration::from_millis(450);

const TEMPLATE: &str = "{% include \"part.toml\" %}\n";

impl Watch {
    fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut all = vec!["watch", "--format", "json"];
        all.extend(arguments);
        Self::spawn(&mut project.command(all))
    }

    /// Passes until the state is as it should be: on a slow machine a burst may take several.
    fn until(&self, wanted: impl Fn(&Value) -> bool) {
        while !wanted(&self.event()["state"]) {}
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

fn run(program: &str, arguments: &[&str], path: &std::path::Path) {
    let status = std::process::Command::new(program)
        .args(arguments)
        .arg(path)
        .status();
    assert!(status.unwrap().success(), "{program}");
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
    let first = watch.event();
    assert_eq!(checked(&first), ["t/a.clnrm.toml", "t/b.clnrm.toml"]);
    assert_eq!(first["event"], "pass");
    assert!(names(&first["reason"]).is_empty());
    assert_eq!(
        first["state"],
        serde_json::json!({"files": 2, "ok": 2, "failed": 0})
    );

    project.write("t/a.clnrm.toml", BAD);
    let pass = watch.event();
    assert_eq!(checked(&pass), ["t/a.clnrm.toml"]);
    assert_eq!(names(&pass["reason"]), ["t/a.clnrm.toml"]);
    assert_eq!(pass["state"]["failed"], 1);
    watch.silent();

    project.write("t/a.clnrm.toml", GOOD);
    let pass = watch.event();
    assert_eq!(names(&pass["mended"]), ["t/a.clnrm.toml"]);
    assert_eq!(pass["state"]["failed"], 0);
    watch.silent();
}

#[test]
fn what_changes_no_content_is_no_pass() {
    let project = Project::new(&[("a.clnrm.toml", GOOD), ("notes.txt", "x")]);
    let watch = Watch::start(&project, &[]);
    watch.event();
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
    watch.event();

    // A temporary file, moved into place.
    project.write(".a.swp", BAD);
    fs::rename(project.join(".a.swp"), &path).unwrap();
    assert_eq!(checked(&watch.event()), ["a.clnrm.toml"], "rename");
    watch.silent();

    // The old one moved away first.
    fs::rename(&path, project.join("a.clnrm.toml~")).unwrap();
    project.write("a.clnrm.toml", GOOD);
    fs::remove_file(project.join("a.clnrm.toml~")).unwrap();
    let pass = watch.event();
    assert_eq!(checked(&pass), ["a.clnrm.toml"], "backup");
    assert!(names(&pass["removed"]).is_empty());
    watch.silent();

    // Tools that write with a temporary file, and over the file.
    run(
        "sed",
        &["-i", "s/name = \"good\"/name = \"better\"/"],
        &path,
    );
    assert_eq!(checked(&watch.event()), ["a.clnrm.toml"], "sed");
    watch.silent();
    project.write("other", GOOD);
    run("cp", &[project.join("other").to_str().unwrap()], &path);
    assert_eq!(checked(&watch.event()), ["a.clnrm.toml"], "cp");
    watch.silent();

    // A burst: saved, formatted, saved.
    for text in [BAD, GOOD, BAD] {
        project.write("a.clnrm.toml", text);
    }
    let pass = watch.event();
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
    assert_eq!(watch.event()["state"]["ok"], 3);
    project.write("t/part.toml", BAD);
    let pass = watch.event();
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
    let pass = watch.event();
    assert_eq!(pass["checked"], 2);
    assert_eq!(pass["report"]["files"][0]["diagnostics"][0]["code"], "T107");
    project.write("t/part.toml", GOOD);
    assert_eq!(names(&watch.event()["mended"]).len(), 2, "it is back");
    watch.silent();
}

#[test]
fn files_come_and_go() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["t"]);
    watch.event();
    project.write("t/b.clnrm.toml", BAD);
    let pass = watch.event();
    assert_eq!(
        (checked(&pass), &pass["state"]["files"]),
        (vec!["t/b.clnrm.toml"], &2.into())
    );

    fs::remove_file(project.join("t/b.clnrm.toml")).unwrap();
    let pass = watch.event();
    assert_eq!(pass["checked"], 0);
    assert_eq!(names(&pass["removed"]), ["t/b.clnrm.toml"]);
    assert_eq!(
        pass["state"],
        serde_json::json!({"files": 1, "ok": 1, "failed": 0})
    );

    project.write("t/deep/er/c.clnrm.toml", GOOD);
    assert_eq!(
        checked(&watch.event()),
        ["t/deep/er/c.clnrm.toml"],
        "a new folder"
    );
    project.write("t/deep/er/c.clnrm.toml", BAD);
    assert_eq!(
        checked(&watch.event()),
        ["t/deep/er/c.clnrm.toml"],
        "is watched"
    );

    fs::rename(project.join("t/deep"), project.join("t/moved")).unwrap();
    let pass = watch.event();
    assert_eq!(checked(&pass), ["t/moved/er/c.clnrm.toml"]);
    assert_eq!(names(&pass["removed"]), ["t/deep/er/c.clnrm.toml"]);
    project.write("t/moved/er/c.clnrm.toml", GOOD);
    assert_eq!(names(&watch.event()["mended"]), ["t/moved/er/c.clnrm.toml"]);
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
    assert_eq!(watch.event()["checked"], 150);
    each(BAD);
    watch.until(|state| state["failed"] == 150);
    watch.silent();
}

#[test]
fn a_folder_that_goes_is_waited_for() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD), ("u/b.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["t", "u"]);
    watch.event();
    fs::remove_dir_all(project.join("t")).unwrap();
    let pass = watch.event();
    assert_eq!(names(&pass["removed"]), ["t/a.clnrm.toml"]);
    project.write("t/a.clnrm.toml", BAD);
    let mut pass = watch.event();
    while pass["checked"] == 0 {
        pass = watch.event();
    }
    assert_eq!(checked(&pass), ["t/a.clnrm.toml"]);
    project.write("t/a.clnrm.toml", GOOD);
    assert_eq!(checked(&watch.event()), ["t/a.clnrm.toml"]);
}

#[cfg(unix)]
#[test]
fn a_file_behind_a_link_is_watched() {
    let project = Project::new(&[("real/a.toml", GOOD), ("t/x.txt", "")]);
    std::os::unix::fs::symlink("../real/a.toml", project.join("t/a.clnrm.toml")).unwrap();
    let watch = Watch::start(&project, &["t"]);
    watch.event();
    project.write("real/a.toml", BAD);
    assert_eq!(checked(&watch.event()), ["t/a.clnrm.toml"]);
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
    assert_eq!(watch.event()["state"]["ok"], 2);
    project.write("clnrm.toml", "[vars]\n");
    assert_eq!(watch.event()["state"]["failed"], 2);
    project.write("vars.json", "{\"title\": \"b\"}");
    let pass = watch.event();
    assert_eq!(pass["state"]["ok"], 2);
    assert_eq!(names(&pass["reason"]), ["vars.json"]);
    watch.silent();
}

#[test]
fn polling_sees_the_same() {
    let project = Project::new(&[("a.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["--poll"]);
    watch.event();
    // Two saves of the same length within a second.
    for state in ["failed", "ok", "failed"] {
        let text = if state == "ok" { GOOD } else { BAD };
        project.write("a.clnrm.toml", format!("{text:<400}"));
        let pass = watch.event();
        assert_eq!(checked(&pass), ["a.clnrm.toml"]);
        assert_eq!(pass["state"][state], 1);
    }
    fs::remove_file(project.join("a.clnrm.toml")).unwrap();
    assert_eq!(names(&watch.event()["removed"]), ["a.clnrm.toml"]);
    project.write("deep/b.clnrm.toml", GOOD);
    assert_eq!(checked(&watch.event()), ["deep/b.clnrm.toml"]);
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
        watch.event();
        watch.signal(signal);
        assert_eq!(watch.ends(), Some(code), "{signal}");
    }
}

#[test]
fn temporary_files_of_editors_are_never_told() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["t"]);
    watch.event();
    for name in [
        ".a.clnrm.toml.swp",
        ".#a.clnrm.toml",
        "#a.clnrm.toml#",
        "a.clnrm.toml~",
        "a.clnrm.toml___jb_tmp___",
        "4913",
        "sedX1y2Z3",
    ] {
        project.write(&format!("t/{name}"), BAD);
    }
    // Gone before anybody could look.
    project.write("t/tmp1.clnrm.toml", BAD);
    fs::remove_file(project.join("t/tmp1.clnrm.toml")).unwrap();
    watch.silent();
}

#[test]
fn a_folder_that_is_made_and_filled_at_once_is_seen_whole() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["t"]);
    watch.event();
    for index in 0..40 {
        project.write(&format!("t/{index}/deep/b.clnrm.toml"), BAD);
    }
    watch.until(|state| state["failed"] == 40);
    watch.silent();
    project.write("t/39/deep/b.clnrm.toml", GOOD);
    assert_eq!(names(&watch.event()["mended"]), ["t/39/deep/b.clnrm.toml"]);
}

#[test]
fn a_change_during_start_up_is_not_missed() {
    let project = Project::new(&[]);
    for index in 0..60 {
        project.write(&format!("t/{index}.clnrm.toml"), GOOD);
    }
    for round in 0..5 {
        let text = if round % 2 == 0 { BAD } else { GOOD };
        let watch = Watch::start(&project, &["t"]);
        std::thread::sleep(Duration::from_millis(round));
        for index in (0..60).step_by(7) {
            // Whole at once: half of a file may be as wrong as all of it.
            project.write("t/.new", text);
            let name = format!("t/{index}.clnrm.toml");
            fs::rename(project.join("t/.new"), project.join(&name)).unwrap();
        }
        let wanted = if round % 2 == 0 { 9 } else { 0 };
        watch.until(|state| state["failed"] == wanted);
        watch.silent();
    }
}

#[test]
fn a_library_whose_folder_is_renamed_is_missed_and_found_again() {
    let project = Project::new(&[
        ("t/one.clnrm.toml.tera", "{% include \"lib/part.toml\" %}\n"),
        ("t/lib/part.toml", GOOD),
    ]);
    let watch = Watch::start(&project, &["t"]);
    assert_eq!(watch.event()["state"]["ok"], 1);
    fs::rename(project.join("t/lib"), project.join("t/bil")).unwrap();
    let pass = watch.event();
    assert_eq!(pass["report"]["files"][0]["diagnostics"][0]["code"], "T107");
    fs::rename(project.join("t/bil"), project.join("t/lib")).unwrap();
    assert_eq!(names(&watch.event()["mended"]), ["t/one.clnrm.toml.tera"]);
    watch.silent();
}

#[test]
fn a_parent_of_what_is_watched_may_be_renamed() {
    let project = Project::new(&[("a/b/t/a.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["a/b/t"]);
    watch.event();
    fs::rename(project.join("a"), project.join("c")).unwrap();
    assert_eq!(names(&watch.event()["removed"]), ["a/b/t/a.clnrm.toml"]);
    fs::rename(project.join("c"), project.join("a")).unwrap();
    assert_eq!(checked(&watch.event()), ["a/b/t/a.clnrm.toml"]);
    project.write("a/b/t/a.clnrm.toml", BAD);
    assert_eq!(checked(&watch.event()), ["a/b/t/a.clnrm.toml"]);
}

#[cfg(unix)]
#[test]
fn links_may_come_to_lead_elsewhere() {
    use std::os::unix::fs::symlink;
    let project = Project::new(&[
        ("far/good.toml", GOOD),
        ("far/bad.toml", BAD),
        ("one/part.toml", GOOD),
        ("two/part.toml", BAD),
        (
            "t/by_folder.clnrm.toml.tera",
            "{% include \"lib/part.toml\" %}\n",
        ),
        ("t/by_file.clnrm.toml.tera", TEMPLATE),
    ]);
    let link = |to: &str, name: &str| {
        let _ = fs::remove_file(project.join(name));
        symlink(to, project.join(name)).unwrap();
    };
    link("../far/good.toml", "t/itself.clnrm.toml");
    link("../far/good.toml", "t/part.toml");
    link("../one", "t/lib");
    let watch = Watch::start(&project, &["t"]);
    assert_eq!(watch.event()["state"]["ok"], 3);

    link("../far/bad.toml", "t/itself.clnrm.toml");
    assert_eq!(checked(&watch.event()), ["t/itself.clnrm.toml"]);
    link("../far/bad.toml", "t/part.toml");
    assert_eq!(checked(&watch.event()), ["t/by_file.clnrm.toml.tera"]);
    link("../two", "t/lib");
    let pass = watch.event();
    assert!(checked(&pass).contains(&"t/by_folder.clnrm.toml.tera"));
    assert_eq!(pass["state"]["failed"], 3);
    watch.silent();

    // Behind all links.
    project.write("two/part.toml", GOOD);
    assert_eq!(
        names(&watch.event()["mended"]),
        ["t/by_folder.clnrm.toml.tera"]
    );
    project.write("far/bad.toml", GOOD);
    assert_eq!(names(&watch.event()["mended"]).len(), 2);
    watch.silent();
}

#[test]
fn what_cannot_be_read_is_told_once_and_heals() {
    let project = Project::new(&[
        ("a.clnrm.toml", "x"),
        ("b.clnrm.toml.tera", TEMPLATE),
        ("c.clnrm.toml", GOOD),
    ]);
    project.write("a.clnrm.toml", b"\xff\xfe");
    project.write("part.toml", b"\xff\xfe");
    let watch = Watch::start(&project, &[]);
    assert_eq!(watch.event()["state"]["failed"], 2);
    watch.silent();
    project.write("c.clnrm.toml", BAD);
    assert_eq!(checked(&watch.event()), ["c.clnrm.toml"]);
    watch.silent();
    project.write("part.toml", GOOD);
    project.write("a.clnrm.toml", GOOD);
    watch.until(|state| state["failed"] == 1);
    watch.silent();
}

#[test]
fn settings_that_are_wrong_leave_the_last_good_ones() {
    let template = GOOD.replace("\"good\"", "\"{{ title }}\"");
    let good = "[vars]\ntitle = \"a\"\n";
    let project = Project::new(&[
        ("clnrm.toml", good),
        ("uses.clnrm.toml.tera", &template),
        ("plain.clnrm.toml", GOOD),
    ]);
    let watch = Watch::start(&project, &[]);
    assert_eq!(watch.event()["state"]["ok"], 2);
    project.write("clnrm.toml", "[vars\n");
    let pass = watch.event();
    assert_eq!(
        (&pass["checked"], &pass["state"]["ok"]),
        (&0.into(), &2.into())
    );
    assert_eq!(names(&pass["reason"]), ["clnrm.toml"]);
    // Nothing that a test sees is different.
    project.write("clnrm.toml", format!("# A comment.\n{good}"));
    assert_eq!(watch.event()["checked"], 0);
    project.write("clnrm.toml", "[vars]\ntitle = \"b\"\n");
    assert_eq!(checked(&watch.event()), ["uses.clnrm.toml.tera"]);
    watch.silent();
}

#[test]
fn a_nearer_project_file_takes_over() {
    let template = GOOD.replace("\"good\"", "\"{{ title }}\"");
    let project = Project::new(&[
        ("clnrm.toml", "[vars]\ntitle = \"a\"\n"),
        ("sub/a.clnrm.toml.tera", &template),
    ]);
    let mut command = support::command_in(&project.join("sub"), ["watch", "--format", "json"]);
    let watch = Watch::spawn(&mut command);
    assert_eq!(watch.event()["state"]["ok"], 1);
    project.write("sub/clnrm.toml", "[vars]\n");
    assert_eq!(watch.event()["state"]["failed"], 1);
    fs::remove_file(project.join("sub/clnrm.toml")).unwrap();
    assert_eq!(watch.event()["state"]["ok"], 1);
    watch.silent();
}

/// The queue of the system holds 16,384 events: a process that is stopped meanwhile loses the rest.
#[cfg(target_os = "linux")]
#[test]
fn lost_events_lose_no_change() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD), ("t/b.clnrm.toml", GOOD)]);
    let watch = Watch::start(&project, &["t"]);
    watch.event();
    watch.signal("STOP");
    let noise = project.join("t/noise");
    for round in 0..9000 {
        fs::write(&noise, round.to_string()).unwrap();
    }
    project.write("t/b.clnrm.toml", BAD);
    project.write("t/new/c.clnrm.toml", BAD);
    watch.signal("CONT");
    watch.until(|state| state["failed"] == 2);
    project.write("t/new/c.clnrm.toml", GOOD);
    assert_eq!(names(&watch.event()["mended"]), ["t/new/c.clnrm.toml"]);
    watch.silent();
}

/// What git does in a checkout of 500 files, its lock included.
#[test]
fn a_checkout_of_git_is_one_pass() {
    let project = Project::new(&[(".gitignore", ".git-home\n")]);
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(arguments)
            .current_dir(project.path())
            .env("HOME", project.path())
            .output()?;
        assert!(output.status.success(), "{output:?}");
        Ok::<(), std::io::Error>(())
    };
    if git(&["init", "-q"]).is_err() {
        eprintln!("no git here: nothing to check out");
        return;
    }
    for (branch, text) in [("good", GOOD), ("bad", BAD)] {
        git(&["checkout", "-q", "-b", branch]).unwrap();
        for index in 0..500 {
            project.write(&format!("t/{index}.clnrm.toml"), text);
        }
        git(&["add", "."]).unwrap();
        git(&["commit", "-q", "-m", branch]).unwrap();
    }
    let watch = Watch::start(&project, &["t"]);
    assert_eq!(watch.event()["state"]["failed"], 500);
    for (branch, state) in [("good", "ok"), ("bad", "failed"), ("good", "ok")] {
        git(&["checkout", "-q", branch]).unwrap();
        watch.until(|now| now[state] == 500);
        watch.silent();
    }
}

#[test]
fn statistics_are_kept_in_a_file() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD)]);
    let mut watch = Watch::start(&project, &["t", "--metrics", "t/m.json"]);
    watch.event();
    project.write("t/a.clnrm.toml", BAD);
    watch.event();
    #[cfg(unix)]
    {
        watch.signal("INT");
        watch.ends();
        let text = fs::read_to_string(project.join("t/m.json")).unwrap();
        let metrics: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(metrics["watch.passes"], 2);
        assert_eq!(metrics["watch.total_latency_ms"]["count"], 2);
        assert_eq!(metrics["watch.file_detection_ms"]["count"], 1);
    }
}

/// A collector that takes one request; gives its head and its body.
fn collector() -> (String, Receiver<(String, Value)>) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(stream.read_line(&mut head).unwrap(), 0);
            }
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap();
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            let body = serde_json::from_slice(&body).unwrap();
            if sender.send((head, body)).is_err() {
                return;
            }
        }
    });
    (endpoint, requests)
}

#[test]
fn every_pass_is_a_trace() {
    let project = Project::new(&[("t/a.clnrm.toml", GOOD), ("t/b.clnrm.toml", GOOD)]);
    let (endpoint, requests) = collector();
    let watch = Watch::start(&project, &["t", "--trace-endpoint", &endpoint]);
    watch.event();
    let (head, first) = requests.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    project.write("t/a.clnrm.toml", BAD);
    watch.event();
    let (_, second) = requests.recv_timeout(PATIENCE).unwrap();
    let spans = |document: &Value| {
        let spans = &document["resourceSpans"][0]["scopeSpans"][0]["spans"];
        spans.as_array().unwrap().clone()
    };
    let (first, second) = (spans(&first), spans(&second));
    let named = |spans: &[Value], name: &str| {
        let named = spans.iter().filter(|span| span["name"] == name);
        named.cloned().collect::<Vec<_>>()
    };
    assert_eq!(named(&first, "watch.check").len(), 2);
    assert_ne!(first[0]["traceId"], second[0]["traceId"]);
    let root = &named(&second, "watch.reload")[0];
    assert_eq!(root["parentSpanId"], "");
    for name in ["watch.check", "watch.file_detection"] {
        let children = named(&second, name);
        assert_eq!(children.len(), 1, "{name}");
        assert_eq!(children[0]["parentSpanId"], root["spanId"]);
    }
    let check = &named(&second, "watch.check")[0];
    for stage in [
        "hash_computation",
        "cache_lookup",
        "template_render",
        "toml_parse",
        "config_validate",
    ] {
        let span = &named(&second, &format!("watch.{stage}"))[0];
        assert_eq!(span["parentSpanId"], check["spanId"], "{stage}");
    }
    for span in &second {
        let time = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
        assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"));
        assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
    }
}
