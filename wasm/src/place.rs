//! Places in UTF-16, for the texts that a report speaks of.

use std::cell::RefCell;
use std::sync::Arc;

use clnrm_core::checker::Renders;
use clnrm_core::source::{Source, Utf16Index};
use clnrm_core::{diagnostic, source};

use crate::view::{Position, Range};

/// Finds a source by its name.
pub type Find<'a> = dyn Fn(&str) -> Option<Arc<Source>> + 'a;

/// The texts of a report.
pub struct Places<'a> {
    find: &'a Find<'a>,
    renders: &'a Renders,
    /// Of the rendered texts that were asked for, by combination.
    indices: RefCell<Vec<(usize, Utf16Index)>>,
}

impl<'a> Places<'a> {
    /// Places in files that `find` knows, and in what was rendered.
    pub fn new(find: &'a Find<'a>, renders: &'a Renders) -> Self {
        Self {
            find,
            renders,
            indices: RefCell::default(),
        }
    }

    /// The text of a file; `None` if it is gone.
    pub fn file(&self, name: &str) -> Option<Arc<Source>> {
        (self.find)(name)
    }

    /// A place in a file. In one that is gone there is one place only: its beginning.
    pub fn position(&self, source: Option<&Source>, position: source::Position) -> Position {
        let units = source.map(|source| source.utf16().units(&source.text, position.offset));
        Position::new(position, units.unwrap_or(0))
    }

    /// A range of the text of a combination.
    pub fn rendered(&self, range: diagnostic::Range, combination: usize) -> Range {
        let diagnostic::Range { start, end } = range;
        let text = self.renders.text(combination).map_or("", |(text, _)| text);
        let mut indices = self.indices.borrow_mut();
        let known = indices.iter().position(|(known, _)| *known == combination);
        let at = known.unwrap_or_else(|| {
            indices.push((combination, Utf16Index::new(text)));
            indices.len() - 1
        });
        let index = &indices[at].1;
        Range {
            start: Position::new(start, index.units(text, start.offset)),
            end: Position::new(end, index.units(text, end.offset)),
        }
    }
}
