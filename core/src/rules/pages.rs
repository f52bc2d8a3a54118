//! The page of every code: what it means, why it matters, an example that fails, and one mended.

/// A page.
pub struct Page;
/// TODO
pub fn explain() {}
