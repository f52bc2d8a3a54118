//! Completion and hover: what can stand at a place of a file, and what stands there.
//!
//! All that is offered comes from the tables that the rest of the core goes by: fields and words from
//! the schema of the settings, functions, filters and tests from their own tables, services and spans
//! from the file as far as it can be read. The file may be broken; it usually is where somebody types.

mod complete;
mod hover;
mod tag;
mod toml;

use std::sync::Arc;

use minijinja::Value;

use crate::config::schema::{Field, Kind, Section};
use crate::config::{COUNT, FILE, PROJECT_FILE};
use crate::graph::Graph;
use crate::source::{Source, Sources, Span};
use crate::template::call::{Callable, Param};
use crate::template::library;

/// What is known of a file beside its text.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// What the file declares.
    pub graph: Graph,
    /// Variables that its template can see.
    pub variables: Vec<Known>,
    /// Files that it could include.
    pub files: Vec<Arc<str>>,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub value: Value,
    /// Where the value comes from, in a few words.
    pub origin: &'static str,
}

/// A file, and what is known of it.
pub struct Scene<'a> {
    /// The file.
    pub source: &'a Source,
    /// Whether it is a project file.
    pub is_project: bool,
    /// Beside its text.
    pub names: &'a Names,
    /// Where its imports are found.
    pub sources: &'a dyn Sources,
}

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ItemKind {
    /// A table of the format.
    Table,
    /// A setting.
    Field,
    /// A word that a setting may be.
    Word,
    /// A service.
    Service,
    /// A scenario.
    Scenario,
    /// A span.
    Span,
    /// A variable of the template.
    Variable,
    /// A function.
    Function,
    /// A filter.
    Filter,
    /// A test.
    Test,
    /// A macro.
    Macro,
    /// A tag.
    Tag,
    /// An argument of a call.
    Argument,
    /// A file.
    File,
}

/// Something that can stand at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What is shown, and what the typed word is held against.
    pub label: String,
    /// What it is.
    pub kind: ItemKind,
    /// A few words beside the label.
    pub detail: String,
    /// What it does, in Markdown; may be empty.
    pub doc: String,
    /// What is written in place of the word.
    pub insert: String,
}

/// What can stand at a place.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completion {
    /// The word that an item takes the place of: what is typed of it, and what follows of it.
    pub replaces: Span,
    /// In an order that makes sense; not filtered by what is typed.
    pub items: Vec<Item>,
}

/// What stands at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// The word.
    pub span: Span,
    /// What is to be said of it, in Markdown.
    pub markdown: String,
}

/// What can stand at byte `offset`, which is moved back to the start of a character.
#[must_use]
pub fn complete(scene: &Scene<'_>, offset: usize) -> Completion {
    let text = &scene.source.text;
    complete::at(scene, text.floor_char_boundary(offset.min(text.len())))
}

/// What stands at byte `offset`; `None` if nothing is known of it.
#[must_use]
pub fn hover(scene: &Scene<'_>, offset: usize) -> Option<Hover> {
    let text = &scene.source.text;
    hover::at(scene, text.floor_char_boundary(offset.min(text.len())))
}

/// What a path of keys leads to.
#[derive(Clone, Copy)]
enum Target {
    /// A table.
    Section(&'static Section),
    /// A table of tables under names of the author's.
    Named(&'static Section),
    /// A setting that holds no settings.
    Leaf,
}

impl Scene<'_> {
    /// What a path of keys leads to, from the root of the file.
    fn target(&self, path: &[String]) -> Option<Target> {
        let root = if self.is_project {
            &PROJECT_FILE
        } else {
            &FILE
        };
        path.iter()
            .try_fold(Target::Section(root), |at, name| match at {
                Target::Section(section) => {
                    let (_, field, _) = section.find(name)?;
                    Some(match field.kind {
                        Kind::Table(inner) | Kind::Tables(inner) => Target::Section(inner),
                        Kind::Named(inner) => Target::Named(inner),
                        Kind::Bounds => Target::Section(&COUNT),
                        _ => Target::Leaf,
                    })
                }
                Target::Named(inner) => Some(Target::Section(inner)),
                Target::Leaf => None,
            })
    }

    /// The setting that a path of keys ends in.
    fn field(&self, path: &[String]) -> Option<&'static Field> {
        let (name, table) = path.split_last()?;
        let Target::Section(section) = self.target(table)? else {
            return None;
        };
        section.find(name).map(|(_, field, _)| field)
    }

    /// The text of the file that goes by this name in the template.
    fn imported(&self, namespace: &str) -> Option<Arc<Source>> {
        let text = &self.source.text;
        let imports = tag::imports(text);
        let (_, file) = imports.into_iter().find(|(name, _)| name == namespace)?;
        let load = |name: &str| self.sources.load(name).ok().flatten();
        let folder = self
            .source
            .name
            .rfind('/')
            .map_or("", |at| &self.source.name[..=at]);
        load(&format!("{folder}{file}"))
            .or_else(|| load(&file))
            .or_else(|| {
                let built_in = file == library::NAME;
                built_in.then(|| Arc::new(Source::new(library::SOURCE_NAME, library::TEXT)))
            })
    }

    /// The macros that go by this namespace.
    fn macros(&self, namespace: &str) -> Vec<tag::Macro> {
        if namespace == "self" {
            return tag::macros(&self.source.text);
        }
        let source = self.imported(namespace);
        source
            .map(|source| tag::macros(&source.text))
            .unwrap_or_default()
    }
}

/// `name(a, b=1)`.
fn signature(callable: &Callable) -> String {
    let params: Vec<String> = callable.params.iter().map(parameter).collect();
    format!("{}({})", callable.name, params.join(", "))
}

fn parameter(param: &Param) -> String {
    match param.default {
        None => param.name.to_owned(),
        Some("") => format!("{}?", param.name),
        Some(default) => format!("{}={default}", param.name),
    }
}

fn macro_signature(found: &tag::Macro) -> String {
    let params = found.params.iter().map(|(name, default)| match default {
        Some(default) => format!("{name}={default}"),
        None => name.clone(),
    });
    format!("{}({})", found.name, params.collect::<Vec<_>>().join(", "))
}

/// A value in one short line.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = format!("{value:?}");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
