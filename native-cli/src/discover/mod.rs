//! Which files a command works on: from the paths that were typed to files, each once.
//!
//! Files that are named are always taken. Folders are searched for test files, honouring
//! `.gitignore` (also outside a git repository) and `.clnrmignore`; hidden folders and libraries
//! (`_*`) are passed over, links to folders are not followed, links to files are. Git's global
//! ignore file is not read: the same tree gives the same files on every machine.

mod glob;
pub mod names;
mod walk;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clnrm_core::diagnostic::Code;
use clnrm_core::report::Skipped;
use clnrm_core::source::Position;
use clnrm_core::suggest::nearest;

use crate::disk::ReadFault;
use crate::paths::Base;

/// The path that stands for standard input.
pub const STDIN: &str = "-";

/// A file to work on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// How people name it.
    pub name: Arc<str>,
    /// Where it is, absolutely.
    pub path: PathBuf,
    /// The same behind all symbolic links.
    pub real: PathBuf,
    /// Whether the user named it, instead of a folder that holds it.
    pub named: bool,
}

/// A path that leads to no file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// How people name it.
    pub name: Arc<str>,
    /// Which of the `F` codes.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where in the file it is.
    pub at: Position,
}

impl Fault {
    /// What is said of a path that could not be read.
    pub fn new(name: Arc<str>, fault: &ReadFault) -> Self {
        let (code, message, help) = fault.describe(&name);
        Self {
            name,
            code,
            message,
            help,
            at: fault.place(),
        }
    }
}

/// All that the paths lead to.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The files, in order of name.
    pub files: Vec<Found>,
    /// The paths that lead nowhere.
    pub faults: Vec<Fault>,
    /// Files that were passed over, and why.
    pub skipped: Vec<Skipped>,
    /// Every folder that was searched, absolutely.
    pub folders: Vec<PathBuf>,
    /// Whether standard input is to be read.
    pub stdin: bool,
}

/// Follows the paths as typed; none means the working directory.
pub fn discover(base: &Base, paths: &[PathBuf]) -> Discovered {
    let mut search = Search {
        base,
        out: Discovered::default(),
        by_real_path: HashMap::new(),
    };
    if paths.is_empty() {
        search.folder(base.folder());
    }
    for path in paths {
        search.path(path);
    }
    let mut out = search.out;
    out.files.sort_by(|a, b| a.name.cmp(&b.name));
    out.faults.sort_by(|a, b| a.name.cmp(&b.name));
    out.faults.dedup();
    out.folders.sort();
    out.folders.dedup();
    out
}

struct Search<'a> {
    base: &'a Base,
    out: Discovered,
    by_real_path: HashMap<PathBuf, usize>,
}

impl Search<'_> {
    fn path(&mut self, typed: &Path) {
        if typed == Path::new(STDIN) {
            self.out.stdin = true;
            return;
        }
        let path = self.base.absolute(typed);
        match path.metadata() {
            Ok(meta) if meta.is_dir() => {
                if is_test_name(&path) && !ends_in_separator(typed) {
                    self.fault(&path, &ReadFault::Folder);
                } else {
                    self.folder(&path);
                }
            }
            Ok(_) => self.file(path, None, true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if !glob::is_pattern(typed) {
                    self.missing(&path);
                } else if !self.pattern(typed) {
                    self.nothing_matches(typed);
                }
            }
            Err(error) => self.fault(&path, &ReadFault::from(error)),
        }
    }

    /// Takes a file. `real` is its path behind all links where that is known already.
    fn file(&mut self, path: PathBuf, real: Option<PathBuf>, named: bool) {
        let real = real
            .or_else(|| path.canonicalize().ok())
            .unwrap_or_else(|| path.clone());
        if let Some(at) = self.by_real_path.get(&real) {
            self.out.files[*at].named |= named;
            return;
        }
        self.by_real_path.insert(real.clone(), self.out.files.len());
        self.out.files.push(Found {
            name: self.base.name(&path),
            path,
            real,
            named,
        });
    }

    fn fault(&mut self, path: &Path, fault: &ReadFault) {
        let name = self.base.name(path);
        self.out.faults.push(Fault::new(name, fault));
    }

    fn missing(&mut self, path: &Path) {
        let mut fault = Fault::new(self.base.name(path), &ReadFault::Missing);
        if let Some(near) = near_name(path) {
            let near = self.base.name(&near);
            fault.help = format!("did you mean `{near}`?");
        }
        self.out.faults.push(fault);
    }

    fn nothing_matches(&mut self, typed: &Path) {
        let name: Arc<str> = typed.to_string_lossy().into();
        self.out.faults.push(Fault {
            code: Code::F101,
            message: format!("no test file matches `{name}`"),
            help: format!("a pattern finds test files only: {}", names::WANTED),
            at: Position::START,
            name,
        });
    }
}

fn is_test_name(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| names::kind(&name.to_string_lossy()) == names::Kind::Test)
}

fn ends_in_separator(path: &Path) -> bool {
    path.as_os_str()
        .to_string_lossy()
        .ends_with(std::path::is_separator)
}

/// The neighbour of a path that does not exist whose name is nearest. Names are compared up to their
/// first dot: endings are alike anyhow, and would make everything near.
fn near_name(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let typed = path.file_name()?.to_string_lossy();
    let neighbours: Vec<String> = folder
        .read_dir()
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    let typed_stem = stem(&typed);
    let near = nearest(typed_stem, neighbours.iter().map(|name| stem(name)));
    let wanted = near.unwrap_or(typed_stem);
    neighbours
        .iter()
        .find(|name| !wanted.is_empty() && stem(name) == wanted)
        .map(|name| folder.join(name))
}

fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests;
