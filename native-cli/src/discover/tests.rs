use std::fs;

use super::*;

struct Tree {
    dir: tempfile::TempDir,
    base: Base,
}

/// A folder with these files; a name that ends in `/` is a folder.
fn tree(files: &[&str]) -> Tree {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if file.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::write(path, "").unwrap();
        }
    }
    let base = Base::at(dir.path().canonicalize().unwrap());
    Tree { dir, base }
}

impl Tree {
    fn write(&self, file: &str, text: &str) {
        fs::write(self.dir.path().join(file), text).unwrap();
    }

    #[cfg(unix)]
    fn link(&self, target: &str, link: &str) {
        std::os::unix::fs::symlink(target, self.dir.path().join(link)).unwrap();
    }

    fn search(&self, paths: &[&str]) -> Discovered {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        discover(&self.base, &paths)
    }

    fn names(&self, paths: &[&str]) -> Vec<String> {
        let found = self.search(paths);
        assert_eq!(found.faults, [], "no faults");
        found
            .files
            .iter()
            .map(|file| file.name.to_string())
            .collect()
    }

    fn faults(&self, paths: &[&str]) -> Vec<(String, Code)> {
        let found = self.search(paths);
        found
            .faults
            .iter()
            .map(|fault| (fault.name.to_string(), fault.code))
            .collect()
    }
}

#[test]
fn a_folder_is_searched_for_tests_in_order_of_name() {
    let tree = tree(&[
        "b.clnrm.toml",
        "a/x.clnrm.toml.tera",
        "a/_lib.toml.tera",
        "Cargo.toml",
        "clnrm.toml",
        ".hidden/y.clnrm.toml",
    ]);
    assert_eq!(tree.names(&[]), ["a/x.clnrm.toml.tera", "b.clnrm.toml"]);
    assert_eq!(tree.names(&["a"]), ["a/x.clnrm.toml.tera"]);
    assert_eq!(tree.names(&[".hidden"]), [".hidden/y.clnrm.toml"]);
}

#[test]
fn ignore_files_hold_without_a_repository() {
    let tree = tree(&[
        "a.clnrm.toml",
        "out/b.clnrm.toml",
        "c.clnrm.toml",
        "d/e.clnrm.toml",
    ]);
    tree.write(".gitignore", "out/\n");
    tree.write(".clnrmignore", "c.*\n");
    tree.write("d/.gitignore", "*\n");
    assert_eq!(tree.names(&[]), ["a.clnrm.toml"]);
    assert_eq!(
        tree.names(&["out/b.clnrm.toml"]),
        ["out/b.clnrm.toml"],
        "named"
    );
}

#[test]
fn named_files_are_taken_whatever_their_name() {
    let tree = tree(&["Cargo.toml", "_lib.toml.tera", "a.clnrm.toml"]);
    let found = tree.search(&["Cargo.toml", "_lib.toml.tera", "."]);
    let named: Vec<_> = found
        .files
        .iter()
        .map(|file| (&*file.name, file.named))
        .collect();
    assert_eq!(
        named,
        [
            ("Cargo.toml", true),
            ("_lib.toml.tera", true),
            ("a.clnrm.toml", false)
        ]
    );
}

#[test]
fn a_file_reached_twice_is_taken_once() {
    let tree = tree(&["t/a.clnrm.toml"]);
    let found = tree.search(&["t", "t/a.clnrm.toml", "./t/../t", "t/*.toml"]);
    assert_eq!(found.files.len(), 1);
    assert!(found.files[0].named);
}

#[test]
fn patterns_find_tests_only() {
    let tree = tree(&["t/a.clnrm.toml", "t/x/b.clnrm.toml", "t/readme.md"]);
    assert_eq!(tree.names(&["t/*"]), ["t/a.clnrm.toml"]);
    assert_eq!(
        tree.names(&["t/**/*.toml"]),
        ["t/a.clnrm.toml", "t/x/b.clnrm.toml"]
    );
    assert_eq!(tree.names(&["**/{a,b}.clnrm.*"]).len(), 2);
    assert_eq!(tree.faults(&["t/*.md"]), [("t/*.md".into(), Code::F101)]);
    assert_eq!(
        tree.faults(&["no/*.toml"]),
        [("no/*.toml".into(), Code::F101)]
    );
}

#[test]
fn a_missing_path_is_a_fault_and_others_go_on() {
    let tree = tree(&["checkout.clnrm.toml"]);
    let found = tree.search(&["chekout.clnrm.toml", "."]);
    assert_eq!(found.files.len(), 1);
    assert_eq!(found.faults[0].help, "did you mean `checkout.clnrm.toml`?");
    let found = tree.search(&["other.clnrm.toml"]);
    assert!(
        found.faults[0].help.contains("spelling"),
        "{}",
        found.faults[0].help
    );
}

#[test]
fn a_folder_named_like_a_test_is_a_fault_unless_it_is_meant_as_a_folder() {
    let tree = tree(&["x.clnrm.toml/", "x.clnrm.toml/in.clnrm.toml"]);
    assert_eq!(
        tree.faults(&["x.clnrm.toml"]),
        [("x.clnrm.toml".into(), Code::F103)]
    );
    let found = tree.search(&["."]);
    assert_eq!((found.files.len(), found.faults.len()), (1, 1));
    assert_eq!(
        tree.names(&["x.clnrm.toml/"]),
        ["x.clnrm.toml/in.clnrm.toml"]
    );
}

#[cfg(unix)]
#[test]
fn links_to_files_are_followed_and_links_to_folders_are_not() {
    let tree = tree(&["real/a.clnrm.toml", "t/"]);
    tree.link("../real/a.clnrm.toml", "t/b.clnrm.toml");
    tree.link("../real", "t/folder");
    assert_eq!(tree.names(&["t"]), ["t/b.clnrm.toml"]);
    assert_eq!(
        tree.names(&["t", "real"]).len(),
        1,
        "one file behind two names"
    );
    assert_eq!(
        tree.names(&["t/folder"]),
        ["t/folder/a.clnrm.toml"],
        "named"
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_faults() {
    let tree = tree(&["t/"]);
    tree.link("loop.clnrm.toml", "t/loop.clnrm.toml");
    tree.link("gone.clnrm.toml", "t/dangling.clnrm.toml");
    assert_eq!(
        tree.faults(&["t"]),
        [
            ("t/dangling.clnrm.toml".into(), Code::F101),
            ("t/loop.clnrm.toml".into(), Code::F105)
        ]
    );
    assert_eq!(
        tree.faults(&["t/loop.clnrm.toml"]),
        [("t/loop.clnrm.toml".into(), Code::F105)]
    );
}

#[test]
fn standard_input_is_noted() {
    let tree = tree(&[]);
    assert!(tree.search(&["-"]).stdin);
}
