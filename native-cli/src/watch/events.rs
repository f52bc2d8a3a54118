//! What the system reports about folders, as messages.
//!
//! Folders are watched, never single files: an editor that saves by renaming ends a file's watch.
//! Each folder is watched by itself and not recursively, so that what `.gitignore` excludes
//! (`target`, `node_modules`) costs no watch.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

use super::keys::Key;
use crate::errors::Error;

/// How often a folder is looked at where events do not arrive.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// What the loop waits for.
#[derive(Debug)]
pub enum Message {
    /// Something happened to these paths.
    Touched {
        /// Absolute paths.
        paths: Vec<PathBuf>,
        /// Whether a writer is done: it closed the file or moved it into place.
        complete: bool,
        /// When the event arrived.
        at: Instant,
    },
    /// Events were lost: anything may have happened.
    Lost,
    /// The user pressed a key.
    Pressed(Key),
    /// The user wants to leave.
    Stop(Stop),
}

/// How the user wants to leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Ctrl-C.
    Asked,
    /// SIGTERM.
    Terminated,
}

/// What an event means for the loop; `None` for one that changes no content.
pub fn message(event: notify::Result<Event>) -> Option<Message> {
    let event = match event {
        Ok(event) => event,
        // A watcher's own trouble (a folder that went away under it): look at everything.
        Err(_) => return Some(Message::Lost),
    };
    if event.need_rescan() {
        return Some(Message::Lost);
    }
    let complete = match event.kind {
        // The one access that means a change. All others are reads, our own among them.
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => return None,
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => true,
        // Changes of rights are let through: a file may have become readable.
        EventKind::Modify(_)
        | EventKind::Create(_)
        | EventKind::Remove(_)
        | EventKind::Any
        | EventKind::Other => false,
    };
    (!event.paths.is_empty()).then(|| Message::Touched {
        paths: event.paths,
        complete,
        at: Instant::now(),
    })
}

/// The folders that are watched.
pub struct Folders {
    sender: Sender<Message>,
    watcher: Box<dyn Watcher>,
    polling: bool,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    /// No folder yet. Without `poll` the system's own events are used, if it has any.
    pub fn new(sender: Sender<Message>, poll: bool) -> Result<Self, Error> {
        if !poll {
            let handler = handler(sender.clone());
            if let Ok(watcher) = RecommendedWatcher::new(handler, Config::default()) {
                return Ok(Self {
                    sender,
                    watcher: Box::new(watcher),
                    polling: false,
                    watched: BTreeSet::new(),
                });
            }
        }
        let watcher = poller(&sender)?;
        Ok(Self {
            sender,
            watcher,
            polling: true,
            watched: BTreeSet::new(),
        })
    }

    /// Whether folders are looked at now and then instead of waiting for events.
    pub fn polls(&self) -> bool {
        self.polling
    }

    /// Watches exactly `wanted`. Those in `renewed` are watched afresh: a folder that was removed
    /// and made again has the old name, but the old watch is dead. Says whether a folder was added.
    pub fn sync(
        &mut self,
        wanted: &BTreeSet<PathBuf>,
        renewed: &BTreeSet<PathBuf>,
    ) -> Result<bool, Error> {
        // First all that end, then all that begin: two names may stand for one folder, and ending
        // the old name's watch would end the new one's.
        let ended: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(|path| !wanted.contains(*path) || renewed.contains(*path))
            .cloned()
            .collect();
        for path in ended {
            // It may be gone already, which is what we want.
            let _ = self.watcher.unwatch(&path);
            self.watched.remove(&path);
        }
        let mut added = false;
        for path in wanted {
            if !self.watched.contains(path) {
                added |= self.add(path)?;
            }
        }
        Ok(added)
    }

    fn add(&mut self, path: &Path) -> Result<bool, Error> {
        use notify::ErrorKind;
        match self.watcher.watch(path, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(path.to_owned());
                Ok(true)
            }
            Err(error) => match error.kind {
                // Gone between discovery and now: the next pass will see that.
                ErrorKind::PathNotFound => Ok(false),
                ErrorKind::Io(ref io) if io.kind() == std::io::ErrorKind::NotFound => Ok(false),
                _ if !self.polling => {
                    self.fall_back()?;
                    self.add(path)
                }
                _ => Err(Error::Unwatchable {
                    path: path.to_owned(),
                    reason: error.to_string(),
                }),
            },
        }
    }

    /// The system's limit of watches is reached, or it has none: polls all folders from now on.
    fn fall_back(&mut self) -> Result<(), Error> {
        self.watcher = poller(&self.sender)?;
        self.polling = true;
        for path in &self.watched {
            let _ = self.watcher.watch(path, RecursiveMode::NonRecursive);
        }
        Ok(())
    }
}

fn handler(sender: Sender<Message>) -> impl FnMut(notify::Result<Event>) {
    move |event| {
        if let Some(message) = message(event) {
            // The loop has ended; so will the process.
            let _ = sender.send(message);
        }
    }
}

fn poller(sender: &Sender<Message>) -> Result<Box<dyn Watcher>, Error> {
    let config = Config::default().with_poll_interval(POLL_INTERVAL);
    PollWatcher::new(handler(sender.clone()), config)
        .map(|watcher| Box::new(watcher) as Box<dyn Watcher>)
        .map_err(|error| Error::Unwatchable {
            path: ".".into(),
            reason: error.to_string(),
        })
}

/// Sends a message when the user interrupts. Ctrl-C leaves quietly, SIGTERM counts as interrupted.
#[cfg(unix)]
pub fn listen_for_signals(sender: Sender<Message>) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    // Without it the system's own way of ending a process stands: nothing is lost but the code.
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let stop = if signal == SIGINT {
                Stop::Asked
            } else {
                Stop::Terminated
            };
            if sender.send(Message::Stop(stop)).is_err() {
                return;
            }
        }
    });
}

/// Elsewhere the system ends the process by itself.
#[cfg(not(unix))]
pub fn listen_for_signals(_sender: Sender<Message>) {}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, Flag, MetadataKind};

    use super::*;

    fn of(kind: EventKind) -> Option<bool> {
        match message(Ok(Event::new(kind).add_path("a".into())))? {
            Message::Touched { complete, .. } => Some(complete),
            _ => None,
        }
    }

    #[test]
    fn reads_are_no_news() {
        assert_eq!(
            of(EventKind::Access(AccessKind::Open(AccessMode::Any))),
            None
        );
        assert_eq!(
            of(EventKind::Access(AccessKind::Close(AccessMode::Read))),
            None
        );
    }

    #[test]
    fn a_writer_that_closes_or_renames_is_done() {
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        assert_eq!(of(closed), Some(true));
        let moved = EventKind::Modify(ModifyKind::Name(RenameMode::To));
        assert_eq!(of(moved), Some(true));
        assert_eq!(
            of(EventKind::Modify(ModifyKind::Data(DataChange::Any))),
            Some(false)
        );
        assert_eq!(of(EventKind::Create(CreateKind::File)), Some(false));
        let rights = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
        assert_eq!(of(rights), Some(false));
    }

    #[test]
    fn lost_events_are_said() {
        let event = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert!(matches!(message(Ok(event)), Some(Message::Lost)));
    }
}
