//! `[expect.status]`.

use super::spans::STATUSES;
use crate::config::model::{Spanned, Status};
use crate::config::reader::Reader;
use crate::config::schema::{DESCRIPTION, Kind, Section, optional};
use crate::document::Table;

/// `[expect.status]`.
pub static STATUS: Section = Section {
    header: "expect.status",
    title: "`[expect.status]`",
    doc: "With which status spans end.",
    fields: &[
        optional(
            "all",
            Kind::Word(&["OK", "ERROR", "UNSET"]),
            "Of all spans.",
        ),
        optional(
            "by_name",
            Kind::ByName,
            "Of spans of a name, or of a glob over names.",
        ),
        optional("strict", Kind::Boolean, "`OK` means OK, not UNSET."),
        DESCRIPTION,
    ],
    open: false,
};

/// Reads one table into `status`.
pub(super) fn read<'t>(parent: &Reader<'_, 't>, table: &Table<'t>, status: &mut Status) {
    let reader = parent.within("status", table, &STATUS);
    status.header.get_or_insert(table.name);
    reader.each(|item| match item.name {
        "all" => status.all = reader.word(&item, STATUSES).or(status.all),
        "by_name" => {
            let Some(names) = reader.table_of(item.name, item.node) else {
                return;
            };
            if names.incomplete {
                reader.lose();
            }
            for entry in names.entries() {
                let key = Spanned::new(entry.key.name.to_string(), entry.key.span);
                let name = reader.pattern_of("by_name", key);
                let value = reader.word_of(&entry.key.name, &entry.value, STATUSES);
                status.by_name.extend(name.zip(value));
            }
        }
        "strict" => status.strict = reader.boolean(&item).or(status.strict),
        "description" => {
            reader.text(&item);
        }
        name => debug_assert!(false, "{name} is read"),
    });
    if reader.is_incomplete() {
        parent.lose();
    }
}
