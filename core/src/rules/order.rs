//! `X109` cyclic-order: `must_precede` and `must_follow` together have no order.

use std::collections::HashMap;

use super::cycles;
use super::graph::{contradiction, number};
use super::patterns::covers;
use super::world::{PAIRS, World};
use crate::config::model::{Edge, Pattern};
use crate::diagnostic::{Code, Findings};

/// One demand: every span `after` has a span `before` that comes earlier.
struct Demand<'a> {
    before: &'a Pattern,
    after: &'a Pattern,
    edge: &'a Edge,
}

pub fn check(world: &World, found: &mut Findings) {
    let order = &world.file.expect.order;
    let precede = order.must_precede.iter().map(|edge| Demand {
        before: &edge.from.value,
        after: &edge.to.value,
        edge,
    });
    let follow = order.must_follow.iter().map(|edge| Demand {
        before: &edge.to.value,
        after: &edge.from.value,
        edge,
    });
    let mut demands: Vec<Demand> = precede.chain(follow).collect();
    demands.sort_by_cached_key(|demand| demand.edge.span.start);

    let mut numbers = HashMap::new();
    let mut edges: Vec<(usize, usize)> = demands
        .iter()
        .map(|d| {
            let before = number(&mut numbers, d.before.as_str());
            (before, number(&mut numbers, d.after.as_str()))
        })
        .collect();
    edges.extend(narrower(&demands, &numbers));

    for cycle in cycles::find(numbers.len(), &edges) {
        // What leads from a name to a glob that covers it is no demand of the author's.
        let parts: Vec<&Demand> = cycle.iter().filter_map(|edge| demands.get(*edge)).collect();
        match parts.as_slice() {
            [] => continue,
            // `app.start` before `app.*` means all the others: read that way, there is an order.
            [only] if only.before != only.after => continue,
            _ => {}
        }
        let path = cycles::spell(parts.iter().map(|d| d.before.as_str()));
        let message = match parts.as_slice() {
            [only] if only.before == only.after => {
                format!("span `{}` cannot come before itself", only.before.as_str())
            }
            _ => format!("no order meets these demands, each before the next: {path}"),
        };
        let places = parts.iter().map(|d| {
            let clause = format!("`{}` before `{}`", d.before.as_str(), d.after.as_str());
            (d.edge.span, clause)
        });
        found.extend(
            contradiction(Code::X109, message, places.collect())
                .map(|f| f.help("turn round or remove one of these demands")),
        );
    }
}

/// Edges that follow from one pattern covering another: every `a.b` has something before it because
/// every `a.*` has. They lead from the narrower to the wider, as time runs backwards along a demand.
fn narrower(demands: &[Demand], numbers: &HashMap<&str, usize>) -> Vec<(usize, usize)> {
    let mut wide: HashMap<&str, &Pattern> = HashMap::new();
    let mut narrow: HashMap<&str, &Pattern> = HashMap::new();
    for demand in demands {
        if demand.after.is_glob() {
            wide.insert(demand.after.as_str(), demand.after);
        }
        narrow.insert(demand.before.as_str(), demand.before);
    }
    if wide.len() * narrow.len() > PAIRS {
        return Vec::new();
    }
    let mut edges = Vec::new();
    for outer in wide.values() {
        for inner in narrow
            .values()
            .filter(|inner| *inner != outer && covers(outer, inner))
        {
            if let (Some(from), Some(to)) =
                (numbers.get(outer.as_str()), numbers.get(inner.as_str()))
            {
                edges.push((*from, *to));
            }
        }
    }
    // Hash maps have no order, findings do.
    edges.sort_unstable();
    edges
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PAYS, clean, only, trips};
    use super::*;

    fn order(settings: &str) -> String {
        format!("{PAYS}[expect.order]\n{settings}\n")
    }

    #[test]
    fn demands_in_a_circle_have_no_order() {
        let text = order("must_precede = [['a', 'b'], ['b', 'c']]\nmust_follow = [['a', 'c']]");
        trips(Code::X109, &text, &["['a', 'c']"]);
        let finding = only(&text);
        assert!(
            finding.message.ends_with("`a` → `b` → `c` → `a`"),
            "{}",
            finding.message
        );
        trips(
            Code::X109,
            &order("must_precede = [['a', 'b'], ['b', 'a']]"),
            &["['b', 'a']"],
        );
        trips(
            Code::X109,
            &order("must_follow = [['a', 'a']]"),
            &["['a', 'a']"],
        );
    }

    #[test]
    fn follow_turns_the_pair_round() {
        clean(&order(
            "must_precede = [['a', 'b'], ['b', 'c']]\nmust_follow = [['b', 'a'], ['c', 'a']]",
        ));
    }

    #[test]
    fn a_glob_counts_where_it_covers_the_name() {
        // Every `b` has a `c.x` before it, and every `c.*` has a `b` before it.
        trips(
            Code::X109,
            &order("must_precede = [['c.x', 'b'], ['b', 'c.*']]"),
            &["['b', 'c.*']"],
        );
        // Some `c.*` comes before `b`; only `c.x` comes after.
        clean(&order("must_precede = [['c.*', 'b'], ['b', 'c.x']]"));
        clean(&order("must_precede = [['app.start', 'app.*']]"));
        clean(&order("must_precede = [['*', 'b'], ['a', '*']]"));
    }
}
