//! Walks over a table by the table of the format that describes it: unknown keys, keys set under two
//! names, missing ones.

use std::cell::{Cell, RefCell};

use super::context::{Context, Report};
use super::schema::{Alias, Field, Form, Section};
use crate::diagnostic::Code;
use crate::document::{Entry, Key, Kind, Node, Origin, Table};
use crate::source::Span;
use crate::suggest::{self, did_you_mean};

/// A setting as it stands in the file.
#[derive(Clone, Copy)]
pub(super) struct Item<'a, 't> {
    /// Today's name.
    pub name: &'static str,
    /// The key as written.
    pub key: &'a Key<'t>,
    pub node: &'a Node<'t>,
    /// The other name under which it stands.
    pub alias: Option<&'static Alias>,
}

impl Item<'_, '_> {
    /// What its value means under the name it has.
    pub fn form(&self) -> Form {
        self.alias.map_or(Form::Welcome, |alias| alias.form)
    }
}

/// A walk over one table.
pub(super) struct Reader<'a, 't> {
    pub cx: &'a Context<'a, 't>,
    pub table: &'a Table<'t>,
    pub section: &'static Section,
    parent: Option<&'a Reader<'a, 't>>,
    /// The key in the parent.
    name: &'a str,
    lost: Cell<bool>,
    /// Nothing is said of what is missing.
    excused: Cell<bool>,
    /// Settings that unknown keys were probably meant to be, and the findings that say so.
    misspelt: RefCell<Vec<(&'static str, Option<usize>)>>,
}

impl<'a, 't> Reader<'a, 't> {
    /// The document's own table.
    pub fn root(cx: &'a Context<'a, 't>, section: &'static Section) -> Self {
        Self {
            cx,
            table: &cx.document.root,
            section,
            parent: None,
            name: "",
            lost: Cell::new(false),
            excused: Cell::new(false),
            misspelt: RefCell::default(),
        }
    }

    /// A table within this one, under `name`.
    pub fn within<'b>(
        &'b self,
        name: &'b str,
        table: &'b Table<'t>,
        section: &'static Section,
    ) -> Reader<'b, 't> {
        Reader {
            cx: self.cx,
            table,
            section,
            parent: Some(self),
            name,
            lost: Cell::new(table.incomplete),
            excused: Cell::new(false),
            misspelt: RefCell::default(),
        }
    }

    /// Notes that a value of this table is not known.
    pub fn lose(&self) {
        self.lost.set(true);
    }

    /// Says nothing of what is missing: the table is meant for something else.
    pub fn excuse(&self) {
        self.excused.set(true);
        self.lose();
    }

    /// Whether something of this table is not known.
    pub fn is_incomplete(&self) -> bool {
        self.lost.get() || self.table.incomplete
    }

    /// The table as a sentence names it, such as `[service.api]`.
    pub fn place(&self) -> String {
        let path = self.path();
        let before = self.cx.text[..self.header_start()].trim_end();
        if path.is_empty() {
            "the file".to_owned()
        } else if before.ends_with("[[") {
            format!("[[{path}]]")
        } else {
            format!("[{path}]")
        }
    }

    fn header_start(&self) -> usize {
        if self.table.origin == Origin::Header {
            self.table.name.start
        } else {
            0
        }
    }

    fn path(&self) -> String {
        if self.table.origin == Origin::Header {
            return self.table.name.of(self.cx.text).to_owned();
        }
        match self.parent {
            None => String::new(),
            Some(parent) => {
                let above = parent.path();
                if above.is_empty() {
                    self.name.to_owned()
                } else {
                    format!("{above}.{}", self.name)
                }
            }
        }
    }

    /// Calls `each` for every setting that the format knows, in order of file. Reports the keys that
    /// it does not know, and settings that stand under two names.
    pub fn each(&self, mut each: impl FnMut(Item<'a, 't>)) {
        let table: &'a Table<'t> = self.table;
        let mut seen: Vec<(usize, &'a Entry<'t>)> = Vec::new();
        for entry in table.entries() {
            let Some((at, field, alias)) = self.section.find(&entry.key.name) else {
                if !self.section.open {
                    self.unknown(entry);
                }
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|(seen, _)| *seen == at) {
                if !merges(field) {
                    self.again(first, entry);
                    continue;
                }
            } else {
                seen.push((at, entry));
            }
            if entry.value.touched {
                self.lose();
            }
            each(Item {
                name: field.name,
                key: &entry.key,
                node: &entry.value,
                alias,
            });
        }
        self.missing(&seen);
    }

    /// A setting stands under two names; if both say the same, nothing is wrong.
    fn again(&self, first: &Entry<'t>, second: &Entry<'t>) {
        if first.value.kind == second.value.kind || second.value.touched {
            return;
        }
        self.cx
            .report(
                Code::S102,
                second.key.span,
                format!(
                    "`{}` sets again what `{}` sets",
                    second.key.name, first.key.name
                ),
            )
            .label("set again here")
            .note(first.key.span, "first set here");
    }

    fn missing(&self, seen: &[(usize, &Entry<'t>)]) {
        for (at, field) in self.section.fields.iter().enumerate() {
            if field.required && !seen.iter().any(|(seen, _)| *seen == at) {
                self.report_missing(&[field.name]);
            }
        }
    }

    /// Reports that a setting is missing: the first of `names`, one of which must be there. Nothing is
    /// said where a statement was lost; where one of them is misspelt, that is what is said.
    pub fn report_missing(&self, names: &[&'static str]) {
        let silent = self.table.incomplete || self.excused.get();
        let Some(name) = names.first().filter(|_| !silent) else {
            return;
        };
        if self.is_misspelt(names) {
            return;
        }
        let name_span = self.table.name;
        let report = self.cx.report(
            Code::C101,
            name_span,
            format!("{} has no `{name}`", self.place()),
        );
        if let Some((_, field, _)) = self.section.find(name) {
            let help = match sample(&field.kind) {
                Some(sample) => format!("write `{name} = {sample}`: {}", lower(field.doc)),
                None => format!("`{name}`: {}", lower(field.doc)),
            };
            report.help(help);
        }
    }

    /// Whether an unknown key was probably meant to be one of `names`, without which the table is at
    /// fault: then what was said of that key is an error.
    pub fn is_misspelt(&self, names: &[&'static str]) -> bool {
        let misspelt = self.misspelt.borrow();
        let found = misspelt.iter().find(|(name, _)| names.contains(name));
        if let Some((name, at)) = found {
            let report = self.cx.again(*at);
            let needs = format!("did you mean `{name}`? {} needs it", self.section.title);
            report.help(needs).raise();
        }
        found.is_some()
    }

    /// Reports a key that the format does not know.
    pub fn unknown(&self, entry: &Entry<'t>) {
        if entry.value.touched && matches!(entry.value.kind, Kind::Damaged) {
            // Its line is at fault already.
            return;
        }
        let name = &*entry.key.name;
        let nearest = self.nearest(name);
        let is_table = match &entry.value.kind {
            Kind::Table(_) => true,
            Kind::Array(array) => array.of_tables,
            _ => false,
        };
        let what = if is_table && self.parent.is_none() {
            "table"
        } else {
            "field"
        };
        let place = if self.parent.is_none() {
            String::new()
        } else {
            format!(" in {}", self.place())
        };
        let report = self
            .cx
            .report(
                Code::C103,
                entry.key.span,
                format!("unknown {what} `{name}`{place}"),
            )
            .label(format!("not a {what} of {}", self.section.title));
        if let Some((nearest, free)) = nearest {
            let report = report.help(did_you_mean(nearest));
            let known = self.section.find(nearest);
            if free || known.is_some_and(|(_, field, _)| merges(field)) {
                // What it was meant to set is not absent. (An expectation without it is judged all
                // the same where the author allows that.)
                let header = self.section.header;
                if !header.starts_with("expect") && !header.starts_with("otel_validation") {
                    self.lose();
                }
                self.misspelt.borrow_mut().push((nearest, report.at));
            }
            if free && is_single(&entry.value) {
                report.fix([(entry.key.span, nearest.to_owned())]);
            }
        }
    }

    /// The setting that was probably meant, and whether it is not set yet.
    fn nearest(&self, name: &str) -> Option<(&'static str, bool)> {
        let fields = self.section.fields.iter();
        let todays = fields.clone().map(|field| field.name);
        let others = fields.flat_map(|field| field.aliases.iter().map(|alias| alias.name));
        let nearest = suggest::nearest(name, todays).or_else(|| suggest::nearest(name, others))?;
        let (_, field, _) = self.section.find(nearest)?;
        let mut names = std::iter::once(field.name).chain(field.aliases.iter().map(|a| a.name));
        let free = !names.any(|name| self.table.get(name).is_some());
        Some((field.name, free))
    }

    /// Says that a form is an older one.
    pub fn old(&self, span: Span, message: impl Into<String>) -> Report<'a> {
        self.cx.report(Code::C117, span, message)
    }

    /// Says that a setting stands under an older name; the repair gives it today's.
    pub fn old_name(&self, item: &Item<'a, 't>) {
        let report = self.old(
            item.key.span,
            format!("`{}` is an older name of `{}`", item.key.name, item.name),
        );
        let report = report.help(format!("write `{}`", item.name));
        if self.is_renamable(item) {
            report.fix([(item.key.span, item.name.to_owned())]);
        }
    }
}

impl<'a, 't> Reader<'a, 't> {
    /// Whether the key can be given today's name: it stands in one place, and the setting under no
    /// other name beside it.
    pub fn is_renamable(&self, item: &Item<'a, 't>) -> bool {
        let names = self.table.entries().iter().filter(|entry| {
            let found = self.section.find(&entry.key.name);
            found.is_some_and(|(_, field, _)| field.name == item.name)
        });
        is_single(item.node) && names.count() == 1
    }
}

/// What a value of this kind looks like.
const fn sample(kind: &super::schema::Kind) -> Option<&'static str> {
    use super::schema::Kind;
    Some(match kind {
        Kind::Text | Kind::Scalar | Kind::Name | Kind::ServiceName | Kind::Pattern => "\"…\"",
        Kind::Image => "\"alpine:3.20\"",
        Kind::Command => "[\"echo\", \"hello\"]",
        Kind::Patterns | Kind::Texts => "[\"…\"]",
        _ => return None,
    })
}

/// A sentence of the format's tables, to go on with.
fn lower(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    match letters.next() {
        // Not a name in capitals.
        Some(first)
            if letters
                .clone()
                .next()
                .is_some_and(|next| !next.is_uppercase()) =>
        {
            first.to_lowercase().chain(letters).collect()
        }
        _ => sentence.to_owned(),
    }
}

/// Whether what stands under several names is put together.
const fn merges(field: &Field) -> bool {
    use super::schema::Kind;
    matches!(
        field.kind,
        Kind::Env
            | Kind::Pairs
            | Kind::Attributes
            | Kind::Edges
            | Kind::Texts
            | Kind::Patterns
            | Kind::Volumes
            | Kind::Ports
            | Kind::ByName
            | Kind::Tables(_)
            | Kind::Named(_)
            | Kind::Table(_)
            | Kind::Any
    )
}

/// Whether the key of a value stands in one place only, so that it can be renamed there.
fn is_single(node: &Node<'_>) -> bool {
    let plain = |table: &Table<'_>| {
        table.origin == Origin::Inline
            || table.origin == Origin::Header
                && !table.entries().iter().any(|entry| has_header(&entry.value))
    };
    match &node.kind {
        Kind::Table(table) => plain(table),
        Kind::Array(array) if array.of_tables => {
            array.items.len() == 1 && array.items[0].as_table().is_some_and(plain)
        }
        _ => true,
    }
}

fn has_header(node: &Node<'_>) -> bool {
    match &node.kind {
        Kind::Table(table) => {
            matches!(table.origin, Origin::Header | Origin::Implied)
                || table.entries().iter().any(|entry| has_header(&entry.value))
        }
        Kind::Array(array) => array.of_tables,
        _ => false,
    }
}
