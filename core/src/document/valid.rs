//! The tree of a text without errors, made of the one that `toml` reads.
//!
//! `toml` gives keys and values with their spans, sorted by key, and does not say how a table came to
//! be. Both can be told from the places: entries are put in the order of the file, and what stands at
//! the start of a table (`[`, `{`, or a key) tells its origin.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::scalar::integer;
use super::tree::{Array, Entry, Key, Kind, Node, Origin, Table};
use crate::source::Span;

/// The tree of `text`, which `root` was read from without an error; `None` if a number is none all the
/// same.
pub(super) fn document<'t>(text: &'t str, root: DeTable<'t>) -> Option<Table<'t>> {
    table(text, root, Origin::Root, Span::default())
}

fn table<'t>(text: &'t str, entries: DeTable<'t>, origin: Origin, name: Span) -> Option<Table<'t>> {
    let mut ordered = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = Key {
            span: Span::new(key.span().start, key.span().end),
            name: key.into_inner(),
        };
        let value = node(text, value, origin)?;
        ordered.push(Entry { key, value });
    }
    ordered.sort_unstable_by_key(|entry| entry.key.span.start);
    Some(Table::of(ordered, origin, name))
}

/// A value; `parent` is the origin of the table that it stands in.
fn node<'t>(text: &'t str, value: Spanned<DeValue<'t>>, parent: Origin) -> Option<Node<'t>> {
    let span = Span::new(value.span().start, value.span().end);
    let kind = match value.into_inner() {
        DeValue::String(value) => Kind::String(value),
        DeValue::Integer(value) => Kind::Integer(integer(value.as_str(), value.radix())?),
        DeValue::Float(value) => Kind::Float(value.as_str().parse().ok()?),
        DeValue::Boolean(value) => Kind::Boolean(value),
        DeValue::Datetime(_) => Kind::Datetime(span.of(text)),
        DeValue::Array(items) => Kind::Array(array(text, items, span)?),
        DeValue::Table(entries) => {
            let (origin, name) = origin(text, span, parent);
            Kind::Table(table(text, entries, origin, name)?)
        }
    };
    Some(Node {
        kind,
        span,
        touched: false,
    })
}

fn array<'t>(text: &'t str, items: DeArray<'t>, span: Span) -> Option<Array<'t>> {
    // The place of an array of tables is the header of its first table.
    let of_tables = items.first().is_some_and(|first| {
        first.span().start == span.start && matches!(first.get_ref(), DeValue::Table(_))
    });
    let parent = if of_tables {
        Origin::Header
    } else {
        Origin::Inline
    };
    let items = items.into_iter().map(|item| node(text, item, parent));
    Some(Array {
        items: items.collect::<Option<_>>()?,
        of_tables,
        incomplete: false,
    })
}

/// How the table at `span` came to be, and the place of its name.
fn origin(text: &str, span: Span, parent: Origin) -> (Origin, Span) {
    match text.as_bytes().get(span.start) {
        Some(b'{') => (Origin::Inline, Span::new(span.start, span.start + 1)),
        Some(b'[') => (Origin::Header, header_name(text, span)),
        _ if matches!(parent, Origin::Inline | Origin::InlineDotted) => {
            (Origin::InlineDotted, span)
        }
        _ => {
            let line = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
            let line = text[line..span.start].trim_start_matches(['\u{feff}', ' ', '\t']);
            let implied = line.starts_with('[');
            let origin = if implied {
                Origin::Implied
            } else {
                Origin::Dotted
            };
            (origin, span)
        }
    }
}

/// The name between the brackets of a header.
fn header_name(text: &str, header: Span) -> Span {
    let source = header.of(text);
    let brackets = if source.starts_with("[[") { 2 } else { 1 };
    let inner = source
        .get(brackets..source.len().saturating_sub(brackets))
        .unwrap_or_default();
    let start = inner.len() - inner.trim_start_matches([' ', '\t']).len();
    let name = inner.trim_matches([' ', '\t']);
    let start = header.start + brackets + start;
    Span::new(start, start + name.len())
}
