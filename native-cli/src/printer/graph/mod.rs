//! A test or a trace as a picture: text for a terminal, `dot` for graphviz, Mermaid for Markdown, SVG
//! for a browser. The model is the core's; here it gets a form.

mod dot;
mod layout;
mod mermaid;
mod svg;
mod text;

use clnrm_core::graph::{Edge, EdgeKind, Graph, Node, NodeKind};

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::{MAX_NODES, svg};
pub use text::text;

/// Every kind of node, in the order in which they are shown.
const KINDS: [NodeKind; 4] = [
    NodeKind::Service,
    NodeKind::Scenario,
    NodeKind::Step,
    NodeKind::Span,
];

/// What a kind is called, one and many.
const fn kind(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Service => ("service", "services"),
        NodeKind::Scenario => ("scenario", "scenarios"),
        NodeKind::Step => ("step", "steps"),
        NodeKind::Span => ("span", "spans"),
    }
}

/// The things of each kind that there is, with their places in the graph.
fn by_kind(graph: &Graph) -> impl Iterator<Item = (NodeKind, Vec<(usize, &Node)>)> {
    KINDS.into_iter().filter_map(|kind| {
        let nodes = graph.nodes.iter().enumerate();
        let nodes: Vec<_> = nodes.filter(|(_, node)| node.kind == kind).collect();
        (!nodes.is_empty()).then_some((kind, nodes))
    })
}

/// How two things hang together, said of the first.
const fn relation(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::DependsOn => "depends on",
        EdgeKind::RunsIn => "runs in",
        EdgeKind::Has => "has the step",
        EdgeKind::Then => "then",
        EdgeKind::WaitsFor => "waits for span",
        EdgeKind::Parent => "is parent of",
        EdgeKind::MustInclude => "must include",
        EdgeKind::MustReach => "must reach",
        EdgeKind::MustNotCross => "must not cross",
        EdgeKind::MustPrecede => "must precede",
        EdgeKind::Contains => "contains in time",
    }
}

/// The name of a thing; of one without a name what it is.
fn name(node: &Node) -> &str {
    if node.name.is_empty() {
        kind(node.kind).0
    } else {
        &node.name
    }
}

/// The edges between each two things as one, in order: pictures have room for one line only.
fn bundled(graph: &Graph) -> Vec<(usize, usize, Vec<EdgeKind>)> {
    let mut places = std::collections::HashMap::new();
    let mut bundles: Vec<(usize, usize, Vec<EdgeKind>)> = Vec::new();
    for Edge { from, to, kind, .. } in &graph.edges {
        let at = *places.entry((*from, *to)).or_insert_with(|| {
            bundles.push((*from, *to, Vec::new()));
            bundles.len() - 1
        });
        bundles[at].2.push(*kind);
    }
    bundles
}

/// What a line between two things says.
fn caption(kinds: &[EdgeKind]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| relation(*kind)).collect();
    words.join(", ")
}

/// Whether two things of a bundle hang together by what is forbidden.
fn forbidden(kinds: &[EdgeKind]) -> bool {
    kinds.contains(&EdgeKind::MustNotCross)
}
