//! The objects of a run: the second step of the arguments.
//!
//! What was typed, the project file, the environment and the clock become the options of the
//! checker, the sources it may read and the cache it keeps. A [`Session`] knows how to check; what
//! is checked and how it is shown is the commands' affair.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options};
use clnrm_core::diagnostic::{Code, Finding, Level, Severity};
use clnrm_core::digest::Digest;
use clnrm_core::source::{Source, Sources};
use clnrm_core::template::{Limits, Tables, Timestamp, library};

use crate::args::{Globals, LimitSet, Variables, Weights};
use crate::discover::names;
use crate::disk::DiskSources;
use crate::errors::Error;
use crate::paths::Base;
use crate::project::{self, STATE_FOLDER, Settings};
use crate::settings_fault::judge;
use crate::vars;
use crate::watch::batch::Window;
use crate::world;

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

    /// Reads the project file and the vars file again; whether a verdict may differ by what they say
    /// now. If one is wrong everything stays as it was.
    pub fn reload(&mut self) -> Result<bool, Error> {
        let settings = project::read(&self.base, &self.globals)?;
        let options = options(&self.base, &self.globals, &self.wishes, &settings)?;
        let before = says(&self.options);
        // A level that was chosen by a key stays chosen.
        let level = if settings.level == self.settings.level {
            self.options.level
        } else {
            options.level
        };
        self.options = Options { level, ..options };
        self.settings = settings;
        Ok(says(&self.options) != before)
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

    /// What a run may use.
    pub fn run_settings(&self) -> &clnrm_core::config::Run {
        &self.settings.run
    }

    /// Folders outside a test's own that its volumes may mount.
    pub fn allowed_paths(&self) -> Vec<PathBuf> {
        self.settings.allowed_paths.clone()
    }

    /// The folder of the project file, else the working directory.
    pub fn root(&self) -> &Path {
        &self.settings.root
    }

    /// Where clnrm keeps what it remembers of the project.
    pub fn state_folder(&self) -> PathBuf {
        self.settings.root.join(STATE_FOLDER)
    }

    /// Warns of paths in `[lint] allow` that no file has. To be asked where all files were looked
    /// for: `names` are theirs.
    pub fn warn_of_unused_paths<'n>(&self, names: impl Iterator<Item = &'n str>) {
        let Some(source) = &self.settings.source else {
            return;
        };
        let is_all = self.settings.project.folder == self.settings.project.here;
        let used: BTreeSet<usize> = names
            .flat_map(|name| self.settings.project.allowing(name))
            .collect();
        let paths = self.settings.lint_paths.iter().enumerate();
        let unused = paths.filter(|(index, _)| is_all && !used.contains(index));
        let findings: Vec<Finding> = unused
            .map(|(_, path)| {
                let message = format!("no test file is `{}`", path.value);
                Finding::new(Code::T123, path.span, message)
                    .label("hides nothing")
                    .help("mend the path, or remove the entry")
            })
            .collect();
        if !findings.is_empty() {
            // Warnings end nothing.
            let _ = judge(source, &findings, self.globals.color);
        }
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
        if name == library::SOURCE_NAME {
            return Some(Arc::new(Source::new(library::SOURCE_NAME, library::TEXT)));
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

/// What the files of settings come to, as text: values that are equal but of different types
/// (`1` and `1.0`) render differently.
fn says(options: &Options) -> String {
    format!(
        "{:?}",
        (
            options.level,
            &options.project,
            &options.template_paths,
            &options.vars_file,
        )
    )
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
        tables: match globals.limits {
            LimitSet::Cli => Tables::Full,
            LimitSet::Playground => Tables::Small,
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
