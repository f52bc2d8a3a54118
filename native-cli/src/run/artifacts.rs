//! What scenarios ask to have kept when the test is over: files out of their containers, logs, spans.
//!
//! They lie in a folder of the test's own, below the project's folder of state, which is emptied when the
//! test runs again. Nothing is written outside it, whatever a container's archive says, and there is an
//! end to its size.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, Read, Seek as _, Write as _};
use std::path::{Component, Path, PathBuf};

use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, LogsOptionsBuilder};
use clnrm_core::config::model::{Scenario, TestFile, Text};
use clnrm_core::diagnostic::Code;
use clnrm_core::digest::Digest;
use clnrm_core::trace::Trace;
use futures_util::StreamExt as _;
use tar::{Archive, EntryType};

use super::capture::Capture;
use super::engine::full;
use super::plan::{self, Container};
use super::problem::Problem;
use super::secrets::Secrets;
use super::workplace::{Started, Workplace, bytes_of};

/// Bytes that all artifacts of a test may have.
const LIMIT: u64 = 64 << 20;

/// Files that they may be.
const MAX_FILES: usize = 2_000;

type All<'a> = HashMap<String, (&'a Container, Started)>;

/// Where the artifacts of a test go: a folder of its own below `root`.
pub fn folder(root: &Path, path: &str, title: &str) -> PathBuf {
    root.join("artifacts").join(safe(path)).join(safe(title))
}

/// Whether a scenario asks for the spans.
pub fn wants_spans(file: &TestFile) -> bool {
    let mut all = file
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.artifacts);
    all.any(|artifact| artifact.value.starts_with("spans:"))
}

/// Whether a scenario asks for anything.
pub fn are_wanted(file: &TestFile) -> bool {
    file.scenarios.iter().any(|one| !one.artifacts.is_empty())
}

/// Collects all that is asked for into `folder`. What cannot be had is told.
pub async fn collect(
    place: &Workplace,
    containers: &All<'_>,
    trace: &Trace,
    folder: &Path,
) -> Vec<Problem> {
    let file = place.planned.says();
    let mut collector = Collector {
        place,
        containers,
        trace,
        secrets: Secrets::of(file),
        left: Left {
            bytes: LIMIT,
            files: MAX_FILES,
        },
    };
    // What an earlier run left there is none of this one's.
    let _ = fs::remove_dir_all(folder);
    let mut problems = Vec::new();
    for (index, scenario) in file.scenarios.iter().enumerate() {
        let name = scenario.name.as_ref();
        let name = name.map_or("steps", |name| name.value.as_str());
        let folder = folder.join(safe(name));
        for artifact in &scenario.artifacts {
            let collected = collector.one(index, scenario, artifact, &folder).await;
            if let Err(reason) = collected {
                let message = format!("`artifacts.collect`: `{}`: {reason}", artifact.value);
                problems.push(Problem::new(Code::R111, artifact.span, message));
            }
        }
    }
    problems
}

struct Collector<'a> {
    place: &'a Workplace,
    containers: &'a All<'a>,
    trace: &'a Trace,
    secrets: Secrets,
    left: Left,
}

impl Collector<'_> {
    async fn one(
        &mut self,
        index: usize,
        scenario: &Scenario,
        artifact: &Text,
        folder: &Path,
    ) -> Result<(), String> {
        let (kind, what) = artifact.value.split_once(':').unwrap_or_default();
        match kind {
            "spans" => {
                let text = self.trace.baseline(false);
                self.write_text(&folder.join("spans.json"), text)
            }
            "logs" => self.logs(what, folder).await,
            _ => {
                let commands = scenario.run.iter().map(|_| None);
                let steps = scenario.steps.iter().map(Some);
                let file = self.place.planned.says();
                let services: BTreeSet<String> = commands
                    .chain(steps)
                    .map(|step| plan::place(file, index, scenario, step))
                    .collect();
                self.files(&services, what, folder).await
            }
        }
    }

    async fn logs(&mut self, what: &str, folder: &Path) -> Result<(), String> {
        let mut names: Vec<&String> = self.containers.keys().collect();
        names.sort();
        if what != "all" {
            names.retain(|name| *name == what);
        }
        if names.is_empty() {
            return Err(format!("no service `{what}` was started"));
        }
        for name in names {
            let Some((_, started)) = self.containers.get(name) else {
                continue;
            };
            let options = LogsOptionsBuilder::default().stdout(true).stderr(true);
            let docker = &self.place.engine.docker;
            let mut log = docker.logs(&started.id, Some(options.build()));
            let mut capture = Capture::default();
            while let Some(part) = log.next().await {
                capture.push(bytes_of(&part.map_err(|error| full(&error))?));
            }
            let path = folder.join("logs").join(format!("{}.txt", safe(name)));
            self.write_text(&path, capture.text())?;
        }
        Ok(())
    }

    /// A path out of each of the containers that a scenario's commands ran in and that has it.
    async fn files(
        &mut self,
        services: &BTreeSet<String>,
        path: &str,
        folder: &Path,
    ) -> Result<(), String> {
        let inner = inner(path).ok_or("write the path from the root, without `..`")?;
        let above = inner.parent().unwrap_or(Path::new(""));
        let mut said = "no container of the scenario is there any more".to_owned();
        let mut found = false;
        for name in services {
            let Some((_, started)) = self.containers.get(name) else {
                continue;
            };
            match self.archive(&started.id, path).await? {
                Ok(archive) => {
                    let folder = folder.join("files").join(safe(name)).join(above);
                    unpack(archive, &folder, &mut self.left)?;
                    found = true;
                }
                Err(reason) => said = reason,
            }
        }
        if found { Ok(()) } else { Err(said) }
    }

    /// The engine's archive of a path, in a file that has no name. The inner error is the engine's.
    async fn archive(
        &mut self,
        container: &str,
        path: &str,
    ) -> Result<Result<File, String>, String> {
        let options = DownloadFromContainerOptionsBuilder::default().path(path);
        let docker = &self.place.engine.docker;
        let mut stream = docker.download_from_container(container, Some(options.build()));
        let unwritable = |error: io::Error| {
            let folder = std::env::temp_dir();
            format!(
                "cannot write to the folder of temporary files, `{}`: {error}",
                folder.display()
            )
        };
        let mut archive = tempfile::tempfile().map_err(unwritable)?;
        // Heads and padding are a part of it: a kilobyte for each file, and something for its end.
        let most = self.left.bytes + 1_024 * (self.left.files as u64 + 20);
        let mut length = 0;
        while let Some(part) = stream.next().await {
            let part = match part {
                Ok(part) => part,
                Err(error) => return Ok(Err(full(&error))),
            };
            length += part.len() as u64;
            if length > most {
                return Err(too_much());
            }
            archive.write_all(&part).map_err(unwritable)?;
        }
        archive.rewind().map_err(|error| error.to_string())?;
        Ok(Ok(archive))
    }

    fn write_text(&mut self, path: &Path, mut text: String) -> Result<(), String> {
        self.secrets.mask(&mut text);
        self.left.take(text.len() as u64)?;
        keep(&mut text.as_bytes(), path)
    }
}

/// What a test may still keep.
struct Left {
    bytes: u64,
    files: usize,
}

impl Left {
    /// Counts a file of so many bytes.
    fn take(&mut self, bytes: u64) -> Result<(), String> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(too_much)?;
        self.files = self.files.checked_sub(1).ok_or_else(too_much)?;
        Ok(())
    }
}

/// Writes the files of an archive below a folder. Links and devices are passed over; a name that would
/// lead out of the folder ends it.
fn unpack(archive: impl Read, folder: &Path, left: &mut Left) -> Result<(), String> {
    let told = |error: io::Error| error.to_string();
    let mut archive = Archive::new(archive);
    for entry in archive.entries().map_err(told)? {
        let mut entry = entry.map_err(told)?;
        let name = entry.path().map_err(told)?.into_owned();
        let name = inner_of(&name)
            .ok_or_else(|| format!("the archive leads out of its folder: `{}`", name.display()))?;
        let path = folder.join(name);
        match entry.header().entry_type() {
            EntryType::Directory => fs::create_dir_all(&path).map_err(told)?,
            EntryType::Regular | EntryType::Continuous => {
                left.take(entry.size())?;
                keep(&mut entry, &path)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn too_much() -> String {
    format!(
        "the artifacts of a test may have {} MiB and {MAX_FILES} files",
        LIMIT >> 20
    )
}

/// Writes a file, with the folders above it. One that was collected before is replaced; what cannot be
/// written whole is not there at all.
fn keep(content: &mut impl Read, path: &Path) -> Result<(), String> {
    let mut write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        io::copy(content, &mut File::create(path)?)
    };
    match write() {
        Ok(_) => Ok(()),
        Err(error) => {
            let _ = fs::remove_file(path);
            Err(format!("cannot write `{}`: {error}", path.display()))
        }
    }
}

/// An absolute path in a container as one below a folder.
fn inner(path: &str) -> Option<PathBuf> {
    path.strip_prefix('/')
        .and_then(|path| inner_of(Path::new(path)))
}

/// A relative path that leads nowhere but downwards.
fn inner_of(path: &Path) -> Option<PathBuf> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts
        .map(|part| match part {
            Component::Normal(part) => Some(part),
            _ => None,
        })
        .collect()
}

/// A name as a part of a path; what has to be replaced for that is told apart by a digest.
fn safe(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "_-.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .take(100)
        .collect();
    if plain == name && !plain.starts_with('.') && !plain.is_empty() {
        return plain;
    }
    let digest = Digest::of(name.as_bytes()).to_string();
    format!("{}-{}", plain.trim_start_matches('.'), &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parts_of_paths_and_stay_apart() {
        assert_eq!(safe("pays_1.log"), "pays_1.log");
        for name in ["", ".", "..", "../../x", "a/b", "a b", &"x".repeat(300)] {
            let safe = safe(name);
            assert!(inner_of(Path::new(&safe)).is_some_and(|path| path.iter().count() == 1));
            assert!(safe.len() < 120, "{safe}");
        }
        assert_ne!(safe("a b"), safe("a-b"));
        assert_ne!(safe("a b"), safe("a/b"));
    }

    /// An archive of entries with names and targets as hostile as they come.
    fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            if kind.is_symlink() {
                header.set_link_name("/tmp").unwrap();
            }
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        }
        archive.into_inner().unwrap()
    }

    fn unpacked(entries: &[(&str, EntryType, &[u8])]) -> (Result<(), String>, tempfile::TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let mut left = Left {
            bytes: 10,
            files: 2,
        };
        let folder = dir.path().join("in/side");
        let done = unpack(&*archive(entries), &folder, &mut left);
        (done, dir)
    }

    #[test]
    fn an_archive_writes_nothing_outside_its_folder() {
        let file = EntryType::Regular;
        for name in ["../evil", "a/../../evil", "/evil"] {
            let (done, dir) = unpacked(&[(name, file, b"x")]);
            assert!(done.unwrap_err().contains("leads out"), "{name}");
            assert!(!dir.path().join("in/evil").exists() && !Path::new("/evil").exists());
        }
        // A link is passed over, so nothing is written through it.
        let (done, dir) = unpacked(&[("a", EntryType::Symlink, b""), ("a/b", file, b"x")]);
        assert_eq!(done, Ok(()));
        assert_eq!(fs::read(dir.path().join("in/side/a/b")).unwrap(), b"x");
        assert!(!Path::new("/tmp/b").exists());
    }

    #[test]
    fn an_archive_has_an_end() {
        let file = EntryType::Regular;
        let (done, dir) = unpacked(&[("a", file, b"12345"), ("b", file, b"678901")]);
        assert!(done.unwrap_err().contains("64 MiB"));
        assert!(!dir.path().join("in/side/b").exists());
        let (done, _) = unpacked(&[("a", file, b""), ("b", file, b""), ("c", file, b"")]);
        assert!(done.unwrap_err().contains("2000 files"));
        let (done, _) = unpacked(&[]);
        assert_eq!(done, Ok(()));
    }

    #[test]
    fn no_path_leads_out() {
        assert_eq!(inner("/var/./log"), Some("var/log".into()));
        for path in ["var/log", "/var/../../etc", "/.."] {
            assert_eq!(inner(path), None, "{path}");
        }
        for path in ["/etc/passwd", "a/../b", "../b"] {
            assert_eq!(inner_of(Path::new(path)), None, "{path}");
        }
    }
}
