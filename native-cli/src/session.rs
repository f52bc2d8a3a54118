//! The objects of a run: the second step of the arguments.
//!
//! What was typed, the project file, the environment and the clock become the options of the
//! checker, the sources it may read and the cache it keeps. A [`Session`] knows how to check; what
//! is checked and how it is shown is the commands' affair.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::diagnostic::{Level, Severity};
use clnrm_core::digest::Digest;
use clnrm_core::source::{Source, Sources};
use clnrm_core::template::{Limits, Timestamp, library};

use crate::args::{Globals, LimitSet, Variables, Weights};
use crate::discover::names;
use crate::disk::DiskSources;
use crate::errors::Error;
use crate::paths::Base;
use crate::project::{self, Settings};
use crate::vars;
use crate::watch::batch::Window;
use crate::world;

/// How people name the library that the binary brings along.
const BUILT_IN: &str = "<clnrm>/_macros.toml.tera";

/// How people name standard input.
const STDIN_NAME: &str = "<stdin>";

/// What a command asks of a session besides the global flags.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// How far to judge; `None`: as the project file says, else all the way.
    pub level: Option<Level>,
    /// Variables of the command line.
    pub variables: Variables,
    /// Weights of codes.
    pub weights: Weights,
    /// Threads.
    pub jobs: Option<NonZeroUsize>,
    /// Whether the same files will be checked again and again.
    pub watching: bool,
}

/// A file, its bytes, and the combination of its matrix.
type Asked = (Arc<str>, Digest, u32);

/// All that a run works with.
pub struct Session {
    /// The working directory.
    pub base: Base,
    /// What the core is asked for.
    pub options: Options,
    /// The core, with its cache.
    pub checker: Checker,
    /// The disk.
    pub sources: DiskSources,
    /// Threads; `None`: one for each processor.
    pub jobs: Option<NonZeroUsize>,
    globals: Globals,
    wishes: Wishes,
    settings: Settings,
    /// What was rendered last for a printer: it asks line by line.
    shown: Mutex<Option<(Asked, Option<Arc<str>>)>>,
}

impl Session {
    /// Reads the project file and the vars file, and asks the world for what the core needs.
    pub fn new(globals: &Globals, wishes: Wishes) -> Result<Self, Error> {
        for code in &wishes.weights.allow {
            if code.severity() == Severity::Error {
                return Err(Error::CannotAllow {
                    code: *code,
                    name: code.name(),
                });
            }
        }
        let base = Base::here()?;
        let settings = project::read(&base, globals)?;
        let options = options(&base, globals, &wishes, &settings)?;
        let cache = if wishes.watching {
            settings.cache
        } else {
            // Every file is looked at once: there is nothing to remember it for.
            CacheSettings {
                max_entries: 0,
                ..settings.cache
            }
        };
        Ok(Self {
            checker: Checker::new(cache),
            sources: DiskSources::new(base.clone(), options.limits.source_bytes),
            jobs: wishes.jobs,
            base,
            options,
            globals: globals.clone(),
            wishes,
            settings,
            shown: Mutex::default(),
        })
    }

    /// Reads the project file and the vars file again. If one is wrong everything stays as it was.
    pub fn reload(&mut self) -> Result<(), Error> {
        let settings = project::read(&self.base, &self.globals)?;
        self.options = options(&self.base, &self.globals, &self.wishes, &settings)?;
        self.settings = settings;
        Ok(())
    }

    /// The clock goes on between the passes of a long run.
    pub fn tick(&mut self) {
        self.options.now = Some(world::now());
    }

    /// Bytes that a source may have.
    pub fn source_limit(&self) -> usize {
        self.options.limits.source_bytes
    }

    /// How long a burst of events is waited for.
    pub fn window(&self) -> Window {
        self.settings.window
    }

    /// The files that settings come from, or would if they were there.
    pub fn settings_files(&self) -> Vec<PathBuf> {
        let vars_file = self.wishes.variables.vars_file.as_deref();
        let vars_file = vars_file.map(|file| self.base.absolute(file));
        self.settings
            .files
            .iter()
            .cloned()
            .chain(vars_file)
            .collect()
    }

    /// The name of standard input.
    pub fn stdin_name(&self, given: Option<&Path>) -> Arc<str> {
        given.map_or_else(
            || STDIN_NAME.into(),
            |name| self.base.name(&self.base.absolute(name)),
        )
    }

    /// A source that a diagnostic points into: of the library that the binary brings along, or of
    /// the disk, as it was read.
    pub fn source(&self, name: &str) -> Option<Arc<Source>> {
        if name == BUILT_IN {
            return Some(Arc::new(Source::new(BUILT_IN, library::TEXT)));
        }
        self.sources.load(name).ok().flatten()
    }

    /// A line (from 1) of what a file renders to, in one combination of its matrix.
    pub fn rendered_line(
        &self,
        source: &Arc<Source>,
        combination: u32,
        line: u32,
    ) -> Option<String> {
        let asked = (source.name.clone(), source.digest, combination);
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let text = match &*shown {
            Some((known, text)) if *known == asked => text.clone(),
            _ => {
                let index = usize::try_from(combination).ok()?;
                let (sources, options) = (&self.sources, &self.options);
                let text = self.checker.checked_text(source, sources, options, index);
                *shown = Some((asked, text.clone()));
                text
            }
        };
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        text?.lines().nth(index).map(str::to_owned)
    }
}

fn options(
    base: &Base,
    globals: &Globals,
    wishes: &Wishes,
    settings: &Settings,
) -> Result<Options, Error> {
    let vars_file = match &wishes.variables.vars_file {
        Some(file) => Some(Arc::new(vars::read(base, file, globals.color)?)),
        None => None,
    };
    Ok(Options {
        level: wishes.level.unwrap_or(settings.level),
        variables: wishes
            .variables
            .vars
            .iter()
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect(),
        vars_file,
        project: settings.project.clone(),
        template_paths: settings.template_paths.clone(),
        environment: if globals.no_env {
            Arc::default()
        } else {
            world::environment()
        },
        seed: globals.seed,
        freeze_clock: globals.freeze_clock.as_deref().map(moment).transpose()?,
        matrix: globals
            .matrix
            .iter()
            .map(|pick| (pick.name.clone(), pick.value.clone()))
            .collect(),
        limits: match globals.limits {
            LimitSet::Cli => Limits::cli(),
            LimitSet::Playground => Limits::playground(),
        },
        now: Some(world::now()),
        entropy: world::entropy()?,
        ticks: world::ticks,
        allow: wishes.weights.allow.clone(),
        deny: wishes.weights.deny.clone(),
        deny_warnings: wishes.weights.deny_warnings,
    })
}

fn moment(given: &str) -> Result<Timestamp, Error> {
    Timestamp::parse(given).ok_or_else(|| Error::BadMoment {
        given: given.to_owned(),
    })
}

/// The error of a command that found no file.
pub fn nothing_found(looked_in: &[PathBuf]) -> Error {
    let looked_in = if looked_in.is_empty() {
        "this folder".to_owned()
    } else {
        let quoted: Vec<String> = looked_in
            .iter()
            .map(|path| format!("`{}`", path.display()))
            .collect();
        quoted.join(", ")
    };
    Error::NothingFound {
        looked_in,
        wanted: names::WANTED.to_owned(),
    }
}
