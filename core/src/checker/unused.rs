//! Variables that nothing reads (`T121`), and loops over a value of the matrix (`T106`): both are
//! told by looking at tags, since a render only shows what one combination of conditions read.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::diagnostic::{Anchor, Code, Finding};
use crate::source::Source;
use crate::template::matrix::Axis;
use crate::template::prelude::Own;
use crate::template::scan::{Scan, TagKind};

/// The words of all tags of some files: what can be read under any condition.
#[derive(Debug, Default)]
pub(super) struct Words<'a> {
    words: HashSet<&'a str>,
    /// Any variable may be read: by a computed name, or all together.
    all: bool,
}

impl<'a> Words<'a> {
    /// Of `files`. `nested` are the paths that a render looked up.
    pub(super) fn of(
        files: &'a BTreeMap<Arc<str>, Arc<Source>>,
        nested: &BTreeSet<Arc<str>>,
    ) -> Self {
        let mut words = Self {
            all: nested.contains("vars"),
            ..Self::default()
        };
        for file in files.values() {
            if words.all {
                break;
            }
            let text = &*file.text;
            for tag in Scan::of(text).tags {
                if tag.kind == TagKind::Comment {
                    continue;
                }
                let tag = tag.span.of(text);
                words.all |= reads_all(tag);
                let parts = tag.split(|c: char| !c.is_alphanumeric() && c != '_');
                words.words.extend(parts.filter(|word| !word.is_empty()));
            }
        }
        words
    }

    /// Whether something may read the variable `name`.
    pub(super) fn read(&self, name: &str) -> bool {
        self.all || self.words.contains(name)
    }
}

/// Whether a tag may read any variable: `vars` as a whole, or by a computed name.
fn reads_all(tag: &str) -> bool {
    tag.match_indices("vars").any(|(at, word)| {
        let before = tag[..at].chars().next_back();
        let after = &tag[at + word.len()..];
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        !before.is_some_and(part)
            && !after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
    })
}

/// `T121` for the entries of the file's own `[vars]`. `read` are names that were looked up for sure.
pub(super) fn own(
    entry: &Arc<Source>,
    own: &[Own],
    read: &BTreeSet<Arc<str>>,
    nested: &BTreeSet<Arc<str>>,
    files: &BTreeMap<Arc<str>, Arc<Source>>,
) -> Vec<Finding> {
    let mut unread = own
        .iter()
        .filter(|own| !read.contains(&own.name))
        .peekable();
    if unread.peek().is_none() {
        return Vec::new();
    }
    let words = Words::of(files, nested);
    unread
        .filter(|own| !words.read(&own.name))
        .map(|own| {
            Finding::at(
                Code::T121,
                Anchor::Source(entry.name.clone(), own.span),
                format!("nothing reads the variable `{}`", own.name),
            )
            .label("never read")
        })
        .collect()
}

/// `T121` for a `--var`.
pub(super) fn command_line(entry: &Arc<Source>, name: &str) -> Finding {
    Finding::at(
        Code::T121,
        Anchor::Source(entry.name.clone(), crate::source::Span::at(0)),
        format!("nothing reads the variable `{name}` of the command line"),
    )
}

/// `T106` for a loop over `matrix.x` where that is one value.
pub(super) fn loop_over_axis(entry: &Arc<Source>, scan: &Scan, axes: &[Axis]) -> Option<Finding> {
    for tag in scan.tags.iter().filter(|tag| tag.kind == TagKind::Block) {
        let words: Vec<&str> = tag
            .span
            .of(&entry.text)
            .trim_matches(['{', '}', '%', '-', ' ', '\t', '\n', '\r'])
            .split_whitespace()
            .collect();
        let looped = match words.as_slice() {
            ["for", .., "in", over] => over,
            _ => continue,
        };
        let axis = looped
            .strip_prefix("matrix.")
            .and_then(|name| axes.iter().find(|axis| *axis.name == *name));
        if let Some(axis) = axis {
            let name = &axis.name;
            return Some(
                Finding::at(
                    Code::T106,
                    Anchor::Source(entry.name.clone(), tag.span),
                    format!("`matrix.{name}` is one value of the matrix, not a list"),
                )
                .help(format!(
                    "`matrix_all.{name}` is the list; a list to loop over that makes no runs belongs in `[template.matrix]`"
                )),
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_vars_as_a_whole_reads_everything() {
        assert!(reads_all("{% for k, v in vars %}"));
        assert!(reads_all("{{ vars[name] }}"));
        assert!(reads_all("{{ vars | json_encode }}"));
        assert!(!reads_all("{{ vars.x }}"));
        assert!(!reads_all("{{ my_vars }}"));
        assert!(!reads_all("{{ x.vars }}"));
    }
}
