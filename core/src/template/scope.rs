//! Variables while a template renders, as Tera scopes them.
//!
//! A file is a frame, and so is each include, macro call and turn of a loop; `if`, blocks and filter
//! sections are none. A name is looked for from the innermost frame outwards, up to a macro (which
//! sees nothing of its caller) and then among the variables that the render was given. A path that
//! leads nowhere within a local variable goes on outwards too.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::evaluate::Missing;

/// What a variable holds.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Value(Value),
    /// A value that could not be had; why was reported already.
    Failed,
    /// No value, which is a fault only where it is used.
    Unset(Arc<Missing>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FrameKind {
    /// The file that is rendered.
    Origin,
    /// The file of this unit.
    Include(usize),
    Macro,
    /// Of the loop at this site.
    Loop(usize),
    /// A call that failed before it began.
    Failed,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub kind: FrameKind,
    pub variables: Vec<(Arc<str>, Slot)>,
    pub turn: Option<Turn>,
    /// The link that led here.
    pub link: u32,
    /// What it costs of the depth that is allowed.
    pub depth: usize,
}

/// Where a loop is.
#[derive(Debug)]
pub(super) struct Turn {
    pub key: Option<Arc<str>>,
    pub value: Arc<str>,
    pub items: Items,
    /// From 0; the first turn has not begun while this is `None`.
    pub index: Option<usize>,
    /// Bytes of literal text that a turn writes at most.
    pub raw: u64,
}

#[derive(Debug)]
pub(super) enum Items {
    List(Vec<Value>),
    Entries(Vec<(String, Value)>),
}

impl Items {
    pub fn len(&self) -> usize {
        match self {
            Self::List(items) => items.len(),
            Self::Entries(entries) => entries.len(),
        }
    }

    fn value(&self, index: usize) -> Option<Value> {
        match self {
            Self::List(items) => items.get(index).cloned(),
            Self::Entries(entries) => entries.get(index).map(|(_, value)| value.clone()),
        }
    }

    fn key(&self, index: usize) -> Option<Value> {
        match self {
            Self::List(_) => None,
            Self::Entries(entries) => entries.get(index).map(|(key, _)| key.as_str().into()),
        }
    }
}

/// A step into a value.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub key: Value,
    pub index: Option<usize>,
}

/// What stands at the end of `steps`.
pub(super) fn follow(value: &Value, steps: &[Key]) -> Option<Value> {
    let Some((first, rest)) = steps.split_first() else {
        return Some(value.clone());
    };
    let next = match value.kind() {
        ValueKind::Map => value.get_item(&first.key).ok()?,
        ValueKind::Seq | ValueKind::Iterable => value.get_item_by_index(first.index?).ok()?,
        _ => return None,
    };
    if next.is_undefined() {
        return None;
    }
    follow(&next, rest)
}

impl Frame {
    pub const fn new(kind: FrameKind, link: u32, depth: usize) -> Self {
        Self {
            kind,
            variables: Vec::new(),
            turn: None,
            link,
            depth,
        }
    }

    pub fn set(&mut self, name: Arc<str>, slot: Slot) {
        match self.variables.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = slot,
            None => self.variables.push((name, slot)),
        }
    }

    /// What this frame knows of a path.
    fn find(&self, root: &str, steps: &[Key]) -> Option<Slot> {
        let known = self.variables.iter().find(|(name, _)| **name == *root);
        if let Some((_, slot)) = known {
            match slot {
                Slot::Value(value) => {
                    if let Some(value) = follow(value, steps) {
                        return Some(Slot::Value(value));
                    }
                }
                slot => return Some(slot.clone()),
            }
        }
        let turn = self.turn.as_ref()?;
        let index = turn.index?;
        if steps.is_empty() && turn.key.as_deref() == Some(root) {
            return turn.items.key(index).map(Slot::Value);
        }
        if root == "loop" {
            let [step] = steps else { return None };
            let value = match step.key.as_str()? {
                "index" => Value::from(index + 1),
                "index0" => Value::from(index),
                "first" => Value::from(index == 0),
                "last" => Value::from(index + 1 == turn.items.len()),
                _ => return None,
            };
            return Some(Slot::Value(value));
        }
        if *turn.value == *root {
            return follow(&turn.items.value(index)?, steps).map(Slot::Value);
        }
        None
    }
}

/// What the frames know of a path; `None`: ask the variables that were given.
pub(super) fn lookup(frames: &[Frame], root: &str, steps: &[Key]) -> Option<Slot> {
    for frame in frames.iter().rev() {
        if let Some(slot) = frame.find(root, steps) {
            return Some(slot);
        }
        if matches!(frame.kind, FrameKind::Macro | FrameKind::Origin) {
            break;
        }
    }
    None
}

/// A local variable, with its value if it has one.
pub(super) type Local = (Arc<str>, Option<Value>);

/// The local variables that can be seen, and whether the search ended at a macro.
pub(super) fn visible(frames: &[Frame]) -> (Vec<Local>, bool) {
    let mut found = Vec::new();
    for frame in frames.iter().rev() {
        for (name, slot) in &frame.variables {
            let value = match slot {
                Slot::Value(value) => Some(value.clone()),
                _ => None,
            };
            found.push((name.clone(), value));
        }
        if let Some(turn) = &frame.turn {
            let index = turn.index.unwrap_or(0);
            found.push((turn.value.clone(), turn.items.value(index)));
            if let Some(key) = &turn.key {
                found.push((key.clone(), turn.items.key(index)));
            }
        }
        if frame.kind == FrameKind::Macro {
            return (found, true);
        }
    }
    (found, false)
}
