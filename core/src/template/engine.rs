//! From a request to what came of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, OutputSpan, OutputSpanKind, UndefinedBehavior};

use super::ast::{Node, Problem};
use super::codegen::{self, find_macro};
use super::evaluate::unknown_macro;
use super::faults::Faults;
use super::limits::Limits;
use super::live::{Live, Root, Runtime, out_of_steps};
use super::loader::{self, FileId, Loaded};
use super::ops;
use super::program::Program;
use super::source_map::{Rendering, Segment, SourceMap};
use super::{Rendered, Request, Templates, walk};
use crate::diagnostic::{Code, Finding};
use crate::source::{Source, Sources, Span};

/// Renders a template.
pub(super) fn render(request: &Request<'_>) -> Rendered {
    let mut loaded = loader::load(
        request.entry,
        request.region,
        request.sources,
        request.paths,
        request.limits,
        request.templates,
    );
    let mut result = Rendered {
        text: None,
        map: SourceMap::identity(request.entry.clone()),
        faults: Vec::new(),
        counts: Vec::new(),
        omitted: 0,
        first_fault: None,
        placeholders: Vec::new(),
        incomplete: false,
        files: std::mem::take(&mut loaded.reads),
        variables_read: BTreeSet::new(),
        nested_read: BTreeSet::new(),
        extensions: extensions(&loaded),
        first_volatile: None,
    };
    let mut live = Live {
        steps: request.host.steps(),
        ..Live::default()
    };
    let stops = note_problems(&loaded, &mut live.faults);
    result.incomplete = loaded.files.iter().any(|file| {
        let mut problems = file.template.problems.iter();
        problems.any(|problem| problem.hides_lines)
    });
    if stops {
        finish_faults(&mut result, live.faults, &loaded.files, request);
        return result;
    }
    if let Some(text) = plain_text(&loaded, request.region) {
        result.text = Some(text);
        if let Some(region) = request.region {
            result.map = region_map(request.entry, region);
        }
        return result;
    }
    let (program, problems) = codegen::compile(loaded);
    for (file, problem) in &problems {
        live.faults.note_static(&program.files, *file, problem);
    }
    let everything = reads_everything(&program);
    live.roots = roots(&program, request, everything);
    let runtime = Arc::new(Runtime::new(program, *request.limits, live));
    run(&runtime, request, &mut result);
    result
}

/// Executes a compiled program.
fn run(runtime: &Arc<Runtime>, request: &Request<'_>, result: &mut Rendered) {
    let program = &runtime.program;
    runtime.lock().host = Some(request.host.detach());
    let allowed = request.host.steps();
    let outcome = execute(runtime, allowed);
    let mut live = runtime.take();
    if let Some(host) = live.host.take() {
        request.host.absorb(host);
    }
    let out_of_fuel =
        matches!(&outcome, Err(error) if innermost(error).kind() == ErrorKind::OutOfFuel);
    let left = if out_of_fuel {
        0
    } else {
        live.steps_left(allowed)
    };
    request.host.set_steps(left);
    match outcome {
        Ok((text, spans)) => {
            let (text, rendering) = assemble(text, &spans, runtime, &mut live, result);
            result.text = Some(text.into());
            result.map = SourceMap::rendered(rendering);
        }
        Err(error) if !live.aborted => {
            let (file, problem) = locate(&error, program, &runtime.limits);
            live.report(program, file, &problem);
        }
        Err(_) => {}
    }
    result.incomplete |= live.incomplete;
    let name = |file: FileId| program.files[file].source.name.clone();
    let uses = live.extensions.iter();
    let uses = uses.map(|(file, span, what)| (name(*file), *span, *what));
    result.extensions.extend(uses);
    result.first_volatile = live
        .volatile
        .map(|(file, span)| (program.files[file].source.name.clone(), span));
    for (name, root) in &live.roots {
        if root.read {
            result.variables_read.insert(name.clone());
        }
        if root.whole {
            result.nested_read.insert(name.clone());
        }
    }
    result.nested_read.extend(live.paths.into_values());
    finish_faults(result, live.faults, &program.files, request);
}

/// Renders the first unit.
fn execute(runtime: &Arc<Runtime>, fuel: u64) -> Result<(String, Vec<OutputSpan>), Error> {
    let program = &runtime.program;
    let raw = program.units.first().map_or(0, |unit| unit.raw);
    let paid = runtime.lock().charge(raw);
    paid.map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()))?;
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_debug(false);
    environment.set_fuel(Some(fuel));
    // Ours is counted first, and knows what to say.
    environment.set_recursion_limit(runtime.limits.recursion + 60);
    environment.set_syntax(
        SyntaxConfig::builder()
            .keep_trailing_newline(true)
            .build()?,
    );
    ops::register(&mut environment, runtime);
    for unit in &program.units {
        environment.add_template(&unit.name, &unit.source)?;
    }
    environment.get_template("0")?.render_with_spans(())
}

/// Notes what was wrong before anything ran; says whether that stops the render.
fn note_problems(loaded: &Loaded, faults: &mut Faults) -> bool {
    let mut stops = loaded.cyclic;
    for (id, file) in loaded.files.iter().enumerate() {
        for problem in file.template.problems.iter().chain(&file.template.unknown) {
            stops |= problem.code == Code::T109;
            faults.note_static(&loaded.files, id, problem);
        }
        stops |= !file.template.paired;
        stops |= file.template.extends.is_some() && file.parent.is_none();
    }
    for (file, problem) in &loaded.problems {
        stops |= problem.code == Code::T109;
        faults.note_static(&loaded.files, *file, problem);
    }
    for (file, problem) in unknown_macros(loaded) {
        faults.note_static(&loaded.files, file, &problem);
    }
    stops
}

/// Calls of macros that do not exist, in all branches.
fn unknown_macros(loaded: &Loaded) -> Vec<(FileId, Problem)> {
    let mut problems = Vec::new();
    for (id, file) in loaded.files.iter().enumerate() {
        if file.trusted {
            continue;
        }
        walk::expressions(&file.template.nodes, &mut |expr| {
            walk::macro_calls(expr, &mut |call| {
                if find_macro(loaded, id, call).is_some() || loaded.is_missing(id, &call.namespace)
                {
                    return;
                }
                let problem = match loaded.namespace(id, &call.namespace) {
                    Some((target, _)) if loaded.files[target].lost(&call.name) => return,
                    None if file.template.lost_import => return,
                    Some((target, _)) => {
                        let macros = &loaded.files[target].template.macros;
                        unknown_macro(call, true, macros.iter().map(|known| &*known.name))
                    }
                    None => {
                        let imports = &file.template.imports;
                        unknown_macro(call, false, imports.iter().map(|import| &*import.alias))
                    }
                };
                problems.push((id, problem));
            });
        });
    }
    problems
}

fn extensions(loaded: &Loaded) -> Vec<(Arc<str>, Span, &'static str)> {
    let files = loaded.files.iter().filter(|file| !file.trusted);
    files
        .flat_map(|file| {
            let name = &file.source.name;
            let uses = file.template.extensions.iter();
            let includes = file.includes.values().filter(|(target, _)| {
                let target = &loaded.files[*target];
                target.template.extends.is_some()
            });
            uses.map(|(span, what)| (*span, *what))
                .chain(includes.map(|(_, tag)| (*tag, "an include of a file that extends another")))
                .map(move |(span, what)| (name.clone(), span, what))
        })
        .collect()
}

fn finish_faults(
    result: &mut Rendered,
    faults: Faults,
    files: &[loader::File],
    request: &Request<'_>,
) {
    let finished = faults.finish(files, request.variables);
    result.faults = finished.faults;
    result.counts = finished.counts;
    result.omitted = finished.omitted;
    result.first_fault = finished.first;
}

/// The text of a template without any tag: nothing is to be done.
fn plain_text(loaded: &Loaded, region: Option<Span>) -> Option<Arc<str>> {
    let [file] = loaded.files.as_slice() else {
        return None;
    };
    match file.template.nodes.as_slice() {
        [] if file.source.text.is_empty() => Some(file.source.text.clone()),
        [Node::Text(span)] if span.len() == file.source.text.len() => {
            Some(file.source.text.clone())
        }
        [Node::Text(span)] if region == Some(*span) => Some(Arc::from(span.of(&file.source.text))),
        _ => None,
    }
}

fn region_map(entry: &Arc<Source>, region: Span) -> SourceMap {
    use super::source_map::Piece;
    use crate::diagnostic::Mapping;
    SourceMap::from_pieces(
        vec![entry.clone()],
        vec![Piece {
            output: Span::new(0, region.len()),
            file: 0,
            source: region,
            mapping: Mapping::Exact,
        }],
    )
}

fn reads_everything(program: &Program) -> bool {
    program.files.iter().any(|file| {
        let mut roots = file.template.roots.iter();
        roots.any(|root| &**root == "__tera_context")
    })
}

/// The variables that the templates name, with their values.
fn roots(program: &Program, request: &Request<'_>, everything: bool) -> HashMap<Arc<str>, Root> {
    let root = |value: Option<&minijinja::Value>| Root {
        value: value.cloned(),
        read: false,
        whole: false,
    };
    let mut roots = HashMap::new();
    for file in &program.files {
        for name in &file.template.roots {
            if !roots.contains_key(name) {
                roots.insert(name.clone(), root(request.variables.get(name)));
            }
        }
    }
    if everything {
        for (name, value) in request.variables {
            roots.insert(name.clone(), root(Some(value)));
        }
        // It is no variable.
        roots.remove("__tera_context");
    }
    roots
}

/// What minijinja gave up for.
pub(super) fn problem_of(error: &Error, limits: &Limits, span: Span) -> Problem {
    match error.kind() {
        ErrorKind::OutOfFuel => out_of_steps(limits, span),
        ErrorKind::WriteFailure => Problem::new(
            Code::T109,
            span,
            error
                .detail()
                .unwrap_or("the render makes too much")
                .to_owned(),
        ),
        _ => Problem::new(
            Code::T109,
            span,
            format!(
                "the render cannot go on: {}",
                error.detail().unwrap_or("nested too deep")
            ),
        ),
    }
}

/// Where minijinja gave up, and for what.
fn locate(error: &Error, program: &Program, limits: &Limits) -> (FileId, Problem) {
    let innermost = innermost(error);
    let place = innermost
        .name()
        .and_then(|name| name.parse::<usize>().ok())
        .and_then(|unit| program.units.get(unit))
        .map(|unit| {
            let at = innermost.range().map_or(0, |range| range.start);
            let span = unit.map.span_at(u32::try_from(at).unwrap_or(0));
            (unit.map.file as usize, span)
        });
    let (file, span) = place.unwrap_or((0, Span::at(0)));
    (file, problem_of(innermost, limits, span))
}

/// The error that caused an error.
fn innermost(error: &Error) -> &Error {
    let mut innermost = error;
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        if let Some(next) = next.downcast_ref::<Error>() {
            innermost = next;
        }
        source = next.source();
    }
    innermost
}

/// Takes the markers out of the text and makes the map.
fn assemble(
    text: String,
    spans: &[OutputSpan],
    runtime: &Runtime,
    live: &mut Live,
    result: &mut Rendered,
) -> (String, Rendering) {
    let program = &runtime.program;
    let mut rendering = Rendering {
        files: program
            .files
            .iter()
            .map(|file| file.source.clone())
            .collect(),
        units: program.units.iter().map(|unit| unit.map.clone()).collect(),
        segments: Vec::with_capacity(spans.len()),
        links: std::mem::take(&mut live.links),
        length: 0,
    };
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut events = live.events.iter().peekable();
    let mut placeholders = live.placeholders.iter().peekable();
    let mut rows = live.rows.iter().peekable();
    let mut emission = 0;
    let mut link = 0;
    let mut removed = 0;
    let mut cuts = Vec::new();
    let mut unit = (String::new(), 0);
    for span in spans {
        let output = span.output_range();
        if unit.0 != span.name() {
            unit = (
                span.name().to_owned(),
                span.name().parse::<u32>().unwrap_or(0),
            );
        }
        let at = span.source_range().start;
        if span.kind() == OutputSpanKind::Expression {
            let this = emission;
            emission += 1;
            if let Some(event) = events.next_if(|event| event.emission == this) {
                link = event.link;
                cuts.push(output.start);
                removed += output.len();
                continue;
            }
            if placeholders.next_if(|at| **at == this).is_some() {
                result
                    .placeholders
                    .push(Span::new(output.start - removed, output.end - removed));
            }
            if let Some(row) = rows.next_if(|row| row.emission == this) {
                let mut start = output.start - removed;
                for (index, end) in live.ends[row.ends.clone()].iter().enumerate() {
                    let end_at = output.start - removed + end.at as usize;
                    if end_at == start {
                        continue;
                    }
                    rendering.segments.push(Segment {
                        output: number(start),
                        unit: unit.1,
                        at: number(at + index),
                        link,
                    });
                    if end.failed {
                        result.placeholders.push(Span::new(start, end_at));
                    }
                    start = end_at;
                }
                continue;
            }
        }
        rendering.segments.push(Segment {
            output: number(output.start - removed),
            unit: unit.1,
            at: number(at),
            link,
        });
    }
    let text = without(text, &cuts);
    rendering.length = number(text.len());
    (text, rendering)
}

/// `text` without the bytes at `cuts`.
fn without(text: String, cuts: &[usize]) -> String {
    if cuts.is_empty() {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for cut in cuts {
        kept.push_str(text.get(from..*cut).unwrap_or_default());
        from = cut + 1;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}

/// What is wrong with a library.
pub(super) fn check_library(
    entry: &Arc<Source>,
    sources: &dyn Sources,
    paths: &[String],
    limits: &Limits,
    templates: &Templates,
) -> Vec<Finding> {
    let loaded = loader::load(entry, None, sources, paths, limits, templates);
    let mut faults = Faults::default();
    note_problems(&loaded, &mut faults);
    let finished = faults.finish(&loaded.files, &std::collections::BTreeMap::new());
    finished.faults
}
