//! Numbers.
//!
//! Tera calculates with `i64`, else with `u64`, else with floats; a result that is no number prints
//! as `NaN`.

use minijinja::Value;

use super::super::ast::{Expr, Factor, Kind, Term};
use super::super::call::describe;
use super::super::json::{self, Number};
use super::{Evaluator, Outcome, Stop};
use crate::diagnostic::Code;
use crate::source::Span;

/// A number; `None` is not one, as Tera has it.
pub(super) type Maybe = Option<Number>;

/// A number as a value.
pub(super) fn to_value(number: Number) -> Value {
    match number {
        Number::Whole(number) => match i64::try_from(number) {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(u64::try_from(number).unwrap_or(u64::MAX)),
        },
        Number::Float(number) => Value::from(number),
    }
}

impl Evaluator<'_, '_, '_, '_> {
    /// A sum of products.
    pub(super) fn sum(&mut self, terms: &[Term]) -> Outcome<Maybe> {
        let mut sum: Maybe = None;
        let mut span = Span::at(0);
        let mut failed = None;
        let mut real = true;
        for (index, term) in terms.iter().enumerate() {
            let (product, product_span) = match self.product(&term.factors) {
                Ok(product) => product,
                Err(Stop::Abort) => return Err(Stop::Abort),
                Err(stop) => {
                    failed = Some(stop);
                    continue;
                }
            };
            if failed.is_some() {
                continue;
            }
            if index == 0 {
                span = product_span;
                sum = product;
                real = product.is_some();
                continue;
            }
            span = Span::new(span.start, product_span.end.max(span.start));
            real &= product.is_some();
            if let (Some(left), Some(right)) = (sum, product) {
                sum = Some(self.add(left, right, term.minus, span)?);
            }
        }
        match failed {
            Some(stop) => Err(stop),
            None => Ok(sum.filter(|_| real)),
        }
    }

    fn product(&mut self, factors: &[(Factor, Expr)]) -> Outcome<(Maybe, Span)> {
        let mut product: Maybe = None;
        let mut span = Span::at(0);
        let mut failed = None;
        let mut real = true;
        for (index, (factor, operand)) in factors.iter().enumerate() {
            let number = match self.number(operand) {
                Ok(number) => number,
                Err(Stop::Abort) => return Err(Stop::Abort),
                Err(stop) => {
                    failed = Some(stop);
                    continue;
                }
            };
            if failed.is_some() {
                continue;
            }
            if index == 0 {
                span = operand.span;
                product = number;
                real = number.is_some();
                continue;
            }
            span = Span::new(span.start, operand.span.end.max(span.start));
            real &= number.is_some();
            if let (true, Some(left), Some(right)) = (real, product, number) {
                product = self.multiply(left, right, *factor, span)?;
                real = product.is_some();
            }
        }
        match failed {
            Some(stop) => Err(stop),
            None => Ok((product.filter(|_| real), span)),
        }
    }

    /// An operand as a number.
    pub(super) fn number(&mut self, operand: &Expr) -> Outcome<Maybe> {
        if operand.filters.is_empty() {
            match &operand.kind {
                Kind::Math(terms) => return self.sum(terms),
                Kind::Number(value) => return Ok(json::number(value)),
                Kind::Path(path) => {
                    self.spend(super::PART_COST, operand.span)?;
                    let value = self.path(path);
                    let value = self.needed(value)?;
                    return self.as_number(&value, operand).map(Some);
                }
                Kind::Function(call) => {
                    let value = self.function(call);
                    let value = self.needed(value)?;
                    return self.as_number(&value, operand).map(Some);
                }
                _ => {}
            }
        }
        let value = self.settled(operand)?;
        self.as_number(&value, operand).map(Some)
    }

    fn as_number(&mut self, value: &Value, operand: &Expr) -> Outcome<Number> {
        match json::number(value) {
            Some(number) => Ok(number),
            None => Err(self.fault(
                Code::T106,
                operand.span,
                format!("a number is needed here, not {}", describe(value)),
            )),
        }
    }

    fn add(&mut self, left: Number, right: Number, minus: bool, span: Span) -> Outcome<Number> {
        let whole = whole(left, right, |a, b| {
            if minus {
                a.checked_sub(b)
            } else {
                a.checked_add(b)
            }
        });
        match whole {
            Some(Some(number)) => Ok(Number::Whole(number)),
            Some(None) => Err(self.overflow(span)),
            None => {
                let (a, b) = (left.as_f64(), right.as_f64());
                let result = if minus { a - b } else { a + b };
                if result.is_finite() {
                    Ok(Number::Float(result))
                } else {
                    Err(self.overflow(span))
                }
            }
        }
    }

    fn multiply(
        &mut self,
        left: Number,
        right: Number,
        factor: Factor,
        span: Span,
    ) -> Outcome<Maybe> {
        let finite = |number: f64| number.is_finite().then_some(Number::Float(number));
        let (a, b) = (left.as_f64(), right.as_f64());
        match factor {
            Factor::Times => match whole(left, right, i128::checked_mul) {
                Some(Some(number)) => Ok(Some(Number::Whole(number))),
                Some(None) => Err(self.overflow(span)),
                None => Ok(finite(a * b)),
            },
            Factor::By => {
                let result = a / b;
                #[expect(clippy::float_cmp, reason = "whole is whole")]
                let is_whole = result.is_finite() && result.round() == result;
                if is_whole {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "saturates, as Tera's does"
                    )]
                    let result = result as i64;
                    return Ok(Some(Number::Whole(result.into())));
                }
                Ok(finite(result))
            }
            Factor::Modulo => {
                let zero = Number::Whole(0);
                let both_whole = whole(left, right, |_, _| Some(0)).is_some();
                if both_whole && right == zero {
                    return Err(self.fault(Code::T106, span, "division by zero"));
                }
                match whole(left, right, i128::checked_rem) {
                    Some(Some(number)) => Ok(Some(Number::Whole(number))),
                    Some(None) => Err(self.overflow(span)),
                    None => Ok(finite(a % b)),
                }
            }
        }
    }

    fn overflow(&mut self, span: Span) -> Stop {
        self.fault(Code::T106, span, "the result is too large for a number")
    }
}

/// Calculates with whole numbers. `None`: one is a float, or one is negative and the other beyond
/// `i64`; `Some(None)`: the result does not fit.
fn whole(
    left: Number,
    right: Number,
    run: impl FnOnce(i128, i128) -> Option<i128>,
) -> Option<Option<i128>> {
    let (Number::Whole(a), Number::Whole(b)) = (left, right) else {
        return None;
    };
    let signed = i128::from(i64::MIN)..=i128::from(i64::MAX);
    let unsigned = 0..=i128::from(u64::MAX);
    for range in [signed, unsigned] {
        if range.contains(&a) && range.contains(&b) {
            return Some(run(a, b).filter(|result| range.contains(result)));
        }
    }
    None
}
