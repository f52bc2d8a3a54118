//! The faults of a render: each once, with how often it occurred.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use minijinja::Value;

use super::ast::Problem;
use super::loader::{File, FileId};
use super::source_map::{Link, chain};
use crate::diagnostic::{Anchor, Code, Finding, Repair};
use crate::source::{Source, Span};
use crate::suggest::{did_you_mean, nearest};

/// Different faults that are kept; beyond that they are counted only.
const MAX_FAULTS: usize = 1_000;

/// A fault, and what the help needs that is known only when the render is over.
#[derive(Debug)]
struct Fault {
    finding: Finding,
    count: u32,
    /// When it was first met while rendering; static ones were not.
    order: Option<u32>,
    /// The variable that is missing, and the local ones that were there.
    missing: Option<(Arc<str>, Vec<Arc<str>>)>,
}

/// Puts `near` in place of `written`, if that is what stands at `start`. The file may then mean
/// something else than its author wanted, since nobody knows what that was.
fn rename(source: &Source, start: usize, written: &str, near: &str) -> Option<Repair> {
    let span = Span::new(start, start + written.len());
    (source.text.get(span.start..span.end)? == written).then(|| Repair {
        edits: vec![(Anchor::Source(source.name.clone(), span), near.to_owned())],
        safe: false,
    })
}

/// What makes two faults the same.
type Key = (Code, FileId, Span, String);

#[derive(Debug, Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    known: HashMap<Key, usize>,
    omitted: u32,
    met: u32,
    /// While above zero nothing is noted: Tera takes a condition that fails for false.
    pub muted: u32,
}

impl Faults {
    /// Notes a fault that reading the files found.
    pub fn note_static(&mut self, files: &[File], file: FileId, problem: &Problem) {
        let links = static_links(files, file);
        self.add(files, file, problem, &links, links.len(), false);
    }

    /// Notes a fault that was met while rendering, below `link`; says whether it is a new one.
    pub fn note(
        &mut self,
        files: &[File],
        file: FileId,
        problem: &Problem,
        links: &[Link],
        link: u32,
    ) -> bool {
        let counts = self.muted == 0 || problem.code == Code::T109 || problem.code == Code::T108;
        counts && self.add(files, file, problem, links, link as usize, true)
    }

    /// The last fault noted is about a variable; its help waits for the names that there are.
    pub fn is_missing(&mut self, name: Arc<str>, locals: Vec<Arc<str>>) {
        if let Some(fault) = self.list.last_mut() {
            fault.missing.get_or_insert((name, locals));
        }
    }

    fn add(
        &mut self,
        files: &[File],
        file: FileId,
        problem: &Problem,
        links: &[Link],
        link: usize,
        met: bool,
    ) -> bool {
        let key = (problem.code, file, problem.span, problem.message.clone());
        let order = met.then(|| {
            self.met += 1;
            self.met
        });
        if let Some(fault) = self.known.get(&key).and_then(|at| self.list.get_mut(*at)) {
            fault.count = fault.count.saturating_add(u32::from(met));
            fault.order = fault.order.or(order);
            return false;
        }
        if self.list.len() >= MAX_FAULTS {
            self.omitted = self.omitted.saturating_add(1);
            return false;
        }
        self.known.insert(key, self.list.len());
        let name = |file: FileId| {
            let file = files.get(file).or(files.first());
            file.map_or_else(|| Arc::from(""), |file| file.source.name.clone())
        };
        let mut finding = Finding::at(
            problem.code,
            Anchor::Source(name(file), problem.span),
            problem.message.clone(),
        );
        finding.label.clone_from(&problem.label);
        finding.help.clone_from(&problem.help);
        if let Some(meant) = problem.meant.as_deref()
            && let Some(file) = files.get(file)
        {
            finding.repair = rename(&file.source, meant.start, &meant.written, &meant.near);
        }
        if let Some((span, message)) = &problem.note {
            finding = finding.note_at(Anchor::Source(name(file), *span), message.clone());
        }
        for (file, span, message) in chain(links, u32::try_from(link).unwrap_or(0)) {
            finding = finding.note_at(Anchor::Source(name(file as usize), span), message);
        }
        self.list.push(Fault {
            finding,
            count: u32::from(met),
            order,
            missing: None,
        });
        true
    }

    /// All, in order of place: the entry's first, then those of the files in the order they were
    /// read.
    pub fn finish(mut self, files: &[File], variables: &BTreeMap<Arc<str>, Value>) -> Finished {
        for fault in &mut self.list {
            if let (Some((name, locals)), None) = (&fault.missing, &fault.finding.help) {
                let known = locals.iter().chain(variables.keys()).map(|name| &**name);
                let Some(near) = nearest(name, known) else {
                    continue;
                };
                fault.finding.help = Some(did_you_mean(near));
                if let Anchor::Source(at, span) = &fault.finding.at
                    && let Some(file) = files.iter().find(|file| file.source.name == *at)
                {
                    fault.finding.repair = rename(&file.source, span.start, name, near);
                }
            }
        }
        let first = self
            .list
            .iter()
            // What does not parse stops a render before it begins.
            .min_by_key(|fault| match (fault.finding.code, fault.order) {
                (Code::T101 | Code::T107 | Code::T108, None) => (0, 0),
                (_, Some(order)) => (1, order),
                (_, None) => (2, 0),
            })
            .map(|fault| fault.finding.clone());
        let rank: HashMap<&str, usize> = files
            .iter()
            .enumerate()
            .map(|(rank, file)| (&*file.source.name, rank))
            .collect();
        self.list.sort_by_key(|fault| match &fault.finding.at {
            Anchor::Source(name, span) => (rank.get(&**name).copied().unwrap_or(0), *span),
            Anchor::Rendered(span) => (0, *span),
        });
        Finished {
            first,
            counts: self.list.iter().map(|fault| fault.count.max(1)).collect(),
            faults: self.list.into_iter().map(|fault| fault.finding).collect(),
            omitted: self.omitted,
        }
    }
}

/// The faults of a render that is over.
pub(super) struct Finished {
    pub faults: Vec<Finding>,
    pub counts: Vec<u32>,
    pub omitted: u32,
    pub first: Option<Finding>,
}

/// The tags that led to a file, the outermost first.
fn static_links(files: &[File], mut file: FileId) -> Vec<Link> {
    let mut links = Vec::new();
    while let Some((from, span, message)) = files.get(file).and_then(|file| file.via) {
        if links.len() > files.len() {
            break;
        }
        links.push(Link {
            parent: 0,
            file: u32::try_from(from).unwrap_or(0),
            span,
            message,
            import: None,
        });
        file = from;
    }
    links.reverse();
    for (index, link) in links.iter_mut().enumerate() {
        link.parent = u32::try_from(index).unwrap_or(0);
    }
    links
}
