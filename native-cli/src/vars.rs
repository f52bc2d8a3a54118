//! Files of variables (`--vars-file`), JSON or TOML.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use clnrm_core::source::Source;
use clnrm_core::template::vars_file::VarsFile;
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
    VarsFile::from_toml(&source.text).or_else(|findings| {
        judge(&source, &findings, color)?;
        Ok(VarsFile::default())
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
