//! A file's expectations against a trace: judged in the rendered text, told in the author's.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::judge;
use super::mapping::Mapper;
use super::outcome::{Outcome as Made, Rendering};
use crate::config;
use crate::config::model::Pattern;
use crate::diagnostic::{Anchor, Code, Diagnostic, Finding, Location, Mapping};
use crate::document::{Document, Kind as Value, Node, Table};
use crate::expect::{self, Check, Kind, Lost, Nearest, Outcome, Surroundings};
use crate::report::FileReport;
use crate::source::{Source, Span};
use crate::trace::Trace;

/// What a trace comes to, held against what a file expects.
#[derive(Clone, PartialEq, Debug)]
pub struct Analysis {
    /// The file itself, as a check has it. With an error in it nothing is held against the trace.
    pub report: FileReport,
    /// What became of all expectations together.
    pub outcome: Outcome,
    /// Spans that counted.
    pub spans: usize,
    /// The clock of the test stands still, so that times mean nothing.
    pub frozen: bool,
    /// Each expectation; equal ones of several combinations of a matrix are one.
    pub checks: Vec<Judgement>,
}

/// What became of one expectation.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Judgement {
    /// Of which kind it is.
    pub kind: Kind,
    /// In a few words.
    pub title: String,
    /// Whether it holds.
    pub outcome: Outcome,
    /// Where it stands.
    #[serde(flatten)]
    pub place: Location,
    /// How sure that place is.
    pub mapping: Mapping,
    /// The combinations of the file's matrix; empty without one.
    #[serde(rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub renders: Vec<u32>,
    /// The names of the spans that it is about.
    #[serde(skip)]
    pub about: Vec<Pattern>,
    /// Everything that speaks against it.
    pub failures: Vec<Failed>,
}

impl Judgement {
    /// Which spans of the trace it is about, in order: those of the names that it speaks of, and those
    /// that its failures point at.
    #[must_use]
    pub fn spans(&self, trace: &Trace) -> Vec<usize> {
        let mut named: HashMap<&str, bool> = HashMap::new();
        let mut spans: Vec<usize> = Vec::new();
        for (at, span) in trace.spans.iter().enumerate() {
            let is_named = || self.about.iter().any(|name| name.matches(&span.name));
            if *named.entry(&*span.name).or_insert_with(is_named) {
                spans.push(at);
            }
        }
        let nearest = self
            .failures
            .iter()
            .filter_map(|failed| failed.nearest.as_ref());
        spans.extend(nearest.map(|nearest| nearest.index));
        spans.sort_unstable();
        spans.dedup();
        spans
    }
}

/// One thing that speaks against an expectation.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Failed {
    /// Code, message and place.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The span that came nearest.
    pub nearest: Option<Nearest>,
}

/// Holds each render of a file against `trace`, or `only` one of them.
pub(super) fn analyze(
    entry: &Arc<Source>,
    made: &Made,
    report: FileReport,
    only: Option<usize>,
    trace: &Trace,
    surroundings: &Surroundings,
) -> Analysis {
    let mut analysis = Analysis {
        report,
        outcome: Outcome::Holds,
        spans: 0,
        frozen: false,
        checks: Vec::new(),
    };
    if !analysis.report.valid {
        analysis.outcome = Outcome::NotEvaluated;
        return analysis;
    }
    for (index, render) in (0u32..).zip(&made.renders) {
        if only.is_some_and(|only| u32::try_from(only) != Ok(index)) {
            continue;
        }
        let Some(text) = &render.text else {
            analysis.outcome = Outcome::NotEvaluated;
            continue;
        };
        let mapper = Mapper {
            entry,
            files: &made.files,
            text: Some(text),
            map: &render.map,
            templated: render.templated,
            lines: OnceCell::new(),
        };
        let (file, lost) = read(render, text, &mapper, &analysis.report);
        let verdicts = expect::evaluate(&file, trace, surroundings, &lost);
        analysis.spans = analysis.spans.max(verdicts.spans);
        analysis.frozen |= file.determinism.freeze_clock.is_some();
        for check in verdicts.checks {
            let mut judgement = judgement(&mapper, check);
            let checks = &mut analysis.checks;
            // Only renders of a matrix say the same again.
            let mut known = checks.iter_mut().filter(|_| index > 0);
            match known.find(|known| is_same(known, &judgement)) {
                Some(known) => known.renders.extend(made.has_matrix.then_some(index)),
                None => {
                    judgement.renders.extend(made.has_matrix.then_some(index));
                    checks.push(judgement);
                }
            }
        }
    }
    for judgement in &mut analysis.checks {
        for failed in &mut judgement.failures {
            failed.diagnostic.renders.clone_from(&judgement.renders);
        }
    }
    let outcomes = analysis.checks.iter().map(|check| check.outcome);
    analysis.outcome = outcomes.max().unwrap_or_default().max(analysis.outcome);
    analysis
}

fn is_same(known: &Judgement, new: &Judgement) -> bool {
    known.place == new.place
        && known.title == new.title
        && known.outcome == new.outcome
        && known.failures == new.failures
}

fn judgement(mapper: &Mapper<'_>, check: Check) -> Judgement {
    // A finding at the place of the expectation is mapped as all are.
    let place = mapper.diagnostic(&Finding::new(Code::E002, check.at, ""), 1);
    Judgement {
        kind: check.kind,
        title: check.title,
        outcome: check.outcome,
        place: place.primary,
        mapping: place.mapping,
        renders: Vec::new(),
        about: check.about,
        failures: check
            .failures
            .into_iter()
            .map(|failure| Failed {
                diagnostic: mapper.diagnostic(&failure.finding, 1),
                expected: failure.expected,
                found: failure.found,
                nearest: failure.nearest,
            })
            .collect(),
    }
}

/// The typed file of a render, and what it expects that nobody understood.
fn read(
    render: &Rendering,
    text: &str,
    mapper: &Mapper<'_>,
    report: &FileReport,
) -> (config::model::TestFile, Vec<Lost>) {
    let (document, _, _) = judge::parse(render, text);
    let (file, findings) = config::read(&document);
    let expected = expected_keys(&document);
    let lost = findings.iter().filter_map(|finding| {
        let Anchor::Rendered(at) = finding.at else {
            return None;
        };
        if finding.code != Code::C103 || !expected.contains(&at) {
            return None;
        }
        // What was allowed is in no report; what was omitted cannot be told from it.
        let diagnostic = mapper.diagnostic(finding, 1);
        let told = report.diagnostics.iter().any(|told| {
            told.code == Code::C103
                && told.primary == diagnostic.primary
                && told.message == diagnostic.message
        });
        (told || report.omitted > 0).then(|| Lost {
            at,
            message: finding.message.clone(),
            help: Some(finding.help.clone().unwrap_or_else(|| {
                "remove it, or say with `--allow C103` that it may check nothing".to_owned()
            })),
        })
    });
    let lost = lost.collect();
    (file, lost)
}

/// The keys that say what is expected: those of the tables for that, and all that begin so.
fn expected_keys(document: &Document<'_>) -> HashSet<Span> {
    let mut keys = HashSet::new();
    collect(&document.root, false, &mut keys);
    keys
}

fn collect(table: &Table<'_>, within: bool, keys: &mut HashSet<Span>) {
    for entry in table.entries() {
        let name = &*entry.key.name;
        let is_expected = within
            || name.starts_with("expect")
            || matches!(name, "assertions" | "otel_validation" | "otel_expectations");
        if is_expected {
            keys.insert(entry.key.span);
        }
        walk(&entry.value, is_expected, keys);
    }
}

fn walk(node: &Node<'_>, within: bool, keys: &mut HashSet<Span>) {
    match &node.kind {
        Value::Table(table) => collect(table, within, keys),
        Value::Array(array) => array.items.iter().for_each(|item| walk(item, within, keys)),
        _ => {}
    }
}
