//! Patterns that the shell left as they are, such as `'tests/**/api*.clnrm.toml'`.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;

use super::Search;

const SPECIAL: [char; 4] = ['*', '?', '[', '{'];

/// Whether a path that does not exist may be meant as a pattern.
pub fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(SPECIAL)
}

impl Search<'_> {
    /// Takes the test files that match; says whether there were any.
    pub(super) fn pattern(&mut self, typed: &Path) -> bool {
        let plain: PathBuf = typed
            .components()
            .take_while(|part| !part.as_os_str().to_string_lossy().contains(SPECIAL))
            .collect();
        let root = self.base.absolute(&plain);
        let rest: PathBuf = typed
            .components()
            .skip(plain.components().count())
            .collect();
        let whole = format!(
            "{}/{}",
            globset::escape(&root.to_string_lossy()).trim_end_matches('/'),
            rest.to_string_lossy()
        );
        let matcher = GlobBuilder::new(&whole).literal_separator(true).build();
        let Ok(matcher) = matcher.map(|glob| glob.compile_matcher()) else {
            return false;
        };
        if !root.is_dir() {
            return false;
        }
        let matched = Cell::new(false);
        self.search(&root, |path| {
            let hit = matcher.is_match(path);
            matched.set(matched.get() || hit);
            hit
        });
        matched.get()
    }
}
