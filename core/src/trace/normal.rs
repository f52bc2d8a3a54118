//! A trace without what differs from run to run, so that two runs can be compared.
//!
//! Ids are renamed in order of appearance, times begin at one second, attributes and events are
//! sorted, and attributes that tell one process from another are left out. Spans stand below their
//! parents, siblings by start, name and content: an order that has nothing to do with the ids that
//! were drawn.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::fnv::Fnv;
use super::model::{Attributes, Id, Resource, Span, Trace, Value};
use super::tree::Tree;
use super::write;
use crate::digest::Digest;

/// Attributes that differ from run to run.
const VOLATILE: [&str; 20] = [
    "process.pid",
    "process.parent_pid",
    "process.creation.time",
    "process.start_time",
    "thread.id",
    "host.name",
    "host.id",
    "host.ip",
    "host.mac",
    "container.id",
    "container.name",
    "k8s.pod.uid",
    "k8s.pod.name",
    "service.instance.id",
    "telemetry.sdk.instance.id",
    "net.sock.peer.port",
    "network.peer.port",
    "network.local.port",
    "client.port",
    "net.peer.port",
];

/// From here on systems choose ports freely.
const FREE_PORTS: i64 = 32_768;

/// Where times begin: 0 is no time.
const BEGIN: u64 = 1_000_000_000;

impl Trace {
    /// The trace without what differs from run to run. `frozen`: the clock of the test stood still, so
    /// that times mean nothing and are left out.
    #[must_use]
    pub fn normalized(&self, frozen: bool) -> Self {
        let mut spans: Vec<Span> = self.spans.iter().map(clean).collect();
        settle_times(&mut spans, frozen);
        // Where ids are shared or parents form a ring the first span counts: the first of these, not of
        // the file.
        spans.sort_by_cached_key(|span| (span.start, span.name.clone(), content(span), span.end));
        let tree = Tree::new(&spans);
        let order = order(&spans, &tree);
        let mut trace_ids: HashMap<Option<Id>, Id> = HashMap::new();
        let mut ids: Vec<Id> = vec![Arc::from(""); spans.len()];
        for (number, at) in order.iter().enumerate() {
            ids[*at] = format!("{:016x}", number + 1).into();
            let next = trace_ids.len() + 1;
            trace_ids
                .entry(spans[*at].trace_id.clone())
                .or_insert_with(|| format!("{next:032x}").into());
        }
        let known: HashMap<(Option<Id>, Id), usize> = (0..spans.len())
            .rev()
            .filter_map(|at| Some(((spans[at].trace_id.clone(), spans[at].id.clone()?), at)))
            .collect();
        // Ids that are not in the trace are renamed, too, apart from the others.
        let mut remote: HashMap<(Option<Id>, Id), Id> = HashMap::new();
        let mut rename = |trace: &Option<Id>, id: Id| {
            let id = (trace.clone(), id);
            if let Some(target) = known.get(&id) {
                return ids[*target].clone();
            }
            let next = remote.len() + 1;
            let name = || format!("f{next:015x}").into();
            remote.entry(id).or_insert_with(name).clone()
        };
        let mut renamed = Vec::with_capacity(spans.len());
        for at in order {
            let mut span = std::mem::take(&mut spans[at]);
            let parent = span.parent_id.take();
            span.parent_id = parent.map(|id| rename(&span.trace_id, id));
            for link in &mut span.links {
                let id = link.span_id.take();
                link.span_id = id.map(|id| rename(&link.trace_id, id));
                link.trace_id = trace_ids.get(&link.trace_id).cloned();
            }
            span.id = Some(ids[at].clone());
            span.trace_id = trace_ids.get(&span.trace_id).cloned();
            renamed.push(span);
        }
        Self { spans: renamed }
    }

    /// The digest of the normalised trace, times left out.
    #[must_use]
    pub fn digest(&self, frozen: bool) -> Digest {
        let mut normal = self.normalized(frozen);
        for span in &mut normal.spans {
            (span.start, span.end) = (None, None);
            span.events.iter_mut().for_each(|event| event.time = None);
        }
        Digest::of(write::to_json(&normal).as_bytes())
    }

    /// The normalised trace as OTLP JSON, a span a line.
    #[must_use]
    pub fn baseline(&self, frozen: bool) -> String {
        write::to_json(&self.normalized(frozen))
    }
}

/// Without volatile attributes; what is left is sorted.
fn clean(span: &Span) -> Span {
    let mut span = span.clone();
    let mut resource = Resource::clone(&span.resource);
    clean_attributes(&mut resource.attributes);
    span.resource = Arc::new(resource);
    clean_attributes(&mut span.attributes);
    for event in &mut span.events {
        clean_attributes(&mut event.attributes);
    }
    for link in &mut span.links {
        clean_attributes(&mut link.attributes);
    }
    span.events.sort_by_cached_key(|event| {
        (
            event.time,
            event.name.clone(),
            format!("{:?}", event.attributes),
        )
    });
    span
}

fn clean_attributes(attributes: &mut Attributes) {
    attributes.retain(|(name, value)| !is_volatile(name, value));
    for (_, value) in attributes.iter_mut() {
        if let Value::Text(text) = value
            && let Some(plain) = without_free_port(text)
        {
            *text = plain.into();
        }
    }
    // Of several of one name the last one counts.
    attributes.reverse();
    attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
    attributes.dedup_by(|(later, _), (first, _)| later == first);
}

fn is_volatile(name: &str, value: &Value) -> bool {
    let is_free_port = || {
        let port = match value {
            Value::Int(port) => Some(*port),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        name.ends_with(".port") && port.is_some_and(|port| (FREE_PORTS..65_536).contains(&port))
    };
    VOLATILE.contains(&name) || is_free_port()
}

/// `http://127.0.0.1:49153/x` without the port that the system chose; `None` if there is none.
fn without_free_port(text: &str) -> Option<String> {
    let mut from = 0;
    let mut plain = String::new();
    for (at, _) in text.match_indices(':') {
        let digits = &text[at + 1..];
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        let ends = !digits[length..].starts_with(|next: char| next.is_alphanumeric());
        let is_host = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"]
            .iter()
            .any(|host| text[..at].ends_with(host));
        if length != 5 || !ends || !is_host {
            continue;
        }
        let Ok(port) = digits[..length].parse::<i64>() else {
            continue;
        };
        if (FREE_PORTS..65_536).contains(&port) {
            plain.push_str(&text[from..=at]);
            plain.push('*');
            from = at + 1 + length;
        }
    }
    if from == 0 {
        return None;
    }
    plain.push_str(&text[from..]);
    Some(plain)
}

fn settle_times(spans: &mut [Span], frozen: bool) {
    let times = spans.iter().flat_map(|span| {
        let events = span.events.iter().filter_map(|event| event.time);
        [span.start, span.end].into_iter().flatten().chain(events)
    });
    let first = times.min().unwrap_or(0);
    let settle = |time: &mut Option<u64>| {
        *time = time
            .filter(|_| !frozen)
            .map(|time| (time - first).saturating_add(BEGIN));
    };
    for span in spans {
        settle(&mut span.start);
        settle(&mut span.end);
        span.events
            .iter_mut()
            .for_each(|event| settle(&mut event.time));
    }
}

/// Spans below their parents, siblings by start, name and content; traces by their first roots. Of what
/// is alike in all of that the order of what stands below decides, then the times.
fn order(spans: &[Span], tree: &Tree) -> Vec<usize> {
    let (own, below) = hashes(spans, tree);
    // Roots that are alike otherwise: first those without a parent, then those whose parent is outside
    // the trace, then those that stand below themselves, short rings first.
    let beyond = |at: usize| match (tree.parent[at], tree.named[at]) {
        (Some(_), _) => 0,
        (None, None) => usize::from(spans[at].parent_id.is_some()),
        (None, Some(named)) => {
            let up = |at: &usize| tree.parent[*at];
            1 + std::iter::successors(Some(named), up).count()
        }
    };
    let key = |at: &usize, shapes: &[(u64, u64)]| {
        let span = &spans[*at];
        let (start, name) = (span.start, &*span.name);
        (start, name, below[*at], beyond(*at), shapes[*at])
    };
    // What is below each, in its order, without times and with them.
    let mut shapes = vec![(0_u64, 0_u64); spans.len()];
    let mut children = tree.children.clone();
    for at in tree.order.iter().rev() {
        children[*at].sort_by(|a, b| key(a, &shapes).cmp(&key(b, &shapes)));
        let (mut shape, mut timed) = (Fnv::default(), Fnv::default());
        own[*at].hash(&mut shape);
        (spans[*at].start, spans[*at].end).hash(&mut timed);
        for event in &spans[*at].events {
            event.time.hash(&mut timed);
        }
        for child in &children[*at] {
            shapes[*child].0.hash(&mut shape);
            shapes[*child].1.hash(&mut timed);
        }
        shapes[*at] = (shape.finish(), timed.finish());
    }
    let key = |at: &usize| key(at, &shapes);
    let mut traces: HashMap<&Option<Id>, Vec<usize>> = HashMap::new();
    for root in &tree.roots {
        traces
            .entry(&spans[*root].trace_id)
            .or_default()
            .push(*root);
    }
    let mut traces: Vec<Vec<usize>> = traces.into_values().collect();
    for roots in &mut traces {
        roots.sort_by(|a, b| key(a).cmp(&key(b)));
    }
    traces.sort_by(|a, b| a.iter().map(key).cmp(b.iter().map(key)));
    let mut order = Vec::with_capacity(spans.len());
    let mut open: Vec<usize> = traces.into_iter().flatten().rev().collect();
    while let Some(at) = open.pop() {
        order.push(at);
        open.extend(children[at].iter().rev());
    }
    order
}

/// For each span a hash of what it says, and one of that and everything below it. Times and ids have
/// no part in them, nor has the order of siblings.
pub(super) fn hashes(spans: &[Span], tree: &Tree) -> (Vec<u64>, Vec<u64>) {
    let own: Vec<u64> = spans.iter().map(content).collect();
    let mut below = own.clone();
    for at in tree.order.iter().rev() {
        let mut children: Vec<u64> = tree.children[*at].iter().map(|at| below[*at]).collect();
        children.sort_unstable();
        let mut hasher = Fnv::default();
        (own[*at], children).hash(&mut hasher);
        below[*at] = hasher.finish();
    }
    (own, below)
}

fn content(span: &Span) -> u64 {
    let mut hasher = Fnv::default();
    (&span.name, span.kind, span.status, &span.status_message).hash(&mut hasher);
    hash_attributes(&span.attributes, &mut hasher);
    span.events.len().hash(&mut hasher);
    for event in &span.events {
        event.name.hash(&mut hasher);
        hash_attributes(&event.attributes, &mut hasher);
    }
    span.links.len().hash(&mut hasher);
    for link in &span.links {
        hash_attributes(&link.attributes, &mut hasher);
    }
    hash_attributes(&span.resource.attributes, &mut hasher);
    (&span.scope.name, &span.scope.version).hash(&mut hasher);
    hasher.finish()
}

fn hash_attributes(attributes: &[(Arc<str>, Value)], hasher: &mut Fnv) {
    attributes.len().hash(hasher);
    for (name, value) in attributes {
        name.hash(hasher);
        hash_value(value, hasher);
    }
}

fn hash_value(value: &Value, hasher: &mut Fnv) {
    value.kind().hash(hasher);
    match value {
        Value::Empty => {}
        Value::Text(text) => text.hash(hasher),
        Value::Bool(value) => value.hash(hasher),
        Value::Int(number) => number.hash(hasher),
        Value::Float(number) => number.to_bits().hash(hasher),
        Value::Bytes(bytes) => bytes.hash(hasher),
        Value::List(values) => {
            values.len().hash(hasher);
            values.iter().for_each(|value| hash_value(value, hasher));
        }
        Value::Map(entries) => hash_attributes(entries, hasher),
    }
}

#[cfg(test)]
mod tests;
