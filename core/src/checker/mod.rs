//! The façade: a file, the sources around it and options in; a report out.
//!
//! A [`Checker`] is shared by all files and threads of a command. Its cache answers what has not
//! changed; the rest is rendered ([`make`]), judged ([`judge`]), mapped to what the author wrote
//! ([`mapping`]) and held against the user's wishes ([`filter`]).

mod evaluate;
mod filter;
mod glob;
mod judge;
mod make;
mod mapping;
mod mode;
mod options;
mod outcome;
mod render;
mod rendered;
mod report;
mod told;
mod unused;
mod world;

use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::{CacheSettings, CacheStats, RenderCache, Version};
use crate::diagnostic::Code;
use crate::digest::{Digest, DigestBuilder};
use crate::report::{FileReport, Timings};
use crate::source::{Source, Sources};

use judge::Judged;
use make::Purpose;
use options::Prepared;
use outcome::{Kept, MAX_REPORTS, Outcome, Rendering, ReportKey, report_size};
use world::Present;

pub use make::{is_library, is_template};
pub use options::{Options, Project};
pub use rendered::{RenderedFile, Variable};
pub use report::{file_fault, settle_unused};

/// Sets of options that are kept prepared: a command has one; a playground with tabs a few.
const MAX_PREPARED: usize = 4;

/// Combinations up to which the judgements of a file are kept one by one; more would push those of
/// other files out.
const MAX_JUDGED_APART: usize = 16;

/// Checks and renders files, and remembers.
#[derive(Debug)]
pub struct Checker {
    cache: RenderCache<Kept, Judged>,
    prepared: Mutex<Vec<Arc<Prepared>>>,
}

/// What a lookup or a render gave.
struct Found {
    outcome: Arc<Outcome>,
    key: Digest,
    /// What is in the cache; `None` for what must not be kept.
    version: Option<Arc<Version<Kept>>>,
    cached: bool,
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
        }
    }

    /// Judges a file.
    pub fn check(
        &self,
        entry: &Arc<Source>,
        sources: &dyn Sources,
        options: &Options,
    ) -> FileReport {
        let start = (options.ticks)();
        if let Some(report) = too_large(entry, options) {
            return report;
        }
        let prepared = self.prepared(options);
        let found = self.find(entry, sources, options, &prepared, Purpose::Check);
        let key = ReportKey {
            level: options.level,
            filter: options.filter(&entry.name),
            command_line: prepared.command_line.clone(),
        };
        let known = found.version.as_ref().and_then(|version| {
            let mut reports = version.value.reports.iter();
            reports.find(|(other, _)| *other == key)
        });
        let mut report = match known {
            Some((_, report)) => FileReport::clone(report),
            None => self.judge_and_keep(entry, options, &found, key),
        };
        if found.cached {
            report.cached = true;
            for render in report.renders.iter_mut().flatten() {
                render.cached = true;
            }
            if known.is_some() {
                report.timings_us = Timings::default();
            }
        }
        report.timings_us.cache = found.cache_us;
        report.timings_us.render = found.render_us;
        report.timings_us.total = (options.ticks)().saturating_sub(start);
        report
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
        if let Some(report) = too_large(entry, options) {
            return Err(Box::new(report));
        }
        let prepared = self.prepared(options);
        let found = self.find(entry, sources, options, &prepared, Purpose::Render);
        rendered::of(entry, options, &prepared, &found.outcome, found.cached)
    }

    /// What the cache did so far.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.cache.stats()
    }

    /// Forgets what was remembered.
    pub fn clear(&self) {
        self.cache.clear();
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
                outcome: version.value.outcome.clone(),
                key,
                version: Some(version),
                cached: true,
                cache_us,
                render_us: 0,
            };
        }
        let made = make::make(entry, sources, options, prepared, purpose);
        let outcome = Arc::new(made.outcome);
        let render_us = (options.ticks)().saturating_sub(looked);
        self.cache.note_render(render_us);
        let version = made.reads.filter(|_| self.cache.is_on()).map(|reads| {
            Arc::new(Version {
                bytes: outcome.size() + reads.bytes(),
                reads,
                value: Kept {
                    outcome: outcome.clone(),
                    reports: Vec::new(),
                },
                made_at: start,
            })
        });
        if let Some(version) = &version {
            self.cache.keep(key, version.clone());
        }
        Found {
            outcome,
            key,
            version,
            cached: false,
            cache_us,
            render_us,
        }
    }

    /// The report of an outcome; kept with it.
    fn judge_and_keep(
        &self,
        entry: &Arc<Source>,
        options: &Options,
        found: &Found,
        key: ReportKey,
    ) -> FileReport {
        let report = report::of(entry, options, &found.outcome, &key, &|render, text| {
            self.judged(render, text, options, found.outcome.renders.len())
        });
        if let Some(version) = &found.version {
            let kept = Arc::new(report.clone());
            let mut reports = vec![(key, kept)];
            let others = version.value.reports.iter().take(MAX_REPORTS - 1);
            reports.extend(others.cloned());
            let held: usize = reports.iter().map(|(_, report)| report_size(report)).sum();
            let version = Version {
                bytes: found.outcome.size() + version.reads.bytes() + held,
                reads: version.reads.clone(),
                value: Kept {
                    outcome: found.outcome.clone(),
                    reports,
                },
                made_at: version.made_at,
            };
            self.cache.keep(found.key, Arc::new(version));
        }
        report
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
fn too_large(entry: &Arc<Source>, options: &Options) -> Option<FileReport> {
    let (bytes, limit) = (entry.text.len(), options.limits.source_bytes);
    (bytes > limit).then(|| {
        let message = format!("the file has {bytes} bytes; a source may have {limit}");
        file_fault(&entry.name, Code::T109, message, options)
    })
}
