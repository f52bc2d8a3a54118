//! The bounded cache of renders and documents.
//!
//! What a render reads is known only after it, so a lookup has two steps. The key is a digest of
//! what is known before: the file's name, its bytes, the options that matter. Under it stand up to
//! [`MAX_VERSIONS`] versions, each with its [`Reads`]: every source, variable and environment
//! variable it looked at, with the digest of what it found, or that it found nothing. A hit is the
//! first version whose reads the present [`World`] would answer alike. So the cache cannot lie
//! about an include that was edited, and a file that appears heals a render that missed it.
//!
//! One lock guards the map; it is held to look up and to insert, never while the world is asked or
//! a value is made. Whatever is handed out is an `Arc`.

mod reads;
mod shelf;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::digest::Digest;

pub use reads::{Reads, World};
use shelf::Shelf;

/// Versions kept under one key: the same bytes under other variables or with other includes.
pub const MAX_VERSIONS: usize = 4;

/// Bounds of the cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CacheSettings {
    /// Files held at most, and as many documents; 0 turns the cache off.
    pub max_entries: usize,
    /// Bytes held at most, as estimated by those who put values in.
    pub max_bytes: usize,
    /// Microseconds after which a version is no longer used; `None`: no expiry.
    pub ttl_us: Option<u64>,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            max_entries: 100,
            max_bytes: 50_000_000,
            ttl_us: None,
        }
    }
}

/// The cache in numbers.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct CacheStats {
    /// Lookups that found a version to use.
    pub hits: u64,
    /// Lookups that did not.
    pub misses: u64,
    /// Values dropped to stay within the bounds, or because they were too old.
    pub evictions: u64,
    /// Hits among all lookups, 0 to 1; 0 before the first.
    pub hit_rate: f64,
    /// Mean duration of the renders that were made, in microseconds.
    pub average_render_us: f64,
    /// Files and documents held now.
    pub entries: usize,
    /// Bytes held now, estimated.
    pub memory_bytes: usize,
}

/// One version under a key.
#[derive(Debug)]
pub struct Version<R> {
    /// What it looked at.
    pub reads: Reads,
    /// What came of it.
    pub value: R,
    /// Bytes it holds, estimated.
    pub bytes: usize,
    /// When it was made, in microseconds of the caller's clock.
    pub made_at: u64,
}

/// Renders (`R`, found by key and world) and documents (`D`, found by the digest of their text).
#[derive(Debug)]
pub struct RenderCache<R, D> {
    settings: CacheSettings,
    shelf: Mutex<Shelf<R, D>>,
    hits: AtomicU64,
    misses: AtomicU64,
    renders: AtomicU64,
    render_us: AtomicU64,
}

impl<R, D> RenderCache<R, D> {
    /// An empty cache.
    #[must_use]
    pub fn new(settings: CacheSettings) -> Self {
        Self {
            settings,
            shelf: Mutex::new(Shelf::new(settings)),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            renders: AtomicU64::new(0),
            render_us: AtomicU64::new(0),
        }
    }

    /// Whether anything is ever kept.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.settings.max_entries > 0
    }

    /// The version under `key` that the present world would make again. `now` is in microseconds.
    pub fn find(&self, key: Digest, now: u64, world: &dyn World) -> Option<Arc<Version<R>>> {
        let found = self.is_on().then(|| self.candidates(key, now)).flatten();
        let found = found.and_then(|versions| {
            // Asked outside the lock: the world may be a disk.
            versions
                .iter()
                .find(|version| version.reads.hold_in(world))
                .cloned()
        });
        let counter = if found.is_some() {
            &self.hits
        } else {
            &self.misses
        };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    fn candidates(&self, key: Digest, now: u64) -> Option<Arc<[Arc<Version<R>>]>> {
        self.shelf().versions(key, now)
    }

    /// Keeps a version. It replaces the one with the same reads, if there is one.
    pub fn keep(&self, key: Digest, version: Arc<Version<R>>) {
        if self.is_on() {
            let dropped = self.shelf().keep(key, version);
            // Freed after the lock is given back.
            drop(dropped);
        }
    }

    /// The document of this digest.
    pub fn document(&self, digest: Digest) -> Option<Arc<D>> {
        self.is_on()
            .then(|| self.shelf().document(digest))
            .flatten()
    }

    /// Keeps a document that holds about `bytes`.
    pub fn keep_document(&self, digest: Digest, document: Arc<D>, bytes: usize) {
        if self.is_on() {
            self.shelf().keep_document(digest, document, bytes);
        }
    }

    /// Notes that a render was made and took `us` microseconds.
    pub fn note_render(&self, us: u64) {
        self.renders.fetch_add(1, Ordering::Relaxed);
        self.render_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Forgets everything; the statistics stay.
    pub fn clear(&self) {
        self.shelf().clear();
    }

    /// The numbers so far.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        let (entries, memory_bytes, evictions) = self.shelf().numbers();
        let hits = self.hits.load(Ordering::Relaxed);
        let misses = self.misses.load(Ordering::Relaxed);
        let renders = self.renders.load(Ordering::Relaxed);
        let ratio = |part: u64, whole: u64| {
            if whole == 0 {
                0.0
            } else {
                part as f64 / whole as f64
            }
        };
        CacheStats {
            hits,
            misses,
            evictions,
            hit_rate: ratio(hits, hits + misses),
            average_render_us: ratio(self.render_us.load(Ordering::Relaxed), renders),
            entries,
            memory_bytes,
        }
    }

    /// A thread that panicked while it held the lock left whole values behind at worst: every
    /// change to the shelf is one insertion or removal.
    fn shelf(&self) -> MutexGuard<'_, Shelf<R, D>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
