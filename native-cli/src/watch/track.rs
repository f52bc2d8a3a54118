//! Which contents have changed since they were last read.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clnrm_core::digest::{Digest, DigestStream};
use rayon::prelude::*;

/// A file system keeps times in steps of some milliseconds: two writes within one step look alike
/// to `stat`. Only a time that is further back than this is trusted.
const SETTLED: Duration = Duration::from_millis(100);

/// A file that vanished may be in the middle of a save: it is given so long to come back.
const GRACE: Duration = Duration::from_millis(15);
const PATIENCE: usize = 3;

/// Below this many files, and bytes, threads cost more than they gain.
const WORTH_THREADS: usize = 32;
const WORTH_THREADS_BYTES: u64 = 8 << 20;

/// Files beyond this size are no sources, whatever the limits: their size and time have to do.
const LARGEST: u64 = 256 << 20;

/// What `stat` says of a file's content without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    modified: SystemTime,
    length: u64,
    identity: (u64, u64),
}

impl Stamp {
    /// `None` where the system keeps no times.
    pub fn of(meta: &Metadata) -> Option<Self> {
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

/// What a check has read of a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Noted {
    /// What stands for it.
    pub digest: Option<Digest>,
    /// The check could not use what was there, and it has changed since: it may have read
    /// something else.
    pub in_doubt: bool,
    /// Something else was known until now.
    pub differs: bool,
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
pub struct Contents(HashMap<Arc<Path>, Known>);

impl Contents {
    /// Whether anything is known of a path.
    pub fn knows(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }

    /// What is known of a path: its digest, or that there is nothing to read.
    pub fn digest(&self, path: &Path) -> Option<Option<Digest>> {
        self.0.get(path).map(|known| known.digest)
    }

    /// All paths that are known.
    pub fn paths(&self) -> impl Iterator<Item = &Arc<Path>> {
        self.0.keys()
    }

    /// The one copy of a path that all who read it share.
    pub fn shared(&self, path: &Path) -> Arc<Path> {
        self.0
            .get_key_value(path)
            .map_or_else(|| path.into(), |(shared, _)| shared.clone())
    }

    /// Notes what a check that began at `began` has read; `None`: nothing that it could use.
    pub fn note(&mut self, path: &Arc<Path>, read: Option<Digest>, began: SystemTime) -> Noted {
        let before = self.0.get(path).map(|known| known.digest);
        let mut in_doubt = false;
        let digest = read.or_else(|| {
            // Absent, or there and of no use. Its bytes are not known to be those that were read
            // if they have changed since the check began.
            let meta = metadata(path)?;
            in_doubt = changed(&meta).is_none_or(|changed| changed + SETTLED / 2 >= began);
            digest(path, &meta)
        });
        if read.is_none() || before != Some(digest) {
            let settled = None;
            self.0.insert(path.clone(), Known { settled, digest });
        }
        Noted {
            digest,
            in_doubt,
            differs: before.is_some_and(|before| before != digest),
        }
    }

    /// Keeps only the paths that somebody still asks for.
    pub fn retain(&mut self, wanted: impl Fn(&Path) -> bool) {
        self.0.retain(|path, _| wanted(path));
    }

    /// Looks at paths again: `stat` first, and their bytes only where that leaves a doubt.
    pub fn look(&mut self, paths: impl IntoIterator<Item = Arc<Path>>) -> Vec<(Arc<Path>, Change)> {
        let mut seen: Vec<(Arc<Path>, Option<Metadata>)> = paths
            .into_iter()
            .map(|path| {
                let meta = metadata(&path);
                (path, meta)
            })
            .collect();
        self.wait_for_those_that_vanished(&mut seen);
        let doubts: Vec<usize> = (0..seen.len())
            .filter(|index| self.is_in_doubt(&seen[*index]))
            .collect();
        let bytes: u64 = doubts
            .iter()
            .filter_map(|index| seen[*index].1.as_ref())
            .map(Metadata::len)
            .sum();
        let read = |index: &usize| {
            let (path, meta) = &seen[*index];
            meta.as_ref().and_then(|meta| digest(path, meta))
        };
        let digests: Vec<Option<Digest>> = if doubts.len() >= WORTH_THREADS
            || (doubts.len() > 1 && bytes >= WORTH_THREADS_BYTES)
        {
            doubts.par_iter().map(read).collect()
        } else {
            doubts.iter().map(read).collect()
        };
        let mut digests = digests.into_iter();
        let mut doubts = doubts.into_iter().peekable();
        seen.into_iter()
            .enumerate()
            .map(|(index, (path, meta))| {
                if doubts.next_if_eq(&index).is_none() {
                    return (path, Change::Unchanged);
                }
                let change = self.learn(&path, meta.as_ref(), digests.next().flatten());
                (path, change)
            })
            .collect()
    }

    /// Whether the bytes have to tell.
    fn is_in_doubt(&self, (path, meta): &(Arc<Path>, Option<Metadata>)) -> bool {
        match (self.0.get(path), meta.as_ref()) {
            (Some(known), None) => known.digest.is_some(),
            (Some(known), Some(meta)) => {
                known.settled.is_none() || known.settled != Stamp::of(meta)
            }
            (None, _) => true,
        }
    }

    fn learn(
        &mut self,
        path: &Arc<Path>,
        meta: Option<&Metadata>,
        digest: Option<Digest>,
    ) -> Change {
        let settled = meta.and_then(Stamp::of).filter(|stamp| {
            let past = stamp.modified.elapsed();
            past.is_ok_and(|elapsed| elapsed > SETTLED)
        });
        let Some(before) = self.0.insert(path.clone(), Known { settled, digest }) else {
            return Change::Changed;
        };
        match (before.digest, digest) {
            (Some(_), None) => Change::Gone,
            (old, new) if old == new => Change::Unchanged,
            _ => Change::Changed,
        }
    }

    /// One wait for all of them together: a folder of five hundred may have been removed.
    fn wait_for_those_that_vanished(&self, seen: &mut [(Arc<Path>, Option<Metadata>)]) {
        for _ in 0..PATIENCE {
            let mut missing = seen
                .iter_mut()
                .filter(|(path, meta)| {
                    meta.is_none() && self.0.get(path).is_some_and(|known| known.digest.is_some())
                })
                .peekable();
            if missing.peek().is_none() {
                return;
            }
            std::thread::sleep(GRACE);
            for (path, meta) in missing {
                *meta = metadata(path);
            }
        }
    }
}

/// Gives files that vanished while they were read the time that a save may need.
pub fn wait_for(paths: &[PathBuf]) {
    for _ in 0..PATIENCE {
        if paths.iter().all(|path| path.exists()) {
            return;
        }
        std::thread::sleep(GRACE);
    }
}

/// When a file was last changed in any way, its name included where the system tells.
pub fn changed(meta: &Metadata) -> Option<SystemTime> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let seconds = Duration::from_secs(u64::try_from(meta.ctime()).ok()?);
        let rest = Duration::from_nanos(u64::try_from(meta.ctime_nsec()).ok()?);
        SystemTime::UNIX_EPOCH.checked_add(seconds + rest)
    }
    #[cfg(not(unix))]
    meta.modified().ok()
}

fn metadata(path: &Path) -> Option<Metadata> {
    path.metadata().ok().filter(|meta| !meta.is_dir())
}

/// The digest of a file, read in pieces; `None` if it cannot be read.
fn digest(path: &Path, meta: &Metadata) -> Option<Digest> {
    if meta.len() > LARGEST || !meta.is_file() {
        let text = format!("{} bytes of {:?}", meta.len(), meta.modified().ok());
        return Some(Digest::of(text.as_bytes()));
    }
    let mut file = File::open(path).ok()?;
    let mut stream = DigestStream::default();
    let mut piece = [0; 32 << 10];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Some(stream.finish()),
            Ok(length) => stream.update(&piece[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn look(contents: &mut Contents, path: &Path) -> Change {
        contents.look([path.into()])[0].1
    }

    #[test]
    fn only_other_bytes_are_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mut contents = Contents::default();
        fs::write(&path, "one").unwrap();
        assert_eq!(look(&mut contents, &path), Change::Changed, "new");
        assert_eq!(look(&mut contents, &path), Change::Unchanged);
        fs::write(&path, "one").unwrap();
        assert_eq!(look(&mut contents, &path), Change::Unchanged, "again");
        // The same length within one step of the clock.
        fs::write(&path, "two").unwrap();
        assert_eq!(look(&mut contents, &path), Change::Changed);
        fs::remove_file(&path).unwrap();
        assert_eq!(look(&mut contents, &path), Change::Gone);
        assert_eq!(look(&mut contents, &path), Change::Unchanged, "still gone");
        fs::write(&path, "two").unwrap();
        assert_eq!(look(&mut contents, &path), Change::Changed, "back");
    }

    #[test]
    fn a_file_whose_stamp_is_old_and_the_same_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path: Arc<Path> = dir.path().join("a").into();
        let past = SystemTime::now() - Duration::from_secs(60);
        let write = |text: &str| {
            fs::write(&path, text).unwrap();
            let file = File::open(&path).unwrap();
            file.set_modified(past).unwrap();
        };
        write("one");
        let mut contents = Contents::default();
        look(&mut contents, &path);
        let meta = metadata(&path);
        assert!(!contents.is_in_doubt(&(path.clone(), meta)));
        // Other bytes under the same stamp: nothing but reading would tell, and it is not read.
        write("two");
        assert_eq!(look(&mut contents, &path), Change::Unchanged);
        fs::write(&path, "two").unwrap();
        assert_eq!(look(&mut contents, &path), Change::Changed);
    }

    #[test]
    fn many_files_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let paths: Vec<Arc<Path>> = (0..3 * WORTH_THREADS)
            .map(|number| dir.path().join(number.to_string()).into())
            .collect();
        for path in &paths {
            fs::write(path, "one").unwrap();
        }
        let mut contents = Contents::default();
        contents.look(paths.clone());
        fs::write(&paths[7], "two").unwrap();
        fs::remove_file(&paths[9]).unwrap();
        let changes = contents.look(paths.clone());
        let changed: Vec<usize> = (0..paths.len())
            .filter(|index| changes[*index].1 != Change::Unchanged)
            .collect();
        assert_eq!(changed, [7, 9]);
        assert_eq!(changes[9].1, Change::Gone);
    }

    fn noted(digest: Option<Digest>, in_doubt: bool, differs: bool) -> Noted {
        Noted {
            digest,
            in_doubt,
            differs,
        }
    }

    #[test]
    fn what_a_check_has_read_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let path: Arc<Path> = dir.path().join("a").into();
        fs::write(&path, "one").unwrap();
        let mut contents = Contents::default();
        let one = Some(Digest::of(b"one"));
        let now = SystemTime::now();
        assert_eq!(contents.note(&path, one, now), noted(one, false, false));
        assert_eq!(look(&mut contents, &path), Change::Unchanged);
        let two = Some(Digest::of(b"two"));
        assert_eq!(contents.note(&path, two, now), noted(two, false, true));
        assert_eq!(look(&mut contents, &path), Change::Changed);
    }

    #[test]
    fn what_could_not_be_used_is_told_apart_from_what_is_absent() {
        let dir = tempfile::tempdir().unwrap();
        let path: Arc<Path> = dir.path().join("a").into();
        let mut contents = Contents::default();
        let now = SystemTime::now();
        assert_eq!(contents.note(&path, None, now), noted(None, false, false));
        assert_eq!(look(&mut contents, &path), Change::Unchanged, "absent");
        fs::write(&path, b"\xff").unwrap();
        let later = now + Duration::from_secs(60);
        let bad = Some(Digest::of(b"\xff"));
        assert_eq!(contents.note(&path, None, later), noted(bad, false, true));
        assert_eq!(look(&mut contents, &path), Change::Unchanged, "as it was");
        // It changed while it was checked: whether that was what was read nobody can tell.
        assert_eq!(contents.note(&path, None, now), noted(bad, true, false));
        assert_eq!(look(&mut contents, &path), Change::Unchanged);
    }
}
