//! How filters, tests and functions are declared and called.
//!
//! Each is one [`Callable`]: its names, its parameters (the same table feeds argument checks,
//! completion and hover) and a plain function from [`Args`] to a value. What they need of the world
//! (seeded random numbers, the frozen clock, environment variables, fuel) they ask of the [`Host`].

use minijinja::Value;

use super::host::Host;
use super::json;

/// A parameter of a callable.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name, as authors write it.
    pub name: &'static str,
    /// Other names that are accepted.
    pub aliases: &'static [&'static str],
    /// The default as authors would write it; `None` if the parameter must be given, `Some("")` if
    /// it may be left out without having a value of its own.
    pub default: Option<&'static str>,
}

/// A required parameter.
#[must_use]
pub const fn required(name: &'static str) -> Param {
    Param {
        name,
        aliases: &[],
        default: None,
    }
}

/// An optional parameter, with its default as authors would write it.
#[must_use]
pub const fn optional(name: &'static str, default: &'static str) -> Param {
    Param {
        name,
        aliases: &[],
        default: Some(default),
    }
}

impl Param {
    /// The same parameter under further names.
    #[must_use]
    pub const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
}

/// A filter, a test or a function.
#[derive(Clone, Copy, Debug)]
pub struct Callable {
    /// Its name.
    pub name: &'static str,
    /// Its parameters, in the order of positional arguments. For a filter or a test the value it is
    /// applied to is not among them.
    pub params: &'static [Param],
    /// What it does, in one sentence of Markdown.
    pub doc: &'static str,
    /// Whether Tera 1.20 knows it too; if not, a template that uses it is ours alone.
    pub tera: bool,
    /// What it does. For a filter or a test the value it is applied to is [`Args::subject`].
    pub call: fn(&Args<'_>, &Host) -> Result<Value, CallError>,
}

impl Callable {
    /// One that Tera 1.20 has as well.
    pub(super) const fn tera(
        name: &'static str,
        params: &'static [Param],
        doc: &'static str,
        call: fn(&Args<'_>, &Host) -> Result<Value, CallError>,
    ) -> Self {
        Self {
            name,
            params,
            doc,
            tera: true,
            call,
        }
    }

    /// One of ours.
    pub(super) const fn ours(
        name: &'static str,
        params: &'static [Param],
        doc: &'static str,
        call: fn(&Args<'_>, &Host) -> Result<Value, CallError>,
    ) -> Self {
        Self {
            name,
            params,
            doc,
            tera: false,
            call,
        }
    }
}

/// How many callables the groups hold together.
pub(super) const fn count(groups: &[&[Callable]]) -> usize {
    let (mut total, mut group) = (0, 0);
    while group < groups.len() {
        total += groups[group].len();
        group += 1;
    }
    total
}

/// One table of the `groups`, which each module of a family declares by itself. `N` is their
/// [`count`].
pub(super) const fn join<const N: usize>(groups: &[&[Callable]]) -> [Callable; N] {
    let mut all = [groups[0][0]; N];
    let (mut next, mut group) = (0, 0);
    while group < groups.len() {
        let mut at = 0;
        while at < groups[group].len() {
            all[next] = groups[group][at];
            next += 1;
            at += 1;
        }
        group += 1;
    }
    all
}

/// The arguments of one call, matched to the parameters. Values are never undefined.
#[derive(Debug)]
pub struct Args<'a> {
    /// The value a filter or a test is applied to; undefined for a function.
    pub subject: Value,
    /// The parameters of the callable.
    pub params: &'static [Param],
    /// One for each parameter: what was given.
    pub values: &'a [Option<Value>],
}

/// Why a call failed. Messages are lower case, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// `T106`: an argument, or the subject, is wrong. Names the parameter if it is one.
    #[error("{message}")]
    Argument {
        /// Which parameter.
        param: Option<&'static str>,
        /// What is wrong with it.
        message: String,
    },
    /// `T109`: the call would exceed a limit.
    #[error("{0}")]
    Limit(String),
    /// `T110`: the template asked to fail.
    #[error("{0}")]
    Thrown(String),
    /// `T102`: there is no value, and that is an error only where it is used. The engine turns this
    /// into an undefined value that carries the message: a `default` filter catches it, `if` takes it
    /// for false, and printing it reports the message.
    #[error("{message}")]
    Undefined {
        /// Why there is no value.
        message: String,
    },
}

impl CallError {
    /// The subject, or the call as a whole, is wrong.
    pub fn subject(message: impl Into<String>) -> Self {
        Self::Argument {
            param: None,
            message: message.into(),
        }
    }

    /// One argument is wrong.
    pub fn argument(param: &'static str, message: impl Into<String>) -> Self {
        Self::Argument {
            param: Some(param),
            message: message.into(),
        }
    }
}

impl Args<'_> {
    /// The argument for the parameter `name`, which must be one of the callable's.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.params.iter().position(|param| param.name == name)?;
        self.values.get(at)?.as_ref()
    }

    /// A required argument.
    ///
    /// # Errors
    /// When it was not given. (The engine has checked that before the call.)
    pub fn require(&self, name: &'static str) -> Result<&Value, CallError> {
        self.get(name)
            .ok_or_else(|| CallError::argument(name, format!("missing argument `{name}`")))
    }

    /// An optional text.
    ///
    /// # Errors
    /// When it is no text.
    pub fn str(&self, name: &'static str) -> Result<Option<&str>, CallError> {
        self.get(name)
            .map(|value| {
                value
                    .as_str()
                    .ok_or_else(|| wrong_type(name, "a string", value))
            })
            .transpose()
    }

    /// An optional whole number.
    ///
    /// # Errors
    /// When it is no whole number that fits.
    pub fn int(&self, name: &'static str) -> Result<Option<i64>, CallError> {
        self.get(name)
            .map(|value| {
                json::whole(value)
                    .and_then(|number| i64::try_from(number).ok())
                    .ok_or_else(|| wrong_type(name, "a whole number", value))
            })
            .transpose()
    }

    /// An optional count or position: a whole number that is not negative.
    ///
    /// # Errors
    /// When it is none.
    pub fn size(&self, name: &'static str) -> Result<Option<usize>, CallError> {
        self.get(name)
            .map(|value| {
                json::whole(value)
                    .and_then(|number| usize::try_from(number).ok())
                    .ok_or_else(|| wrong_type(name, "a whole number of at least 0", value))
            })
            .transpose()
    }

    /// An optional number, whole or not.
    ///
    /// # Errors
    /// When it is none.
    pub fn float(&self, name: &'static str) -> Result<Option<f64>, CallError> {
        self.get(name)
            .map(|value| {
                json::number(value)
                    .map(json::Number::as_f64)
                    .ok_or_else(|| wrong_type(name, "a number", value))
            })
            .transpose()
    }

    /// An optional boolean.
    ///
    /// # Errors
    /// When it is no boolean.
    pub fn bool(&self, name: &'static str) -> Result<Option<bool>, CallError> {
        self.get(name)
            .map(|value| {
                (value.kind() == minijinja::value::ValueKind::Bool)
                    .then(|| value.is_true())
                    .ok_or_else(|| wrong_type(name, "true or false", value))
            })
            .transpose()
    }
}

pub(super) fn wrong_type(name: &'static str, wanted: &str, found: &Value) -> CallError {
    CallError::argument(
        name,
        format!("`{name}` must be {wanted}, not {}", describe(found)),
    )
}

/// A value as a message names it: its kind, and the value itself where that is short.
#[must_use]
pub fn describe(value: &Value) -> String {
    use minijinja::value::ValueKind;
    match value.kind() {
        ValueKind::Undefined => "undefined".into(),
        ValueKind::None => "null".into(),
        ValueKind::Bool => format!("the boolean {value}"),
        ValueKind::Number => {
            let mut text = String::new();
            json::print_scalar(value, &mut text);
            format!("the number {text}")
        }
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            if text.chars().count() <= 40 {
                format!("the string {text:?}")
            } else {
                "a long string".into()
            }
        }
        ValueKind::Seq | ValueKind::Iterable => "an array".into(),
        ValueKind::Map => "an object".into(),
        _ => "a value of another kind".into(),
    }
}
