//! The oracle's cases: data files under `tests/oracle`, read here.
//!
//! ```text
//! @shared {"name": "shop"}          the context of every case of the file
//!
//! === a name for the case
//! @context {"n": 3}                 more variables, for this case
//! @error                            Tera refuses this, so must we
//! @differs why                      ours is another answer, on purpose or for now
//! @escapes                          \n \r \t \\ and \u{…} in the texts stand for characters
//! {{ name }} {{ n }}
//! @file base.txt                    another file, which the case includes, imports or extends
//! text of that file
//!
//! === the next case
//! ```
//!
//! A text ends before the blank line that separates it from what follows, and has no line end after
//! its last line; a further blank line gives it one.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Once};
use std::time::SystemTime;

use clnrm_core::source::{MemorySources, Source};
use clnrm_core::template::{self, Host, Limits, Rendered, Request, Tables, Timestamp};
use serde_json::{Map, Value};

/// The name under which a case's own template is rendered.
pub const ENTRY: &str = "entry.tera";

/// One template, with all that it needs.
#[derive(Debug)]
pub struct Case {
    /// The file and the case's name in it.
    pub name: String,
    /// Variables by name.
    pub context: Map<String, Value>,
    /// The files, [`ENTRY`] first.
    pub files: Vec<(String, String)>,
    /// Tera refuses it.
    pub fails: bool,
    /// Why ours is another answer.
    pub differs: Option<String>,
}

/// Reads every case of a folder, in order of file and place.
///
/// # Errors
/// A sentence that names the file and line that could not be read.
pub fn read_folder(folder: &Path) -> Result<Vec<Case>, String> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        cases.extend(read(&name, &text)?);
    }
    Ok(cases)
}

/// Reads the cases of one file.
///
/// # Errors
/// A sentence that names the line that could not be read.
pub fn read(file: &str, text: &str) -> Result<Vec<Case>, String> {
    let mut shared = Map::new();
    let mut cases: Vec<Case> = Vec::new();
    let mut escapes = false;
    for (index, line) in text.lines().enumerate() {
        let place = || format!("{file}.txt:{}", index + 1);
        if let Some(name) = line.strip_prefix("=== ") {
            finish(cases.last_mut(), escapes);
            escapes = false;
            cases.push(Case {
                name: format!("{file}: {name}"),
                context: shared.clone(),
                files: vec![(ENTRY.to_owned(), String::new())],
                fails: false,
                differs: None,
            });
            continue;
        }
        if let Some(json) = line.strip_prefix("@shared ") {
            shared.append(&mut object(json, &place())?);
            continue;
        }
        let Some(case) = cases.last_mut() else {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            return Err(format!("{}: a line before the first case", place()));
        };
        if let Some(json) = line.strip_prefix("@context ") {
            case.context.append(&mut object(json, &place())?);
        } else if line == "@error" {
            case.fails = true;
        } else if let Some(why) = line.strip_prefix("@differs ") {
            case.differs = Some(why.to_owned());
        } else if line == "@escapes" {
            escapes = true;
        } else if let Some(name) = line.strip_prefix("@file ") {
            case.files.push((name.to_owned(), String::new()));
        } else if let Some((_, text)) = case.files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    finish(cases.last_mut(), escapes);
    Ok(cases)
}

fn object(json: &str, place: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(json).map_err(|error| format!("{place}: {error}"))
}

/// Takes off the separator, and the last line's end.
fn finish(case: Option<&mut Case>, escapes: bool) {
    let Some(case) = case else { return };
    for (_, text) in &mut case.files {
        if text.ends_with("\n\n") {
            text.pop();
        }
        text.pop();
        if escapes {
            *text = unescape(text);
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let digits: String = rest.by_ref().take_while(|c| *c != '}').skip(1).collect();
                let code = u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32);
                out.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}

impl Case {
    /// Everything a person needs to see when a case fails.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut out = format!("=== {}\n", self.name);
        let context = Value::Object(self.context.clone());
        let _ = writeln!(out, "context: {context}");
        for (name, text) in &self.files {
            let _ = writeln!(out, "{name}: {text:?}");
        }
        out
    }
}

/// What Tera makes of a case.
///
/// # Errors
/// When Tera panics, which is no answer to hold anybody to.
pub fn by_tera(case: &Case) -> Result<Result<String, String>, String> {
    let render = || {
        let mut tera = tera::Tera::default();
        tera.autoescape_on(Vec::new());
        tera.add_raw_templates(case.files.iter().map(|(name, text)| (name, text)))?;
        let context = tera::Context::from_value(case.context.clone().into())?;
        tera.render(ENTRY, &context)
    };
    let answer = quietly(|| catch_unwind(AssertUnwindSafe(render)))
        .map_err(|_| format!("Tera panics on this\n{}", case.describe()))?;
    Ok(answer.map_err(|error| {
        let mut text = error.to_string();
        let mut source = Error::source(&error);
        while let Some(inner) = source {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            source = inner.source();
        }
        text
    }))
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// A panic in here prints nothing.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                hook(info);
            }
        }));
    });
    QUIET.set(true);
    let answer = work();
    QUIET.set(false);
    answer
}

fn to_value(json: &Value) -> minijinja::Value {
    match json {
        Value::Null => ().into(),
        Value::Bool(yes) => (*yes).into(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(whole)) => whole.into(),
            (None, None) => number.as_f64().into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(to_value).collect::<Vec<_>>().into(),
        Value::Object(pairs) => {
            minijinja::Value::from_pairs(pairs.iter().map(|(key, value)| (key, to_value(value))))
        }
    }
}

/// What we make of a case.
#[must_use]
pub fn by_clnrm(case: &Case) -> Rendered {
    let mut sources = MemorySources::default();
    for (name, text) in &case.files {
        sources.set(name, text);
    }
    let entry = Arc::new(Source::new(ENTRY, case.files[0].1.as_str()));
    let variables: BTreeMap<Arc<str>, minijinja::Value> = case
        .context
        .iter()
        .map(|(name, value)| (name.as_str().into(), to_value(value)))
        .collect();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let host = Host::new(
        Arc::new(std::env::vars().collect()),
        None,
        None,
        Some(Timestamp(now.as_nanos().cast_signed())),
        [7; 32],
        Limits::cli().allowance(),
    )
    .with_tables(Tables::Full);
    template::render(&Request {
        templates: &template::Templates::default(),
        entry: &entry,
        region: None,
        sources: &sources,
        paths: &[],
        variables: &variables,
        host: &host,
        limits: &Limits::cli(),
    })
}

/// Holds what we make of a case against what Tera makes of it.
///
/// # Errors
/// What differs. Where Tera refuses and we do not, our render must say that it used an extension.
pub fn compare(case: &Case, tera: &Result<String, String>) -> Result<(), String> {
    let ours = by_clnrm(case);
    let faults: Vec<_> = ours
        .faults
        .iter()
        .map(|fault| format!("{} {}", fault.code, fault.message))
        .collect();
    let told = match (tera, &ours.text) {
        (Ok(expected), Some(text)) if faults.is_empty() && **text == **expected => return Ok(()),
        (Err(_), _) if !faults.is_empty() || !ours.extensions.is_empty() => return Ok(()),
        (Ok(expected), text) => format!("Tera {expected:?}\nours {text:?} {faults:?}"),
        (Err(error), text) => format!("Tera refuses: {error}\nours {text:?}"),
    };
    Err(format!("{}{told}\n", case.describe()))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_text_ends_before_the_separator() {
        let cases = read(
            "x",
            "@shared {\"a\": 1}\n\n=== one\nline\n\n=== two\n@error\n@escapes\na\\tb\n\n\n@file f\nlast\n",
        );
        let cases = cases.unwrap_or_default();
        assert_eq!(cases.len(), 2);
        assert_eq!(
            cases[0].files,
            [("entry.tera".to_owned(), "line".to_owned())]
        );
        assert_eq!(cases[0].context["a"], 1);
        assert_eq!(cases[1].files[0].1, "a\tb\n");
        assert_eq!(cases[1].files[1], ("f".to_owned(), "last".to_owned()));
        assert!(cases[1].fails && !cases[0].fails);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_place() {
        let error = read("x", "=== one\n@context {oops}\n").err();
        assert!(error.is_some_and(|text| text.starts_with("x.txt:2: ")));
    }
}
