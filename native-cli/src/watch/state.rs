//! What the loop knows: the files, who depends on whom, what was last said of each; and what a
//! batch of events makes of that.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clnrm_core::checker::settle_unused;
use clnrm_core::diagnostic::Code;
use clnrm_core::report::{FileReport, Report, Skipped, Summary};
use clnrm_core::source::Source;

use super::batch::Batch;
use super::statistics::Statistics;
use super::track::{Change, Contents};
use crate::check::{Checked, micros};
use crate::discover::names::{self, Kind};
use crate::discover::{Discovered, Fault, Found, discover};
use crate::exit::Outcome;
use crate::printer::Texts;
use crate::session::Session;

/// A file that vanished may be in the middle of a save: it is given so long to come back.
const GRACE: Duration = Duration::from_millis(15);
const PATIENCE: usize = 3;

/// A file and what was last said of it.
struct Entry {
    found: Found,
    report: FileReport,
    source: Option<Arc<Source>>,
    /// The file itself, the file behind its links, and all that it read or looked for.
    reads: HashSet<PathBuf>,
}

impl Entry {
    /// Why it is no test at all, if that is so and nobody named it.
    fn skipped(&self) -> Option<Skipped> {
        crate::check::skipped(&self.found, &self.report)
    }
}

/// One pass through the machinery, for printing.
#[derive(Debug, Default)]
pub struct Pass {
    /// The names of what changed; empty for the first pass.
    pub reason: Vec<Arc<str>>,
    /// The names of the files that were checked.
    pub checked: Vec<Arc<str>>,
    /// Files that were touched without a change of content.
    pub skipped_unchanged: usize,
    /// Names that left the results.
    pub removed: Vec<Arc<str>>,
    /// Names that were broken and are well now.
    pub mended: Vec<Arc<str>>,
    /// What the user should know, one sentence each.
    pub notices: Vec<String>,
    /// What the user may like to know; on a terminal only.
    pub remarks: Vec<String>,
    /// From the first event to the verdict.
    pub latency: Duration,
    /// For each file that changed: from the change to its event.
    pub detected: Vec<Duration>,
}

/// All that is known between passes.
pub struct State {
    paths: Vec<PathBuf>,
    entries: BTreeMap<Arc<str>, Entry>,
    faults: Vec<FileReport>,
    skipped: Vec<Skipped>,
    missing: Vec<Fault>,
    /// What was named, absolutely.
    roots: HashSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
    contents: Contents,
    keys: Keys,
}

impl State {
    /// Nothing known yet of what these paths lead to.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            entries: BTreeMap::new(),
            faults: Vec::new(),
            skipped: Vec::new(),
            missing: Vec::new(),
            roots: HashSet::new(),
            folders: BTreeSet::new(),
            contents: Contents::default(),
            keys: Keys::default(),
        }
    }

    /// Finds the files, without checking them: so that their folders are watched before they are
    /// read, and no change falls in between.
    pub fn find(&mut self, session: &Session) -> Discovered {
        self.keys = Keys::default();
        let found = discover(&session.base, &self.paths);
        self.folders = found
            .folders
            .iter()
            .map(|path| self.keys.folder(path))
            .collect();
        self.roots.clear();
        for path in &self.paths {
            let path = session.base.absolute(path);
            self.roots.insert(self.keys.key(&path));
            if !path.is_dir() {
                self.folders
                    .insert(self.keys.folder(&existing_parent(&path)));
            }
        }
        for file in &found.files {
            for path in [&file.path, &file.real] {
                self.folders
                    .extend(path.parent().map(|folder| self.keys.folder(folder)));
            }
        }
        for path in session.settings_files() {
            self.folders
                .insert(self.keys.folder(&existing_parent(&path)));
        }
        found
    }

    /// The folders to watch. Those of files that others include are among them.
    pub fn folders(&mut self) -> BTreeSet<PathBuf> {
        let mut folders = self.folders.clone();
        let reads: Vec<PathBuf> = self
            .entries
            .values()
            .flat_map(|entry| &entry.reads)
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect::<HashSet<_>>()
            .into_iter()
            .collect();
        for folder in reads {
            if !folders.contains(&folder) {
                folders.insert(self.keys.folder(&existing(&folder)));
            }
        }
        folders
    }

    /// The first pass: everything once.
    pub fn first(&mut self, session: &Session, since: Instant) -> Pass {
        let found = self.find(session);
        let mut pass = Pass::default();
        let files = self.take(session, found, &mut pass);
        self.check(session, files, &mut pass);
        pass.latency = since.elapsed();
        pass
    }

    /// What a batch of events comes to; `None` if no content changed.
    pub fn next(&mut self, session: &mut Session, batch: &Batch) -> Option<Pass> {
        let mut pass = Pass::default();
        let touched: BTreeSet<PathBuf> = if batch.lost {
            self.contents.paths().cloned().collect()
        } else {
            batch.paths.iter().map(|path| self.keys.key(path)).collect()
        };
        let mut changed: HashSet<PathBuf> = HashSet::new();
        let mut search = batch.lost;
        for path in &touched {
            if self.contents.knows(path) {
                match self.look(path) {
                    Change::Unchanged => pass.skipped_unchanged += 1,
                    Change::Changed => {
                        changed.insert(path.clone());
                        pass.detected.extend(detection(path, batch.since));
                        search |= !self.is_entry(path) && self.concerns_discovery(path);
                    }
                    Change::Gone => {
                        changed.insert(path.clone());
                        search |= self.is_entry(path);
                    }
                }
            } else {
                search |= self.concerns_discovery(path);
            }
        }

        let settings: Vec<PathBuf> = session.settings_files();
        let settings_touched = settings.iter().any(|path| {
            let key = self.keys.key(path);
            changed.contains(&key) || (touched.contains(&key) && !self.contents.knows(&key))
        });
        let mut all = false;
        if settings_touched {
            match session.reload() {
                Ok(()) => all = true,
                Err(error) => pass
                    .notices
                    .push(format!("{error}; the last good settings stand")),
            }
            self.note_settings(session);
            search = true;
        }

        session.tick();
        // Whatever was remembered of files that others include may be out of date.
        session.sources.forget_all();
        let mut files: Vec<Found> = Vec::new();
        if search {
            let found = self.find(session);
            files = self.take(session, found, &mut pass);
        }
        let fresh: HashSet<Arc<str>> = files.iter().map(|file| file.name.clone()).collect();
        files.extend(
            self.entries
                .values()
                .filter(|entry| !fresh.contains(&entry.found.name))
                .filter(|entry| all || entry.reads.iter().any(|path| changed.contains(path)))
                .map(|entry| entry.found.clone()),
        );
        let said = pass.notices.len() + pass.removed.len();
        if files.is_empty() && said == 0 {
            return None;
        }
        pass.reason = self.reasons(session, &changed, &fresh, &pass.removed, settings_touched);
        self.check(session, files, &mut pass);
        pass.latency = batch.since.map(|since| since.elapsed()).unwrap_or_default();
        Some(pass)
    }

    /// Checks everything again, whatever has changed.
    pub fn everything(&mut self, session: &mut Session) -> Pass {
        let since = Instant::now();
        let mut pass = Pass::default();
        session.tick();
        session.sources.forget_all();
        let found = self.find(session);
        let files = found.files.clone();
        self.take(session, found, &mut pass);
        self.check(session, files, &mut pass);
        pass.latency = since.elapsed();
        pass
    }

    /// Adds a pass to the statistics.
    pub fn count(&self, pass: &Pass, statistics: &mut Statistics) {
        let checked = pass.checked.iter().filter_map(|name| {
            let report = &self.entries.get(name)?.report;
            Some((&report.timings_us, report.cached))
        });
        statistics.add(self.entries.len(), pass.latency, checked);
        for after in &pass.detected {
            statistics.detected(*after);
        }
    }

    fn look(&mut self, path: &Path) -> Change {
        if self.contents.has(path) {
            for _ in 0..PATIENCE {
                if path.exists() {
                    break;
                }
                std::thread::sleep(GRACE);
            }
        }
        self.contents.look(path)
    }

    fn is_entry(&self, path: &Path) -> bool {
        self.entries
            .values()
            .any(|entry| entry.found.path == path || entry.found.real == path)
    }

    /// Whether something unknown that was touched may change which files there are.
    fn concerns_discovery(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        names::kind(&name) == Kind::Test
            || matches!(&*name, ".gitignore" | ".clnrmignore")
            || self.folders.contains(path)
            || self.roots.contains(path)
            || (!name.starts_with('.') && path.is_dir())
    }

    /// Takes over what discovery found; gives back the files that are new.
    fn take(&mut self, session: &Session, found: Discovered, pass: &mut Pass) -> Vec<Found> {
        let (missing, others): (Vec<Fault>, Vec<Fault>) = found
            .faults
            .into_iter()
            .partition(|fault| fault.code == Code::F101);
        for fault in &missing {
            if !self.missing.contains(fault) {
                pass.notices
                    .push(format!("{}: waiting for it", fault.message));
            }
        }
        self.missing = missing;
        self.skipped = found.skipped;
        self.faults = others.iter().map(|fault| session.fault(fault)).collect();

        let present: HashSet<&Arc<str>> = found.files.iter().map(|file| &file.name).collect();
        let gone: Vec<Arc<str>> = self
            .entries
            .keys()
            .filter(|name| !present.contains(name))
            .cloned()
            .collect();
        for name in gone {
            self.entries.remove(&name);
            pass.removed.push(name);
        }
        found
            .files
            .into_iter()
            .filter(|file| {
                self.entries
                    .get(&file.name)
                    .is_none_or(|entry| entry.found != *file)
            })
            .collect()
    }

    fn check(&mut self, session: &Session, files: Vec<Found>, pass: &mut Pass) {
        for Checked {
            found,
            report,
            source,
            vanished,
        } in session.check(&files)
        {
            if vanished {
                // Its removal will be reported; until then it is nobody's fault.
                if self.entries.remove(&found.name).is_some() {
                    pass.removed.push(found.name);
                }
                continue;
            }
            let reads = self.reads(session, &found, &report);
            let entry = Entry {
                found,
                report,
                source,
                reads,
            };
            let name = entry.found.name.clone();
            let was_broken = self
                .entries
                .get(&name)
                .is_some_and(|before| !before.report.valid && before.skipped().is_none());
            if was_broken && entry.report.valid {
                pass.mended.push(name.clone());
            }
            if entry.skipped().is_none() {
                pass.checked.push(name.clone());
            }
            self.entries.insert(name, entry);
        }
        pass.checked.sort();
        let wanted: HashSet<&PathBuf> = self
            .entries
            .values()
            .flat_map(|entry| &entry.reads)
            .collect();
        let settings: HashSet<PathBuf> = session
            .settings_files()
            .iter()
            .map(|path| self.keys.key(path))
            .collect();
        self.contents
            .retain(|path| wanted.contains(&path.to_owned()) || settings.contains(path));
        self.note_settings(session);
    }

    /// Notes what a check has read, and gives the paths.
    fn reads(&mut self, session: &Session, found: &Found, report: &FileReport) -> HashSet<PathBuf> {
        let mut reads = HashSet::new();
        for path in [&found.path, &found.real] {
            let key = self.keys.key(path);
            self.contents.note(key.clone(), report.template_digest);
            reads.insert(key);
        }
        for dependency in &report.dependencies {
            // What the binary brings along never changes.
            if dependency.path.starts_with('<') {
                continue;
            }
            let key = self.keys.key(&session.base.path(&dependency.path));
            self.contents.note(key.clone(), dependency.digest);
            reads.insert(key);
        }
        reads
    }

    fn note_settings(&mut self, session: &Session) {
        for path in session.settings_files() {
            let key = self.keys.key(&path);
            if !self.contents.knows(&key) {
                self.contents.look(&key);
            }
        }
    }

    fn reasons(
        &mut self,
        session: &Session,
        changed: &HashSet<PathBuf>,
        fresh: &HashSet<Arc<str>>,
        removed: &[Arc<str>],
        settings_touched: bool,
    ) -> Vec<Arc<str>> {
        let mut names: BTreeSet<Arc<str>> = fresh.clone().into_iter().collect();
        names.extend(removed.iter().cloned());
        let settings: HashSet<PathBuf> = session
            .settings_files()
            .iter()
            .map(|path| self.keys.key(path))
            .collect();
        let read: HashSet<&PathBuf> = self
            .entries
            .values()
            .flat_map(|entry| &entry.reads)
            .collect();
        for path in changed {
            if read.contains(path) || (settings_touched && settings.contains(path)) {
                names.insert(self.keys.name(session, path));
            }
        }
        names.into_iter().collect()
    }

    /// The files that count: those that discovery would skip do not.
    fn counted(&self) -> impl Iterator<Item = &FileReport> {
        self.entries
            .values()
            .filter(|entry| entry.skipped().is_none())
            .map(|entry| &entry.report)
            .chain(&self.faults)
    }

    /// What is broken or doubtful now, in order of name.
    pub fn broken(&self) -> Vec<&FileReport> {
        let mut broken: Vec<&FileReport> = self
            .counted()
            .filter(|file| file.counts.errors + file.counts.warnings > 0)
            .collect();
        broken.sort_by(|a, b| a.path.cmp(&b.path));
        broken
    }

    /// The files of a pass, as `dry-run` would report them.
    pub fn report_of_pass(&self, pass: &Pass) -> Report {
        let wanted = |file: &&FileReport| pass.checked.binary_search(&file.path).is_ok();
        let mut files: Vec<FileReport> = self.counted().filter(wanted).cloned().collect();
        settle_unused(&mut files);
        Report::new(files, self.skipped(), micros(pass.latency))
    }

    /// What was passed over, and why.
    pub fn skipped(&self) -> Vec<Skipped> {
        let mut skipped = self.skipped.clone();
        skipped.extend(self.entries.values().filter_map(Entry::skipped));
        skipped
    }

    /// Everything as it stands, in numbers.
    pub fn summary(&self, duration: Duration) -> Summary {
        let mut summary = Summary {
            duration_us: micros(duration),
            ..Summary::default()
        };
        for file in self.counted() {
            summary.files += 1;
            if file.valid {
                summary.valid += 1;
            } else {
                summary.invalid += 1;
            }
            summary.errors += file.counts.errors;
            summary.warnings += file.counts.warnings;
            summary.infos += file.counts.infos;
            summary.suppressed += file.counts.suppressed;
            summary.cached += usize::from(file.cached);
        }
        summary
    }

    /// The exit code that everything as it stands comes to.
    pub fn outcome(&self) -> Outcome {
        let files = self.counted().map(Outcome::of_file).max();
        let waiting = if self.missing.is_empty() {
            Outcome::Good
        } else {
            Outcome::Unable
        };
        files.unwrap_or_default().max(waiting)
    }

    /// Whether there is nothing to check.
    pub fn is_empty(&self) -> bool {
        self.counted().next().is_none()
    }
}

/// The sources of diagnostics: what was checked, else what is on the disk now.
pub struct StateTexts<'a> {
    /// What is known.
    pub state: &'a State,
    /// The run.
    pub session: &'a Session,
}

impl Texts for StateTexts<'_> {
    fn source(&self, name: &str) -> Option<Arc<Source>> {
        let kept = self
            .state
            .entries
            .get(name)
            .and_then(|entry| entry.source.clone());
        kept.or_else(|| self.session.source(name))
    }

    fn rendered_line(&self, file: &str, combination: u32, line: u32) -> Option<String> {
        let source = self.source(file)?;
        self.session.rendered_line(&source, combination, line)
    }
}

/// Paths in one spelling: the folder without links, the file as it is called there. The system
/// reports events under the spelling that a folder was watched by.
#[derive(Debug, Default)]
struct Keys(HashMap<PathBuf, PathBuf>);

impl Keys {
    fn folder(&mut self, folder: &Path) -> PathBuf {
        if let Some(real) = self.0.get(folder) {
            return real.clone();
        }
        match folder.canonicalize() {
            Ok(real) => {
                self.0.insert(folder.to_owned(), real.clone());
                real
            }
            Err(_) => folder.to_owned(),
        }
    }

    fn key(&mut self, path: &Path) -> PathBuf {
        match (path.parent(), path.file_name()) {
            (Some(folder), Some(name)) => self.folder(folder).join(name),
            _ => path.to_owned(),
        }
    }

    /// A path as people know it, also where the working directory is behind a link.
    fn name(&mut self, session: &Session, path: &Path) -> Arc<str> {
        let here = self.folder(session.base.folder());
        match path.strip_prefix(&here) {
            Ok(inner) => session.base.name(&session.base.folder().join(inner)),
            Err(_) => session.base.name(path),
        }
    }
}

/// How long it took from the change of a file to the event that told of it.
fn detection(path: &Path, since: Option<Instant>) -> Option<Duration> {
    let modified = path.metadata().ok()?.modified().ok()?;
    modified.elapsed().ok()?.checked_sub(since?.elapsed())
}

/// The nearest folder upwards that exists, from the folder of `path` on.
fn existing_parent(path: &Path) -> PathBuf {
    existing(path.parent().unwrap_or(path))
}

fn existing(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or(folder)
        .to_owned()
}
