//! The class that JavaScript sees.

use std::collections::BTreeMap;
use std::sync::Arc;

use clnrm_core::assist::{self, Names, Scene};
use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{self, Checker, PROJECT_FILES, Renders};
use clnrm_core::config::Project;
use clnrm_core::diagnostic::{Code, Findings};
use clnrm_core::document::Document;
use clnrm_core::expect::Surroundings;
use clnrm_core::fix;
use clnrm_core::format;
use clnrm_core::report;
use clnrm_core::rules;
use clnrm_core::source::{MemorySources, Position, Source, Sources as _};
use clnrm_core::template::{Limits, library};
use clnrm_core::trace::{Trace, TraceError};
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;

use crate::error::Misuse;
use crate::input::{self, Options, ReadTrace, VARS_FILES};
use crate::place::Places;
use crate::verdicts::{TraceFault, Verdicts, Waterfall};
use crate::view::{
    Changed, Completion, Explanation, FileKind, FileReport, Fixed, Graph, Hover, Rendered, Stats,
};
use crate::world;

/// Files, variables and options, and what the core says of them.
///
/// A file named `clnrm.toml` is the project file; one named `vars.toml` or `vars.json` is taken as
/// `--vars-file` is. Other `.json` files are traces, to hold tests against.
#[wasm_bindgen]
pub struct Playground {
    checker: Checker,
    files: MemorySources,
    library: Arc<Source>,
    options: checker::Options,
    /// The trace that was read last.
    trace: Option<ReadTrace>,
    /// What was said of files since something changed.
    checked: BTreeMap<Arc<str>, (report::FileReport, Renders)>,
}

#[wasm_bindgen]
impl Playground {
    /// No files, no variables, the limits for templates of strangers.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        console_error_panic_hook::set_once();
        Self {
            checker: Checker::new(CacheSettings::default()),
            files: MemorySources::default(),
            library: Arc::new(Source::new(library::SOURCE_NAME, library::TEXT)),
            options: checker::Options {
                limits: Limits::playground(),
                ticks: world::ticks,
                ..checker::Options::default()
            },
            trace: None,
            checked: BTreeMap::new(),
        }
    }

    /// Adds a file or replaces its text.
    ///
    /// # Errors
    /// `bad-name`: the name is not a relative path with `/`, without `.` and `..`.
    #[wasm_bindgen(js_name = setFile)]
    pub fn set_file(&mut self, name: &str, text: &str) -> Result<(), Misuse> {
        let is_part = |part| !matches!(part, "" | "." | "..");
        if !name.split('/').all(is_part) || name.contains('\\') || name.starts_with("<clnrm>") {
            return Err(Misuse::BadName(name.to_owned()));
        }
        self.files.set(name, text);
        self.changed(name);
        Ok(())
    }

    /// Removes a file; says whether it was there.
    #[wasm_bindgen(js_name = removeFile)]
    pub fn remove_file(&mut self, name: &str) -> bool {
        let was_there = self.files.remove(name);
        self.changed(name);
        was_there
    }

    /// The text of a file, also of one that is built in (`<clnrm>/_macros.toml.tera`).
    #[must_use]
    pub fn source(&self, name: &str) -> Option<String> {
        Some(self.find(name)?.text.to_string())
    }

    /// What a file of this name is for.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn kind(&self, name: &str) -> Result<Ts<FileKind>, Misuse> {
        hand_over(&FileKind::of(name))
    }

    /// Variables, as `--var` gives them: they replace those that were set before.
    ///
    /// # Errors
    /// `bad-variables`: not an object of plain data.
    #[wasm_bindgen(js_name = setVariables)]
    pub fn set_variables(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Record<string, unknown>")] variables: JsValue,
    ) -> Result<(), Misuse> {
        self.options.variables = input::variables(variables)?;
        self.checked.clear();
        Ok(())
    }

    /// Options: they replace those that were set before.
    ///
    /// # Errors
    /// `bad-options`, `no-such-code`: those before stay.
    #[wasm_bindgen(js_name = setOptions)]
    pub fn set_options(&mut self, options: Ts<Options>) -> Result<(), Misuse> {
        Options::read(&options)?.apply(&mut self.options)?;
        self.checked.clear();
        Ok(())
    }

    /// Judges a file: what `files` holds of it in `clnrm dry-run --format json`.
    ///
    /// # Errors
    /// `no-such-file`.
    pub fn check(&mut self, name: &str) -> Result<Ts<FileReport>, Misuse> {
        let source = self.own(name)?;
        self.checked.remove(name);
        let (report, renders) = self.checked(&source);
        let find = |name: &str| self.find(name);
        let report = FileReport::new(&report, &Places::new(&find, &renders));
        hand_over(&report)
    }

    /// What a check of the file looked at, also of a template with faults; of a file with a matrix one
    /// combination, by default the first. `undefined` if there is no text: a library, settings, block
    /// tags that do not pair, a cycle, a limit.
    ///
    /// # Errors
    /// `no-such-file`.
    pub fn rendered(
        &mut self,
        name: &str,
        combination: Option<usize>,
    ) -> Result<Option<Ts<Rendered>>, Misuse> {
        let source = self.own(name)?;
        let (_, renders) = self.checked(&source);
        let rendered = Rendered::new(&renders, combination.unwrap_or(0));
        rendered.as_ref().map(hand_over).transpose()
    }

    /// The texts of the files that a fix changes, with it applied: of the diagnostic with this index in
    /// the report of a check. Nothing is changed here; `setFile` does that.
    ///
    /// # Errors
    /// `no-such-file`, `no-fix`.
    pub fn fix(&mut self, name: &str, index: usize) -> Result<Ts<Fixed>, Misuse> {
        let source = self.own(name)?;
        let (report, _) = self.checked(&source);
        let diagnostic = report.diagnostics.get(index);
        let fix = diagnostic.and_then(|diagnostic| diagnostic.fix.as_ref());
        let text = |name: &str| Some(self.files.load(name).ok()??.text.clone());
        let texts = fix::apply(fix, text).texts;
        if texts.is_empty() {
            return Err(Misuse::NoFix(name.to_owned(), index));
        }
        let changed = texts.into_iter();
        let changed = changed.map(|(file, text)| Changed { file, text });
        hand_over(&Fixed(changed.collect()))
    }

    /// The text of a plain file in its usual layout. `undefined` for a template, where white space is
    /// text, and for what is no TOML.
    ///
    /// # Errors
    /// `no-such-file`.
    pub fn format(&self, name: &str) -> Result<Option<String>, Misuse> {
        let source = self.own(name)?;
        let plain = Some(&*source.text).filter(|_| !checker::is_template(name));
        Ok(plain.and_then(format::format))
    }

    /// What can stand at a place, given in UTF-16 units.
    ///
    /// # Errors
    /// `no-such-file`.
    pub fn complete(&mut self, name: &str, utf16: usize) -> Result<Ts<Completion>, Misuse> {
        let source = self.own(name)?;
        let names = self.names(&source);
        let offset = source.utf16().offset(&source.text, utf16);
        let completion = assist::complete(&self.scene(&source, &names), offset);
        hand_over(&Completion::new(completion, &source))
    }

    /// What stands at a place, given in UTF-16 units; `undefined` if nothing is known of it.
    ///
    /// # Errors
    /// `no-such-file`.
    pub fn hover(&mut self, name: &str, utf16: usize) -> Result<Option<Ts<Hover>>, Misuse> {
        let source = self.own(name)?;
        let names = self.names(&source);
        let offset = source.utf16().offset(&source.text, utf16);
        let hover = assist::hover(&self.scene(&source, &names), offset);
        let hover = hover.map(|hover| Hover::new(hover, &source));
        hover.as_ref().map(hand_over).transpose()
    }

    /// Services, scenarios and spans of a file, and how they hang together; `undefined` if there is no
    /// text to read them from.
    ///
    /// # Errors
    /// `no-such-file`.
    pub fn graph(
        &mut self,
        name: &str,
        combination: Option<usize>,
    ) -> Result<Option<Ts<Graph>>, Misuse> {
        let source = self.own(name)?;
        let (_, renders) = self.checked(&source);
        let graph = Graph::new(&renders, combination.unwrap_or(0));
        graph.as_ref().map(hand_over).transpose()
    }

    /// Holds what a file expects against a trace: what `clnrm analyze --format json` says of each
    /// expectation. The trace is a string, or an `Uint8Array` if it may be protobuf.
    ///
    /// # Errors
    /// `no-such-file`, `no-trace`.
    pub fn analyze(
        &mut self,
        name: &str,
        #[wasm_bindgen(unchecked_param_type = "string | Uint8Array")] trace: &JsValue,
    ) -> Result<Ts<Verdicts>, Misuse> {
        let source = self.own(name)?;
        let given = ReadTrace::new(trace, self.trace.take())?;
        let verdicts = self.verdicts(&source, &given);
        self.trace = Some(given);
        hand_over(&verdicts)
    }

    /// The spans of a trace as a waterfall draws them. The trace is given as for `analyze`.
    ///
    /// # Errors
    /// `no-trace`.
    pub fn waterfall(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "string | Uint8Array")] trace: &JsValue,
    ) -> Result<Ts<Waterfall>, Misuse> {
        let given = ReadTrace::new(trace, self.trace.take())?;
        let waterfall = match &given.read {
            Ok(trace) => Waterfall::new(trace),
            Err(error) => Waterfall::none(TraceFault::new(error, given.text())),
        };
        self.trace = Some(given);
        hand_over(&waterfall)
    }

    /// The page of a code, by number or name.
    ///
    /// # Errors
    /// `no-such-code`.
    pub fn explain(&self, code: &str) -> Result<Ts<Explanation>, Misuse> {
        let code = Code::find(code).ok_or_else(|| Misuse::NoSuchCode(code.to_owned()))?;
        hand_over(&Explanation {
            code: code.as_str(),
            name: code.name(),
            severity: code.severity().into(),
            markdown: rules::explain(code).markdown,
        })
    }

    /// What the instance did and holds.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn stats(&self) -> Result<Ts<Stats>, Misuse> {
        hand_over(&Stats {
            files: self.files.iter().len(),
            memory_bytes: world::memory(),
            cache: self.checker.stats().into(),
        })
    }
}

impl Playground {
    /// A file that was set.
    fn own(&self, name: &str) -> Result<Arc<Source>, Misuse> {
        let source = self.files.load(name).ok().flatten();
        source.ok_or_else(|| Misuse::NoSuchFile(name.to_owned()))
    }

    /// A file that was set, or one that is built in.
    fn find(&self, name: &str) -> Option<Arc<Source>> {
        if *name == *self.library.name {
            return Some(self.library.clone());
        }
        self.files.load(name).ok().flatten()
    }

    fn names(&mut self, source: &Arc<Source>) -> Names {
        let (_, renders) = self.checked(source);
        let files = self.files.iter().map(|file| file.name.clone());
        renders.names(source, files.collect())
    }

    fn scene<'a>(&'a self, source: &'a Source, names: &'a Names) -> Scene<'a> {
        Scene {
            source,
            is_project: PROJECT_FILES.contains(&&*source.name),
            names,
            sources: &self.files,
        }
    }

    /// What is known of a file, or found out now.
    fn checked(&mut self, source: &Arc<Source>) -> (report::FileReport, Renders) {
        if let Some(known) = self.checked.get(&source.name) {
            return known.clone();
        }
        self.options.now = Some(world::now());
        self.options.entropy = world::entropy();
        let checked = match FileKind::of(&source.name) {
            FileKind::Project => {
                let (_, findings) = project(source);
                let report = checker::settings_report(source, &findings);
                (report, Renders::default())
            }
            FileKind::Variables => (self.variables_report(source), Renders::default()),
            FileKind::Trace => (self.trace_report(source), Renders::default()),
            FileKind::Test | FileKind::Library => {
                self.checker.check_whole(source, &self.files, &self.options)
            }
        };
        self.checked.insert(source.name.clone(), checked.clone());
        checked
    }

    fn variables_report(&self, source: &Arc<Source>) -> report::FileReport {
        match input::vars_file(source) {
            Ok(_) => checker::settings_report(source, &[]),
            Err(input::BadVars::Toml(findings)) => checker::settings_report(source, &findings),
            Err(input::BadVars::Json(reason)) => {
                let message = format!("not JSON: {reason}");
                let (code, place) = (Code::S101, Position::START);
                checker::file_fault(&source.name, code, message, place, &self.options)
            }
        }
    }

    fn verdicts(&mut self, source: &Arc<Source>, given: &ReadTrace) -> Verdicts {
        // This fixes clock and chance: the render that is judged is the one that is shown.
        let (report, renders) = self.checked(source);
        let trace = match &given.read {
            Ok(trace) => trace,
            Err(error) => {
                let fault = TraceFault::new(error, given.text());
                return Verdicts::none(report.valid, Some(fault));
            }
        };
        if FileKind::of(&source.name) != FileKind::Test {
            return Verdicts::none(report.valid, None);
        }
        let analysis = self.checker.analyze(
            source,
            &self.files,
            &self.options,
            trace,
            &Surroundings::default(),
        );
        let find = |name: &str| self.find(name);
        Verdicts::new(&analysis, trace, &Places::new(&find, &renders))
    }

    fn trace_report(&self, source: &Arc<Source>) -> report::FileReport {
        match Trace::read(source.text.as_bytes()) {
            Ok(_) => checker::settings_report(source, &[]),
            Err(TraceError { message, place, .. }) => {
                let place = source.position(place.offset(&source.text));
                let message = format!("no trace: {message}");
                checker::file_fault(&source.name, Code::S101, message, place, &self.options)
            }
        }
    }

    /// A file is there, gone or other than before: what was said no longer holds, and it may be one
    /// that holds for all.
    fn changed(&mut self, name: &str) {
        self.checked.clear();
        let first = |names: &[&str]| {
            let mut found = names.iter().filter_map(|name| self.find(name));
            found.next()
        };
        if PROJECT_FILES.contains(&name) {
            let project = first(&PROJECT_FILES).map(|source| project(&source).0);
            let (project, paths) = input::project(project.unwrap_or_default());
            self.options.project = project;
            self.options.template_paths = paths;
        } else if VARS_FILES.contains(&name) {
            let vars_file = first(&VARS_FILES).and_then(|source| input::vars_file(&source).ok());
            self.options.vars_file = vars_file.map(Arc::new);
        }
    }
}

impl Default for Playground {
    fn default() -> Self {
        Self::new()
    }
}

/// A project file, and what is wrong with it. What can be read of it counts.
fn project(source: &Source) -> (Project, Findings) {
    let (document, mut findings) = Document::parse(&source.text, &[]);
    let (project, settings) = Project::read(&document);
    findings.extend(settings);
    (project, findings)
}

fn hand_over<T: Tsify + serde::Serialize>(value: &T) -> Result<Ts<T>, Misuse> {
    value
        .into_ts()
        .map_err(|error| Misuse::Conversion(error.to_string()))
}
