//! Reads lists, commands and pairs.

use std::collections::BTreeSet;

use super::key;
use crate::config::formats::Wrong;
use crate::config::model::{Command, Pair, Pattern, Spanned, Text};
use crate::config::reader::{Item, Reader};
use crate::diagnostic::Code;
use crate::document::{Kind, Node};

impl<'a, 't> Reader<'a, 't> {
    /// A list of texts; a single text is a list of one.
    pub fn texts(&self, item: &Item<'a, 't>) -> Vec<Text> {
        self.texts_of(item.name, item.node)
    }

    /// As [`Reader::texts`], of any value.
    pub fn texts_of(&self, name: &str, node: &Node<'t>) -> Vec<Text> {
        self.list_of(node, name, "a list of strings")
            .iter()
            .filter_map(|node| self.text_of(name, node))
            .filter_map(|text| self.not_blank(name, text))
            .collect()
    }

    /// The values of a list; a single string is a list of one.
    pub fn list_of<'n>(&self, node: &'n Node<'t>, name: &str, wanted: &str) -> &'n [Node<'t>] {
        match &node.kind {
            Kind::Array(array) => {
                if array.incomplete {
                    self.lose();
                }
                &array.items
            }
            Kind::String(_) => std::slice::from_ref(node),
            Kind::Damaged => {
                self.lose();
                &[]
            }
            _ => {
                if self.is_whole(node) {
                    self.wrong_type(name, node, wanted);
                }
                &[]
            }
        }
    }

    /// A command: a text for the shell, or program and arguments.
    pub fn command(&self, item: &Item<'a, 't>) -> Option<Command> {
        let (name, node) = (item.name, item.node);
        match &node.kind {
            Kind::String(_) => {
                let text = self.text(item)?;
                self.not_blank(name, text).map(Command::Shell)
            }
            Kind::Array(array) if !array.of_tables => {
                if array.incomplete {
                    self.lose();
                    return None;
                }
                let mut words = Vec::with_capacity(array.items.len());
                for word in &array.items {
                    words.push(self.scalar(name, word)?);
                }
                let program = words.first().map(|word| word.value.trim());
                if program.is_none_or(str::is_empty) {
                    self.lose();
                    let span = words.first().map_or(node.span, |word| word.span);
                    self.cx
                        .report(Code::C112, span, format!("`{name}` is empty"));
                    return None;
                }
                Some(Command::Argv {
                    words,
                    span: node.span,
                })
            }
            _ => {
                if self.is_whole(node) {
                    self.wrong_type(name, node, "a string or a list of strings");
                }
                None
            }
        }
    }

    /// A list of patterns.
    pub fn patterns(&self, item: &Item<'a, 't>) -> Vec<Spanned<Pattern>> {
        self.list_of(item.node, item.name, "a list of span names")
            .iter()
            .filter_map(|node| self.pattern(item.name, node))
            .collect()
    }

    /// A table of texts; or a list of `"name=text"`.
    pub fn pairs(&self, item: &Item<'a, 't>) -> Vec<Pair> {
        let (name, node) = (item.name, item.node);
        match &node.kind {
            Kind::Table(table) => {
                if table.incomplete {
                    self.lose();
                }
                let pairs = table.entries().iter().filter_map(|entry| {
                    let value = self.scalar(&entry.key.name, &entry.value)?;
                    let name = Spanned::new(entry.key.name.to_string(), entry.key.span);
                    Some(Pair { name, value })
                });
                pairs.collect()
            }
            Kind::Array(_) => self.list_pairs(name, node),
            _ => {
                if self.is_whole(node) {
                    self.wrong_type(name, node, "a table");
                }
                Vec::new()
            }
        }
    }

    /// A list of `"name=text"` as the inline table that says the same. `None` where that is not
    /// certain: a name stands twice, a text has escapes, or there are comments, which would be lost.
    pub fn list_as_table(&self, node: &Node<'t>) -> Option<String> {
        let Kind::Array(array) = &node.kind else {
            return None;
        };
        if array.incomplete || node.touched {
            return None;
        }
        let text = self.cx.text;
        let mut names = BTreeSet::new();
        let mut entries = Vec::with_capacity(array.items.len());
        let mut before = node.span.start;
        for item in &array.items {
            let raw = item.span.of(text);
            let quote = raw.chars().next().filter(|quote| "\"'".contains(*quote))?;
            let inner = raw.strip_prefix(quote)?.strip_suffix(quote)?;
            let Kind::String(said) = &item.kind else {
                return None;
            };
            let (name, value) = inner.split_once('=')?;
            let plain = name.bytes().all(|byte| byte.is_ascii_graphic());
            let comment = text.get(before..item.span.start)?.contains('#');
            if said != inner || !plain || comment || !names.insert(name) {
                return None;
            }
            entries.push(format!("{} = {quote}{value}{quote}", key(name)));
            before = item.span.end;
        }
        let comment = text.get(before..node.span.end)?.contains('#');
        (!comment && !entries.is_empty()).then(|| format!("{{ {} }}", entries.join(", ")))
    }

    /// A list of `"name=text"`.
    pub fn list_pairs(&self, name: &str, node: &Node<'t>) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for node in self.list_of(node, name, "a table") {
            let Some(text) = self.text_of(name, node) else {
                continue;
            };
            let Some((key, value)) = text.value.split_once('=') else {
                self.lose();
                self.wrong_value(
                    Code::C104,
                    text.span,
                    &text.value,
                    &Wrong::new("has no `=`").help("write \"name=value\""),
                );
                continue;
            };
            pairs.push(Pair {
                name: Spanned::new(key.to_owned(), text.span),
                value: Spanned::new(value.to_owned(), text.span),
            });
        }
        pairs
    }
}
