//! Files that are no test files although their names say so.

use crate::document::Document;

/// Tables that only a test file has.
const OURS: &[&str] = &[
    "meta",
    "test",
    "service",
    "services",
    "scenario",
    "scenarios",
    "steps",
    "expect",
    "otel",
    "otel_validation",
    "determinism",
    "assertions",
];

/// Other files, by tables that stand in them together.
const OTHERS: &[(&[&str], &str)] = &[
    (&["system", "dimensions"], "a manifest of behaviours"),
    (&["package", "dependencies"], "a manifest of Cargo"),
    (&["package", "lib"], "a manifest of Cargo"),
    (&["package", "bin"], "a manifest of Cargo"),
    (&["package"], "a manifest of a package"),
    (&["workspace"], "a manifest of a workspace"),
    (&["build-system"], "a Python project"),
    (&["toolchain"], "a choice of toolchain"),
    (&["cache", "watch"], "a project file"),
    (&["project", "run"], "a project file"),
    (&["profile"], "a project file"),
];

/// Why the file is no test file, in one sentence, if its tables show that.
#[must_use]
pub fn looks_like_something_else(document: &Document<'_>) -> Option<String> {
    let root = &document.root;
    if OURS.iter().any(|table| root.get(table).is_some()) {
        return None;
    }
    let (tables, what) = OTHERS
        .iter()
        .find(|(tables, _)| tables.iter().all(|table| root.get(table).is_some()))?;
    let shown: Vec<_> = tables.iter().map(|table| format!("[{table}]")).collect();
    Some(format!("{} shows that it is {what}", shown.join(" with ")))
}
