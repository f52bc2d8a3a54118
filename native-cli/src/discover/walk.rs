//! Searching a folder.

use std::path::{Path, PathBuf};

use clnrm_core::report::Skipped;
use ignore::{DirEntry, WalkBuilder};

use super::names::{self, Kind};
use super::{Search, is_test_name};
use crate::disk::ReadFault;

/// The walker that sees what the user's ignore files leave.
pub fn walker(root: &Path) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(true)
        .parents(true)
        .ignore(false)
        .git_ignore(true)
        .git_exclude(true)
        .git_global(false)
        .require_git(false)
        .follow_links(false)
        .add_custom_ignore_filename(".clnrmignore");
    builder
}

impl Search<'_> {
    /// Takes all test files in and below an absolute folder.
    pub(super) fn folder(&mut self, root: &Path) {
        self.search(root, |_| true);
    }

    /// Takes the test files in and below `root` that `wanted` lets through.
    pub(super) fn search(&mut self, root: &Path, wanted: impl Fn(&Path) -> bool) {
        // Behind a real root every entry that is no link is real itself: no system call for each.
        let real_root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        for entry in walker(root).build() {
            match entry {
                Ok(entry) => self.entry(root, &real_root, &entry, &wanted),
                Err(error) => self.walk_error(root, &error),
            }
        }
    }

    fn entry(
        &mut self,
        root: &Path,
        real_root: &Path,
        entry: &DirEntry,
        wanted: &impl Fn(&Path) -> bool,
    ) {
        let path = entry.path();
        let kind = entry.file_type();
        let is_folder = entry.depth() == 0 || kind.is_some_and(|kind| kind.is_dir());
        if is_folder {
            self.out.folders.push(path.to_owned());
            if entry.depth() > 0 && is_test_name(path) && wanted(path) {
                self.fault(path, &ReadFault::Folder);
            }
            return;
        }
        if names::kind(&entry.file_name().to_string_lossy()) != Kind::Test || !wanted(path) {
            return;
        }
        match kind {
            Some(kind) if kind.is_file() => {
                let real = path
                    .strip_prefix(root)
                    .map_or_else(|_| path.to_owned(), |inner| real_root.join(inner));
                self.file(path.to_owned(), Some(real), false);
            }
            Some(kind) if kind.is_symlink() => self.link(path),
            _ => self.out.skipped.push(Skipped {
                path: self.base.name(path),
                reason: "it is a pipe, a socket or a device; name it to read it".into(),
            }),
        }
    }

    fn link(&mut self, path: &Path) {
        match path.metadata() {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => self.file(path.to_owned(), None, false),
            Err(error) => {
                let fault = ReadFault::from(error);
                let name = self.base.name(path);
                let mut fault = super::Fault::new(name.clone(), &fault);
                if fault.code == clnrm_core::diagnostic::Code::F101 {
                    let target = path.read_link().unwrap_or_default();
                    fault.message = format!(
                        "`{name}` is a link to `{}`, which does not exist",
                        target.display()
                    );
                    fault.help = "point it at a file, or remove it".into();
                }
                self.out.faults.push(fault);
            }
        }
    }

    fn walk_error(&mut self, root: &Path, error: &ignore::Error) {
        let path = error_path(error).unwrap_or_else(|| root.to_owned());
        let Some(io) = error.io_error() else {
            // A line of an ignore file that is no pattern: git passes over it as well.
            return;
        };
        // A folder that vanished while it was searched is none of the user's faults.
        if io.kind() == std::io::ErrorKind::NotFound && path != root {
            return;
        }
        let copy = io.raw_os_error().map_or_else(
            || std::io::Error::new(io.kind(), io.to_string()),
            std::io::Error::from_raw_os_error,
        );
        self.fault(&path, &ReadFault::from(copy));
    }
}

fn error_path(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        _ => None,
    }
}
