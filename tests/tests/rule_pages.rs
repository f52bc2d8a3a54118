//! `docs/rules` is what `clnrm explain` says, with the examples really run: one page for every code, and
//! an index.
//!
//! The text comes from `core/src/rules/pages`; the examples are written into a folder and handed to
//! the program, and what it prints stands beneath them. The example that fails gives its code and no
//! other, the mended one gives none. `CLNRM_UPDATE=1` writes the pages anew.
//!
//! Some examples need what a machine may not have: a container engine (`R`), or a file that may not
//! be read (nothing is that for root). There what the page showed last stays; where it is there, it
//! is run and compared like all others.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clnrm_core::diagnostic::{Code, Family, Severity};
use clnrm_core::rules::{Example, Language, Page, explain};
use clnrm_tests::program::{self, clnrm, run};
use clnrm_tests::sessions::timeless;

/// Whether an engine with the image of the examples is there.
fn engine() -> bool {
    let inspect = ["image", "inspect", "alpine:3.20"];
    let docker = Command::new("docker")
        .args(inspect)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    docker.is_ok_and(|status| status.success())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules")
}

/// The name that the first file of an example goes by, and the command that judges it.
fn main_file(files: &[Example]) -> Option<&'static str> {
    match files.first()?.language {
        Language::Toml => Some("example.clnrm.toml"),
        Language::Tera => Some("example.clnrm.toml.tera"),
        Language::Trace | Language::Shell => None,
    }
}

/// The commands of an example: those it names, or the one that its files call for.
fn commands(code: Code, files: &[Example]) -> Vec<String> {
    let named = files.iter().filter(|file| file.language == Language::Shell);
    let named: Vec<String> = named
        .flat_map(|file| file.text.lines().map(str::to_owned))
        .collect();
    let (true, Some(name)) = (named.is_empty(), main_file(files)) else {
        return named;
    };
    let traces = files
        .iter()
        .filter(|file| file.language == Language::Trace)
        .filter_map(|file| file.file);
    let traces: Vec<&str> = traces.collect();
    vec![match code.family() {
        Family::Run => format!("clnrm run {name}"),
        Family::Trace => format!("clnrm analyze {name} --traces {}", traces.join(" ")),
        _ => format!("clnrm dry-run {name}"),
    }]
}

/// A folder as the examples that only name commands expect it.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect(name);
    fs::create_dir(folder.path().join("tests")).expect("a folder");
    write("Cargo.toml", "[package]\nname = \"shop\"\n");
    let test = explain(Code::C103).mended()[0].text;
    write("tests/checkout.clnrm.toml", test);
    folder
}

/// What a terminal shows while the commands are typed, and all that was printed.
fn session(folder: &Path, commands: &[String]) -> String {
    let programs = program::path().parent().expect("a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path)));
    let path = path.expect("a path");
    let mut out = String::new();
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        // The shell is for what is none of ours.
        let ended = match words.split_first() {
            Some((&"clnrm", arguments)) if !command.contains(['\'', '"', '>', '|', '&']) => {
                run(clnrm(folder).args(arguments), Duration::from_secs(120))
            }
            _ => run(
                Command::new("sh")
                    .args(["-c", command])
                    .current_dir(folder)
                    .env_clear()
                    .env("PATH", &path),
                Duration::from_secs(120),
            ),
        };
        let _ = writeln!(out, "$ {command}");
        out.push_str(&ended.stdout);
        out.push_str(&ended.stderr);
    }
    out
}

/// The codes that a session tells: `error[C103]`, and at the start of the message of a command that
/// could do nothing.
fn codes(session: &str) -> Vec<Code> {
    let framed = session.split('[').skip(1);
    let framed = framed.filter_map(|rest| rest.split_once(']').map(|(code, _)| code));
    let starts = session.lines().filter_map(|line| {
        let message = line.strip_prefix("error: ")?;
        message.split(' ').next()
    });
    let mut codes: Vec<Code> = framed
        .chain(starts)
        .filter(|word| word.len() == 4)
        .filter_map(Code::find)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The sessions that a page shows.
fn shown(page: &str) -> Vec<&str> {
    page.split("```text\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// One half of a page: the files, and what the program says of them.
fn half(out: &mut String, files: &[Example], session: &str) {
    let only = files.iter().all(|file| file.file.is_none());
    for file in files.iter().filter(|file| file.language != Language::Shell) {
        let name = file.file.or_else(|| main_file(files)).unwrap_or_default();
        let language = match file.language {
            Language::Toml => "toml",
            // What shows Tera's colours.
            Language::Tera => "jinja",
            Language::Trace => "json",
            Language::Shell => "sh",
        };
        if !only {
            let _ = writeln!(out, "`{name}`\n");
        }
        let _ = writeln!(out, "```{language}\n{}```\n", file.text);
    }
    let _ = writeln!(out, "```text\n{}\n```\n", session.trim_end());
}

/// Whether the example that fails, and the mended one, can be brought about on this machine.
fn possible(code: Code, engine: bool, folder: &Path) -> [bool; 2] {
    if code == Code::F102 {
        use std::os::unix::fs::PermissionsExt;
        let file = folder.join("locked");
        fs::write(&file, "").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("locked");
        return [fs::read(file).is_err(); 2];
    }
    let mended = code.family() != Family::Run || engine;
    // Without an engine is what R101 is about.
    [mended || code == Code::R101, mended]
}

/// The page as it would be today. `before` is what it is.
fn page(page: &Page, before: &str, engine: bool, wrong: &mut Vec<String>) -> String {
    let code = page.code;
    let project = project();
    let mut out = format!(
        "<!-- Made from core/src/rules/pages/{code}.md by tests/tests/rule_pages.rs. -->\n\n\
         # {code} {}\n\n{}\n\n{}\n\n",
        code.name(),
        page.markdown.lines().nth(2).unwrap_or_default(),
        page.text()
    );
    let possible = possible(code, engine, project.path());
    let before = shown(before);
    for (at, (title, files)) in [("Fails", page.fails()), ("Mended", page.mended())]
        .into_iter()
        .enumerate()
    {
        for file in files.iter().filter(|file| file.language != Language::Shell) {
            let name = file.file.or_else(|| main_file(&files)).unwrap_or_default();
            fs::write(project.path().join(name), file.text).expect("written");
        }
        let commands = commands(code, &files);
        let before = before.get(at).copied().unwrap_or_default();
        if code == Code::R108 {
            // An engine that keeps what it was told to remove cannot be had on demand.
            let _ = writeln!(out, "## {title}\n\n```sh\n{}\n```\n", commands.join("\n"));
            continue;
        }
        let now = if possible[at] {
            session(project.path(), &commands)
        } else {
            before.to_owned()
        };
        let expected: &[Code] = if title == "Fails" { &[code] } else { &[] };
        if codes(&now) != expected {
            wrong.push(format!("{code}, {title}:\n{now}"));
        }
        // What only took another time stays as it was.
        let same = timeless(now.trim_end()) == timeless(before.trim_end());
        let _ = writeln!(out, "## {title}\n");
        half(&mut out, &files, if same { before } else { &now });
    }
    match code.family() {
        Family::Run if code == Code::R108 => out.push_str(
            "These commands are not run when the page is made: an engine that keeps what it is told to \
             remove cannot be had on demand.\n\n",
        ),
        Family::Run if code != Code::R101 => out.push_str(
            "The sessions are of a real engine. They are run again wherever there is one, and stay as \
             they are elsewhere; `native-cli/tests/run.rs` holds what the code is about.\n\n",
        ),
        Family::Trace => out.push_str(
            "The trace is a file here; of a run it is what the program under test exported. \
             `core/tests/expect` has the conditions one by one.\n\n",
        ),
        _ => {}
    }
    let _ = writeln!(
        out,
        "[All codes](README.md). On the command line: `clnrm explain {code}`."
    );
    out
}

/// The list of all pages.
fn index() -> String {
    let mut out = String::from(
        "<!-- Made by tests/tests/rule_pages.rs. -->\n\n# Codes\n\n\
         Each page says what the code means and why it matters, and shows an example that fails, the same \
         example mended, and what `clnrm` says of both. `clnrm explain C103` prints a page without a \
         network.\n",
    );
    let mut family = None;
    for code in Code::ALL {
        if family != Some(code.family()) {
            family = Some(code.family());
            let title = match code.family() {
                Family::File => "Files",
                Family::Template => "Templates",
                Family::Syntax => "TOML",
                Family::Setting => "One setting by itself",
                Family::Cross => "Settings against each other",
                Family::Trace => "Expectations against a trace",
                Family::Run => "A run in containers",
            };
            let _ = write!(out, "\n## {title}\n\n| code | name | |\n|---|---|---|\n");
        }
        let _ = writeln!(
            out,
            "| [{code}]({code}.md) | {} | {} |",
            code.name(),
            severity(code.severity())
        );
    }
    out
}

#[test]
fn the_pages_of_the_codes_are_what_the_program_says() {
    let update = std::env::var_os("CLNRM_UPDATE").is_some();
    let engine = engine();
    let mut wrong = Vec::new();
    let mut pages = vec![("README.md".to_owned(), index())];
    for code in Code::ALL {
        let name = format!("{code}.md");
        let before = fs::read_to_string(folder().join(&name)).unwrap_or_default();
        let now = page(explain(*code), &before, engine, &mut wrong);
        pages.push((name, now));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    fs::create_dir_all(folder()).expect("a folder");
    for (name, now) in &pages {
        let path = folder().join(name);
        let before = fs::read_to_string(&path).unwrap_or_default();
        if before != *now && update {
            fs::write(path, now).expect("written");
        } else if before != *now {
            wrong.push(format!("docs/rules/{name}: now it is\n{now}"));
        }
    }
    for entry in fs::read_dir(folder()).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !pages.iter().any(|(page, _)| *page == name) {
            wrong.push(format!("docs/rules/{name}: there is no such code"));
        }
    }
    assert!(
        wrong.is_empty(),
        "CLNRM_UPDATE=1 writes the pages anew\n{}",
        wrong.join("\n")
    );
}
