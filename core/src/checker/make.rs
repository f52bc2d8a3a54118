//! Renders a file for each of its combinations, and notes everything that was read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::options::{Options, Prepared};
use super::outcome::{Outcome, Rendering};
use super::world::Recorder;
use crate::cache::Reads;
use crate::diagnostic::{Anchor, Code, Finding, Severity};
use crate::digest::{Digest, DigestBuilder};
use crate::document::{Document, Node};
use crate::report::Dependency;
use crate::source::{Source, Sources, Span};
use crate::template::matrix::{self, Combination};
use crate::template::prelude::{self, Evaluate, Evaluated, Prelude};
use crate::template::scan::{Scan, Within};
use crate::template::strings::{self, Assembly, Decoded, Quotes};
use crate::template::variables::{Context, add_value};
use crate::template::{self, Host, Rendered, Request, SourceMap, Timestamp};

use super::unused;

/// What came of a file, and what it depends on; `None` if it must not be kept.
pub(super) struct Made {
    pub outcome: Outcome,
    pub reads: Option<Reads>,
}

/// Whether files of this name are templates as a whole.
pub(super) fn is_template(name: &str) -> bool {
    name.ends_with(".tera")
}

/// Whether files of this name are only included and imported.
pub(super) fn is_library(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.starts_with('_')
}

/// How the text of a file is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// It is the text.
    Plain,
    /// Some of its strings are rendered.
    Strings,
    /// It is rendered as a whole.
    Template,
}

/// What a file is made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// To be judged: of a library no more than its template.
    Check,
    /// To be shown: a library, too, is rendered.
    Render,
}

/// Renders `entry`.
pub(super) fn make(
    entry: &Arc<Source>,
    sources: &dyn Sources,
    options: &Options,
    prepared: &Prepared,
    purpose: Purpose,
) -> Made {
    let recorder = Recorder::new(sources);
    let mut maker = Maker {
        entry,
        sources: &recorder,
        options,
        prepared,
        findings: Vec::new(),
        variables: BTreeSet::new(),
        environment: BTreeSet::new(),
        files: BTreeMap::new(),
        nested: BTreeSet::new(),
        volatile: None,
    };
    let name = &*entry.name;
    let as_library = purpose == Purpose::Check && is_library(name);
    let (has_matrix, renders) = if as_library {
        maker.library();
        (false, Vec::new())
    } else {
        maker.renders()
    };
    let Maker {
        mut findings,
        variables,
        environment,
        mut files,
        nested,
        ..
    } = maker;
    let notes = recorder.finish();
    files.insert(entry.name.clone(), entry.clone());
    let mut dependencies: BTreeMap<Arc<str>, Option<Digest>> = files
        .values()
        .map(|file| (file.name.clone(), Some(file.digest)))
        .collect();
    for (name, source) in &notes.loaded {
        dependencies.insert(name.clone(), source.as_ref().map(|source| source.digest));
        if let Some(source) = source {
            files.insert(name.clone(), source.clone());
        }
    }
    // The file that was asked about is what was handed in, also if it includes itself.
    files.insert(entry.name.clone(), entry.clone());
    dependencies.remove(&entry.name);
    let has_tags = is_template(name) || strings::has_tags(&entry.text);
    let sure = !renders.iter().any(|render: &Rendering| render.text.is_none() || !render.faults.is_empty());
    if sure && !as_library {
        let own = renders.first().map(|render| render.own.clone());
        let own = own.as_deref().unwrap_or_default();
        findings.extend(unused::own(entry, own, &nested, &files));
    }
    let uses = prepared
        .command_line
        .iter()
        .filter(|name| !sure || unused::is_read(name, &nested, &files))
        .cloned()
        .collect();
    let outcome = Outcome {
        findings,
        renders,
        has_matrix,
        is_library: as_library,
        files,
        dependencies: dependencies
            .into_iter()
            .map(|(path, digest)| Dependency { path, digest })
            .collect(),
        uses,
        has_tags,
    };
    let keep = !notes.failed && !outcome.is_volatile();
    let reads = keep.then(|| Reads {
        world: prepared.outside.id(),
        sources: notes
            .loaded
            .into_iter()
            .map(|(name, source)| (name, source.map(|source| source.digest)))
            .collect(),
        variables: outside_reads(&variables, &nested)
            .into_iter()
            .map(|name| {
                let digest = prepared.outside.digest(&name);
                (name, digest)
            })
            .collect(),
        environment: environment
            .into_iter()
            .map(|name| {
                let value = prepared.outside.environment().get(&*name);
                let digest = value.map(|value| Digest::of(value.as_bytes()));
                (name, digest)
            })
            .collect(),
    });
    Made { outcome, reads }
}

/// The names from outside that a render depends on: where `vars` was asked for single entries only,
/// these instead of all of it.
fn outside_reads(variables: &BTreeSet<Arc<str>>, nested: &BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
    let mut names = variables.clone();
    if names.contains("vars") && !nested.contains("vars") {
        let entries: Vec<Arc<str>> = nested
            .iter()
            .filter_map(|path| path.strip_prefix("vars."))
            .map(|path| path.split('.').next().unwrap_or(path).into())
            .collect();
        // Without a single path nothing is known about what was asked for.
        if !entries.is_empty() {
            names.remove("vars");
            names.extend(entries);
        }
    }
    names
}

struct Maker<'a> {
    entry: &'a Arc<Source>,
    sources: &'a Recorder<'a>,
    options: &'a Options,
    prepared: &'a Prepared,
    findings: Vec<Finding>,
    /// Top-level names that were looked up.
    variables: BTreeSet<Arc<str>>,
    environment: BTreeSet<Arc<str>>,
    files: BTreeMap<Arc<str>, Arc<Source>>,
    nested: BTreeSet<Arc<str>>,
    /// The first call that made the file volatile before it was rendered.
    volatile: Option<(Arc<str>, Span)>,
}

impl Maker<'_> {
    fn at(&self, code: Code, span: Span, message: impl Into<String>) -> Finding {
        Finding::at(code, Anchor::Source(self.entry.name.clone(), span), message)
    }

    fn library(&mut self) {
        if is_template(&self.entry.name) || strings::has_tags(&self.entry.text) {
            self.findings = template::check_library(
                self.entry,
                self.sources,
                &self.options.template_paths,
                &self.options.limits,
            );
        }
    }

    /// All renders, and whether the file has a matrix.
    fn renders(&mut self) -> (bool, Vec<Rendering>) {
        let text = self.entry.text.clone();
        let (mode, strings) = self.mode(&text);
        if mode == Mode::Plain && !text.contains("matrix") && !text.contains("vars") {
            return (false, vec![self.plain(Vec::new(), None)]);
        }
        if mode == Mode::Template && !prelude::may_have_prelude(&text) {
            let prelude = Prelude::default();
            return (false, vec![self.one(mode, &strings, &prelude, Vec::new())]);
        }
        let scan = Scan::of(&text);
        let first = self.prelude(mode, &scan, None);
        if first.axes.is_empty() {
            return (false, vec![self.one(mode, &strings, &first, Vec::new())]);
        }
        let combinations = match matrix::combinations(&first.axes, &self.options.matrix) {
            Ok(combinations) => combinations,
            Err(mut finding) => {
                if let Anchor::Rendered(span) = finding.at {
                    finding.at = Anchor::Source(self.entry.name.clone(), span);
                }
                self.findings.push(finding);
                return (true, Vec::new());
            }
        };
        if let Some(finding) = unused::loop_over_axis(self.entry, &scan, &first.axes) {
            self.findings.push(finding);
        }
        let renders = combinations
            .into_iter()
            .map(|combination| {
                if first.by_combination {
                    let prelude = self.prelude(mode, &scan, Some(&combination));
                    self.one(mode, &strings, &prelude, combination)
                } else {
                    self.one(mode, &strings, &first, combination)
                }
            })
            .collect();
        (true, renders)
    }

    /// How the text is made; in a plain file also which strings are templates.
    fn mode(&mut self, text: &str) -> (Mode, Vec<Span>) {
        if is_template(&self.entry.name) {
            return (Mode::Template, Vec::new());
        }
        if !strings::has_tags(text) {
            return (Mode::Plain, Vec::new());
        }
        let (document, findings) = Document::parse(text, &[]);
        let setting = document.root.get("meta").and_then(Node::as_table);
        let off = setting
            .and_then(|meta| meta.get("template"))
            .is_some_and(|node| node.kind == crate::document::Kind::Boolean(false));
        if off {
            return (Mode::Plain, Vec::new());
        }
        let broken = findings.iter().filter(|finding| finding.code == Code::S101);
        if let Some(tag) = tag_at_fault(text, broken) {
            let finding = self
                .at(
                    Code::S104,
                    tag,
                    "this file is TOML only after it is rendered as a template",
                )
                .help("name it `.toml.tera`, so that every tool knows");
            self.findings.push(finding);
            return (Mode::Template, Vec::new());
        }
        (Mode::Strings, strings::candidates(&document.root))
    }

    fn prelude(&mut self, mode: Mode, scan: &Scan, combination: Option<&Combination>) -> Prelude {
        let text = self.entry.text.clone();
        let outside = &self.prepared.outside;
        let host = self.host(None);
        let mut evaluator = Evaluator {
            maker: self,
            mode,
            host,
        };
        let prelude = prelude::read(&text, scan, outside, combination, &mut evaluator);
        let host = evaluator.host;
        self.note_environment(&host);
        self.variables.extend(prelude.read.iter().cloned());
        prelude
    }

    /// The world of a render of this file.
    fn host(&self, prelude: Option<&Prelude>) -> Host {
        let options = self.options;
        let clock = prelude.and_then(|prelude| prelude.freeze_clock.as_deref());
        Host::new(
            self.prepared.outside.environment().clone(),
            options.seed.or(prelude.and_then(|prelude| prelude.seed)),
            options.freeze_clock.or(clock.and_then(Timestamp::parse)),
            options.now,
            options.entropy,
            options.limits.made_bytes,
        )
    }

    fn one(
        &mut self,
        mode: Mode,
        strings: &[Span],
        prelude: &Prelude,
        combination: Combination,
    ) -> Rendering {
        if mode == Mode::Plain {
            return self.plain(combination, Some(prelude));
        }
        let context = self.context(prelude, &combination);
        let host = self.host(Some(prelude));
        let mut render = if mode == Mode::Template {
            self.template(&host, context)
        } else {
            self.strings(&host, context, strings)
        };
        render.combination = combination;
        render.own = prelude.vars.as_slice().into();
        self.note_environment(&host);
        render
    }

    /// The root context of a render.
    fn context(&self, prelude: &Prelude, combination: &Combination) -> Arc<Context> {
        let base = match &prelude.context {
            Some(context) => context,
            None => self.prepared.outside.context(),
        };
        if combination.is_empty() {
            return base.clone();
        }
        let mut context = Context::clone(base);
        let matrix = prelude::matrix_value(&prelude.lists, &self.prepared.outside, Some(combination));
        context.insert("matrix".into(), matrix);
        Arc::new(context)
    }

    /// A file that is the text.
    fn plain(&mut self, combination: Combination, prelude: Option<&Prelude>) -> Rendering {
        Rendering {
            combination,
            text: Some(self.entry.text.clone()),
            digest: Some(self.entry.digest),
            map: SourceMap::identity(self.entry.clone()),
            templated: false,
            faults: Vec::new(),
            omitted: 0,
            first_fault: None,
            placeholders: Vec::new(),
            incomplete: false,
            context_digest: None,
            volatile: false,
            context: self.prepared.outside.context().clone(),
            own: prelude
                .map(|prelude| prelude.vars.as_slice().into())
                .unwrap_or_default(),
        }
    }

    fn request<'r>(
        &'r self,
        entry: &'r Arc<Source>,
        region: Option<Span>,
        context: &'r Context,
        host: &'r Host,
    ) -> Request<'r> {
        Request {
            entry,
            region,
            sources: self.sources,
            paths: &self.options.template_paths,
            variables: context,
            host,
            limits: &self.options.limits,
        }
    }

    /// A file that is rendered as a whole.
    fn template(&mut self, host: &Host, context: Arc<Context>) -> Rendering {
        let rendered = template::render(&self.request(self.entry, None, &context, host));
        let mut told = Told::default();
        told.take(self, &rendered);
        let faults = rendered.faults.into_iter().zip(rendered.counts).collect();
        let volatile = self.note_volatile(host, rendered.first_volatile, faults);
        Rendering {
            combination: Vec::new(),
            digest: rendered.text.as_ref().map(|text| Digest::of(text.as_bytes())),
            text: rendered.text,
            map: rendered.map,
            templated: true,
            faults: volatile.1,
            omitted: rendered.omitted,
            first_fault: rendered.first_fault,
            placeholders: rendered.placeholders,
            incomplete: rendered.incomplete,
            context_digest: Some(told.digest(&context, host)),
            volatile: volatile.0,
            context,
            own: Arc::default(),
        }
    }

    /// A plain file, some strings of which are rendered.
    fn strings(&mut self, host: &Host, context: Arc<Context>, strings: &[Span]) -> Rendering {
        let entry = self.entry.clone();
        let mut assembly = Assembly::new(self.entry);
        let mut told = Told::default();
        let mut faults: Vec<(Finding, u32)> = Vec::new();
        let mut first_fault = None;
        let mut first_volatile = None;
        let mut omitted = 0;
        let mut incomplete = false;
        for span in strings {
            let Some((quotes, content)) = Quotes::of(&entry.text, *span) else {
                continue;
            };
            let decoded = Decoded::of(&entry.text, content, quotes);
            if !template::is_expression_text(&decoded.text) {
                let finding = strings::left_alone(&entry.name, &entry.text, content);
                faults.push((finding, 1));
                continue;
            }
            let rendered = self.string(&decoded, &context, host);
            told.take(self, &rendered);
            assembly.replace(*span, quotes, &decoded, &rendered);
            let translate = |finding| decoded.translate(&entry.name, finding);
            let counted = rendered.faults.into_iter().zip(rendered.counts);
            faults.extend(counted.map(|(finding, count)| (translate(finding), count)));
            first_fault = first_fault.or(rendered.first_fault.map(translate));
            first_volatile = first_volatile.or(rendered
                .first_volatile
                .map(|(name, span)| (name, decoded.span(span))));
            omitted += rendered.omitted;
            incomplete |= rendered.text.is_none();
        }
        let (text, map, placeholders) = assembly.finish();
        let text: Arc<str> = text.into();
        let (volatile, faults) = self.note_volatile(host, first_volatile, faults);
        Rendering {
            combination: Vec::new(),
            digest: Some(Digest::of(text.as_bytes())),
            text: Some(text),
            map,
            templated: true,
            faults,
            omitted,
            first_fault,
            placeholders,
            incomplete,
            context_digest: Some(told.digest(&context, host)),
            volatile,
            context,
            own: Arc::default(),
        }
    }

    /// Renders what a string of a plain file says.
    fn string(&self, decoded: &Decoded, context: &Context, host: &Host) -> Rendered {
        let source = Arc::new(Source::new(self.entry.name.clone(), decoded.text.as_str()));
        let region = Some(Span::new(0, decoded.text.len()));
        template::render(&self.request(&source, region, context, host))
    }

    fn note_environment(&mut self, host: &Host) {
        let reads = host.environment_reads();
        self.environment.extend(reads.into_iter().map(Arc::from));
    }

    /// Whether a render was volatile, and its faults with that said.
    fn note_volatile(
        &mut self,
        host: &Host,
        first: Option<(Arc<str>, Span)>,
        mut faults: Vec<(Finding, u32)>,
    ) -> (bool, Vec<(Finding, u32)>) {
        let first = self.volatile.clone().or(first);
        let volatile = host.is_volatile() || self.volatile.is_some();
        if volatile {
            let (file, span) = first.unwrap_or((self.entry.name.clone(), Span::at(0)));
            let finding = Finding::at(
                Code::T120,
                Anchor::Source(file, span),
                "the clock or chance decides what this renders to",
            )
            .help("set `[determinism] seed` and `freeze_clock`, or give `--seed` and `--freeze-clock`");
            faults.push((finding, 1));
        }
        (volatile, faults)
    }
}

/// The tag that keeps a text from being TOML: one that stands outside strings and comments, or on a
/// line that does not parse. Without one the fault is something else.
fn tag_at_fault<'f>(text: &str, broken: impl Iterator<Item = &'f Finding>) -> Option<Span> {
    let lines: Vec<Span> = broken
        .filter_map(|finding| match finding.at {
            Anchor::Rendered(span) => Some(span),
            Anchor::Source(..) => None,
        })
        .map(|span| {
            let from = text[..text.floor_char_boundary(span.start)].rfind('\n').map_or(0, |at| at + 1);
            let end = text.floor_char_boundary(span.end);
            let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
            Span::new(from, to.max(from))
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let scan = Scan::of(text);
    let outside = scan.tags.iter().find(|tag| tag.within == Within::Code && !text[tag.span.start..].starts_with("{#"));
    let at_fault = || {
        let on_line = |tag: &&crate::template::scan::Tag| {
            lines.iter().any(|line| line.touches(tag.span)) && tag.within != Within::Comment
        };
        scan.tags.iter().find(on_line)
    };
    outside.or_else(at_fault).map(|tag| tag.span)
}

/// What a render was told, for the digest of its context.
#[derive(Default)]
struct Told {
    variables: BTreeSet<Arc<str>>,
    nested: BTreeSet<Arc<str>>,
}

impl Told {
    fn take(&mut self, maker: &mut Maker<'_>, rendered: &Rendered) {
        maker.variables.extend(rendered.variables_read.iter().cloned());
        maker.nested.extend(rendered.nested_read.iter().cloned());
        for read in &rendered.files {
            if let Some(source) = &read.source {
                maker.files.entry(read.name.clone()).or_insert_with(|| source.clone());
            }
        }
        self.variables.extend(rendered.variables_read.iter().cloned());
        self.nested.extend(rendered.nested_read.iter().cloned());
    }

    fn digest(&self, context: &Context, host: &Host) -> Digest {
        let mut digest = DigestBuilder::new();
        for name in &self.variables {
            let prefix = format!("{name}.");
            let mut paths = self.nested.iter().filter(|path| path.starts_with(&prefix)).peekable();
            if paths.peek().is_some() && !self.nested.contains(name) {
                for path in paths {
                    let value = crate::template::json::at_path(
                        context.get(name).unwrap_or(&minijinja::Value::UNDEFINED),
                        &path[prefix.len()..],
                    );
                    add(&mut digest, path, value.as_ref());
                }
            } else {
                add(&mut digest, name, context.get(name));
            }
        }
        digest.part(b"environment");
        for name in host.environment_reads() {
            digest.part(name.as_bytes());
            match host.environment.get(&name) {
                Some(value) => digest.part(b"set").part(value.as_bytes()),
                None => digest.part(b"unset"),
            };
        }
        digest.finish()
    }
}

fn add(digest: &mut DigestBuilder, name: &str, value: Option<&minijinja::Value>) {
    digest.part(name.as_bytes());
    match value.filter(|value| !value.is_undefined()) {
        Some(value) => {
            digest.part(b"set");
            add_value(digest, value, 0);
        }
        None => {
            digest.part(b"unset");
        }
    }
}

/// Renders strings of the prelude.
struct Evaluator<'m, 'a> {
    maker: &'m mut Maker<'a>,
    mode: Mode,
    host: Host,
}

impl Evaluate for Evaluator<'_, '_> {
    fn determinism(&mut self, seed: Option<u64>, freeze_clock: Option<&str>) {
        self.host.seed = self.host.seed.or(seed);
        self.host.frozen = self.host.frozen.or(freeze_clock.and_then(Timestamp::parse));
    }

    fn string(&mut self, span: Span, context: &Context) -> Evaluated {
        let entry = self.maker.entry.clone();
        let Some((quotes, content)) = Quotes::of(&entry.text, span) else {
            return Evaluated::default();
        };
        let was_volatile = self.host.is_volatile();
        let (rendered, text, place) = if self.mode == Mode::Template {
            let request = self.maker.request(&entry, Some(content), context, &self.host);
            let rendered = template::render(&request);
            let text = rendered.text.as_ref().map(|text| {
                let whole = Span::new(0, text.len());
                Decoded::of(text, whole, quotes).text
            });
            (rendered, text, None)
        } else {
            let decoded = Decoded::of(&entry.text, content, quotes);
            if self.mode == Mode::Plain || !template::is_expression_text(&decoded.text) {
                return Evaluated {
                    text: Some(decoded.text),
                    ..Evaluated::default()
                };
            }
            let rendered = self.maker.string(&decoded, context, &self.host);
            let text = rendered.text.as_ref().map(ToString::to_string);
            (rendered, text, Some(decoded))
        };
        if self.host.is_volatile() && !was_volatile && self.maker.volatile.is_none() {
            let place = |(name, span): (Arc<str>, Span)| match &place {
                Some(decoded) => (name, decoded.span(span)),
                None => (name, span),
            };
            let first = rendered.first_volatile.clone().map(place);
            self.maker.volatile = first.or(Some((entry.name.clone(), span)));
        }
        let mut told = Told::default();
        told.take(self.maker, &rendered);
        let failed = rendered
            .faults
            .iter()
            .any(|fault| fault.code.severity() == Severity::Error);
        Evaluated {
            text,
            failed,
            read: rendered.variables_read,
        }
    }
}
