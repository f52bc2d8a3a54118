//! The JSON Schema of test files says what the checker says: what `dry-run` takes without a word an
//! editor takes too, and plain mistakes of form it underlines.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clnrm_core::diagnostic::Code;
use clnrm_core::rules::{Example, Language, explain};
use clnrm_tests::program::{clnrm, run};
use jsonschema::Validator;
use serde_json::{Value, json};

/// What says nothing of the form of a setting.
const NOT_OF_FORM: &[&str] = &["C117", "C119", "C120", "C121"];

fn schema() -> Validator {
    let schema = serde_json::to_value(clnrm_core::schema::test_file()).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema by draft 7");
    jsonschema::validator_for(&schema).expect("a schema")
}

/// TOML as validators of JSON see it: dates are texts.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(value) => value.into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(k, v)| (k, as_json(v))).collect(),
    }
}

fn faults(schema: &Validator, text: &str) -> Vec<String> {
    let table: toml::Table = toml::from_str(text).expect("TOML");
    let document = as_json(toml::Value::Table(table));
    let faults = schema.iter_errors(&document);
    faults
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect()
}

fn ended(folder: &Path, arguments: &[&str]) -> clnrm_tests::program::Ended {
    run(clnrm(folder).args(arguments), Duration::from_secs(60))
}

/// Holds every file below `folder` that `dry-run` finds well formed against the schema.
fn well_formed_files_fit(folder: &Path) -> usize {
    let schema = schema();
    let report = ended(folder, &["dry-run", "--format", "json", "."]).json();
    let mut judged = 0;
    let mut wrong = Vec::new();
    for file in report["files"].as_array().expect("files") {
        let codes = file["diagnostics"].as_array().expect("diagnostics");
        let clean = codes
            .iter()
            .filter_map(|found| found["code"].as_str())
            .all(|code| NOT_OF_FORM.contains(&code) || !code.starts_with(['C', 'S', 'T', 'F']));
        let path = file["path"].as_str().expect("a path");
        if clean && file["renders"].is_null() {
            judged += 1;
            let text = ended(folder, &["render", path]).stdout;
            for fault in faults(&schema, &text) {
                wrong.push(format!("{path}: {fault}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    judged
}

#[test]
fn the_examples_fit() {
    let examples = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"));
    let judged = well_formed_files_fit(&examples);
    assert!(judged >= 8, "{judged} files");
}

/// What the extensions of editors are made of: taplo takes the schema, finds nothing in the examples,
/// and underlines a misspelt setting where it stands. `CLNRM_TAPLO` names its program.
#[test]
fn taplo_goes_by_it() {
    let Some(taplo) = std::env::var_os("CLNRM_TAPLO") else {
        println!("taplo: not run");
        return;
    };
    let taplo = std::fs::canonicalize(taplo).expect("taplo");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clnrm.schema.json");
    let schema = serde_json::to_string(&clnrm_core::schema::test_file()).expect("JSON");
    std::fs::write(&path, schema).expect("written");
    let option = format!("file://{}", path.display());
    let lint = |file: &Path| {
        let mut command = Command::new(&taplo);
        command.current_dir(folder.path());
        command.args(["lint", "--colors", "never", "--schema", &option]);
        run(command.arg(file), Duration::from_secs(60))
    };
    let examples = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"));
    let mut judged = 0;
    for entry in std::fs::read_dir(examples).expect("examples") {
        let file = entry.expect("an entry").path();
        if file.to_string_lossy().ends_with(".clnrm.toml") {
            let ended = lint(&file);
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
            judged += 1;
        }
    }
    assert!(judged >= 4, "{judged} files");

    let misspelt = folder.path().join("misspelt.clnrm.toml");
    let text =
        "[meta]\nname = \"t\"\n[[scenario]]\nname = \"s\"\nrun = \"true\"\ntimeuot = \"3s\"\n";
    std::fs::write(&misspelt, text).expect("written");
    let ended = lint(&misspelt);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    // Named, and at the lines of this scenario.
    assert!(ended.stderr.contains("timeuot"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("anyOf"), "{}", ended.stderr);
    println!("taplo: {judged} files");
}

#[test]
fn real_files_fit() {
    match std::env::var_os("CLNRM_CORPUS") {
        None => println!("corpus: 0 files, not run"),
        Some(folder) => {
            let judged = well_formed_files_fit(Path::new(&folder));
            println!("corpus: {judged} files held against the schema");
            assert!(judged > 10, "{judged} files");
        }
    }
}

fn plain(files: &[Example]) -> Option<&'static str> {
    match files {
        [
            Example {
                language: Language::Toml,
                text,
                ..
            },
        ] => Some(text),
        _ => None,
    }
}

#[test]
fn mistakes_of_form_are_underlined_and_mended_pages_are_not() {
    let schema = schema();
    for code in [
        Code::C101,
        Code::C102,
        Code::C103,
        Code::C104,
        Code::C105,
        Code::C106,
    ] {
        let text = plain(&explain(code).fails()).expect("a plain example");
        assert!(
            !faults(&schema, text).is_empty(),
            "{code} is not seen in\n{text}"
        );
    }
    let mut mended = 0;
    for code in Code::ALL {
        // What is wrong in these pages is no form; some show an unknown field on purpose.
        if let Some(text) = plain(&explain(*code).mended()) {
            mended += 1;
            assert_eq!(
                faults(&schema, text),
                Vec::<String>::new(),
                "{code}\n{text}"
            );
        }
    }
    assert!(mended > 20, "{mended} pages");
}

#[test]
fn the_command_prints_it() {
    let printed = ended(Path::new("."), &["schema"]);
    assert_eq!(printed.code, Some(0));
    let schema = serde_json::to_value(clnrm_core::schema::test_file()).expect("JSON");
    assert_eq!(printed.json(), schema);
}
