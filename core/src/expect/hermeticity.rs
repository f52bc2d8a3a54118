//! `[expect.hermeticity]`: that nothing reaches outside.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::verdict::{Check, Failure, Kind, Nearest};
use super::{Context, attributes, peers, words};
use crate::config::model::{Attribute, Pattern, Spanned};
use crate::diagnostic::Code;
use crate::source::Span as Place;
use crate::trace::find;

/// Hosts told apart; the rest is counted.
const SHOWN: usize = 20;

pub(super) fn check(context: &Context<'_>, checks: &mut Vec<Check>) {
    let hermeticity = &context.expect.hermeticity;
    let promised = [
        hermeticity.no_external_services,
        context.file.assertions.hermetic,
    ];
    if let Some(promise) = promised.into_iter().flatten().find(|promise| promise.value) {
        checks.push(external(context, promise.span));
    }
    for attribute in &hermeticity.resource_attrs {
        checks.push(resource(context, attribute));
    }
    for key in &hermeticity.forbid_keys {
        checks.push(forbidden(context, key));
    }
}

/// No span names a peer outside the test.
fn external(context: &Context<'_>, place: Place) -> Check {
    let index = &context.index;
    let mut check = Check::new(Kind::Hermeticity, "no external services", place);
    // Each attribute with a host outside, its first span, and how many there are.
    let mut found: BTreeMap<(&str, String), (u32, usize)> = BTreeMap::new();
    for (at, span) in index.spans() {
        for (key, value) in &span.attributes {
            for peer in peers::outside(key, value, context.file, context.surroundings) {
                let entry = found.entry((key, peer)).or_insert((at, 0));
                entry.1 += 1;
            }
        }
    }
    let hosts = found.len();
    for ((key, peer), (at, number)) in found.into_iter().take(SHOWN) {
        let span = index.span(at);
        let message = format!(
            "span `{}` reaches `{peer}`, which is outside the test",
            span.name
        );
        let message = if number > 1 {
            format!("{message} ({} do)", words::count(number, "span"))
        } else {
            message
        };
        let value = attributes::found(span.attribute(key));
        check.fail(
            Failure::new(
                Code::E701,
                place,
                message,
                "only services of the test, and the loopback",
                format!("{key} = {value}"),
            )
            .nearest(Nearest::span(index, at)),
        );
    }
    if hosts > SHOWN {
        let message = format!("{} more hosts outside the test are reached", hosts - SHOWN);
        check.fail(Failure::new(
            Code::E701,
            place,
            message,
            "only services of the test, and the loopback",
            words::count(hosts, "host"),
        ));
    }
    check
}

/// The resource of every span has this attribute.
fn resource(context: &Context<'_>, attribute: &Attribute) -> Check {
    let index = &context.index;
    let name = &attribute.name.value;
    let place = attribute.value.span;
    let mut check = Check::new(Kind::Hermeticity, format!("resource `{name}`"), place);
    // Spans of one resource share it: each is looked at once.
    let mut known: HashSet<(*const crate::trace::Resource, bool)> = HashSet::new();
    let mut wrong: Vec<u32> = Vec::new();
    for (at, span) in index.spans() {
        let resource = Arc::as_ptr(&span.resource);
        let meets = if known.contains(&(resource, true)) {
            true
        } else if known.contains(&(resource, false)) {
            false
        } else {
            let found = find(&span.resource.attributes, name);
            let meets = attributes::meets(&attribute.value.value, found);
            known.insert((resource, meets));
            meets
        };
        if !meets {
            wrong.push(at);
        }
    }
    if let Some(first) = wrong.first() {
        let span = index.span(*first);
        let wanted = attributes::wanted(&attribute.value.value);
        let found = attributes::found(find(&span.resource.attributes, name));
        let message = format!(
            "`{name}` of the resource of span `{}` is {found}, not {wanted} ({} of {})",
            span.name,
            wrong.len(),
            words::count(index.counted(), "span"),
        );
        check.fail(
            Failure::new(Code::E702, place, message, wanted, found)
                .nearest(Nearest::span(index, *first)),
        );
    }
    check
}

/// No span has an attribute of this name.
fn forbidden(context: &Context<'_>, key: &Spanned<Pattern>) -> Check {
    let index = &context.index;
    let name = key.value.as_str();
    let mut check = Check::new(
        Kind::Hermeticity,
        format!("no attribute `{name}`"),
        key.span,
    );
    let holders: Vec<(u32, &str)> = index
        .spans()
        .filter_map(|(at, span)| {
            let mut keys = span.attributes.iter().map(|(key, _)| &**key);
            Some((at, keys.find(|found| key.value.matches(found))?))
        })
        .collect();
    if let Some((at, found)) = holders.first() {
        let span = index.span(*at);
        let message = format!("span `{}` has the forbidden attribute `{found}`", span.name);
        let message = if holders.len() > 1 {
            format!("{message} ({} do)", words::count(holders.len(), "span"))
        } else {
            message
        };
        let told = holders
            .iter()
            .map(|(at, key)| format!("`{key}` on {}", words::span(index.span(*at))));
        check.fail(
            Failure::new(
                Code::E703,
                key.span,
                message,
                format!("no attribute `{name}`"),
                words::few(told, holders.len()),
            )
            .nearest(Nearest::span(index, *at)),
        );
    }
    check
}
