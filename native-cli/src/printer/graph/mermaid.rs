//! Mermaid, which GitHub and GitLab draw in Markdown.

use std::fmt::Write as _;

use clnrm_core::graph::{Graph, NodeKind};

use super::super::text::{clean, fit};
use super::{bundled, by_kind, caption, forbidden, kind, name};

/// Columns of a label. Mermaid breaks no lines in front of what is long.
const LABEL: usize = 60;

/// The graph as a flowchart. `title` stands above it.
pub fn mermaid(graph: &Graph, title: &str) -> String {
    let mut out = String::new();
    // The head is YAML, of which JSON's strings are a part.
    let title = serde_json::Value::from(clean(title)).to_string();
    let _ = writeln!(out, "---\ntitle: {title}\n---\nflowchart LR");
    for (of_kind, nodes) in by_kind(graph) {
        let many = kind(of_kind).1;
        let _ = writeln!(out, "  subgraph {many}");
        for (at, node) in nodes {
            let mut label = escaped(name(node));
            if let Some(detail) = &node.detail {
                let _ = write!(label, "<br/>{}", escaped(detail));
            }
            let (open, close) = match of_kind {
                NodeKind::Service => ("[(", ")]"),
                NodeKind::Scenario => ("[[", "]]"),
                NodeKind::Step => ("[", "]"),
                NodeKind::Span => ("([", "])"),
            };
            let class = if node.declared { "" } else { ":::named" };
            let _ = writeln!(out, "    n{at}{open}\"{label}\"{close}{class}");
        }
        out.push_str("  end\n");
    }
    for (from, to, kinds) in bundled(graph) {
        let arrow = if forbidden(&kinds) { "-.-x" } else { "-->" };
        let _ = writeln!(out, "  n{from} {arrow}|{}| n{to}", caption(&kinds));
    }
    if graph.nodes.iter().any(|node| !node.declared) {
        out.push_str("  classDef named stroke-dasharray: 4 3\n");
    }
    out
}

/// A label: whatever could mean something to Mermaid, HTML or Markdown is written as its number.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for (place, character) in fit(&clean(text), LABEL).chars().enumerate() {
        // At the start `-` and `1.` would begin a list.
        let plain = match character {
            '.' | '-' => place > 3,
            '/' | ':' | ',' => true,
            other => !other.is_ascii_punctuation(),
        };
        if plain {
            out.push(character);
        } else {
            let _ = write!(out, "#{};", u32::from(character));
        }
    }
    out
}
