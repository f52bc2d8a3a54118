//! Reads a template.
//!
//! Tera's parser stops at its first error. This one reports a tag that does not parse, takes it as
//! empty and goes on; the kind of the tag still counts, so that a bad condition leaves `if` and
//! `endif` paired. Where tags do not pair, all that do not are reported.

mod expression;
mod tags;

pub use tags::TAGS;

use std::collections::HashMap;
use std::sync::Arc;

use super::ast::{Block, Macro, Node, Problem, Template, Trim};
use super::lexer::{Cursor, is_space};
use super::limits::Limits;
use super::whitespace;
use crate::diagnostic::Code;
use crate::source::Span;

use expression::Parsed;
use tags::Open;

/// Problems of one file that are kept; one that has more is not read to its end.
const MAX_PROBLEMS: usize = 1_000;

pub(super) struct Parser<'t> {
    cursor: Cursor<'t>,
    limits: &'t Limits,
    /// Where the last thing read ends, before the white space after it.
    last: usize,
    depth: usize,
    operators: usize,
    /// The text is a string of a TOML file.
    region: bool,
    /// Where the last `#}` begins: no comment is closed after it.
    last_comment_end: Option<usize>,
    names: HashMap<&'t str, Arc<str>>,
    roots: HashMap<Arc<str>, ()>,
    unknown: Vec<Problem>,
    problems: Vec<Problem>,
    extensions: Vec<(Span, &'static str)>,
    template: Template,
    /// What is written so far at the present level.
    nodes: Vec<Node>,
    stack: Vec<Open>,
    /// Only comments and imports so far, so that white space around imports vanishes.
    header: bool,
    unpaired: bool,
}

/// Reads `text`, or `region` of it.
pub(super) fn parse(text: &str, region: Option<Span>, limits: &Limits) -> Template {
    Parser::new(text, region, limits).run()
}

/// Whether each tag of `text` reads as a tag of ours, and there is one.
pub(super) fn is_expression_text(text: &str) -> bool {
    let limits = Limits::cli();
    let template = Parser::new(text, Some(Span::new(0, text.len())), &limits).run();
    let has_tag = !template
        .nodes
        .iter()
        .all(|node| matches!(node, Node::Text(_)));
    has_tag && template.problems.is_empty()
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, region: Option<Span>, limits: &'t Limits) -> Self {
        let span = region.unwrap_or(Span::new(0, text.len()));
        let end = text.floor_char_boundary(span.end);
        Self {
            cursor: Cursor {
                text,
                at: text.ceil_char_boundary(span.start).min(end),
                end,
            },
            limits,
            last: span.start,
            depth: 0,
            operators: 0,
            region: region.is_some(),
            last_comment_end: text[..end].rfind("#}"),
            names: HashMap::new(),
            roots: HashMap::new(),
            unknown: Vec::new(),
            problems: Vec::new(),
            extensions: Vec::new(),
            template: Template::default(),
            nodes: Vec::new(),
            stack: Vec::new(),
            header: true,
            unpaired: false,
        }
    }

    fn run(mut self) -> Template {
        self.leading_comments();
        while !self.cursor.is_done() {
            self.text();
            if self.template.tags > self.limits.tags {
                self.too_many_tags();
            }
            match self.opening() {
                Some(b'{') => self.print_tag(),
                Some(b'%') => self.block_tag(),
                Some(_) => self.comment(),
                None => {}
            }
        }
        self.close_all();
        let mut template = self.template;
        template.nodes = self.nodes;
        whitespace::trim(&mut template.nodes, self.cursor.text);
        whitespace::collect_blocks(&template.nodes, &mut template.blocks);
        self.problems.extend(definitions(
            &template.nodes,
            &template.blocks,
            &template.lost_macros,
            &mut template.macros,
        ));
        template.paired = !self.unpaired;
        template.problems = self.problems;
        template.unknown = self.unknown;
        template.extensions = self.extensions;
        template.roots = self.roots.into_keys().collect();
        template
    }

    /// Which tag begins here: the byte after `{`.
    fn opening(&self) -> Option<u8> {
        if self.cursor.peek() != b'{' {
            return None;
        }
        let kind = self.cursor.peek_at(1);
        match kind {
            b'{' | b'%' => Some(kind),
            // In TOML strings `#` is everyday: shell text has `${#VAR}`.
            b'#' if !self.region
                || self
                    .last_comment_end
                    .is_some_and(|end| end >= self.cursor.at + 2) =>
            {
                Some(kind)
            }
            _ => None,
        }
    }

    /// Takes text up to the next tag.
    fn text(&mut self) {
        let start = self.cursor.at;
        while let Some(length) = self.cursor.rest().find('{') {
            self.cursor.at += length;
            if self.opening().is_some() {
                break;
            }
            self.cursor.at += 1;
        }
        if !self.cursor.rest().starts_with('{') || self.opening().is_none() {
            self.cursor.at = self.cursor.end;
        }
        if self.cursor.at > start {
            self.push(Node::Text(Span::new(start, self.cursor.at)));
        }
    }

    fn push(&mut self, node: Node) {
        let quiet = match &node {
            Node::Text(span) => span.of(self.cursor.text).bytes().all(is_space),
            Node::Nothing { .. } => true,
            _ => false,
        };
        self.header &= quiet && self.stack.is_empty();
        self.nodes.push(node);
    }

    /// Comments at the very start. Tera drops them, and their white space control with them.
    fn leading_comments(&mut self) {
        while self.opening() == Some(b'#') {
            self.comment();
            self.nodes.clear();
        }
    }

    fn comment(&mut self) {
        let start = self.cursor.at;
        let rest = self.cursor.rest();
        let Some(length) = rest[2..].find("#}") else {
            self.report(
                Problem::syntax(Span::new(start, start + 2), "a comment that is not closed")
                    .label("no `#}` follows")
                    .hides_lines(),
            );
            self.cursor.at = self.cursor.end;
            return;
        };
        self.cursor.at += 2 + length + 2;
        let inner = &rest[2..2 + length];
        if inner.trim_start_matches('-').is_empty() {
            self.extension(Span::new(start, self.cursor.at), "an empty comment");
        }
        self.push(Node::Nothing {
            trim: Trim {
                left: inner.starts_with('-'),
                right: inner.ends_with('-') && inner.len() > 1,
            },
        });
    }

    /// `{{ expression }}`
    fn print_tag(&mut self) {
        let start = self.begin_tag();
        let left = self.cursor.eat("-");
        self.cursor.skip_space();
        if self.super_tag() {
            self.cursor.eat("-");
            self.cursor.at += 2;
            self.push(Node::Super {
                tag: Span::new(start, self.cursor.at),
            });
            return;
        }
        let read = if self.cursor.at_tag_end() {
            let end = self.cursor.at
                + if self.cursor.rest().starts_with('-') {
                    3
                } else {
                    2
                };
            Err(Box::new(
                Problem::syntax(Span::new(start, end), "an empty tag").label("no expression"),
            ))
        } else {
            self.expression()
        };
        let read = read.and_then(|expr| {
            if self.cursor.rest().starts_with("}}") || self.cursor.rest().starts_with("-}}") {
                Ok(expr)
            } else {
                Err(self.after_expression("}}"))
            }
        });
        let (expr, right) = match read {
            Ok(expr) => {
                let right = self.cursor.eat("-");
                self.cursor.at += 2;
                (Some(Arc::new(expr)), right)
            }
            Err(problem) => (None, self.recover(*problem, "}}")),
        };
        let tag = Span::new(start, self.cursor.at);
        self.push(Node::Print {
            trim: Trim { left, right },
            tag,
            expr,
        });
    }

    /// Whether `super()` and nothing else stands here, within a block.
    fn super_tag(&mut self) -> bool {
        let before = self.cursor;
        if self.cursor.eat("super()") && self.in_block() {
            self.cursor.skip_space();
            if self.cursor.rest().starts_with("}}") || self.cursor.rest().starts_with("-}}") {
                return true;
            }
        }
        self.cursor = before;
        false
    }

    fn in_block(&self) -> bool {
        self.stack.iter().any(|open| open.is_block())
    }

    /// At `{{` or `{%`: where it stands. What follows it is a new expression.
    fn begin_tag(&mut self) -> usize {
        let start = self.cursor.at;
        self.template.tags += 1;
        self.cursor.at += 2;
        self.last = self.cursor.at;
        self.depth = 0;
        self.operators = 0;
        start
    }

    /// After a tag did not parse: reports it and goes to its end. The answer is whether it ends with
    /// white space control.
    ///
    /// What was read is not read again, and nothing is looked for beyond the next tag: a text of many
    /// broken tags costs no more than one of good ones.
    fn recover(&mut self, problem: Problem, close: &str) -> bool {
        self.depth = 0;
        self.report(problem);
        let rest = self.cursor.rest();
        let bytes = rest.as_bytes();
        let mut line = None;
        for at in 0..bytes.len() {
            match bytes[at] {
                b'\n' => line = line.or(Some(at)),
                b'{' if matches!(bytes.get(at + 1), Some(b'{' | b'%' | b'#')) => {
                    // Not closed: what follows is text again.
                    self.cursor.at += line.unwrap_or(at);
                    return false;
                }
                _ if bytes[at..].starts_with(close.as_bytes()) => {
                    self.cursor.at += at + close.len();
                    return rest[..at].ends_with('-');
                }
                _ => {}
            }
        }
        self.cursor.at += line.unwrap_or(rest.len());
        false
    }

    /// A whole expression was read, and something follows it.
    fn after_expression(&self, close: &str) -> Box<Problem> {
        let (found, span) = self.cursor.describe();
        let mut problem = if self.cursor.is_done() || self.cursor.at_tag_end() {
            Problem::syntax(span, format!("expected `{close}`, found {found}"))
        } else {
            Problem::syntax(
                span,
                format!("expected an operator or `{close}`, found {found}"),
            )
        };
        let before = self.cursor.text[..span.start].trim_end();
        let help = match self.cursor.peek() {
            _ if before.ends_with("\\\"") || before.ends_with("\\'") => Some(
                "strings know no escapes: write it in other quotes (`\"…\"`, `'…'`, or backticks)",
            ),
            b'=' if self.cursor.peek_at(1) != b'=' => Some("to compare, write `==`"),
            b'?' => Some("there is no `?:`: write `{% if … %}…{% else %}…{% endif %}`"),
            b'&' => Some("write `and`"),
            b',' => Some("a list stands in square brackets"),
            _ if self.cursor.at_word("if") => {
                Some("there is no inline `if`: write `{% if … %}…{% else %}…{% endif %}`")
            }
            _ => None,
        };
        problem.help = help.map(Into::into);
        Box::new(problem)
    }

    fn here(&self) -> Span {
        self.cursor.describe().1
    }

    fn expected(&self, what: &str) -> Box<Problem> {
        let (found, span) = self.cursor.describe();
        Box::new(Problem::syntax(
            span,
            format!("expected {what}, found {found}"),
        ))
    }

    fn syntax_here(
        &self,
        message: impl Into<String>,
        refine: impl FnOnce(Problem) -> Problem,
    ) -> Box<Problem> {
        Box::new(refine(Problem::syntax(self.here(), message)))
    }

    fn report(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            // Nobody reads on, and nothing good can come of rendering it.
            self.unpaired = true;
            self.cursor.at = self.cursor.end;
            self.stack.clear();
        }
    }

    /// Notes a use of what Tera refuses.
    fn extension(&mut self, span: Span, what: &'static str) {
        if self.extensions.len() < MAX_PROBLEMS {
            self.extensions.push((span, what));
        }
    }

    /// One shared copy of each name.
    fn intern(&mut self, name: &'t str) -> Arc<str> {
        self.names
            .entry(name)
            .or_insert_with(|| Arc::from(name))
            .clone()
    }

    /// Notes that a variable may be looked up.
    fn read_root(&mut self, path: &super::ast::Path) {
        if !self.roots.contains_key(&path.root) {
            self.roots.insert(path.root.clone(), ());
        }
    }

    /// At the end: reports every tag that is still open.
    fn close_all(&mut self) {
        while !self.stack.is_empty() {
            self.report_unclosed();
            self.abandon();
        }
    }

    fn too_deep(&mut self, tag: Span) {
        let limit = self.limits.tag_depth;
        self.stop(tag, format!("tags nested deeper than {limit} levels"));
    }

    fn too_many_tags(&mut self) {
        let at = self.cursor.at;
        let tag = Span::new(at, (at + 2).min(self.cursor.end));
        self.stop(tag, "more tags than a render may have in all".to_owned());
    }

    /// A limit is exceeded: nothing more is read.
    fn stop(&mut self, tag: Span, message: String) {
        self.report(Problem::new(Code::T109, tag, message));
        self.unpaired = true;
        self.cursor.at = self.cursor.end;
        self.stack.clear();
    }
}

/// Collects the macros; what is wrong is a macro or a block that is defined twice.
fn definitions(
    nodes: &[Node],
    blocks: &[Arc<Block>],
    lost: &[Arc<str>],
    macros: &mut Vec<Arc<Macro>>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in nodes {
        if let Node::Macro { definition, .. } = node {
            if lost.contains(&definition.name) {
                continue;
            }
            if let Some(first) = macros.iter().find(|known| known.name == definition.name) {
                problems.push(
                    Problem::syntax(
                        definition.name_span,
                        format!("the macro `{}` is defined twice", definition.name),
                    )
                    .note(first.name_span, "first defined here"),
                );
            }
            macros.push(definition.clone());
        }
    }
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for block in blocks {
        if let Some(first) = seen.insert(&block.name, block.tag) {
            problems.push(
                Problem::syntax(
                    block.tag,
                    format!("the block `{}` is defined twice", block.name),
                )
                .note(first, "first defined here"),
            );
        }
    }
    problems
}

/// What a tag that was read gives.
type Read<T> = Parsed<T>;
