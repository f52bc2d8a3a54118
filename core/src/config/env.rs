//! Environment variables: a table, or a list of `"NAME=value"`; and credentials among them.

use super::formats::secret;
use super::model::{Pair, Text};
use super::reader::{Item, Reader};
use crate::diagnostic::Code;
use crate::document::Kind;

/// Reads environment variables.
pub(super) fn read<'t>(reader: &Reader<'_, 't>, item: &Item<'_, 't>) -> Vec<Pair> {
    let mut pairs = reader.pairs(item);
    if matches!(item.node.kind, Kind::Array(_)) && !pairs.is_empty() {
        let report = reader
            .old(
                item.node.span,
                format!("a list for `{}` is an older form", item.key.name),
            )
            .help("write a table, such as `env = { NAME = \"value\" }`");
        if let Some(table) = reader.list_as_table(item.node) {
            report.fix([(item.node.span, table)]);
        }
    }
    if item.alias.is_some() {
        reader.old_name(item);
    }
    pairs.retain(|pair| check_name(reader, &pair.name));
    for pair in &pairs {
        check_secret(reader, &pair.name.value, &pair.value);
    }
    pairs
}

fn check_name(reader: &Reader<'_, '_>, name: &Text) -> bool {
    let mut chars = name.value.chars();
    let first = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    // Some programs read names with dots or dashes; containers take them.
    if first && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')) {
        return true;
    }
    reader.lose();
    let message = if name.value.is_empty() {
        "an environment variable has an empty name".to_owned()
    } else {
        format!("`{}` is no name of an environment variable", name.value)
    };
    reader
        .cx
        .report(Code::C113, name.span, message)
        .help("names have letters, digits and `_`, and do not begin with a digit");
    false
}

/// Warns of a literal that looks like a credential.
pub(super) fn check_secret(reader: &Reader<'_, '_>, name: &str, value: &Text) {
    if let Some(what) = secret::looks_like(name, &value.value) {
        reader
            .cx
            .report(
                Code::C120,
                value.span,
                format!("`{name}` holds what looks like {what}"),
            )
            .label("anyone who reads the file can use it")
            .help(format!(
                "take it from the environment: `{{{{ env(name=\"{}\") }}}}` in a template",
                name.to_ascii_uppercase().replace(['-', '.'], "_")
            ));
    }
}
