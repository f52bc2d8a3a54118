//! Tags: what stands in `{% … %}`, and how they pair.

use std::sync::Arc;

use super::super::ast::{
    Block, Branch, Call, Expr, For, Import, Kind, Macro, MacroParam, Node, Problem, Reference, Trim,
};
use super::super::lexer::is_space;
use super::{Parser, Read};
use crate::diagnostic::short;
use crate::source::Span;
use crate::suggest::nearest;

/// The words that a tag may begin with, and what they do, in one sentence of Markdown.
pub const TAGS: [(&str, &str); 21] = [
    (
        "if",
        "What follows is written if the condition holds: `{% if a %} … {% elif b %} … {% else %} … {% endif %}`.",
    ),
    (
        "elif",
        "Another condition, tried where those before it do not hold.",
    ),
    (
        "else",
        "What is written where no condition holds, or a loop has nothing to go over.",
    ),
    ("endif", "Ends `if`."),
    (
        "for",
        "What follows is written for each item: `{% for x in list %} … {% endfor %}`; `loop.index` counts from 1.",
    ),
    ("endfor", "Ends `for`."),
    (
        "set",
        "Gives a name to a value: `{% set x = 1 %}`; within a loop, for one turn of it.",
    ),
    (
        "set_global",
        "Gives a name to a value, also beyond the loop that it stands in.",
    ),
    (
        "include",
        "Writes what another template renders to, with the same variables: `{% include \"part.tera\" %}`.",
    ),
    (
        "import",
        "Makes the macros of another file known: `{% import \"_macros.toml.tera\" as m %}`.",
    ),
    ("extends", "Takes another template, and fills its blocks."),
    (
        "block",
        "A part that a template which extends this one may fill: `{% block name %} … {% endblock %}`.",
    ),
    ("endblock", "Ends `block`."),
    (
        "macro",
        "Text with parameters, written where it is called: `{% macro name(a, b=1) %} … {% endmacro %}`.",
    ),
    ("endmacro", "Ends `macro`."),
    (
        "filter",
        "What follows goes through a filter: `{% filter upper %} … {% endfilter %}`.",
    ),
    ("endfilter", "Ends `filter`."),
    (
        "raw",
        "What follows is written as it stands, tags too: `{% raw %} … {% endraw %}`.",
    ),
    ("endraw", "Ends `raw`."),
    ("break", "Leaves the loop."),
    ("continue", "Goes on with the next turn of the loop."),
];

fn keywords() -> impl Iterator<Item = &'static str> {
    // Tera knows no `endset`, but authors do; the message for it is its own.
    TAGS.iter().map(|(word, _)| *word).chain(["endset"])
}

/// A tag that waits for its end.
pub(super) struct Open {
    tag: Span,
    trim: Trim,
    /// What was written before it, at its own level.
    before: Vec<Node>,
    kind: OpenKind,
}

enum OpenKind {
    If {
        branches: Vec<Branch>,
        /// Of the branch that is being written; `None` in `else`.
        condition: Option<Option<Arc<Expr>>>,
        trim: Trim,
    },
    For {
        key: Option<Arc<str>>,
        value: Arc<str>,
        container: Option<Arc<Expr>>,
        /// The body, once `else` was met.
        body: Option<Vec<Node>>,
    },
    Filter(Option<Arc<Call>>),
    Block(Arc<str>),
    Macro {
        name: Arc<str>,
        name_span: Span,
        params: Vec<MacroParam>,
    },
}

impl OpenKind {
    const fn word(&self) -> &'static str {
        match self {
            Self::If { .. } => "if",
            Self::For { .. } => "for",
            Self::Filter(_) => "filter",
            Self::Block(_) => "block",
            Self::Macro { .. } => "macro",
        }
    }

    const fn end(&self) -> &'static str {
        match self {
            Self::If { .. } => "endif",
            Self::For { .. } => "endfor",
            Self::Filter(_) => "endfilter",
            Self::Block(_) => "endblock",
            Self::Macro { .. } => "endmacro",
        }
    }
}

impl Open {
    pub(super) const fn is_block(&self) -> bool {
        matches!(self.kind, OpenKind::Block(_))
    }
}

impl<'t> Parser<'t> {
    /// `{% … %}`
    pub(super) fn block_tag(&mut self) {
        let start = self.begin_tag();
        let left = self.cursor.eat("-");
        self.cursor.skip_space();
        let Some((word, word_span)) = self.cursor.name() else {
            let problem = self.expected("the name of a tag");
            let right = self.recover(problem.hides_lines(), "%}");
            self.push(Node::Nothing {
                trim: Trim { left, right },
            });
            return;
        };
        let word = self.corrected(word, word_span);
        if !(is_space(self.cursor.peek()) || self.cursor.at_tag_end()) {
            self.extension(word_span, "no space after a keyword");
        }
        self.cursor.skip_space();
        self.last = self.cursor.at;
        let mut tag = TagReader {
            start,
            left,
            right: false,
            tag: Span::at(start),
            // Of conditions and loops the render itself finds out.
            hides_lines: matches!(word, "include" | "extends" | "block" | "raw"),
        };
        match word {
            "if" => {
                let condition = self.finish(&mut tag, Self::expression);
                self.open(&tag, |trim| OpenKind::If {
                    branches: Vec::new(),
                    condition: Some(condition.map(Arc::new)),
                    trim,
                });
            }
            "elif" => {
                let condition = self.finish(&mut tag, Self::expression);
                self.branch(&tag, Some(condition.map(Arc::new)));
            }
            "else" => {
                self.finish(&mut tag, |this| {
                    if this.cursor.at_word("if") {
                        return Err(this.syntax_here("`else if` is no tag", |problem| {
                            problem.help("write `elif`")
                        }));
                    }
                    Ok(())
                });
                self.branch(&tag, None);
            }
            "for" => {
                let head = self.finish(&mut tag, Self::for_head);
                let (key, value, container) = match head {
                    Some((key, value, container)) => (key, value, Some(Arc::new(container))),
                    None => (None, Arc::from(""), None),
                };
                self.open(&tag, |_| OpenKind::For {
                    key,
                    value,
                    container,
                    body: None,
                });
            }
            "filter" => {
                let call = self.finish(&mut tag, Self::filter_call);
                self.open(&tag, |_| OpenKind::Filter(call.map(Arc::new)));
            }
            "block" => {
                let name = self.finish(&mut tag, |this| this.word("the name of the block"));
                let name = name.map_or_else(|| Arc::from(""), |(name, _)| name);
                self.not_in_macro(&tag, "a block");
                let mut around = self.stack.iter();
                if around.any(|open| matches!(open.kind, OpenKind::For { .. })) {
                    self.extension(tag.tag, "a block within a loop");
                }
                self.open(&tag, |_| OpenKind::Block(name));
            }
            "macro" => {
                let mut name: Arc<str> = Arc::from("");
                let head = self.finish(&mut tag, |this| this.macro_head(&mut name));
                let (name_span, params) = head.unwrap_or_else(|| {
                    self.template.lost_macros.push(name.clone());
                    (tag.tag, Vec::new())
                });
                if !self.stack.is_empty() {
                    self.report(Problem::syntax(
                        tag.tag,
                        "a macro is defined at the top level only",
                    ));
                }
                self.open(&tag, |_| OpenKind::Macro {
                    name,
                    name_span,
                    params,
                });
            }
            "endif" | "endfor" | "endfilter" | "endblock" | "endmacro" => {
                self.finish(&mut tag, |this| {
                    if matches!(word, "endblock" | "endmacro") {
                        this.cursor.name();
                        this.cursor.skip_space();
                    }
                    Ok(())
                });
                self.end(word, &tag);
            }
            "set" | "set_global" => self.set_tag(&mut tag, word == "set_global"),
            "include" => self.include_tag(&mut tag),
            "import" => self.import_tag(&mut tag),
            "extends" => self.extends_tag(&mut tag),
            "raw" => self.raw_tag(&mut tag),
            "break" | "continue" => {
                self.finish(&mut tag, |_| Ok(()));
                self.loop_control(&tag, word == "break");
            }
            _ => {
                let problem = Problem::syntax(word_span, format!("unknown tag `{}`", short(word)));
                let problem = match word {
                    "endraw" => problem.help("no `{% raw %}` stands before it"),
                    "endset" | "with" | "endwith" => problem.help("write `{% set name = value %}`"),
                    "elseif" | "elsif" | "elif_" => problem.meant(word, "elif"),
                    "call" | "from" | "autoescape" => problem,
                    _ => match nearest(word, keywords()) {
                        Some(near) => problem.meant(word, near),
                        None => problem,
                    },
                };
                let right = self.recover(problem.hides_lines(), "%}");
                self.push(Node::Nothing {
                    trim: Trim { left, right },
                });
            }
        }
    }

    /// The word of a tag. One that is mistyped and can only be the end of the innermost open tag is
    /// reported and taken for that end, so that one slip is one fault.
    fn corrected(&mut self, word: &'t str, span: Span) -> &'t str {
        if keywords().any(|known| known == word) {
            return word;
        }
        let Some(end) = self.stack.last().map(|open| open.kind.end()) else {
            return word;
        };
        if nearest(word, keywords()) != Some(end) {
            return word;
        }
        self.report(
            Problem::syntax(span, format!("unknown tag `{}`", short(word))).meant(word, end),
        );
        end
    }

    /// Reads the rest of a tag and its end; `None` if it does not parse, which is reported.
    fn finish<T>(
        &mut self,
        tag: &mut TagReader,
        read: impl FnOnce(&mut Self) -> Read<T>,
    ) -> Option<T> {
        let read = read(self).and_then(|value| {
            self.cursor.skip_space();
            if self.cursor.rest().starts_with("%}") || self.cursor.rest().starts_with("-%}") {
                Ok(value)
            } else {
                Err(self.after_expression("%}"))
            }
        });
        let value = match read {
            Ok(value) => {
                tag.right = self.cursor.eat("-");
                self.cursor.at += 2;
                Some(value)
            }
            Err(problem) => {
                let problem = if tag.hides_lines {
                    problem.hides_lines()
                } else {
                    *problem
                };
                tag.right = self.recover(problem, "%}");
                None
            }
        };
        tag.tag = Span::new(tag.start, self.cursor.at);
        value
    }

    fn word(&mut self, what: &str) -> Read<(Arc<str>, Span)> {
        let Some((name, span)) = self.cursor.name() else {
            return Err(self.expected(what));
        };
        self.cursor.skip_space();
        Ok((self.intern(name), span))
    }

    fn open(&mut self, tag: &TagReader, kind: impl FnOnce(Trim) -> OpenKind) {
        if self.stack.len() >= self.limits.tag_depth {
            self.too_deep(tag.tag);
            return;
        }
        self.header = false;
        let trim = tag.trim();
        let before = std::mem::take(&mut self.nodes);
        self.stack.push(Open {
            tag: tag.tag,
            trim,
            before,
            kind: kind(trim),
        });
    }

    /// `elif` (with its condition) and `else`.
    fn branch(&mut self, tag: &TagReader, next: Option<Option<Arc<Expr>>>) {
        let word = if next.is_some() { "elif" } else { "else" };
        let limit = self.limits.tag_depth;
        match self.stack.last_mut().map(|open| &mut open.kind) {
            Some(OpenKind::If {
                branches,
                condition,
                trim,
            }) => {
                let Some(current) = condition.take() else {
                    *condition = None;
                    self.report(Problem::syntax(
                        tag.tag,
                        format!("`{word}` after the `else` of its `if`"),
                    ));
                    self.unpaired = true;
                    return;
                };
                branches.push(Branch {
                    trim: *trim,
                    condition: current,
                    body: std::mem::take(&mut self.nodes),
                });
                if branches.len() >= limit {
                    self.too_deep(tag.tag);
                    return;
                }
                *condition = next;
                *trim = tag.trim();
            }
            Some(OpenKind::For { body, .. }) if next.is_none() => {
                let nodes = std::mem::take(&mut self.nodes);
                // Of several `else` the last one counts.
                body.get_or_insert(nodes);
            }
            _ => {
                self.report(
                    Problem::syntax(tag.tag, format!("`{word}` without its `if`"))
                        .label("no `if` is open here"),
                );
                self.unpaired = true;
            }
        }
    }

    /// The end of a tag that waits for it.
    fn end(&mut self, word: &str, tag: &TagReader) {
        let Some(depth) = self.stack.iter().rposition(|open| open.kind.end() == word) else {
            let begin = word.trim_start_matches("end");
            self.report(
                Problem::syntax(tag.tag, format!("`{word}` without its `{begin}`"))
                    .label(format!("no `{begin}` is open here")),
            );
            self.unpaired = true;
            return;
        };
        while self.stack.len() > depth + 1 {
            self.report_unclosed();
            self.abandon();
        }
        let Some(open) = self.stack.pop() else { return };
        let inner = std::mem::replace(&mut self.nodes, open.before);
        let end = tag.trim();
        let node = match open.kind {
            OpenKind::If {
                mut branches,
                condition,
                trim,
            } => {
                let otherwise = match condition {
                    Some(condition) => {
                        branches.push(Branch {
                            trim,
                            condition,
                            body: inner,
                        });
                        None
                    }
                    None => Some((trim, inner)),
                };
                Node::If {
                    branches,
                    otherwise,
                    end,
                }
            }
            OpenKind::For {
                key,
                value,
                container,
                body,
            } => {
                let (body, otherwise) = match body {
                    Some(body) => (body, Some(inner)),
                    None => (inner, None),
                };
                Node::For(Box::new(For {
                    start: open.trim,
                    key,
                    value,
                    container,
                    body,
                    otherwise,
                    end,
                }))
            }
            OpenKind::Filter(call) => Node::Filter {
                start: open.trim,
                call,
                tag: open.tag,
                body: inner,
                end,
            },
            OpenKind::Block(name) => Node::Block {
                start: open.trim,
                block: Arc::new(Block {
                    name,
                    tag: open.tag,
                    body: inner,
                }),
                end,
            },
            OpenKind::Macro {
                name,
                name_span,
                params,
            } => {
                let definition = Arc::new(Macro {
                    name,
                    name_span,
                    params,
                    body: inner,
                });
                Node::Macro {
                    start: open.trim,
                    definition,
                    end,
                }
            }
        };
        self.push(node);
    }

    /// The innermost open tag has no end.
    pub(super) fn report_unclosed(&mut self) {
        if let Some(open) = self.stack.last() {
            let problem =
                Problem::syntax(open.tag, format!("`{}` is not closed", open.kind.word()))
                    .label(format!("no `{{% {} %}}` follows", open.kind.end()));
            self.report(problem);
        }
        self.unpaired = true;
    }

    /// Drops the innermost open tag.
    pub(super) fn abandon(&mut self) {
        if let Some(open) = self.stack.pop() {
            self.nodes = open.before;
        }
    }

    fn not_in_macro(&mut self, tag: &TagReader, what: &str) {
        if self
            .stack
            .iter()
            .any(|open| matches!(open.kind, OpenKind::Macro { .. }))
        {
            self.report(Problem::syntax(
                tag.tag,
                format!("{what} cannot stand within a macro"),
            ));
        }
    }

    /// `k, v in container`
    fn for_head(&mut self) -> Read<(Option<Arc<str>>, Arc<str>, Expr)> {
        let (first, _) = self.word("the name of a variable")?;
        let mut key = None;
        let mut value = first;
        if self.cursor.eat(",") {
            self.cursor.skip_space();
            let (second, _) = self.word("the name of a variable")?;
            key = Some(std::mem::replace(&mut value, second));
        }
        if !self.cursor.eat_word("in") {
            return Err(self.expected("`in`"));
        }
        self.cursor.skip_space();
        let container = self.expression()?;
        let plain = match container.kind {
            Kind::Path(_) | Kind::Function(_) | Kind::Array(_) => !container.negated,
            _ => false,
        };
        if !plain {
            self.extension(container.span, "a loop over an expression");
        }
        Ok((key, value, container))
    }

    /// `name(a, b="c")`
    fn macro_head(&mut self, found: &mut Arc<str>) -> Read<(Span, Vec<MacroParam>)> {
        let (name, name_span) = self.word("the name of the macro")?;
        *found = name;
        if !self.cursor.eat("(") {
            return Err(self.expected("`(` and the parameters of the macro"));
        }
        self.cursor.skip_space();
        let mut params: Vec<MacroParam> = Vec::new();
        while !self.cursor.eat(")") {
            let (param, span) = self.word("the name of a parameter or `)`")?;
            let mut default = None;
            if self.cursor.eat("=") {
                self.cursor.skip_space();
                let value = self.expression()?;
                let literal = matches!(value.kind, Kind::Text(_) | Kind::Number(_) | Kind::Bool(_))
                    && value.filters.is_empty()
                    && !value.negated;
                if !literal {
                    self.extension(value.span, "a default that is no plain literal");
                }
                default = Some(value);
            }
            if params.iter().any(|known| known.name == param) {
                return Err(Box::new(Problem::syntax(
                    span,
                    format!("two parameters are called `{param}`"),
                )));
            }
            params.push(MacroParam {
                name: param,
                default,
            });
            if self.cursor.eat(",") {
                self.cursor.skip_space();
            } else if self.cursor.peek() != b')' {
                return Err(self.expected("`,` or `)`"));
            }
        }
        Ok((name_span, params))
    }

    fn set_tag(&mut self, tag: &mut TagReader, global: bool) {
        let mut name = None;
        let value = self.finish(tag, |this| {
            name = Some(this.word("the name of a variable")?.0);
            if !this.cursor.eat("=") {
                return Err(this.expected("`=`"));
            }
            this.cursor.skip_space();
            this.expression()
        });
        let trim = tag.trim();
        self.push(match name {
            Some(name) => Node::Set {
                trim,
                name,
                global,
                value: value.map(Arc::new),
            },
            None => Node::Nothing { trim },
        });
    }

    /// The name of a source, in quotes.
    fn source_name(&mut self) -> Read<(Arc<str>, Span)> {
        match self.cursor.string() {
            Some(string) => {
                let (name, span) = string?;
                self.cursor.skip_space();
                Ok((Arc::from(name), span))
            }
            None => Err(self.expected("the name of a file in quotes")),
        }
    }

    fn include_tag(&mut self, tag: &mut TagReader) {
        let mut ignore_missing = false;
        let names = self.finish(tag, |this| {
            let mut names = Vec::new();
            if this.cursor.eat("[") {
                this.cursor.skip_space();
                while !this.cursor.eat("]") {
                    names.push(this.source_name()?);
                    if this.cursor.eat(",") {
                        this.cursor.skip_space();
                    } else if this.cursor.peek() != b']' {
                        return Err(this.expected("`,` or `]`"));
                    }
                }
                this.cursor.skip_space();
            } else {
                names.push(this.source_name()?);
            }
            if this.cursor.eat_word("ignore") {
                this.cursor.skip_space();
                if !this.cursor.eat_word("missing") {
                    return Err(this.expected("`missing`"));
                }
                ignore_missing = true;
            }
            Ok(names)
        });
        let trim = tag.trim();
        self.push(match names {
            Some(names) => Node::Include {
                trim,
                tag: tag.tag,
                names: names
                    .into_iter()
                    .map(|(name, _)| Reference { name, tag: tag.tag })
                    .collect(),
                ignore_missing,
            },
            None => Node::Nothing { trim },
        });
    }

    /// A tag of the header takes the white space around it with it.
    fn swallow_space(&mut self, in_header: bool) {
        if in_header {
            if let Some(Node::Text(_)) = self.nodes.last() {
                self.nodes.pop();
            }
            self.cursor.skip_space();
        }
    }

    fn import_tag(&mut self, tag: &mut TagReader) {
        let read = self.finish(tag, |this| {
            let (name, name_span) = this.source_name()?;
            if !this.cursor.eat_word("as") {
                return Err(this.expected("`as` and a name for the macros"));
            }
            this.cursor.skip_space();
            let (alias, _) = this.word("a name for the macros")?;
            Ok((name, name_span, alias))
        });
        let in_header = self.header && self.stack.is_empty();
        self.template.lost_import |= read.is_none();
        if let Some((name, _, alias)) = read {
            if !in_header {
                self.extension(tag.tag, "an import after other text");
            }
            self.template.imports.push(Import {
                source: Reference { name, tag: tag.tag },
                alias,
            });
        }
        self.swallow_space(in_header);
        self.push(Node::Nothing { trim: tag.trim() });
    }

    fn extends_tag(&mut self, tag: &mut TagReader) {
        let read = self.finish(tag, Self::source_name);
        let in_header = self.header && self.stack.is_empty();
        if let Some((name, _)) = read {
            if !in_header {
                self.report(
                    Problem::syntax(tag.tag, "`extends` after other text")
                        .help("it must be the first tag of the file")
                        .hides_lines(),
                );
            } else if let Some(first) = &self.template.extends {
                let first = first.tag;
                self.report(
                    Problem::syntax(tag.tag, "a second `extends`").note(first, "the first one"),
                );
            } else {
                self.template.extends = Some(Reference { name, tag: tag.tag });
            }
        }
        self.swallow_space(in_header);
        self.push(Node::Nothing { trim: tag.trim() });
    }

    fn raw_tag(&mut self, tag: &mut TagReader) {
        if self.finish(tag, |_| Ok(())).is_none() {
            self.push(Node::Nothing { trim: tag.trim() });
            return;
        }
        let start = self.cursor.at;
        let mut search = self.cursor;
        while let Some(length) = search.rest().find("{%") {
            search.at += length;
            let text = Span::new(start, search.at);
            let mut end = search;
            end.at += 2;
            let left = end.eat("-");
            end.skip_space();
            if end.eat_word("endraw") {
                end.skip_space();
                let right = end.eat("-");
                if end.eat("%}") {
                    self.cursor = end;
                    self.push(Node::Raw {
                        start: tag.trim(),
                        text,
                        end: Trim { left, right },
                    });
                    return;
                }
            }
            search.at += 2;
        }
        self.report(
            Problem::syntax(tag.tag, "`raw` is not closed").label("no `{% endraw %}` follows"),
        );
        self.unpaired = true;
        self.cursor.at = self.cursor.end;
    }

    fn loop_control(&mut self, tag: &TagReader, leave: bool) {
        let trim = tag.trim();
        // The nearest tag that is no `if` must be a loop: a filter section or a block between them
        // could not be left. The `else` of a loop belongs to the loop around it.
        let in_loop = self
            .stack
            .iter()
            .rev()
            .find(|open| match &open.kind {
                OpenKind::If { .. } => false,
                OpenKind::For { body, .. } => body.is_none(),
                _ => true,
            })
            .is_some_and(|open| matches!(open.kind, OpenKind::For { .. }));
        if !in_loop {
            let word = if leave { "break" } else { "continue" };
            self.report(Problem::syntax(
                tag.tag,
                format!("`{word}` outside of a loop"),
            ));
            self.push(Node::Nothing { trim });
            return;
        }
        self.push(if leave {
            Node::Break { trim }
        } else {
            Node::Continue { trim }
        });
    }
}

/// Where a tag stands, and its white space control.
struct TagReader {
    start: usize,
    left: bool,
    right: bool,
    tag: Span,
    /// If it does not parse, whole lines may be missing.
    hides_lines: bool,
}

impl TagReader {
    const fn trim(&self) -> Trim {
        Trim {
            left: self.left,
            right: self.right,
        }
    }
}
