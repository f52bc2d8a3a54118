//! What a file says about its own rendering, read before it is rendered: `[vars]`, `[template.*]`,
//! `[matrix]`, `[otel]`, `[determinism]`.
//!
//! Only those tables are parsed, each by itself, with their tags blanked out; what parses counts.
//! String values that hold tags are rendered one by one in the order of the file, each with what
//! stands before it, so that an entry that reads its own name sees the next weaker source. One that
//! fails is tried again once the others are known: it may read what is set further below. How a
//! string is rendered is not known here: an [`Evaluate`] is handed in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::matrix::{Axis, Combination};
use super::scan::{Scan, Section, TagKind, has_word};
use super::strings::Quotes;
use super::variables::{Context, GATHERED, Outside, map_of, pairs};
use super::vars_file::node_value;
use crate::diagnostic::Finding;
use crate::document::{Document, Kind, Node, Table};
use crate::source::Span;

/// Renders one string of a file.
pub(crate) trait Evaluate {
    /// The string at `span` (with its quotes), rendered with `context` and decoded.
    fn string(&mut self, span: Span, context: &Context) -> Evaluated;

    /// The seed and the clock that the file sets, as far as they are written as they are. Told
    /// before the first string.
    fn determinism(&mut self, seed: Option<u64>, freeze_clock: Option<&str>);
}

/// What came of a string.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evaluated {
    /// Its text, with placeholders for what failed; `None` if there is none.
    pub text: Option<String>,
    /// What failed in it.
    pub faults: Vec<Finding>,
    /// Names it looked up.
    pub read: BTreeSet<Arc<str>>,
}

/// An entry of `[vars]` or `[template.vars]`.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub name: Arc<str>,
    /// Its key in the file.
    pub span: Span,
    /// `None`: no definition, such as `svc = "{{ svc }}"` where no weaker source has one.
    pub value: Option<Value>,
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prelude {
    /// `[vars]`, in order of file.
    pub vars: Vec<Own>,
    /// What `[vars]` and `[template.*]` set in the root context.
    pub set: Context,
    /// Which of that are tables of `[template]`, not variables.
    pub tables: BTreeSet<Arc<str>>,
    /// `[template.matrix]`: plain lists.
    pub lists: BTreeMap<Arc<str>, Value>,
    /// `[matrix]`.
    pub axes: Vec<Axis>,
    /// `[otel]`.
    pub otel: BTreeMap<Arc<str>, Value>,
    /// `[determinism] seed`.
    pub seed: Option<u64>,
    /// `[determinism] seed` is there, but is none.
    pub bad_seed: bool,
    /// `[determinism] freeze_clock`, as text.
    pub freeze_clock: Option<String>,
    /// Names that were looked up without the help of the engine.
    pub read: BTreeSet<Arc<str>>,
    /// Whether some entry depends on the combination, so that it must be read for each.
    pub by_combination: bool,
    /// Strings that failed although another value stands for them, and why. Where the render says
    /// nothing of them, since it knows all variables, this is to be told.
    pub faults: Vec<(Span, Vec<Finding>)>,
}

/// Tables that this is about, by the first word of their header.
const TABLES: [&str; 5] = ["vars", "template", "matrix", "otel", "determinism"];

/// How often strings that failed are tried again: so many steps a chain of entries may have in which
/// each reads one further below.
const MAX_PASSES: usize = 10;

/// Whether a text can have anything to read here.
pub(crate) fn may_have_prelude(text: &str) -> bool {
    TABLES.iter().any(|word| text.contains(word))
}

/// Reads what `text` says. `combination` is that of this run, if it is known already.
pub(crate) fn read(
    text: &str,
    scan: &Scan,
    outside: &Outside,
    combination: Option<&Combination>,
    evaluate: &mut dyn Evaluate,
) -> Prelude {
    let parts: Vec<Part> = scan
        .sections
        .iter()
        .filter(|section| is_of_interest(text, section))
        .map(|section| Part {
            base: section.span.start,
            text: scan.blanked(text, section.span),
        })
        .collect();
    if parts.is_empty() {
        return Prelude::default();
    }
    let documents: Vec<(usize, Document<'_>)> = parts
        .iter()
        .map(|part| (part.base, Document::parse(&part.text, &[]).0))
        .collect();
    let mut reader = Reader {
        text,
        scan,
        outside,
        evaluate,
        context: Context::clone(outside.context()),
        prelude: Prelude::default(),
        combination,
        vars_are_old: false,
        rendered: HashMap::new(),
        failed: 0,
        is_last: false,
    };
    reader.read(&documents);
    reader.prelude
}

/// The text of one section, ready to be parsed, and where it begins.
struct Part {
    base: usize,
    text: String,
}

fn is_of_interest(text: &str, section: &Section) -> bool {
    let name = section.name.of(text);
    if name.is_empty() {
        // Before the first header: keys such as `vars.x`.
        let head = section.span.of(text);
        return head.contains('=') && TABLES.iter().any(|word| head.contains(word));
    }
    TABLES.contains(&name)
}

struct Reader<'a> {
    text: &'a str,
    scan: &'a Scan,
    outside: &'a Outside,
    evaluate: &'a mut dyn Evaluate,
    /// What the next string sees.
    context: Context,
    prelude: Prelude,
    combination: Option<&'a Combination>,
    /// `vars` of the context lacks what was read since.
    vars_are_old: bool,
    /// What strings came to, by place: chance and counters are asked once.
    rendered: HashMap<Span, Value>,
    /// How many strings failed in this pass.
    failed: usize,
    /// What fails now has failed.
    is_last: bool,
}

impl Reader<'_> {
    fn read(&mut self, documents: &[(usize, Document<'_>)]) {
        // First what the others may need: a clock and a seed that are written as they are.
        for (base, document) in documents {
            if let Some(table) = table(&document.root, "determinism") {
                self.determinism(*base, table, false);
            }
        }
        self.evaluate
            .determinism(self.prelude.seed, self.prelude.freeze_clock.as_deref());
        self.variables(documents);
        for (base, document) in documents {
            if let Some(matrix) = table(&document.root, "matrix") {
                self.matrix(*base, matrix);
            }
        }
        let wanted = self.wants_otel();
        for (base, document) in documents {
            if let Some(otel) = table(&document.root, "otel").filter(|_| wanted) {
                self.otel(*base, otel);
            }
            if let Some(table) = table(&document.root, "determinism") {
                self.determinism(*base, table, true);
            }
        }
    }

    /// `[vars]` and `[template.*]`.
    fn variables(&mut self, documents: &[(usize, Document<'_>)]) {
        let mut before = usize::MAX;
        for pass in 1.. {
            self.failed = 0;
            self.prelude.vars.clear();
            self.prelude.tables.clear();
            self.prelude.lists.clear();
            for (base, document) in documents {
                if let Some(table) = table(&document.root, "vars") {
                    self.vars(*base, table);
                }
                if let Some(template) = table(&document.root, "template") {
                    self.template(*base, template);
                }
            }
            if self.failed == 0 || self.is_last {
                break;
            }
            self.is_last = self.failed >= before || pass == MAX_PASSES;
            before = self.failed;
        }
        self.is_last = true;
    }

    fn vars(&mut self, base: usize, table: &Table<'_>) {
        for entry in table.entries() {
            let name: Arc<str> = entry.key.name.as_ref().into();
            let span = shift(entry.key.span, base);
            // A stronger source stands whatever is written here; that there is none is a reading, too.
            self.prelude.read.insert(name.clone());
            let value = match self.outside.strong(&name) {
                Some(_) => None,
                None => match entry.value.as_table() {
                    Some(table) => Some(self.growing(base, table, &name, Some(&name))),
                    None => self.value(base, &entry.value, Some(&name)),
                },
            };
            if let Some(value) = &value {
                let value = self.merged(&name, value);
                self.set(&name, value);
                self.vars_are_old = true;
            }
            self.prelude.vars.push(Own { name, span, value });
        }
    }

    /// What the file says of a name, for the strings that follow and for the render.
    fn set(&mut self, name: &Arc<str>, value: Value) {
        self.prelude.set.insert(name.clone(), value.clone());
        self.context.insert(name.clone(), value);
    }

    /// A table that is written in parts is one table; of anything else the first stands.
    fn merged(&self, name: &str, value: &Value) -> Value {
        let before = self
            .prelude
            .vars
            .iter()
            .rev()
            .find(|own| *own.name == *name);
        match before.and_then(|own| own.value.as_ref()) {
            Some(before) if before.kind() == ValueKind::Map && value.kind() == ValueKind::Map => {
                let mut all: BTreeMap<_, _> = pairs(value).into_iter().collect();
                all.extend(pairs(before));
                Value::from_pairs(all)
            }
            Some(before) => before.clone(),
            None => value.clone(),
        }
    }

    fn template(&mut self, base: usize, template: &Table<'_>) {
        for entry in template.entries() {
            let Some(table) = entry.value.as_table() else {
                continue;
            };
            match entry.key.name.as_ref() {
                "vars" => self.vars(base, table),
                "matrix" => {
                    let lists = self.table(base, table);
                    self.prelude.lists.extend(lists);
                }
                name => {
                    let name: Arc<str> = name.into();
                    let values = self.growing(base, table, &name, None);
                    self.prelude.read.insert(name.clone());
                    if self.outside.strong(&name).is_none() {
                        self.set(&name, values);
                    }
                    self.prelude.tables.insert(name);
                }
            }
        }
    }

    fn matrix(&mut self, base: usize, table: &Table<'_>) {
        for entry in table.entries() {
            let name: Arc<str> = entry.key.name.as_ref().into();
            let stronger = self.outside.matrix().get(&name).cloned();
            self.prelude.read.insert("matrix".into());
            let value = stronger.or_else(|| self.value(base, &entry.value, None));
            let span = shift(entry.key.span, base);
            let axis = value.and_then(|value| Axis::new(name, span, &value));
            self.prelude.axes.extend(axis);
        }
    }

    fn otel(&mut self, base: usize, table: &Table<'_>) {
        let values = self.table(base, table);
        self.prelude.otel.extend(values);
    }

    /// The literal settings, or those that must be rendered.
    fn determinism(&mut self, base: usize, table: &Table<'_>, rendered: bool) {
        if let Some(node) = table.get("seed") {
            self.prelude.seed = match &node.kind {
                Kind::Integer(seed) => u64::try_from(*seed).ok(),
                _ => self.prelude.seed,
            };
            self.prelude.bad_seed = self.prelude.seed.is_none();
        }
        let Some(clock) = table.get("freeze_clock") else {
            return;
        };
        if let Kind::Datetime(text) = clock.kind {
            self.prelude.freeze_clock = Some(text.to_owned());
        } else if clock.as_str().is_some() && self.has_tags(base, clock) == rendered {
            let value = self.value(base, clock, None);
            self.prelude.freeze_clock = value.and_then(|value| Some(value.as_str()?.to_owned()));
        }
    }

    fn table(&mut self, base: usize, table: &Table<'_>) -> BTreeMap<Arc<str>, Value> {
        let mut values = BTreeMap::new();
        for entry in table.entries() {
            if let Some(value) = self.value(base, &entry.value, None) {
                values.insert(entry.key.name.as_ref().into(), value);
            }
        }
        values
    }

    /// A table that is visible as `name`, to its own later entries as well.
    fn growing(
        &mut self,
        base: usize,
        table: &Table<'_>,
        name: &Arc<str>,
        owner: Option<&Arc<str>>,
    ) -> Value {
        let mut values: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for entry in table.entries() {
            let reads_it = || {
                let span = shift(entry.value.span, base);
                self.scan.mentions(self.text, span, name)
            };
            if !values.is_empty() && self.outside.strong(name).is_none() && reads_it() {
                // Of what is not set here the weaker source's stands.
                let weaker = self.outside.weak(name).map(|given| pairs(&given.value));
                let mut all: BTreeMap<_, _> = weaker.into_iter().flatten().collect();
                all.extend(values.clone());
                self.context.insert(name.clone(), map_of(&all));
                self.vars_are_old |= owner.is_some();
            }
            if let Some(value) = self.value(base, &entry.value, owner) {
                values.insert(entry.key.name.as_ref().into(), value);
            }
        }
        map_of(&values)
    }

    /// The value of a node; `None` if it has none. `owner` is the variable that it defines.
    fn value(&mut self, base: usize, node: &Node<'_>, owner: Option<&Arc<str>>) -> Option<Value> {
        match &node.kind {
            Kind::String(_) if self.has_tags(base, node) => {
                self.string(shift(node.span, base), owner)
            }
            Kind::Array(array) => {
                let items = array.items.iter();
                let values = items.filter_map(|item| self.value(base, item, owner));
                Some(Value::from(values.collect::<Vec<_>>()))
            }
            Kind::Table(table) => {
                let mut values = Vec::with_capacity(table.entries().len());
                for entry in table.entries() {
                    if let Some(value) = self.value(base, &entry.value, owner) {
                        values.push((entry.key.name.as_ref().to_owned(), value));
                    }
                }
                Some(Value::from_pairs(values))
            }
            _ => node_value(node),
        }
    }

    fn has_tags(&self, base: usize, node: &Node<'_>) -> bool {
        !self.scan.tags_in(shift(node.span, base)).is_empty()
    }

    fn string(&mut self, span: Span, owner: Option<&Arc<str>>) -> Option<Value> {
        if let Some(value) = self.rendered.get(&span) {
            return Some(value.clone());
        }
        self.refresh(span);
        if let Some(name) = lone_variable(self.text, span) {
            // By far the most frequent: `svc = "{{ svc }}"`.
            let found = self.context.get(name).cloned();
            self.prelude.read.insert(name.into());
            match found {
                Some(value) if value.as_str().is_some() => return Some(value),
                None if owner.is_some_and(|owner| **owner == *name) => return None,
                _ => {}
            }
        }
        let evaluated = self.evaluate.string(span, &self.context);
        let reads_itself = owner
            .is_some_and(|owner| evaluated.read.contains(owner) || evaluated.read.contains("vars"));
        if evaluated.faults.is_empty() {
            let value = Value::from(evaluated.text.unwrap_or_else(|| "0".into()));
            self.rendered.insert(span, value.clone());
            return Some(value);
        }
        if reads_itself {
            // Nothing weaker defines it: the fault belongs where it is used.
            return None;
        }
        if !self.is_last {
            self.failed += 1;
            return None;
        }
        self.prelude.faults.push((span, evaluated.faults));
        // The name counts as defined: what failed is told once.
        Some(Value::from(evaluated.text.unwrap_or_else(|| "0".into())))
    }

    /// Brings the gathered names of the context up to date, where the string at `span` looks at them.
    fn refresh(&mut self, span: Span) {
        if self.scan.mentions(self.text, span, "matrix") {
            self.prelude.by_combination = true;
            let matrix = matrix_value(&self.prelude.lists, self.outside, self.combination);
            self.context.insert("matrix".into(), matrix);
        }
        if self.vars_are_old && self.scan.mentions(self.text, span, "vars") {
            self.gather_vars();
        }
    }

    fn gather_vars(&mut self) {
        let vars = self.prelude.gathered(&self.context);
        self.context.insert("vars".into(), vars);
        self.vars_are_old = false;
    }

    /// Whether the template, or one that it reads, may look at `otel`.
    fn wants_otel(&self) -> bool {
        self.scan.tags.iter().any(|tag| {
            let text = tag.span.of(self.text);
            has_word(text, "otel")
                || (tag.kind == TagKind::Block
                    && ["include", "import", "extends"]
                        .iter()
                        .any(|word| has_word(text, word)))
        })
    }
}

impl Prelude {
    /// The root context of a render. `outside` need not be that of the reading, where it differs
    /// only in what was not read.
    pub fn context(&self, outside: &Outside, combination: &Combination) -> Arc<Context> {
        let is_empty = self.set.is_empty() && self.otel.is_empty();
        if is_empty && self.lists.is_empty() && self.axes.is_empty() {
            return outside.context().clone();
        }
        let mut context = Context::clone(outside.context());
        if !self.set.is_empty() {
            context.extend(self.set.clone());
            let vars = self.gathered(&context);
            context.insert("vars".into(), vars);
        }
        if !self.otel.is_empty() {
            let mut otel = self.otel.clone();
            otel.extend(outside.otel().clone());
            context.insert("otel".into(), map_of(&otel));
        }
        if !self.lists.is_empty() || !combination.is_empty() {
            let matrix = matrix_value(&self.lists, outside, Some(combination));
            context.insert("matrix".into(), matrix);
        }
        if !self.axes.is_empty() {
            let axes = self.axes.iter();
            let lists = axes.map(|axis| (axis.name.clone(), Value::from(axis.values.clone())));
            context.insert(
                "matrix_all".into(),
                Value::from_pairs(lists.collect::<Vec<_>>()),
            );
        }
        Arc::new(context)
    }

    /// About how many bytes it holds.
    pub fn size(&self) -> usize {
        let values = self.set.len() + self.vars.len() + self.lists.len() + self.otel.len();
        size_of::<Self>() + (values + self.axes.len()) * (size_of::<Value>() + 40)
    }

    /// `vars` holds every variable, of the file and from outside; not the tables of `[template]`.
    fn gathered(&self, context: &Context) -> Value {
        let is_variable = |name: &str| !GATHERED.contains(&name) && !self.tables.contains(name);
        let variables = context.iter().filter(|(name, _)| is_variable(name));
        Value::from_pairs(variables.map(|(name, value)| (name.clone(), value.clone())))
    }
}

/// The value of `matrix`: plain lists, then the vars file's, then this combination.
fn matrix_value(
    lists: &BTreeMap<Arc<str>, Value>,
    outside: &Outside,
    combination: Option<&Combination>,
) -> Value {
    let mut all: BTreeMap<Arc<str>, Value> = lists.clone();
    all.extend(outside.matrix().clone());
    all.extend(combination.into_iter().flatten().cloned());
    map_of(&all)
}

fn table<'a, 't>(root: &'a Table<'t>, name: &str) -> Option<&'a Table<'t>> {
    root.get(name)?.as_table()
}

fn shift(span: Span, by: usize) -> Span {
    Span::new(span.start + by, span.end + by)
}

/// The name in a string that is nothing but `{{ name }}` or `{{ vars.name }}`.
fn lone_variable(text: &str, span: Span) -> Option<&str> {
    let (quotes, content) = Quotes::of(text, span)?;
    let content = content.of(text);
    let inner = content
        .strip_prefix("{{")?
        .strip_suffix("}}")
        .filter(|_| !quotes.triple)?
        .trim();
    let name = inner.strip_prefix("vars.").unwrap_or(inner);
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(bare)
        && !matches!(
            name,
            "true" | "false" | "none" | "null" | "True" | "False" | "None" | "loop"
        );
    is_name.then_some(name)
}

#[cfg(test)]
mod tests;
