//! What codegen hands to the engine: minijinja templates, and what their calls mean.

use std::collections::HashMap;
use std::sync::Arc;

use super::ast::{Call, Expr, Macro, MacroCall};
use super::loader::{File, FileId};
use super::source_map::UnitMap;
use crate::source::Span;

/// A template to be rendered, compiled.
#[derive(Debug)]
pub(super) struct Program {
    pub files: Vec<File>,
    pub units: Vec<Unit>,
    pub sites: Vec<Site>,
    /// What each macro call stands for, by [`call_key`].
    pub macros: HashMap<usize, MacroTarget>,
}

/// A macro call has no number of its own, since trees are shared between renders; its address will
/// do, as long as the tree lives.
pub(super) fn call_key(call: &MacroCall) -> usize {
    std::ptr::from_ref(call) as usize
}

/// One template of minijinja's.
#[derive(Debug)]
pub(super) struct Unit {
    pub name: String,
    pub source: String,
    pub map: Arc<UnitMap>,
    /// Bytes of literal text that it writes at most, loops aside.
    pub raw: u64,
}

/// The macro that a call means.
#[derive(Clone, Debug)]
pub(super) struct MacroTarget {
    pub file: FileId,
    pub definition: Arc<Macro>,
    pub unit: usize,
    /// The import that brought it, if it is in another file.
    pub import: Option<Span>,
}

/// A place where a minijinja template calls us.
#[derive(Debug)]
pub(super) struct Site {
    pub file: FileId,
    pub span: Span,
    pub what: What,
}

/// A part of a row.
#[derive(Debug)]
pub(super) enum Part {
    /// Literal text of the file.
    Text(Span),
    /// An expression that calls no macro.
    Print(Arc<Expr>),
}

#[derive(Debug)]
pub(super) enum What {
    /// Prints an expression.
    Print(Arc<Expr>),
    /// Prints text and expressions in a row.
    Row(Vec<Part>),
    /// Prints text that minijinja would misread.
    Literal(Arc<str>),
    /// A tag that cannot be rendered; why was reported already. Whether it may have printed whole
    /// lines.
    Failed(bool),
    /// `if` and `elif`; without expression it did not parse.
    Condition(Option<Arc<Expr>>),
    Set {
        name: Arc<str>,
        global: bool,
        value: Option<Arc<Expr>>,
    },
    Loop {
        key: Option<Arc<str>>,
        value: Arc<str>,
        container: Option<Arc<Expr>>,
        /// Bytes of literal text that one turn writes at most.
        raw: u64,
    },
    Include(usize),
    /// The expression is a macro call.
    MacroCall(Arc<Expr>),
    Section(Arc<Call>),
    /// Literal text of a unit is about to be written.
    Charge(usize),
}
