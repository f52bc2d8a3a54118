//! Legacy constraints on an attribute, wherever it occurs.

use regex::Regex;

use super::verdict::{Check, Failure, Kind, Nearest};
use super::{Context, attributes, words};
use crate::config::model::AttributeRule;
use crate::diagnostic::Code;
use crate::source::Span as Place;
use crate::trace::{Value, find};

pub(super) fn check(context: &Context<'_>, checks: &mut Vec<Check>) {
    for rule in &context.expect.attributes {
        checks.push(judge(context, rule));
    }
}

fn judge(context: &Context<'_>, rule: &AttributeRule) -> Check {
    let name = &rule.name.value;
    let index = &context.index;
    let mut check = Check::new(
        Kind::Attribute,
        format!("attribute `{name}`"),
        rule.name.span,
    );
    let pattern = match rule
        .pattern
        .as_ref()
        .map(|text| (Regex::new(&text.value), text))
    {
        None => None,
        Some((Ok(regex), text)) => Some((regex, text)),
        Some((Err(_), text)) => {
            let message = format!("not evaluated: `{}` cannot be compiled", text.value);
            check.leave(text.span, message, None);
            return check;
        }
    };
    // An attribute of the resource is one of each of its spans.
    let occurrences: Vec<(u32, &Value)> = index
        .spans()
        .flat_map(|(at, span)| {
            let of_resource = find(&span.resource.attributes, name);
            [span.attribute(name), of_resource].map(|found| found.map(|value| (at, value)))
        })
        .flatten()
        .collect();
    if occurrences.is_empty() {
        let title = check.title.clone();
        check.fail(Failure::new(
            Code::E104,
            rule.name.span,
            format!("no span has an attribute `{name}`"),
            title,
            "no such attribute",
        ));
        return check;
    }
    let mut judge = |place: Place, wanted: String, meets: &dyn Fn(&Value) -> bool| {
        let mut wrong = occurrences.iter().filter(|(_, value)| !meets(value));
        let Some((at, value)) = wrong.next() else {
            return;
        };
        let number = wrong.count() + 1;
        let found = attributes::found(Some(value));
        let message = format!(
            "the attribute `{name}` of span `{}` is {found}, not {wanted} ({number} of {})",
            index.span(*at).name,
            words::count(occurrences.len(), "value"),
        );
        let nearest = Nearest::span(index, *at);
        check.fail(Failure::new(Code::E104, place, message, wanted, found).nearest(nearest));
    };
    if let Some(kind) = &rule.data_type {
        let wanted = format!("of type {}", kind.value);
        judge(kind.span, wanted, &|value| value.kind() == kind.value);
    }
    if let Some(range) = &rule.range {
        judge(range.span, words::bounds(range), &|value| {
            value.number().is_some_and(|number| range.admit(number))
        });
    }
    if let Some((regex, text)) = &pattern {
        let wanted = format!("matched by `{}`", text.value);
        judge(text.span, wanted, &|value| match value {
            Value::Empty | Value::List(_) | Value::Map(_) => false,
            value => regex.is_match(&value.to_string()),
        });
    }
    if let Some(first) = rule.allowed.first() {
        let allowed = rule.allowed.iter();
        let wanted = allowed.map(|value| attributes::expected(&value.value));
        let wanted = format!("one of {}", words::few(wanted, rule.allowed.len()));
        judge(first.span, wanted, &|value| {
            let mut allowed = rule.allowed.iter();
            allowed.any(|expected| attributes::equal(&expected.value, value))
        });
    }
    check
}
