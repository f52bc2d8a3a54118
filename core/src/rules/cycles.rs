//! Cycles in a directed graph, without recursion: a user's graph may be as deep as it is long.

use std::collections::VecDeque;

/// More cycles than these are not looked for; each costs one pass over the graph.
const MOST: usize = 20;
/// More names than these are not spelt out.
const SPELT: usize = 24;

/// Cycles that share no edge: each is a list of indices into `edges`, in the order in which they are
/// walked, the one that stands first in `edges` at the front. The shortest cycle through that edge
/// is taken.
pub fn find(nodes: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut left: Vec<bool> = vec![true; edges.len()];
    let mut cycles = Vec::new();
    while cycles.len() < MOST {
        let outgoing = outgoing(nodes, edges, &left);
        let component = components(&outgoing, edges);
        let first =
            (0..edges.len()).find(|e| left[*e] && component[edges[*e].0] == component[edges[*e].1]);
        let Some(first) = first else { break };
        let cycle = shortest(first, &outgoing, edges);
        cycle.iter().for_each(|e| left[*e] = false);
        cycles.push(cycle);
    }
    cycles
}

/// For each node the edges that leave it.
fn outgoing(nodes: usize, edges: &[(usize, usize)], left: &[bool]) -> Vec<Vec<usize>> {
    let mut outgoing = vec![Vec::new(); nodes];
    for (index, (from, _)) in edges.iter().enumerate().filter(|(e, _)| left[*e]) {
        outgoing[*from].push(index);
    }
    outgoing
}

/// For each node the number of its strongly connected component (Tarjan's algorithm with a stack of
/// its own).
fn components(outgoing: &[Vec<usize>], edges: &[(usize, usize)]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let nodes = outgoing.len();
    let (mut order, mut low) = (vec![UNSEEN; nodes], vec![0; nodes]);
    let mut component = vec![UNSEEN; nodes];
    let (mut seen, mut made) = (0, 0);
    let mut open = Vec::new();
    let mut calls: Vec<(usize, usize)> = Vec::new();
    for root in 0..nodes {
        if order[root] != UNSEEN {
            continue;
        }
        calls.push((root, 0));
        while let Some((node, next)) = calls.pop() {
            if next == 0 {
                order[node] = seen;
                low[node] = seen;
                seen += 1;
                open.push(node);
            } else {
                // Back from the neighbour that was entered last.
                let (_, neighbour) = edges[outgoing[node][next - 1]];
                low[node] = low[node].min(low[neighbour]);
            }
            let mut entered = false;
            for at in next..outgoing[node].len() {
                let (_, neighbour) = edges[outgoing[node][at]];
                if order[neighbour] == UNSEEN {
                    calls.push((node, at + 1));
                    calls.push((neighbour, 0));
                    entered = true;
                    break;
                }
                if component[neighbour] == UNSEEN {
                    low[node] = low[node].min(order[neighbour]);
                }
            }
            if !entered && low[node] == order[node] {
                while let Some(member) = open.pop() {
                    component[member] = made;
                    if member == node {
                        break;
                    }
                }
                made += 1;
            }
        }
    }
    component
}

/// The edges of the shortest cycle through edge `first`, which lies on one.
fn shortest(first: usize, outgoing: &[Vec<usize>], edges: &[(usize, usize)]) -> Vec<usize> {
    let (goal, start) = edges[first];
    let mut reached_by: Vec<Option<usize>> = vec![None; outgoing.len()];
    let mut queue = VecDeque::from([start]);
    while reached_by[goal].is_none() && start != goal {
        let Some(node) = queue.pop_front() else { break };
        for edge in &outgoing[node] {
            let (_, next) = edges[*edge];
            if next != start && reached_by[next].is_none() {
                reached_by[next] = Some(*edge);
                queue.push_back(next);
            }
        }
    }
    // Walked backwards, from where the first edge starts to where it ends.
    let mut cycle = Vec::new();
    let mut node = goal;
    while let Some(edge) = reached_by[node].filter(|_| node != start) {
        cycle.push(edge);
        node = edges[edge].0;
    }
    cycle.push(first);
    cycle.reverse();
    cycle
}

/// A cycle in words: `a → b → a`. Very long ones are cut in the middle.
pub fn spell<'a>(names: impl ExactSizeIterator<Item = &'a str> + Clone) -> String {
    let count = names.len();
    let quoted = |name: &str| format!("`{name}`");
    let first = names.clone().next().map(quoted);
    let shown: Vec<String> = if count <= SPELT {
        names.map(quoted).chain(first).collect()
    } else {
        let cut = format!("… {} more …", count - SPELT);
        let head = names.clone().take(SPELT / 2).map(quoted);
        let tail = names.skip(count - SPELT / 2).map(quoted);
        head.chain([cut]).chain(tail).chain(first).collect()
    };
    shown.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_without_cycle_has_none() {
        assert!(find(0, &[]).is_empty());
        assert!(find(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]).is_empty());
    }

    #[test]
    fn the_cycle_starts_with_the_edge_that_stands_first() {
        assert_eq!(find(3, &[(0, 1), (2, 0), (1, 2)]), [vec![0, 2, 1]]);
        assert_eq!(find(1, &[(0, 0)]), [vec![0]]);
        // The tail that leads into the cycle is no part of it.
        assert_eq!(find(3, &[(0, 1), (1, 2), (2, 1)]), [vec![1, 2]]);
    }

    #[test]
    fn the_shortest_way_back_is_taken() {
        let edges = [(0, 1), (1, 2), (2, 3), (3, 0), (2, 0)];
        assert_eq!(find(4, &edges), [vec![0, 1, 4]]);
    }

    #[test]
    fn cycles_that_share_a_node_are_both_found() {
        let edges = [(0, 1), (1, 0), (0, 2), (2, 0), (3, 3)];
        assert_eq!(find(4, &edges), [vec![0, 1], vec![2, 3], vec![4]]);
    }

    #[test]
    fn deep_and_dense_graphs_end_soon() {
        let ring: Vec<_> = (0..10_000).map(|n| (n, (n + 1) % 10_000)).collect();
        assert_eq!(find(10_000, &ring)[0].len(), 10_000);
        let dense: Vec<_> = (0..100)
            .flat_map(|a| (0..100).map(move |b| (a, b)))
            .collect();
        assert_eq!(find(100, &dense).len(), MOST);
    }

    #[test]
    fn a_cycle_is_spelt_out_and_closed() {
        assert_eq!(spell(["a", "b"].into_iter()), "`a` → `b` → `a`");
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let text = spell(many.iter().map(String::as_str));
        assert!(
            text.contains("→ … 76 more … →") && text.ends_with("`99` → `0`"),
            "{text}"
        );
    }
}
