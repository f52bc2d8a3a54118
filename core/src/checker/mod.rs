//! The façade: a file, the sources around it and options in; a report out.
//!
//! A [`Checker`] is shared by all files and threads of a command. Its cache answers what has not
//! changed; the rest is rendered (`make`), judged (`judge`), mapped to what the author wrote
//! (`mapping`) and held against the user's wishes (`filter`).

mod analyze;
mod evaluate;
mod filter;
mod glob;
mod judge;
mod kind;
mod make;
mod mapping;
mod mode;
mod options;
mod outcome;
mod render;
mod rendered;
mod report;
mod runnable;
mod settings;
mod suppress;
mod told;
mod unused;
mod world;

use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::{CacheSettings, CacheStats, Reads, RenderCache, Version};
use crate::diagnostic::{Code, Level};
use crate::digest::{Digest, DigestBuilder};
use crate::expect::Surroundings;
use crate::report::{FileReport, Timings};
use crate::source::{Position, Source, Sources};
use crate::template::Templates;
use crate::trace::Trace;

use judge::Judged;
use make::Purpose;
use options::Prepared;
use outcome::{Kept, MAX_REPORTS, Outcome, Rendering, ReportKey, report_size};
use world::Present;

pub use analyze::{Analysis, Failed, Judgement};
pub use kind::{FileKind, PROJECT_FILES};
pub use make::{is_library, is_template};
pub use options::{Options, Project};
pub use rendered::{RenderedFile, Renders, Variable};
pub use report::{file_fault, settle_unused, too_large};
pub use runnable::{Runnable, RunnableTest};
pub use settings::settings_report;

/// Sets of options that are kept prepared: a command has one; a playground with tabs a few.
const MAX_PREPARED: usize = 4;

/// Combinations up to which the judgements of a file are kept one by one; more would push those of
/// other files out.
const MAX_JUDGED_APART: usize = 16;

/// Checks and renders files, and remembers.
///
/// ```
/// use std::sync::Arc;
/// use clnrm_core::cache::CacheSettings;
/// use clnrm_core::checker::{Checker, Options};
/// use clnrm_core::source::{MemorySources, Source};
///
/// let checker = Checker::new(CacheSettings::default());
/// let entry = Arc::new(Source::new("a.clnrm.toml", "[meta]\nname = \"a\"\n"));
/// let report = checker.check(&entry, &MemorySources::default(), &Options::default());
/// assert!(!report.valid, "nothing to run");
/// ```
#[derive(Debug)]
pub struct Checker {
    cache: RenderCache<Kept, Judged>,
    prepared: Mutex<Vec<Arc<Prepared>>>,
    templates: Templates,
}

/// What a lookup or a render gave.
struct Found {
    key: Digest,
    outcome: Arc<Outcome>,
    /// The version in the cache that it is from.
    cached: Option<Arc<Version<Kept>>>,
    /// What a new one depends on; `None` if it must not be kept, or is there already.
    reads: Option<Reads>,
    made_at: u64,
    cache_us: u64,
    render_us: u64,
}

impl Checker {
    /// A checker with an empty cache.
    #[must_use]
    pub fn new(cache: CacheSettings) -> Self {
        Self {
            cache: RenderCache::new(cache),
            prepared: Mutex::default(),
            templates: Templates::default(),
        }
    }

    /// Judges a file.
    pub fn check(
        &self,
        entry: &Arc<Source>,
        sources: &dyn Sources,
        options: &Options,
    ) -> FileReport {
        self.check_whole(entry, sources, options).0
    }

    /// Judges a file, and hands out the texts that were judged.
    pub fn check_whole(
        &self,
        entry: &Arc<Source>,
        sources: &dyn Sources,
        options: &Options,
    ) -> (FileReport, Renders) {
        let start = (options.ticks)();
        if let Some(report) = refuse_large(entry, options) {
            return (report, Renders::default());
        }
        let prepared = self.prepared(options);
        let found = self.find(entry, sources, options, &prepared, Purpose::Check);
        let key = ReportKey {
            level: options.level,
            filter: options.filter(&entry.name),
            command_line: prepared.command_line.clone(),
        };
        let mut report = match found.report(&key) {
            Some(report) => FileReport {
                timings_us: Timings::default(),
                ..FileReport::clone(report)
            },
            None => {
                let report = self.judge(entry, options, &found, &key);
                self.keep(&found, Some((key, &report)));
                report
            }
        };
        if found.cached.is_some() {
            report.cached = true;
            for render in report.renders.iter_mut().flatten() {
                render.cached = true;
            }
        }
        report.timings_us.cache = found.cache_us;
        report.timings_us.render = found.render_us;
        report.timings_us.total = (options.ticks)().saturating_sub(start);
        (report, Renders::of(found.outcome, prepared))
    }

    /// Judges a file all the way: what it expects is held against `trace`. Of a file with a matrix each
    /// combination is, unless `options.matrix` chooses.
    pub fn analyze(
        &self,
        entry: &Arc<Source>,
        sources: &dyn Sources,
        options: &Options,
        trace: &Trace,
        surroundings: &Surroundings,
    ) -> Analysis {
        let options = Options {
            level: Level::Structure,
            ..options.clone()
        };
        let report = self.check(entry, sources, &options);
        let prepared = self.prepared(&options);
        let found = self.find(entry, sources, &options, &prepared, Purpose::Check);
        analyze::analyze(entry, &found.outcome, report, None, trace, surroundings)
    }

    /// Judges a file and, if it is valid, reads what it says for a run: once for each combination of
    /// its matrix.
    pub fn runnable(
        &self,
        entry: &Arc<Source>,
        sources: &dyn Sources,
        options: &Options,
    ) -> Runnable {
        let report = self.check(entry, sources, options);
        let prepared = self.prepared(options);
        let found = self.find(entry, sources, options, &prepared, Purpose::Check);
        Runnable::new(entry, report, found.outcome)
    }

    /// Renders a file. The first fault that is met ends it.
    ///
    /// # Errors
    /// The report that says why there is no text.
    pub fn render(
        &self,
        entry: &Arc<Source>,
        sources: &dyn Sources,
        options: &Options,
    ) -> Result<RenderedFile, Box<FileReport>> {
        if let Some(report) = refuse_large(entry, options) {
            return Err(Box::new(report));
        }
        let prepared = self.prepared(options);
        let found = self.find(entry, sources, options, &prepared, Purpose::Render);
        self.keep(&found, None);
        rendered::of(
            entry,
            options,
            &prepared,
            &found.outcome,
            found.cached.is_some(),
        )
    }

    /// The text that a check of the file looks at, of one combination of its matrix (0 without one):
    /// also of a template with faults, where [`Checker::render`] has none. For showing the line that a
    /// diagnostic's `rendered` names.
    #[must_use]
    pub fn checked_text(
        &self,
        entry: &Arc<Source>,
        sources: &dyn Sources,
        options: &Options,
        combination: usize,
    ) -> Option<Arc<str>> {
        let prepared = self.prepared(options);
        let found = self.find(entry, sources, options, &prepared, Purpose::Check);
        found.outcome.renders.get(combination)?.text.clone()
    }

    /// What the cache did so far.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.cache.stats()
    }

    /// Forgets what was remembered.
    pub fn clear(&self) {
        self.cache.clear();
        self.templates.clear();
    }

    /// The outcome of a file: from the cache, or made now.
    fn find(
        &self,
        entry: &Arc<Source>,
        sources: &dyn Sources,
        options: &Options,
        prepared: &Prepared,
        purpose: Purpose,
    ) -> Found {
        let start = (options.ticks)();
        let key = key(entry, prepared, purpose);
        let world = Present {
            outside: &prepared.outside,
            sources,
        };
        let hit = self.cache.find(key, start, &world);
        let looked = (options.ticks)();
        let cache_us = looked.saturating_sub(start);
        if let Some(version) = hit {
            return Found {
                key,
                outcome: version.value.outcome.clone(),
                made_at: version.made_at,
                cached: Some(version),
                reads: None,
                cache_us,
                render_us: 0,
            };
        }
        let made = make::make(entry, sources, options, prepared, &self.templates, purpose);
        let render_us = (options.ticks)().saturating_sub(looked);
        self.cache.note_render(render_us);
        Found {
            key,
            outcome: Arc::new(made.outcome),
            cached: None,
            reads: made.reads,
            made_at: start,
            cache_us,
            render_us,
        }
    }

    /// Keeps what was made, and a report that was made of it.
    fn keep(&self, found: &Found, report: Option<(ReportKey, &FileReport)>) {
        let before = found.cached.as_ref();
        let reads = before
            .map(|version| &version.reads)
            .or(found.reads.as_ref());
        let Some(reads) = reads.filter(|_| self.cache.is_on()) else {
            return;
        };
        if report.is_none() && before.is_some() {
            return;
        }
        let mut reports = Vec::new();
        reports.extend(report.map(|(key, report)| (key, Arc::new(report.clone()))));
        let others = before
            .into_iter()
            .flat_map(|version| &version.value.reports);
        reports.extend(others.take(MAX_REPORTS - 1).cloned());
        let held: usize = reports.iter().map(|(_, report)| report_size(report)).sum();
        let version = Version {
            bytes: found.outcome.size() + reads.bytes() + held,
            reads: reads.clone(),
            value: Kept {
                outcome: found.outcome.clone(),
                reports,
            },
            made_at: found.made_at,
        };
        self.cache.keep(found.key, Arc::new(version));
    }

    /// The report of an outcome.
    fn judge(
        &self,
        entry: &Arc<Source>,
        options: &Options,
        found: &Found,
        key: &ReportKey,
    ) -> FileReport {
        let renders = found.outcome.renders.len();
        report::of(entry, options, &found.outcome, key, &|render, text| {
            self.judged(render, text, options, renders)
        })
    }

    /// What is wrong with a text: known, or found now.
    fn judged(
        &self,
        render: &Rendering,
        text: &str,
        options: &Options,
        renders: usize,
    ) -> (Arc<Judged>, bool) {
        let key = judge::key(render).filter(|_| renders <= MAX_JUDGED_APART);
        let known = key
            .and_then(|key| self.cache.document(key))
            .filter(|judged| judged.level >= options.level);
        if let Some(judged) = known {
            return (judged, true);
        }
        let (judged, by_map) = judge::judge(render, text, options.level, options.ticks);
        if let Some(key) = key.filter(|_| !by_map) {
            let bytes = judged.size();
            self.cache.keep_document(key, judged.clone(), bytes);
        }
        (judged, false)
    }

    /// What depends on the options alone.
    fn prepared(&self, options: &Options) -> Arc<Prepared> {
        let lock = || self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let known = lock();
            if let Some(prepared) = known.iter().find(|known| known.holds_for(options)) {
                return prepared.clone();
            }
        }
        let prepared = Arc::new(Prepared::new(options));
        let mut known = lock();
        // Another thread may have been faster: all should hold the same one.
        if let Some(prepared) = known.iter().find(|known| known.holds_for(options)) {
            return prepared.clone();
        }
        known.insert(0, prepared.clone());
        known.truncate(MAX_PREPARED);
        prepared
    }
}

impl Found {
    /// A report that was made before.
    fn report(&self, key: &ReportKey) -> Option<&Arc<FileReport>> {
        let mut reports = self.cached.as_ref()?.value.reports.iter();
        let (_, report) = reports.find(|(other, _)| other == key)?;
        Some(report)
    }
}

/// The key of all versions of a file: its name, its bytes, the options that matter.
fn key(entry: &Source, prepared: &Prepared, purpose: Purpose) -> Digest {
    let mut digest = DigestBuilder::new();
    digest
        .part(entry.name.as_bytes())
        .part(entry.digest.as_bytes())
        .part(prepared.digest.as_bytes());
    // Both are the same but for libraries.
    if purpose == Purpose::Render && is_library(&entry.name) {
        digest.part(b"render");
    }
    digest.finish()
}

/// The report of a file that is larger than a source may be.
fn refuse_large(entry: &Arc<Source>, options: &Options) -> Option<FileReport> {
    let (bytes, limit) = (entry.text.len(), options.limits.source_bytes);
    (bytes > limit).then(|| {
        let (message, help) = too_large(&entry.name, bytes as u64, limit as u64);
        let mut report = file_fault(&entry.name, Code::T109, message, Position::START, options);
        for diagnostic in &mut report.diagnostics {
            diagnostic.help = Some(help.to_owned());
        }
        report
    })
}
