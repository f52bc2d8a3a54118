//! Fixes of diagnostics, applied to the texts they are about.
//!
//! A fix is applied whole or not at all: not if one of its edits lies outside its text, or touches an
//! edit of a fix that came before it. What is left over shows again in the next check, and can be
//! applied then.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Edit, Fix};

/// Texts after fixes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fixed {
    /// The texts that changed, by name.
    pub texts: BTreeMap<Arc<str>, String>,
    /// How many fixes were applied; equal ones count once.
    pub applied: usize,
}

/// An edit in bytes of its text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    start: usize,
    end: usize,
    text: String,
}

impl Change {
    fn of(edit: &Edit) -> Self {
        Self {
            start: edit.location.start.offset,
            end: edit.location.end.offset,
            text: edit.text.clone(),
        }
    }

    const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether both cannot be made: they share a byte, or insert at the same place.
    const fn touches(&self, other: &Self) -> bool {
        if self.start == self.end || other.start == other.end {
            self.start <= other.end && other.start <= self.end
        } else {
            self.start < other.end && other.start < self.end
        }
    }
}

/// Applies fixes in order. `text` gives the text of a name, or `None` where nobody may write (the
/// library that comes with the program).
pub fn apply<'f>(
    fixes: impl IntoIterator<Item = &'f Fix>,
    text: impl Fn(&str) -> Option<Arc<str>>,
) -> Fixed {
    let mut before: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    let mut changes: BTreeMap<Arc<str>, BTreeSet<Change>> = BTreeMap::new();
    let mut applied = 0;
    for fix in fixes {
        for edit in &fix.edits {
            let name = &edit.location.file;
            if !before.contains_key(name)
                && let Some(text) = text(name)
            {
                before.insert(name.clone(), text);
            }
        }
        let fits = |edit: &Edit| {
            let change = Change::of(edit);
            let name = &edit.location.file;
            let inside = before
                .get(name)
                .is_some_and(|text| text.get(change.range()).is_some());
            let others = changes.get(name);
            inside
                && others.is_none_or(|others| {
                    others.contains(&change) || !others.iter().any(|other| other.touches(&change))
                })
        };
        let known = |edit: &Edit| {
            let others = changes.get(&edit.location.file);
            others.is_some_and(|others| others.contains(&Change::of(edit)))
        };
        if fix.edits.is_empty() || !fix.edits.iter().all(fits) || fix.edits.iter().all(known) {
            continue;
        }
        applied += 1;
        for edit in &fix.edits {
            changes
                .entry(edit.location.file.clone())
                .or_default()
                .insert(Change::of(edit));
        }
    }
    let mut texts = BTreeMap::new();
    for (name, changes) in changes {
        if let Some(text) = before.get(&name) {
            texts.insert(name, edited(text, &changes));
        }
    }
    Fixed { texts, applied }
}

/// `changes` are in order of place and do not touch each other.
fn edited(text: &str, changes: &BTreeSet<Change>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for change in changes {
        out.push_str(&text[at..change.start]);
        out.push_str(&change.text);
        at = change.end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Location;
    use crate::source::LineIndex;
    use proptest::prelude::*;

    fn fix(text: &str, edits: &[(usize, usize, &str)]) -> Fix {
        let index = LineIndex::new(text);
        let edit = |(start, end, new): &(usize, usize, &str)| Edit {
            location: Location {
                file: "a".into(),
                start: index.position(text, *start),
                end: index.position(text, *end),
            },
            text: (*new).to_owned(),
        };
        Fix {
            safe: true,
            edits: edits.iter().map(edit).collect(),
        }
    }

    fn applied(text: &str, fixes: &[&[(usize, usize, &str)]]) -> (usize, String) {
        let fixes: Vec<Fix> = fixes.iter().map(|edits| fix(text, edits)).collect();
        let fixed = apply(&fixes, |name| (name == "a").then(|| text.into()));
        let text = fixed.texts.get("a").map_or(text, |text| text);
        (fixed.applied, text.to_owned())
    }

    #[test]
    fn edits_are_made_wherever_they_stand() {
        let fixes: &[&[_]] = &[
            &[(8, 11, "THREE"), (0, 3, "1")],
            &[(4, 4, "+")],
            &[(7, 8, "")],
        ];
        assert_eq!(applied("one two three", fixes), (3, "1 +twoTHREEee".into()));
    }

    #[test]
    fn a_fix_that_touches_another_waits_whole() {
        let first: &[_] = &[(0, 3, "1")];
        assert_eq!(
            applied("one two", &[first, &[(4, 7, "2"), (2, 3, "x")]]),
            (1, "1 two".into())
        );
        assert_eq!(
            applied("one two", &[first, &[(3, 3, "x")]]),
            (1, "1 two".into())
        );
        assert_eq!(
            applied("one two", &[first, &[(3, 4, "_")]]),
            (2, "1_two".into())
        );
    }

    #[test]
    fn the_same_fix_twice_is_one() {
        assert_eq!(
            applied("one", &[&[(0, 3, "1")], &[(0, 3, "1")]]),
            (1, "1".into())
        );
        let both: &[_] = &[(0, 1, "O"), (2, 3, "E")];
        assert_eq!(applied("one", &[&[(0, 1, "O")], both]), (2, "OnE".into()));
    }

    #[test]
    fn texts_that_nobody_may_write_stay() {
        let mut foreign = fix("text", &[(0, 1, "T")]);
        foreign.edits[0].location.file = "<clnrm>/_macros.toml.tera".into();
        let fixed = apply([&foreign], |name| (name == "a").then(|| "text".into()));
        assert_eq!(fixed, Fixed::default());
    }

    proptest! {
        #[test]
        fn no_edit_panics_and_what_is_outside_of_all_stays(
            text in "[aé\n]{0,12}",
            edits in prop::collection::vec((0..16_usize, 0..16_usize, "[xy]{0,2}"), 0..6),
        ) {
            let fixes: Vec<Fix> = edits
                .iter()
                .map(|(start, end, new)| {
                    let mut fix = fix(&text, &[(0, 0, new)]);
                    fix.edits[0].location.start.offset = *start;
                    fix.edits[0].location.end.offset = *end;
                    fix
                })
                .collect();
            let fixed = apply(&fixes, |_| Some(text.as_str().into()));
            let after = fixed.texts.get("a").map_or(&*text, |text| text);
            let old = |text: &str| text.chars().filter(|c| !matches!(c, 'x' | 'y')).count();
            prop_assert!(old(after) <= old(&text));
            prop_assert!(fixed.applied > 0 || after == text);
        }
    }
}
