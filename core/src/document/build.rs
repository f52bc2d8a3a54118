//! Puts statements together into the tree, and finds what is set twice.

use super::scalar::short;
use super::tree::{Array, Key, Kind, Node, Origin, Table};
use crate::source::Span;

/// Something is there already.
#[derive(Debug)]
pub(super) struct Conflict {
    pub span: Span,
    pub message: String,
    pub label: &'static str,
    /// Where it was first set.
    pub first: Option<(Span, &'static str)>,
}

/// A header as it was read.
pub(super) struct Header<'t> {
    pub path: Vec<Key<'t>>,
    /// `[[…]]`.
    pub is_array: bool,
    /// With its brackets.
    pub span: Span,
    /// Without them.
    pub name: Span,
    pub touched: bool,
}

/// What became of a header.
enum Placed {
    /// Its table is the current one.
    There,
    /// So it is, but it was defined before.
    Again(Conflict),
    /// It cannot be put into the tree, for a reason that is known already.
    Nowhere,
}

pub(super) struct Builder<'t, 'o> {
    pub root: Table<'t>,
    /// Positions of entries from the root to the table that statements go to.
    current: Vec<usize>,
    /// The current table was defined before: what is set again is no second finding.
    again: bool,
    /// The current table could not be put into the tree.
    detached: Option<Table<'t>>,
    from_macro: &'o dyn Fn(Span) -> bool,
    /// Tables that macros wrote were put together.
    pub merged: bool,
}

impl<'t, 'o> Builder<'t, 'o> {
    pub fn new(from_macro: &'o dyn Fn(Span) -> bool) -> Self {
        Self {
            root: Table::default(),
            current: Vec::new(),
            again: false,
            detached: None,
            from_macro,
            merged: false,
        }
    }

    /// The table that statements go to.
    pub fn current(&mut self) -> &mut Table<'t> {
        if let Some(detached) = &mut self.detached {
            return detached;
        }
        let mut table = &mut self.root;
        for at in &self.current {
            // The path leads through tables only: `open` made it, and nothing replaces a table.
            let Some(next) = inner(&mut table.at_mut(*at).value) else {
                unreachable!("the path of a header leads through tables");
            };
            table = next;
        }
        table
    }

    /// Statements go nowhere until the next header.
    pub fn detach(&mut self) {
        self.again = false;
        self.detached = Some(Table::new(Origin::Header, Span::default()));
    }

    /// Opens the table of a header.
    pub fn open(&mut self, header: Header<'t>) -> Result<(), Conflict> {
        self.again = false;
        self.detached = None;
        match self.place(header) {
            Ok(Placed::There) => Ok(()),
            Ok(Placed::Again(conflict)) => {
                self.again = true;
                Err(conflict)
            }
            Ok(Placed::Nowhere) => {
                self.detach();
                Ok(())
            }
            Err(conflict) => {
                self.detach();
                Err(conflict)
            }
        }
    }

    fn place(&mut self, mut header: Header<'t>) -> Result<Placed, Conflict> {
        let Some(last) = header.path.pop() else {
            return Ok(Placed::Nowhere);
        };
        let names: Vec<_> = header.path.iter().map(|key| key.name.clone()).collect();
        let merges = header.path.len() == 1 && header.path[0].name == "expect";
        let mut positions = Vec::with_capacity(header.path.len() + 1);
        let mut table = &mut self.root;
        for key in header.path {
            let at = match table.position(&key.name) {
                Some(at) => at,
                None => {
                    let node = Node {
                        kind: Kind::Table(Table::new(Origin::Implied, key.span)),
                        span: key.span,
                        touched: header.touched,
                    };
                    table.push(key.clone(), node)
                }
            };
            positions.push(at);
            let entry = table.at_mut(at);
            if matches!(entry.value.kind, Kind::Damaged) {
                return Ok(Placed::Nowhere);
            }
            let first = entry.key.span;
            let found = entry.value.describe();
            table = match inner(&mut entry.value) {
                Some(inner) if !is_inline(inner) => inner,
                Some(_) => return Err(closed(&key, first)),
                None => return Err(no_table(&key, found, first)),
            };
        }

        let fresh = Node {
            kind: Kind::Table(Table::new(Origin::Header, header.name)),
            span: header.span,
            touched: header.touched,
        };
        let Some(at) = table.position(&last.name) else {
            let node = if header.is_array {
                Node {
                    span: header.span,
                    touched: false,
                    kind: Kind::Array(Array {
                        items: vec![fresh],
                        of_tables: true,
                        incomplete: false,
                    }),
                }
            } else {
                fresh
            };
            positions.push(table.push(last, node));
            self.current = positions;
            return Ok(Placed::There);
        };

        positions.push(at);
        let entry = table.at_mut(at);
        let first = entry.key.span;
        let node = &mut entry.value;
        let merges = merges && ((self.from_macro)(header.span) || (self.from_macro)(node.span));
        self.merged |= merges;
        match &mut node.kind {
            Kind::Damaged => return Ok(Placed::Nowhere),
            Kind::Array(array) if array.of_tables && (header.is_array || merges) => {
                array.items.push(fresh);
            }
            Kind::Table(existing) if existing.origin == Origin::Implied && !header.is_array => {
                existing.origin = Origin::Header;
                existing.name = header.name;
                node.span = header.span;
                node.touched |= header.touched;
                entry.key = last;
            }
            Kind::Table(existing) if existing.origin == Origin::Header && merges => {
                let span = node.span;
                let kind = std::mem::replace(&mut node.kind, Kind::Damaged);
                let earlier = Node {
                    kind,
                    span,
                    touched: node.touched,
                };
                node.kind = Kind::Array(Array {
                    items: vec![earlier, fresh],
                    of_tables: true,
                    incomplete: false,
                });
            }
            Kind::Table(existing)
                if matches!(existing.origin, Origin::Header | Origin::Dotted)
                    && !header.is_array =>
            {
                let first = existing.name;
                // Another name may have been meant, which is then missing.
                table.incomplete = true;
                self.current = positions;
                return Ok(Placed::Again(Conflict {
                    span: header.name,
                    message: format!(
                        "the table `{}` is defined twice",
                        short(&dotted(&names, &last))
                    ),
                    label: "defined again here",
                    first: Some((first, "first defined here")),
                }));
            }
            _ => {
                let found = node.describe();
                let wanted = if header.is_array {
                    "an array of tables"
                } else {
                    "a table"
                };
                return Err(Conflict {
                    span: last.span,
                    message: format!("`{}` is {found} already, not {wanted}", short(&last.name)),
                    label: "defined again here",
                    first: Some((first, "first set here")),
                });
            }
        }
        self.current = positions;
        Ok(Placed::There)
    }

    /// Sets a key of the current table.
    pub fn set(&mut self, path: Vec<Key<'t>>, value: Node<'t>) -> Result<(), Conflict> {
        let again = self.again;
        match set(self.current(), path, value, false) {
            Err(_) if again => Ok(()),
            result => result,
        }
    }
}

fn dotted(names: &[std::borrow::Cow<'_, str>], last: &Key<'_>) -> String {
    let names = names.iter().map(AsRef::as_ref).chain([&*last.name]);
    names.collect::<Vec<_>>().join(".")
}

/// The table that headers and dotted keys below `node` go to.
fn inner<'n, 't>(node: &'n mut Node<'t>) -> Option<&'n mut Table<'t>> {
    match &mut node.kind {
        Kind::Table(table) => Some(table),
        Kind::Array(array) if array.of_tables => match &mut array.items.last_mut()?.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        },
        _ => None,
    }
}

const fn is_inline(table: &Table<'_>) -> bool {
    matches!(table.origin, Origin::Inline | Origin::InlineDotted)
}

/// Sets a (dotted) key of `table`.
pub(super) fn set<'t>(
    mut table: &mut Table<'t>,
    mut path: Vec<Key<'t>>,
    value: Node<'t>,
    inline: bool,
) -> Result<(), Conflict> {
    let Some(last) = path.pop() else {
        return Ok(());
    };
    let origin = if inline {
        Origin::InlineDotted
    } else {
        Origin::Dotted
    };
    for key in path {
        let at = match table.position(&key.name) {
            Some(at) => at,
            None => {
                let node = Node {
                    kind: Kind::Table(Table::new(origin, key.span)),
                    span: key.span,
                    touched: value.touched,
                };
                table.push(key.clone(), node)
            }
        };
        let entry = table.at_mut(at);
        let first = entry.key.span;
        let found = entry.value.describe();
        table = match &mut entry.value.kind {
            Kind::Damaged => return Ok(()),
            Kind::Table(inner) => {
                let implied = inner.origin == Origin::Implied && !inline;
                if inner.origin != origin && !implied {
                    return Err(if is_inline(inner) {
                        closed(&key, first)
                    } else {
                        Conflict {
                            span: key.span,
                            message: format!(
                                "the table `{}` has a header already",
                                short(&key.name)
                            ),
                            label: "extended here",
                            first: Some((inner.name, "first defined here")),
                        }
                    });
                }
                inner
            }
            _ => return Err(no_table(&key, found, first)),
        };
    }
    if let Some(at) = table.position(&last.name) {
        let first = &table.at(at).key;
        return Err(Conflict {
            span: last.span,
            message: format!("`{}` is set twice", short(&last.name)),
            label: "set again here",
            first: Some((first.span, "first set here")),
        });
    }
    table.push(last, value);
    Ok(())
}

fn closed(key: &Key<'_>, first: Span) -> Conflict {
    Conflict {
        span: key.span,
        message: format!(
            "`{}` is an inline table, to which nothing can be added",
            short(&key.name)
        ),
        label: "extended here",
        first: Some((first, "first set here")),
    }
}

fn no_table(key: &Key<'_>, found: &str, first: Span) -> Conflict {
    Conflict {
        span: key.span,
        message: format!("`{}` is {found} already, not a table", short(&key.name)),
        label: "used as a table here",
        first: Some((first, "first set here")),
    }
}
