//! Variables from a `--vars-file`, and TOML values as templates see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::variables::{map_of, pairs};
use crate::diagnostic::Findings;
use crate::document::{Document, Kind, Node, Table};

/// Variables from a `--vars-file`, JSON or TOML.
#[derive(Clone, Debug, Default)]
pub struct VarsFile {
    /// Variables by their own names, those of its table `vars` among them.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// Its table `matrix`.
    pub matrix: BTreeMap<Arc<str>, Value>,
    /// Its table `otel`.
    pub otel: BTreeMap<Arc<str>, Value>,
}

impl VarsFile {
    /// Sorts what a file says at its top level: the tables `vars`, `matrix` and `otel` are merged
    /// into those names, everything else is a variable.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        let mut file = Self::default();
        let mut own = BTreeMap::new();
        for (name, value) in entries {
            let table = (value.kind() == ValueKind::Map).then(|| pairs(&value));
            match (&*name, table) {
                ("vars", Some(table)) => own.extend(table),
                ("matrix", Some(table)) => file.matrix.extend(table),
                ("otel", Some(table)) => file.otel.extend(table),
                _ => {
                    file.variables.insert(name, value);
                }
            }
        }
        // `vars.x` is the more deliberate of the two.
        file.variables.extend(own);
        file
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// What does not parse, in bytes of `text`.
    pub fn from_toml(text: &str) -> Result<Self, Findings> {
        let (document, findings) = Document::parse(text, &[]);
        if findings.is_empty() {
            Ok(Self::new(table_values(&document.root)))
        } else {
            Err(findings)
        }
    }
}

/// The values of a table, by name.
pub fn table_values(table: &Table<'_>) -> BTreeMap<Arc<str>, Value> {
    let entries = table.entries().iter();
    entries
        .filter_map(|entry| Some((entry.key.name.as_ref().into(), node_value(&entry.value)?)))
        .collect()
}

/// A TOML value as templates see it: dates are texts. `None` for one that does not parse.
#[must_use]
pub fn node_value(node: &Node<'_>) -> Option<Value> {
    Some(match &node.kind {
        Kind::String(text) => Value::from(text.as_ref()),
        Kind::Integer(number) => match i64::try_from(*number) {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(*number),
        },
        Kind::Float(number) => Value::from(*number),
        Kind::Boolean(value) => Value::from(*value),
        Kind::Datetime(text) => Value::from(*text),
        Kind::Array(array) => {
            let items = array.items.iter().filter_map(node_value);
            Value::from(items.collect::<Vec<_>>())
        }
        Kind::Table(table) => map_of(&table_values(table)),
        Kind::Damaged => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_its_tables() -> Result<(), Findings> {
        let file = VarsFile::from_toml(
            "a = 1\nwhen = 2025-01-01\n[vars]\na = 2\nb = [{ c = 1.5 }]\n[matrix]\nos = ['x']\n",
        )?;
        let seen: Vec<_> = file
            .variables
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(seen, ["a=2", "b=[{'c': 1.5}]", "when=2025-01-01"]);
        assert!(file.matrix.contains_key("os"));
        Ok(())
    }

    #[test]
    fn what_does_not_parse_is_said() {
        assert!(VarsFile::from_toml("a = = 1").is_err());
    }
}
