//! What was done to files in a round, and what the loop said of it.

use std::collections::{BTreeMap, BTreeSet};

use clnrm_core::digest::Digest;
use serde_json::Value;

/// What is due of a file.
#[derive(Debug, Default)]
struct Due {
    /// What it holds now, if that is news.
    saved: Option<String>,
    /// What it held for a moment: may be checked, once each.
    passing: BTreeSet<String>,
    /// It was removed for good.
    removed: bool,
    /// It was away for a moment: that may be told.
    was_away: bool,
    /// Somebody wrote to it in place: half of that may be read.
    in_place: bool,
}

/// What was said of a file.
#[derive(Debug, Default)]
struct Said {
    checks: Vec<String>,
    removed: usize,
}

#[derive(Debug, Default)]
pub struct Ledger {
    due: BTreeMap<String, Due>,
    /// Files that read another one, with what that holds now.
    readers: BTreeMap<String, (String, Option<String>)>,
    said: BTreeMap<String, Said>,
    /// For each reader, what it read: name and digest.
    read: BTreeMap<String, Vec<BTreeMap<String, Option<String>>>>,
}

/// The sums of all rounds.
#[derive(Debug, Default)]
pub struct Sums {
    pub saves: usize,
    pub dependents: usize,
    pub removals: usize,
    pub quiet: usize,
    pub torn: usize,
}

pub fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string()
}

impl Ledger {
    /// `name` holds `text` now, and did not before.
    pub fn saved(&mut self, name: &str, text: &str) {
        let due = self.due.entry(name.to_owned()).or_default();
        due.passing.extend(due.saved.take());
        due.saved = Some(digest(text));
        due.was_away |= due.removed;
        due.removed = false;
    }

    /// Something was done that changes nothing.
    pub fn quiet(&mut self, name: &str) {
        self.due.entry(name.to_owned()).or_default();
    }

    pub fn gone(&mut self, name: &str) {
        let due = self.due.entry(name.to_owned()).or_default();
        due.passing.extend(due.saved.take());
        due.removed = true;
    }

    /// Between two steps of one save there was no such file, or half of one.
    pub fn in_steps(&mut self, name: &str) {
        let due = self.due.entry(name.to_owned()).or_default();
        due.was_away = true;
        due.in_place = true;
    }

    /// `name` reads `other`, which holds `text` now.
    pub fn reads(&mut self, name: &str, other: &str, text: Option<&str>) {
        self.readers
            .insert(name.to_owned(), (other.to_owned(), text.map(digest)));
    }

    pub fn checked(&mut self, name: &str, digest: &str, dependencies: &Value) {
        let said = self.said.entry(name.to_owned()).or_default();
        said.checks.push(digest.to_owned());
        let read = dependencies
            .as_array()
            .unwrap()
            .iter()
            .map(|dependency| {
                let path = dependency["path"].as_str().unwrap().to_owned();
                (path, dependency["digest"].as_str().map(str::to_owned))
            })
            .collect();
        self.read.entry(name.to_owned()).or_default().push(read);
    }

    pub fn removed(&mut self, name: &str) {
        self.said.entry(name.to_owned()).or_default().removed += 1;
    }

    /// Holds what was said against what was due.
    pub fn balance(self, sums: &mut Sums, what: &str) {
        for (name, due) in &self.due {
            let said = self.said.get(name);
            let checks = said.map_or(&[][..], |said| &said.checks);
            let removed = said.map_or(0, |said| said.removed);
            let context = || format!("{what}: {name}: {due:?}, but {said:?}");
            let mut others: Vec<&String> = checks.iter().collect();
            if let Some(saved) = &due.saved {
                let before = others.len();
                others.retain(|check| *check != saved);
                assert_eq!(before - others.len(), 1, "checked once: {}", context());
                sums.saves += 1;
            } else if due.removed {
                assert_eq!(removed, 1, "removed once: {}", context());
                sums.removals += 1;
            } else if others.is_empty() {
                sums.quiet += 1;
            }
            for passing in &due.passing {
                let times = others.iter().filter(|check| **check == passing).count();
                assert!(times <= 1, "checked twice: {}", context());
                others.retain(|check| *check != passing);
            }
            assert!(
                due.removed || due.was_away || removed == 0,
                "removed: {}",
                context()
            );
            assert!(
                others.is_empty() || due.in_place,
                "checked what was never saved: {}",
                context()
            );
            sums.torn += others.len();
        }
        for (name, (other, holds)) in &self.readers {
            let read = self.read.get(name).map_or(&[][..], Vec::as_slice);
            let times = read
                .iter()
                .filter(|read| read.get(other) == Some(holds))
                .count();
            assert_eq!(times, 1, "{what}: {name} reads {other}: {read:?}");
            sums.dependents += 1;
        }
        for (name, said) in &self.said {
            let is_due = self.due.contains_key(name)
                || self.readers.contains_key(name)
                || name.ends_with(super::edits::SENTINEL);
            assert!(is_due, "{what}: {name}: nothing was done, but {said:?}");
        }
    }
}
