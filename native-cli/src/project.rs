//! The project file: where it is, and what it and the profile say.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{self, PROJECT_FILES};
use clnrm_core::config::model::Text;
use clnrm_core::config::{self, Project};
use clnrm_core::diagnostic::Level;
use clnrm_core::document::Document;
use clnrm_core::source::Source;

use crate::args::{Color, Globals};
use crate::disk;
use crate::errors::Error;
use crate::paths::{Base, slashed};
use crate::settings_fault::judge;
use crate::watch::batch::Window;

/// Bytes that a project file may have.
const LIMIT: usize = 1 << 20;

/// The environment variable that names a profile.
const PROFILE_VARIABLE: &str = "CLNRM_PROFILE";

/// The profile where none is named.
const DEFAULT_PROFILE: &str = "dev";

/// The folder in which clnrm keeps what it remembers, beside the project file.
pub const STATE_FOLDER: &str = ".clnrm";

/// What the project file and the profile come to.
#[derive(Debug, Default)]
pub struct Settings {
    /// The project file, and where one would be found before it.
    pub files: Vec<PathBuf>,
    /// The folder of the project file, else the working directory.
    pub root: PathBuf,
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
    /// What a run may use.
    pub run: config::Run,
    /// Folders outside a test's own that its volumes may mount.
    pub allowed_paths: Vec<PathBuf>,
    /// The project file as text, if there is one.
    pub source: Option<Arc<Source>>,
    /// The paths of `[lint] allow`, in the order of the core's.
    pub lint_paths: Vec<Text>,
}

/// Reads the project file of a command: `--config`, else the nearest upwards.
pub fn read(base: &Base, globals: &Globals) -> Result<Settings, Error> {
    let path = match &globals.config {
        Some(path) => Some(base.absolute(path)),
        None => nearest(base.folder()),
    };
    let (source, project) = match &path {
        Some(path) => {
            let (source, project) = read_file(base, path, globals.color)?;
            (Some(source), project)
        }
        None => (None, Project::default()),
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
    let folder = folder.unwrap_or(base.folder()).to_owned();
    let template_paths = project.template_paths.iter().map(|inner| {
        base.name(&base.absolute(&folder.join(&inner.value)))
            .to_string()
    });
    Ok(Settings {
        root: folder.clone(),
        template_paths: template_paths.collect(),
        level: project.watch.level.unwrap_or_default(),
        window: window(&project.watch),
        cache: cache(&project.cache),
        allowed_paths: {
            let allowed = project.run.allow_host_paths.iter();
            allowed
                .map(|path| base.absolute(&folder.join(&path.value)))
                .collect()
        },
        run: project.run.clone(),
        files: match &globals.config {
            Some(_) => path.into_iter().collect(),
            None => looked_for(base.folder(), path.as_deref()),
        },
        project: Arc::new(checker::Project {
            vars: project.vars,
            allow_env: project.allow_env,
            allows_host_paths: !project.run.allow_host_paths.is_empty(),
            folder: slashed(&folder),
            here: slashed(base.folder()),
            lint_allow: {
                let allow = project.lint_allow.iter();
                allow
                    .map(|(path, codes)| (path.value.clone(), codes.clone()))
                    .collect()
            },
        }),
        source,
        lint_paths: {
            let allow = project.lint_allow.into_iter();
            allow.map(|(path, _)| path).collect()
        },
    })
}

fn read_file(base: &Base, path: &Path, color: Color) -> Result<(Arc<Source>, Project), Error> {
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
    Ok((source, project))
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

/// The project files that would count before `found`, and that itself; where there is none, those of
/// the folder.
fn looked_for(folder: &Path, found: Option<&Path>) -> Vec<PathBuf> {
    let depth = if found.is_some() { usize::MAX } else { 1 };
    let mut files = Vec::new();
    for file in candidates(folder).take(depth.saturating_mul(PROJECT_FILES.len())) {
        let is_last = found == Some(&*file);
        files.push(file);
        if is_last {
            break;
        }
    }
    files
}

fn candidates(folder: &Path) -> impl Iterator<Item = PathBuf> {
    folder
        .ancestors()
        .flat_map(|folder| PROJECT_FILES.iter().map(|name| folder.join(name)))
}

/// The project file of a folder or of the nearest one above it that has one.
fn nearest(folder: &Path) -> Option<PathBuf> {
    candidates(folder).find(|path| path.is_file())
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
        assert_eq!(nearest(&deep), Some(preferred.clone()));
        let names = [
            deep.join("clnrm.toml"),
            deep.join("cleanroom.toml"),
            preferred.clone(),
        ];
        assert_eq!(looked_for(&deep, Some(&preferred)), names);
        assert_eq!(looked_for(&deep, None), names[..2]);
    }
}
