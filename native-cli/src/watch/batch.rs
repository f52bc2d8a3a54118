//! Gathering a burst of events into one batch: a save is three to twenty-four of them, a checkout
//! hundreds.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::inbox::{Inbox, Redraw, Stop, Touch};
use super::keys::Key;
use super::pace::Pace;

/// How long to wait for more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The burst is over when nothing came for so long.
    pub quiet: Duration,
    /// It is taken for over after so long, whatever comes.
    pub longest: Duration,
    /// Act sooner where writers say that they are done ([`Pace`]).
    pub adaptive: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(50),
            longest: Duration::from_millis(200),
            adaptive: true,
        }
    }
}

/// What happened in one burst.
#[derive(Debug, Default)]
pub struct Batch {
    /// The paths that were touched.
    pub touched: HashMap<PathBuf, Touch>,
    /// Events were lost, so that anything may have been touched, and watches may be dead.
    pub lost: bool,
    /// Everything is to be looked at, whatever was touched.
    pub everything: bool,
    /// When its first event arrived.
    pub since: Option<Instant>,
    /// When its last event arrived.
    last: Option<Instant>,
}

impl Batch {
    /// As if everything had been touched just now.
    pub fn look_at_everything(&mut self) {
        self.everything = true;
        self.count(Instant::now(), Instant::now());
    }

    /// Adds what happened to a path.
    pub fn add(&mut self, path: PathBuf, touch: Touch) {
        self.count(touch.first, touch.last);
        self.touched
            .entry(path)
            .and_modify(|known| known.then(&touch))
            .or_insert(touch);
    }

    fn count(&mut self, first: Instant, last: Instant) {
        self.since = Some(self.since.map_or(first, |since| since.min(first)));
        self.last = Some(self.last.map_or(last, |known| known.max(last)));
    }

    /// Whether the burst goes on, however quiet it is: git is in the middle of something.
    fn is_held(&self, window: Window, pace: &Pace) -> bool {
        window.adaptive && self.since.is_some_and(|since| pace.git_holds(since))
    }

    /// When the burst is over if nothing more comes; `None` if it has not begun.
    fn ends(&self, window: Window, pace: &Pace) -> Option<Instant> {
        let (since, last) = (self.since?, self.last?);
        if self.is_held(window, pace) {
            // Looked at again then.
            return Some(Instant::now() + window.quiet);
        }
        let quiet = if window.adaptive && !self.lost && !self.everything {
            pace.patience(&self.touched, window)
        } else {
            window.quiet
        };
        Some((last + quiet).min(since + window.longest))
    }
}

/// Why the loop is woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// A burst is over.
    Burst,
    /// A key was pressed. The burst, if there is one, goes on.
    Key(Key),
    /// The screen is to be drawn again.
    Redraw(Redraw),
    /// A run of tests has something to tell. The burst, if there is one, goes on.
    Ran,
    /// The user wants to leave.
    Stop(Stop),
}

/// Waits until there is something to do. Of paths only those that `concerns` lets through count:
/// an editor's temporary files neither begin a burst nor make it longer.
pub fn gather(
    inbox: &Inbox,
    window: Window,
    pace: &Pace,
    batch: &mut Batch,
    mut concerns: impl FnMut(&Path) -> bool,
) -> Wake {
    loop {
        let Some(news) = inbox.wait(batch.ends(window, pace)) else {
            if batch.is_held(window, pace) {
                continue;
            }
            return Wake::Burst;
        };
        for (path, touch) in news.touched {
            if batch.touched.contains_key(&path) || concerns(&path) {
                batch.add(path, touch);
            }
        }
        if news.lost {
            batch.lost = true;
            batch.look_at_everything();
        }
        if let Some(stop) = news.stop {
            return Wake::Stop(stop);
        }
        if let Some(key) = news.key {
            // What else came at the same time is drawn with it; what a run tells waits elsewhere.
            if news.ran {
                inbox.ran();
            }
            return Wake::Key(key);
        }
        if let Some(why) = news.redraw {
            if news.ran {
                inbox.ran();
            }
            return Wake::Redraw(why);
        }
        if news.ran {
            return Wake::Ran;
        }
        let longest = |since: Instant| since.elapsed() >= window.longest;
        if batch.since.is_some_and(longest) && !batch.is_held(window, pace) {
            return Wake::Burst;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::inbox::Happened;
    use super::*;

    const SHORT: Window = Window {
        quiet: Duration::from_millis(20),
        longest: Duration::from_millis(80),
        adaptive: false,
    };

    fn next(inbox: &Inbox, batch: &mut Batch) -> Wake {
        gather(inbox, SHORT, &Pace::default(), batch, |path| {
            path != Path::new("noise")
        })
    }

    #[test]
    fn a_burst_is_one_batch() {
        let inbox = Inbox::default();
        for path in ["a", "b", "a"] {
            inbox.touched(path.into(), Happened::Done);
        }
        let mut batch = Batch::default();
        assert_eq!(next(&inbox, &mut batch), Wake::Burst);
        assert_eq!(batch.touched.len(), 2);
        assert_eq!(batch.touched[Path::new("a")].writes, 2);
    }

    #[test]
    fn what_waited_for_long_is_one_batch_too() {
        let inbox = Inbox::default();
        let mut batch = Batch::default();
        let before = Instant::now() - 2 * SHORT.longest;
        batch.add("a".into(), Touch::new(Happened::Done, before));
        for path in ["b", "c"] {
            inbox.touched(path.into(), Happened::Done);
        }
        assert_eq!(next(&inbox, &mut batch), Wake::Burst);
        assert_eq!(batch.touched.len(), 3);
    }

    #[test]
    fn a_key_does_not_end_a_burst() {
        let inbox = Inbox::default();
        inbox.touched("a".into(), Happened::Begun);
        inbox.pressed(Key::Help);
        let mut batch = Batch::default();
        assert_eq!(next(&inbox, &mut batch), Wake::Key(Key::Help));
        inbox.touched("a".into(), Happened::Done);
        assert_eq!(next(&inbox, &mut batch), Wake::Burst);
        assert!(batch.touched[Path::new("a")].done);
    }

    #[test]
    fn what_concerns_nobody_begins_nothing() {
        let inbox = Inbox::default();
        inbox.touched("noise".into(), Happened::Done);
        inbox.redraw(Redraw::Resized);
        let mut batch = Batch::default();
        assert_eq!(next(&inbox, &mut batch), Wake::Redraw(Redraw::Resized));
        assert!(batch.since.is_none());
    }

    #[test]
    fn leaving_comes_first() {
        let inbox = Inbox::default();
        inbox.touched("a".into(), Happened::Begun);
        inbox.pressed(Key::Help);
        inbox.stop(Stop::Terminated);
        let woken = next(&inbox, &mut Batch::default());
        assert_eq!(woken, Wake::Stop(Stop::Terminated));
    }
}
