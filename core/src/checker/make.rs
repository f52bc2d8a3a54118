//! Renders a file for each of its combinations, and puts down everything that was read.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::evaluate::Evaluator;
use super::mode::Mode;
use super::options::{Options, Prepared};
use super::outcome::{Outcome, Rendering};
use super::render::Renderer;
use super::told::Told;
use super::unused;
use super::world::{Notes, Recorder};
use crate::cache::Reads;
use crate::diagnostic::{Anchor, Code, Finding};
use crate::digest::Digest;
use crate::report::Dependency;
use crate::source::{Source, Sources, Span};
use crate::template::Templates;
use crate::template::matrix::{self, Combination};
use crate::template::prelude::{self, Prelude};
use crate::template::scan::Scan;
use crate::template::strings;
use crate::template::variables::Outside;

/// What came of a file, and what it depends on; `None` if it must not be kept.
pub(super) struct Made {
    pub outcome: Outcome,
    pub reads: Option<Reads>,
}

/// Whether files of this name are templates as a whole.
#[must_use]
pub fn is_template(name: &str) -> bool {
    name.ends_with(".tera")
}

/// Whether files of this name are only included and imported.
#[must_use]
pub fn is_library(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.starts_with('_')
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
    templates: &Templates,
    purpose: Purpose,
) -> Made {
    let recorder = Recorder::new(sources);
    let mut maker = Maker {
        renderer: Renderer {
            entry,
            sources: &recorder,
            options,
            prepared,
            templates,
            left: Cell::new(options.limits.allowance()),
        },
        findings: Vec::new(),
        told: Told::default(),
        read: BTreeSet::new(),
        volatile: None,
    };
    let is_library = purpose == Purpose::Check && is_library(&entry.name);
    let (has_matrix, renders) = if is_library {
        maker.library();
        (false, Vec::new())
    } else {
        maker.renders()
    };
    let Maker {
        mut findings,
        told,
        read,
        ..
    } = maker;
    let notes = recorder.finish();
    let (files, dependencies) = files(entry, &told, &notes);
    // What failed may have kept something from being read.
    let sure = renders.iter().all(|render| {
        let mut faults = render.faults.iter();
        render.text.is_some() && faults.all(|(fault, _)| fault.code == Code::T120)
    });
    if let Some(render) = renders.first().filter(|_| sure) {
        findings.extend(unused::own(
            entry,
            &render.prelude.vars,
            &read,
            &told.nested,
            &files,
        ));
    }
    let outcome = Outcome {
        findings,
        renders,
        has_matrix,
        is_library,
        files,
        dependencies,
        sure,
        nested: told.nested.clone(),
        has_tags: is_template(&entry.name) || strings::has_tags(&entry.text),
    };
    let keep = notes.refused.is_empty() && !outcome.is_volatile();
    let reads = keep.then(|| reads(&notes, &told, &prepared.outside));
    Made { outcome, reads }
}

/// Sources by name, with the entry.
type Files = BTreeMap<Arc<str>, Arc<Source>>;

/// The sources that were read, and all others that were read or looked for.
fn files(entry: &Arc<Source>, told: &Told, notes: &Notes) -> (Files, Vec<Dependency>) {
    let mut files = told.files.clone();
    let mut found: BTreeMap<Arc<str>, Option<Digest>> = BTreeMap::new();
    for file in files.values() {
        found.insert(file.name.clone(), Some(file.digest));
    }
    for name in &notes.refused {
        found.insert(name.clone(), None);
    }
    for (name, source) in &notes.loaded {
        found.insert(name.clone(), source.as_ref().map(|source| source.digest));
        if let Some(source) = source {
            files.insert(name.clone(), source.clone());
        }
    }
    // The entry is what was handed in, also if it includes itself.
    files.insert(entry.name.clone(), entry.clone());
    found.remove(&entry.name);
    let found = found.into_iter();
    let dependencies = found.map(|(path, digest)| Dependency { path, digest });
    (files, dependencies.collect())
}

fn reads(notes: &Notes, told: &Told, outside: &Outside) -> Reads {
    let sources = notes.loaded.iter();
    let variables = told.outside().into_iter();
    let environment = told.environment.iter();
    Reads {
        world: outside.id(),
        sources: sources
            .map(|(name, source)| (name.clone(), source.as_ref().map(|source| source.digest)))
            .collect(),
        variables: variables
            .map(|name| {
                let digest = outside.digest(&name);
                (name, digest)
            })
            .collect(),
        environment: environment
            .map(|name| {
                let value = outside.environment().get(&**name);
                (
                    name.clone(),
                    value.map(|value| Digest::of(value.as_bytes())),
                )
            })
            .collect(),
    }
}

struct Maker<'a> {
    renderer: Renderer<'a>,
    findings: Vec<Finding>,
    told: Told,
    /// Variables that were read by tags, not only looked for to see who overrides whom.
    read: BTreeSet<Arc<str>>,
    /// The first call that asked the clock or chance before the file was rendered.
    volatile: Option<(Arc<str>, Span)>,
}

impl Maker<'_> {
    fn library(&mut self) {
        let Renderer {
            entry,
            sources,
            options,
            templates,
            ..
        } = self.renderer;
        if is_template(&entry.name) || strings::has_tags(&entry.text) {
            self.findings = crate::template::check_library(
                entry,
                sources,
                &options.template_paths,
                &options.limits,
                templates,
            );
        }
    }

    /// All renders, and whether the file has a matrix.
    fn renders(&mut self) -> (bool, Vec<Rendering>) {
        let text = self.renderer.entry.text.clone();
        let (mode, finding) = Mode::of(self.renderer.entry);
        self.findings.extend(finding);
        let has_prelude = match mode {
            // Only what bears on the report: the matrix, and variables that nothing reads.
            Mode::Plain => text.contains("matrix") || text.contains("vars"),
            _ => prelude::may_have_prelude(&text),
        };
        if !has_prelude {
            return (false, vec![self.one(&mode, &Arc::default(), Vec::new())]);
        }
        let scan = Scan::of(&text);
        let first = self.prelude(&mode, &scan, None);
        if first.axes.is_empty() {
            return (false, vec![self.one(&mode, &first, Vec::new())]);
        }
        let picks = &self.renderer.options.matrix;
        let combinations = match matrix::combinations(&first.axes, picks) {
            Ok(combinations) => combinations,
            Err(mut finding) => {
                if let Anchor::Rendered(span) = finding.at {
                    finding.at = Anchor::Source(self.renderer.entry.name.clone(), span);
                }
                self.findings.push(*finding);
                return (true, Vec::new());
            }
        };
        let looped = unused::loop_over_axis(self.renderer.entry, &scan, &first.axes);
        self.findings.extend(looped);
        let mut renders = Vec::with_capacity(combinations.len());
        for combination in combinations {
            if self.renderer.left.get().is_spent() {
                // Why was told of the one before.
                let mut nothing = self.renderer.nothing();
                nothing.combination = combination;
                renders.push(nothing);
                continue;
            }
            renders.push(if first.by_combination {
                let prelude = self.prelude(&mode, &scan, Some(&combination));
                self.one(&mode, &prelude, combination)
            } else {
                self.one(&mode, &first, combination)
            });
        }
        (true, renders)
    }

    fn prelude(
        &mut self,
        mode: &Mode,
        scan: &Scan,
        combination: Option<&Combination>,
    ) -> Arc<Prelude> {
        let renderer = &self.renderer;
        let mut evaluator = Evaluator {
            renderer,
            mode,
            host: renderer.host(None),
            told: Told::default(),
            volatile: None,
        };
        let outside = &renderer.prepared.outside;
        let text = &renderer.entry.text;
        let prelude = prelude::read(text, scan, outside, combination, &mut evaluator);
        let Evaluator {
            host,
            mut told,
            volatile,
            ..
        } = evaluator;
        told.host(&host);
        renderer.left.set(host.left());
        told.variables.extend(prelude.read.iter().cloned());
        // Strings of a plain file are no files of their own.
        told.files.remove(&renderer.entry.name);
        self.told.extend(told);
        if self.volatile.is_none() {
            self.volatile = volatile;
        }
        Arc::new(prelude)
    }

    fn one(&mut self, mode: &Mode, prelude: &Arc<Prelude>, combination: Combination) -> Rendering {
        let context = prelude.context(&self.renderer.prepared.outside, &combination);
        let (mut rendering, told) =
            self.renderer
                .file(mode, Some(prelude), &context, &self.volatile);
        self.read.extend(told.variables.iter().cloned());
        self.told.extend(told);
        rendering.combination = combination;
        rendering.prelude = prelude.clone();
        self.tell(&prelude.faults, &mut rendering);
        rendering
    }

    /// Faults of strings that were read before the render, where it says nothing of them: two
    /// variables that read each other are both known by then.
    fn tell(&self, faults: &[(Span, Vec<Finding>)], rendering: &mut Rendering) {
        if rendering.text.is_none() && !rendering.faults.is_empty() {
            // It ended before it came to them, and says why.
            return;
        }
        let entry = &self.renderer.entry.name;
        for (string, faults) in faults {
            let is_told = rendering.faults.iter().any(|(fault, _)| match &fault.at {
                Anchor::Source(name, span) => {
                    name == entry && string.start <= span.start && span.end <= string.end
                }
                _ => false,
            });
            if is_told {
                continue;
            }
            // What was made of them is no value.
            rendering.incomplete = true;
            let faults = faults.iter().cloned().map(|fault| (fault, 1));
            rendering.faults.extend(faults);
        }
    }
}
