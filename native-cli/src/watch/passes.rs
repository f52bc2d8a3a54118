//! What a batch of events comes to: which contents changed, who depends on them, and what is to be
//! checked again.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::batch::Batch;
use super::inbox::Touch;
use super::pass::Pass;
use super::state::State;
use super::track::{Change, changed};
use crate::discover::Found;
use crate::discover::names::{self, Kind};
use crate::session::Session;

impl State {
    /// Whether a path that was touched has any say: editors' temporary files have none.
    pub fn concerns(&self, path: &Path) -> bool {
        self.contents.knows(path) || self.concerns_discovery(path)
    }

    /// Whether something unknown that was touched may change which files there are, or where names
    /// lead.
    fn concerns_discovery(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if self.roots.contains(path)
            || self.folders.contains(path)
            || self.spelling.links().contains(path)
            || self.roots.iter().any(|root| root.starts_with(path))
        {
            return true;
        }
        if name.starts_with('.') {
            return matches!(&*name, ".gitignore" | ".clnrmignore");
        }
        names::kind(&name) == Kind::Test || path.is_dir()
    }

    /// The first pass: everything once.
    pub fn first(&mut self, session: &Session, since: Instant) -> Pass {
        let mut pass = Pass::new(since);
        let found = self.find(session);
        let files = self.take(session, found, &mut pass);
        self.check(session, files, &mut pass);
        pass.ends();
        pass
    }

    /// Checks everything again, whatever has changed.
    pub fn everything(&mut self, session: &mut Session) -> Pass {
        let mut pass = Pass::new(Instant::now());
        session.tick();
        session.sources.forget_all();
        let found = self.find(session);
        let files = found.files.clone();
        self.take(session, found, &mut pass);
        self.check(session, files, &mut pass);
        pass.ends();
        pass
    }

    /// What a batch of events comes to; `None` if no content changed.
    pub fn next(&mut self, session: &mut Session, batch: &Batch) -> Option<Pass> {
        let mut pass = Pass::new(batch.since.unwrap_or_else(Instant::now));
        let (known, unknown) = self.touched(batch);
        let mut search = batch.everything;
        let mut all = false;
        for path in &unknown {
            all |= self.spelling.links().contains(path);
            search |= self.concerns_discovery(path);
        }
        let mut changes: HashSet<Arc<Path>> = HashSet::new();
        let mut late: BTreeSet<Arc<str>> = BTreeSet::new();
        for path in batch.touched.keys() {
            search |= self.leads_elsewhere(path);
        }
        for (path, change) in self.contents.look(known) {
            match change {
                Change::Unchanged => {
                    let before = late.len();
                    late.extend(self.behind(&path));
                    let skipped = late.len() == before && batch.touched.contains_key(&*path);
                    pass.skipped_unchanged += usize::from(skipped);
                    continue;
                }
                Change::Changed => {
                    search |= !self.is_entry(&path) && self.concerns_discovery(&path);
                    note_times(&mut pass, &path, batch.touched.get(&*path));
                }
                Change::Gone => search |= self.is_entry(&path),
            }
            changes.insert(path);
        }

        let settings = self.settings(session);
        let settings_changed = settings.iter().any(|path| changes.contains(&**path));
        let said = self.settings_fault.clone();
        if settings_changed {
            let differs = self.reload(session, &mut pass);
            pass.only_affected = differs && !all;
            all |= differs;
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
        let fresh: BTreeSet<Arc<str>> = files.iter().map(|file| file.name.clone()).collect();
        let mut again: BTreeSet<Arc<str>> = if all {
            self.entries.keys().cloned().collect()
        } else {
            self.readers(&changes)
        };
        again.extend(late.iter().cloned());
        files.extend(
            again
                .difference(&fresh)
                .filter_map(|name| self.entries.get(name))
                .map(|entry| entry.found.clone()),
        );
        let nothing_new = pass.notices.is_empty()
            && pass.removed.is_empty()
            && pass.checked.is_empty()
            && said == self.settings_fault
            && !settings_changed;
        if files.is_empty() && nothing_new {
            return None;
        }
        let news = fresh.union(&late).cloned().collect();
        pass.reason = self.reasons(session, &changes, news, &pass, &settings);
        self.check(session, files, &mut pass);
        pass.ends();
        Some(pass)
    }

    /// The paths to look at, and those of which nothing is known.
    fn touched(&self, batch: &Batch) -> (Vec<Arc<Path>>, HashSet<PathBuf>) {
        let unknown: HashSet<PathBuf> = batch
            .touched
            .keys()
            .filter(|path| !self.contents.knows(path))
            .cloned()
            .collect();
        // A folder that comes, goes or is renamed takes all with it that lies within.
        let moved = |path: &Path| {
            !unknown.is_empty() && path.ancestors().any(|folder| unknown.contains(folder))
        };
        let known = self
            .contents
            .paths()
            .filter(|path| batch.everything || batch.touched.contains_key(&***path) || moved(path))
            .cloned()
            .collect();
        (known, unknown)
    }

    fn settings(&mut self, session: &Session) -> HashSet<PathBuf> {
        session
            .settings_files()
            .iter()
            .map(|path| self.spelling.key(path))
            .collect()
    }

    /// Reads the settings again; whether a verdict may differ under them.
    fn reload(&mut self, session: &mut Session, pass: &mut Pass) -> bool {
        let differs = match session.reload() {
            Ok(differs) => {
                self.settings_fault = None;
                differs
            }
            Err(error) => {
                let mut shown = error.frames().unwrap_or_default().to_owned();
                shown.push_str(&format!("{error}; the last good settings stand\n"));
                self.settings_fault = Some(shown);
                pass.notices
                    .push(format!("{error}; the last good settings stand"));
                false
            }
        };
        self.note_settings(session);
        differs
    }

    fn reasons(
        &mut self,
        session: &Session,
        changes: &HashSet<Arc<Path>>,
        news: BTreeSet<Arc<str>>,
        pass: &Pass,
        settings: &HashSet<PathBuf>,
    ) -> Vec<Arc<str>> {
        let mut names = news;
        names.extend(pass.removed.iter().cloned());
        names.extend(pass.checked.iter().cloned());
        for path in changes {
            if self.is_read(path) || settings.contains(&**path) {
                names.insert(self.spelling.name(&session.base, path));
            }
        }
        names.into_iter().collect()
    }
}

/// How long it took from the change of a file to the event that told of it.
fn note_times(pass: &mut Pass, path: &Path, touch: Option<&Touch>) {
    let changed = path.metadata().ok().and_then(|meta| changed(&meta));
    let (Some(changed), Some(touch)) = (changed, touch) else {
        return;
    };
    pass.changed_at = pass.changed_at.max(Some(changed));
    let told = SystemTime::now().checked_sub(touch.last.elapsed());
    let detected = told.and_then(|told| told.duration_since(changed).ok());
    pass.detected.extend(detected);
}

#[cfg(test)]
mod tests {
    use super::super::inbox::Happened;
    use super::*;
    use crate::args::Globals;
    use crate::session::Wishes;

    const LIBRARY: &str = "[meta]\nname = \"n\"\n[service.box]\nplugin = \"generic_container\"\n\
        image = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = \"true\"\n";

    fn name(state: &State, ending: &str) -> Arc<str> {
        let mut names = state.entries.keys();
        names.find(|name| name.ends_with(ending)).unwrap().clone()
    }

    #[test]
    fn who_missed_what_came_during_a_check_is_checked_by_its_event() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for file in ["a.clnrm.toml.tera", "b.clnrm.toml.tera"] {
            std::fs::write(root.join(file), "{% include \"p.toml\" %}").unwrap();
        }
        let wishes = Wishes {
            watching: true,
            ..Wishes::default()
        };
        let mut session = Session::new(&Globals::default(), wishes).unwrap();
        let mut state = State::new(vec![root.clone()]);
        state.first(&session, Instant::now());
        let (a, b) = (
            name(&state, "a.clnrm.toml.tera"),
            name(&state, "b.clnrm.toml.tera"),
        );
        let valid = |state: &State, name| state.entries[name].report.valid;
        assert!(!valid(&state, &a) && !valid(&state, &b));

        // `a` is checked by what was read before the library came; `b` is then, for the library is
        // another one than it has read.
        std::fs::write(root.join("p.toml"), LIBRARY).unwrap();
        let found = state.entries[&a].found.clone();
        state.check(&session, vec![found], &mut Pass::new(Instant::now()));
        assert!(!valid(&state, &a) && valid(&state, &b));

        let mut batch = Batch::default();
        let touch = Touch::new(Happened::Done, Instant::now());
        batch.add(root.join("p.toml"), touch);
        let pass = state.next(&mut session, &batch).unwrap();
        assert_eq!(pass.checked, BTreeSet::from([a.clone()]), "`b` has seen it");
        assert!(valid(&state, &a));
        assert!(state.next(&mut session, &batch).is_none(), "and once");
    }
}
