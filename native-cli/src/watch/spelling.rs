//! Paths in one spelling: the folder without links, the file as it is called there. The system
//! reports events under the spelling that a folder was watched by.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::paths::Base;

/// Links followed until a name is taken for a circle.
const MAX_LINKS: usize = 40;

/// Spells paths, and remembers the folders among them.
#[derive(Debug, Default)]
pub struct Spelling {
    real: HashMap<PathBuf, PathBuf>,
    links: BTreeSet<PathBuf>,
}

impl Spelling {
    /// Folders may lead elsewhere by now. The links that were met are remembered.
    pub fn renew(&mut self) {
        self.real.clear();
    }

    /// A folder behind all links; as it is given if there is none.
    pub fn folder(&mut self, folder: &Path) -> PathBuf {
        if let Some(real) = self.real.get(folder) {
            return real.clone();
        }
        let Ok(real) = folder.canonicalize() else {
            return folder.to_owned();
        };
        if real != folder {
            self.note_links(folder);
        }
        self.real.insert(folder.to_owned(), real.clone());
        real
    }

    /// The links to folders that the way to `folder` leads over.
    fn note_links(&mut self, folder: &Path) {
        for path in folder.ancestors().filter(|path| path.is_symlink()) {
            let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
            if let (Some(parent), Some(name)) = (parent, path.file_name()) {
                self.links.insert(parent.join(name));
            }
        }
    }

    /// The links to folders that paths led over: where one of them comes to lead elsewhere, so do
    /// all names behind it.
    pub fn links(&self) -> &BTreeSet<PathBuf> {
        &self.links
    }

    /// A path.
    pub fn key(&mut self, path: &Path) -> PathBuf {
        match (path.parent(), path.file_name()) {
            (Some(folder), Some(name)) => self.folder(folder).join(name),
            _ => path.to_owned(),
        }
    }

    /// A path, and where its links lead, one after the other.
    pub fn hops(&mut self, path: &Path) -> Vec<PathBuf> {
        let mut hops = vec![self.key(path)];
        while let Some(last) = hops.last()
            && hops.len() < MAX_LINKS
            && let Ok(target) = last.read_link()
        {
            let target = last.parent().unwrap_or(last).join(target);
            let next = self.key(&target);
            hops.push(next);
        }
        hops
    }

    /// A path as people know it, also where the working directory is behind a link.
    pub fn name(&mut self, base: &Base, path: &Path) -> Arc<str> {
        let here = self.folder(base.folder());
        match path.strip_prefix(&here) {
            Ok(inner) => base.name(&base.folder().join(inner)),
            Err(_) => base.name(path),
        }
    }
}

/// The nearest folder upwards that exists, from the folder of `path` on.
pub fn existing_parent(path: &Path) -> PathBuf {
    existing(path.parent().unwrap_or(path))
}

/// The nearest folder upwards that exists.
pub fn existing(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or(folder)
        .to_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_link_on_the_way_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("real")).unwrap();
        std::fs::write(root.join("real/a"), "").unwrap();
        symlink("real", root.join("near")).unwrap();
        symlink("a", root.join("real/b")).unwrap();
        symlink("near/b", root.join("c")).unwrap();
        symlink("round", root.join("round")).unwrap();
        let mut spelling = Spelling::default();
        assert_eq!(
            spelling.hops(&root.join("c")),
            [root.join("c"), root.join("real/b"), root.join("real/a")]
        );
        assert!(spelling.links().contains(&root.join("near")));
        assert_eq!(spelling.hops(&root.join("round")).len(), MAX_LINKS);
    }
}
