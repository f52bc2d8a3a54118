//! How much a render may cost. Templates come from strangers too: a shared link in the playground is
//! opened before it is read.

/// Limits of one render. Plain data; what exceeds one ends in `T109`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limits {
    /// Bytes of one source.
    pub source_bytes: usize,
    /// Steps of the virtual machine. Every instruction and every part of an expression that is
    /// evaluated costs one, and so do 64 bytes of output.
    pub fuel: u64,
    /// Bytes that a render may make: its output, and the texts and lists of expressions.
    pub made_bytes: u64,
    /// Depth of an expression: brackets, arguments.
    pub expression_depth: usize,
    /// Operators and filters of one expression.
    pub operators: usize,
    /// Tags of all the sources of one render.
    pub tags: usize,
    /// Bytes of all the sources of one render.
    pub all_bytes: usize,
    /// Depth of tags within tags.
    pub tag_depth: usize,
    /// Depth of includes and macro calls within each other, as minijinja counts it: an include or a
    /// macro call costs 10, a loop 1.
    pub recursion: usize,
    /// Sources that one render may include and import.
    pub sources: usize,
}

/// What may still be used: one for all that a file renders to, its strings or the combinations of its
/// matrix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allowance {
    /// Steps, as [`Limits::fuel`].
    pub steps: u64,
    /// Bytes, as [`Limits::made_bytes`].
    pub bytes: u64,
}

impl Allowance {
    /// Whether something was used up.
    #[must_use]
    pub const fn is_spent(self) -> bool {
        self.steps == 0 || self.bytes == 0
    }
}

impl Limits {
    /// All that a file may use.
    #[must_use]
    pub const fn allowance(&self) -> Allowance {
        Allowance {
            steps: self.fuel,
            bytes: self.made_bytes,
        }
    }

    /// On the command line: generous, since the templates are one's own.
    #[must_use]
    pub const fn cli() -> Self {
        Self {
            source_bytes: 1 << 20,
            fuel: 10_000_000,
            made_bytes: 32 << 20,
            expression_depth: 60,
            operators: 1_000,
            tags: 50_000,
            all_bytes: 8 << 20,
            tag_depth: 100,
            recursion: 200,
            sources: 500,
        }
    }

    /// In the browser: strict, since the templates are anybody's.
    #[must_use]
    pub const fn playground() -> Self {
        Self {
            source_bytes: 256 << 10,
            fuel: 200_000,
            made_bytes: 4 << 20,
            all_bytes: 1 << 20,
            sources: 100,
            ..Self::cli()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::cli()
    }
}
