//! The report of a file, put together from its renders.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::filter::{self, Shown};
use super::judge;
use super::mapping::Mapper;
use super::options::Options;
use super::outcome::{Outcome, Rendering, ReportKey};
use super::suppress::Judged;
use super::unused;
use crate::diagnostic::{Code, Diagnostic, Family, Finding, Location, Mapping};
use crate::digest::{Digest, DigestBuilder};
use crate::report::{Counts, FileReport, MatrixRender, Stage, Timings};
use crate::source::{Position, Source};
use crate::template::SourceMap;

/// Judges a text: what was found, and whether that was known.
pub(super) type Judge<'a> = dyn Fn(&Rendering, &str) -> (Arc<judge::Judged>, bool) + 'a;

/// The report of `outcome`. Times of stages are those that were spent now.
pub(super) fn of(
    entry: &Arc<Source>,
    options: &Options,
    outcome: &Outcome,
    key: &ReportKey,
    judge: &Judge<'_>,
) -> FileReport {
    let mut timings = Timings::default();
    let mut diagnostics = Vec::new();
    let mut unseen = 0u32;
    // Found, but not kept; of several renders the one with most, since they mostly find the same.
    let mut beyond: BTreeMap<Code, usize> = BTreeMap::new();
    let plain = SourceMap::identity(entry.clone());
    let beside = Mapper {
        entry,
        files: &outcome.files,
        text: None,
        map: &plain,
        templated: false,
        lines: OnceCell::new(),
    };
    diagnostics.extend(
        outcome
            .findings
            .iter()
            .map(|finding| beside.diagnostic(finding, 1)),
    );
    let judges_use = outcome.has_tags && outcome.sure && !outcome.is_library;
    if judges_use && !key.command_line.is_empty() {
        let words = unused::Words::of(&outcome.files, &outcome.nested);
        let names = key.command_line.iter();
        let unread = names.filter(|name| !words.read(name));
        let findings = unread.map(|name| unused::command_line(entry, name));
        diagnostics.extend(findings.map(|finding| beside.diagnostic(&finding, 1)));
    }
    // Combinations that make the same text from the same places need judging once.
    let mut seen: HashMap<Digest, Arc<judge::Judged>> = HashMap::new();
    let mut stopped_at = None;
    for (index, render) in (0u32..).zip(&outcome.renders) {
        let mapper = Mapper {
            entry,
            files: &outcome.files,
            text: render.text.as_deref(),
            map: &render.map,
            templated: render.templated,
            lines: OnceCell::new(),
        };
        let first = diagnostics.len();
        let faults = render.faults.iter();
        diagnostics.extend(faults.map(|(finding, count)| mapper.diagnostic(finding, *count)));
        unseen = unseen.saturating_add(render.omitted);
        match &render.text {
            Some(text) => {
                let known = judge::key(render).and_then(|key| seen.get(&key).cloned());
                let judged = known.unwrap_or_else(|| {
                    let (judged, known) = judge(render, text);
                    if !known {
                        timings.parse += judged.parse_us;
                        timings.validate += judged.validate_us;
                    }
                    judged
                });
                if let Some(what) = &judged.something_else {
                    return something_else(entry, outcome, options, what);
                }
                let found = judged.findings(key.level).map(|f| mapper.diagnostic(f, 1));
                diagnostics.extend(found.filter(is_of_the_author));
                for (code, count) in judged.beyond(key.level) {
                    let most = beyond.entry(code).or_default();
                    *most = count.max(*most);
                }
                if outcome.has_matrix
                    && let Some(key) = judge::key(render)
                {
                    seen.insert(key, judged);
                }
            }
            None => stopped_at = Some(Stage::Template),
        }
        if outcome.has_matrix {
            for diagnostic in &mut diagnostics[first..] {
                diagnostic.renders.push(index);
            }
        }
    }
    if outcome.renders.is_empty() && !outcome.is_library {
        stopped_at = Some(Stage::Template);
    }
    let rendered = || {
        let mut lines = BTreeSet::new();
        for render in &outcome.renders {
            let text = render.text.as_deref().unwrap_or_default();
            let places = render.map.lines(text).into_iter();
            let own = places.filter(|(file, _)| file.name == entry.name);
            lines.extend(own.map(|(_, line)| line));
        }
        lines
    };
    let judged = Judged {
        level: key.level,
        templated: outcome.has_tags,
        rendered: &rendered,
        beyond: &beyond,
        deny: &key.filter.deny,
    };
    let complete = stopped_at.is_none() && unseen == 0 && !outcome.is_library;
    let Shown {
        diagnostics,
        omitted,
        mut counts,
    } = filter::settle(
        diagnostics,
        &beyond,
        &entry.name,
        &outcome.files,
        &key.filter,
        complete.then_some(&judged),
    );
    // Faults of a template beyond those that it kept are errors.
    counts.errors += unseen as usize;
    FileReport {
        path: entry.name.clone(),
        valid: counts.errors == 0,
        level: key.level,
        stopped_at,
        omitted: omitted + unseen as usize,
        template_digest: Some(entry.digest),
        context_digest: context_digest(outcome),
        cached: false,
        volatile: outcome.is_volatile(),
        dependencies: outcome.dependencies.clone(),
        timings_us: timings,
        renders: outcome.has_matrix.then(|| matrix_renders(outcome)),
        diagnostics,
        counts,
    }
}

/// A secret that an expression printed stands in no file.
fn is_of_the_author(diagnostic: &Diagnostic) -> bool {
    diagnostic.code != Code::C120 || diagnostic.mapping == Mapping::Exact
}

fn matrix_renders(outcome: &Outcome) -> Vec<MatrixRender> {
    let renders = outcome.renders.iter();
    renders
        .map(|render| MatrixRender {
            matrix: render.matrix(),
            context_digest: render.context_digest,
            cached: false,
            volatile: render.volatile,
        })
        .collect()
}

/// Of what a file read of variables and environment; of one with a matrix, over all its renders.
pub(super) fn context_digest(outcome: &Outcome) -> Option<Digest> {
    match outcome.renders.as_slice() {
        [] => None,
        [render] => render.context_digest,
        renders => {
            let mut digest = DigestBuilder::new();
            for render in renders {
                digest.part(render.context_digest.as_ref()?.as_bytes());
            }
            Some(digest.finish())
        }
    }
}

/// The report of a file that is no test file.
fn something_else(
    entry: &Arc<Source>,
    outcome: &Outcome,
    options: &Options,
    what: &str,
) -> FileReport {
    let mut report = file_fault(
        &entry.name,
        Code::F104,
        what.to_owned(),
        Position::START,
        options,
    );
    report.template_digest = Some(entry.digest);
    report.dependencies = outcome.dependencies.clone();
    report.volatile = outcome.is_volatile();
    report
}

/// What is said of a file that has more bytes than a source may have, and what to do.
#[must_use]
pub fn too_large(name: &str, bytes: u64, limit: u64) -> (String, &'static str) {
    let (bytes, limit) = (size(bytes), size(limit));
    (
        format!("`{name}` has {bytes}; a source may have {limit}"),
        "split it into several test files",
    )
}

fn size(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes >= MIB && bytes.is_multiple_of(MIB) {
        format!("{} MiB", bytes / MIB)
    } else if bytes >= MIB {
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let mebibytes = bytes as f64 / MIB as f64;
        format!("{mebibytes:.1} MiB")
    } else if bytes >= 1024 && bytes.is_multiple_of(1024) {
        format!("{} KiB", bytes / 1024)
    } else {
        format!("{bytes} bytes")
    }
}

/// The report of a file of which nothing was judged: it could not be read (`F…`, `S103`), or is too
/// large (`T109`). `at` is the place of the fault: [`Position::START`] where it is all of the file.
#[must_use]
pub fn file_fault(
    name: &Arc<str>,
    code: Code,
    message: impl Into<String>,
    at: Position,
    options: &Options,
) -> FileReport {
    let diagnostic = Diagnostic {
        code,
        name: code.name(),
        severity: code.severity(),
        message: message.into(),
        label: None,
        primary: Location {
            file: name.clone(),
            start: at,
            end: at,
        },
        mapping: Mapping::None,
        rendered: None,
        related: Vec::new(),
        help: None,
        fix: None,
        count: 1,
        renders: Vec::new(),
    };
    FileReport {
        path: name.clone(),
        valid: false,
        level: options.level,
        stopped_at: Some(match code.family() {
            Family::Template => Stage::Template,
            _ => Stage::File,
        }),
        omitted: 0,
        template_digest: None,
        context_digest: None,
        cached: false,
        volatile: false,
        dependencies: Vec::new(),
        timings_us: Timings::default(),
        renders: None,
        diagnostics: vec![diagnostic],
        counts: Counts {
            errors: 1,
            ..Counts::default()
        },
    }
}

/// The report of a single fault that ended a render.
pub(super) fn of_fault(
    entry: &Arc<Source>,
    options: &Options,
    outcome: &Outcome,
    render: Option<&Rendering>,
    finding: &Finding,
) -> FileReport {
    let plain = SourceMap::identity(entry.clone());
    let mapper = Mapper {
        entry,
        files: &outcome.files,
        text: None,
        map: render.map_or(&plain, |render| &render.map),
        templated: render.is_some_and(|render| render.templated),
        lines: OnceCell::new(),
    };
    let diagnostic = mapper.diagnostic(finding, 1);
    let mut report = file_fault(
        &entry.name,
        finding.code,
        String::new(),
        Position::START,
        options,
    );
    report.stopped_at = Some(Stage::Template);
    report.template_digest = Some(entry.digest);
    report.context_digest = context_digest(outcome);
    report.volatile = outcome.is_volatile();
    report.dependencies = outcome.dependencies.clone();
    report.diagnostics = vec![diagnostic];
    report
}

/// Takes `T121` of a `--var` out of all reports if at least one of the templates reads it: a variable
/// is given to a command, not to a file. To be called once the reports of a command are complete.
pub fn settle_unused(files: &mut [FileReport]) {
    let is_about_var = |diagnostic: &Diagnostic| {
        diagnostic.code == Code::T121 && diagnostic.primary.end.offset == 0
    };
    // How many templates miss each of them; a template that reads it does not say so.
    let mut misses: BTreeMap<String, usize> = BTreeMap::new();
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let mut judged = 0;
    for (index, file) in files.iter().enumerate() {
        // Only what went through a template has one.
        judged += usize::from(file.context_digest.is_some());
        for diagnostic in file.diagnostics.iter().filter(|d| is_about_var(d)) {
            *misses.entry(diagnostic.message.clone()).or_default() += 1;
            first.entry(diagnostic.message.clone()).or_insert(index);
        }
    }
    for (index, file) in files.iter_mut().enumerate() {
        let FileReport {
            diagnostics,
            counts,
            ..
        } = file;
        diagnostics.retain(|diagnostic| {
            if !is_about_var(diagnostic) {
                return true;
            }
            let unread = misses.get(&diagnostic.message) == Some(&judged);
            // Once for a command is enough.
            let keep = unread && first.get(&diagnostic.message) == Some(&index);
            if !keep {
                let of_its_kind = match diagnostic.severity {
                    crate::diagnostic::Severity::Error => &mut counts.errors,
                    crate::diagnostic::Severity::Warning => &mut counts.warnings,
                    crate::diagnostic::Severity::Info => &mut counts.infos,
                };
                *of_its_kind = of_its_kind.saturating_sub(1);
            }
            keep
        });
        if file.stopped_at.is_none() {
            file.valid = file.counts.errors == 0;
        }
    }
}
