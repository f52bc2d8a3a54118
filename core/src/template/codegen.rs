//! From Tera's trees to minijinja's templates.
//!
//! minijinja does what it is good at: text, branches, loops, includes, captured output, and the
//! record of which bytes came from where. Everything that Tera sees differently is a call of ours
//! with the number of its [`Site`]: expressions (Tera's grammar, its numbers, its undefined
//! variables), assignments and scopes. So a template of minijinja's is little more than a skeleton,
//! and each fault knows its exact place. Text and expressions that stand in a row are one call: to
//! read and run one call for each of them takes minijinja longer than it takes us to print them.
//!
//! A *unit* is one template of minijinja's: a page (a file with its parents, if it extends any), a
//! block of another file, or a macro. Lines made by a macro thus belong to the macro's file.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use super::ast::{Block, Expr, For, Kind, Macro, MacroCall, Node, Problem};
use super::loader::{FileId, Loaded};
use super::program::{MacroTarget, Part, Program, Site, Unit, What, call_key};
use super::source_map::{Entry, UnitMap};
use super::walk;
use crate::diagnostic::Mapping;
use crate::source::Span;

/// Compiles the first file.
pub(super) fn compile(loaded: Loaded) -> (Program, Vec<(FileId, Problem)>) {
    let mut codegen = Codegen {
        loaded: &loaded,
        keys: HashMap::new(),
        queue: Vec::new(),
        units: Vec::new(),
        sites: Vec::new(),
        macros: HashMap::new(),
        problems: Vec::new(),
        unit: Writer::default(),
    };
    codegen.unit_of(Key::Page(0));
    let mut next = 0;
    while let Some(key) = codegen.queue.get(next).cloned() {
        codegen.write_unit(&key, next);
        next += 1;
    }
    let Codegen {
        units,
        sites,
        macros,
        problems,
        ..
    } = codegen;
    let program = Program {
        files: loaded.files,
        units,
        sites,
        macros,
    };
    (program, problems)
}

/// What a unit is made of.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Key {
    /// A file, with its parents.
    Page(FileId),
    /// The block of this name that stands so far up the parents of a page.
    Block(FileId, Arc<str>, usize),
    /// A macro of a file, by its index.
    Macro(FileId, usize),
}

struct Codegen<'l> {
    loaded: &'l Loaded,
    keys: HashMap<Key, usize>,
    queue: Vec<Key>,
    units: Vec<Unit>,
    sites: Vec<Site>,
    macros: HashMap<usize, MacroTarget>,
    problems: Vec<(FileId, Problem)>,
    unit: Writer,
}

/// The unit that is being written.
#[derive(Default)]
struct Writer {
    file: FileId,
    /// The page whose parents decide what a block stands for.
    page: FileId,
    /// The block around, and how far up the parents it stands.
    block: Option<(Arc<str>, usize)>,
    out: String,
    entries: Vec<Entry>,
    /// Literal bytes since the innermost loop began.
    raw: u64,
    /// The last thing written was text; more text must not run into it.
    after_text: bool,
    /// Macros that are called within expressions.
    called: BTreeSet<usize>,
}

impl<'l> Codegen<'l> {
    fn unit_of(&mut self, key: Key) -> usize {
        if let Some(known) = self.keys.get(&key) {
            return *known;
        }
        let unit = self.queue.len();
        self.queue.push(key.clone());
        self.keys.insert(key, unit);
        unit
    }

    fn write_unit(&mut self, key: &Key, number: usize) {
        let loaded = self.loaded;
        let (file, page, block, nodes): (_, _, _, &'l [Node]) = match key {
            Key::Page(page) => {
                let root = *loaded.lineage(*page).last().unwrap_or(page);
                (root, *page, None, &loaded.files[root].template.nodes)
            }
            Key::Block(page, name, level) => {
                let file = loaded.lineage(*page)[*level];
                let blocks = &loaded.files[file].template.blocks;
                let body = blocks
                    .iter()
                    .find(|block| block.name == *name)
                    .map_or(&[][..], |block| &block.body);
                (file, *page, Some((name.clone(), *level)), body)
            }
            Key::Macro(file, index) => {
                let definition = &loaded.files[*file].template.macros[*index];
                (*file, *file, None, &definition.body)
            }
        };
        let length = loaded.files[file].source.text.len();
        self.unit = Writer {
            file,
            page,
            block,
            out: String::with_capacity(if nodes.len() > 8 { length } else { 0 } + 64),
            ..Writer::default()
        };
        let is_block = matches!(key, Key::Block(..));
        if is_block {
            self.op("{%do r(", What::Charge(number), Span::at(0), ")%}");
        }
        self.nodes(nodes);
        self.declare_called();
        let unit = std::mem::take(&mut self.unit);
        self.units.push(Unit {
            name: number.to_string(),
            source: unit.out,
            map: Arc::new(UnitMap {
                file: u32::try_from(file).unwrap_or(0),
                entries: unit.entries,
            }),
            raw: unit.raw,
        });
    }

    /// Declares a block for each macro that an expression calls, so that it can be rendered there. It
    /// is never reached from above.
    fn declare_called(&mut self) {
        if self.unit.called.is_empty() {
            return;
        }
        let out = &mut self.unit.out;
        out.push_str("{%if false%}");
        for unit in &self.unit.called {
            // Writing to a string cannot fail.
            _ = write!(
                out,
                "{{%block m{unit}%}}{{%include \"{unit}\"%}}{{%endblock%}}"
            );
        }
        out.push_str("{%endif%}");
    }

    fn site(&mut self, what: What, span: Span) -> usize {
        self.sites.push(Site {
            file: self.unit.file,
            span,
            what,
        });
        self.sites.len() - 1
    }

    /// Writes a call of ours.
    fn op(&mut self, before: &str, what: What, span: Span, after: &str) -> usize {
        let mapping = match &what {
            What::Section(_) => Mapping::CallSite,
            What::Literal(_) => Mapping::Exact,
            What::Print(expr) if walk::calls_macro(expr) => Mapping::CallSite,
            _ => Mapping::Expression,
        };
        let site = self.site(what, span);
        self.call(before, site, after);
        // The call itself begins at its letter, two bytes before the number.
        let written = self.unit.out.len() - after.len() - decimal(site) - 2;
        self.entry(written, span, mapping);
        site
    }

    /// Writes a call of ours that has a number already.
    fn call(&mut self, before: &str, site: usize, after: &str) {
        let out = &mut self.unit.out;
        out.push_str(before);
        _ = write!(out, "{site}");
        out.push_str(after);
        self.unit.after_text = false;
    }

    fn write(&mut self, text: &str) {
        self.unit.out.push_str(text);
        self.unit.after_text = false;
    }

    fn entry(&mut self, at: usize, source: Span, mapping: Mapping) {
        self.unit.entries.push(Entry {
            at: u32::try_from(at).unwrap_or(u32::MAX),
            source,
            mapping,
        });
    }

    fn nodes(&mut self, nodes: &'l [Node]) {
        let mut rest = nodes;
        while let Some((node, after)) = rest.split_first() {
            let row = row_length(rest);
            if row > 1 {
                self.row(&rest[..row]);
                rest = &rest[row..];
            } else {
                self.node(node);
                rest = after;
            }
        }
    }

    /// Writes text and expressions in a row.
    fn row(&mut self, nodes: &'l [Node]) {
        let mut parts = Vec::with_capacity(nodes.len());
        let mut entries = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Text(span) | Node::Raw { text: span, .. } if !span.is_empty() => {
                    self.unit.raw += span.len() as u64;
                    entries.push((*span, Mapping::Exact));
                    parts.push(Part::Text(*span));
                }
                Node::Print {
                    expr: Some(expr), ..
                } => {
                    entries.push((expr.span, Mapping::Expression));
                    parts.push(Part::Print(expr.clone()));
                }
                _ => {}
            }
        }
        let span = entries.first().map_or(Span::at(0), |(span, _)| *span);
        let site = self.site(What::Row(parts), span);
        // The call itself begins at its letter. Each part has a byte of the call to its name, so
        // that the map can tell them apart.
        let at = self.unit.out.len() + 2;
        self.call("{{p(", site, "");
        while self.unit.out.len() < at + entries.len() {
            self.unit.out.push(' ');
        }
        self.write(")}}");
        for (index, (span, mapping)) in entries.into_iter().enumerate() {
            self.entry(at + index, span, mapping);
        }
    }

    fn node(&mut self, node: &'l Node) {
        match node {
            Node::Text(span) | Node::Raw { text: span, .. } => self.text(*span),
            Node::Nothing { .. } | Node::Macro { .. } => {}
            Node::Print { tag, expr, .. } => match expr {
                Some(expr) => self.print(expr),
                None => {
                    self.op("{{e(", What::Failed(false), *tag, ")}}");
                }
            },
            Node::Super { tag } => self.super_block(*tag),
            Node::Set {
                name,
                global,
                value,
                ..
            } => {
                let span = self.prepare(value.as_deref());
                let what = What::Set {
                    name: name.clone(),
                    global: *global,
                    value: value.clone(),
                };
                self.op("{%do s(", what, span, ")%}");
            }
            Node::Include { tag, .. } => self.include(*tag),
            Node::If {
                branches,
                otherwise,
                ..
            } => {
                let mut before = "{%if c(";
                for branch in branches {
                    let span = self.prepare(branch.condition.as_deref());
                    let what = What::Condition(branch.condition.clone());
                    self.op(before, what, span, ")%}");
                    before = "{%elif c(";
                    self.nodes(&branch.body);
                }
                if let Some((_, body)) = otherwise {
                    self.write("{%else%}");
                    self.nodes(body);
                }
                self.write("{%endif%}");
            }
            Node::For(node) => self.for_loop(node),
            Node::Filter {
                call, tag, body, ..
            } => {
                let Some(call) = call else {
                    // The tag did not parse: what it holds is printed as it is.
                    self.nodes(body);
                    return;
                };
                for argument in &call.arguments {
                    self.prepare(Some(&argument.value));
                }
                self.op("{%filter f(", What::Section(call.clone()), *tag, ")%}");
                self.write("{%do b()%}");
                self.nodes(body);
                self.write("{%endfilter%}");
            }
            Node::Block { block, .. } => self.block(block),
            Node::Break { .. } => self.write("{%break%}"),
            Node::Continue { .. } => self.write("{%continue%}"),
        }
    }

    fn text(&mut self, span: Span) {
        if span.is_empty() {
            return;
        }
        let text = span.of(&self.loaded.files[self.unit.file].source.text);
        self.unit.raw += text.len() as u64;
        let ambiguous = text.ends_with('{')
            || (text.contains('{') && ["{{", "{%", "{#"].iter().any(|open| text.contains(open)));
        if !ambiguous {
            if self.unit.after_text {
                self.unit.out.push_str("{##}");
            }
            self.entry(self.unit.out.len(), span, Mapping::Exact);
            self.unit.out.push_str(text);
            self.unit.after_text = true;
            return;
        }
        if text.contains("endraw") {
            let what = What::Literal(Arc::from(text));
            self.op("{{e(", what, span, ")}}");
            return;
        }
        self.write("{%raw%}");
        self.entry(self.unit.out.len(), span, Mapping::Exact);
        self.write(text);
        self.write("{%endraw%}");
    }

    fn print(&mut self, expr: &'l Arc<Expr>) {
        if let Kind::Macro(call) = &expr.kind
            && expr.filters.is_empty()
            && !expr.negated
        {
            for argument in &call.arguments {
                self.prepare(Some(&argument.value));
            }
            if self.resolve(call).is_none() {
                self.op("{{e(", What::Print(expr.clone()), expr.span, ")}}");
                return;
            }
            let what = What::MacroCall(expr.clone());
            let site = self.op("{{k(", what, expr.span, ")}}");
            self.call("{%include v(", site, ")%}");
            self.call("{{o(", site, ")}}");
            return;
        }
        self.prepare(Some(expr));
        self.op("{{e(", What::Print(expr.clone()), expr.span, ")}}");
    }

    /// Makes the macros of an expression known; says where the expression stands.
    fn prepare(&mut self, expr: Option<&'l Expr>) -> Span {
        let Some(expr) = expr else {
            return Span::at(0);
        };
        let mut calls = Vec::new();
        walk::macro_calls(expr, &mut |call| calls.push(call));
        for call in calls {
            if let Some(unit) = self.resolve(call) {
                self.unit.called.insert(unit);
            }
        }
        expr.span
    }

    /// The unit of the macro that is called; what it calls is noted.
    fn resolve(&mut self, call: &'l MacroCall) -> Option<usize> {
        let (file, index, import) = find_macro(self.loaded, self.unit.file, call)?;
        let unit = self.unit_of(Key::Macro(file, index));
        let definition: &Arc<Macro> = &self.loaded.files[file].template.macros[index];
        self.macros.insert(
            call_key(call),
            MacroTarget {
                file,
                definition: definition.clone(),
                unit,
                import,
            },
        );
        Some(unit)
    }

    fn include(&mut self, tag: Span) {
        let file = &self.loaded.files[self.unit.file];
        if let Some((target, _)) = file.includes.get(&tag.start) {
            let unit = self.unit_of(Key::Page(*target));
            let site = self.op("{{k(", What::Include(unit), tag, ")}}");
            self.call("{%include \"", unit, "\"%}");
            self.call("{{o(", site, ")}}");
        } else if !file.ignored.contains(&tag.start) {
            self.op("{{e(", What::Failed(true), tag, ")}}");
        }
    }

    fn for_loop(&mut self, node: &'l For) {
        let span = self.prepare(node.container.as_deref());
        let what = What::Loop {
            key: node.key.clone(),
            value: node.value.clone(),
            container: node.container.clone(),
            raw: 0,
        };
        let site = self.op("{%for _ in l(", what, span, ")%}");
        let outside = std::mem::take(&mut self.unit.raw);
        self.nodes(&node.body);
        let inside = std::mem::replace(&mut self.unit.raw, outside);
        if let Some(Site {
            what: What::Loop { raw, .. },
            ..
        }) = self.sites.get_mut(site)
        {
            *raw = inside;
        }
        self.write("{%endfor%}");
        // Not minijinja's `else`: it also runs when `break` ends the first turn.
        match &node.otherwise {
            Some(otherwise) => {
                self.call("{%if x(", site, ")%}");
                self.nodes(otherwise);
                self.write("{%endif%}");
            }
            None => self.call("{%do x(", site, ")%}"),
        }
    }

    /// The nearest block of that name among the page and its parents.
    fn nearest_block(&self, name: &str, from: usize) -> Option<(usize, &'l Arc<Block>)> {
        let loaded = self.loaded;
        let lineage = loaded.lineage(self.unit.page);
        lineage
            .iter()
            .enumerate()
            .skip(from)
            .find_map(|(level, file)| {
                let blocks = &loaded.files[*file].template.blocks;
                let block = blocks.iter().find(|block| *block.name == *name)?;
                Some((level, block))
            })
    }

    fn block(&mut self, block: &'l Arc<Block>) {
        match self.nearest_block(&block.name, 0) {
            Some((level, nearest)) if !Arc::ptr_eq(nearest, block) => {
                let key = Key::Block(self.unit.page, block.name.clone(), level);
                let unit = self.unit_of(key);
                self.call("{%include \"", unit, "\"%}");
            }
            nearest => {
                let level = nearest.map_or(0, |(level, _)| level);
                let outer = self.unit.block.replace((block.name.clone(), level));
                self.nodes(&block.body);
                self.unit.block = outer;
            }
        }
    }

    fn super_block(&mut self, tag: Span) {
        let above = self.unit.block.clone().and_then(|(name, level)| {
            let (level, _) = self.nearest_block(&name, level + 1)?;
            Some(Key::Block(self.unit.page, name, level))
        });
        if let Some(key) = above {
            let unit = self.unit_of(key);
            self.call("{%include \"", unit, "\"%}");
            return;
        }
        let name = self.unit.block.as_ref().map(|(name, _)| name.clone());
        let message = match name {
            Some(name) => format!("no parent has a block `{name}` for `super()` to print"),
            None => "`super()` stands only within a block".to_owned(),
        };
        self.problems
            .push((self.unit.file, Problem::syntax(tag, message)));
        self.op("{{e(", What::Failed(true), tag, ")}}");
    }
}

/// How many of the first nodes can be printed in a row; at most one if there is nothing to gain.
fn row_length(nodes: &[Node]) -> usize {
    let (mut length, mut parts, mut prints) = (0, 0, 0);
    for node in nodes {
        match node {
            Node::Text(span) | Node::Raw { text: span, .. } => {
                parts += usize::from(!span.is_empty())
            }
            Node::Nothing { .. } | Node::Macro { .. } => {}
            Node::Print {
                expr: Some(expr), ..
            } => {
                let mut calls_macro = false;
                walk::macro_calls(expr, &mut |_| calls_macro = true);
                if calls_macro {
                    break;
                }
                parts += 1;
                prints += 1;
            }
            _ => break,
        }
        length += 1;
    }
    if parts > 1 && prints > 0 { length } else { 1 }
}

/// The macro that a call in `file` means: its file, its index, and the import that brought it.
pub(super) fn find_macro(
    loaded: &Loaded,
    file: FileId,
    call: &MacroCall,
) -> Option<(FileId, usize, Option<Span>)> {
    let (target, import) = loaded.namespace(file, &call.namespace)?;
    let macros = &loaded.files[target].template.macros;
    let index = macros.iter().position(|known| known.name == call.name)?;
    Some((target, index, import.filter(|_| target != file)))
}

/// Digits of a number.
const fn decimal(mut number: usize) -> usize {
    let mut digits = 1;
    while number >= 10 {
        number /= 10;
        digits += 1;
    }
    digits
}
