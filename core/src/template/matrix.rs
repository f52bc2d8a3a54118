//! `[matrix]`: one render for each combination of its values.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::json::print_scalar;
use super::variables::same_value;
use crate::diagnostic::{Code, Finding};
use crate::source::Span;

/// Combinations a file may have.
pub const MAX_COMBINATIONS: usize = 256;

/// A name of `[matrix]` and its values.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The name.
    pub name: Arc<str>,
    /// Its key in the file.
    pub span: Span,
    /// What it may be, each once.
    pub values: Vec<Value>,
}

impl Axis {
    /// An axis over a list; anything else is a list of one. `None` for an empty list, which takes no
    /// part.
    #[must_use]
    pub fn new(name: Arc<str>, span: Span, value: &Value) -> Option<Self> {
        let mut values: Vec<Value> = Vec::new();
        match value.kind() {
            ValueKind::Seq | ValueKind::Iterable => {
                for value in value.try_iter().into_iter().flatten() {
                    // The same twice is the same run twice. A list that is too long anyway is not
                    // worth comparing each with each.
                    if values.len() > MAX_COMBINATIONS
                        || !values.iter().any(|seen| same_value(seen, &value))
                    {
                        values.push(value);
                    }
                }
            }
            _ => values.push(value.clone()),
        }
        (!values.is_empty()).then_some(Self { name, span, values })
    }
}

/// The values of one run, by name.
pub type Combination = Vec<(Arc<str>, Value)>;

/// All combinations that `picks` leaves, the last axis turning fastest.
///
/// # Errors
/// `T109` when there are more than [`MAX_COMBINATIONS`]; `T106` when a pick names a value that its
/// axis does not have. Both at the place of an axis in the file, as spans of the entry.
pub fn combinations(
    axes: &[Axis],
    picks: &BTreeMap<String, String>,
) -> Result<Vec<Combination>, Box<Finding>> {
    let mut chosen: Vec<(&Axis, Vec<&Value>)> = Vec::with_capacity(axes.len());
    for axis in axes {
        let pick = picks.get(&*axis.name);
        let values: Vec<_> = axis
            .values
            .iter()
            .filter(|value| pick.is_none_or(|pick| print(value) == *pick))
            .collect();
        if let (true, Some(pick)) = (values.is_empty(), pick) {
            let known: Vec<_> = axis
                .values
                .iter()
                .map(|value| format!("`{}`", print(value)))
                .collect();
            return Err(Box::new(
                Finding::new(
                    Code::T106,
                    axis.span,
                    format!(
                        "`--matrix {}={pick}` picks no value of the matrix",
                        axis.name
                    ),
                )
                .help(format!("`{}` is one of {}", axis.name, known.join(", "))),
            ));
        }
        chosen.push((axis, values));
    }
    let count = chosen
        .iter()
        .try_fold(1usize, |count, (_, values)| count.checked_mul(values.len()));
    if count.is_none_or(|count| count > MAX_COMBINATIONS) {
        let sizes: Vec<_> = chosen
            .iter()
            .map(|(_, values)| values.len().to_string())
            .collect();
        let span = axes.first().map_or(Span::at(0), |axis| axis.span);
        return Err(Box::new(
            Finding::new(
                Code::T109,
                span,
                format!(
                    "the matrix has {} combinations; a file may have {MAX_COMBINATIONS}",
                    sizes.join(" × ")
                ),
            )
            .help("pick some of them with `--matrix name=value`"),
        ));
    }
    let mut combinations: Vec<Combination> = vec![Vec::new()];
    for (axis, values) in chosen {
        combinations = combinations
            .into_iter()
            .flat_map(|before| {
                values.iter().map(move |value| {
                    let mut next = before.clone();
                    next.push((axis.name.clone(), (*value).clone()));
                    next
                })
            })
            .collect();
    }
    Ok(combinations)
}

/// How a run of this combination is named after its test: `[os=a, db=b]`.
pub fn label<'a>(combination: impl IntoIterator<Item = (&'a str, &'a Value)>) -> String {
    let parts: Vec<_> = combination
        .into_iter()
        .map(|(name, value)| format!("{name}={}", print(value)))
        .collect();
    format!("[{}]", parts.join(", "))
}

/// A value as a template prints it, and as a pick names it.
fn print(value: &Value) -> String {
    match value.kind() {
        ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => value.to_string(),
        _ => {
            let mut text = String::new();
            print_scalar(value, &mut text);
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(name: &str, values: &[&str]) -> Option<Axis> {
        let values = values.iter().copied().map(Value::from).collect::<Value>();
        Axis::new(name.into(), Span::new(0, 1), &values)
    }

    fn labels(axes: &[Axis], picks: &[(&str, &str)]) -> Result<Vec<String>, Code> {
        let picks = picks
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let name = |c: Combination| label(c.iter().map(|(name, value)| (&**name, value)));
        combinations(axes, &picks)
            .map(|all| all.into_iter().map(name).collect())
            .map_err(|finding| finding.code)
    }

    #[test]
    fn every_combination_once_the_last_axis_fastest() {
        let axes: Vec<_> = [axis("os", &["a", "b"]), axis("db", &["x", "y", "x"])]
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(
            labels(&axes, &[]),
            Ok([
                "[os=a, db=x]",
                "[os=a, db=y]",
                "[os=b, db=x]",
                "[os=b, db=y]"
            ]
            .map(String::from)
            .to_vec())
        );
        assert_eq!(
            labels(&axes, &[("os", "b"), ("db", "y"), ("other", "z")]),
            Ok(vec!["[os=b, db=y]".to_owned()])
        );
        assert_eq!(labels(&axes, &[("os", "c")]), Err(Code::T106));
    }

    #[test]
    fn at_most_256() {
        let names: Vec<String> = (0..17).map(|n| n.to_string()).collect();
        let values: Vec<&str> = names.iter().map(String::as_str).collect();
        let grid = |a: usize, b: usize| -> Vec<Axis> {
            [axis("a", &values[..a]), axis("b", &values[..b])]
                .into_iter()
                .flatten()
                .collect()
        };
        assert_eq!(labels(&grid(16, 16), &[]).map(|all| all.len()), Ok(256));
        assert_eq!(labels(&grid(16, 17), &[]), Err(Code::T109));
        assert_eq!(
            labels(&grid(16, 17), &[("b", "3")]).map(|all| all.len()),
            Ok(16)
        );
        let many: Vec<_> = (0..80).filter_map(|_| axis("a", &["x", "y"])).collect();
        assert_eq!(labels(&many, &[]), Err(Code::T109));
    }

    #[test]
    fn an_empty_axis_takes_no_part_and_a_lone_value_is_a_list_of_one() {
        assert!(axis("a", &[]).is_none());
        let lone = Axis::new("a".into(), Span::at(0), &Value::from(7));
        assert_eq!(lone.map(|axis| axis.values.len()), Some(1));
    }
}
