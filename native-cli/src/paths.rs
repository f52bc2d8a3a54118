//! From paths to the names that people read, and back.
//!
//! A name is relative to the working directory, with `/` and without a leading `./`; of a file
//! outside it, absolute.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::errors::Error;

/// The working directory, found once.
#[derive(Clone, Debug)]
pub struct Base {
    folder: PathBuf,
}

impl Base {
    /// That of the process.
    pub fn here() -> Result<Self, Error> {
        std::env::current_dir()
            .map(Self::at)
            .map_err(Error::WorkingDirectory)
    }

    /// Any folder, given absolutely.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path as it was typed, made absolute. `.` is folded away; `..` only where that provably
    /// leads to the same place (behind a symbolic link it would not).
    pub fn absolute(&self, path: &Path) -> PathBuf {
        let joined = self.folder.join(path);
        let plain: PathBuf = joined.components().collect();
        if !joined.components().any(|part| part == Component::ParentDir) {
            return plain;
        }
        let folded = fold(&plain);
        match plain.canonicalize() {
            Ok(real) if folded.canonicalize().ok().as_ref() != Some(&real) => real,
            _ => folded,
        }
    }

    /// The name of an absolute path.
    pub fn name(&self, path: &Path) -> Arc<str> {
        let relative = path.strip_prefix(&self.folder).ok();
        let shown = match relative {
            Some(inner) if inner.as_os_str().is_empty() => Path::new("."),
            Some(inner) => inner,
            None => path,
        };
        slashed(shown).into()
    }

    /// The path that a name of [`Base::name`] stands for.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// A path as text with `/`.
pub fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

fn fold(path: &Path) -> PathBuf {
    let mut folded = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            folded.pop();
        } else {
            folded.push(part);
        }
    }
    folded
}

/// Whether an error says that symbolic links lead in a circle.
pub fn is_loop(error: &io::Error) -> bool {
    // `ErrorKind::FilesystemLoop` is not stable yet: ELOOP by its number.
    let number = if cfg!(any(target_os = "linux", target_os = "android")) {
        40
    } else {
        62
    };
    cfg!(unix) && error.raw_os_error() == Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_within_and_absolute_outside() {
        let base = Base::at("/work/shop".into());
        let name = |path: &str| base.name(&base.absolute(Path::new(path))).to_string();
        assert_eq!(name("./tests/./a.clnrm.toml"), "tests/a.clnrm.toml");
        assert_eq!(name("/work/shop/a.clnrm.toml"), "a.clnrm.toml");
        assert_eq!(name("tests/../a.clnrm.toml"), "a.clnrm.toml");
        assert_eq!(name("../a.clnrm.toml"), "/work/a.clnrm.toml");
        assert_eq!(name("/work/shopping/a"), "/work/shopping/a");
        assert_eq!(name("."), ".");
    }

    #[cfg(unix)]
    #[test]
    fn a_step_up_behind_a_link_follows_the_link() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("far/deep")).unwrap();
        std::fs::write(root.join("far/a"), "").unwrap();
        std::os::unix::fs::symlink(root.join("far/deep"), root.join("near")).unwrap();
        let base = Base::at(root.clone());
        assert_eq!(base.absolute(Path::new("near/../a")), root.join("far/a"));
    }
}
