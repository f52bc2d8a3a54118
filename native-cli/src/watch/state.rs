//! What the loop knows: the files, who depends on whom, and what was last said of each.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use clnrm_core::checker::settle_unused;
use clnrm_core::diagnostic::Code;
use clnrm_core::digest::Digest;
use clnrm_core::report::{FileReport, Report, Skipped, Summary};
use clnrm_core::source::Source;

use super::pass::Pass;
use super::spelling::{Spelling, existing, existing_parent};
use super::track::{Contents, wait_for};
use crate::check::{Checked, micros};
use crate::discover::{Discovered, Fault, Found, discover};
use crate::exit::Outcome;
use crate::printer::Texts;
use crate::session::Session;

/// How often files are checked again within one pass because something that they read was changed
/// meanwhile.
const MAX_ROUNDS: usize = 5;

/// What a check read, or looked for, and what it found.
#[derive(Clone, Debug)]
struct Read {
    path: Arc<Path>,
    digest: Option<Digest>,
    /// It may have been something else: [`super::track::Noted`].
    in_doubt: bool,
}

/// A file and what was last said of it.
pub(super) struct Entry {
    pub found: Found,
    pub report: FileReport,
    source: Option<Arc<Source>>,
    /// When its last check began.
    pub began: Instant,
    /// The file itself and what its links lead over; then all that it read or looked for.
    reads: Vec<Read>,
    /// How many of the reads are the file itself.
    own: usize,
}

impl Entry {
    /// Why it is no test at all, if that is so and nobody named it.
    fn skipped(&self) -> Option<Skipped> {
        crate::check::skipped(&self.found, &self.report)
    }

    /// Whether a path is that of the file itself, or of a link on the way to it.
    fn is_itself(&self, path: &Path) -> bool {
        self.reads[..self.own]
            .iter()
            .any(|read| *read.path == *path)
    }

    /// Whether both read the same, and came to the same.
    fn says_the_same(&self, other: &Self) -> bool {
        let (one, other) = (&self.report, &other.report);
        let contexts = |report: &FileReport| {
            let renders = report.renders.iter().flatten();
            renders
                .map(|render| render.context_digest)
                .collect::<Vec<_>>()
        };
        one.template_digest == other.template_digest
            && one.context_digest == other.context_digest
            && contexts(one) == contexts(other)
            && one.dependencies == other.dependencies
            && one.level == other.level
            && one.diagnostics == other.diagnostics
    }
}

/// All that is known between passes.
pub struct State {
    paths: Vec<PathBuf>,
    pub(super) entries: BTreeMap<Arc<str>, Entry>,
    /// Who read a path.
    readers: HashMap<Arc<Path>, BTreeSet<Arc<str>>>,
    faults: Vec<FileReport>,
    skipped: Vec<Skipped>,
    missing: Vec<Fault>,
    /// What was named, in its spelling.
    pub(super) roots: HashSet<PathBuf>,
    /// The folders that were searched.
    pub(super) folders: BTreeSet<PathBuf>,
    pub(super) contents: Contents,
    pub(super) spelling: Spelling,
    /// What is wrong with the settings, as it is shown.
    pub settings_fault: Option<String>,
}

impl State {
    /// Nothing known yet of what these paths lead to.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            entries: BTreeMap::new(),
            readers: HashMap::new(),
            faults: Vec::new(),
            skipped: Vec::new(),
            missing: Vec::new(),
            roots: HashSet::new(),
            folders: BTreeSet::new(),
            contents: Contents::default(),
            spelling: Spelling::default(),
            settings_fault: None,
        }
    }

    /// Finds the files, without checking them: so that their folders are watched before they are
    /// read, and no change falls in between.
    pub fn find(&mut self, session: &Session) -> Discovered {
        self.spelling.renew();
        let found = discover(&session.base, &self.paths);
        let mut folders: BTreeSet<PathBuf> = found
            .folders
            .iter()
            .map(|path| self.spelling.folder(path))
            .collect();
        self.roots.clear();
        for path in &self.paths {
            let path = session.base.absolute(path);
            let key = self.spelling.key(&path);
            if !path.is_dir() {
                folders.insert(self.spelling.folder(&existing_parent(&path)));
            }
            // A folder that is renamed is told of by its parent.
            let inside = |folder: &&Path| folder.starts_with(session.base.folder());
            for folder in path.ancestors().skip(1).take_while(inside) {
                if folder.is_dir() {
                    folders.insert(self.spelling.folder(folder));
                }
            }
            self.roots.insert(key);
        }
        for file in &found.files {
            for path in [&file.path, &file.real] {
                folders.extend(path.parent().map(|folder| self.spelling.folder(folder)));
            }
        }
        for path in session.settings_files() {
            folders.insert(self.spelling.folder(&existing_parent(&path)));
        }
        self.folders = folders;
        found
    }

    /// The folders to watch. Those of files that others include are among them.
    pub fn watched(&mut self) -> BTreeSet<PathBuf> {
        let mut folders = self.folders.clone();
        let parents: HashSet<&Path> = self
            .contents
            .paths()
            .filter_map(|path| path.parent())
            .chain(
                self.spelling
                    .links()
                    .iter()
                    .filter_map(|path| path.parent()),
            )
            .filter(|folder| !folders.contains(*folder))
            .collect();
        let more: Vec<PathBuf> = parents.into_iter().map(existing).collect();
        for folder in more {
            folders.insert(self.spelling.folder(&folder));
        }
        folders
    }

    /// The names of those who read one of these, as far as they are there.
    pub(super) fn readers<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a Arc<Path>>,
    ) -> BTreeSet<Arc<str>> {
        paths
            .into_iter()
            .filter_map(|path| self.readers.get(path))
            .flatten()
            .cloned()
            .collect()
    }

    /// Those who may have read something else of a path than is there, although it has not changed
    /// since it was looked at: another file was checked meanwhile that read it as it is.
    pub(super) fn behind(&self, path: &Path) -> impl Iterator<Item = Arc<str>> {
        let now = self.contents.digest(path);
        let is_behind =
            move |read: &Read| *read.path == *path && (read.in_doubt || Some(read.digest) != now);
        let readers = self.readers.get(path).into_iter().flatten();
        readers
            .filter(move |name| {
                let entry = self.entries.get(*name);
                entry.is_some_and(|entry| entry.reads.iter().any(is_behind))
            })
            .cloned()
    }

    /// Whether anybody read a path.
    pub(super) fn is_read(&self, path: &Path) -> bool {
        self.readers.contains_key(path)
    }

    /// Whether a path is that of a file under test.
    pub(super) fn is_entry(&self, path: &Path) -> bool {
        self.readers.get(path).is_some_and(|readers| {
            readers
                .iter()
                .filter_map(|name| self.entries.get(name))
                .any(|entry| entry.is_itself(path))
        })
    }

    /// Whether a path is that of a file under test, and is or was a link that leads elsewhere now.
    pub(super) fn leads_elsewhere(&self, path: &Path) -> bool {
        let readers = self.readers.get(path).into_iter().flatten();
        readers
            .filter_map(|name| self.entries.get(name))
            .filter(|entry| entry.own > 1 || entry.found.path.is_symlink())
            .filter(|entry| entry.is_itself(path))
            .any(|entry| {
                let real = entry.found.path.canonicalize();
                real.is_ok_and(|real| real != entry.found.real)
            })
    }

    /// Takes over what discovery found; gives back the files that are new.
    pub(super) fn take(
        &mut self,
        session: &Session,
        found: Discovered,
        pass: &mut Pass,
    ) -> Vec<Found> {
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
        let faults: Vec<FileReport> = others.iter().map(|fault| session.fault(fault)).collect();
        self.take_faults(faults, pass);

        let present: HashSet<&Arc<str>> = found.files.iter().map(|file| &file.name).collect();
        let gone: Vec<Arc<str>> = self
            .entries
            .keys()
            .filter(|name| !present.contains(name))
            .cloned()
            .collect();
        for name in gone {
            self.forget(&name);
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

    /// Paths that are named like tests and lead to none.
    fn take_faults(&mut self, faults: Vec<FileReport>, pass: &mut Pass) {
        let known = |list: &[FileReport], one: &FileReport| {
            list.iter()
                .any(|file| file.path == one.path && file.diagnostics == one.diagnostics)
        };
        for file in &faults {
            if !known(&self.faults, file) {
                pass.checked.insert(file.path.clone());
            }
        }
        for file in &self.faults {
            if !faults.iter().any(|now| now.path == file.path) {
                pass.removed.push(file.path.clone());
            }
        }
        self.faults = faults;
    }

    fn forget(&mut self, name: &Arc<str>) -> Option<Entry> {
        let entry = self.entries.remove(name)?;
        for read in &entry.reads {
            if let Some(readers) = self.readers.get_mut(&read.path) {
                readers.remove(name);
                if readers.is_empty() {
                    self.readers.remove(&read.path);
                }
            }
        }
        Some(entry)
    }

    /// Checks files, and again those that read what was changed meanwhile.
    pub(super) fn check(&mut self, session: &Session, mut files: Vec<Found>, pass: &mut Pass) {
        let begun = Instant::now();
        for round in 1.. {
            let moved = self.check_once(session, &files, pass);
            let stale = |entry: &&Entry| {
                entry.reads.iter().any(|read| {
                    moved.contains(&read.path)
                        && self.contents.digest(&read.path) != Some(read.digest)
                })
            };
            files = self
                .readers(&moved)
                .iter()
                .filter_map(|name| self.entries.get(name))
                .filter(stale)
                .map(|entry| entry.found.clone())
                .collect();
            if files.is_empty() {
                break;
            }
            if round == MAX_ROUNDS {
                // It does not come to rest. Its events are under way, and those who are behind
                // will be found by them.
                break;
            }
            session.sources.forget_all();
        }
        pass.checking = begun.elapsed();
        let settings: HashSet<PathBuf> = session
            .settings_files()
            .iter()
            .map(|path| self.spelling.key(path))
            .collect();
        let readers = &self.readers;
        self.contents
            .retain(|path| readers.contains_key(path) || settings.contains(path));
        self.note_settings(session);
    }

    /// Gives the paths of which something else was known than these checks have read.
    fn check_once(
        &mut self,
        session: &Session,
        files: &[Found],
        pass: &mut Pass,
    ) -> HashSet<Arc<Path>> {
        let began = SystemTime::now();
        let mut moved = HashSet::new();
        let mut spelled = HashMap::new();
        for Checked {
            found,
            report,
            source,
            vanished,
            began: begun,
        } in patient_check(session, files)
        {
            let name = found.name.clone();
            let before = self.forget(&name);
            if vanished {
                // Its removal will be reported; until then it is nobody's fault.
                if before.is_some() {
                    pass.removed.push(name);
                }
                continue;
            }
            let own: Vec<Arc<Path>> = self.hops(&found.path, &found.real);
            let mut reads = Vec::with_capacity(own.len() + report.dependencies.len());
            let mut note = |contents: &mut Contents, path: &Arc<Path>, digest| {
                let noted = contents.note(path, digest, began);
                if noted.differs {
                    moved.insert(path.clone());
                }
                reads.push(Read {
                    path: path.clone(),
                    digest: noted.digest,
                    in_doubt: noted.in_doubt,
                });
            };
            for path in &own {
                note(&mut self.contents, path, report.template_digest);
            }
            for dependency in &report.dependencies {
                // What the binary brings along never changes.
                if dependency.path.starts_with('<') {
                    continue;
                }
                let paths = spelled.entry(dependency.path.clone()).or_insert_with(|| {
                    let path = session.base.path(&dependency.path);
                    shared(&self.contents, self.spelling.hops(&path))
                });
                for path in paths {
                    note(&mut self.contents, path, dependency.digest);
                }
            }
            let entry = Entry {
                found,
                report,
                source,
                began: begun,
                reads,
                own: own.len(),
            };
            let was_broken = before
                .as_ref()
                .is_some_and(|before| !before.report.valid && before.skipped().is_none());
            if was_broken && entry.report.valid {
                pass.mended.insert(name.clone());
            }
            let counts =
                !pass.only_affected || before.is_none_or(|before| !before.says_the_same(&entry));
            if counts && entry.skipped().is_none() {
                pass.checked.insert(name.clone());
            }
            for read in &entry.reads {
                self.readers
                    .entry(read.path.clone())
                    .or_default()
                    .insert(name.clone());
            }
            self.entries.insert(name, entry);
        }
        moved
    }

    fn hops(&mut self, path: &Path, real: &Path) -> Vec<Arc<Path>> {
        let mut hops = self.spelling.hops(path);
        let real = self.spelling.key(real);
        if !hops.contains(&real) {
            hops.push(real);
        }
        shared(&self.contents, hops)
    }

    /// From now on changes of the settings are noticed.
    pub(super) fn note_settings(&mut self, session: &Session) {
        for path in session.settings_files() {
            let key = self.spelling.key(&path);
            if !self.contents.knows(&key) {
                self.contents.look([key.into()]);
            }
        }
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
        let wanted = |file: &&FileReport| pass.checked.contains(&file.path);
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

/// Checks files; those that vanish meanwhile once more, after the time that a save may need.
fn patient_check(session: &Session, files: &[Found]) -> Vec<Checked> {
    let mut checked = session.check(files);
    let gone: Vec<usize> = (0..checked.len())
        .filter(|index| checked[*index].vanished)
        .collect();
    if gone.is_empty() {
        return checked;
    }
    let again: Vec<Found> = gone.iter().map(|index| files[*index].clone()).collect();
    let paths: Vec<PathBuf> = again.iter().map(|found| found.path.clone()).collect();
    wait_for(&paths);
    for (index, now) in gone.into_iter().zip(session.check(&again)) {
        checked[index] = now;
    }
    checked
}

fn shared(contents: &Contents, paths: Vec<PathBuf>) -> Vec<Arc<Path>> {
    paths.iter().map(|path| contents.shared(path)).collect()
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
