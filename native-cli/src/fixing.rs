//! Fixes of a whole command: file by file, applied round by round, since one fix makes room for the next, and never
//! kept where a file comes out worse.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clnrm_core::diagnostic::{Code, Family, Fix, Severity};
use clnrm_core::fix::apply;
use clnrm_core::report::FileReport;
use clnrm_core::source::{Source, SourceError, Sources};

use crate::check::Checked;
use crate::session::Session;

/// Rounds until nothing is left to fix. A spelling of spellings may need two or three.
const MAX_ROUNDS: usize = 8;

/// Which fixes are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// Those after which a file means what it meant.
    Safe,
    /// All.
    All,
}

/// What fixing came to.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The files that change: what is on disk, and what is to be there.
    pub files: BTreeMap<Arc<str>, (Arc<str>, Arc<str>)>,
    /// How many fixes were applied.
    pub applied: usize,
}

/// The disk, with the texts that were fixed in front of it.
struct Edited<'a> {
    session: &'a Session,
    texts: BTreeMap<Arc<str>, Arc<Source>>,
}

impl Sources for Edited<'_> {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, SourceError> {
        match self.texts.get(name) {
            Some(source) => Ok(Some(source.clone())),
            None => self.session.sources.load(name),
        }
    }
}

impl Edited<'_> {
    /// A text of the disk, or as it was fixed. What the program itself brings along is not to be
    /// written.
    fn source(&self, name: &str) -> Option<Arc<Source>> {
        self.load(name).ok().flatten()
    }

    fn check(&self, name: &str) -> Option<FileReport> {
        let entry = self.source(name)?;
        let (checker, options) = (&self.session.checker, &self.session.options);
        Some(checker.check(&entry, self, options))
    }

    fn with(&self, texts: BTreeMap<Arc<str>, String>) -> Self {
        let mut edited = Self {
            session: self.session,
            texts: self.texts.clone(),
        };
        for (name, text) in texts {
            let source = Arc::new(Source::new(name.clone(), text));
            edited.texts.insert(name, source);
        }
        edited
    }
}

/// Works out what the files come to when their fixes are applied; writes nothing.
pub fn fix(session: &Session, checked: &[Checked], wanted: Wanted) -> Fixed {
    let mut reports: BTreeMap<Arc<str>, FileReport> = checked
        .iter()
        .map(|file| (file.report.path.clone(), file.report.clone()))
        .collect();
    let mut edited = Edited {
        session,
        texts: BTreeMap::new(),
    };
    let mut applied = 0;
    let paths: Vec<Arc<str>> = reports.keys().cloned().collect();
    for path in &paths {
        for _ in 0..MAX_ROUNDS {
            let found = reports[path].diagnostics.iter();
            let fixes: Vec<Fix> = found
                .filter_map(|diagnostic| diagnostic.fix.clone())
                .filter(|fix| fix.safe || wanted == Wanted::All)
                .collect();
            let round = attempt(&edited, &reports, &fixes)
                .unwrap_or_else(|| harmless(&edited, &reports, &fixes));
            if round.applied == 0 {
                break;
            }
            applied += round.applied;
            edited = round.edited;
            reports.extend(round.reports);
        }
    }
    let files = edited
        .texts
        .iter()
        .filter_map(|(name, after)| {
            let before = session.sources.load(name).ok().flatten()?;
            (before.text != after.text)
                .then(|| (name.clone(), (before.text.clone(), after.text.clone())))
        })
        .collect();
    Fixed { files, applied }
}

/// What a round of fixes came to.
struct Round<'a> {
    edited: Edited<'a>,
    /// Of the files that it touches.
    reports: BTreeMap<Arc<str>, FileReport>,
    applied: usize,
}

impl<'a> Round<'a> {
    fn nothing(edited: &Edited<'a>) -> Self {
        Self {
            edited: edited.with(BTreeMap::new()),
            reports: BTreeMap::new(),
            applied: 0,
        }
    }
}

/// Applies those fixes that do no harm, where all of them together do.
fn harmless<'a>(
    edited: &Edited<'a>,
    reports: &BTreeMap<Arc<str>, FileReport>,
    fixes: &[Fix],
) -> Round<'a> {
    let mut kept: Vec<Fix> = Vec::new();
    let mut round = Round::nothing(edited);
    for fix in fixes {
        kept.push(fix.clone());
        match attempt(edited, reports, &kept) {
            Some(better) => round = better,
            None => {
                kept.pop();
            }
        }
    }
    round
}

/// Applies fixes; `None` if a file has an error or a warning then that it had not. One that stood behind
/// a fault of the template or of the syntax which is gone now was there before, and could not be seen.
fn attempt<'a>(
    edited: &Edited<'a>,
    reports: &BTreeMap<Arc<str>, FileReport>,
    fixes: &[Fix],
) -> Option<Round<'a>> {
    let fixed = apply(fixes, |name| Some(edited.source(name)?.text.clone()));
    if fixed.applied == 0 {
        return Some(Round::nothing(edited));
    }
    let names: BTreeSet<Arc<str>> = fixed.texts.keys().cloned().collect();
    let after = edited.with(fixed.texts);
    let mut renewed = BTreeMap::new();
    for (path, before) in reports {
        let touched = names.contains(path)
            || before
                .dependencies
                .iter()
                .any(|dependency| names.contains(&dependency.path));
        if !touched {
            continue;
        }
        let report = after.check(path)?;
        let (known, found) = (grave(before), grave(&report));
        let worse =
            |(code, found): (&Code, &u32)| known.get(code).is_none_or(|known| found > known);
        let uncovered = |code: Code| {
            let fewer = |family| count_of(&found, family) < count_of(&known, family);
            [Family::Template, Family::Syntax]
                .into_iter()
                .any(|family| family < code.family() && fewer(family))
        };
        if found.iter().any(|of| worse(of) && !uncovered(*of.0)) {
            return None;
        }
        renewed.insert(path.clone(), report);
    }
    Some(Round {
        edited: after,
        reports: renewed,
        applied: fixed.applied,
    })
}

/// How many errors and warnings of each code there are. Messages may name what a fix renames.
fn grave(report: &FileReport) -> BTreeMap<Code, u32> {
    let mut counts = BTreeMap::new();
    for diagnostic in &report.diagnostics {
        if diagnostic.severity != Severity::Info {
            *counts.entry(diagnostic.code).or_default() += diagnostic.count;
        }
    }
    counts
}

fn count_of(counts: &BTreeMap<Code, u32>, family: Family) -> u32 {
    let of = counts.iter().filter(|(code, _)| code.family() == family);
    of.map(|(_, count)| count).sum()
}
