//! What JavaScript sees. The TypeScript types are generated from these; they are the published JSON
//! (`clnrm dry-run --format json`) with `utf16` in every position, and what else the page shows.
//!
//! Each is made from its model in the core by taking that apart whole: a field that is added there
//! does not compile here until it is handed on.

use std::collections::BTreeMap;
use std::sync::Arc;

use clnrm_core::cache::CacheStats;
use clnrm_core::source::{LineIndex, Source, Span, Utf16Index};
use clnrm_core::template::{Runs, SourceMap, Step};
use clnrm_core::{assist, checker, diagnostic, graph, report, source, trace};
use minijinja::Value;
use serde::Serialize;
use tsify::Tsify;

use crate::input::VARS_FILES;
use crate::place::Places;

/// An enumeration of the core, and its words in JavaScript.
macro_rules! words {
    ($(#[$doc:meta])* $case:literal $name:ident = $core:path { $($variant:ident)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Serialize, Tsify)]
        #[serde(rename_all = $case)]
        pub enum $name { $($variant),* }

        impl From<$core> for $name {
            fn from(core: $core) -> Self {
                use $core as Core;
                match core { $(Core::$variant => Self::$variant),* }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How grave a diagnostic is.
    "kebab-case" Severity = diagnostic::Severity { Info Warning Error }
}
words! {
    /// How far a file is judged.
    "kebab-case" Level = diagnostic::Level { Syntax Semantic Structure Full }
}
words! {
    /// How sure it is that the place in the template caused the fault.
    "kebab-case" Mapping = diagnostic::Mapping { Exact Expression CallSite None }
}
words! {
    /// How far a check got before it had to stop.
    "kebab-case" Stage = report::Stage { File Template }
}
/// What a file is for, by its name.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Tsify)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A test file, or a template of one.
    Test,
    /// Its name begins with `_`: included and imported, never judged as a test.
    Library,
    /// `clnrm.toml`: what holds for all files.
    Project,
    /// `vars.toml` or `vars.json`: taken as `--vars-file` is.
    Variables,
    /// Any other `.json`, `.jsonl` or `.ndjson`: a trace to hold tests against.
    Trace,
}

/// How names of traces end.
const TRACES: [&str; 3] = [".json", ".jsonl", ".ndjson"];

impl FileKind {
    /// Of a file of this name.
    pub(crate) fn of(name: &str) -> Self {
        if VARS_FILES.contains(&name) {
            return Self::Variables;
        }
        if TRACES.iter().any(|end| name.ends_with(end)) {
            return Self::Trace;
        }
        match checker::FileKind::of(name) {
            checker::FileKind::Test => Self::Test,
            checker::FileKind::Library => Self::Library,
            checker::FileKind::Project => Self::Project,
        }
    }
}

/// A place.
#[derive(Clone, Copy, Serialize, Tsify)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in Unicode scalar values.
    pub column: u32,
    /// Byte, from 0.
    pub offset: usize,
    /// UTF-16 unit, from 0.
    pub utf16: usize,
}

impl Position {
    /// A place before which so many UTF-16 units stand.
    pub(crate) const fn new(position: source::Position, utf16: usize) -> Self {
        let source::Position {
            line,
            column,
            offset,
        } = position;
        Self {
            line,
            column,
            offset,
            utf16,
        }
    }

    /// The place in a trace's text at which it is none.
    pub(crate) fn in_trace(place: trace::Place, text: &str) -> Self {
        let offset = place.offset(text);
        let position = LineIndex::new(text).position(text, offset);
        Self::new(position, Utf16Index::new(text).units(text, offset))
    }
}

/// Two places of the rendered text; the end is exclusive.
#[derive(Serialize, Tsify)]
pub struct Range {
    /// First character.
    pub start: Position,
    /// One past the last.
    pub end: Position,
}

/// Two places of a file.
#[derive(Serialize, Tsify)]
pub struct Location {
    /// The name of the file.
    pub file: Arc<str>,
    /// First character.
    pub start: Position,
    /// One past the last.
    pub end: Position,
}

/// Another place that matters.
#[derive(Serialize, Tsify)]
pub struct Related {
    /// The name of the file.
    pub file: Arc<str>,
    /// First character.
    pub start: Position,
    /// One past the last.
    pub end: Position,
    /// Why it matters.
    pub message: String,
}

/// One replacement of a fix.
#[derive(Serialize, Tsify)]
pub struct Edit {
    /// The name of the file.
    pub file: Arc<str>,
    /// First character that is replaced.
    pub start: Position,
    /// One past the last.
    pub end: Position,
    /// By what.
    pub text: String,
}

/// A repair.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct Fix {
    /// Whether it may be applied without asking.
    pub safe: bool,
    /// The replacements, which do not overlap.
    pub edits: Vec<Edit>,
}

/// Something found.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct Diagnostic {
    /// Such as `C103`.
    pub code: &'static str,
    /// Such as `unknown-field`.
    pub name: &'static str,
    /// How grave.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// Where, in the text the author wrote.
    pub primary: Location,
    /// How sure that is.
    pub mapping: Mapping,
    /// Where in the rendered text, when it came through a template.
    pub rendered: Option<Range>,
    /// Other places.
    pub related: Vec<Related>,
    /// What to do.
    pub help: Option<String>,
    /// A repair.
    pub fix: Option<Fix>,
    /// How many equal diagnostics this one stands for.
    pub count: u32,
    /// Indices of the matrix combinations it was found in; absent without a matrix.
    #[serde(rename = "in", skip_serializing_if = "Vec::is_empty")]
    #[tsify(optional)]
    pub renders: Vec<u32>,
}

/// A file that was read because another one names it.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct Dependency {
    /// Its name.
    pub path: Arc<str>,
    /// Its digest; `null` if it was looked for and is absent.
    pub digest: Option<String>,
}

/// Time spent, in microseconds.
#[derive(Serialize, Tsify)]
pub struct Timings {
    pub read: u64,
    pub hash: u64,
    pub cache: u64,
    pub render: u64,
    pub parse: u64,
    pub validate: u64,
    pub total: u64,
}

/// One combination of a matrix.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub struct MatrixRender {
    /// The values, by name.
    #[tsify(type = "Record<string, unknown>")]
    pub matrix: BTreeMap<String, Value>,
    /// Digest of what was read.
    pub context_digest: Option<String>,
    /// Whether it came from the cache.
    pub cached: bool,
    /// Whether another render of the same bytes could differ.
    pub volatile: bool,
}

/// What a check says of a file.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub struct FileReport {
    /// The name of the file.
    pub path: Arc<str>,
    /// No error among what was judged.
    pub valid: bool,
    /// How far it was judged.
    pub level: Level,
    /// Where the check had to stop, if it had to.
    pub stopped_at: Option<Stage>,
    /// Diagnostics beyond those that are listed.
    pub omitted: usize,
    /// Digest of the file.
    pub template_digest: Option<String>,
    /// Digest of the variables that were read.
    pub context_digest: Option<String>,
    /// Whether the render came from the cache.
    pub cached: bool,
    /// Whether another render of the same bytes could differ.
    pub volatile: bool,
    /// Other files that the render read or looked for.
    pub dependencies: Vec<Dependency>,
    /// Where the time went.
    pub timings_us: Timings,
    /// The combinations of the file's matrix, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renders: Option<Vec<MatrixRender>>,
    /// What was found, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

impl FileReport {
    /// The report as JavaScript sees it.
    pub(crate) fn new(report: &report::FileReport, places: &Places<'_>) -> Self {
        let report::FileReport {
            path,
            valid,
            level,
            stopped_at,
            omitted,
            template_digest,
            context_digest,
            cached,
            volatile,
            dependencies,
            timings_us,
            renders,
            diagnostics,
            counts: _,
        } = report;
        let renders = renders.as_ref().map(|renders| {
            let renders = renders.iter();
            renders.map(MatrixRender::from).collect()
        });
        Self {
            path: path.clone(),
            valid: *valid,
            level: (*level).into(),
            stopped_at: stopped_at.map(Stage::from),
            omitted: *omitted,
            template_digest: template_digest.map(|digest| digest.to_string()),
            context_digest: context_digest.map(|digest| digest.to_string()),
            cached: *cached,
            volatile: *volatile,
            dependencies: dependencies.iter().map(Dependency::from).collect(),
            timings_us: (*timings_us).into(),
            renders,
            diagnostics: diagnostics
                .iter()
                .map(|diagnostic| Diagnostic::new(diagnostic, places))
                .collect(),
        }
    }
}

impl Diagnostic {
    pub(crate) fn new(diagnostic: &diagnostic::Diagnostic, places: &Places<'_>) -> Self {
        let diagnostic::Diagnostic {
            code,
            name,
            severity,
            message,
            label: _,
            primary,
            mapping,
            rendered,
            related,
            help,
            fix,
            count,
            renders,
        } = diagnostic;
        Self {
            code: code.as_str(),
            name,
            severity: (*severity).into(),
            message: message.clone(),
            primary: Location::new(primary, places),
            mapping: (*mapping).into(),
            rendered: rendered.map(|range| {
                let combination = renders.first().copied().unwrap_or(0);
                places.rendered(range, combination as usize)
            }),
            related: related
                .iter()
                .map(|related| Related::new(related, places))
                .collect(),
            help: help.clone(),
            fix: fix.as_ref().map(|fix| Fix::new(fix, places)),
            count: *count,
            renders: renders.clone(),
        }
    }
}

impl Location {
    pub(crate) fn new(location: &diagnostic::Location, places: &Places<'_>) -> Self {
        let diagnostic::Location { file, start, end } = location;
        let text = places.file(file);
        Self {
            file: file.clone(),
            start: places.position(text.as_deref(), *start),
            end: places.position(text.as_deref(), *end),
        }
    }
}

impl Related {
    fn new(related: &diagnostic::Related, places: &Places<'_>) -> Self {
        let diagnostic::Related { location, message } = related;
        let Location { file, start, end } = Location::new(location, places);
        Self {
            file,
            start,
            end,
            message: message.clone(),
        }
    }
}

impl Location {
    fn of(source: &Source, span: Span) -> Self {
        let place = |offset| {
            let position = source.position(offset);
            let units = source.utf16().units(&source.text, position.offset);
            Position::new(position, units)
        };
        Self {
            file: source.name.clone(),
            start: place(span.start),
            end: place(span.end),
        }
    }

    /// Where bytes of a rendered text came from.
    fn mapped(map: &SourceMap, span: Span) -> Self {
        let mapped = map.locate(span);
        Self::of(&mapped.file, mapped.span)
    }
}

impl Related {
    fn step(step: &Step) -> Self {
        let Location { file, start, end } = Location::of(&step.file, step.span);
        Self {
            file,
            start,
            end,
            message: step.message.to_owned(),
        }
    }
}

impl Fix {
    fn new(fix: &diagnostic::Fix, places: &Places<'_>) -> Self {
        let diagnostic::Fix { safe, edits } = fix;
        let edits = edits.iter().map(|diagnostic::Edit { location, text }| {
            let Location { file, start, end } = Location::new(location, places);
            Edit {
                file,
                start,
                end,
                text: text.clone(),
            }
        });
        Self {
            safe: *safe,
            edits: edits.collect(),
        }
    }
}

impl From<&report::Dependency> for Dependency {
    fn from(report::Dependency { path, digest }: &report::Dependency) -> Self {
        Self {
            path: path.clone(),
            digest: digest.map(|digest| digest.to_string()),
        }
    }
}

impl From<&report::MatrixRender> for MatrixRender {
    fn from(render: &report::MatrixRender) -> Self {
        let report::MatrixRender {
            matrix,
            context_digest,
            cached,
            volatile,
        } = render;
        Self {
            matrix: matrix.clone(),
            context_digest: context_digest.map(|digest| digest.to_string()),
            cached: *cached,
            volatile: *volatile,
        }
    }
}

impl From<report::Timings> for Timings {
    fn from(timings: report::Timings) -> Self {
        let report::Timings {
            read,
            hash,
            cache,
            render,
            parse,
            validate,
            total,
        } = timings;
        Self {
            read,
            hash,
            cache,
            render,
            parse,
            validate,
            total,
        }
    }
}

/// What a file renders to.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null, hashmap_as_object)]
pub struct Rendered {
    /// The text.
    pub text: Arc<str>,
    /// Where it came from.
    pub map: RenderedMap,
    /// The combination of the matrix that it is; empty without a matrix.
    #[tsify(type = "Record<string, unknown>")]
    pub matrix: BTreeMap<String, Value>,
    /// How many combinations there are; 1 without a matrix.
    pub combinations: usize,
}

/// Where a rendered text came from: all of it, in order.
#[derive(Serialize, Tsify)]
pub struct RenderedMap {
    /// Names of files; segments name them by index.
    pub files: Vec<Arc<str>>,
    /// Includes, imports and calls that led somewhere, the innermost first; segments name them by
    /// index. The first is empty: straight from the file.
    pub chains: Vec<Vec<Related>>,
    /// Runs of the text, each from one place.
    pub segments: Vec<Segment>,
}

/// A run of rendered text that came from one place. All numbers but the indices are UTF-16 units.
#[derive(Serialize, Tsify)]
pub struct Segment {
    /// Its start in the rendered text.
    pub from: usize,
    /// One past its end.
    pub to: usize,
    /// Index in `files`.
    pub file: usize,
    /// Where it came from in that file.
    pub start: usize,
    /// One past the last unit it came from.
    pub end: usize,
    /// How sure that is. `exact`: unit by unit.
    pub mapping: Mapping,
    /// Index in `chains`.
    pub chain: usize,
}

impl Rendered {
    /// A combination of what a check looked at; `None` if there is no text.
    pub(crate) fn new(renders: &checker::Renders, combination: usize) -> Option<Self> {
        let (text, map) = renders.text(combination)?;
        let units = Utf16Index::new(text);
        let Runs {
            files,
            chains,
            pieces,
        } = map.runs(text);
        let segments = pieces.iter().map(|(piece, chain)| {
            let source = |offset| {
                let file = files.get(piece.file);
                file.map_or(0, |file| file.utf16().units(&file.text, offset))
            };
            Segment {
                from: units.units(text, piece.output.start),
                to: units.units(text, piece.output.end),
                file: piece.file,
                start: source(piece.source.start),
                end: source(piece.source.end),
                mapping: piece.mapping.into(),
                chain: *chain,
            }
        });
        let chains = chains.iter().map(|steps| steps.iter().map(Related::step));
        let map = RenderedMap {
            segments: segments.collect(),
            chains: chains.map(Iterator::collect).collect(),
            files: files.iter().map(|file| file.name.clone()).collect(),
        };
        Some(Self {
            text: text.clone(),
            map,
            matrix: renders.matrix(combination),
            combinations: renders.count(),
        })
    }
}

/// The page of a code.
#[derive(Serialize, Tsify)]
pub struct Explanation {
    /// Such as `C103`.
    pub code: &'static str,
    /// Such as `unknown-field`.
    pub name: &'static str,
    /// How grave it is by itself.
    pub severity: Severity,
    /// The page, in Markdown.
    pub markdown: &'static str,
}

/// What the instance did and holds.
#[derive(Serialize, Tsify)]
pub struct Stats {
    /// Files set.
    pub files: usize,
    /// Bytes of memory that WebAssembly has taken; it never shrinks.
    pub memory_bytes: usize,
    /// The cache.
    pub cache: Cache,
}

/// What the cache did and holds.
#[derive(Serialize, Tsify)]
pub struct Cache {
    /// Lookups that found something.
    pub hits: u64,
    /// Lookups that did not.
    pub misses: u64,
    /// Values dropped to stay within the bounds.
    pub evictions: u64,
    /// Hits among all lookups, 0 to 1.
    pub hit_rate: f64,
    /// Mean duration of the renders, in microseconds.
    pub average_render_us: f64,
    /// Files and documents held.
    pub entries: usize,
    /// Bytes held, estimated.
    pub memory_bytes: usize,
}

impl From<CacheStats> for Cache {
    fn from(stats: CacheStats) -> Self {
        let CacheStats {
            hits,
            misses,
            evictions,
            hit_rate,
            average_render_us,
            entries,
            memory_bytes,
        } = stats;
        Self {
            hits,
            misses,
            evictions,
            hit_rate,
            average_render_us,
            entries,
            memory_bytes,
        }
    }
}

/// What can stand at a place.
#[derive(Serialize, Tsify)]
pub struct Completion {
    /// The start of the word that an item takes the place of, in UTF-16 units.
    pub from: usize,
    /// One past the end of that word.
    pub to: usize,
    /// All that can stand there, whatever is typed of it.
    pub items: Vec<Item>,
}

/// Something that can stand at a place.
#[derive(Serialize, Tsify)]
pub struct Item {
    /// What is shown, and what the typed word is held against.
    pub label: String,
    /// What it is.
    pub kind: ItemKind,
    /// A few words beside the label; may be empty.
    pub detail: String,
    /// What it does, in Markdown; may be empty.
    pub documentation: String,
    /// What is written in place of the word.
    pub insert: String,
}

words! {
    /// What an item is.
    "kebab-case" ItemKind = assist::ItemKind {
        Table Field Word Service Scenario Span Variable Function Filter Test Macro Tag Argument File
    }
}

impl Completion {
    pub(crate) fn new(completion: assist::Completion, source: &Source) -> Self {
        let assist::Completion { replaces, items } = completion;
        let units = |offset| source.utf16().units(&source.text, offset);
        let items = items.into_iter().map(|item| {
            let assist::Item {
                label,
                kind,
                detail,
                doc,
                insert,
            } = item;
            Item {
                label,
                kind: kind.into(),
                detail,
                documentation: doc,
                insert,
            }
        });
        Self {
            from: units(replaces.start),
            to: units(replaces.end),
            items: items.collect(),
        }
    }
}

/// What stands at a place.
#[derive(Serialize, Tsify)]
pub struct Hover {
    /// The start of the word, in UTF-16 units.
    pub from: usize,
    /// One past its end.
    pub to: usize,
    /// What is to be said of it.
    pub markdown: String,
}

impl Hover {
    pub(crate) fn new(hover: assist::Hover, source: &Source) -> Self {
        let assist::Hover { span, markdown } = hover;
        let units = |offset| source.utf16().units(&source.text, offset);
        Self {
            from: units(span.start),
            to: units(span.end),
            markdown,
        }
    }
}

/// A file with another text.
#[derive(Serialize, Tsify)]
pub struct Changed {
    /// Its name.
    pub file: Arc<str>,
    /// The text, with the fix applied.
    pub text: String,
}

/// Files with other texts.
#[derive(Serialize, Tsify)]
pub struct Fixed(pub Vec<Changed>);

/// A test as a graph.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct Graph {
    /// Services, scenarios, steps, spans.
    pub nodes: Vec<Node>,
    /// How they hang together; ends are indices of `nodes`.
    pub edges: Vec<Edge>,
}

words! {
    /// What a node is.
    "kebab-case" NodeKind = graph::NodeKind { Service Scenario Step Span }
}
words! {
    /// How two nodes hang together.
    "kebab-case" EdgeKind = graph::EdgeKind {
        DependsOn RunsIn Has Then WaitsFor Parent MustInclude MustReach MustNotCross MustPrecede Contains
    }
}

/// A thing of a test.
#[derive(Serialize, Tsify)]
#[tsify(missing_as_null)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its name; empty for what has none.
    pub name: String,
    /// An image, a command, a kind of span.
    pub detail: Option<String>,
    /// Whether the file declares it; if not, something only names it.
    pub declared: bool,
    /// Where, in what the author wrote.
    pub place: Location,
}

/// How two things of a test hang together.
#[derive(Serialize, Tsify)]
pub struct Edge {
    /// Index of a node.
    pub from: usize,
    /// Index of a node.
    pub to: usize,
    /// How.
    pub kind: EdgeKind,
    /// Where that is said, in what the author wrote.
    pub place: Location,
}

impl Graph {
    /// Of a combination of what a check looked at.
    pub(crate) fn new(renders: &checker::Renders, combination: usize) -> Option<Self> {
        let graph::Graph { nodes, edges } = renders.graph(combination)?;
        let (_, map) = renders.text(combination)?;
        let nodes = nodes.into_iter().map(|node| {
            let graph::Node {
                kind,
                name,
                detail,
                declared,
                span,
            } = node;
            Node {
                kind: kind.into(),
                name,
                detail,
                declared,
                place: Location::mapped(map, span),
            }
        });
        let edges = edges.into_iter().map(|edge| {
            let graph::Edge {
                from,
                to,
                kind,
                span,
            } = edge;
            Edge {
                from,
                to,
                kind: kind.into(),
                place: Location::mapped(map, span),
            }
        });
        Some(Self {
            nodes: nodes.collect(),
            edges: edges.collect(),
        })
    }
}
