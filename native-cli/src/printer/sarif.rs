//! The report in SARIF 2.1.0, which code scanning services and editors read.
//!
//! Columns are Unicode scalar values, as everywhere in our reports (`columnKind`); each rule brings
//! its page, so that a viewer shows what `clnrm explain` does.

use std::fmt::Write as _;
use std::path::Path;

use clnrm_core::diagnostic::{Code, Diagnostic, Edit, Fix, Location, Related, Severity};
use clnrm_core::report::Report;
use clnrm_core::rules::explain;
use clnrm_core::source::Position;
use serde_json::{Value, json};

use super::print_bytes;
use crate::errors::Error;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Prints the report to standard output.
pub fn print(report: &Report) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec_pretty(&log(report)).map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    print_bytes(&bytes)
}

fn log(report: &Report) -> Value {
    let found = || report.files.iter().flat_map(|file| &file.diagnostics);
    let mut codes: Vec<Code> = found().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let results: Vec<Value> = found()
        .map(|diagnostic| result(diagnostic, &codes))
        .collect();
    let omitted: Vec<Value> = report
        .files
        .iter()
        .filter(|file| file.omitted > 0)
        .map(|file| {
            json!({
                "level": "note",
                "message": { "text": format!("{} more diagnostics in {} are left out", file.omitted, file.path) },
            })
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "clnrm",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": omitted,
            }],
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    let page = explain(code);
    let text = page.text();
    let first = text.split("\n\n").nth(1).unwrap_or(text);
    json!({
        "id": code.as_str(),
        "name": code.name(),
        "shortDescription": { "text": code.name().replace('-', " ") },
        "fullDescription": { "text": first },
        "help": { "text": page.markdown, "markdown": page.markdown },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn result(diagnostic: &Diagnostic, codes: &[Code]) -> Value {
    let message = match &diagnostic.help {
        Some(help) => format!("{}. Help: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        "ruleIndex": codes.binary_search(&diagnostic.code).ok(),
        "level": level(diagnostic.severity),
        "message": { "text": message },
        "locations": [{ "physicalLocation": place(&diagnostic.primary) }],
        "properties": { "mapping": diagnostic.mapping, "count": diagnostic.count },
    });
    if !diagnostic.related.is_empty() {
        result["relatedLocations"] = diagnostic.related.iter().map(related).collect();
    }
    if let Some(fix) = &diagnostic.fix {
        result["fixes"] = json!([changes(fix, diagnostic.help.as_deref())]);
    }
    result
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn place(location: &Location) -> Value {
    json!({
        "artifactLocation": { "uri": uri(&location.file) },
        "region": region(location.start, location.end),
    })
}

fn region(start: Position, end: Position) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": start.offset,
        "byteLength": end.offset.saturating_sub(start.offset),
    })
}

fn related(related: &Related) -> Value {
    json!({
        "physicalLocation": place(&related.location),
        "message": { "text": related.message },
    })
}

fn changes(fix: &Fix, help: Option<&str>) -> Value {
    let mut files: Vec<(&str, Vec<Value>)> = Vec::new();
    for Edit { location, text } in &fix.edits {
        let replacement = json!({
            "deletedRegion": region(location.start, location.end),
            "insertedContent": { "text": text },
        });
        match files.iter_mut().find(|(file, _)| **file == *location.file) {
            Some((_, replacements)) => replacements.push(replacement),
            None => files.push((&location.file, vec![replacement])),
        }
    }
    let changes: Vec<Value> = files
        .into_iter()
        .map(|(file, replacements)| {
            json!({ "artifactLocation": { "uri": uri(file) }, "replacements": replacements })
        })
        .collect();
    json!({
        "description": { "text": help.unwrap_or("apply the fix") },
        "artifactChanges": changes,
    })
}

/// A path as a URI reference: relative ones stay so, and what a URI may not hold is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if Path::new(path).is_absolute() {
        uri.push_str(if path.starts_with('/') {
            "file://"
        } else {
            "file:///"
        });
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}
