//! All the files of a render.
//!
//! Tera names files by literals only, so what a template extends, imports and includes is known
//! before it runs: it is loaded here, once each, and every name that was looked for is noted, also
//! of files that do not exist. A file that appears later may heal what failed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::Read;
use super::ast::{Node, Problem, Reference, Template, bodies};
use super::library;
use super::limits::Limits;
use super::parser;
use super::templates::Templates;
use crate::diagnostic::Code;
use crate::source::{Source, SourceError, Sources, Span};

/// Index of a file.
pub(super) type FileId = usize;

/// A file that was read.
#[derive(Debug)]
pub(super) struct File {
    pub source: Arc<Source>,
    pub template: Arc<Template>,
    /// What it extends.
    pub parent: Option<FileId>,
    /// What each of its imports stands for.
    pub imports: Vec<Option<FileId>>,
    /// What each include stands for, by the start of its tag. Absent: the include fails, or it
    /// ignores that nothing is there.
    pub includes: HashMap<usize, (FileId, Span)>,
    /// Includes that found nothing and may.
    pub ignored: HashSet<usize>,
    /// The tag that first led to this file.
    pub via: Option<(FileId, Span, &'static str)>,
    /// Whether its macros are looked at only when they are called, since they are known to be right.
    pub trusted: bool,
}

/// The files, the entry first, and what was wrong with finding them.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub files: Vec<File>,
    pub reads: Vec<Read>,
    pub problems: Vec<(FileId, Problem)>,
    /// Imports or parents form a cycle: nothing can be rendered.
    pub cyclic: bool,
}

struct Loader<'a> {
    sources: &'a dyn Sources,
    limits: &'a Limits,
    templates: &'a Templates,
    /// Folders to search after that of the file, each empty or with `/` at its end.
    roots: Vec<String>,
    known: HashMap<Arc<str>, Option<FileId>>,
    loaded: Loaded,
}

/// Loads `entry` and everything it names.
pub(super) fn load(
    entry: &Arc<Source>,
    region: Option<Span>,
    sources: &dyn Sources,
    paths: &[String],
    limits: &Limits,
    templates: &Templates,
) -> Loaded {
    let mut loader = Loader {
        sources,
        limits,
        templates,
        roots: std::iter::once(folder(&entry.name).to_owned())
            .chain(paths.iter().map(|path| as_folder(path)))
            .collect(),
        known: HashMap::new(),
        loaded: Loaded::default(),
    };
    let template = if entry.text.len() > limits.source_bytes {
        let limit = limits.source_bytes;
        Arc::new(Template {
            problems: vec![Problem::new(
                Code::T109,
                Span::at(0),
                format!("the file has more than {limit} bytes"),
            )],
            ..Template::default()
        })
    } else {
        Arc::new(parser::parse(&entry.text, region, limits))
    };
    loader.known.insert(entry.name.clone(), Some(0));
    loader.add(entry.clone(), template, None, false);
    if region.is_some() {
        loader.refuse_files();
    } else {
        let mut next = 0;
        while next < loader.loaded.files.len() {
            loader.follow(next);
            next += 1;
        }
        loader.find_cycles();
    }
    loader.loaded
}

/// The embedded library, read once for all renders.
fn embedded() -> (Arc<Source>, Arc<Template>) {
    static LIBRARY: OnceLock<(Arc<Source>, Arc<Template>)> = OnceLock::new();
    LIBRARY
        .get_or_init(|| {
            let template = parser::parse(library::TEXT, None, &Limits::cli());
            (
                Arc::new(Source::new(library::SOURCE_NAME, library::TEXT)),
                Arc::new(template),
            )
        })
        .clone()
}

impl Loader<'_> {
    fn add(
        &mut self,
        source: Arc<Source>,
        template: Arc<Template>,
        via: Option<(FileId, Span, &'static str)>,
        trusted: bool,
    ) -> FileId {
        self.loaded.reads.push(Read {
            name: source.name.clone(),
            source: Some(source.clone()),
        });
        self.loaded.files.push(File {
            source,
            template,
            parent: None,
            imports: Vec::new(),
            includes: HashMap::new(),
            ignored: HashSet::new(),
            via,
            trusted,
        });
        self.loaded.files.len() - 1
    }

    /// A string of a TOML file names no other files.
    fn refuse_files(&mut self) {
        let template = self.loaded.files[0].template.clone();
        let mut tags: Vec<(Span, &str)> = Vec::new();
        if let Some(parent) = &template.extends {
            tags.push((parent.tag, "extends"));
        }
        for import in &template.imports {
            tags.push((import.source.tag, "import"));
        }
        for_each_include(&template.nodes, &mut |tag, _, _| {
            tags.push((tag, "include"));
        });
        for (tag, word) in tags {
            let problem = Problem::new(
                Code::T106,
                tag,
                format!("`{word}` cannot stand in a string of a TOML file"),
            )
            .help("name the file `.toml.tera`: then all of it is a template");
            self.loaded.problems.push((0, problem));
        }
        let count = template.imports.len();
        self.loaded.files[0].imports = vec![None; count];
    }

    /// Loads what a file names.
    fn follow(&mut self, file: FileId) {
        let template = self.loaded.files[file].template.clone();
        if let Some(parent) = &template.extends {
            let found = self.one(file, parent, "extended here");
            self.loaded.files[file].parent = found;
        }
        for import in &template.imports {
            let found = self.one(file, &import.source, "imported here");
            self.loaded.files[file].imports.push(found);
        }
        let mut includes = Vec::new();
        for_each_include(&template.nodes, &mut |tag, names, ignore_missing| {
            includes.push((tag, names, ignore_missing));
        });
        for (tag, names, ignore_missing) in includes {
            match self.first(file, names, "included here") {
                Ok(Some(found)) => {
                    self.loaded.files[file]
                        .includes
                        .insert(tag.start, (found, tag));
                }
                Ok(None) if ignore_missing => {
                    self.loaded.files[file].ignored.insert(tag.start);
                }
                Ok(None) => {
                    let problem = self.not_found(names, tag);
                    self.loaded.problems.push((file, problem));
                }
                Err(problem) => self.loaded.problems.push((file, *problem)),
            }
        }
    }

    fn one(&mut self, file: FileId, name: &Reference, message: &'static str) -> Option<FileId> {
        match self.first(file, std::slice::from_ref(name), message) {
            Ok(Some(found)) => Some(found),
            Ok(None) => {
                let problem = self.not_found(std::slice::from_ref(name), name.tag);
                self.loaded.problems.push((file, problem));
                None
            }
            Err(problem) => {
                self.loaded.problems.push((file, *problem));
                None
            }
        }
    }

    fn not_found(&self, names: &[Reference], tag: Span) -> Problem {
        let names: Vec<_> = names
            .iter()
            .map(|name| format!("`{}`", name.name))
            .collect();
        let message = match names.as_slice() {
            [one] => format!("template {one} not found"),
            all => format!("none of the templates {} was found", all.join(", ")),
        };
        let searched: Vec<_> = self
            .roots
            .iter()
            .map(|root| {
                if root.is_empty() {
                    "."
                } else {
                    root.trim_end_matches('/')
                }
            })
            .collect();
        Problem::new(Code::T107, tag, message).help(format!(
            "searched beside this file and in: {}",
            searched.join(", ")
        ))
    }

    /// The first of `names` that exists.
    fn first(
        &mut self,
        file: FileId,
        names: &[Reference],
        message: &'static str,
    ) -> Result<Option<FileId>, Box<Problem>> {
        for name in names {
            if let Some(found) = self.find(file, name, message)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn find(
        &mut self,
        file: FileId,
        name: &Reference,
        message: &'static str,
    ) -> Result<Option<FileId>, Box<Problem>> {
        let wrong = |message: String| Err(Box::new(Problem::new(Code::T107, name.tag, message)));
        if is_absolute(&name.name) {
            return wrong(format!("the template name `{}` is absolute", name.name));
        }
        let own = folder(&self.loaded.files[file].source.name).to_owned();
        let mut searched = Vec::with_capacity(self.roots.len() + 1);
        let mut outside = true;
        for root in std::iter::once(&own).chain(&self.roots) {
            let Some(path) = join(root, &name.name) else {
                continue;
            };
            let inside = std::iter::once(&own)
                .chain(&self.roots)
                .any(|root| is_within(&path, root));
            if inside {
                outside = false;
                if !searched.contains(&path) {
                    searched.push(path);
                }
            }
        }
        let via = (file, name.tag, message);
        for path in searched {
            if let Some(found) = self.load(&path, via, name)? {
                return Ok(Some(found));
            }
        }
        if &*name.name == library::NAME {
            let (source, template) = embedded();
            if let Some(known) = self.known.get(&source.name) {
                return Ok(*known);
            }
            let id = self.add(source.clone(), template, Some(via), true);
            self.known.insert(source.name.clone(), Some(id));
            return Ok(Some(id));
        }
        if outside {
            return wrong(format!(
                "the template name `{}` leaves the folders that templates are read from",
                name.name
            ));
        }
        Ok(None)
    }

    /// The file of exactly this name.
    fn load(
        &mut self,
        path: &str,
        via: (FileId, Span, &'static str),
        name: &Reference,
    ) -> Result<Option<FileId>, Box<Problem>> {
        if let Some(known) = self.known.get(path) {
            return Ok(*known);
        }
        let problem = |code, message: String| Err(Box::new(Problem::new(code, name.tag, message)));
        let limit = self.limits.source_bytes;
        let source = match self.sources.load(path) {
            Ok(Some(source)) if source.text.len() > limit => {
                return problem(Code::T109, format!("`{path}` has more than {limit} bytes"));
            }
            Ok(source) => source,
            Err(SourceError::TooLarge { limit, .. }) => {
                return problem(Code::T109, format!("`{path}` has more than {limit} bytes"));
            }
            Err(error) => {
                return problem(Code::T107, format!("`{path}` cannot be read: {error}"));
            }
        };
        let path: Arc<str> = Arc::from(path);
        let Some(source) = source else {
            self.loaded.reads.push(Read {
                name: path.clone(),
                source: None,
            });
            self.known.insert(path, None);
            return Ok(None);
        };
        if self.loaded.files.len() >= self.limits.sources {
            let limit = self.limits.sources;
            return problem(
                Code::T109,
                format!("more than {limit} templates are included"),
            );
        }
        let template = self.templates.read(&source, self.limits);
        let files = self.loaded.files.iter();
        let all = (source.text.len(), template.tags);
        let (bytes, tags) = files.fold(all, |(bytes, tags), file| {
            (bytes + file.source.text.len(), tags + file.template.tags)
        });
        if bytes > self.limits.all_bytes || tags > self.limits.tags {
            let message = "the templates that are included are more than a render may read";
            return problem(Code::T109, message.to_owned());
        }
        let id = self.add(source, template, Some(via), false);
        self.known.insert(path, Some(id));
        Ok(Some(id))
    }

    /// Imports and parents must not lead back to where they came from.
    fn find_cycles(&mut self) {
        let files = &self.loaded.files;
        let edges: Vec<Vec<(FileId, Span)>> = files
            .iter()
            .map(|file| {
                let parent = file
                    .parent
                    .zip(file.template.extends.as_ref().map(|to| to.tag));
                let imports = file
                    .imports
                    .iter()
                    .zip(&file.template.imports)
                    .filter_map(|(to, import)| Some(((*to)?, import.source.tag)));
                parent.into_iter().chain(imports).collect()
            })
            .collect();
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; files.len()];
        let mut found = Vec::new();
        for start in 0..files.len() {
            if marks[start] != Mark::New {
                continue;
            }
            marks[start] = Mark::Open;
            let mut path: Vec<(FileId, usize)> = vec![(start, 0)];
            while let Some((file, next)) = path.last_mut() {
                let Some((to, tag)) = edges[*file].get(*next).copied() else {
                    marks[*file] = Mark::Done;
                    path.pop();
                    continue;
                };
                let from = *file;
                *next += 1;
                match marks[to] {
                    Mark::New => {
                        marks[to] = Mark::Open;
                        path.push((to, 0));
                    }
                    Mark::Open => {
                        let begin = path.iter().position(|(file, _)| *file == to).unwrap_or(0);
                        let steps: Vec<(FileId, Span)> = path[begin..]
                            .iter()
                            .map(|(file, next)| (*file, edges[*file][next - 1].1))
                            .collect();
                        found.push((from, tag, steps));
                    }
                    Mark::Done => {}
                }
            }
        }
        for (from, tag, steps) in found {
            let names: Vec<_> = steps
                .iter()
                .map(|(file, _)| format!("`{}`", self.loaded.files[*file].source.name))
                .collect();
            let first = names.first().cloned().unwrap_or_default();
            let problem = Problem::new(
                Code::T108,
                tag,
                format!(
                    "templates import each other: {} → {first}",
                    names.join(" → ")
                ),
            );
            self.loaded.cyclic = true;
            self.loaded.problems.push((from, problem));
        }
    }
}

impl File {
    /// Whether a macro may be that of this name, had its head been read.
    pub fn lost(&self, name: &str) -> bool {
        let mut lost = self.template.lost_macros.iter();
        lost.any(|lost| lost.is_empty() || **lost == *name)
    }
}

impl Loaded {
    /// The file whose macros are called `namespace` in `file`.
    ///
    /// Imports of the file itself come first, then its own macros, then what the imports import, then
    /// what its parents know. The import that decides is told too.
    pub fn namespace(&self, file: FileId, namespace: &str) -> Option<(FileId, Option<Span>)> {
        let mut seen = HashSet::new();
        self.namespace_in(file, namespace, &mut seen)
    }

    fn namespace_in(
        &self,
        id: FileId,
        namespace: &str,
        seen: &mut HashSet<FileId>,
    ) -> Option<(FileId, Option<Span>)> {
        if !seen.insert(id) || seen.len() > 200 {
            return None;
        }
        let file = self.files.get(id)?;
        let imports = || file.template.imports.iter().zip(&file.imports);
        if let Some((import, target)) = imports().rfind(|(import, _)| &*import.alias == namespace) {
            return target.map(|target| (target, Some(import.source.tag)));
        }
        let has_macros = !file.template.macros.is_empty() || !file.template.lost_macros.is_empty();
        if namespace == "self" && has_macros {
            return Some((id, None));
        }
        for (import, target) in imports() {
            if let Some(target) = target
                && let Some((found, _)) = self.namespace_in(*target, namespace, seen)
            {
                return Some((found, Some(import.source.tag)));
            }
        }
        self.namespace_in(file.parent?, namespace, seen)
    }

    /// Whether `namespace` is imported, but its file is missing: that was reported already.
    pub fn is_missing(&self, file: FileId, namespace: &str) -> bool {
        self.files.get(file).is_some_and(|file| {
            file.template
                .imports
                .iter()
                .zip(&file.imports)
                .any(|(import, target)| &*import.alias == namespace && target.is_none())
        })
    }

    /// The file and its parents, the nearest first. A cycle ends it.
    pub fn lineage(&self, file: FileId) -> Vec<FileId> {
        let mut lineage = vec![file];
        while let Some(parent) = self.files[*lineage.last().unwrap_or(&file)].parent {
            if lineage.contains(&parent) {
                break;
            }
            lineage.push(parent);
        }
        lineage
    }
}

/// Calls `visit` for each include, wherever it stands.
fn for_each_include<'a>(nodes: &'a [Node], visit: &mut dyn FnMut(Span, &'a [Reference], bool)) {
    for node in nodes {
        if let Node::Include {
            tag,
            names,
            ignore_missing,
            ..
        } = node
        {
            visit(*tag, names, *ignore_missing);
        }
        bodies(node, &mut |body| for_each_include(body, visit));
    }
}

/// The folder of a name, with `/` at its end; empty for a bare name.
fn folder(name: &str) -> &str {
    name.rfind('/').map_or("", |at| &name[..=at])
}

/// A folder as a prefix.
fn as_folder(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/".into(),
        "" | "." => String::new(),
        path => match join("", path.trim_start_matches("./")) {
            Some(folded) if !path.starts_with('/') => format!("{folded}/"),
            _ => format!("{path}/"),
        },
    }
}

fn is_absolute(name: &str) -> bool {
    name.starts_with('/') || name.starts_with('\\') || name.as_bytes().get(1) == Some(&b':')
}

/// `name` seen from `root`, with `.` and `..` folded; `None` if it leads nowhere.
fn join(root: &str, name: &str) -> Option<String> {
    let absolute = root.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in root.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None if !absolute => parts.push(".."),
                Some(_) => {
                    parts.pop();
                }
                None => return None,
            },
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return None;
    }
    let path = parts.join("/");
    Some(if absolute { format!("/{path}") } else { path })
}

/// Whether a folded path lies in a folder.
fn is_within(path: &str, root: &str) -> bool {
    if root.is_empty() {
        return !path.starts_with("..") && !path.starts_with('/');
    }
    match root.strip_prefix("./") {
        Some(root) => is_within(path, root),
        None => path.starts_with(root),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded() {
        assert_eq!(join("tests/", "../x.tera").as_deref(), Some("x.tera"));
        assert_eq!(join("tests/", "./a/../b").as_deref(), Some("tests/b"));
        assert_eq!(join("", "../x").as_deref(), Some("../x"));
        assert_eq!(join("/t/", "../../x"), None);
        assert_eq!(join("/t/", "x").as_deref(), Some("/t/x"));
    }

    #[test]
    fn a_name_may_not_leave_the_roots() {
        assert!(is_within("tests/x", "tests/"));
        assert!(is_within("x", ""));
        assert!(!is_within("../x", ""));
        assert!(!is_within("x", "tests/"));
        assert!(!is_within("/etc/passwd", ""));
    }
}
