//! The value of an expression, as Tera has it.
//!
//! What an expression is worth depends on where it stands. Printed, passed and assigned it is a
//! value; in `if`, `and` and `or` a truth; in arithmetic and `<` a number. Each of the three ways is
//! a function here, and where Tera's three disagree (a filter after a sum counts for nothing in an
//! `if`, `not a == b` is negated twice when printed) so do these.

mod arithmetic;
mod calls;
mod paths;
mod truth;

pub(super) use calls::unknown_macro;

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};

use minijinja::{State, Value};

use super::ast::{Call, Expr, Kind, Problem};
use super::call::CallError;
use super::callables::Family;
use super::json;
use super::live::{Live, Runtime, out_of_steps, too_much};
use super::loader::FileId;
use crate::diagnostic::Code;
use crate::source::Span;

/// Steps that a part of an expression costs.
const PART_COST: u64 = 2;

/// Expressions within calls within expressions, over all files.
const MAX_NESTING: usize = 150;

/// Why there is no value.
#[derive(Debug)]
pub(super) enum Stop {
    /// A fault, which was reported.
    Fault,
    /// Nothing has a value there. Whoever needs one reports it.
    Unset(Arc<Missing>),
    /// A limit was exceeded, and the render ends.
    Abort,
}

pub(super) type Outcome<T> = Result<T, Stop>;

/// A variable without a value.
#[derive(Debug)]
pub(super) struct Missing {
    pub file: FileId,
    pub problem: Problem,
    /// Its name, if a similar one may have been meant.
    pub name: Option<Arc<str>>,
    /// An assignment takes it along instead of reporting it.
    pub carried: bool,
}

/// Evaluates expressions of one file.
pub(super) struct Evaluator<'r, 'a, 't, 'e> {
    pub runtime: &'r Runtime,
    /// Held while nothing else needs it.
    live: Option<MutexGuard<'r, Live>>,
    pub state: &'a mut State<'t, 'e>,
    pub file: FileId,
}

impl<'r, 'a, 't, 'e> Evaluator<'r, 'a, 't, 'e> {
    pub fn new(runtime: &'r Runtime, state: &'a mut State<'t, 'e>, file: FileId) -> Self {
        Self {
            runtime,
            live: None,
            state,
            file,
        }
    }

    /// What changes; locked until [`Evaluator::release`].
    pub fn live(&mut self) -> &mut Live {
        let runtime = self.runtime;
        self.live.get_or_insert_with(|| runtime.lock())
    }

    /// Lets others have it: minijinja is about to call back.
    pub fn release(&mut self) {
        self.live = None;
    }

    pub fn report(&mut self, problem: &Problem) -> Stop {
        let (runtime, file) = (self.runtime, self.file);
        self.live().report(&runtime.program, file, problem);
        Stop::Fault
    }

    /// Notes a use of what Tera refuses that shows only now.
    pub fn extension(&mut self, span: Span, what: &'static str) {
        let file = self.file;
        let uses = &mut self.live().extensions;
        if uses.len() < 100 && !uses.contains(&(file, span, what)) {
            uses.push((file, span, what));
        }
    }

    pub fn fault(&mut self, code: Code, span: Span, message: impl Into<String>) -> Stop {
        self.report(&Problem::new(code, span, message))
    }

    pub fn abort(&mut self, problem: &Problem) -> Stop {
        let (runtime, file) = (self.runtime, self.file);
        self.live().abort(&runtime.program, file, problem);
        Stop::Abort
    }

    pub fn spend(&mut self, steps: u64, span: Span) -> Outcome<()> {
        if self.live().spend(steps) {
            return Ok(());
        }
        let problem = out_of_steps(&self.runtime.limits, span);
        Err(self.abort(&problem))
    }

    /// Pays for bytes that are about to be made.
    pub fn charge(&mut self, bytes: u64, span: Span) -> Outcome<()> {
        match self.live().charge(bytes) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.abort(&too_much(span, error.to_string()))),
        }
    }

    /// Does something with the host that may exceed a limit.
    fn with_host<T>(
        &mut self,
        span: Span,
        run: impl FnOnce(&super::host::Host) -> Result<T, CallError>,
    ) -> Outcome<T> {
        let result = match &self.live().host {
            Some(host) => run(host),
            None => return Err(Stop::Fault),
        };
        match result {
            Ok(value) => Ok(value),
            Err(CallError::Limit(message)) => Err(self.abort(&too_much(span, message))),
            Err(error) => Err(self.fault(Code::T106, span, error.to_string())),
        }
    }

    /// A value that is needed: a variable without one is reported.
    pub fn settled(&mut self, expr: &Expr) -> Outcome<Value> {
        let value = self.value(expr);
        self.needed(value)
    }

    pub fn needed<T>(&mut self, outcome: Outcome<T>) -> Outcome<T> {
        match outcome {
            Err(Stop::Unset(missing)) => Err(self.missing(&missing)),
            outcome => outcome,
        }
    }

    /// Reports a variable without value.
    pub fn missing(&mut self, missing: &Missing) -> Stop {
        let runtime = self.runtime;
        let live = self.live();
        let added = live.report(&runtime.program, missing.file, &missing.problem);
        if let (Some(name), true) = (&missing.name, added) {
            let (locals, _) = super::scope::visible(&live.frames);
            let locals = locals.into_iter().map(|(name, _)| name).collect();
            live.faults.is_missing(name.clone(), locals);
        }
        Stop::Fault
    }

    /// The value of an expression.
    pub fn value(&mut self, expr: &Expr) -> Outcome<Value> {
        self.spend(PART_COST, expr.span)?;
        if self.live().nesting >= MAX_NESTING {
            return Err(self.abort(&too_much(
                expr.span,
                format!("expressions and macro calls nested deeper than {MAX_NESTING} levels"),
            )));
        }
        self.live().nesting += 1;
        let value = self.value_below(expr);
        let live = self.live();
        live.nesting = live.nesting.saturating_sub(1);
        value
    }

    fn value_below(&mut self, expr: &Expr) -> Outcome<Value> {
        let default = expr
            .filters
            .first()
            .filter(|filter| &*filter.name == "default");
        let mut value = match &expr.kind {
            Kind::Text(value) | Kind::Number(value) => value.clone(),
            Kind::Bool(value) => Value::from(*value),
            Kind::Path(path) => match (self.path(path), default) {
                (Ok(value), Some(default)) if value.is_none() => self.default_value(default)?,
                (Ok(value), _) => value,
                (Err(Stop::Unset(_)), Some(default)) => self.default_value(default)?,
                (Err(Stop::Unset(_)), None) if expr.negated => return Ok(Value::from(true)),
                (Err(stop), _) => return Err(stop),
            },
            Kind::Math(terms) => match self.sum(terms)? {
                Some(number) => arithmetic::to_value(number),
                None => Value::from("NaN"),
            },
            Kind::Compare(_) | Kind::Logic(_) => Value::from(self.truth(expr)?),
            Kind::In(test) => Value::from(self.is_in(test)?),
            Kind::Test(test) => Value::from(self.test(test)?),
            Kind::Macro(call) => Value::from(self.macro_text(call)?),
            Kind::Function(call) => self.or_default(default, |this| this.function(call))?,
            Kind::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                let mut failed = None;
                for item in items {
                    match self.settled(item) {
                        Ok(value) => values.push(value),
                        Err(Stop::Abort) => return Err(Stop::Abort),
                        Err(stop) => failed = Some(stop),
                    }
                }
                if let Some(stop) = failed {
                    return Err(stop);
                }
                self.charge((values.len() * size_of::<Value>()) as u64, expr.span)?;
                Value::from(values)
            }
            Kind::Map(entries) => {
                let mut pairs = Vec::with_capacity(entries.len());
                let mut failed = None;
                for (key, item) in entries {
                    match self.settled(item) {
                        Ok(value) => pairs.push((key.clone(), value)),
                        Err(Stop::Abort) => return Err(Stop::Abort),
                        Err(stop) => failed = Some(stop),
                    }
                }
                if let Some(stop) = failed {
                    return Err(stop);
                }
                self.charge((pairs.len() * size_of::<Value>() * 2) as u64, expr.span)?;
                Value::from(pairs.into_iter().collect::<BTreeMap<Value, Value>>())
            }
            Kind::Concat(parts) => self.concat(parts, expr.span)?,
            Kind::Group(inner) => self.or_default(default, |this| this.value(inner))?,
        };
        value = self.filters(value, expr)?;
        if expr.negated {
            return Ok(Value::from(!is_truthy(&value)));
        }
        Ok(value)
    }

    /// The filters of an expression, but for those that are no filters.
    fn filters(&mut self, mut value: Value, expr: &Expr) -> Outcome<Value> {
        for filter in &expr.filters {
            match &*filter.name {
                "safe" => {}
                // Its value was not needed, or is here already; a mistyped name is said all the same.
                "default" => {
                    self.check_arguments(Family::Filter, filter);
                }
                _ => value = self.filter(value, filter)?,
            }
        }
        Ok(value)
    }

    /// The entries of an object.
    pub fn entries(&mut self, value: &Value, span: Span) -> Outcome<Vec<(String, Value)>> {
        let entries = self.with_host(span, |host| json::entries(value, host))?;
        Ok(entries.unwrap_or_default())
    }

    /// What `run` gives; if that is nothing, the default.
    fn or_default(
        &mut self,
        default: Option<&Call>,
        run: impl FnOnce(&mut Self) -> Outcome<Value>,
    ) -> Outcome<Value> {
        match (run(self), default) {
            (Err(Stop::Unset(_)), Some(default)) => {
                self.extension(default.span, "a default for a call without a value");
                self.default_value(default)
            }
            (value, _) => value,
        }
    }

    /// The argument of a `default` filter, which is evaluated only when it is needed.
    fn default_value(&mut self, filter: &Call) -> Outcome<Value> {
        // Where it has its argument, `filters` says what else is wrong with it.
        if (filter.lacks || !filter.problems.is_empty())
            && let Some(stop) = self.check_arguments(Family::Filter, filter)
        {
            return Err(stop);
        }
        match filter.bound.first().copied().flatten() {
            Some(at) => self.value(&filter.arguments[at].value),
            None => Err(self.fault(
                Code::T106,
                filter.span,
                "missing argument `value` of the filter `default`",
            )),
        }
    }

    /// `a ~ b`
    fn concat(&mut self, parts: &[Expr], span: Span) -> Outcome<Value> {
        let mut texts = Vec::with_capacity(parts.len());
        let mut failed = None;
        for part in parts {
            match self.concat_part(part) {
                Ok(text) => texts.push(text),
                Err(Stop::Abort) => return Err(Stop::Abort),
                Err(stop) => failed = Some(stop),
            }
        }
        if let Some(stop) = failed {
            return Err(stop);
        }
        let length: usize = texts
            .iter()
            .map(|text| text.as_str().map_or(0, str::len))
            .sum();
        self.charge(length as u64, span)?;
        let mut joined = String::with_capacity(length);
        for text in &texts {
            joined.push_str(text.as_str().unwrap_or_default());
        }
        Ok(Value::from(joined))
    }

    /// An operand of `~` as text.
    fn concat_part(&mut self, part: &Expr) -> Outcome<Value> {
        let value = self.settled(part)?;
        if value.as_str().is_some() {
            return Ok(value);
        }
        let Some(number) = json::number(&value) else {
            return Err(self.fault(
                Code::T106,
                part.span,
                format!(
                    "`~` joins texts and numbers, not {}",
                    super::call::describe(&value)
                ),
            ));
        };
        let mut text = String::new();
        match number {
            // A literal prints as it does elsewhere, a variable as JSON writes it.
            json::Number::Float(number) if matches!(part.kind, Kind::Number(_)) => {
                text = number.to_string();
            }
            number => json::print_json_number(number, &mut text),
        }
        Ok(Value::from(text))
    }
}

/// Whether a value counts as true.
pub(super) fn is_truthy(value: &Value) -> bool {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Number => match json::number(value) {
            Some(json::Number::Whole(number)) => number != 0,
            Some(json::Number::Float(number)) => number != 0.0 && !number.is_nan(),
            None => false,
        },
        ValueKind::Bool => value.is_true(),
        ValueKind::String => value.as_str().is_some_and(|text| !text.is_empty()),
        ValueKind::Seq | ValueKind::Map => value.len().is_none_or(|length| length > 0),
        ValueKind::Iterable => value
            .try_iter()
            .is_ok_and(|mut items| items.next().is_some()),
        ValueKind::None | ValueKind::Undefined => false,
        _ => true,
    }
}
