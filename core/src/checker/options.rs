//! What a check is asked for, and in which world.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;

use super::filter::Filter;
use super::glob::glob;
use crate::diagnostic::{Code, Level};
use crate::digest::{Digest, DigestBuilder};
use crate::template::variables::{Inputs, Origin, Outside, same_value};
use crate::template::vars_file::VarsFile;
use crate::template::{Limits, Tables, Timestamp};

/// What the project file says that a check needs.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// `[vars]`.
    pub vars: BTreeMap<Arc<str>, Value>,
    /// `[template] allow_env`: what `env()` may read; `None`: everything that is handed in.
    pub allow_env: Option<Vec<String>>,
    /// Whether `[run] allow_host_paths` names folders: then a run decides what may be mounted.
    pub allows_host_paths: bool,
    /// `[lint] allow`: paths, relative to the project file's folder, and the codes that are hidden
    /// there.
    pub lint_allow: Vec<(String, Vec<Code>)>,
    /// The project file's folder, absolute. Empty where names are relative to it.
    pub folder: String,
    /// The folder that names are relative to, absolute.
    pub here: String,
}

impl Project {
    /// Which entries of `lint_allow` are about the file of this name.
    pub fn allowing(&self, name: &str) -> impl Iterator<Item = usize> {
        let name = self.within(name);
        let all = self.lint_allow.iter().enumerate();
        all.filter(move |(_, (pattern, _))| name.as_ref().is_some_and(|name| glob(pattern, name)))
            .map(|(index, _)| index)
    }

    /// The name relative to the project file's folder; `None` if it lies outside.
    fn within<'n>(&self, name: &'n str) -> Option<Cow<'n, str>> {
        if self.folder == self.here && !name.starts_with('/') {
            return Some(name.into());
        }
        let whole = if name.starts_with('/') || name.contains(":/") {
            name.to_owned()
        } else {
            format!("{}/{name}", self.here.trim_end_matches('/'))
        };
        let inner = whole.strip_prefix(self.folder.trim_end_matches('/'))?;
        Some(inner.strip_prefix('/')?.to_owned().into())
    }
}

/// What a check is asked for. Plain data; what is behind an `Arc` should be the same `Arc` for all
/// files of a command, since work that depends on it alone is then done once.
#[derive(Clone, Debug)]
pub struct Options {
    /// How far files are judged.
    pub level: Level,
    /// `--var`.
    pub variables: BTreeMap<String, Value>,
    /// `--vars-file`.
    pub vars_file: Option<Arc<VarsFile>>,
    /// The project file.
    pub project: Arc<Project>,
    /// `[template] paths`, as names in the sources.
    pub template_paths: Vec<String>,
    /// The environment.
    pub environment: Arc<BTreeMap<String, String>>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--freeze-clock`.
    pub freeze_clock: Option<Timestamp>,
    /// `--matrix`: a value for some names.
    pub matrix: BTreeMap<String, String>,
    /// How much a render may cost.
    pub limits: Limits,
    /// What scripts and time zones are looked up in.
    pub tables: Tables,
    /// The present moment, if it is known.
    pub now: Option<Timestamp>,
    /// Randomness for renders without a seed.
    pub entropy: [u8; 32],
    /// A clock in microseconds, for timings and for the age of what is cached.
    pub ticks: fn() -> u64,
    /// `--allow`.
    pub allow: Vec<Code>,
    /// `--deny`.
    pub deny: Vec<Code>,
    /// `--deny-warnings`.
    pub deny_warnings: bool,
}

impl Default for Options {
    /// No variables, no environment, no clock.
    fn default() -> Self {
        Self {
            level: Level::default(),
            variables: BTreeMap::new(),
            vars_file: None,
            project: Arc::default(),
            template_paths: Vec::new(),
            environment: Arc::default(),
            seed: None,
            freeze_clock: None,
            matrix: BTreeMap::new(),
            limits: Limits::cli(),
            tables: Tables::Small,
            now: None,
            entropy: [0; 32],
            ticks: || 0,
            allow: Vec::new(),
            deny: Vec::new(),
            deny_warnings: false,
        }
    }
}

impl Options {
    /// What is hidden and raised in the file of this name.
    pub(super) fn filter(&self, path: &str) -> Filter {
        let mut allow = self.allow.clone();
        if self.project.allows_host_paths {
            allow.push(Code::X118);
        }
        for index in self.project.allowing(path) {
            allow.extend(&self.project.lint_allow[index].1);
        }
        Filter {
            allow,
            deny: self.deny.clone(),
            deny_warnings: self.deny_warnings,
        }
    }
}

/// What depends on the options alone and is made once for all files: the variables from outside, and
/// the part of every cache key that the options make.
#[derive(Debug)]
pub(super) struct Prepared {
    pub outside: Outside,
    /// Of everything in the options that changes what is rendered, but for variables and
    /// environment, which renders are held against one by one.
    pub digest: Digest,
    /// Names of `--var`.
    pub command_line: Vec<Arc<str>>,
    // What it was made of, to know whether it still holds.
    variables: BTreeMap<String, Value>,
    vars_file: Option<Arc<VarsFile>>,
    project: Arc<Project>,
    environment: Arc<BTreeMap<String, String>>,
    template_paths: Vec<String>,
    seed: Option<u64>,
    freeze_clock: Option<Timestamp>,
    matrix: BTreeMap<String, String>,
    limits: Limits,
    tables: Tables,
}

impl Prepared {
    pub(super) fn new(options: &Options) -> Self {
        let readable = match &options.project.allow_env {
            None => options.environment.clone(),
            Some(patterns) => Arc::new(
                options
                    .environment
                    .iter()
                    .filter(|(name, _)| patterns.iter().any(|pattern| glob(pattern, name)))
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            ),
        };
        let outside = Outside::new(Inputs {
            variables: &options.variables,
            vars_file: options.vars_file.as_deref(),
            project: &options.project.vars,
            environment: &options.environment,
            readable: &readable,
        });
        let command_line = outside
            .names()
            .filter(|name| {
                outside
                    .strong(name)
                    .is_some_and(|given| given.origin == Origin::CommandLine)
            })
            .cloned()
            .collect();
        Self {
            outside,
            digest: digest(options),
            command_line,
            variables: options.variables.clone(),
            vars_file: options.vars_file.clone(),
            project: options.project.clone(),
            environment: options.environment.clone(),
            template_paths: options.template_paths.clone(),
            seed: options.seed,
            freeze_clock: options.freeze_clock,
            matrix: options.matrix.clone(),
            limits: options.limits,
            tables: options.tables,
        }
    }

    /// Whether it would be made alike of these options. What is behind an `Arc` is compared by
    /// identity: it cannot have changed.
    pub(super) fn holds_for(&self, options: &Options) -> bool {
        let same_file = match (&self.vars_file, &options.vars_file) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        same_file
            && Arc::ptr_eq(&self.project, &options.project)
            && Arc::ptr_eq(&self.environment, &options.environment)
            && self.seed == options.seed
            && self.freeze_clock == options.freeze_clock
            && self.limits == options.limits
            && self.tables == options.tables
            && self.template_paths == options.template_paths
            && self.matrix == options.matrix
            && self.variables.len() == options.variables.len()
            && self
                .variables
                .iter()
                .zip(&options.variables)
                .all(|((name, a), (other, b))| name == other && same_value(a, b))
    }
}

fn digest(options: &Options) -> Digest {
    let mut digest = DigestBuilder::new();
    for path in &options.template_paths {
        digest.part(path.as_bytes());
    }
    digest.part(b"seed");
    if let Some(seed) = options.seed {
        digest.part(&seed.to_le_bytes());
    }
    digest.part(b"clock");
    if let Some(Timestamp(nanoseconds)) = options.freeze_clock {
        digest.part(&nanoseconds.to_le_bytes());
    }
    digest.part(b"matrix");
    for (name, value) in &options.matrix {
        digest.part(name.as_bytes()).part(value.as_bytes());
    }
    // Plain numbers: their debug form names each of them, also those that are added later.
    digest.part(format!("{:?}", options.limits).as_bytes());
    digest.part(format!("{:?}", options.tables).as_bytes());
    digest.finish()
}
