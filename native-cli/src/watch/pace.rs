//! How soon to act on a save: the adaptive mode.
//!
//! Where every writer of a burst said that it is done, waiting for the whole window gains nothing,
//! unless the file is about to be written again: by a formatter, or by git in the middle of a
//! checkout. So a file earns it: once a save of it stood alone, the next one is acted on almost at
//! once. A file that is written twice in a row is waited for again, as is everything while git holds
//! its lock, and any file whose writer has not closed it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::batch::Window;
use super::inbox::Touch;

/// For a lone save: long enough for the second of two writes in a row.
const SETTLE: Duration = Duration::from_millis(3);
/// While other files have just been saved.
const COALESCE: Duration = Duration::from_millis(20);
/// While git holds its lock, as in a checkout, at most.
const GIT: Duration = Duration::from_secs(2);
/// A lock that is older was left by a git that died, or by one that waits for an editor.
const LEFT_BEHIND: Duration = Duration::from_secs(30);
/// Files remembered; more are forgotten all together, and earn their trust anew.
const MAX_FILES: usize = 4096;

#[derive(Clone, Copy, Debug)]
struct Saved {
    at: Instant,
    /// Written once, and not in a row with the save before.
    alone: bool,
}

/// What is known of how files are saved.
#[derive(Debug, Default)]
pub struct Pace {
    saved: HashMap<PathBuf, Saved>,
    acted: Option<Instant>,
    git_lock: Option<PathBuf>,
}

impl Pace {
    /// For work in and below `folder`.
    pub fn below(folder: &Path) -> Self {
        Self {
            git_lock: git_folder(folder).map(|git| git.join("index.lock")),
            ..Self::default()
        }
    }

    /// How long it must have been quiet before these are acted on.
    pub fn patience(&self, touched: &HashMap<PathBuf, Touch>, window: Window) -> Duration {
        let sure = |(path, touch): (&PathBuf, &Touch)| {
            let trusted = |saved: &Saved| {
                saved.alone && touch.first.saturating_duration_since(saved.at) > window.longest
            };
            touch.done && touch.writes == 1 && self.saved.get(path).is_some_and(trusted)
        };
        if !touched.iter().all(sure) {
            return window.quiet;
        }
        let busy = self
            .acted
            .is_some_and(|acted| acted.elapsed() < window.longest);
        if busy { COALESCE } else { SETTLE }.min(window.quiet)
    }

    /// Notes that these were acted on now.
    pub fn acted(&mut self, touched: &HashMap<PathBuf, Touch>, window: Window) {
        let now = Instant::now();
        self.acted = Some(now);
        if self.saved.len() + touched.len() > MAX_FILES {
            self.saved.clear();
        }
        for (path, touch) in touched.iter().take(MAX_FILES) {
            let before = self.saved.get(path);
            let in_a_row = before.is_some_and(|before| {
                touch.first.saturating_duration_since(before.at) <= window.longest
            });
            let saved = Saved {
                at: now,
                alone: touch.done && touch.writes == 1 && !in_a_row,
            };
            self.saved.insert(path.clone(), saved);
        }
    }

    /// Whether a burst that began at `since` is to be waited for because git holds its lock.
    pub fn git_holds(&self, since: Instant) -> bool {
        since.elapsed() < GIT && self.git_lock.as_deref().is_some_and(is_new)
    }
}

/// Whether a lock is there, and not left behind.
fn is_new(lock: &Path) -> bool {
    let made = lock.metadata().and_then(|meta| meta.modified());
    made.is_ok_and(|made| made.elapsed().map_or(true, |age| age < LEFT_BEHIND))
}

/// Where git keeps its index for a folder: in `.git` there or above, or where a file of that name
/// leads (a linked work tree).
fn git_folder(folder: &Path) -> Option<PathBuf> {
    let (root, git) = folder
        .ancestors()
        .map(|folder| (folder, folder.join(".git")))
        .find(|(_, git)| git.exists())?;
    if git.is_dir() {
        return Some(git);
    }
    let text = std::fs::read_to_string(&git).ok()?;
    Some(root.join(text.strip_prefix("gitdir:")?.trim()))
}

#[cfg(test)]
mod tests {
    use super::super::inbox::Happened;
    use super::*;

    const WINDOW: Window = Window {
        quiet: Duration::from_millis(50),
        longest: Duration::from_millis(200),
        adaptive: true,
    };

    fn touched(happened: Happened, at: Instant) -> HashMap<PathBuf, Touch> {
        HashMap::from([("a".into(), Touch::new(happened, at))])
    }

    fn saved(pace: &mut Pace, ago: Duration, alone: bool) {
        let at = Instant::now() - ago;
        pace.saved.insert("a".into(), Saved { at, alone });
    }

    #[test]
    fn a_file_earns_its_trust_by_a_save_that_stands_alone() {
        let mut pace = Pace::default();
        let now = Instant::now();
        let done = touched(Happened::Done, now);
        assert_eq!(pace.patience(&done, WINDOW), WINDOW.quiet, "unknown");
        pace.acted(&done, WINDOW);
        assert!(pace.saved[Path::new("a")].alone);
        let later = touched(Happened::Done, now + Duration::from_secs(1));
        assert_eq!(pace.patience(&later, WINDOW), COALESCE, "just acted");
        pace.acted = None;
        assert_eq!(pace.patience(&later, WINDOW), SETTLE);
        let begun = touched(Happened::Begun, now + Duration::from_secs(1));
        assert_eq!(pace.patience(&begun, WINDOW), WINDOW.quiet, "not closed");
    }

    #[test]
    fn a_file_that_is_written_twice_loses_it() {
        let mut pace = Pace::default();
        let done = touched(Happened::Done, Instant::now());
        saved(&mut pace, Duration::from_millis(100), true);
        assert_eq!(pace.patience(&done, WINDOW), WINDOW.quiet, "in a row");
        pace.acted(&done, WINDOW);
        assert!(!pace.saved[Path::new("a")].alone);

        let mut twice = done.clone();
        saved(&mut pace, Duration::from_secs(9), true);
        for touch in twice.values_mut() {
            touch.then(&Touch::new(Happened::Done, Instant::now()));
        }
        assert_eq!(pace.patience(&twice, WINDOW), WINDOW.quiet);
        pace.acted(&twice, WINDOW);
        assert!(!pace.saved[Path::new("a")].alone);
    }

    #[test]
    fn git_at_work_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("tests/api");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir(dir.path().join(".git")).unwrap();
        let pace = Pace::below(&deep);
        let now = Instant::now();
        assert!(!pace.git_holds(now));
        let lock = dir.path().join(".git/index.lock");
        std::fs::write(&lock, "").unwrap();
        assert!(pace.git_holds(now));
        assert!(!pace.git_holds(now - 2 * GIT), "not for ever");
        let old = std::time::SystemTime::now() - 2 * LEFT_BEHIND;
        let file = std::fs::File::options().write(true).open(&lock).unwrap();
        file.set_modified(old).unwrap();
        assert!(!pace.git_holds(now), "left behind");
    }
}
