//! One pass through the machinery: what it was about, for printing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// One pass.
#[derive(Debug)]
pub struct Pass {
    /// The names of what changed; empty for the first pass.
    pub reason: Vec<Arc<str>>,
    /// The names of the files that were checked.
    pub checked: BTreeSet<Arc<str>>,
    /// Files whose check came to what it came to before do not count: settings changed, which these
    /// do not depend on.
    pub only_affected: bool,
    /// Files that were touched without a change of content.
    pub skipped_unchanged: usize,
    /// Names that left the results.
    pub removed: Vec<Arc<str>>,
    /// Names that were broken and are well now.
    pub mended: BTreeSet<Arc<str>>,
    /// What the user should know, one sentence each.
    pub notices: Vec<String>,
    /// What the user may like to know; on a terminal only.
    pub remarks: Vec<String>,
    /// When the first event arrived, or the user asked.
    pub since: Instant,
    /// When the last of the files that changed was changed.
    pub changed_at: Option<SystemTime>,
    /// For each file that changed: from the change to its event.
    pub detected: Vec<Duration>,
    /// Until the verdict.
    pub latency: Duration,
    /// For how long files were checked.
    pub checking: Duration,
    /// When it was over, on the clock of the wall.
    pub at: SystemTime,
}

impl Pass {
    /// One that begins, because of an event at `since`.
    pub fn new(since: Instant) -> Self {
        Self {
            reason: Vec::new(),
            checked: BTreeSet::new(),
            only_affected: false,
            skipped_unchanged: 0,
            removed: Vec::new(),
            mended: BTreeSet::new(),
            notices: Vec::new(),
            remarks: Vec::new(),
            since,
            changed_at: None,
            detected: Vec::new(),
            latency: Duration::ZERO,
            checking: Duration::ZERO,
            at: SystemTime::now(),
        }
    }

    /// From the save until now: from the change of the file where that is known, else from its
    /// event.
    pub fn so_far(&self) -> Duration {
        self.changed_at
            .and_then(|changed| changed.elapsed().ok())
            .unwrap_or_else(|| self.since.elapsed())
    }

    /// The verdict is there.
    pub fn ends(&mut self) {
        self.latency = self.so_far();
        self.at = SystemTime::now();
    }
}
