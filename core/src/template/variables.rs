//! Variables from outside the file, and who wins.
//!
//! `--var` › `CLNRM_VAR_*` › `--vars-file` › *the file's own* › `clnrm.toml [vars]` › environment ›
//! default. The file's own stand in the middle, so what is outside has two halves: *strong* values,
//! which a file cannot change, and *weak* ones, which it can. An [`Outside`] is made once for all
//! files of a command; it has a number of its own, so that a cache need not compare what it holds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use minijinja::Value;
use minijinja::value::ValueKind;

use super::vars_file::VarsFile;

use crate::digest::{Digest, DigestBuilder};

/// Names that need no prefix: the variable, its environment variable, its default.
pub const KNOWN: &[(&str, &str, &str)] = &[
    ("svc", "SERVICE_NAME", "clnrm"),
    ("env", "ENV", "ci"),
    ("endpoint", "OTEL_ENDPOINT", "http://localhost:4318"),
    ("exporter", "OTEL_TRACES_EXPORTER", "otlp"),
    ("image", "CLNRM_IMAGE", "registry/clnrm:1.0.0"),
    ("freeze_clock", "FREEZE_CLOCK", "2025-01-01T00:00:00Z"),
    ("token", "OTEL_TOKEN", ""),
];

/// Environment variables with this prefix set the variable named by the rest.
pub const PREFIX: &str = "CLNRM_VAR_";

/// Names that hold what other variables are gathered in; no single variable takes their place.
pub(crate) const GATHERED: [&str; 4] = ["vars", "matrix", "matrix_all", "otel"];

/// A value with these entries.
pub(crate) fn map_of(entries: &BTreeMap<Arc<str>, Value>) -> Value {
    Value::from_pairs(
        entries
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    )
}

/// The entries of a map whose keys are strings.
pub(crate) fn pairs(map: &Value) -> Vec<(Arc<str>, Value)> {
    let Ok(keys) = map.try_iter() else {
        return Vec::new();
    };
    keys.filter_map(|key| {
        let name: Arc<str> = key.as_str()?.into();
        Some((name, map.get_item(&key).ok()?))
    })
    .collect()
}

/// Where the value of a variable comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// `--var`.
    CommandLine,
    /// `CLNRM_VAR_*`.
    Prefixed,
    /// `--vars-file`.
    VarsFile,
    /// The file itself.
    File,
    /// `clnrm.toml [vars]`.
    Project,
    /// The environment variable of a known name.
    Environment,
    /// The default of a known name.
    Default,
}

impl Origin {
    /// As the listing of variables names it.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::CommandLine => "--var",
            Self::Prefixed => "CLNRM_VAR_*",
            Self::VarsFile => "--vars-file",
            Self::File => "this file",
            Self::Project => "clnrm.toml",
            Self::Environment => "environment",
            Self::Default => "default",
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

#[derive(Debug, Default)]
struct Slot {
    strong: Option<Given>,
    weak: Option<Given>,
    digest: OnceLock<Digest>,
}

/// All that variables are made of outside the file.
#[derive(Debug)]
pub struct Outside {
    id: u64,
    slots: BTreeMap<Arc<str>, Slot>,
    environment: Arc<BTreeMap<String, String>>,
    matrix: BTreeMap<Arc<str>, Value>,
    otel: BTreeMap<Arc<str>, Value>,
    all: OnceLock<Digest>,
    context: OnceLock<Arc<Context>>,
}

/// The root context of a render: names and their values.
pub type Context = BTreeMap<Arc<str>, Value>;

/// What [`Outside::new`] takes.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// `--var`.
    pub variables: &'a BTreeMap<String, Value>,
    /// `--vars-file`.
    pub vars_file: Option<&'a VarsFile>,
    /// `clnrm.toml [vars]`.
    pub project: &'a BTreeMap<Arc<str>, Value>,
    /// The environment, from which variables take their values.
    pub environment: &'a BTreeMap<String, String>,
    /// What of it a template may read by itself.
    pub readable: &'a Arc<BTreeMap<String, String>>,
}

impl Outside {
    /// Gathers all sources of variables.
    #[must_use]
    pub fn new(inputs: Inputs<'_>) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let mut slots: BTreeMap<Arc<str>, Slot> = BTreeMap::new();
        let mut strong = |name: &str, value: Value, origin| {
            let slot = slots.entry(name.into()).or_default();
            slot.strong.get_or_insert(Given { value, origin });
        };
        // From the strongest on: the first stays.
        for (name, value) in inputs.variables {
            strong(name, value.clone(), Origin::CommandLine);
        }
        for (name, value) in prefixed(inputs.environment) {
            strong(&name, Value::from(value), Origin::Prefixed);
        }
        if let Some(file) = inputs.vars_file {
            for (name, value) in &file.variables {
                strong(name, value.clone(), Origin::VarsFile);
            }
        }
        let mut weak = |name: &str, value: Value, origin| {
            let slot = slots.entry(name.into()).or_default();
            slot.weak.get_or_insert(Given { value, origin });
        };
        for (name, value) in inputs.project {
            weak(name, value.clone(), Origin::Project);
        }
        for (name, variable, default) in KNOWN {
            match inputs.environment.get(*variable) {
                Some(value) => weak(name, Value::from(value.as_str()), Origin::Environment),
                None => weak(name, Value::from(*default), Origin::Default),
            }
        }
        for name in GATHERED {
            slots.remove(name);
        }
        Self {
            id: IDS.fetch_add(1, Ordering::Relaxed),
            slots,
            environment: inputs.readable.clone(),
            matrix: inputs
                .vars_file
                .map(|file| file.matrix.clone())
                .unwrap_or_default(),
            otel: inputs
                .vars_file
                .map(|file| file.otel.clone())
                .unwrap_or_default(),
            all: OnceLock::new(),
            context: OnceLock::new(),
        }
    }

    /// A number that no other `Outside` of this process has.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// What templates may read of the environment.
    #[must_use]
    pub const fn environment(&self) -> &Arc<BTreeMap<String, String>> {
        &self.environment
    }

    /// The value that stands whatever the file says.
    #[must_use]
    pub fn strong(&self, name: &str) -> Option<&Given> {
        self.slots.get(name)?.strong.as_ref()
    }

    /// The value that stands unless the file says something else.
    #[must_use]
    pub fn weak(&self, name: &str) -> Option<&Given> {
        self.slots.get(name)?.weak.as_ref()
    }

    /// The value of a name that the file does not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.strong(name).or_else(|| self.weak(name))
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.slots.keys()
    }

    /// `matrix` of the vars file.
    #[must_use]
    pub const fn matrix(&self) -> &BTreeMap<Arc<str>, Value> {
        &self.matrix
    }

    /// `otel` of the vars file.
    #[must_use]
    pub const fn otel(&self) -> &BTreeMap<Arc<str>, Value> {
        &self.otel
    }

    /// The root context of a file that sets nothing; made once.
    pub fn context(&self) -> &Arc<Context> {
        self.context.get_or_init(|| {
            let mut context: Context = self
                .slots
                .iter()
                .filter_map(|(name, slot)| {
                    let given = slot.strong.as_ref().or(slot.weak.as_ref())?;
                    Some((name.clone(), given.value.clone()))
                })
                .collect();
            context.insert("vars".into(), map_of(&context));
            for (name, table) in [("matrix", &self.matrix), ("otel", &self.otel)] {
                if !table.is_empty() {
                    context.insert(name.into(), map_of(table));
                }
            }
            Arc::new(context)
        })
    }

    /// The digest of all that is known of a name, strong and weak; `None` if that is nothing. A
    /// gathered name stands for all that it gathers from outside.
    pub fn digest(&self, name: &str) -> Option<Digest> {
        match name {
            "vars" => return Some(*self.all.get_or_init(|| self.digest_of_all())),
            "matrix" | "matrix_all" => return table_digest(&self.matrix),
            "otel" => return table_digest(&self.otel),
            _ => {}
        }
        let slot = self.slots.get(name)?;
        Some(*slot.digest.get_or_init(|| {
            let mut digest = DigestBuilder::new();
            add_slot(&mut digest, slot);
            digest.finish()
        }))
    }

    fn digest_of_all(&self) -> Digest {
        let mut digest = DigestBuilder::new();
        for (name, slot) in &self.slots {
            digest.part(name.as_bytes());
            add_slot(&mut digest, slot);
        }
        digest.finish()
    }
}

fn table_digest(table: &BTreeMap<Arc<str>, Value>) -> Option<Digest> {
    if table.is_empty() {
        return None;
    }
    let mut digest = DigestBuilder::new();
    for (name, value) in table {
        digest.part(name.as_bytes());
        add_value(&mut digest, value, 0);
    }
    Some(digest.finish())
}

fn add_slot(digest: &mut DigestBuilder, slot: &Slot) {
    for given in [&slot.strong, &slot.weak] {
        match given {
            Some(given) => {
                digest.part(b"set");
                add_value(digest, &given.value, 0);
            }
            None => {
                digest.part(b"unset");
            }
        }
    }
}

/// Adds a value so that values which differ in kind or content differ in what is added.
pub(crate) fn add_value(digest: &mut DigestBuilder, value: &Value, depth: usize) {
    // Values come from TOML and JSON, whose readers bound their depth; this is for callers' own.
    if depth > 128 {
        return;
    }
    match value.kind() {
        ValueKind::Map => {
            let entries = pairs(value);
            // In 64 bits whatever the machine: the digest is part of reports.
            digest
                .part(b"map")
                .part(&(entries.len() as u64).to_le_bytes());
            for (name, value) in entries {
                digest.part(name.as_bytes());
                add_value(digest, &value, depth + 1);
            }
        }
        ValueKind::Seq | ValueKind::Iterable => {
            digest
                .part(b"seq")
                .part(&(value.len().unwrap_or(0) as u64).to_le_bytes());
            for item in value.try_iter().into_iter().flatten() {
                add_value(digest, &item, depth + 1);
            }
        }
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            digest.part(b"text").part(text.as_bytes());
        }
        kind => {
            // Numbers: `1` and `1.0` differ in kind, and print differently.
            let tag = if value.is_integer() { "int" } else { "" };
            digest
                .part(kind.to_string().as_bytes())
                .part(tag.as_bytes())
                .part(value.to_string().as_bytes());
        }
    }
}

/// Whether two values are alike in kind and content. Not `==`, by which `1` is `1.0`.
pub(crate) fn same_value(a: &Value, b: &Value) -> bool {
    let digest = |value: &Value| {
        let mut digest = DigestBuilder::new();
        add_value(&mut digest, value, 0);
        digest.finish()
    };
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a == b,
        (None, None) => digest(a) == digest(b),
        _ => false,
    }
}

/// The variables that `CLNRM_VAR_*` set. `CLNRM_VAR_FOO` sets `FOO`, and `foo` as well unless
/// `CLNRM_VAR_foo` does.
fn prefixed(environment: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let given = || {
        environment
            .range(PREFIX.to_owned()..)
            .map_while(|(name, value)| Some((name.strip_prefix(PREFIX)?, value)))
            .filter(|(name, _)| !name.is_empty())
    };
    let mut variables = BTreeMap::new();
    for (name, value) in given() {
        variables
            .entry(name.to_lowercase())
            .or_insert_with(|| value.clone());
    }
    for (name, value) in given() {
        variables.insert(name.to_owned(), value.clone());
    }
    variables
}

#[cfg(test)]
mod tests;
