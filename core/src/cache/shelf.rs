//! The map behind the lock: least recently used goes first, bounded in entries and in bytes.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use schnellru::{Limiter, LruMap};

use super::{CacheSettings, MAX_VERSIONS, Version};
use crate::digest::Digest;

/// What a digest leads to. Both kinds share one map, so that one bound in bytes holds for both.
#[derive(Debug)]
enum Held<R, D> {
    /// The versions of a file, the newest first.
    File(Arc<[Arc<Version<R>>]>),
    Document(Arc<D>),
}

#[derive(Debug)]
struct Slot<R, D> {
    held: Held<R, D>,
    bytes: usize,
}

/// A digest and the kind of what it names.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    digest: Digest,
    document: bool,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The key is a digest already: any eight of its bytes are a hash.
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.digest.as_bytes()[..8]);
        state.write_u64(u64::from_le_bytes(bytes) ^ u64::from(self.document));
    }
}

/// Hands on the number that [`Key`] writes.
#[derive(Clone, Copy, Default)]
struct Prehashed(u64);

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        // Not reached by `Key`; a plain mix keeps the trait honest for anything else.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl BuildHasher for Prehashed {
    type Hasher = Self;
    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

/// Counts what is held. schnellru drops the oldest for as long as this says so.
#[derive(Debug)]
struct Bounds {
    max_entries: usize,
    max_bytes: usize,
    files: usize,
    documents: usize,
    bytes: usize,
    evictions: u64,
}

impl Bounds {
    fn count<R, D>(&mut self, slot: &Slot<R, D>) {
        match slot.held {
            Held::File(_) => self.files += 1,
            Held::Document(_) => self.documents += 1,
        }
        self.bytes += slot.bytes;
    }

    fn discount<R, D>(&mut self, slot: &Slot<R, D>) {
        match slot.held {
            Held::File(_) => self.files -= 1,
            Held::Document(_) => self.documents -= 1,
        }
        self.bytes -= slot.bytes;
    }
}

impl<R, D> Limiter<Key, Slot<R, D>> for Bounds {
    type KeyToInsert<'a> = Key;
    type LinkType = u32;

    fn is_over_the_limit(&self, _length: usize) -> bool {
        self.files > self.max_entries
            || self.documents > self.max_entries
            || self.bytes > self.max_bytes
    }

    fn on_insert(
        &mut self,
        _length: usize,
        key: Key,
        slot: Slot<R, D>,
    ) -> Option<(Key, Slot<R, D>)> {
        // One that would not fit into an empty map must not empty it.
        if slot.bytes > self.max_bytes {
            return None;
        }
        self.count(&slot);
        Some((key, slot))
    }

    fn on_replace(
        &mut self,
        _length: usize,
        _old_key: &mut Key,
        _new_key: Key,
        old: &mut Slot<R, D>,
        new: &mut Slot<R, D>,
    ) -> bool {
        if new.bytes > self.max_bytes {
            return false;
        }
        self.discount(old);
        self.count(new);
        true
    }

    fn on_removed(&mut self, _key: &mut Key, slot: &mut Slot<R, D>) {
        self.discount(slot);
        self.evictions += 1;
    }

    fn on_cleared(&mut self) {
        self.files = 0;
        self.documents = 0;
        self.bytes = 0;
    }

    fn on_grow(&mut self, _new_memory_usage: usize) -> bool {
        true
    }
}

/// The map and its bounds.
pub(super) struct Shelf<R, D> {
    map: LruMap<Key, Slot<R, D>, Bounds, Prehashed>,
    ttl_us: Option<u64>,
}

impl<R, D> std::fmt::Debug for Shelf<R, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf")
            .field("bounds", self.map.limiter())
            .finish_non_exhaustive()
    }
}

impl<R, D> Shelf<R, D> {
    pub(super) fn new(settings: CacheSettings) -> Self {
        let bounds = Bounds {
            max_entries: settings.max_entries,
            max_bytes: settings.max_bytes,
            files: 0,
            documents: 0,
            bytes: 0,
            evictions: 0,
        };
        Self {
            map: LruMap::with_hasher(bounds, Prehashed(0)),
            ttl_us: settings.ttl_us,
        }
    }

    /// The versions under a key that are not too old.
    pub(super) fn versions(&mut self, digest: Digest, now: u64) -> Option<Arc<[Arc<Version<R>>]>> {
        let key = Key {
            digest,
            document: false,
        };
        let slot = self.map.get(&key)?;
        let Held::File(versions) = &slot.held else {
            return None;
        };
        let Some(ttl) = self.ttl_us else {
            return Some(versions.clone());
        };
        let fresh = |version: &&Arc<Version<R>>| now.saturating_sub(version.made_at) < ttl;
        let kept: Arc<[_]> = versions.iter().filter(fresh).cloned().collect();
        if kept.len() == versions.len() {
            return Some(kept);
        }
        if kept.is_empty() {
            self.map.remove(&key);
            return None;
        }
        let gone = versions.len() - kept.len();
        self.map.limiter_mut().evictions += gone as u64;
        self.insert_versions(key, kept.clone());
        Some(kept)
    }

    /// Puts a version in front; hands back the list it takes the place of, so that the caller can
    /// free it outside the lock.
    pub(super) fn keep(
        &mut self,
        digest: Digest,
        version: Arc<Version<R>>,
    ) -> Option<Arc<[Arc<Version<R>>]>> {
        let key = Key {
            digest,
            document: false,
        };
        let old = self.map.get(&key).and_then(|slot| match &slot.held {
            Held::File(versions) => Some(versions.clone()),
            Held::Document(_) => None,
        });
        let mut room =
            (self.map.limiter().max_bytes).saturating_sub(size_of::<Slot<R, D>>() + version.bytes);
        let others = old
            .iter()
            .flat_map(|versions| versions.iter())
            .filter(|other| !other.reads.same_as(&version.reads))
            .take(MAX_VERSIONS - 1)
            // Older versions never push a newer one out of a small cache.
            .take_while(|other| {
                room = room.saturating_sub(other.bytes);
                room > 0
            })
            .cloned()
            .collect::<Vec<_>>();
        let versions = std::iter::once(version).chain(others).collect();
        self.insert_versions(key, versions);
        old
    }

    fn insert_versions(&mut self, key: Key, versions: Arc<[Arc<Version<R>>]>) {
        let bytes =
            size_of::<Slot<R, D>>() + versions.iter().map(|version| version.bytes).sum::<usize>();
        self.map.insert(
            key,
            Slot {
                held: Held::File(versions),
                bytes,
            },
        );
    }

    pub(super) fn document(&mut self, digest: Digest) -> Option<Arc<D>> {
        let key = Key {
            digest,
            document: true,
        };
        match &self.map.get(&key)?.held {
            Held::Document(document) => Some(document.clone()),
            Held::File(_) => None,
        }
    }

    pub(super) fn keep_document(&mut self, digest: Digest, document: Arc<D>, bytes: usize) {
        let key = Key {
            digest,
            document: true,
        };
        let slot = Slot {
            held: Held::Document(document),
            bytes: size_of::<Slot<R, D>>() + bytes,
        };
        self.map.insert(key, slot);
    }

    pub(super) fn clear(&mut self) {
        self.map.clear();
    }

    /// Entries, bytes (with the map's own), evictions.
    pub(super) fn numbers(&self) -> (usize, usize, u64) {
        let bounds = self.map.limiter();
        (
            self.map.len(),
            bounds.bytes + self.map.memory_usage(),
            bounds.evictions,
        )
    }
}

#[cfg(test)]
impl<R, D> Shelf<R, D> {
    /// Files, documents and bytes, counted anew; must be what the bounds believe.
    pub(super) fn audit(&self) -> (usize, usize, usize) {
        let mut seen = (0, 0, 0);
        for (_, slot) in self.map.iter() {
            match slot.held {
                Held::File(_) => seen.0 += 1,
                Held::Document(_) => seen.1 += 1,
            }
            seen.2 += slot.bytes;
        }
        let bounds = self.map.limiter();
        assert_eq!(seen, (bounds.files, bounds.documents, bounds.bytes));
        seen
    }
}
