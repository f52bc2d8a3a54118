//! Filters, tests and functions by name, and how arguments meet their parameters.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::ast::{Argument, Call, Problem};
use super::call::Callable;
use super::{filters, functions, predicates};
use crate::diagnostic::{Code, short};
use crate::source::Span;
use crate::suggest::nearest;

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    Filter,
    Test,
    Function,
}

type Table = HashMap<&'static str, &'static Callable>;

impl Family {
    fn all(self) -> &'static [Callable] {
        match self {
            Self::Filter => filters::FILTERS,
            Self::Test => predicates::PREDICATES,
            Self::Function => functions::FUNCTIONS,
        }
    }

    fn table(self) -> &'static Table {
        static TABLES: [OnceLock<Table>; 3] = [const { OnceLock::new() }; 3];
        TABLES[self as usize].get_or_init(|| {
            self.all()
                .iter()
                .map(|callable| (callable.name, callable))
                .collect()
        })
    }

    /// The callable of that name.
    pub fn find(self, name: &str) -> Option<&'static Callable> {
        self.table().get(name).copied()
    }

    /// How a message names it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Test => "test",
            Self::Function => "function",
        }
    }

    const fn code(self) -> Code {
        match self {
            Self::Filter => Code::T104,
            Self::Test => Code::T105,
            Self::Function => Code::T103,
        }
    }

    /// What to say of a name that stands for nothing, without the help.
    pub fn unknown_again(self, name: &str, span: Span) -> Problem {
        Problem::new(
            self.code(),
            span,
            format!("unknown {} `{}`", self.word(), short(name)),
        )
    }

    /// What to say of a name that stands for nothing.
    pub fn unknown(self, name: &str, span: Span) -> Problem {
        let problem = self.unknown_again(name, span);
        let known = self.all().iter().map(|callable| callable.name);
        if let Some(near) = nearest(name, known) {
            return problem.meant(name, near);
        }
        let elsewhere = [Self::Filter, Self::Test, Self::Function]
            .into_iter()
            .find(|family| *family != self && family.find(name).is_some());
        match (name, elsewhere) {
            ("super", _) => problem.help("`super()` stands only within a block"),
            (_, Some(Self::Filter)) => {
                problem.help(format!("it is a filter: write `value | {name}`"))
            }
            (_, Some(Self::Test)) => problem.help(format!("it is a test: write `value is {name}`")),
            (_, Some(Self::Function)) => {
                problem.help(format!("it is a function: write `{name}(…)`"))
            }
            _ => problem,
        }
    }
}

/// A call, its arguments matched to the parameters.
pub(super) fn bind(
    family: Family,
    (name, name_span): (Arc<str>, Span),
    span: Span,
    arguments: Vec<Argument>,
) -> Call {
    let callable = family.find(&name);
    let mut call = Call {
        name,
        name_span,
        span,
        callable,
        arguments,
        bound: Vec::new(),
        lacks: false,
        problems: Vec::new(),
        surplus: Vec::new(),
    };
    let Some(callable) = callable else {
        return call;
    };
    call.bound = vec![None; callable.params.len()];
    let mut position = 0;
    let mut unknown = Vec::new();
    for (index, argument) in call.arguments.iter().enumerate() {
        let slot = match &argument.name {
            Some((name, _)) => callable
                .params
                .iter()
                .position(|param| param.name == &**name || param.aliases.contains(&&**name)),
            None => {
                // A positional one takes the next parameter that has no argument yet.
                while call.bound.get(position).is_some_and(Option::is_some) {
                    position += 1;
                }
                (position < callable.params.len()).then_some(position)
            }
        };
        match (slot, &argument.name) {
            (Some(slot), _) => call.bound[slot] = Some(index),
            (None, Some((name, span))) => {
                unknown.push(name.clone());
                call.surplus.push(surplus_name(
                    family.word(),
                    &call.name,
                    name,
                    *span,
                    callable.params.iter().map(|param| param.name),
                ));
            }
            (None, None) => {
                call.surplus.push(too_many(
                    family.word(),
                    &call.name,
                    argument.value.span,
                    callable.params.len(),
                ));
            }
        }
    }
    let params = callable.params.iter().zip(&call.bound);
    let missing: Vec<&str> = params
        .filter(|(param, bound)| bound.is_none() && param.default.is_none())
        .map(|(param, _)| param.name)
        .collect();
    call.lacks = !missing.is_empty();
    let problems = not_misnamed(missing, unknown).into_iter().map(|name| {
        let message = format!(
            "missing argument `{name}` of the {} `{}`",
            family.word(),
            call.name
        );
        Problem::new(Code::T106, call.span, message)
    });
    call.problems = problems.collect();
    call
}

/// Of the parameters that got no argument those that no argument of an unknown name was meant for:
/// each was meant for the one it resembles, or for any.
fn not_misnamed(mut missing: Vec<&str>, mut unknown: Vec<Arc<str>>) -> Vec<&str> {
    unknown.retain(|name| match nearest(name, missing.iter().copied()) {
        Some(meant) => {
            missing.retain(|name| *name != meant);
            false
        }
        None => true,
    });
    missing.drain(..unknown.len().min(missing.len()));
    missing
}

/// An argument that no parameter takes.
pub(super) fn surplus_name<'a>(
    word: &str,
    callee: &str,
    name: &str,
    span: Span,
    params: impl Iterator<Item = &'a str> + Clone,
) -> Problem {
    let problem = Problem::new(
        Code::T106,
        span,
        format!("the {word} `{callee}` has no parameter `{}`", short(name)),
    );
    if let Some(near) = nearest(name, params.clone()) {
        return problem.meant(name, near);
    }
    let params: Vec<_> = params.map(|name| format!("`{name}`")).collect();
    if params.is_empty() {
        problem.help("it takes none")
    } else {
        problem.help(format!("it takes {}", params.join(", ")))
    }
}

/// More arguments than there are parameters.
pub(super) fn too_many(word: &str, callee: &str, span: Span, params: usize) -> Problem {
    let count = match params {
        0 => "none".to_owned(),
        1 => "one".to_owned(),
        count => count.to_string(),
    };
    Problem::new(
        Code::T106,
        span,
        format!("too many arguments for the {word} `{callee}`: it takes {count}"),
    )
}
