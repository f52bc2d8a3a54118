//! `clnrm fmt`: what it writes, what it leaves alone, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use support::{GOOD, Project};

const UNTIDY: &str =
    "[meta]\nname=\"a\"\n# steps\n[[steps]]\nname   = \"x\"\ncommand=[\"true\",]\n";
const TIDY: &str =
    "[meta]\nname = \"a\"\n\n# steps\n[[steps]]\nname = \"x\"\ncommand = [\"true\"]\n";

fn read(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.join(name)).unwrap()
}

#[test]
fn files_are_written_once_and_then_stay() {
    let template = "[meta]\nname=\"{{ svc }}\"\n";
    let project = Project::new(&[
        ("a.clnrm.toml", UNTIDY),
        ("good.clnrm.toml", GOOD),
        ("t.clnrm.toml.tera", template),
        ("other.clnrm.toml", "[system]\na=1\n[dimensions]\nb=2\n"),
        (
            "plain.clnrm.toml",
            "{% if true %}\n[meta]\nname=\"a\"\n{% endif %}\n",
        ),
    ]);
    let run = project.run(&["fmt"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(
        run.out,
        "formatted a.clnrm.toml\nskipped other.clnrm.toml: [system] with [dimensions] shows that it is a manifest of behaviours\n4 files · 1 formatted · 2 templates left alone\n"
    );
    assert_eq!(read(&project, "a.clnrm.toml"), TIDY);
    assert_eq!(read(&project, "good.clnrm.toml"), GOOD);
    assert_eq!(read(&project, "t.clnrm.toml.tera"), template);
    assert!(project.run(&["fmt"]).out.contains("4 files · 0 formatted"));
}

#[test]
fn check_and_diff_write_nothing() {
    let project = Project::new(&[("a.clnrm.toml", UNTIDY)]);
    let run = project.run(&["fmt", "--check"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.out, "would format a.clnrm.toml\n1 file · 1 to format\n");
    let run = project.run(&["fmt", "--diff"]);
    assert_eq!(run.code, 0);
    assert!(
        run.out.contains("--- a/a.clnrm.toml\n+++ b/a.clnrm.toml\n"),
        "{}",
        run.out
    );
    assert!(run.out.contains("\n+command = [\"true\"]\n"), "{}", run.out);
    assert_eq!(read(&project, "a.clnrm.toml"), UNTIDY);
    project.write("a.clnrm.toml", TIDY);
    assert_eq!(project.run(&["fmt", "--check"]).code, 0);
}

#[test]
fn what_is_no_toml_is_framed_and_left_alone() {
    let project = Project::new(&[
        ("a.clnrm.toml", "[meta]\nname = = 1\n"),
        ("b.clnrm.toml", UNTIDY),
    ]);
    let run = project.run(&["fmt"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[S101]"), "{}", run.out);
    assert!(run.out.contains("a.clnrm.toml:2:8"), "{}", run.out);
    assert!(
        run.out.ends_with("2 files · 1 formatted · 1 no TOML\n"),
        "{}",
        run.out
    );
    assert_eq!(read(&project, "a.clnrm.toml"), "[meta]\nname = = 1\n");
    assert_eq!(read(&project, "b.clnrm.toml"), TIDY);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let project = Project::new(&[]);
    let run = project.run_with_input(&["fmt", "-"], UNTIDY);
    assert_eq!((run.code, &*run.out), (0, TIDY));
    let run = project.run_with_input(&["fmt", "-"], "a = = 1\n");
    assert_eq!((run.code, &*run.out), (1, "a = = 1\n"));
    assert!(run.err.contains("<stdin>:1:5"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let project = Project::new(&[("real/a.toml", UNTIDY)]);
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(project.join("real/a.toml"), mode).unwrap();
    symlink("real/a.toml", project.join("a.clnrm.toml")).unwrap();
    assert_eq!(project.run(&["fmt", "a.clnrm.toml"]).code, 0);
    assert!(project.join("a.clnrm.toml").is_symlink());
    assert_eq!(read(&project, "real/a.toml"), TIDY);
    let meta = std::fs::metadata(project.join("real/a.toml")).unwrap();
    assert_eq!(meta.permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(project.join("real")).unwrap().count(), 1);
}

#[test]
fn a_path_that_is_not_there() {
    let project = Project::new(&[("a.clnrm.toml", UNTIDY)]);
    let run = project.run(&["fmt", "a.clnrm.toml", "b.clnrm.toml"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("`b.clnrm.toml` does not exist"),
        "{}",
        run.err
    );
    assert_eq!(read(&project, "a.clnrm.toml"), TIDY);
    assert_eq!(project.run(&["fmt", "none"]).code, 2);
}
