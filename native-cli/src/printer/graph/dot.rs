//! The language of graphviz: `clnrm graph FILE --format dot | dot -Tpng`.

use std::fmt::Write as _;

use clnrm_core::graph::{Graph, NodeKind};

use super::super::text::clean;
use super::{bundled, by_kind, caption, forbidden, kind, name};

/// The graph as `dot` reads it. `title` stands above it.
pub fn dot(graph: &Graph, title: &str) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "digraph {} {{", quoted(title));
    let _ = writeln!(out, "  label={}; labelloc=t; rankdir=LR;", quoted(title));
    out.push_str("  graph [fontname=\"sans-serif\"];\n");
    out.push_str("  node [fontname=\"sans-serif\", shape=box, style=rounded];\n");
    out.push_str("  edge [fontname=\"sans-serif\", fontsize=10];\n");
    for (of_kind, nodes) in by_kind(graph) {
        let many = kind(of_kind).1;
        let _ = writeln!(out, "  subgraph cluster_{many} {{\n    label={many};");
        for (at, node) in nodes {
            let label = match &node.detail {
                Some(detail) => format!("{}\n{detail}", name(node)),
                None => name(node).to_owned(),
            };
            let shape = match of_kind {
                NodeKind::Service => ", shape=cylinder, style=solid",
                NodeKind::Scenario => ", style=\"rounded,bold\"",
                NodeKind::Step => "",
                NodeKind::Span => ", shape=oval, style=solid",
            };
            // What is only named has a broken line.
            let shape = if node.declared {
                shape
            } else {
                ", style=dashed"
            };
            let _ = writeln!(out, "    n{at} [label={}{shape}];", quoted(&label));
        }
        out.push_str("  }\n");
    }
    for (from, to, kinds) in bundled(graph) {
        let style = if forbidden(&kinds) {
            ", style=dashed, arrowhead=tee"
        } else {
            ""
        };
        let label = quoted(&caption(&kinds));
        let _ = writeln!(out, "  n{from} -> n{to} [label={label}{style}];");
    }
    out.push_str("}\n");
    out
}

/// A text in quotes. Graphviz knows escapes (`\N`, `\G`) in labels: a backslash of the text is none.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut lines = text
        .split('\n')
        .map(|line| clean(line).replace('\\', "\\\\").replace('"', "\\\""));
    if let Some(first) = lines.next() {
        out.push_str(&first);
    }
    for line in lines {
        out.push_str("\\n");
        out.push_str(&line);
    }
    out.push('"');
    out
}
