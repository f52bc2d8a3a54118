//! What renders were told of the world: for the digest of a context, and for the reads of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minijinja::Value;

use crate::digest::{Digest, DigestBuilder};
use crate::source::Source;
use crate::template::json::at_path;
use crate::template::variables::{Context, add_value};
use crate::template::{Host, Rendered};

/// What was looked up.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Top-level variables, set or not.
    pub variables: BTreeSet<Arc<str>>,
    /// Paths below them; a top-level name alone if all of it was looked at.
    pub nested: BTreeSet<Arc<str>>,
    /// Environment variables, set or not.
    pub environment: BTreeSet<Arc<str>>,
    /// Sources that were read, those that are built in among them.
    pub files: BTreeMap<Arc<str>, Arc<Source>>,
}

impl Told {
    /// Adds what a render looked up.
    pub(super) fn render(&mut self, rendered: &Rendered) {
        self.variables
            .extend(rendered.variables_read.iter().cloned());
        self.nested.extend(rendered.nested_read.iter().cloned());
        for read in &rendered.files {
            if let Some(source) = &read.source
                && !self.files.contains_key(&read.name)
            {
                self.files.insert(read.name.clone(), source.clone());
            }
        }
    }

    /// Adds what was asked of a host.
    pub(super) fn host(&mut self, host: &Host) {
        let reads = host.environment_reads();
        self.environment.extend(reads.into_iter().map(Arc::from));
    }

    /// Adds all that another was told.
    pub(super) fn extend(&mut self, other: Self) {
        self.variables.extend(other.variables);
        self.nested.extend(other.nested);
        self.environment.extend(other.environment);
        self.files.extend(other.files);
    }

    /// The names from outside that it depends on: where `vars` was asked for single entries only,
    /// these instead of all of it.
    pub(super) fn outside(&self) -> BTreeSet<Arc<str>> {
        let mut names = self.variables.clone();
        if names.contains("vars") && !self.nested.contains("vars") {
            let entries = self.nested.iter().filter_map(|path| {
                let path = path.strip_prefix("vars.")?;
                Some(Arc::from(path.split('.').next().unwrap_or(path)))
            });
            let entries: Vec<Arc<str>> = entries.collect();
            // Without a single path it is not known what was asked for.
            if !entries.is_empty() {
                names.remove("vars");
                names.extend(entries);
            }
        }
        names
    }

    /// The digest of the values that were looked up.
    pub(super) fn digest(
        &self,
        context: &Context,
        environment: &BTreeMap<String, String>,
    ) -> Digest {
        let mut digest = DigestBuilder::new();
        for name in &self.variables {
            let value = context.get(name);
            let paths: Vec<&str> = self
                .nested
                .iter()
                .filter_map(|path| path.strip_prefix(&**name)?.strip_prefix('.'))
                .collect();
            if paths.is_empty() || self.nested.contains(name) {
                add(&mut digest, name, value);
                continue;
            }
            for path in paths {
                digest.part(name.as_bytes());
                let value = value.and_then(|value| at_path(value, path));
                add(&mut digest, path, value.as_ref());
            }
        }
        digest.part(b"environment");
        for name in &self.environment {
            digest.part(name.as_bytes());
            match environment.get(&**name) {
                Some(value) => digest.part(b"set").part(value.as_bytes()),
                None => digest.part(b"unset"),
            };
        }
        digest.finish()
    }
}

fn add(digest: &mut DigestBuilder, name: &str, value: Option<&Value>) {
    digest.part(name.as_bytes());
    match value.filter(|value| !value.is_undefined()) {
        Some(value) => {
            digest.part(b"set");
            add_value(digest, value, 0);
        }
        None => {
            digest.part(b"unset");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[&str], nested: &[&str], environment: &[&str]) -> Told {
        let names = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
        Told {
            variables: names(variables),
            nested: names(nested),
            environment: names(environment),
            files: BTreeMap::new(),
        }
    }

    #[test]
    fn single_entries_of_vars_stand_for_themselves() {
        let outside = |told: Told| {
            told.outside()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            outside(told(&["a", "vars"], &["vars.b", "vars.c.d"], &[])),
            ["a", "b", "c"]
        );
        assert_eq!(outside(told(&["vars"], &["vars", "vars.b"], &[])), ["vars"]);
        assert_eq!(outside(told(&["vars"], &[], &[])), ["vars"]);
    }

    #[test]
    fn the_digest_covers_what_was_looked_up_and_nothing_else() {
        let context = |b: i32, other: i32| {
            Context::from([
                (
                    "vars".into(),
                    Value::from_pairs([("b", b), ("other", other)]),
                ),
                ("x".into(), Value::from(other)),
            ])
        };
        let environment = |value: &str| BTreeMap::from([("E".to_owned(), value.to_owned())]);
        let told = told(&["vars", "gone"], &["vars.b"], &["E"]);
        let base = told.digest(&context(1, 1), &environment("e"));
        assert_eq!(base, told.digest(&context(1, 2), &environment("e")));
        assert_ne!(base, told.digest(&context(2, 1), &environment("e")));
        assert_ne!(base, told.digest(&context(1, 1), &environment("f")));
        assert_ne!(base, told.digest(&context(1, 1), &BTreeMap::new()));
    }
}
