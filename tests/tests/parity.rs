//! The same verdicts in a browser as on the command line: both judge the same files under the same
//! options, and their reports are equal but for timings and `utf16`.
//!
//! `CLNRM_WASM` names the folder that `cargo wasm` wrote; without it, it is made here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use clnrm_tests::program::{clnrm, run};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(120);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder of the browser's build.
fn bindings() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        if let Some(folder) = std::env::var_os("CLNRM_WASM") {
            // As seen from the folder where the tests are started, the root.
            return root().join(folder);
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bindings");
        let status = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["wasm", "--dev", "--out-dir"])
            .arg(&folder)
            .status();
        let built = status.is_ok_and(|status| status.success());
        assert!(built, "the browser's build cannot be made");
        folder
    })
}

/// The names of all files below a folder, with `/`, each after `prefix`.
fn names(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            names(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}

/// What both say apart from times: no timings, no `utf16`.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter();
            let kept = fields.filter(|(name, _)| !matches!(&***name, "timings_us" | "utf16"));
            kept.map(|(name, value)| (name.clone(), comparable(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(comparable).collect(),
        // Numbers of JavaScript know no difference between 1 and 1.0.
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

/// Every position knows its place in UTF-16, which is no further on than its byte.
fn every_position_has_utf16(value: &Value) -> bool {
    let here = match (value.get("offset"), value.get("utf16")) {
        (Some(offset), Some(utf16)) => utf16.as_u64() <= offset.as_u64(),
        (Some(_), None) => false,
        _ => true,
    };
    let mut below: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Object(fields) => Box::new(fields.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => Box::new(std::iter::empty()),
    };
    here && below.all(every_position_has_utf16)
}

/// What the browser's build answers to a question about a folder, see `parity.mjs`.
fn in_the_browser(folder: &Path, question: &Value) -> Value {
    let mut node = Command::new("node")
        .arg(root().join("tests/src/parity.mjs"))
        .arg(bindings())
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node can be started");
    let mut input = node.stdin.take().unwrap();
    input.write_all(question.to_string().as_bytes()).unwrap();
    drop(input);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "node failed");
    serde_json::from_slice(&output.stdout).expect("node answers in JSON")
}

/// Holds the two against each other over a folder; how many files were compared.
fn compare(folder: &Path, arguments: &[&str], options: &Value) -> usize {
    let mut files = Vec::new();
    names(folder, "", &mut files);
    // On the command line no file is taken for variables by its name alone.
    files.retain(|name| !matches!(&**name, "vars.toml" | "vars.json"));
    let mut command = clnrm(folder);
    command.args([
        "dry-run",
        "--limits",
        "playground",
        "--no-env",
        "--format",
        "json",
    ]);
    let cli = run(command.args(arguments).arg("."), LIMIT).json();
    let reports = cli["files"].as_array().unwrap();
    let path = |report: &Value| report["path"].as_str().unwrap().to_owned();
    let check: Vec<String> = reports.iter().map(path).collect();
    let question = json!({ "files": files, "check": check, "options": options });
    let browser = &in_the_browser(folder, &question)["reports"];
    let mut wrong = Vec::new();
    let mut compared = 0;
    for report in reports {
        let path = path(report);
        let other = &browser[&path];
        if other.is_null() {
            assert_eq!(
                report["diagnostics"][0]["code"], "S103",
                "{path} is not UTF-8"
            );
            continue;
        }
        compared += 1;
        assert!(every_position_has_utf16(other), "{path}");
        let (cli, other) = (comparable(report), comparable(other));
        if cli != other {
            wrong.push(format!(
                "{path}\n  command line {cli}\n  browser      {other}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    compared
}

/// Nothing random, so that both meet the same.
const FIXED: [&str; 4] = ["--seed", "7", "--freeze-clock", "2025-01-01T00:00:00Z"];

fn fixed() -> Value {
    json!({ "seed": "7", "freezeClock": "2025-01-01T00:00:00Z" })
}

#[test]
fn the_examples_and_the_broken_ones() {
    // The broken ones are left out of a walk, so they are named.
    let arguments = [&FIXED[..], &["broken"]].concat();
    assert!(compare(&root().join("examples"), &arguments, &fixed()) > 15);
}

/// Holds tests of a folder against traces beside them, on both sides.
fn compare_verdicts(folder: &Path, tests: &[&str]) {
    let mut traces = Vec::new();
    names(folder, "", &mut traces);
    traces.retain(|name| name.ends_with(".json"));
    assert!(traces.len() > 1, "{}", folder.display());
    let pairs: Vec<(&str, &str)> = tests
        .iter()
        .flat_map(|test| traces.iter().map(|trace| (*test, &**trace)))
        .collect();
    let question = json!({ "files": tests, "analyze": pairs, "options": {} });
    let browser = in_the_browser(folder, &question);
    for ((test, trace), browser) in pairs.iter().zip(browser["verdicts"].as_array().unwrap()) {
        let place = format!("{test} against {trace}");
        let mut command = clnrm(folder);
        command.args(["analyze", test, "--traces", trace, "--no-env"]);
        let ended = run(command.args(["--format", "json"]), LIMIT);
        assert!(every_position_has_utf16(browser), "{place}");
        if ended.code == Some(2) {
            let fault = &browser["fault"];
            let message = fault["message"].as_str().expect(&place);
            let told = format!("{message} ({})", fault["at"].as_str().unwrap());
            assert!(ended.stderr.contains(&told), "{place}: {told}, {ended:?}");
            continue;
        }
        let cli = ended.json();
        let mut browser = comparable(browser);
        for one in browser["expectations"].as_array_mut().unwrap() {
            one.as_object_mut().unwrap().remove("about");
        }
        let cli = comparable(&cli);
        for field in ["outcome", "valid", "expectations"] {
            assert_eq!(browser[field], cli[field], "{place}: {field}");
        }
        assert_eq!(browser["spans"], cli["summary"]["spans"], "{place}");
    }
}

#[test]
fn expectations_against_traces() {
    compare_verdicts(&root().join("examples/traces"), &["checkout.clnrm.toml"]);
    compare_verdicts(
        &root().join("tests/fixtures/fake-green"),
        &["checkout.clnrm.toml", "strict.clnrm.toml"],
    );
}

#[test]
fn fixtures_of_single_settings() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = fs::read_dir(root().join("core/tests/config")).unwrap();
    for fixture in fixtures.flatten() {
        let name = fixture
            .file_name()
            .to_string_lossy()
            .replace(".toml", ".clnrm.toml");
        fs::copy(fixture.path(), folder.path().join(name)).unwrap();
    }
    assert!(compare(folder.path(), &FIXED, &fixed()) > 20);
}

#[test]
fn options_and_texts_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (
            "volatile.clnrm.toml.tera",
            "[meta]\nname = \"{{ uuid_v4() }}\"\nx = {{ nothing }}\n",
        ),
        (
            "mark.clnrm.toml",
            "\u{feff}[meta]\r\nname = 1 # 😀é\u{301}\r\n\"😀\" = 2\r\n",
        ),
        ("tags.clnrm.toml.tera", "{% if a %}\n[meta]\n"),
        (
            "runaway.clnrm.toml.tera",
            "{% for a in range(end=9999999) %}{{ a }}{% endfor %}",
        ),
        (
            "matrix.clnrm.toml.tera",
            "[matrix]\nn = [1, 2.5, \"ä\"]\n[meta]\nname = \"{{ matrix.n }}\"\n",
        ),
        (
            "cycle.clnrm.toml.tera",
            "{% include \"cycle.clnrm.toml.tera\" %}",
        ),
        ("empty.clnrm.toml", ""),
        (
            "clnrm.toml",
            "[vars]\na = 1\n[[lint.allow]]\npath = \"mark*\"\ncodes = [\"C103\"]\n",
        ),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let large = "# more than a source may have\n".repeat(10_000);
    fs::write(folder.path().join("large.clnrm.toml"), large).unwrap();
    for level in ["syntax", "semantic", "structure"] {
        let arguments = [
            "--level",
            level,
            "--deny",
            "C103",
            "--allow",
            "C119",
            "--deny-warnings",
        ];
        let options = json!({
            "level": level, "deny": ["C103"], "allow": ["C119"], "denyWarnings": true,
        });
        assert_eq!(compare(folder.path(), &arguments, &options), 8, "{level}");
    }
}

#[test]
fn real_users_files() {
    let Some(folder) = std::env::var_os("CLNRM_CORPUS") else {
        return;
    };
    assert!(compare(Path::new(&folder), &FIXED, &fixed()) > 20);
}
