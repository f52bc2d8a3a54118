//! What the README shows is what a user sees.

use std::fs;
use std::path::Path;
use std::time::Duration;

use clnrm_tests::program::{clnrm, run};

/// The blocks of a language, without their fences.
fn blocks<'t>(markdown: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    let opened = markdown.split(fence.as_str()).skip(1);
    opened.filter_map(|rest| rest.split("```").next()).collect()
}

/// The last line's time is the machine's.
fn timeless(text: &str) -> &str {
    text.trim_end()
        .rsplit_once(" · ")
        .map_or(text, |(text, _)| text)
}

fn readme() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join("README.md")).unwrap_or_default()
}

#[test]
fn sessions_are_real() {
    let readme = readme();
    let sessions = blocks(&readme, "console");
    assert!(!sessions.is_empty());
    for session in sessions {
        let (command, expected) = session.split_once('\n').unwrap_or_default();
        let arguments = command.trim_start_matches("$ clnrm ").split(' ');
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let ended = run(clnrm(&root).args(arguments), Duration::from_secs(30));
        assert_eq!(timeless(&ended.stdout), timeless(expected), "{command}");
    }
}

#[test]
fn its_test_is_valid() {
    let readme = readme();
    for text in blocks(&readme, "toml") {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("x.clnrm.toml"), text).expect("written");
        let ended = run(
            clnrm(folder.path()).args(["dry-run", "--deny-warnings"]),
            Duration::from_secs(30),
        );
        assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    }
}

#[test]
fn every_file_it_leads_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = readme();
    let links = readme
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    for link in links.filter(|link| !link.starts_with("http")) {
        assert!(root.join(link).exists(), "{link}");
    }
    for script in ["tests/try.sh", "tests/verify.sh"] {
        assert!(readme.contains(script) && root.join(script).exists());
    }
}
