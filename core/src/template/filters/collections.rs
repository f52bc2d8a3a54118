//! Filters on arrays.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use minijinja::Value;
use minijinja::value::ValueKind;

use super::super::call::{Args, CallError, Callable, describe, optional, required};
use super::super::host::Host;
use super::super::json::{self, Number, Text};
use super::{array_length, items, missing, unescaped};

pub(super) const FILTERS: &[Callable] = &[
    Callable::tera(
        "first",
        &[],
        "The first item of the array; empty text if there is none.",
        |args, _| at(args, array_length(args)?.min(1).checked_sub(1)),
    ),
    Callable::tera(
        "last",
        &[],
        "The last item of the array; empty text if there is none.",
        |args, _| at(args, array_length(args)?.checked_sub(1)),
    ),
    Callable::tera(
        "nth",
        &[optional("n", "")],
        "The item at place `n` of the array, counted from 0; empty text if there is none.",
        nth,
    ),
    Callable::tera(
        "join",
        &[optional("sep", "\"\"")],
        "The items of the array as one text, with `sep` between them.",
        join,
    ),
    Callable::tera(
        "sort",
        &[optional("attribute", "\"\"")],
        "The array in ascending order, of its items or of their `attribute`.",
        sort,
    ),
    Callable::tera(
        "unique",
        &[
            optional("attribute", "\"\""),
            optional("case_sensitive", "false"),
        ],
        "The array without the items that are, or whose `attribute` is, there already.",
        unique,
    ),
    Callable::tera(
        "slice",
        &[optional("start", "0"), optional("end", "")],
        "The items of the array from `start` to before `end`; negative places count from its end.",
        slice,
    ),
    Callable::tera(
        "group_by",
        &[optional("attribute", "")],
        "An object of arrays: the items grouped by their `attribute`; those without it are left out.",
        group_by,
    ),
    Callable::tera(
        "filter",
        &[optional("attribute", ""), optional("value", "")],
        "The items whose `attribute` is `value`; without `value`, those that have one.",
        filter,
    ),
    Callable::tera(
        "map",
        &[optional("attribute", "")],
        "The `attribute` of each item that has one.",
        map,
    ),
    Callable::tera(
        "concat",
        &[required("with")],
        "The array followed by the items of `with`, or by `with` itself if that is no array.",
        concat,
    ),
];

fn empty() -> Value {
    Value::from("")
}

/// Required, yet Tera asks for it only when the array has items.
fn attribute<'a>(args: &'a Args<'_>) -> Result<&'a str, CallError> {
    args.str("attribute")?.ok_or_else(|| missing("attribute"))
}

/// The item at a place of the subject; empty text if it has none there.
fn at(args: &Args<'_>, place: Option<usize>) -> Result<Value, CallError> {
    let found = place.and_then(|place| json::item(&args.subject, place));
    Ok(found.unwrap_or_else(empty))
}

fn nth(args: &Args<'_>, _: &Host) -> Result<Value, CallError> {
    if array_length(args)? == 0 {
        return Ok(empty());
    }
    at(args, Some(args.size("n")?.ok_or_else(|| missing("n"))?))
}

fn join(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let items = items(args, host)?;
    let separator = unescaped(args.str("sep")?.unwrap_or_default());
    let mut out = Text::new(host);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(&separator)?;
        }
        out.print(item)?;
    }
    Ok(out.into())
}

/// What items are sorted by. All keys of one array are of the same kind.
#[derive(PartialEq)]
enum Key {
    Bool(bool),
    Number(f64),
    Text(String),
    Length(usize),
}

impl Key {
    fn of(value: &Value, host: &Host) -> Result<Self, CallError> {
        Ok(match value.kind() {
            ValueKind::Bool => Self::Bool(value.is_true()),
            ValueKind::Number => Self::Number(json::number(value).map_or(0.0, Number::as_f64)),
            ValueKind::String => {
                let text = value.as_str().unwrap_or_default();
                host.charge(text.len() as u64)?;
                Self::Text(text.to_owned())
            }
            ValueKind::Seq | ValueKind::Iterable => Self::Length(value.len().unwrap_or(0)),
            _ => {
                return Err(CallError::subject(format!(
                    "cannot put {} in order",
                    describe(value)
                )));
            }
        })
    }

    /// The order; `None` between different kinds.
    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => Some(a.total_cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Length(a), Self::Length(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

fn no_such(attribute: &str) -> CallError {
    CallError::argument(
        "attribute",
        format!("an item has no attribute `{attribute}`"),
    )
}

fn sort(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let items = items(args, host)?;
    if items.is_empty() {
        return Ok(items.into());
    }
    let attribute = args.str("attribute")?.unwrap_or_default();
    host.charge(40 * items.len() as u64)?;
    let mut keyed: Vec<(Key, Value)> = Vec::with_capacity(items.len());
    for item in items {
        let key = json::at_path(&item, attribute).ok_or_else(|| no_such(attribute))?;
        let key = Key::of(&key, host)?;
        if let Some((first, _)) = keyed.first()
            && first.order(&key).is_none()
        {
            return Err(CallError::subject(
                "cannot put values of different kinds in order",
            ));
        }
        keyed.push((key, item));
    }
    keyed.sort_by(|(a, _), (b, _)| a.order(b).unwrap_or(Ordering::Equal));
    Ok(keyed
        .into_iter()
        .map(|(_, item)| item)
        .collect::<Vec<_>>()
        .into())
}

fn unique(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let items = items(args, host)?;
    if items.is_empty() {
        return Ok(items.into());
    }
    let case_sensitive = args.bool("case_sensitive")?.unwrap_or(false);
    let attribute = args.str("attribute")?.unwrap_or_default();
    let first = json::at_path(&items[0], attribute).ok_or_else(|| no_such(attribute))?;
    let kind = first.kind();
    let unfit = |value: &Value| {
        CallError::subject(format!("cannot tell whether {} is unique", describe(value)))
    };
    match kind {
        ValueKind::Bool | ValueKind::String => {}
        ValueKind::Number if json::whole(&first).is_some() => {}
        _ => return Err(unfit(&first)),
    }
    let (mut texts, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    let mut kept = Vec::new();
    for item in items {
        let Some(key) = json::at_path(&item, attribute) else {
            continue;
        };
        if key.kind() != kind {
            return Err(CallError::subject(
                "cannot tell values of different kinds apart",
            ));
        }
        let new = match key.as_str() {
            Some(text) => {
                host.charge(3 * text.len() as u64)?;
                texts.insert(if case_sensitive {
                    text.to_owned()
                } else {
                    text.to_lowercase()
                })
            }
            None if kind == ValueKind::Bool => numbers.insert(i64::from(key.is_true())),
            None => numbers.insert(
                json::whole(&key)
                    .and_then(|number| i64::try_from(number).ok())
                    .ok_or_else(|| unfit(&key))?,
            ),
        };
        if new {
            kept.push(item);
        }
    }
    Ok(kept.into())
}

fn slice(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let mut items = items(args, host)?;
    if items.is_empty() {
        return Ok(items.into());
    }
    let length = items.len();
    let place = |place: Option<f64>, default: usize| match place {
        None => default,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "places beyond the array stop at its ends"
        )]
        Some(place) => {
            (if place < 0.0 {
                length as f64 + place
            } else {
                place
            }) as usize
        }
    };
    let start = place(args.float("start")?, 0);
    let end = place(args.float("end")?, length).min(length);
    if start >= end {
        return Ok(Vec::<Value>::new().into());
    }
    items.truncate(end);
    items.drain(..start);
    Ok(items.into())
}

fn group_by(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let items = items(args, host)?;
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    if !items.is_empty() {
        let attribute = attribute(args)?;
        for item in items {
            let Some(key) = json::at_path(&item, attribute).filter(|key| !key.is_none()) else {
                continue;
            };
            let mut text = Text::new(host);
            match key.as_str() {
                Some(key) => text.push(key)?,
                None => text.json(&key, false)?,
            }
            groups.entry(text.finish()).or_default().push(item);
        }
    }
    Ok(Value::from_pairs(groups))
}

fn filter(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let items = items(args, host)?;
    if items.is_empty() {
        return Ok(items.into());
    }
    let attribute = attribute(args)?;
    let wanted = args.get("value").filter(|value| !value.is_none());
    let mut kept = Vec::new();
    for item in items {
        let found = json::at_path(&item, attribute).filter(|found| !found.is_none());
        let keep = match (found, wanted) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(found), Some(wanted)) => json::same(&found, wanted, host)?,
        };
        if keep {
            kept.push(item);
        }
    }
    Ok(kept.into())
}

fn map(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let items = items(args, host)?;
    if items.is_empty() {
        return Ok(items.into());
    }
    let attribute = attribute(args)?;
    Ok(items
        .iter()
        .filter_map(|item| json::at_path(item, attribute))
        .filter(|found| !found.is_none())
        .collect::<Vec<_>>()
        .into())
}

fn concat(args: &Args<'_>, host: &Host) -> Result<Value, CallError> {
    let mut all = items(args, host)?;
    let with = args.get("with").ok_or_else(|| missing("with"))?;
    match json::items(with, host)? {
        Some(items) => all.extend(items),
        None => all.push(with.clone()),
    }
    Ok(all.into())
}
