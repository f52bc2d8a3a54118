//! SVG that needs nothing beside itself: no font, style sheet or script. It follows the reader's choice
//! of light or dark.

use std::fmt::Write as _;

use clnrm_core::graph::{Graph, NodeKind};
use unicode_width::UnicodeWidthStr as _;

use super::super::markup::escaped;
use super::super::text::{clean, fit};
use super::layout::{Boxes, Line, Placed, layout};
use super::{bundled, caption, forbidden, kind, name};

/// Things that still make a picture.
pub const MAX_NODES: usize = 1_000;

/// Width of a column of the name's and the small font, in tenths of a pixel: both have one width.
const NAME: i32 = 85;
const SMALL: i32 = 67;
/// Columns of a name or detail that are shown.
const COLUMNS: usize = 44;
/// Around the picture.
const BORDER: i32 = 24;
/// For the title.
const HEAD: i32 = 34;

const STYLE: &str = "\
svg{--paper:#fff;--ink:#1b1f24;--faint:#59636e;--line:#818b98;--service:#ddf4ff;--scenario:#fbefff;--step:#f6f8fa;--span:#dafbe1;--bad:#b42318}\
@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--faint:#9198a1;--line:#6e7681;--service:#12304d;--scenario:#3a1f52;--step:#21262d;--span:#12351f;--bad:#ff8f85}}\
.paper{fill:var(--paper)}\
text{font:14px ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;fill:var(--ink)}\
.small{font-size:11px;fill:var(--faint)}\
.title{font-weight:bold}\
.box{stroke:var(--line);stroke-width:1.2}\
.named .box{stroke-dasharray:4 3}\
.service .box{fill:var(--service)}.scenario .box{fill:var(--scenario)}.step .box{fill:var(--step)}.span .box{fill:var(--span)}\
.line{fill:none;stroke:var(--line);stroke-width:1.3}\
.tip{fill:var(--line)}\
.behind{fill:var(--paper)}\
.bad .line{stroke:var(--bad);stroke-dasharray:5 4}.bad .tip{fill:var(--bad)}.bad text{fill:var(--bad)}";

/// The graph as an SVG document. `title` stands above it. It has at most [`MAX_NODES`] things.
pub fn svg(graph: &Graph, title: &str) -> String {
    let cards: Vec<Card> = graph.nodes.iter().map(Card::new).collect();
    let sizes: Vec<(i32, i32)> = cards.iter().map(|card| card.size).collect();
    let mut bundles = bundled(graph);
    // What must not be has no say in where things stand.
    bundles.sort_by_key(|(_, _, kinds)| forbidden(kinds));
    let lines: Vec<Line> = bundles
        .iter()
        .map(|(from, to, kinds)| Line {
            from: *from,
            to: *to,
            label: columns(&caption(kinds), SMALL) + 16,
        })
        .collect();
    let placed = layout(&Boxes {
        sizes: &sizes,
        lines: &lines,
    });
    let title = fit(&clean(title), 2 * COLUMNS);
    let width = (placed.size.0 + 40).max(columns(&title, NAME)) + 2 * BORDER;
    let height = placed.size.1 + HEAD + 2 * BORDER;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{0}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"title\" x=\"{BORDER}\" y=\"{1}\">{0}</text>\n\
         <g transform=\"translate({BORDER} {2})\">",
        escaped(&title),
        BORDER + 10,
        BORDER + HEAD
    );
    // What lines say stands above all lines, so that none goes through it.
    let mut labels = String::new();
    for (number, (from, to, kinds)) in bundles.iter().enumerate() {
        let class = if forbidden(kinds) {
            " class=\"bad\""
        } else {
            ""
        };
        let _ = write!(out, "<g{class}>");
        let _ = write!(labels, "<g{class}>");
        let at = edge(&mut out, &placed, &sizes, (*from, *to), number);
        label(&mut labels, at, &caption(kinds));
        out.push_str("</g>\n");
        labels.push_str("</g>\n");
    }
    out.push_str(&labels);
    for (card, (x, y)) in cards.iter().zip(&placed.corners) {
        card.draw(&mut out, *x, *y);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// A thing as it is drawn.
struct Card {
    kind: NodeKind,
    declared: bool,
    /// All that is known of it, for who points at it.
    whole: String,
    name: String,
    /// What kind of thing it is, and its detail.
    below: String,
    size: (i32, i32),
}

impl Card {
    fn new(node: &clnrm_core::graph::Node) -> Self {
        let word = kind(node.kind).0;
        let full = clean(name(node)).into_owned();
        let detail = node
            .detail
            .as_deref()
            .map(|detail| clean(detail).into_owned());
        let mut whole = format!("{word} {full}");
        if let Some(detail) = &detail {
            let _ = write!(whole, ": {detail}");
        }
        if !node.declared {
            whole.push_str(" (only named)");
        }
        let name = fit(&full, COLUMNS);
        let below = match &detail {
            Some(detail) => format!("{word} · {}", fit(detail, COLUMNS)),
            None => word.to_owned(),
        };
        let width = columns(&name, NAME).max(columns(&below, SMALL)) + 28;
        Self {
            kind: node.kind,
            declared: node.declared,
            whole,
            name,
            below,
            size: (width, 46),
        }
    }

    fn draw(&self, out: &mut String, x: i32, y: i32) {
        let (width, height) = self.size;
        let class = kind(self.kind).0;
        let named = if self.declared { "" } else { " named" };
        let round = match self.kind {
            NodeKind::Service => 3,
            NodeKind::Scenario | NodeKind::Step => 8,
            NodeKind::Span => 23,
        };
        let _ = writeln!(
            out,
            "<g class=\"{class}{named}\"><title>{}</title><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>\
             <text x=\"{1}\" y=\"{2}\">{3}</text><text class=\"small\" x=\"{1}\" y=\"{4}\">{5}</text></g>",
            escaped(&self.whole),
            x + 14,
            y + 20,
            escaped(&self.name),
            y + 36,
            escaped(&self.below),
        );
    }
}

/// A line with its tip. Returns the middle of what it says.
fn edge(
    out: &mut String,
    placed: &Placed,
    sizes: &[(i32, i32)],
    (from, to): (usize, usize),
    number: usize,
) -> (i32, i32) {
    let ((ax, ay), (bx, by)) = (placed.corners[from], placed.corners[to]);
    let ((aw, ah), (_, bh)) = (sizes[from], sizes[to]);
    if from == to {
        // Out on the right and back in.
        let (x, y) = (ax + aw, ay + ah / 2);
        let _ = write!(
            out,
            "<path class=\"line\" d=\"M{x} {0}C{1} {2} {1} {3} {4} {5}\"/>",
            y - 10,
            x + 34,
            y - 22,
            y + 22,
            x + 7,
            y + 10
        );
        tip(out, x, y + 10, -1);
        return (x + 26, y - 26);
    }
    let forward = ax < bx;
    let start = if forward {
        (ax + aw, ay + ah / 2)
    } else {
        (ax, ay + ah / 2)
    };
    let direction = if forward { 1 } else { -1 };
    let end = if forward {
        (bx, by + bh / 2)
    } else {
        (bx + sizes[to].0, by + bh / 2)
    };
    // The tip covers the end of the line.
    let stop = (end.0 - 7 * direction, end.1);
    let mut path = format!("M{} {}", start.0, start.1);
    let mut last = start;
    let points = placed.bends[number].iter().copied().chain([stop]);
    for (step, (x, y)) in points.enumerate() {
        if step % 2 == 1 {
            // Through a column.
            let _ = write!(path, "L{x} {y}");
            last = (x, y);
            continue;
        }
        let half = (x - last.0) / 2;
        let _ = write!(
            path,
            "C{} {} {} {y} {x} {y}",
            last.0 + half,
            last.1,
            x - half
        );
        last = (x, y);
    }
    let _ = write!(out, "<path class=\"line\" d=\"{path}\"/>");
    tip(out, end.0, end.1, direction);
    // In the middle of the first gap, on the line.
    let next = placed.bends[number].first().copied().unwrap_or(stop);
    ((start.0 + next.0) / 2, (start.1 + next.1) / 2)
}

fn tip(out: &mut String, x: i32, y: i32, direction: i32) {
    let back = x - 8 * direction;
    let _ = write!(
        out,
        "<path class=\"tip\" d=\"M{x} {y}L{back} {} {back} {}z\"/>",
        y - 4,
        y + 4
    );
}

fn label(out: &mut String, (x, y): (i32, i32), text: &str) {
    let width = columns(text, SMALL) + 8;
    let _ = write!(
        out,
        "<rect class=\"behind\" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"14\"/><text class=\"small\" text-anchor=\"middle\" x=\"{x}\" y=\"{}\">{}</text>",
        x - width / 2,
        y - 7,
        y + 4,
        escaped(text)
    );
}

/// Pixels that a text takes.
fn columns(text: &str, tenths: i32) -> i32 {
    let columns = i32::try_from(text.width()).unwrap_or(i32::MAX / 1_000);
    columns.saturating_mul(tenths) / 10
}
