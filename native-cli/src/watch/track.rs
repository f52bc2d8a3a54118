//! Which contents have changed since they were last read.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clnrm_core::digest::Digest;

/// A file system keeps times in steps of some milliseconds: two writes within one step look alike
/// to `stat`. Only a time that is further back than this is trusted.
const SETTLED: Duration = Duration::from_millis(100);

/// What `stat` says of a file's content without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    modified: SystemTime,
    length: u64,
    identity: (u64, u64),
}

impl Stamp {
    fn of(meta: &Metadata) -> Option<Self> {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (meta.dev(), meta.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Some(Self {
            modified: meta.modified().ok()?,
            length: meta.len(),
            identity,
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct Known {
    /// Set where the time of change was long past when the file was read.
    settled: Option<Stamp>,
    /// `None`: there is no such file, or it cannot be read.
    digest: Option<Digest>,
}

/// What became of a content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// The bytes are the same.
    Unchanged,
    /// They are others, or the file is new.
    Changed,
    /// There was a file, and now there is none.
    Gone,
}

/// The contents of files, by path.
#[derive(Debug, Default)]
pub struct Contents(HashMap<PathBuf, Known>);

impl Contents {
    /// Whether anything is known of a path.
    pub fn knows(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }

    /// Whether there was a file when it was last looked at.
    pub fn has(&self, path: &Path) -> bool {
        self.0.get(path).is_some_and(|known| known.digest.is_some())
    }

    /// All paths that are known.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.0.keys()
    }

    /// Notes what a check has read. `None`: it was looked for and is absent.
    pub fn note(&mut self, path: PathBuf, digest: Option<Digest>) {
        let known = self.0.entry(path).or_insert(Known {
            settled: None,
            digest,
        });
        if known.digest != digest {
            *known = Known {
                settled: None,
                digest,
            };
        }
    }

    /// Keeps only the paths that somebody still asks for.
    pub fn retain(&mut self, wanted: impl Fn(&Path) -> bool) {
        self.0.retain(|path, _| wanted(path));
    }

    /// Looks at a path again: `stat` first, and its bytes only if that leaves a doubt.
    pub fn look(&mut self, path: &Path) -> Change {
        let meta = std::fs::metadata(path).ok().filter(|meta| !meta.is_dir());
        let stamp = meta.as_ref().and_then(Stamp::of);
        let before = self.0.get(path).copied();
        if let (Some(stamp), Some(known)) = (stamp, before)
            && known.settled == Some(stamp)
        {
            return Change::Unchanged;
        }
        let digest = meta.and_then(|meta| digest(path, &meta));
        let settled = stamp.filter(|stamp| {
            stamp
                .modified
                .elapsed()
                .is_ok_and(|elapsed| elapsed > SETTLED)
        });
        self.0.insert(path.to_owned(), Known { settled, digest });
        match (before.and_then(|known| known.digest), digest) {
            (Some(_), None) => Change::Gone,
            (old, new) if old == new && before.is_some() => Change::Unchanged,
            _ => Change::Changed,
        }
    }
}

/// The digest of a file. One that is far too large to be checked is not read: its size and time
/// have to do.
fn digest(path: &Path, meta: &Metadata) -> Option<Digest> {
    const LARGEST: u64 = 64 << 20;
    if meta.len() > LARGEST {
        let text = format!("{} bytes of {:?}", meta.len(), meta.modified().ok());
        return Some(Digest::of(text.as_bytes()));
    }
    std::fs::read(path).ok().map(|bytes| Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_other_bytes_are_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mut contents = Contents::default();
        fs::write(&path, "one").unwrap();
        assert_eq!(contents.look(&path), Change::Changed, "new");
        assert_eq!(contents.look(&path), Change::Unchanged);
        fs::write(&path, "one").unwrap();
        assert_eq!(contents.look(&path), Change::Unchanged, "written again");
        // The same length within one step of the clock.
        fs::write(&path, "two").unwrap();
        assert_eq!(contents.look(&path), Change::Changed);
        fs::remove_file(&path).unwrap();
        assert_eq!(contents.look(&path), Change::Gone);
        assert_eq!(contents.look(&path), Change::Unchanged, "still gone");
        fs::write(&path, "two").unwrap();
        assert_eq!(contents.look(&path), Change::Changed, "back");
    }

    #[test]
    fn what_a_check_has_read_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "one").unwrap();
        let mut contents = Contents::default();
        contents.note(path.clone(), Some(Digest::of(b"one")));
        assert_eq!(contents.look(&path), Change::Unchanged);
        contents.note(path.clone(), None);
        assert_eq!(contents.look(&path), Change::Changed);
    }
}
