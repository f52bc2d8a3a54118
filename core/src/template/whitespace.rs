//! White space control: what `{%-` and `-%}` take away.
//!
//! Exactly as Tera 1.20 does it, with what it forgets: the `else` of a loop is left alone, `super()`
//! knows no control, and the end of a loop that has an `else` trims the body, not the `else`.

use std::sync::Arc;

use super::ast::{Block, Macro, Node, Trim};
use crate::source::Span;

/// Takes away what the tags of `nodes` ask for.
pub(super) fn trim(nodes: &mut [Node], text: &str) {
    trim_body(nodes, None, text);
}

fn trim_start(span: &mut Span, text: &str) {
    let inner = span.of(text);
    span.start += inner.len() - inner.trim_start().len();
}

fn trim_end(span: &mut Span, text: &str) {
    span.end = span.start + span.of(text).trim_end().len();
}

/// Trims the end of the last node, if that is text.
fn trim_last(nodes: &mut [Node], text: &str) {
    if let Some(Node::Text(span)) = nodes.last_mut() {
        trim_end(span, text);
    }
}

/// `around` is the control of the tags around a body.
fn trim_body(nodes: &mut [Node], around: Option<Trim>, text: &str) {
    let mut after_text = false;
    let mut trim_next = around.is_some_and(|trim| trim.left);
    for index in 0..nodes.len() {
        let (before, rest) = nodes.split_at_mut(index);
        let Some(node) = rest.first_mut() else { break };
        let was_text = std::mem::replace(&mut after_text, false);
        match node {
            Node::Text(span) => {
                after_text = true;
                if std::mem::take(&mut trim_next) {
                    trim_start(span, text);
                }
            }
            Node::Super { .. } => {}
            Node::Nothing { trim }
            | Node::Print { trim, .. }
            | Node::Set { trim, .. }
            | Node::Include { trim, .. }
            | Node::Break { trim }
            | Node::Continue { trim } => {
                if was_text && trim.left {
                    trim_last(before, text);
                }
                trim_next = trim.right;
            }
            Node::Raw {
                start,
                text: span,
                end,
            } => {
                if was_text && start.left {
                    trim_last(before, text);
                }
                trim_next = end.right;
                if start.right {
                    trim_start(span, text);
                }
                if end.left {
                    trim_end(span, text);
                }
            }
            Node::For(node) => {
                if was_text && node.start.left {
                    trim_last(before, text);
                }
                trim_next = node.end.right;
                trim_body(&mut node.body, Some(inner(node.start, node.end)), text);
            }
            Node::Filter {
                start, body, end, ..
            } => {
                if was_text && start.left {
                    trim_last(before, text);
                }
                trim_next = end.right;
                trim_body(body, Some(inner(*start, *end)), text);
            }
            Node::Block { start, block, end } => {
                if was_text && start.left {
                    trim_last(before, text);
                }
                trim_next = end.right;
                // Nobody else holds it yet.
                if let Some(block) = Arc::get_mut(block) {
                    let Block { body, .. } = block;
                    trim_body(body, Some(inner(*start, *end)), text);
                }
            }
            Node::Macro {
                start,
                definition,
                end,
            } => {
                if was_text && start.left {
                    trim_last(before, text);
                }
                trim_next = end.right;
                if let Some(definition) = Arc::get_mut(definition) {
                    let Macro { body, .. } = definition;
                    trim_body(body, Some(inner(*start, *end)), text);
                }
            }
            Node::If {
                branches,
                otherwise,
                end,
            } => {
                trim_next = end.right;
                for at in 0..branches.len() {
                    let (done, rest) = branches.split_at_mut(at);
                    let Some(branch) = rest.first_mut() else {
                        break;
                    };
                    if branch.trim.left {
                        match done.last_mut() {
                            Some(previous) => trim_last(&mut previous.body, text),
                            None if was_text => trim_last(before, text),
                            None => {}
                        }
                    }
                    trim_body(&mut branch.body, Some(opening(branch.trim)), text);
                }
                if let Some((trim, body)) = otherwise {
                    if trim.left
                        && let Some(last) = branches.last_mut()
                    {
                        trim_last(&mut last.body, text);
                    }
                    trim_body(body, Some(opening(*trim)), text);
                    if end.left {
                        trim_last(body, text);
                    }
                } else if end.left
                    && let Some(last) = branches.last_mut()
                {
                    trim_last(&mut last.body, text);
                }
            }
        }
    }
    if around.is_some_and(|trim| trim.right) {
        trim_last(nodes, text);
    }
}

/// The control of a body between two tags.
const fn inner(start: Trim, end: Trim) -> Trim {
    Trim {
        left: start.right,
        right: end.left,
    }
}

const fn opening(start: Trim) -> Trim {
    Trim {
        left: start.right,
        right: false,
    }
}

/// Blocks that a child may replace: Tera sees those at the top level and within such a block.
pub(super) fn collect_blocks(nodes: &[Node], blocks: &mut Vec<Arc<Block>>) {
    for node in nodes {
        if let Node::Block { block, .. } = node {
            blocks.push(block.clone());
            collect_blocks(&block.body, blocks);
        }
    }
}
