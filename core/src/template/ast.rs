//! What a template says, with the place of everything.
//!
//! The tree knows nothing of the render it is for, so that one of the embedded library is read only
//! once. Names are resolved to filters, tests and functions here already, since these tables are
//! fixed; macros are resolved when the template meets its imports.

use std::sync::Arc;

use minijinja::Value;

use super::call::Callable;
use crate::diagnostic::Code;
use crate::source::Span;
use crate::suggest::did_you_mean;

/// A fault that reading the template found.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub code: Code,
    pub span: Span,
    pub message: String,
    pub label: Option<String>,
    pub help: Option<String>,
    /// What was probably meant by another name.
    pub meant: Option<Box<Meant>>,
    /// Another place that matters, and why.
    pub note: Option<(Span, String)>,
    /// The tag may have stood for whole lines: what is absent from the text proves nothing.
    pub hides_lines: bool,
}

/// A name, where it stands, and the one that is near.
#[derive(Clone, Debug)]
pub(super) struct Meant {
    /// Bytes of the source.
    pub start: usize,
    pub written: String,
    pub near: String,
}

impl Problem {
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            label: None,
            help: None,
            meant: None,
            note: None,
            hides_lines: false,
        }
    }

    pub fn syntax(span: Span, message: impl Into<String>) -> Self {
        Self::new(Code::T101, span, message)
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// `near` was probably meant by the name `written` with which the place begins.
    pub fn meant(self, written: &str, near: &str) -> Self {
        let start = self.span.start;
        self.meant_from(start, written, near)
    }

    /// `near` was probably meant by the name `written` with which the place ends.
    pub fn meant_last(self, written: &str, near: &str) -> Self {
        let start = self.span.end.saturating_sub(written.len());
        self.meant_from(start, written, near)
    }

    fn meant_from(mut self, start: usize, written: &str, near: &str) -> Self {
        self.help = Some(did_you_mean(near));
        self.meant = Some(Box::new(Meant {
            start,
            written: written.to_owned(),
            near: near.to_owned(),
        }));
        self
    }

    pub fn hides_lines(mut self) -> Self {
        self.hides_lines = true;
        self
    }

    pub fn note(mut self, span: Span, message: impl Into<String>) -> Self {
        self.note = Some((span, message.into()));
        self
    }
}

/// A template that was read.
#[derive(Debug, Default)]
pub(super) struct Template {
    pub nodes: Vec<Node>,
    /// The parent.
    pub extends: Option<Reference>,
    pub imports: Vec<Import>,
    /// An import did not parse: any namespace may have been meant.
    pub lost_import: bool,
    pub macros: Vec<Arc<Macro>>,
    /// Names of macros whose head did not parse; empty where not even that was read.
    pub lost_macros: Vec<Arc<str>>,
    /// Blocks that children may replace: those that stand at the top or within such a block.
    pub blocks: Vec<Arc<Block>>,
    /// `T101` and `T109`.
    pub problems: Vec<Problem>,
    /// `T103` to `T105`, and other faults that are certain wherever they stand.
    pub unknown: Vec<Problem>,
    /// Whether all block tags pair; if not, there is nothing to render.
    pub paired: bool,
    /// Uses of what Tera 1.x refuses.
    pub extensions: Vec<(Span, &'static str)>,
    /// How many tags it has, comments aside.
    pub tags: usize,
    /// Names of all variables that may be looked up.
    pub roots: Vec<Arc<str>>,
}

/// A name of a source in a tag.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub name: Arc<str>,
    /// The tag.
    pub tag: Span,
}

/// `{% import "name" as alias %}`
#[derive(Debug)]
pub(super) struct Import {
    pub source: Reference,
    pub alias: Arc<str>,
}

/// `{% macro name(params) %}…{% endmacro %}`
#[derive(Debug)]
pub(super) struct Macro {
    pub name: Arc<str>,
    pub name_span: Span,
    pub params: Vec<MacroParam>,
    pub body: Vec<Node>,
}

#[derive(Debug)]
pub(super) struct MacroParam {
    pub name: Arc<str>,
    pub default: Option<Expr>,
}

/// `{% block name %}…{% endblock %}`
#[derive(Debug)]
pub(super) struct Block {
    pub name: Arc<str>,
    pub tag: Span,
    pub body: Vec<Node>,
}

/// Whether a tag takes away the white space before and after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Trim {
    pub left: bool,
    pub right: bool,
}

#[derive(Debug)]
pub(super) enum Node {
    Text(Span),
    Raw {
        start: Trim,
        text: Span,
        end: Trim,
    },
    /// A comment, a tag that did not parse, an import: nothing is printed.
    Nothing {
        trim: Trim,
    },
    Print {
        trim: Trim,
        tag: Span,
        /// `None` if it did not parse.
        expr: Option<Arc<Expr>>,
    },
    Super {
        tag: Span,
    },
    Set {
        trim: Trim,
        name: Arc<str>,
        global: bool,
        value: Option<Arc<Expr>>,
    },
    Include {
        trim: Trim,
        tag: Span,
        names: Vec<Reference>,
        ignore_missing: bool,
    },
    If {
        branches: Vec<Branch>,
        otherwise: Option<(Trim, Vec<Node>)>,
        end: Trim,
    },
    For(Box<For>),
    Filter {
        start: Trim,
        call: Option<Arc<Call>>,
        tag: Span,
        body: Vec<Node>,
        end: Trim,
    },
    Block {
        start: Trim,
        block: Arc<Block>,
        end: Trim,
    },
    Macro {
        start: Trim,
        definition: Arc<Macro>,
        end: Trim,
    },
    Break {
        trim: Trim,
    },
    Continue {
        trim: Trim,
    },
}

#[derive(Debug)]
pub(super) struct Branch {
    pub trim: Trim,
    pub condition: Option<Arc<Expr>>,
    pub body: Vec<Node>,
}

#[derive(Debug)]
pub(super) struct For {
    pub start: Trim,
    pub key: Option<Arc<str>>,
    pub value: Arc<str>,
    pub container: Option<Arc<Expr>>,
    pub body: Vec<Node>,
    pub otherwise: Option<Vec<Node>>,
    pub end: Trim,
}

/// An expression with its filters.
#[derive(Debug)]
pub(super) struct Expr {
    pub kind: Kind,
    pub negated: bool,
    pub filters: Vec<Call>,
    /// With negation and filters.
    pub span: Span,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A text.
    Text(Value),
    /// A whole number or a float.
    Number(Value),
    Bool(bool),
    Path(Path),
    /// A sum of products.
    Math(Vec<Term>),
    Compare(Box<(Expr, Comparison, Expr)>),
    /// Alternatives, each a list of what must all be true.
    Logic(Vec<Vec<Expr>>),
    In(Box<In>),
    Test(Box<Test>),
    Macro(Box<MacroCall>),
    Function(Box<Call>),
    Array(Vec<Expr>),
    Concat(Vec<Expr>),
    /// Tera has no such literal.
    Map(Vec<(Value, Expr)>),
    /// In parentheses, where Tera does not allow them.
    Group(Box<Expr>),
}

/// A part of a sum.
#[derive(Debug)]
pub(super) struct Term {
    /// Subtracted rather than added.
    pub minus: bool,
    /// The factors; the operator of the first has no meaning.
    pub factors: Vec<(Factor, Expr)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Factor {
    Times,
    By,
    Modulo,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug)]
pub(super) struct In {
    pub needle: Expr,
    pub negated: bool,
    pub container: Expr,
}

/// `subject is test(arguments)`
#[derive(Debug)]
pub(super) struct Test {
    pub subject: Expr,
    pub negated: bool,
    pub call: Call,
}

/// A variable, and the way into it.
#[derive(Debug)]
pub(super) struct Path {
    pub root: Arc<str>,
    pub steps: Vec<Step>,
    /// As it is written.
    pub text: Arc<str>,
    pub span: Span,
}

#[derive(Debug)]
pub(super) enum Step {
    Key(Value, Option<usize>),
    Variable(Path),
}

/// A call of a filter, a test or a function.
#[derive(Debug)]
pub(super) struct Call {
    pub name: Arc<str>,
    pub name_span: Span,
    /// From the name to the end of the arguments.
    pub span: Span,
    /// `None` if there is none of that name.
    pub callable: Option<&'static Callable>,
    pub arguments: Vec<Argument>,
    /// For each parameter of the callable the argument that is for it.
    pub bound: Vec<Option<usize>>,
    /// Whether arguments are missing, so that there is no value.
    pub lacks: bool,
    /// What is said of those that are missing. A mistyped name is one fault, not two.
    pub problems: Vec<Problem>,
    /// Arguments that no parameter takes. Tera passes over them, so the value is what it is without
    /// them.
    pub surplus: Vec<Problem>,
}

#[derive(Debug)]
pub(super) struct Argument {
    /// `None` if it goes by its position.
    pub name: Option<(Arc<str>, Span)>,
    pub value: Expr,
}

/// `namespace::name(arguments)`
#[derive(Debug)]
pub(super) struct MacroCall {
    pub namespace: Arc<str>,
    pub namespace_span: Span,
    pub name: Arc<str>,
    pub name_span: Span,
    pub span: Span,
    pub arguments: Vec<Argument>,
}

/// Calls `visit` for each list of nodes that stands within `node`, also of those that are never
/// rendered here, such as macros.
pub(super) fn bodies<'a>(node: &'a Node, visit: &mut dyn FnMut(&'a [Node])) {
    match node {
        Node::If {
            branches,
            otherwise,
            ..
        } => {
            branches.iter().for_each(|branch| visit(&branch.body));
            if let Some((_, body)) = otherwise {
                visit(body);
            }
        }
        Node::For(node) => {
            visit(&node.body);
            if let Some(body) = &node.otherwise {
                visit(body);
            }
        }
        Node::Filter { body, .. } => visit(body),
        Node::Block { block, .. } => visit(&block.body),
        Node::Macro { definition, .. } => visit(&definition.body),
        _ => {}
    }
}
