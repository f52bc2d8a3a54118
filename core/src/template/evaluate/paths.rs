//! Variables, and the way into them.

use std::sync::Arc;

use minijinja::Value;

use super::super::ast::{Path, Problem, Step};
use super::super::json::{self, Number};
use super::super::scope::{Key, Slot, follow, lookup, visible};
use super::{Evaluator, Missing, Outcome, Stop};
use crate::diagnostic::{Code, short};
use crate::suggest::{did_you_mean, nearest};

/// The name that stands for everything that can be seen, as JSON.
const EVERYTHING: &str = "__tera_context";

impl Evaluator<'_, '_, '_, '_> {
    /// The value of a variable.
    pub(super) fn path(&mut self, path: &Path) -> Outcome<Value> {
        if path.steps.is_empty() {
            if &*path.root == EVERYTHING {
                return self.everything(path);
            }
            return self.find(path, &[], false);
        }
        let mut keys = Vec::with_capacity(path.steps.len());
        let mut dynamic = false;
        for step in &path.steps {
            match step {
                Step::Key(key, index) => keys.push(Key {
                    key: key.clone(),
                    index: *index,
                }),
                Step::Variable(inner) => {
                    dynamic = true;
                    let value = self.path(inner)?;
                    keys.push(self.dynamic_key(&value, inner)?);
                }
            }
        }
        self.find(path, &keys, dynamic)
    }

    /// A value in square brackets.
    fn dynamic_key(&mut self, value: &Value, inner: &Path) -> Outcome<Key> {
        if value.as_str().is_some() {
            let index = value.as_str().and_then(|text| text.parse().ok());
            return Ok(Key {
                key: value.clone(),
                index,
            });
        }
        match json::number(value) {
            Some(Number::Whole(number)) => Ok(Key {
                key: Value::from(number.to_string()),
                index: usize::try_from(number).ok(),
            }),
            Some(Number::Float(number)) => Ok(Key {
                key: Value::from(number.to_string()),
                index: None,
            }),
            // As with a variable that is not there: a default or a condition takes care of it.
            None => Err(Stop::Unset(Arc::new(Missing {
                file: self.file,
                problem: Problem::new(
                    Code::T106,
                    inner.span,
                    format!(
                        "an index is a string or a number, not {}",
                        super::super::call::describe(value)
                    ),
                ),
                name: None,
                carried: false,
            }))),
        }
    }

    fn find(&mut self, path: &Path, keys: &[Key], dynamic: bool) -> Outcome<Value> {
        let file = self.file;
        let live = self.live();
        if let Some(slot) = lookup(&live.frames, &path.root, keys) {
            return match slot {
                Slot::Value(value) => Ok(value),
                Slot::Failed => Err(Stop::Fault),
                Slot::Unset(missing) => {
                    // The place is that of the use, the reason that of the assignment.
                    let mut problem = missing.problem.clone();
                    problem.span = path.span;
                    Err(Stop::Unset(Arc::new(Missing {
                        file,
                        problem,
                        name: missing.name.clone(),
                        carried: true,
                    })))
                }
            };
        }
        let found = live.roots.get_mut(&path.root).and_then(|root| {
            root.read = true;
            root.whole |= keys.is_empty() || dynamic;
            follow(root.value.as_ref()?, keys)
        });
        if !keys.is_empty() && !dynamic {
            let address = std::ptr::from_ref(path) as usize;
            live.paths
                .entry(address)
                .or_insert_with(|| path.text.clone());
        }
        match found {
            Some(value) => Ok(value),
            None => Err(Stop::Unset(Arc::new(self.undefined(path, keys)))),
        }
    }

    /// What to say of a variable that has no value.
    fn undefined(&mut self, path: &Path, keys: &[Key]) -> Missing {
        let file = self.file;
        let live = self.live();
        let mut problem = Problem::new(
            Code::T102,
            path.span,
            format!("undefined variable `{}`", short(&path.text)),
        );
        let mut name = Some(path.root.clone());
        // How far does it lead?
        let base = |keys: &[Key]| match lookup(&live.frames, &path.root, keys) {
            Some(Slot::Value(value)) => Some(value),
            Some(_) => None,
            None => live
                .roots
                .get(&path.root)
                .and_then(|root| follow(root.value.as_ref()?, keys)),
        };
        let reached = (0..keys.len())
            .rev()
            .find_map(|length| base(&keys[..length]).map(|value| (length, value)));
        if let Some((length, value)) = reached {
            name = None;
            let key = keys[length].key.to_string();
            let owner = if length == 0 { &path.root } else { &path.text };
            let owner: &str = if length == 0 { owner } else { "it" };
            problem.label = Some(match (value.kind(), length) {
                (minijinja::value::ValueKind::Map, 0) => format!("`{owner}` has no `{key}`"),
                (minijinja::value::ValueKind::Map, _) => format!("there is no `{key}` in it"),
                _ => format!(
                    "it is {}, which has no `{key}`",
                    super::super::call::describe(&value)
                ),
            });
            if value.kind() == minijinja::value::ValueKind::Map {
                let known: Vec<String> = value
                    .try_iter()
                    .into_iter()
                    .flatten()
                    .map(|key| key.to_string())
                    .collect();
                match nearest(&key, known.iter().map(String::as_str)) {
                    Some(near) if length + 1 == keys.len() => {
                        problem = problem.meant_last(&key, near);
                    }
                    near => problem.help = near.map(did_you_mean),
                }
            }
        }
        Missing {
            file,
            problem,
            name,
            carried: false,
        }
    }

    /// All that can be seen, as JSON over several lines.
    fn everything(&mut self, path: &Path) -> Outcome<Value> {
        let live = self.live();
        let (locals, isolated) = visible(&live.frames);
        let mut all = std::collections::BTreeMap::new();
        if !isolated {
            for (name, root) in &mut live.roots {
                root.read = true;
                root.whole = true;
                if let Some(value) = &root.value {
                    all.insert(name.clone(), value.clone());
                }
            }
        }
        // Outer ones win, as they do in Tera.
        for (name, value) in locals {
            match value {
                Some(value) => all.insert(name, value),
                None => all.remove(&name),
            };
        }
        let value = Value::from(all);
        self.with_host(path.span, |host| {
            let mut text = json::Text::new(host);
            text.json(&value, true)?;
            Ok(text.finish().into())
        })
    }
}
