//! Files of variables (`--vars-file`), JSON or TOML.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use clnrm_core::document::{Document, Kind, Node};
use clnrm_core::source::Source;
use clnrm_core::template::variables::VarsFile;
use minijinja::Value;

use crate::args::Color;
use crate::disk;
use crate::errors::Error;
use crate::paths::Base;
use crate::settings_fault::judge;

/// Bytes that a file of variables may have.
const LIMIT: usize = 16 << 20;

/// Reads one. It is JSON if its name ends so, TOML if its name ends so; else it is what it looks
/// like.
pub fn read(base: &Base, path: &Path, color: Color) -> Result<VarsFile, Error> {
    let path = base.absolute(path);
    let name = base.name(&path);
    let text = disk::read(&path, LIMIT).map_err(|fault| Error::Unreadable {
        reason: fault.reason(&name),
        name: name.to_string(),
    })?;
    let extension = path.extension().and_then(|extension| extension.to_str());
    let is_json = match extension {
        Some("json") => true,
        Some("toml") => false,
        _ => text
            .trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('{'),
    };
    if is_json {
        let json = text.trim_start_matches('\u{feff}');
        let entries: BTreeMap<String, Value> =
            serde_json::from_str(json).map_err(|reason| Error::BadVarsFile {
                name: name.to_string(),
                reason: reason.to_string(),
            })?;
        let entries = entries
            .into_iter()
            .map(|(name, value)| (name.into(), value));
        return Ok(VarsFile::new(entries));
    }
    let source = Arc::new(Source::new(name, text));
    let (document, findings) = Document::parse(&source.text, &[]);
    judge(&source, &findings, color)?;
    let entries = document.root.entries().iter().filter_map(|entry| {
        let name: Arc<str> = (*entry.key.name).into();
        Some((name, value(&entry.value)?))
    });
    Ok(VarsFile::new(entries))
}

/// A TOML value as a template sees it; `None` for one that did not parse.
fn value(node: &Node<'_>) -> Option<Value> {
    Some(match &node.kind {
        Kind::String(text) => Value::from(text.as_ref()),
        Kind::Integer(number) => {
            i64::try_from(*number).map_or_else(|_| Value::from(*number), Value::from)
        }
        Kind::Float(number) => Value::from(*number),
        Kind::Boolean(value) => Value::from(*value),
        Kind::Datetime(text) => Value::from(*text),
        Kind::Array(array) => Value::from(array.items.iter().filter_map(value).collect::<Vec<_>>()),
        Kind::Table(table) => {
            let pairs = table
                .entries()
                .iter()
                .filter_map(|entry| Some((Value::from(&*entry.key.name), value(&entry.value)?)));
            Value::from_pairs(pairs.collect::<Vec<_>>())
        }
        Kind::Damaged => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<VarsFile, Error> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), text).unwrap();
        read(
            &Base::at(dir.path().to_owned()),
            Path::new(name),
            Color::Never,
        )
    }

    #[test]
    fn json_and_toml_say_the_same() {
        let toml = "a = 1\nb = [\"x\", 2.5, true]\nc.d = 'y'\n[vars]\ne = 2\n";
        let json = r#"{"a": 1, "b": ["x", 2.5, true], "c": {"d": "y"}, "vars": {"e": 2}}"#;
        let toml = read_text("v.toml", toml).unwrap();
        for name in ["v.json", "v"] {
            let json = read_text(name, json).unwrap();
            assert_eq!(json.variables, toml.variables);
        }
        let names: Vec<_> = toml.variables.keys().map(|name| name.to_string()).collect();
        assert_eq!(names, ["a", "b", "c", "e"]);
    }

    #[test]
    fn a_file_that_is_wrong_is_named() {
        for (name, text) in [("v.json", "{"), ("v.json", "[1]"), ("v.toml", "a = ")] {
            let error = read_text(name, text).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
