//! The project file: where it is, and what it and the profile say.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker;
use clnrm_core::config::{self, Project};
use clnrm_core::diagnostic::Level;
use clnrm_core::document::Document;
use clnrm_core::source::Source;

use crate::args::{Color, Globals};
use crate::disk;
use crate::errors::Error;
use crate::paths::Base;
use crate::settings_fault::judge;
use crate::watch::batch::Window;

/// Names that a project file goes by, the preferred one first.
const NAMES: [&str; 2] = ["clnrm.toml", "cleanroom.toml"];

/// Bytes that a project file may have.
const LIMIT: usize = 1 << 20;

/// The environment variable that names a profile.
const PROFILE_VARIABLE: &str = "CLNRM_PROFILE";

/// The profile where none is named.
const DEFAULT_PROFILE: &str = "dev";

/// What the project file and the profile come to.
#[derive(Debug, Default)]
pub struct Settings {
    /// The project file; where there is none, where one would be found first.
    pub files: Vec<PathBuf>,
    /// What a check needs of it.
    pub project: Arc<checker::Project>,
    /// Where includes are looked up, as names.
    pub template_paths: Vec<String>,
    /// How far `watch` judges.
    pub level: Level,
    /// How long `watch` waits for more.
    pub window: Window,
    /// What is kept between checks.
    pub cache: CacheSettings,
}

/// Reads the project file of a command: `--config`, else the nearest upwards.
pub fn read(base: &Base, globals: &Globals) -> Result<Settings, Error> {
    let path = match &globals.config {
        Some(path) => Some(base.absolute(path)),
        None => nearest(base.folder()),
    };
    let project = match &path {
        Some(path) => read_file(base, path, globals.color)?,
        None => Project::default(),
    };
    let profile = globals
        .profile
        .clone()
        .or_else(|| std::env::var(PROFILE_VARIABLE).ok())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
    let Some(project) = project.with_profile(&profile) else {
        return Err(Error::UnknownProfile {
            given: profile,
            known: project.profile_names().join(", "),
        });
    };
    let folder = path.as_deref().and_then(Path::parent);
    let template_paths = project.template_paths.iter().map(|inner| {
        let folder = folder.unwrap_or(base.folder());
        base.name(&base.absolute(&folder.join(&inner.value)))
            .to_string()
    });
    Ok(Settings {
        template_paths: template_paths.collect(),
        level: project.watch.level.unwrap_or_default(),
        window: window(&project.watch),
        cache: cache(&project.cache),
        files: match path {
            Some(path) => vec![path],
            None => NAMES.iter().map(|name| base.folder().join(name)).collect(),
        },
        project: Arc::new(checker::Project {
            vars: project.vars,
            allow_env: project.allow_env,
            lint_allow: project.lint_allow,
        }),
    })
}

fn read_file(base: &Base, path: &Path, color: Color) -> Result<Project, Error> {
    let name = base.name(path);
    let text = disk::read(path, LIMIT).map_err(|fault| Error::Unreadable {
        reason: fault.reason(&name),
        name: name.to_string(),
    })?;
    let source = Arc::new(Source::new(name, text));
    let (document, mut findings) = Document::parse(&source.text, &[]);
    let (project, more) = Project::read(&document);
    findings.extend(more);
    judge(&source, &findings, color)?;
    Ok(project)
}

fn window(watch: &config::Watch) -> Window {
    let built_in = Window::default();
    let quiet = watch
        .debounce_ms
        .map_or(built_in.quiet, Duration::from_millis);
    Window {
        quiet,
        longest: watch
            .max_debounce_ms
            .map_or(built_in.longest, Duration::from_millis)
            .max(quiet),
        adaptive: watch.adaptive.unwrap_or(built_in.adaptive),
    }
}

fn cache(cache: &config::Cache) -> CacheSettings {
    let built_in = CacheSettings::default();
    let size = |given: Option<u64>, other: usize| {
        given.map_or(other, |given| usize::try_from(given).unwrap_or(usize::MAX))
    };
    CacheSettings {
        max_entries: size(cache.max_entries, built_in.max_entries),
        max_bytes: size(cache.max_bytes, built_in.max_bytes),
        ttl_us: cache.ttl.or(built_in.ttl_us),
    }
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
