//! Whether an expression is true, and comparisons.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::super::ast::{Comparison, Expr, In, Kind, Test};
use super::super::call::describe;
use super::super::callables::Family;
use super::super::json;
use super::{Evaluator, Outcome, Stop, is_truthy};
use crate::diagnostic::Code;

impl Evaluator<'_, '_, '_, '_> {
    /// Whether an expression is true, where that is all that counts.
    pub fn truth(&mut self, expr: &Expr) -> Outcome<bool> {
        self.spend(super::PART_COST, expr.span)?;
        let truth = match &expr.kind {
            Kind::Logic(alternatives) => self.logic(alternatives)?,
            Kind::Compare(sides) => {
                let (left, comparison, right) = &**sides;
                match self.compare(left, *comparison, right)? {
                    Some(truth) => truth,
                    // Values of different kinds: false, and no `not` makes it true.
                    None => return Ok(false),
                }
            }
            Kind::Path(_) => {
                // Whatever fails here, Tera takes it for false.
                self.live().faults.muted += 1;
                let value = self.value(expr);
                let muted = &mut self.live().faults.muted;
                *muted = muted.saturating_sub(1);
                return match value {
                    Ok(value) => Ok(is_truthy(&value)),
                    Err(Stop::Abort) => Err(Stop::Abort),
                    Err(_) => Ok(false),
                };
            }
            // Filters of these count for nothing.
            Kind::Math(terms) => self
                .sum(terms)?
                .is_some_and(|number| number.as_f64() != 0.0),
            Kind::Number(value) => is_truthy(value),
            Kind::In(test) => self.is_in(test)?,
            Kind::Test(test) => self.test(test)?,
            Kind::Bool(value) => *value,
            Kind::Text(value) => value.as_str().is_some_and(|text| !text.is_empty()),
            Kind::Macro(call) => !self.macro_text(call)?.is_empty(),
            Kind::Function(call) => match self.function(call) {
                Ok(value) if value.kind() == ValueKind::Bool => value.is_true(),
                // Tera refuses the rest.
                value => {
                    self.extension(call.span, "a function that gives no boolean as a condition");
                    self.filtered_truth(value, expr)?
                }
            },
            Kind::Concat(_) | Kind::Array(_) | Kind::Map(_) | Kind::Group(_) => {
                return match self.value(expr) {
                    Ok(value) => Ok(is_truthy(&value)),
                    Err(Stop::Unset(_)) => Ok(expr.negated),
                    Err(stop) => Err(stop),
                };
            }
        };
        Ok(truth != expr.negated)
    }

    /// Whether the result of a call is true, after its filters.
    fn filtered_truth(&mut self, value: Outcome<Value>, expr: &Expr) -> Outcome<bool> {
        let default = expr
            .filters
            .first()
            .filter(|filter| &*filter.name == "default");
        match self.or_default(default, |_| value) {
            Ok(value) => Ok(is_truthy(&self.filters(value, expr)?)),
            Err(Stop::Unset(_)) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    fn logic(&mut self, alternatives: &[Vec<Expr>]) -> Outcome<bool> {
        for all in alternatives {
            let mut truth = true;
            for operand in all {
                if !self.truth(operand)? {
                    truth = false;
                    break;
                }
            }
            if truth {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A comparison; `None` where one side is a number and the other is not.
    fn compare(
        &mut self,
        left: &Expr,
        comparison: Comparison,
        right: &Expr,
    ) -> Outcome<Option<bool>> {
        let equal = match comparison {
            Comparison::Equal => true,
            Comparison::Unequal => false,
            ordered => {
                let sides = (self.number(left), self.number(right));
                let (Some(a), Some(b)) = both(sides)? else {
                    return Err(self.fault(
                        Code::T106,
                        left.span,
                        "what is not a number cannot be compared",
                    ));
                };
                let (a, b) = (a.as_f64(), b.as_f64());
                return Ok(Some(match ordered {
                    Comparison::Less => a < b,
                    Comparison::LessOrEqual => a <= b,
                    Comparison::Greater => a > b,
                    _ => a >= b,
                }));
            }
        };
        let sides = (self.settled(left), self.settled(right));
        let (a, b) = both(sides)?;
        match (json::number(&a), json::number(&b)) {
            #[expect(clippy::float_cmp, reason = "equal is equal, as Tera has it")]
            (Some(a), Some(b)) => Ok(Some((a.as_f64() == b.as_f64()) == equal)),
            (None, None) => {
                let same = self.with_host(left.span, |host| json::same(&a, &b, host))?;
                Ok(Some(same == equal))
            }
            _ => Ok(None),
        }
    }

    /// `a in b`
    pub(super) fn is_in(&mut self, test: &In) -> Outcome<bool> {
        let sides = (self.settled(&test.needle), self.settled(&test.container));
        let (needle, container) = both(sides)?;
        let found = match container.kind() {
            ValueKind::Seq | ValueKind::Iterable => {
                let steps = container.len().unwrap_or(0) as u64;
                self.spend(steps, test.container.span)?;
                self.with_host(test.container.span, |host| {
                    for item in container.try_iter().into_iter().flatten() {
                        if json::same(&item, &needle, host)? {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                })?
            }
            ValueKind::String => {
                let text = container.as_str().unwrap_or_default();
                self.spend(text.len() as u64 / 64, test.container.span)?;
                match needle.as_str() {
                    Some(part) => text.contains(part),
                    None => return Err(self.wrong_needle(test, "a string", &needle)),
                }
            }
            ValueKind::Map => match needle.as_str() {
                Some(_) => container
                    .get_item(&needle)
                    .is_ok_and(|value| !value.is_undefined()),
                None => return Err(self.wrong_needle(test, "an object", &needle)),
            },
            _ => {
                return Err(self.fault(
                    Code::T106,
                    test.container.span,
                    format!(
                        "`in` needs a string, an array or an object, not {}",
                        describe(&container)
                    ),
                ));
            }
        };
        Ok(found != test.negated)
    }

    fn wrong_needle(&mut self, test: &In, container: &str, needle: &Value) -> Stop {
        self.fault(
            Code::T106,
            test.needle.span,
            format!(
                "only a string can be in {container}, not {}",
                describe(needle)
            ),
        )
    }

    /// `a is b`
    pub(super) fn test(&mut self, test: &Test) -> Outcome<bool> {
        let subject = match &test.subject.kind {
            Kind::Path(path) => self.path(path),
            _ => self.value(&test.subject),
        };
        let (subject, missing) = match subject {
            Ok(value) => (value, None),
            Err(Stop::Unset(missing)) => (Value::UNDEFINED, Some(missing)),
            Err(stop) => return Err(stop),
        };
        if let Some(stop) = self.check_arguments(Family::Test, &test.call) {
            return Err(stop);
        }
        let truth = match &*test.call.name {
            "defined" => missing.is_none(),
            "undefined" => missing.is_some(),
            _ => {
                if let Some(missing) = missing {
                    return Err(self.missing(&missing));
                }
                is_truthy(&self.predicate(subject, test)?)
            }
        };
        Ok(truth != test.negated)
    }
}

/// Both sides; where one failed, so does this.
fn both<A, B>((a, b): (Outcome<A>, Outcome<B>)) -> Outcome<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(Stop::Abort), _) | (_, Err(Stop::Abort)) => Err(Stop::Abort),
        (Err(stop), _) | (_, Err(stop)) => Err(stop),
    }
}
