//! What README and `docs` show is what a user sees: their sessions are run, their links lead somewhere,
//! their test files are valid.
//!
//! A session is a block marked `console`: lines that begin with `$ clnrm`, each with what it prints. It
//! runs in the root of the repository. `CLNRM_UPDATE=1` writes what was printed into the document.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clnrm_tests::program::{clnrm, run};
use clnrm_tests::sessions::timeless;

const SESSION: &str = "```console\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// README and everything in `docs`, by path.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let read = |path: PathBuf| (path.clone(), fs::read_to_string(path).expect("a document"));
    paths.into_iter().map(read).collect()
}

/// The blocks of a language, without their fences.
fn blocks<'t>(markdown: &'t str, language: &str) -> impl Iterator<Item = &'t str> {
    let fence = format!("```{language}\n");
    let bodies: Vec<&str> = markdown.split(&*fence).skip(1).collect();
    bodies
        .into_iter()
        .filter_map(|rest| rest.split("```").next())
}

/// A session as it would be today.
fn replayed(session: &str) -> String {
    let mut out = String::new();
    for line in session.lines() {
        if let Some(command) = line.strip_prefix("$ clnrm ") {
            let ended = run(
                clnrm(&root()).args(command.split(' ')),
                Duration::from_secs(30),
            );
            out.push_str(line);
            out.push('\n');
            out.push_str(&ended.stdout);
            out.push_str(&ended.stderr);
        } else {
            assert!(!line.starts_with("$ "), "only clnrm is run: {line}");
        }
    }
    out
}

#[test]
fn sessions_are_real() {
    let update = std::env::var_os("CLNRM_UPDATE").is_some();
    let mut sessions = 0;
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        let mut parts = text.split(SESSION);
        let mut renewed = parts.next().unwrap_or_default().to_owned();
        let known = wrong.len();
        for part in parts {
            let (session, rest) = part.split_once("```").expect("a closing fence");
            sessions += 1;
            let now = replayed(session);
            if timeless(now.trim_end()) != timeless(session.trim_end()) {
                wrong.push(format!("{}: now it is\n{now}", path.display()));
            }
            renewed.push_str(&format!("{SESSION}{}\n```{rest}", now.trim_end()));
        }
        if update && wrong.len() > known {
            fs::write(&path, renewed).expect("written");
        }
    }
    assert!(sessions > 0);
    assert!(update || wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_test_in_the_readme_is_valid() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let mut tests = 0;
    for text in blocks(&readme, "toml") {
        tests += 1;
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("x.clnrm.toml"), text).expect("written");
        let ended = run(
            clnrm(folder.path()).args(["dry-run", "--deny-warnings"]),
            Duration::from_secs(30),
        );
        assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    }
    assert!(tests > 0);
}

#[test]
fn every_link_leads_somewhere() {
    for (path, text) in documents() {
        let folder = path.parent().expect("a folder");
        let links = text.split("](").skip(1);
        let links = links.filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.starts_with("http")) {
            assert!(folder.join(link).exists(), "{}: {link}", path.display());
        }
    }
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    for script in ["tests/try.sh", "tests/verify.sh"] {
        assert!(readme.contains(script) && root().join(script).exists());
    }
}
