//! What a render looked at, and whether the world would show it the same again.

use std::sync::Arc;

use crate::digest::Digest;

/// The world as it is now: what a cached version is held against.
pub trait World {
    /// Equal numbers mean equal variables and environment, so that these need not be compared one
    /// by one. Sources are always asked for.
    fn id(&self) -> u64;
    /// The digest of the source of this name, `Some(None)` if there is none; `None` if it cannot be
    /// told, which is never the same as anything.
    fn source(&self, name: &str) -> Option<Option<Digest>>;
    /// The digest of the variable of this name, from outside the file.
    fn variable(&self, name: &str) -> Option<Digest>;
    /// The digest of the environment variable of this name.
    fn environment(&self, name: &str) -> Option<Digest>;
}

/// A name that was looked up, and the digest of what was found; `None`: nothing.
pub type Fact = (Arc<str>, Option<Digest>);

/// Everything that a render looked at outside its own bytes and options.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reads {
    /// The [`World::id`] it was made in.
    pub world: u64,
    /// Sources, by name.
    pub sources: Vec<Fact>,
    /// Variables from outside the file.
    pub variables: Vec<Fact>,
    /// Environment variables.
    pub environment: Vec<Fact>,
}

impl Reads {
    /// Whether `world` answers every read as it was answered then.
    #[must_use]
    pub fn hold_in(&self, world: &dyn World) -> bool {
        let same_context = self.world == world.id()
            || (self
                .variables
                .iter()
                .all(|(name, digest)| world.variable(name) == *digest)
                && self
                    .environment
                    .iter()
                    .all(|(name, digest)| world.environment(name) == *digest));
        same_context
            && self
                .sources
                .iter()
                .all(|(name, digest)| world.source(name) == Some(*digest))
    }

    /// Whether both looked at the same things and found the same, whichever world they were made in.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.sources == other.sources
            && self.variables == other.variables
            && self.environment == other.environment
    }

    /// Bytes held, estimated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        [&self.sources, &self.variables, &self.environment]
            .into_iter()
            .flatten()
            .map(|(name, _)| name.len() + size_of::<Fact>())
            .sum()
    }
}
