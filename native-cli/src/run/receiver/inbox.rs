//! What a receiver was sent so far.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use clnrm_core::trace::Span;

/// Faults that are remembered in words; more are counted.
const MAX_FAULTS: usize = 10;

/// What has arrived.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
}

/// What has arrived until now.
#[derive(Debug, Default)]
pub struct State {
    /// The spans.
    pub spans: Vec<Span>,
    /// The first exports that could not be taken: why.
    pub faults: Vec<String>,
    /// How many could not.
    pub faulty: usize,
    /// Exports that are being read.
    pub under_way: usize,
    /// When the last one was over.
    pub last: Option<Instant>,
}

impl Inbox {
    /// The state; it is whole between any two statements.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An export could not be taken.
    pub fn fault(&self, reason: &str) {
        let mut state = self.lock();
        state.faulty += 1;
        if state.faults.len() < MAX_FAULTS {
            state.faults.push(reason.to_owned());
        }
    }
}

/// Counts an export as under way until it is dropped.
pub struct UnderWay<'a>(&'a Inbox);

impl<'a> UnderWay<'a> {
    /// One begins.
    pub fn begin(inbox: &'a Inbox) -> Self {
        inbox.lock().under_way += 1;
        Self(inbox)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.under_way = state.under_way.saturating_sub(1);
        state.last = Some(Instant::now());
    }
}
