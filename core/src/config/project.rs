//! The project file, `clnrm.toml`.

mod format;

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;

pub use self::format::PROJECT_FILE;
use self::format::{ALLOW, CACHE, LINT, PROFILE, PROJECT, RUN, TEMPLATE, WATCH};
use super::context::Context;
use super::limits::size;
use super::model::{Spanned, Text};
use super::reader::{Item, Reader};
use super::services::check_image;
use super::values::{list, show};
use crate::diagnostic::{Code, Findings, Level, Severity};
use crate::document::{Document, Kind as Toml, Table};
use crate::suggest;
use crate::template::vars_file::table_values;

/// What `clnrm.toml` says, and nothing else: what it does not say is `None` or empty.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Project {
    /// `project.name`.
    pub name: Option<Text>,
    /// `[vars]`.
    pub vars: BTreeMap<Arc<str>, Value>,
    /// `template.paths`, relative to the project file.
    pub template_paths: Vec<Text>,
    /// `template.allow_env`; `None`: everything that is handed in.
    pub allow_env: Option<Vec<String>>,
    /// `lint.allow`: globs over paths, and the codes that are hidden there.
    pub lint_allow: Vec<(Text, Vec<Code>)>,
    /// `[watch]`.
    pub watch: Watch,
    /// `[cache]`.
    pub cache: Cache,
    /// `[run]`.
    pub run: Run,
    /// `[profile.NAME]`.
    pub profiles: BTreeMap<String, Profile>,
}

/// `[watch]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Watch {
    /// Milliseconds.
    pub debounce_ms: Option<u64>,
    /// Milliseconds.
    pub max_debounce_ms: Option<u64>,
    /// Acts sooner where writers say that they are done.
    pub adaptive: Option<bool>,
    /// How far files are judged.
    pub level: Option<Level>,
}

/// `[cache]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Cache {
    /// 0: nothing is kept.
    pub max_entries: Option<u64>,
    /// Bytes.
    pub max_bytes: Option<u64>,
    /// Microseconds.
    pub ttl: Option<u64>,
}

/// `[run]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// Tests at the same time.
    pub max_concurrent: Option<Concurrency>,
    /// Containers at the same time.
    pub max_containers: Option<u64>,
    /// MiB of all containers together.
    pub max_memory_mb: Option<u64>,
    /// Processors of all containers together.
    pub max_cpu_cores: Option<f64>,
    /// Of each test that sets none, in microseconds.
    pub timeout: Option<u64>,
    /// For scenarios that name no service.
    pub default_image: Option<String>,
    /// Folders outside the test's own that volumes may mount.
    pub allow_host_paths: Vec<Text>,
}

/// How many tests run at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Concurrency {
    /// So many.
    Tests(u64),
    /// As many as there are processors.
    Cores,
}

/// `[profile.NAME]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Profile {
    /// Its `[watch]`.
    pub watch: Watch,
    /// Its `[cache]`.
    pub cache: Cache,
    /// Its `[run]`.
    pub run: Run,
}

/// Profiles that are there without a project file.
pub const BUILT_IN: &[&str] = &["dev", "ci", "production"];

fn built_in(name: &str) -> Option<Profile> {
    let mut profile = Profile::default();
    match name {
        // The default of `max_concurrent`; weaker than what the file says, see `with_profile`.
        "dev" => {}
        "ci" => profile.run.max_concurrent = Some(Concurrency::Cores),
        "production" => {
            profile.cache.max_entries = Some(0);
            profile.run.max_concurrent = Some(Concurrency::Tests(1));
        }
        _ => return None,
    }
    Some(profile)
}

impl Project {
    /// Reads a project file.
    #[must_use]
    pub fn read(document: &Document<'_>) -> (Self, Findings) {
        let cx = Context::new(document);
        let mut project = Self::default();
        {
            let reader = Reader::root(&cx, &PROJECT_FILE);
            reader.each(|item| project.table(&reader, &item));
        }
        (project, cx.finish())
    }

    /// Names of all profiles, built in and of the file.
    #[must_use]
    pub fn profile_names(&self) -> Vec<&str> {
        let own = self.profiles.keys().map(String::as_str);
        let own = own.filter(|name| !BUILT_IN.contains(name));
        BUILT_IN.iter().copied().chain(own).collect()
    }

    /// The project under a profile: what the file's profile says is strongest, then what is built
    /// into that profile, then the rest of the file. `None`: there is no such profile.
    #[must_use]
    pub fn with_profile(&self, name: &str) -> Option<Self> {
        let own = self.profiles.get(name);
        let built_in = built_in(name);
        if own.is_none() && built_in.is_none() {
            return None;
        }
        let mut project = self.clone();
        for profile in [own.cloned(), built_in].into_iter().rev().flatten() {
            project.watch = profile.watch.or(project.watch);
            project.cache = profile.cache.or(project.cache);
            project.run = profile.run.or(project.run);
        }
        Some(project)
    }

    fn table<'t>(&mut self, reader: &Reader<'_, 't>, item: &Item<'_, 't>) {
        let Some(table) = reader.table_of(item.name, item.node) else {
            return;
        };
        match item.name {
            "project" => {
                let inner = reader.within(item.name, table, &PROJECT);
                inner.each(|item| self.name = inner.words(&item));
            }
            "vars" => self.vars = table_values(table),
            "template" => {
                let inner = reader.within(item.name, table, &TEMPLATE);
                inner.each(|item| match item.name {
                    "paths" => self.template_paths = inner.texts(&item),
                    _ => {
                        let names = inner.texts(&item).into_iter();
                        self.allow_env = Some(names.map(|name| name.value).collect());
                    }
                });
            }
            "watch" => self.watch = watch(reader, table),
            "cache" => self.cache = cache(reader, table),
            "run" => self.run = run(reader, table),
            "profile" => {
                for entry in table.entries() {
                    let name = format!("profile.{}", entry.key.name);
                    let Some(table) = reader.table_of(&name, &entry.value) else {
                        continue;
                    };
                    let inner = reader.within(&name, table, &PROFILE);
                    let profile = profile(&inner);
                    self.profiles.insert(entry.key.name.to_string(), profile);
                }
            }
            "lint" => {
                let inner = reader.within(item.name, table, &LINT);
                inner.each(|item| self.lint_allow = allow(&inner, &item));
            }
            name => debug_assert!(false, "{name} is read"),
        }
    }
}

impl Watch {
    fn or(self, weaker: Self) -> Self {
        Self {
            debounce_ms: self.debounce_ms.or(weaker.debounce_ms),
            max_debounce_ms: self.max_debounce_ms.or(weaker.max_debounce_ms),
            adaptive: self.adaptive.or(weaker.adaptive),
            level: self.level.or(weaker.level),
        }
    }
}

impl Cache {
    fn or(self, weaker: Self) -> Self {
        Self {
            max_entries: self.max_entries.or(weaker.max_entries),
            max_bytes: self.max_bytes.or(weaker.max_bytes),
            ttl: self.ttl.or(weaker.ttl),
        }
    }
}

impl Run {
    fn or(self, weaker: Self) -> Self {
        let own_paths = !self.allow_host_paths.is_empty();
        Self {
            max_concurrent: self.max_concurrent.or(weaker.max_concurrent),
            max_containers: self.max_containers.or(weaker.max_containers),
            max_memory_mb: self.max_memory_mb.or(weaker.max_memory_mb),
            max_cpu_cores: self.max_cpu_cores.or(weaker.max_cpu_cores),
            timeout: self.timeout.or(weaker.timeout),
            default_image: self.default_image.or(weaker.default_image),
            allow_host_paths: if own_paths {
                self.allow_host_paths
            } else {
                weaker.allow_host_paths
            },
        }
    }
}

fn value<T>(spanned: Option<Spanned<T>>) -> Option<T> {
    spanned.map(|spanned| spanned.value)
}

fn profile(reader: &Reader<'_, '_>) -> Profile {
    let mut profile = Profile::default();
    reader.each(|item| {
        let Some(table) = reader.table_of(item.name, item.node) else {
            return;
        };
        match item.name {
            "watch" => profile.watch = watch(reader, table),
            "cache" => profile.cache = cache(reader, table),
            "run" => profile.run = run(reader, table),
            name => debug_assert!(false, "{name} is read"),
        }
    });
    profile
}

const LEVELS: &[(&str, Level)] = &[
    ("syntax", Level::Syntax),
    ("semantic", Level::Semantic),
    ("structure", Level::Structure),
];

fn watch<'t>(parent: &Reader<'_, 't>, table: &Table<'t>) -> Watch {
    let reader = parent.within("watch", table, &WATCH);
    let mut watch = Watch::default();
    let mut first = None;
    let millis = |item: &Item<'_, 't>| {
        let millis = reader.integer(item.name, item.node, 0, 60_000)?;
        Some(millis.map(|millis| u64::try_from(millis).unwrap_or(0)))
    };
    reader.each(|item| match item.name {
        "debounce_ms" => {
            let least = millis(&item);
            watch.debounce_ms = value(least);
            first = first.or(least);
        }
        "max_debounce_ms" => watch.max_debounce_ms = value(millis(&item)),
        "adaptive" => watch.adaptive = value(reader.boolean(&item)),
        "level" => watch.level = value(reader.word(&item, LEVELS)),
        name => debug_assert!(false, "{name} is read"),
    });
    if let (Some(least), Some(most)) = (watch.debounce_ms, watch.max_debounce_ms)
        && least > most
        && let Some(node) = table.get("max_debounce_ms")
    {
        reader
            .cx
            .report(
                Code::C116,
                node.span.max(first.map_or(node.span, |first| first.span)),
                format!("`debounce_ms` is {least}, and `max_debounce_ms` only {most}"),
            )
            .help("the greatest delay is not below the usual one");
    }
    watch
}

fn cache<'t>(parent: &Reader<'_, 't>, table: &Table<'t>) -> Cache {
    let reader = parent.within("cache", table, &CACHE);
    let mut cache = Cache::default();
    reader.each(|item| match item.name {
        "max_entries" => cache.max_entries = value(reader.natural(item.name, item.node)),
        "max_bytes" => cache.max_bytes = size(&reader, item.name, item.node),
        "ttl" => cache.ttl = value(reader.some_time(&item)),
        name => debug_assert!(false, "{name} is read"),
    });
    cache
}

fn run<'t>(parent: &Reader<'_, 't>, table: &Table<'t>) -> Run {
    let reader = parent.within("run", table, &RUN);
    let mut run = Run::default();
    let positive = |item: &Item<'_, 't>| value(reader.positive(item.name, item.node));
    reader.each(|item| match item.name {
        "max_concurrent" => run.max_concurrent = positive(&item).map(Concurrency::Tests),
        "max_containers" => run.max_containers = positive(&item),
        "max_memory_mb" => run.max_memory_mb = positive(&item),
        "max_cpu_cores" => {
            let cores = reader.number_within(item.name, item.node, f64::MIN_POSITIVE, f64::MAX);
            run.max_cpu_cores = value(cores);
        }
        "timeout" => run.timeout = value(reader.some_time(&item)),
        "default_image" => {
            let image = reader.words(&item);
            let image = image.filter(|image| check_image(&reader, image));
            run.default_image = value(image);
        }
        "allow_host_paths" => run.allow_host_paths = reader.texts(&item),
        name => debug_assert!(false, "{name} is read"),
    });
    run
}

fn allow<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<(Text, Vec<Code>)> {
    let mut allowed = Vec::new();
    for node in super::scenarios::tables(parent, item.name, item.node) {
        let Toml::Table(table) = &node.kind else {
            if parent.is_whole(node) {
                parent.wrong_type(item.name, node, "a table with `path` and `codes`");
            }
            continue;
        };
        let reader = parent.within("allow", table, &ALLOW);
        let (mut path, mut codes) = (None, Vec::new());
        reader.each(|item| match item.name {
            "path" => path = reader.words(&item),
            "codes" => {
                let texts = reader.texts(&item).into_iter();
                codes = texts.filter_map(|text| code(&reader, &text)).collect();
            }
            name => debug_assert!(false, "{name} is read"),
        });
        if let Some(path) = path {
            allowed.push((path, codes));
        }
    }
    allowed
}

fn code(reader: &Reader<'_, '_>, text: &Text) -> Option<Code> {
    let Some(code) = Code::find(&text.value) else {
        let names = Code::ALL.iter().map(|code| code.name());
        let names: Vec<&str> = names
            .chain(Code::ALL.iter().map(|code| code.as_str()))
            .collect();
        let report = reader.cx.report(
            Code::C104,
            text.span,
            format!("`{}` is no code", show(&text.value)),
        );
        match suggest::nearest(&text.value, names) {
            Some(nearest) => report
                .help(format!("did you mean {}?", list(&[nearest])))
                .fix([(text.span, format!("\"{nearest}\""))]),
            None => report.help("`clnrm explain` lists all codes"),
        };
        return None;
    };
    if code.severity() == Severity::Error {
        reader
            .cx
            .report(
                Code::C104,
                text.span,
                format!("`{code}` is an error, which cannot be hidden"),
            )
            .help("only infos and warnings can be allowed");
        return None;
    }
    Some(code)
}
