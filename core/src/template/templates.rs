//! Templates that are read once for many renders.
//!
//! A library that a thousand files import has the same tree in all of them: trees know nothing of
//! the render they are for. Trees are found by the digest of their source, so an edited library is
//! another one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ast::Template;
use super::limits::Limits;
use super::parser;
use crate::digest::Digest;
use crate::source::Source;

/// Bytes of source whose trees are kept; a tree is several times larger. Beyond them all are
/// forgotten: libraries are few, and reading them again is cheap.
const MAX_BYTES: usize = 1 << 20;

/// Included and imported templates of all renders that share it. Bounded.
#[derive(Debug, Default)]
pub struct Templates(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    trees: HashMap<(Digest, Limits), Arc<Template>>,
    bytes: usize,
}

impl Templates {
    /// The tree of a whole source.
    pub(super) fn read(&self, source: &Source, limits: &Limits) -> Arc<Template> {
        let key = (source.digest, *limits);
        if let Some(known) = self.lock().trees.get(&key) {
            return known.clone();
        }
        // Read outside the lock: at worst two threads read the same library once each.
        let template = Arc::new(parser::parse(&source.text, None, limits));
        let bytes = source.text.len();
        let mut known = self.lock();
        if known.bytes + bytes > MAX_BYTES {
            *known = Known::default();
        }
        if bytes <= MAX_BYTES && known.trees.insert(key, template.clone()).is_none() {
            known.bytes += bytes;
        }
        template
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        *self.lock() = Known::default();
    }

    /// A thread that panicked while it held the lock left at worst a wrong count behind.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_read_once_and_another_one_anew() {
        let templates = Templates::default();
        let limits = Limits::cli();
        let read = |name: &str, text: &str| templates.read(&Source::new(name, text), &limits);
        let first = read("_a.tera", "{{ x }}");
        assert!(Arc::ptr_eq(&first, &read("_b.tera", "{{ x }}")));
        assert!(!Arc::ptr_eq(&first, &read("_a.tera", "{{ y }}")));
        let strict = templates.read(&Source::new("_a.tera", "{{ x }}"), &Limits::playground());
        assert!(!Arc::ptr_eq(&first, &strict), "limits matter");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let templates = Templates::default();
        for number in 0..20 {
            let text = format!("{number}{}", " ".repeat(MAX_BYTES / 8));
            templates.read(&Source::new("_a.tera", text), &Limits::cli());
        }
        let known = templates.lock();
        assert!(known.bytes <= MAX_BYTES && known.trees.len() < 8);
    }
}
