//! The world that a render sees, and the notes of what it looked at.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::World;
use crate::digest::Digest;
use crate::source::{Source, SourceError, Sources};
use crate::template::variables::Outside;

/// The present world, for cached versions to be held against.
pub(super) struct Present<'a> {
    pub outside: &'a Outside,
    pub sources: &'a dyn Sources,
}

impl World for Present<'_> {
    fn id(&self) -> u64 {
        self.outside.id()
    }

    fn source(&self, name: &str) -> Option<Option<Digest>> {
        let found = self.sources.load(name).ok()?;
        Some(found.map(|source| source.digest))
    }

    fn variable(&self, name: &str) -> Option<Digest> {
        self.outside.digest(name)
    }

    fn environment(&self, name: &str) -> Option<Digest> {
        let value = self.outside.environment().get(name)?;
        Some(Digest::of(value.as_bytes()))
    }
}

/// Sources that note what is asked of them.
pub(super) struct Recorder<'a> {
    sources: &'a dyn Sources,
    notes: Mutex<Notes>,
}

/// What was asked.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Each name once, in order of the first time.
    pub loaded: Vec<(Arc<str>, Option<Arc<Source>>)>,
    /// What could not be told: what came of it must not be kept.
    pub refused: Vec<Arc<str>>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(sources: &'a dyn Sources) -> Self {
        Self {
            sources,
            notes: Mutex::default(),
        }
    }

    pub(super) fn finish(self) -> Notes {
        self.notes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sources for Recorder<'_> {
    /// A name that was loaded before is answered as it was then: one render sees one world.
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, SourceError> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = notes.loaded.iter().find(|(known, _)| **known == *name) {
            return Ok(known.clone());
        }
        let found = self.sources.load(name);
        match &found {
            Ok(source) => notes.loaded.push((name.into(), source.clone())),
            Err(_) => notes.refused.push(name.into()),
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Another text each time; `bad` cannot be read.
    struct Shifting(AtomicU32);

    impl Sources for Shifting {
        fn load(&self, name: &str) -> Result<Option<Arc<Source>>, SourceError> {
            if name == "bad" {
                return Err(SourceError::Unreadable("no".into()));
            }
            let text = self.0.fetch_add(1, Ordering::Relaxed).to_string();
            Ok((name != "absent").then(|| Arc::new(Source::new(name, text))))
        }
    }

    #[test]
    fn one_render_sees_one_world_and_all_of_it_is_noted() {
        let sources = Shifting(AtomicU32::new(0));
        let recorder = Recorder::new(&sources);
        let text = |name| {
            recorder
                .load(name)
                .ok()
                .flatten()
                .map(|source| source.text.clone())
        };
        assert_eq!(text("a").as_deref(), Some("0"));
        assert_eq!(text("a").as_deref(), Some("0"));
        assert_eq!(text("absent"), None);
        let notes = recorder.finish();
        let seen: Vec<_> = notes
            .loaded
            .iter()
            .map(|(name, found)| (&**name, found.is_some()))
            .collect();
        assert_eq!(seen, [("a", true), ("absent", false)]);
        assert!(notes.refused.is_empty());
    }

    #[test]
    fn a_source_that_cannot_be_read_is_remembered() {
        let sources = Shifting(AtomicU32::new(0));
        let recorder = Recorder::new(&sources);
        assert!(recorder.load("bad").is_err());
        assert_eq!(recorder.finish().refused, ["bad".into()]);
    }
}
