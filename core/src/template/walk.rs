//! Ways through expressions.

use super::ast::{Argument, Branch, Call, Expr, For, Kind, MacroCall, Node, bodies};

/// Calls `visit` for each expression directly within `expr`.
fn children<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    let arguments = |arguments: &'a [Argument], visit: &mut dyn FnMut(&'a Expr)| {
        arguments.iter().for_each(|argument| visit(&argument.value));
    };
    match &expr.kind {
        Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Path(_) => {}
        Kind::Math(terms) => terms
            .iter()
            .flat_map(|term| &term.factors)
            .for_each(|(_, operand)| visit(operand)),
        Kind::Compare(sides) => {
            visit(&sides.0);
            visit(&sides.2);
        }
        Kind::Logic(alternatives) => alternatives.iter().flatten().for_each(&mut *visit),
        Kind::In(test) => {
            visit(&test.needle);
            visit(&test.container);
        }
        Kind::Test(test) => {
            visit(&test.subject);
            arguments(&test.call.arguments, visit);
        }
        Kind::Macro(call) => arguments(&call.arguments, visit),
        Kind::Function(call) => arguments(&call.arguments, visit),
        Kind::Array(items) | Kind::Concat(items) => items.iter().for_each(&mut *visit),
        Kind::Map(entries) => entries.iter().for_each(|(_, value)| visit(value)),
        Kind::Group(inner) => visit(inner),
    }
    for filter in &expr.filters {
        filter
            .arguments
            .iter()
            .for_each(|argument| visit(&argument.value));
    }
}

/// Calls `visit` for each macro call in `expr`, however deep.
pub(super) fn macro_calls<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a MacroCall)) {
    if let Kind::Macro(call) = &expr.kind {
        visit(call);
    }
    children(expr, &mut |child| macro_calls(child, visit));
}

/// Whether the value of `expr` is text that a macro made.
pub(super) fn calls_macro(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Macro(_) => true,
        Kind::Concat(parts) => parts.iter().any(calls_macro),
        Kind::Group(inner) => calls_macro(inner),
        _ => false,
    }
}

/// Calls `visit` for each expression of a tag in `nodes`, wherever it stands.
pub(super) fn expressions<'a>(nodes: &'a [Node], visit: &mut dyn FnMut(&'a Expr)) {
    for node in nodes {
        match node {
            Node::Print { expr, .. } => expr.iter().for_each(|expr| visit(expr)),
            Node::Set { value, .. } => value.iter().for_each(|value| visit(value)),
            Node::If { branches, .. } => {
                for Branch { condition, .. } in branches {
                    condition.iter().for_each(|condition| visit(condition));
                }
            }
            Node::For(node) => {
                let For { container, .. } = &**node;
                container.iter().for_each(|container| visit(container));
            }
            Node::Filter {
                call: Some(call), ..
            } => {
                let Call { arguments, .. } = &**call;
                arguments.iter().for_each(|argument| visit(&argument.value));
            }
            Node::Macro { definition, .. } => definition
                .params
                .iter()
                .filter_map(|param| param.default.as_ref())
                .for_each(&mut *visit),
            _ => {}
        }
        bodies(node, &mut |body| expressions(body, visit));
    }
}
