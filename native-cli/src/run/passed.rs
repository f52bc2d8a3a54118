//! Which tests passed, and what they were made of then: what `--changed` goes by. Every run keeps it up
//! to date, in a file of the project's own folder of state.
//!
//! A file that is broken, or of another version, knows of no test: everything runs, and that is said. Of
//! two runs that end at the same time neither loses what the other one wrote.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clnrm_core::digest::Digest;
use serde::{Deserialize, Serialize};

use super::outcome::{TestOutcome, Verdict};
use crate::paths::Base;
use crate::project::STATE_FOLDER;

/// The version of the file's shape.
const VERSION: u32 = 1;

/// The file, within the folder of state.
const FILE: &str = "passed.json";

/// Held by whoever writes the file.
const LOCK: &str = "passed.lock";

/// Bytes that the file may have.
const LIMIT: u64 = 64 << 20;

/// The file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    /// By path and title: the fingerprint with which the test passed last.
    tests: BTreeMap<String, BTreeMap<String, String>>,
}

/// The tests that passed.
#[derive(Debug)]
pub struct Passed {
    /// Where names start from in the file.
    root: Base,
    /// Where the names of tests start from.
    here: Base,
    folder: PathBuf,
    stored: Stored,
    /// Why nothing is known although there is a file.
    pub fault: Option<String>,
}

impl Passed {
    /// Reads what is known of a project's tests, whose names start from `here`.
    pub fn read(root: &Path, here: &Base) -> Self {
        let folder = root.join(STATE_FOLDER);
        let (stored, fault) = match stored(&folder.join(FILE)) {
            Ok(stored) => (stored, None),
            Err(fault) => {
                let path = folder.join(FILE);
                let fault = format!(
                    "`{}` says nothing ({fault}), so everything runs",
                    path.display()
                );
                (Stored::default(), Some(fault))
            }
        };
        Self {
            root: Base::at(root.to_owned()),
            here: here.clone(),
            folder,
            stored,
            fault,
        }
    }

    /// Whether a test passed when it was made of the same.
    pub fn knows(&self, path: &str, title: &str, fingerprint: &Digest) -> bool {
        let tests = self.stored.tests.get(&*self.key(path));
        let known = tests.and_then(|tests| tests.get(title));
        known.is_some_and(|known| *known == fingerprint.to_string())
    }

    fn key(&self, path: &str) -> Arc<str> {
        self.root.name(&self.here.path(path))
    }

    /// Takes over how tests ended, each with its fingerprint if it has one: those that passed are known
    /// from now on, those that failed no longer. Of others nothing new is known.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn update<'a>(
        &mut self,
        ended: impl IntoIterator<Item = (&'a TestOutcome, Option<Digest>)>,
    ) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let ignore = self.folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "*\n")?;
        }
        let lock = File::create(self.folder.join(LOCK))?;
        lock.lock()?;
        // Another run may have written meanwhile.
        let path = self.folder.join(FILE);
        self.stored = stored(&path).unwrap_or_default();
        self.stored.version = VERSION;
        for (test, fingerprint) in ended {
            let (path, title) = (self.key(&test.path).to_string(), test.title());
            match (test.verdict, fingerprint) {
                (Verdict::Passed, Some(fingerprint)) => {
                    let tests = self.stored.tests.entry(path).or_default();
                    tests.insert(title, fingerprint.to_string());
                }
                (Verdict::Passed | Verdict::Failed, _) => {
                    if let Some(tests) = self.stored.tests.get_mut(&path) {
                        tests.remove(&title);
                    }
                }
                (Verdict::Interrupted | Verdict::NotRun, _) => {}
            }
        }
        self.stored.tests.retain(|_, tests| !tests.is_empty());
        let mut new = tempfile::NamedTempFile::new_in(&self.folder)?;
        serde_json::to_writer_pretty(&mut new, &self.stored)?;
        new.write_all(b"\n")?;
        new.persist(path)?;
        Ok(())
    }
}

/// What a file says; nothing if there is none. The error is a reason in words.
fn stored(path: &Path) -> Result<Stored, String> {
    let meta = match path.metadata() {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Stored::default()),
        Err(error) => return Err(error.to_string()),
    };
    if meta.len() > LIMIT {
        return Err("it is too large".to_owned());
    }
    let text = fs::read(path).map_err(|error| error.to_string())?;
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let version = serde_json::from_slice(&text).map(|Version { version }| version);
    match version {
        Ok(VERSION) => serde_json::from_slice(&text).map_err(|error| error.to_string()),
        Ok(other) => Err(format!("its version is {other}, not {VERSION}")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::secrets::Secrets;
    use super::*;

    fn outcome(name: &str, verdict: Verdict) -> TestOutcome {
        TestOutcome {
            path: "a.clnrm.toml".into(),
            name: name.to_owned(),
            matrix: BTreeMap::new(),
            verdict,
            flaky: false,
            attempts: 1,
            duration_us: 0,
            scenarios: Vec::new(),
            spans: 0,
            digest: None,
            timeline: None,
            checks: Vec::new(),
            problems: Vec::new(),
            kept: None,
            artifacts: None,
            secrets: Secrets::default(),
        }
    }

    fn read(root: &Path) -> Passed {
        Passed::read(root, &Base::at(root.to_owned()))
    }

    #[test]
    fn what_passed_is_known_until_it_fails_or_is_made_of_something_else() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let knows = |name: &str, digest: &Digest| {
            let passed = read(dir.path());
            assert_eq!(passed.fault, None);
            passed.knows("a.clnrm.toml", name, digest)
        };
        let ended = |name: &str, verdict, digest| {
            let test = outcome(name, verdict);
            read(dir.path()).update([(&test, digest)]).unwrap();
        };
        assert!(!knows("t", &one));
        ended("t", Verdict::Passed, Some(one));
        ended("u", Verdict::Passed, Some(two));
        assert!(knows("t", &one) && !knows("t", &two) && knows("u", &two));
        ended("t", Verdict::Interrupted, Some(two));
        assert!(knows("t", &one), "nothing new");
        ended("t", Verdict::Failed, Some(one));
        assert!(!knows("t", &one) && knows("u", &two));
        ended("u", Verdict::Passed, None);
        assert!(!knows("u", &two), "what it passed with is not known");
        let ignore = dir.path().join(STATE_FOLDER).join(".gitignore");
        assert_eq!(fs::read_to_string(ignore).unwrap(), "*\n");
    }

    #[test]
    fn a_test_is_the_same_from_wherever_it_is_run() {
        let dir = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"1");
        let test = outcome("t", Verdict::Passed);
        let below = Base::at(dir.path().join("tests"));
        let mut passed = Passed::read(dir.path(), &below);
        passed.update([(&test, Some(digest))]).unwrap();
        assert!(read(dir.path()).knows("tests/a.clnrm.toml", "t", &digest));
        assert!(!read(dir.path()).knows("a.clnrm.toml", "t", &digest));
    }

    #[test]
    fn a_run_does_not_lose_what_another_wrote_meanwhile() {
        let dir = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"1");
        let (mut one, mut two) = (read(dir.path()), read(dir.path()));
        let (t, u) = (outcome("t", Verdict::Passed), outcome("u", Verdict::Passed));
        one.update([(&t, Some(digest))]).unwrap();
        two.update([(&u, Some(digest))]).unwrap();
        let both = read(dir.path());
        assert!(
            ["t", "u"]
                .iter()
                .all(|name| both.knows("a.clnrm.toml", name, &digest))
        );
    }

    #[test]
    fn a_broken_or_foreign_file_knows_nothing_says_so_and_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join(STATE_FOLDER);
        fs::create_dir(&folder).unwrap();
        for (text, reason) in [
            ("{", "EOF"),
            ("[]", "invalid"),
            ("{\"version\": 2, \"tests\": []}", "its version is 2, not 1"),
            (
                "{\"version\": 1, \"tests\": {}, \"more\": 1}",
                "unknown field `more`",
            ),
        ] {
            fs::write(folder.join(FILE), text).unwrap();
            let mut passed = read(dir.path());
            let fault = passed.fault.clone().unwrap();
            assert!(fault.contains(reason), "{fault}");
            passed.update([]).unwrap();
            assert_eq!(read(dir.path()).fault, None, "{text}");
        }
    }
}
