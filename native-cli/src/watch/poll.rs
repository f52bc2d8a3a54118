//! Looking at folders now and then, where events do not arrive.
//!
//! `notify` brings a poller along. It compares times in whole seconds and only forwards: a second
//! save within a second is missed by it, and so is a file whose older version comes back. This one
//! compares all that `stat` says.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use super::inbox::{Happened, Inbox};
use super::track::Stamp;

/// How often a folder is looked at.
const INTERVAL: Duration = Duration::from_millis(500);
/// The coarsest clock that a file system in use keeps: two writes within one step look alike.
const STEP: Duration = Duration::from_secs(2);

/// What was seen of an entry of a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Seen {
    stamp: Option<Stamp>,
    /// Changed so recently that another change might not show.
    fresh: bool,
}

/// `None`: there is no such folder.
type Listing = Option<HashMap<OsString, Seen>>;
type Listings = HashMap<PathBuf, Listing>;

/// Looks at folders until it is dropped.
#[derive(Debug)]
pub struct Poller(Arc<Mutex<Listings>>);

impl Poller {
    /// No folder yet.
    pub fn new(inbox: &Arc<Inbox>) -> Self {
        let listings = Arc::new(Mutex::default());
        let (seen, inbox) = (Arc::downgrade(&listings), inbox.clone());
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(INTERVAL);
                if !round(&seen, &inbox) {
                    return;
                }
            }
        });
        Self(listings)
    }

    /// Looks at a folder, and again from now on.
    pub fn add(&mut self, folder: &Path) {
        let listing = list(folder);
        lock(&self.0).insert(folder.to_owned(), listing);
    }

    /// Does not look at it any more.
    pub fn remove(&mut self, folder: &Path) {
        lock(&self.0).remove(folder);
    }
}

fn lock(listings: &Mutex<Listings>) -> MutexGuard<'_, Listings> {
    listings.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks at every folder once; whether somebody still asks for that.
fn round(listings: &Weak<Mutex<Listings>>, inbox: &Inbox) -> bool {
    let Some(listings) = listings.upgrade() else {
        return false;
    };
    let folders: Vec<PathBuf> = lock(&listings).keys().cloned().collect();
    for folder in folders {
        // Looked at outside the lock: a network may take its time.
        let now = list(&folder);
        let before = match lock(&listings).get_mut(&folder) {
            Some(known) => std::mem::replace(known, now.clone()),
            None => continue,
        };
        for path in differences(&folder, before, now) {
            inbox.touched(path, Happened::Begun);
        }
    }
    true
}

fn list(folder: &Path) -> Listing {
    let entries = folder.read_dir().ok()?.filter_map(Result::ok);
    let seen = entries.map(|entry| {
        let path = entry.path();
        // Behind a link its target counts; of a link that leads nowhere, the link.
        let meta = path.metadata().or_else(|_| path.symlink_metadata()).ok();
        // What happens in a folder within is told by its own listing.
        let meta = meta.filter(|meta| !meta.is_dir());
        let stamp = meta.as_ref().and_then(Stamp::of);
        let changed = meta.and_then(|meta| meta.modified().ok());
        let seen = Seen {
            stamp,
            fresh: changed.is_some_and(is_fresh),
        };
        (entry.file_name(), seen)
    });
    Some(seen.collect())
}

fn is_fresh(changed: SystemTime) -> bool {
    // A time to come: another machine's clock.
    changed.elapsed().map_or(true, |elapsed| elapsed < STEP)
}

/// The paths of which something differs, or might.
fn differences(folder: &Path, before: Listing, now: Listing) -> Vec<PathBuf> {
    let (mut before, now) = match (before, now) {
        (None, None) => return Vec::new(),
        (Some(before), Some(now)) => (before, now),
        _ => return vec![folder.to_owned()],
    };
    let mut paths = Vec::new();
    for (name, seen) in now {
        match before.remove(&name) {
            Some(known) if known.stamp == seen.stamp && !known.fresh => {}
            _ => paths.push(folder.join(name)),
        }
    }
    paths.extend(before.into_keys().map(|name| folder.join(name)));
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(folder: &Path, listing: &mut Listing) -> Vec<String> {
        let before = std::mem::replace(listing, list(folder));
        let paths = differences(folder, before, listing.clone());
        let mut names: Vec<String> = paths
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn an_older_version_that_comes_back_is_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let long_ago = SystemTime::now() - Duration::from_secs(3600);
        let write = |text: &str, time: SystemTime| {
            std::fs::write(&path, text).unwrap();
            let file = std::fs::File::open(&path).unwrap();
            file.set_modified(time).unwrap();
        };
        write("new", long_ago);
        let mut listing = list(dir.path());
        assert!(look(dir.path(), &mut listing).is_empty());
        write("old", long_ago - Duration::from_millis(10));
        assert_eq!(look(dir.path(), &mut listing), ["a"]);
        assert!(look(dir.path(), &mut listing).is_empty());
    }

    #[test]
    fn what_changed_just_now_is_looked_at_once_more() {
        let dir = tempfile::tempdir().unwrap();
        let mut listing = list(dir.path());
        std::fs::write(dir.path().join("a"), "x").unwrap();
        assert_eq!(look(dir.path(), &mut listing), ["a"], "new");
        assert_eq!(look(dir.path(), &mut listing), ["a"], "fresh");
    }

    #[test]
    fn folders_and_files_that_come_and_go_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("t");
        let mut listing = list(&folder);
        assert!(look(&folder, &mut listing).is_empty());
        std::fs::create_dir_all(folder.join("deep")).unwrap();
        assert_eq!(look(&folder, &mut listing), ["t"]);
        std::fs::write(folder.join("deep/a"), "x").unwrap();
        assert!(look(&folder, &mut listing).is_empty(), "not its own");
        std::fs::remove_dir_all(folder.join("deep")).unwrap();
        assert_eq!(look(&folder, &mut listing), ["deep"]);
        std::fs::remove_dir(&folder).unwrap();
        assert_eq!(look(&folder, &mut listing), ["t"]);
    }
}
