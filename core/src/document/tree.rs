//! The tree: tables, keys, values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::source::Span;

/// A key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key<'t> {
    /// What it says.
    pub name: Cow<'t, str>,
    /// Where; with its quotes.
    pub span: Span,
}

/// A value and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Node<'t> {
    /// What it is.
    pub kind: Kind<'t>,
    /// Where. Of a table with a header: the header.
    pub span: Span,
    /// A placeholder or a syntax error lies within it, or within its key.
    pub touched: bool,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub enum Kind<'t> {
    /// A text.
    String(Cow<'t, str>),
    /// A whole number. Numbers beyond what this holds are its greatest or least one.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A date, a time or both, as written.
    Datetime(&'t str),
    /// Values in brackets, or tables under the same `[[header]]`.
    Array(Array<'t>),
    /// A table.
    Table(Table<'t>),
    /// It does not parse.
    Damaged,
}

/// Values in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Array<'t> {
    /// The values.
    pub items: Vec<Node<'t>>,
    /// Made by `[[headers]]`.
    pub of_tables: bool,
    /// Something between its brackets was lost.
    pub incomplete: bool,
}

/// How a table came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Origin {
    /// The document itself.
    #[default]
    Root,
    /// `[header]`.
    Header,
    /// As the parent of another table's header.
    Implied,
    /// By a dotted key.
    Dotted,
    /// `{ … }`.
    Inline,
    /// By a dotted key within `{ … }`.
    InlineDotted,
}

/// A table.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Table<'t> {
    entries: Vec<Entry<'t>>,
    /// Of large tables only.
    index: Option<BTreeMap<Cow<'t, str>, usize>>,
    /// How it came to be.
    pub origin: Origin,
    /// Where it is said that something is missing from it: the name within its header, its opening
    /// brace, or the key that implied it.
    pub name: Span,
    /// A statement in it was lost, so that keys may be missing.
    pub incomplete: bool,
}

/// A key with its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry<'t> {
    /// The key.
    pub key: Key<'t>,
    /// The value.
    pub value: Node<'t>,
}

/// Tables with more entries have an index.
const INDEXED: usize = 16;

impl<'t> Table<'t> {
    /// An empty table.
    #[must_use]
    pub fn new(origin: Origin, name: Span) -> Self {
        Self {
            origin,
            name,
            ..Self::default()
        }
    }

    /// A table of these entries, whose keys must differ.
    pub(super) fn of(entries: Vec<Entry<'t>>, origin: Origin, name: Span) -> Self {
        let mut table = Self {
            entries,
            ..Self::new(origin, name)
        };
        if table.entries.len() > INDEXED {
            table.build_index();
        }
        table
    }

    fn build_index(&mut self) {
        let names = self.entries.iter().enumerate();
        self.index = Some(names.map(|(at, e)| (e.key.name.clone(), at)).collect());
    }

    /// Its entries, in order of place. (A table that a header implied before its own header stands
    /// where its own one is in a text without errors, and where it was implied in any other.)
    #[must_use]
    pub fn entries(&self) -> &[Entry<'t>] {
        &self.entries
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node<'t>> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// A key with its value.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry<'t>> {
        self.position(name).map(|at| &self.entries[at])
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.entries.iter().position(|entry| entry.key.name == name),
        }
    }

    pub(super) fn at(&self, at: usize) -> &Entry<'t> {
        &self.entries[at]
    }

    pub(super) fn at_mut(&mut self, at: usize) -> &mut Entry<'t> {
        &mut self.entries[at]
    }

    /// Adds an entry, whose key must be new.
    pub(super) fn push(&mut self, key: Key<'t>, value: Node<'t>) -> usize {
        let at = self.entries.len();
        if at == 0 && !matches!(self.origin, Origin::Header | Origin::Inline) {
            // Most of these have one entry only.
            self.entries.reserve_exact(1);
        }
        if let Some(index) = &mut self.index {
            index.insert(key.name.clone(), at);
        }
        self.entries.push(Entry { key, value });
        if self.index.is_none() && self.entries.len() > INDEXED {
            self.build_index();
        }
        at
    }
}

impl<'t> Node<'t> {
    /// What a message calls it, such as `a string`.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::String(_) => "a string",
            Kind::Integer(_) => "an integer",
            Kind::Float(_) => "a float",
            Kind::Boolean(_) => "a boolean",
            Kind::Datetime(_) => "a date-time",
            Kind::Array(array) if array.of_tables => "an array of tables",
            Kind::Array(_) => "an array",
            Kind::Table(_) => "a table",
            Kind::Damaged => "damaged",
        }
    }

    /// Its text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The table, if it is one.
    #[must_use]
    pub const fn as_table(&self) -> Option<&Table<'t>> {
        match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The values, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::Array(array) => Some(&array.items),
            _ => None,
        }
    }
}
