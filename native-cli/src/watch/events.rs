//! The folders that are watched, and what the system's events say of paths.
//!
//! Folders are watched, never single files: an editor that saves by renaming ends a file's watch.
//! Each folder is watched by itself and not recursively, so that what `.gitignore` excludes
//! (`target`, `node_modules`) costs no watch.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::batch::Batch;
use super::inbox::{Happened, Inbox};
use super::poll::Poller;

/// Tells the loop what an event means for it.
fn report(inbox: &Inbox, event: notify::Result<Event>) {
    match event {
        // A watcher's own trouble: look at everything.
        Err(_) => inbox.lost(),
        Ok(event) if event.need_rescan() => inbox.lost(),
        Ok(event) => {
            if let Some(happened) = happened(event.kind) {
                for path in event.paths {
                    inbox.touched(path, happened);
                }
            }
        }
    }
}

/// What a kind of event says of its paths; `None` for one that changes nothing.
const fn happened(kind: EventKind) -> Option<Happened> {
    Some(match kind {
        // The one access that means a change. All others are reads, our own among them.
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Happened::Done,
        EventKind::Access(_) => return None,
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Happened::Done,
        // It comes after `From` and `To` of the same rename.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => Happened::Aside,
        // Changes of rights are let through: a file may have become readable.
        EventKind::Modify(ModifyKind::Metadata(_)) => Happened::Aside,
        EventKind::Modify(_)
        | EventKind::Create(_)
        | EventKind::Remove(_)
        | EventKind::Any
        | EventKind::Other => Happened::Begun,
    })
}

#[derive(Debug)]
enum Source {
    /// The system tells.
    Events(RecommendedWatcher),
    /// We look.
    Polling(Poller),
}

/// What became of the wish to watch a folder.
enum Added {
    Yes,
    /// It is gone, or may not be read: whatever comes of that is told by its parent.
    No,
    /// The system has no more watches to give, or none at all.
    NoMore,
}

/// The folders that are watched.
#[derive(Debug)]
pub struct Folders {
    inbox: Arc<Inbox>,
    source: Source,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    /// No folder yet. Without `poll` the system's own events are used, if it has any.
    pub fn new(inbox: Arc<Inbox>, poll: bool) -> Self {
        let events = || {
            let inbox = inbox.clone();
            RecommendedWatcher::new(move |event| report(&inbox, event), Config::default()).ok()
        };
        let source = (!poll)
            .then(events)
            .flatten()
            .map_or_else(|| Source::Polling(Poller::new(&inbox)), Source::Events);
        Self {
            inbox,
            source,
            watched: BTreeSet::new(),
        }
    }

    /// Whether folders are looked at now and then instead of waiting for events.
    pub fn polls(&self) -> bool {
        matches!(self.source, Source::Polling(_))
    }

    /// Watches exactly `wanted`. A folder that was touched, or lies in one that was, is watched
    /// afresh: it may be another one by now, of the same name, and the old watch dead. Says whether
    /// a folder was added.
    pub fn sync(&mut self, wanted: &BTreeSet<PathBuf>, batch: &Batch) -> bool {
        // First all that end, then all that begin: two names may stand for one folder, and ending
        // the old name's watch would end the new one's.
        let renewed = |path: &PathBuf| {
            batch.lost
                || path
                    .ancestors()
                    .any(|folder| batch.touched.contains_key(folder))
        };
        let ended: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|path| !wanted.contains(*path) || renewed(path))
            .cloned()
            .collect();
        for path in ended {
            self.end(&path);
        }
        let mut added = false;
        for path in wanted {
            if self.watched.contains(path) {
                continue;
            }
            match self.begin(path) {
                Added::Yes => {
                    self.watched.insert(path.clone());
                    added = true;
                }
                Added::No => {}
                Added::NoMore => {
                    self.fall_back(wanted);
                    return true;
                }
            }
        }
        added
    }

    fn begin(&mut self, path: &Path) -> Added {
        let watcher = match &mut self.source {
            Source::Polling(poller) => {
                poller.add(path);
                return Added::Yes;
            }
            Source::Events(watcher) => watcher,
        };
        match watcher.watch(path, RecursiveMode::NonRecursive) {
            Ok(()) => Added::Yes,
            Err(error) => match &error.kind {
                ErrorKind::PathNotFound => Added::No,
                ErrorKind::Io(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::NotFound
                            | io::ErrorKind::NotADirectory
                            | io::ErrorKind::PermissionDenied
                    ) =>
                {
                    Added::No
                }
                _ => Added::NoMore,
            },
        }
    }

    fn end(&mut self, path: &Path) {
        match &mut self.source {
            // It may be gone already, which is what we want.
            Source::Events(watcher) => {
                let _ = watcher.unwatch(path);
            }
            Source::Polling(poller) => poller.remove(path),
        }
        self.watched.remove(path);
    }

    /// Looks at all folders from now on.
    fn fall_back(&mut self, wanted: &BTreeSet<PathBuf>) {
        let mut poller = Poller::new(&self.inbox);
        for path in wanted {
            poller.add(path);
        }
        self.source = Source::Polling(poller);
        self.watched = wanted.clone();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use notify::event::{CreateKind, DataChange, Flag, MetadataKind, RemoveKind};

    use super::super::inbox::Touch;
    use super::*;

    #[test]
    fn reads_are_no_news() {
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert_eq!(happened(opened), None);
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Read));
        assert_eq!(happened(closed), None);
    }

    #[test]
    fn a_writer_that_closes_or_renames_is_done() {
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert_eq!(happened(closed), Some(Happened::Done));
        let moved = EventKind::Modify(ModifyKind::Name(RenameMode::To));
        assert_eq!(happened(moved), Some(Happened::Done));
        for kind in [
            EventKind::Modify(ModifyKind::Data(DataChange::Any)),
            EventKind::Modify(ModifyKind::Name(RenameMode::From)),
            EventKind::Create(CreateKind::File),
            EventKind::Remove(RemoveKind::File),
        ] {
            assert_eq!(happened(kind), Some(Happened::Begun), "{kind:?}");
        }
        let rights = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
        assert_eq!(happened(rights), Some(Happened::Aside));
    }

    #[test]
    fn lost_events_are_said() {
        let inbox = Inbox::default();
        let event = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        report(&inbox, Ok(event));
        assert!(inbox.wait(None).unwrap().lost);
    }

    /// What comes of a write in a folder.
    fn heard(inbox: &Inbox, folder: &Path) -> bool {
        while inbox.wait(Some(Instant::now())).is_some() {}
        let file = folder.join("a");
        std::fs::write(&file, Instant::now().elapsed().as_nanos().to_string()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(2);
        while let Some(news) = inbox.wait(Some(deadline)) {
            if news.touched.contains_key(&file) {
                return true;
            }
        }
        false
    }

    #[test]
    fn a_folder_below_one_that_was_swapped_is_watched_again() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let deep = root.join("t/deep");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir_all(root.join("other/deep")).unwrap();
        let inbox = Arc::new(Inbox::default());
        let mut folders = Folders::new(inbox.clone(), false);
        let wanted = BTreeSet::from([root.clone(), root.join("t"), deep.clone()]);
        assert!(folders.sync(&wanted, &Batch::default()));
        assert!(heard(&inbox, &deep));

        std::fs::rename(root.join("t"), root.join("away")).unwrap();
        std::fs::rename(root.join("other"), root.join("t")).unwrap();
        let mut batch = Batch::default();
        batch.add(root.join("t"), Touch::new(Happened::Done, Instant::now()));
        // Let the watcher see the renames before the watches are renewed.
        std::thread::sleep(Duration::from_millis(50));
        assert!(folders.sync(&wanted, &batch));
        assert!(heard(&inbox, &deep));
    }
}
