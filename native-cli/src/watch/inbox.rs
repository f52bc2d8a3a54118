//! What has happened since the loop looked last: a set and not a queue, so that a storm of events
//! during a long pass takes no more room than the files that it is about.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::keys::Key;

/// Paths beyond this many are not told apart any more: everything is looked at.
const MAX_PATHS: usize = 20_000;

/// How the user wants to leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Ctrl-C.
    Asked,
    /// SIGTERM, SIGHUP or SIGQUIT.
    Terminated,
}

/// Why the screen is to be drawn again. The later one counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Redraw {
    /// It has another size.
    Resized,
    /// Somebody else had it meanwhile.
    Returned,
}

/// What one event says of a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Happened {
    /// A writer is done: it closed the file, or moved it into place.
    Done,
    /// Something was written, made, removed or moved away; more is to come.
    Begun,
    /// Only what stands beside the content: rights, times.
    Aside,
}

/// All that happened to a path since it was looked at last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Touch {
    /// When the first of it arrived.
    pub first: Instant,
    /// When the last of it arrived.
    pub last: Instant,
    /// Whether the last writer is done.
    pub done: bool,
    /// How many writers were done.
    pub writes: u32,
}

impl Touch {
    /// Of a first event.
    pub fn new(happened: Happened, at: Instant) -> Self {
        let mut touch = Self {
            first: at,
            last: at,
            done: false,
            writes: 0,
        };
        touch.add(happened, at);
        touch
    }

    fn add(&mut self, happened: Happened, at: Instant) {
        self.last = at;
        match happened {
            Happened::Done => {
                self.done = true;
                self.writes += 1;
            }
            Happened::Begun => self.done = false,
            Happened::Aside => {}
        }
    }

    /// Adds what happened later.
    pub fn then(&mut self, later: &Self) {
        self.last = later.last;
        self.done = later.done;
        self.writes += later.writes;
    }
}

/// What was waiting.
#[derive(Debug, Default)]
pub struct News {
    /// The paths that were touched.
    pub touched: HashMap<PathBuf, Touch>,
    /// Events were lost: anything may have happened.
    pub lost: bool,
    /// The key that was pressed first; the others wait.
    pub key: Option<Key>,
    /// The user wants to leave.
    pub stop: Option<Stop>,
    /// The screen is to be drawn again.
    pub redraw: Option<Redraw>,
    /// A run of tests has something to tell.
    pub ran: bool,
}

#[derive(Debug, Default)]
struct Waiting {
    news: News,
    keys: VecDeque<Key>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        let news = &self.news;
        news.touched.is_empty()
            && !news.lost
            && news.stop.is_none()
            && news.redraw.is_none()
            && !news.ran
            && self.keys.is_empty()
    }

    fn take(&mut self) -> News {
        let mut news = std::mem::take(&mut self.news);
        news.key = self.keys.pop_front();
        news
    }
}

/// Where the threads that listen leave what they heard.
#[derive(Debug, Default)]
pub struct Inbox {
    waiting: Mutex<Waiting>,
    came: Condvar,
}

impl Inbox {
    fn put(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.lock());
        self.came.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // It is whole between any two statements: a panic elsewhere does not spoil it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened to a path, given absolutely.
    pub fn touched(&self, path: PathBuf, happened: Happened) {
        let at = Instant::now();
        self.put(|waiting| {
            let touched = &mut waiting.news.touched;
            if touched.len() >= MAX_PATHS {
                touched.clear();
                waiting.news.lost = true;
            }
            touched
                .entry(path)
                .and_modify(|touch| touch.add(happened, at))
                .or_insert_with(|| Touch::new(happened, at));
        });
    }

    /// Events were lost.
    pub fn lost(&self) {
        self.put(|waiting| waiting.news.lost = true);
    }

    /// A key was pressed.
    pub fn pressed(&self, key: Key) {
        // Somebody who leans on the keyboard means the last key once.
        const MAX_KEYS: usize = 16;
        self.put(|waiting| {
            if waiting.keys.len() < MAX_KEYS {
                waiting.keys.push_back(key);
            }
        });
    }

    /// The user wants to leave.
    pub fn stop(&self, stop: Stop) {
        self.put(|waiting| waiting.news.stop = Some(stop));
    }

    /// The screen is to be drawn again.
    pub fn redraw(&self, why: Redraw) {
        self.put(|waiting| waiting.news.redraw = waiting.news.redraw.max(Some(why)));
    }

    /// A run of tests has something to tell.
    pub fn ran(&self) {
        self.put(|waiting| waiting.news.ran = true);
    }

    /// Waits for news, at most until `deadline`; what is there already is given at once.
    pub fn wait(&self, deadline: Option<Instant>) -> Option<News> {
        let mut waiting = self.lock();
        while waiting.is_empty() {
            waiting = match deadline {
                None => self
                    .came
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    self.came
                        .wait_timeout(waiting, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
        Some(waiting.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_a_path_run_together() {
        let inbox = Inbox::default();
        for happened in [Happened::Begun, Happened::Done, Happened::Aside] {
            inbox.touched("a".into(), happened);
        }
        inbox.touched("b".into(), Happened::Begun);
        let news = inbox.wait(None).unwrap();
        let of = |path: &str| news.touched[&PathBuf::from(path)];
        assert!(of("a").done && of("a").writes == 1, "rights do not reopen");
        assert!(!of("b").done);
        assert!(inbox.wait(Some(Instant::now())).is_none(), "taken");
    }

    #[test]
    fn keys_come_one_by_one() {
        let inbox = Inbox::default();
        inbox.pressed(Key::Help);
        inbox.pressed(Key::Leave);
        assert_eq!(inbox.wait(None).unwrap().key, Some(Key::Help));
        assert_eq!(inbox.wait(None).unwrap().key, Some(Key::Leave));
    }

    #[test]
    fn more_paths_than_can_be_told_apart_are_a_loss() {
        let inbox = Inbox::default();
        for number in 0..=MAX_PATHS {
            inbox.touched(number.to_string().into(), Happened::Done);
        }
        let news = inbox.wait(None).unwrap();
        assert!(news.lost && news.touched.len() == 1);
    }
}
