//! How the text of a file is made: by its name, and for a plain TOML by what it holds.

use std::sync::Arc;

use super::make::is_template;
use crate::diagnostic::{Anchor, Code, Finding};
use crate::document::{Document, Kind, Node};
use crate::source::{Source, Span};
use crate::template::scan::{Scan, Tag, TagKind, Within};
use crate::template::strings;

/// How the text of a file is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// It is the text.
    Plain,
    /// These strings of it, with their quotes, are rendered.
    Strings(Vec<Span>),
    /// It is rendered as a whole.
    Template,
}

impl Mode {
    /// How the text of `entry` is made, and what is to be said of that.
    pub(super) fn of(entry: &Arc<Source>) -> (Self, Option<Finding>) {
        let text = &*entry.text;
        if is_template(&entry.name) {
            return (Self::Template, None);
        }
        if !strings::has_tags(text) {
            return (Self::Plain, None);
        }
        let (document, findings) = Document::parse(text, &[]);
        let meta = document.root.get("meta").and_then(Node::as_table);
        let setting = meta.and_then(|meta| meta.get("template"));
        if setting.is_some_and(|node| node.kind == Kind::Boolean(false)) {
            return (Self::Plain, None);
        }
        let broken = findings.iter().filter(|finding| finding.code == Code::S101);
        match tag_at_fault(text, broken) {
            Some(tag) => {
                let finding = Finding::at(
                    Code::S104,
                    Anchor::Source(entry.name.clone(), tag),
                    "this file is TOML only after it is rendered as a template",
                )
                .help("name it `.toml.tera`, so that every tool knows");
                (Self::Template, Some(finding))
            }
            None => (Self::Strings(strings::candidates(&document.root)), None),
        }
    }
}

/// The tag that keeps a text from being TOML: one that stands outside strings and comments, or on a
/// line that does not parse. Without one the fault is something else.
fn tag_at_fault<'f>(text: &str, broken: impl Iterator<Item = &'f Finding>) -> Option<Span> {
    let lines: Vec<Span> = broken
        .filter_map(|finding| match finding.at {
            Anchor::Rendered(span) => Some(span),
            Anchor::Source(..) => None,
        })
        .map(|span| {
            let from = text[..text.floor_char_boundary(span.start)]
                .rfind('\n')
                .map_or(0, |at| at + 1);
            let end = text.floor_char_boundary(span.end);
            let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
            Span::new(from, to.max(from))
        })
        .collect();
    if lines.is_empty() {
        return None;
    }
    let at_fault = |tag: &&Tag| match tag.within {
        Within::Code => tag.kind != TagKind::Comment,
        Within::String => lines.iter().any(|line| line.touches(tag.span)),
        Within::Comment => false,
    };
    let scan = Scan::of(text);
    let found = scan.tags.iter().find(at_fault);
    found.map(|tag| tag.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> (&'static str, bool) {
        let (mode, finding) = Mode::of(&Arc::new(Source::new(name, text)));
        let mode = match mode {
            Mode::Plain => "plain",
            Mode::Strings(_) => "strings",
            Mode::Template => "template",
        };
        (mode, finding.is_some())
    }

    #[test]
    fn the_name_decides_before_the_text() {
        assert_eq!(of("a.toml.tera", "a = 1\n"), ("template", false));
        assert_eq!(of("a.toml", "a = 1\n"), ("plain", false));
    }

    #[test]
    fn a_plain_file_is_rendered_where_its_tags_are() {
        assert_eq!(of("a.toml", "a = \"{{ b }}\"\n"), ("strings", false));
        assert_eq!(of("a.toml", "a = {{ b }}\n"), ("template", true));
        assert_eq!(
            of("a.toml", "{% if b %}\na = 1\n{% endif %}\n"),
            ("template", true)
        );
        assert_eq!(
            of("a.toml", "a = \"{{ env(name=\"B\") }}\"\n"),
            ("template", true)
        );
    }

    #[test]
    fn a_fault_that_no_tag_made_is_no_reason_to_render() {
        assert_eq!(
            of("a.toml", "a = \"{{ b }}\"\nc = = 1\n"),
            ("strings", false)
        );
        assert_eq!(of("a.toml", "# {{ b }}\nc = = 1\n"), ("strings", false));
    }

    #[test]
    fn templates_can_be_turned_off() {
        let text = "a = \"{{.State}}\"\n[meta]\ntemplate = false\n";
        assert_eq!(of("a.toml", text), ("plain", false));
    }
}
