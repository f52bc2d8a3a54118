//! What JavaScript hands in.

use std::collections::BTreeMap;
use std::sync::Arc;

use clnrm_core::diagnostic::{Code, Findings, Level, Severity};
use clnrm_core::source::Source;
use clnrm_core::template::Timestamp;
use clnrm_core::template::vars_file::VarsFile;
use clnrm_core::trace::{Trace, TraceError};
use clnrm_core::{checker, config};
use js_sys::{Object, Uint8Array};
use minijinja::Value;
use serde::Deserialize;
use tsify::{Ts, Tsify};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::error::Misuse;

/// What a check is asked for. What is left out or `null` is as without it.
#[derive(Default, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// How far files are judged; all the way.
    #[tsify(optional, type = "Level | null")]
    pub level: Option<String>,
    /// A whole number, as text since it may have 64 bits; without one, random values differ each time.
    #[tsify(optional, type = "string | null")]
    pub seed: Option<String>,
    /// RFC 3339; without one, the clock goes on.
    #[tsify(optional, type = "string | null")]
    pub freeze_clock: Option<String>,
    /// A value for some names of the matrix: only these combinations are rendered.
    #[tsify(optional, type = "Record<string, string>")]
    pub matrix: BTreeMap<String, String>,
    /// Codes that are hidden; infos and warnings only.
    #[tsify(optional)]
    pub allow: Vec<String>,
    /// Codes that are raised to errors.
    #[tsify(optional)]
    pub deny: Vec<String>,
    /// Warnings are errors.
    #[tsify(optional)]
    pub deny_warnings: bool,
}

/// The names of the options.
const NAMES: [&str; 7] = [
    "level",
    "seed",
    "freezeClock",
    "matrix",
    "allow",
    "deny",
    "denyWarnings",
];

impl Options {
    /// Reads them. A name that is no option's is refused: it would be without effect.
    pub fn read(given: &Ts<Self>) -> Result<Self, Misuse> {
        let object = Object::try_from(&given.js_value()).cloned();
        for name in object.iter().flat_map(Object::keys) {
            let name = name.as_string().unwrap_or_default();
            if !NAMES.contains(&&*name) {
                return Err(Misuse::BadOptions(format!("there is no option `{name}`")));
            }
        }
        let read = given.to_rust();
        read.map_err(|error| Misuse::BadOptions(error.to_string()))
    }

    /// Puts them into the options of the core. What else stands there stays.
    pub fn apply(self, options: &mut checker::Options) -> Result<(), Misuse> {
        let level = match self.level.as_deref() {
            None => Level::default(),
            Some("syntax") => Level::Syntax,
            Some("semantic") => Level::Semantic,
            Some("structure") => Level::Structure,
            Some(other) => return Err(bad("a level: syntax, semantic or structure", other)),
        };
        let seed = self.seed.map(|seed| {
            let read = seed.parse::<u64>();
            read.map_err(|_| bad("a seed: a whole number below 2^64", &seed))
        });
        let freeze_clock = self.freeze_clock.map(|moment| {
            Timestamp::parse(&moment).ok_or_else(|| bad("a moment of RFC 3339", &moment))
        });
        let seed = seed.transpose()?;
        let freeze_clock = freeze_clock.transpose()?;
        let allow = codes(&self.allow)?;
        if let Some(error) = allow.iter().find(|code| code.severity() == Severity::Error) {
            return Err(bad(
                "a code that can be hidden: it is an error",
                error.as_str(),
            ));
        }
        let deny = codes(&self.deny)?;
        options.level = level;
        options.seed = seed;
        options.freeze_clock = freeze_clock;
        options.matrix = self.matrix;
        options.allow = allow;
        options.deny = deny;
        options.deny_warnings = self.deny_warnings;
        Ok(())
    }
}

fn bad(wanted: &'static str, value: &str) -> Misuse {
    Misuse::BadOption {
        wanted,
        value: value.to_owned(),
    }
}

fn codes(names: &[String]) -> Result<Vec<Code>, Misuse> {
    let names = names.iter();
    names
        .map(|name| Code::find(name).ok_or_else(|| Misuse::NoSuchCode(name.clone())))
        .collect()
}

/// An object of variables, as `--var` gives them.
pub fn variables(given: JsValue) -> Result<BTreeMap<String, Value>, Misuse> {
    serde_wasm_bindgen::from_value(given).map_err(|error| Misuse::BadVariables(error.to_string()))
}

/// A trace as it was given, and what it says.
pub struct ReadTrace {
    bytes: Vec<u8>,
    /// Whether it was given as text: then its places are characters.
    is_text: bool,
    /// Its spans, or why it has none.
    pub read: Result<Trace, TraceError>,
}

impl ReadTrace {
    /// Reads a string or an `Uint8Array`. The same that `before` read is not read again: a trace stays
    /// while expectations are edited.
    pub fn new(given: &JsValue, before: Option<Self>) -> Result<Self, Misuse> {
        let (bytes, is_text) = match (given.as_string(), given.dyn_ref::<Uint8Array>()) {
            (Some(text), _) => (text.into_bytes(), true),
            (None, Some(bytes)) => (bytes.to_vec(), false),
            (None, None) => return Err(Misuse::NoTrace),
        };
        Ok(match before {
            Some(before) if before.is_text == is_text && before.bytes == bytes => before,
            _ => Self {
                read: Trace::read(&bytes),
                bytes,
                is_text,
            },
        })
    }

    /// The text that was given; `None` if it was bytes.
    pub fn text(&self) -> Option<&str> {
        let text = self.is_text.then(|| std::str::from_utf8(&self.bytes).ok());
        text.flatten()
    }
}

/// Files that are taken as `--vars-file` is, the preferred one first.
pub const VARS_FILES: [&str; 2] = ["vars.toml", "vars.json"];

/// Why a vars file says nothing.
pub enum BadVars {
    /// What does not parse.
    Toml(Findings),
    /// What the browser says of it.
    Json(String),
}

/// Reads a vars file: JSON if its name ends so, else TOML.
pub fn vars_file(source: &Source) -> Result<VarsFile, BadVars> {
    if source.name.ends_with(".json") {
        json_variables(&source.text).map_err(BadVars::Json)
    } else {
        VarsFile::from_toml(&source.text).map_err(BadVars::Toml)
    }
}

fn json_variables(text: &str) -> Result<VarsFile, String> {
    let text = text.trim_start_matches('\u{feff}');
    let parsed = js_sys::JSON::parse(text).map_err(|error| {
        let message = js_sys::Reflect::get(&error, &"message".into());
        let message = message.ok().and_then(|message| message.as_string());
        message.unwrap_or_else(|| "it does not parse".to_owned())
    })?;
    let entries: BTreeMap<String, Value> =
        serde_wasm_bindgen::from_value(parsed).map_err(|error| error.to_string())?;
    let entries = entries.into_iter();
    Ok(VarsFile::new(
        entries.map(|(name, value)| (name.into(), value)),
    ))
}

/// What a check needs of a project file.
pub fn project(project: config::Project) -> (Arc<checker::Project>, Vec<String>) {
    let paths = project.template_paths.into_iter();
    let paths = paths.map(|path| path.value.to_string()).collect();
    let project = checker::Project {
        vars: project.vars,
        allow_env: project.allow_env,
        allows_host_paths: !project.run.allow_host_paths.is_empty(),
        lint_allow: {
            let allow = project.lint_allow.into_iter();
            allow.map(|(path, codes)| (path.value, codes)).collect()
        },
        ..checker::Project::default()
    };
    (Arc::new(project), paths)
}
