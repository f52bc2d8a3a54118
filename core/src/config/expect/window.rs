//! `[[expect.window]]`, and `[expect.window]` with names of spans as keys.

use crate::config::model::{Spanned, Window};
use crate::config::reader::{Item, Reader};
use crate::config::schema::{DESCRIPTION, Kind, Section, required};
use crate::document::{Entry, Kind as Value, Origin, Table};
use crate::source::Span;

/// `[[expect.window]]`.
pub static WINDOW: Section = Section {
    header: "expect.window",
    title: "a window",
    doc: "Every span that it contains lies within some span named `outer`.",
    fields: &[
        required("outer", Kind::Pattern, "The span that encloses."),
        required("contains", Kind::Patterns, "The spans that lie within."),
        DESCRIPTION,
    ],
    open: false,
};

/// A window that has its outer span as key.
pub static KEYED: Section = Section {
    header: "expect.window.NAME",
    title: "a window",
    doc: "The older form of `[[expect.window]]`.",
    fields: &[
        required("contains", Kind::Patterns, "The spans that lie within."),
        DESCRIPTION,
    ],
    open: false,
};

/// Reads all windows.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, item: &Item<'_, 't>, windows: &mut Vec<Window>) {
    match &item.node.kind {
        Value::Table(table) => {
            let keyed = |entry: &Entry<'_>| {
                let inner = entry.value.as_table();
                inner.is_some_and(|inner| inner.get("contains").is_some())
            };
            if table.entries().iter().any(keyed) {
                by_key(parent, item, table, windows);
            } else {
                windows.extend(window(parent, &item.key.name, table));
            }
        }
        _ => {
            for node in crate::config::scenarios::tables(parent, item.name, item.node) {
                if let Some(table) = parent.table_of(item.name, node) {
                    windows.extend(window(parent, &item.key.name, table));
                }
            }
        }
    }
}

fn window<'t>(parent: &Reader<'_, 't>, name: &str, table: &Table<'t>) -> Option<Window> {
    let known = ["outer", "contains"]
        .iter()
        .any(|name| table.get(name).is_some());
    let reader = parent.within(name, table, &WINDOW);
    let mut window = Window {
        header: table.name,
        ..Window::default()
    };
    if !known && !table.is_empty() {
        // Settings of another tool: that they are unknown says all there is to say.
        reader.excuse();
    }
    reader.each(|item| match item.name {
        "outer" => window.outer = reader.pattern(item.name, item.node),
        "contains" => window.contains = reader.patterns(&item),
        "description" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    window.incomplete = reader.is_incomplete();
    if window.incomplete {
        parent.lose();
    }
    known.then_some(window)
}

/// Windows by name as a list of windows. `None` where they are written otherwise than as a header
/// and an inline table for each, or with comments among these.
fn as_list<'t>(
    parent: &Reader<'_, 't>,
    item: &Item<'_, 't>,
    table: &Table<'t>,
) -> Option<Vec<(Span, String)>> {
    let text = parent.cx.text;
    let header = item.node.span;
    if header.of(text) != "[expect.window]" {
        return None;
    }
    let mut edits = vec![(header, "[[expect.window]]".to_owned())];
    for (at, entry) in table.entries().iter().enumerate() {
        let window = entry
            .value
            .as_table()
            .filter(|window| window.origin == Origin::Inline && !window.incomplete)?;
        let whole = Span::new(entry.key.span.start, entry.value.span.end);
        if whole.of(text).contains('#') {
            return None;
        }
        let raw = entry.key.span.of(text);
        let quoted = raw.starts_with(['"', '\'']);
        let outer = if quoted {
            raw.to_owned()
        } else {
            format!("\"{raw}\"")
        };
        let head = if at == 0 { "" } else { "\n[[expect.window]]\n" };
        let mut lines = format!("{head}outer = {outer}");
        for setting in window.entries() {
            let setting = Span::new(setting.key.span.start, setting.value.span.end);
            lines.push('\n');
            lines.push_str(setting.of(text));
        }
        edits.push((whole, lines));
    }
    (edits.len() > 1).then_some(edits)
}

fn by_key<'t>(
    parent: &Reader<'_, 't>,
    item: &Item<'_, 't>,
    table: &Table<'t>,
    windows: &mut Vec<Window>,
) {
    let report = parent
        .old(item.key.span, "windows by name are an older form")
        .help("write `[[expect.window]]` with `outer` and `contains`");
    if let Some(edits) = as_list(parent, item, table) {
        report.fix(edits);
    }
    for entry in table.entries() {
        let Some(inner) = parent.table_of(&entry.key.name, &entry.value) else {
            continue;
        };
        let path = format!("window.{}", entry.key.name);
        let reader = parent.within(&path, inner, &KEYED);
        let key = Spanned::new(entry.key.name.to_string(), entry.key.span);
        let mut window = Window {
            header: entry.key.span,
            outer: reader.pattern_of("window", key),
            ..Window::default()
        };
        reader.each(|item| match item.name {
            "contains" => window.contains = reader.patterns(&item),
            "description" => {
                reader.text(&item);
            }
            name => debug_assert!(false, "{name} is read"),
        });
        window.incomplete = reader.is_incomplete();
        if window.incomplete {
            parent.lose();
        }
        windows.push(window);
    }
}
