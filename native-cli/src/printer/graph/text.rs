//! The graph as a tree for a terminal: no line is wider than the screen.

use std::fmt::Write as _;

use clnrm_core::graph::{EdgeKind, Graph, NodeKind};

use super::super::Screen;
use super::super::text::{clean, count, fit};
use super::{by_kind, kind, name, relation};

/// Levels that are drawn; what lies deeper says how deep.
const DEEPEST: usize = 24;

/// The graph, kind by kind: beneath each thing what hangs on it.
pub fn text(graph: &Graph, title: &str, screen: &Screen) -> String {
    let strong = screen.styles.strong;
    let mut out = String::new();
    let title = fit(&clean(title), screen.width);
    let _ = writeln!(out, "{strong}{title}{strong:#}");
    let drawing = Drawing::new(graph, screen);
    let mut numbers = Vec::new();
    for (of_kind, nodes) in by_kind(graph) {
        let nodes: Vec<usize> = nodes.into_iter().map(|(at, _)| at).collect();
        let (one, many) = kind(of_kind);
        numbers.push(count(nodes.len(), one));
        // Steps stand beneath their scenario; those without one are on their own.
        let roots = nodes.iter().filter(|at| !drawing.beneath[**at]);
        let mut roots: Vec<usize> = roots.copied().collect();
        if of_kind == NodeKind::Step && roots.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{strong}{many}{strong:#}");
        let mut seen = vec![false; graph.nodes.len()];
        drawing.trees(&mut out, &roots, &mut seen);
        // What no root leads to lies on a circle.
        for at in nodes {
            if drawing.beneath[at] && of_kind == NodeKind::Span && !seen[at] {
                roots.clear();
                roots.push(at);
                drawing.trees(&mut out, &roots, &mut seen);
            }
        }
    }
    let faint = screen.styles.faint;
    let numbers = fit(&numbers.join(" · "), screen.width);
    let _ = writeln!(out, "\n{faint}{numbers}{faint:#}");
    out
}

/// A line beneath a thing.
#[derive(Clone, Copy)]
enum Line {
    /// Another thing, with its own lines beneath it.
    Thing(usize),
    /// How it hangs together with another, which is drawn elsewhere.
    Relation(EdgeKind, usize),
}

/// Where a line begins.
#[derive(Clone, Default)]
struct Indent {
    /// For each level down to it whether more follows there; as many as are drawn.
    more: Vec<bool>,
    /// How deep it is.
    depth: usize,
}

impl Indent {
    /// One level deeper.
    fn below(&self, more_follows: bool) -> Self {
        let mut more = self.more.clone();
        if more.len() < DEEPEST {
            more.push(more_follows);
        }
        Self {
            more,
            depth: self.depth + 1,
        }
    }

    fn drawn(&self) -> String {
        let mut out = String::from("  ");
        if self.depth > DEEPEST {
            let _ = write!(out, "… {} levels down: ", self.depth);
        } else if let Some((own, above)) = self.more.split_last() {
            out.extend(above.iter().map(|more| if *more { "│  " } else { "   " }));
            out.push_str(if *own { "├─ " } else { "└─ " });
        }
        out
    }
}

struct Drawing<'a> {
    graph: &'a Graph,
    screen: &'a Screen,
    /// Whether a thing is drawn beneath another.
    beneath: Vec<bool>,
    lines: Vec<Vec<Line>>,
}

impl<'a> Drawing<'a> {
    fn new(graph: &'a Graph, screen: &'a Screen) -> Self {
        let mut drawing = Self {
            graph,
            screen,
            beneath: vec![false; graph.nodes.len()],
            lines: vec![Vec::new(); graph.nodes.len()],
        };
        // The scenario that a step belongs to, which only its first step is told.
        let mut owner: Vec<Option<usize>> = vec![None; graph.nodes.len()];
        for edge in &graph.edges {
            let owned_by = match edge.kind {
                EdgeKind::Has | EdgeKind::Parent => Some(edge.from),
                EdgeKind::Then => owner[edge.from],
                _ => None,
            };
            let follows = edge.kind == EdgeKind::Then;
            match owned_by {
                Some(above) if above != edge.to && !drawing.beneath[edge.to] => {
                    owner[edge.to] = Some(above);
                    drawing.beneath[edge.to] = true;
                    drawing.lines[above].push(Line::Thing(edge.to));
                }
                // The order of steps is the order of their lines.
                None if follows => {}
                _ => drawing.lines[edge.from].push(Line::Relation(edge.kind, edge.to)),
            }
        }
        // First what is said of the thing itself.
        for lines in &mut drawing.lines {
            lines.sort_by_key(|line| matches!(line, Line::Thing(_)));
        }
        drawing
    }

    /// Trees one below the other, without recursion: a trace may be deeper than a stack.
    fn trees(&self, out: &mut String, roots: &[usize], seen: &mut [bool]) {
        let roots = roots.iter().rev();
        let mut open: Vec<(Line, Indent)> = roots
            .map(|at| (Line::Thing(*at), Indent::default()))
            .collect();
        while let Some((line, indent)) = open.pop() {
            self.line(out, line, &indent);
            let Line::Thing(at) = line else { continue };
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let lines = &self.lines[at];
            for (place, line) in lines.iter().enumerate().rev() {
                open.push((*line, indent.below(place + 1 < lines.len())));
            }
        }
    }

    fn line(&self, out: &mut String, line: Line, indent: &Indent) {
        let styles = &self.screen.styles;
        let prefix = indent.drawn();
        let room = self.screen.width.saturating_sub(prefix.chars().count());
        let (words, at) = match line {
            Line::Thing(at) => ("", at),
            Line::Relation(kind, at) => (relation(kind), at),
        };
        let node = &self.graph.nodes[at];
        let frame = styles.frame;
        let _ = write!(out, "{frame}{prefix}{frame:#}");
        let mut left = room;
        let mut put = |out: &mut String, style: anstyle::Style, text: &str| {
            if left > 1 && !text.is_empty() {
                let text = fit(text, left);
                left = left.saturating_sub(unicode_width::UnicodeWidthStr::width(&*text));
                let _ = write!(out, "{style}{text}{style:#}");
            }
        };
        let plain = anstyle::Style::new();
        if words.is_empty() {
            put(out, plain, &clean(name(node)));
            if let Some(detail) = &node.detail {
                put(out, styles.faint, &format!("  {}", clean(detail)));
            }
        } else {
            put(out, styles.faint, &format!("{words} "));
            put(out, plain, &clean(name(node)));
        }
        // An expectation may name spans that it does not describe; anything else must be there.
        if !node.declared && node.kind != NodeKind::Span {
            put(out, styles.warning, "  not declared");
        }
        out.push('\n');
    }
}
