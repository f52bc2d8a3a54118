//! `clnrm run` where a disk is full: in a service, where artifacts are kept, where they pass through, and
//! where reports go. Each time the full place is named, the rest goes on, and nothing is left behind.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/engine.rs"]
mod engine;
#[path = "support/judged.rs"]
mod judged;
mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use engine::{given, is_root, is_there, left};
use judged::problems;
use support::{GOOD, Project, Run};

/// A folder of a project that has room for a megabyte; unmounted with this.
struct Small(PathBuf);

impl Small {
    /// `None` where one may not mount anything.
    fn mount(project: &Project, name: &str) -> Option<Self> {
        if !is_root() {
            return None;
        }
        let path = project.join(name);
        fs::create_dir_all(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "clnrm-small"])
            .arg(&path)
            .stderr(Stdio::null())
            .status();
        let mounted = mounted.is_ok_and(|status| status.success());
        given(mounted, "the right to mount a small disk").then_some(Self(path))
    }

    fn fill(&self) {
        // As much as there is room for.
        let _ = fs::write(self.0.join("filler"), vec![b'x'; 2 << 20]);
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A test that keeps artifacts of its only command.
fn keeping(command: &str, artifacts: &str) -> String {
    format!(
        "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nartifacts.collect = {artifacts}\nrun = \"{command}\"\n"
    )
}

/// Runs the file, which passes and says once in these words what could not be kept; the folder of what was.
fn kept_with_a_warning(command: &mut Command, file: &str, words: [&str; 2]) -> String {
    let run = Run::of(command.output().unwrap());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(left(file), "");
    let json = run.json();
    let [(code, message)] = problems(&json["tests"][0])[..] else {
        panic!("{json:#}")
    };
    assert_eq!(code, "R111");
    for words in words {
        assert!(message.contains(words), "{message}");
    }
    json["tests"][0]["artifacts"].as_str().unwrap().to_owned()
}

#[test]
fn a_service_whose_disk_is_full_fails_in_its_own_words_and_harms_no_other_test() {
    if !is_there() {
        return;
    }
    let text = "[meta]\nname = \"t\"\n[service.box]\nimage = \"alpine:3.20\"\nvolumes = [\"./small:/data\"]\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"dd if=/dev/zero of=/data/big bs=64k count=100\"\n";
    let project = Project::new(&[("full.clnrm.toml", text), ("other.clnrm.toml", GOOD)]);
    let Some(_small) = Small::mount(&project, "small") else {
        return;
    };
    let run = project.run(&["run", "--format", "json", "--max-concurrent", "2"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let json = run.json();
    let [full, other] = &json["tests"].as_array().unwrap()[..] else {
        panic!("{json:#}")
    };
    assert_eq!(
        problems(full),
        [("R103", "the command ended with exit code 1")]
    );
    let excerpts = full["problems"][0]["excerpts"].to_string();
    assert!(excerpts.contains("No space left on device"), "{excerpts}");
    assert_eq!(other["verdict"], "passed");
    assert_eq!(left("full.clnrm.toml") + &left("other.clnrm.toml"), "");
}

#[test]
fn artifacts_for_which_there_is_no_room_are_told_and_not_kept_in_part() {
    if !is_there() {
        return;
    }
    let file = "no-room.clnrm.toml";
    let text = keeping(
        "dd if=/dev/zero of=/big bs=1M count=3 2>/dev/null; echo small > /small",
        "[\"files:/big\", \"files:/small\"]",
    );
    let project = Project::new(&[(file, &text)]);
    let Some(_small) = Small::mount(&project, ".clnrm") else {
        return;
    };
    let mut command = project.command(["run", "--format", "json", file]);
    let words = ["`files:/big`: cannot write `", "No space left on device"];
    let folder = kept_with_a_warning(&mut command, file, words);
    let files = project.join(&folder).join("s/files/box");
    assert!(!files.join("big").exists(), "a part is not the whole");
    assert_eq!(fs::read(files.join("small")).unwrap(), b"small\n");
}

#[test]
fn artifacts_that_find_no_room_on_their_way_are_told() {
    if !is_there() {
        return;
    }
    let file = "no-way.clnrm.toml";
    let text = keeping(
        "dd if=/dev/zero of=/big bs=1M count=3 2>/dev/null",
        "[\"files:/big\", \"logs:all\"]",
    );
    let project = Project::new(&[(file, &text)]);
    let Some(small) = Small::mount(&project, "temporary") else {
        return;
    };
    let mut command = project.command(["run", "--format", "json", file]);
    command.env("TMPDIR", &small.0);
    let words = ["temporary files", "No space left on device"];
    let folder = kept_with_a_warning(&mut command, file, words);
    assert!(project.join(&folder).join("s/logs/box.txt").exists());
}

#[test]
fn a_report_for_which_there_is_no_room_is_an_error_and_the_verdicts_are_told_all_the_same() {
    if !is_there() {
        return;
    }
    let file = "no-report.clnrm.toml";
    let project = Project::new(&[(file, GOOD)]);
    let Some(small) = Small::mount(&project, "reports") else {
        return;
    };
    small.fill();
    let run = project.run(&["run", file, "--report-json", "reports/report.json"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.out.contains("1 test · 1 passed"), "{}", run.out);
    for words in ["report.json", "No space left on device"] {
        assert!(run.err.contains(words), "{}", run.err);
    }
    assert_eq!(left(file), "");
}
