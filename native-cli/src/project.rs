//! The project file: where it is, and what it and the profile say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::Project;
use clnrm_core::diagnostic::Level;
use clnrm_core::document::Document;
use clnrm_core::source::Source;

use crate::args::Globals;
use crate::disk;
use crate::errors::Error;
use crate::paths::Base;
use crate::settings_fault::judge;
use crate::watch::batch::Window;

/// Names that a project file goes by, the preferred one first.
const NAMES: [&str; 2] = ["clnrm.toml", "cleanroom.toml"];

/// Bytes that a project file may have.
const LIMIT: usize = 1 << 20;

/// What the project file and the profile come to.
#[derive(Debug, Default)]
pub struct Settings {
    /// The project file, or where it would be looked for first.
    pub files: Vec<PathBuf>,
    /// What a check needs of it.
    pub project: Arc<Project>,
    /// Where includes are looked up, as names.
    pub template_paths: Vec<String>,
    /// How far `watch` judges.
    pub level: Level,
    /// How long `watch` waits for more.
    pub window: Window,
    cache: CacheSettings,
}

impl Settings {
    /// What is kept between checks. A single pass keeps nothing for long: every file is checked once.
    pub fn cache(&self, _watching: bool) -> CacheSettings {
        self.cache
    }
}

/// Reads the project file of a command: `--config`, else the nearest upwards.
pub fn read(base: &Base, globals: &Globals) -> Result<Settings, Error> {
    let path = match &globals.config {
        Some(path) => Some(base.absolute(path)),
        None => nearest(base.folder()),
    };
    let Some(path) = path else {
        return Ok(Settings {
            files: NAMES.iter().map(|name| base.folder().join(name)).collect(),
            ..Settings::default()
        });
    };
    let name = base.name(&path);
    let text = disk::read(&path, LIMIT).map_err(|fault| Error::Unreadable {
        reason: fault.reason(&name),
        name: name.to_string(),
    })?;
    let source = Arc::new(Source::new(name, text));
    let (_document, findings) = Document::parse(&source.text, &[]);
    judge(&source, &findings, globals.color)?;
    Ok(Settings {
        files: vec![path],
        ..Settings::default()
    })
}

/// The project file of a folder or of the nearest one above it that has one.
fn nearest(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .flat_map(|folder| NAMES.iter().map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_upwards_counts() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        let own = dir.path().join("a/cleanroom.toml");
        std::fs::write(&own, "").unwrap();
        std::fs::write(dir.path().join("clnrm.toml"), "").unwrap();
        assert_eq!(nearest(&deep), Some(own));
        let preferred = dir.path().join("a/clnrm.toml");
        std::fs::write(&preferred, "").unwrap();
        assert_eq!(nearest(&deep), Some(preferred));
    }
}
