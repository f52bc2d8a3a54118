//! What a render may ask of the world, and what it asked.
//!
//! The host is handed in by the caller of a render: the clock (frozen or not), entropy, seed,
//! environment variables, fuel. It notes what was asked, since a cached render may be used again
//! only in a world that would answer the same.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regex::Regex;

use super::call::CallError;
use super::limits::Allowance;
use super::tables::Tables;

/// A moment: nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(pub i128);

/// The world of one render.
#[derive(Debug)]
pub struct Host {
    /// Environment variables that the template may read.
    pub environment: Arc<BTreeMap<String, String>>,
    /// Seed for calls that give none; `None`: they draw from `entropy` and the render is volatile.
    pub seed: Option<u64>,
    /// The clock when the user froze it.
    pub frozen: Option<Timestamp>,
    /// The clock of the machine, if it has one.
    pub now: Option<Timestamp>,
    /// Randomness of the machine.
    pub entropy: [u8; 32],
    /// What scripts and time zones are looked up in.
    pub tables: Tables,
    /// Bytes that calls may still make.
    budget: Cell<u64>,
    /// Steps that renders may still take.
    steps: Cell<u64>,
    draws: Cell<u64>,
    counters: RefCell<BTreeMap<String, i64>>,
    environment_reads: RefCell<BTreeSet<String>>,
    volatile: Cell<bool>,
    regexes: RefCell<BTreeMap<String, (Regex, usize)>>,
}

impl Host {
    /// A world with nothing read yet and the small tables, which renders may use up to `allowance`.
    #[must_use]
    pub fn new(
        environment: Arc<BTreeMap<String, String>>,
        seed: Option<u64>,
        frozen: Option<Timestamp>,
        now: Option<Timestamp>,
        entropy: [u8; 32],
        allowance: Allowance,
    ) -> Self {
        Self {
            environment,
            seed,
            frozen,
            now,
            entropy,
            tables: Tables::Small,
            budget: Cell::new(allowance.bytes),
            steps: Cell::new(allowance.steps),
            draws: Cell::new(0),
            counters: RefCell::default(),
            environment_reads: RefCell::default(),
            volatile: Cell::new(false),
            regexes: RefCell::default(),
        }
    }

    /// The same with these tables.
    #[must_use]
    pub fn with_tables(self, tables: Tables) -> Self {
        Self { tables, ..self }
    }

    /// Hands over all that was counted and noted, to a world that a render can own while it runs;
    /// [`Host::absorb`] brings it back.
    pub(super) fn detach(&self) -> Self {
        Self {
            environment: self.environment.clone(),
            seed: self.seed,
            frozen: self.frozen,
            now: self.now,
            entropy: self.entropy,
            tables: self.tables,
            budget: self.budget.clone(),
            steps: self.steps.clone(),
            draws: self.draws.clone(),
            counters: RefCell::new(self.counters.take()),
            environment_reads: RefCell::new(self.environment_reads.take()),
            volatile: self.volatile.clone(),
            regexes: RefCell::new(self.regexes.take()),
        }
    }

    /// Takes over what a render counted and noted.
    pub(super) fn absorb(&self, other: Self) {
        self.budget.set(other.budget.get());
        self.draws.set(other.draws.get());
        self.counters.replace(other.counters.into_inner());
        self.environment_reads
            .replace(other.environment_reads.into_inner());
        self.volatile.set(other.volatile.get());
        self.regexes.replace(other.regexes.into_inner());
    }

    /// What is left of the allowance.
    #[must_use]
    pub fn left(&self) -> Allowance {
        Allowance {
            steps: self.steps.get(),
            bytes: self.budget.get(),
        }
    }

    /// Steps that renders may still take.
    pub(super) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// A render is over, and has left so many.
    pub(super) fn set_steps(&self, steps: u64) {
        self.steps.set(steps);
    }

    /// An environment variable; the read is noted, also of one that is not set.
    pub fn env(&self, name: &str) -> Option<&str> {
        if !self.environment_reads.borrow().contains(name) {
            self.environment_reads.borrow_mut().insert(name.to_owned());
        }
        self.environment.get(name).map(String::as_str)
    }

    /// Pays for `bytes` that a call is about to make. To be asked **before** they are allocated.
    ///
    /// # Errors
    /// When that exceeds what the render may make.
    pub fn charge(&self, bytes: u64) -> Result<(), CallError> {
        match self.budget.get().checked_sub(bytes) {
            Some(left) => {
                self.budget.set(left);
                Ok(())
            }
            None => {
                self.budget.set(0);
                Err(CallError::Limit(
                    "the template makes more text than a render may".into(),
                ))
            }
        }
    }

    /// Pays for reading `bytes` without making any: a sixteenth of what making them costs.
    ///
    /// # Errors
    /// When that exceeds what the render may make.
    pub fn charge_work(&self, bytes: usize) -> Result<(), CallError> {
        self.charge(bytes as u64 / 16)
    }

    /// A regular expression that was compiled before, and how large it is.
    pub(super) fn compiled(&self, pattern: &str) -> Option<(Regex, usize)> {
        self.regexes.borrow().get(pattern).cloned()
    }

    /// Keeps a compiled regular expression for the next call. Its size has been paid for, so that
    /// there can never be many.
    pub(super) fn keep_compiled(&self, pattern: &str, regex: Regex, size: usize) {
        let key = pattern.to_owned();
        self.regexes.borrow_mut().insert(key, (regex, size));
    }

    /// The present moment: the frozen one, else the machine's, which makes the render volatile.
    pub fn now(&self) -> Timestamp {
        self.frozen.unwrap_or_else(|| {
            self.volatile.set(true);
            self.now.unwrap_or(Timestamp(0))
        })
    }

    /// The key of the next random stream, for a call without a seed of its own: from the seed of the
    /// render and a counter, so that two calls differ; without one from the machine's entropy, which
    /// makes the render volatile.
    pub fn next_stream(&self) -> ([u8; 32], u64) {
        let draw = self.draws.get();
        self.draws.set(draw + 1);
        match self.seed {
            Some(seed) => (Self::key(seed), draw + 1),
            None => {
                self.volatile.set(true);
                (self.entropy, draw)
            }
        }
    }

    /// The 32-byte key that a seed stands for.
    #[must_use]
    pub fn key(seed: u64) -> [u8; 32] {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key
    }

    /// The next value of the sequence `name`, which begins at `start` and grows by `step`.
    pub fn next_in_sequence(&self, name: &str, start: i64, step: i64) -> i64 {
        let mut counters = self.counters.borrow_mut();
        match counters.get_mut(name) {
            Some(value) => {
                *value = value.wrapping_add(step);
                *value
            }
            None => {
                counters.insert(name.to_owned(), start);
                start
            }
        }
    }

    /// Whether the clock or entropy of the machine was used.
    #[must_use]
    pub fn is_volatile(&self) -> bool {
        self.volatile.get()
    }

    /// The environment variables that were asked for.
    #[must_use]
    pub fn environment_reads(&self) -> BTreeSet<String> {
        self.environment_reads.borrow().clone()
    }
}
