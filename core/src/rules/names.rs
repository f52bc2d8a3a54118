//! `X102` duplicate-name and `X105` nothing-to-run.

use std::collections::HashMap;

use super::world::World;
use crate::config::model::Text;
use crate::diagnostic::{Code, Finding};
use crate::source::Span;

pub fn check(world: &World, found: &mut Vec<Finding>) {
    let file = world.file;
    duplicates("services", file.services.iter().map(|s| &s.name), found);
    let scenarios = file.scenarios.iter();
    duplicates(
        "scenarios",
        scenarios.clone().filter_map(|s| s.name.as_ref()),
        found,
    );
    for scenario in scenarios {
        let steps = scenario.steps.iter().filter_map(|step| step.name.as_ref());
        match &scenario.name {
            Some(name) => {
                let what = format!("steps of scenario `{}`", name.value);
                duplicates(&what, steps, found);
            }
            None => duplicates("steps", steps, found),
        }
    }
    if file.scenarios.is_empty() && !file.is_incomplete() {
        let message = "nothing to run: the file has neither scenarios nor steps";
        found.push(
            Finding::new(Code::X105, Span::at(0), message)
                .help("add a `[[scenario]]` with a `name` and what to `run`"),
        );
    }
}

fn duplicates<'a>(what: &str, names: impl Iterator<Item = &'a Text>, found: &mut Vec<Finding>) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for name in names {
        let earlier = *first.entry(&name.value).or_insert(name.span);
        if earlier != name.span {
            found.push(
                Finding::new(
                    Code::X102,
                    name.span,
                    format!("two {what} are named `{}`", name.value),
                )
                .label("used before")
                .note(earlier, "first used here"),
            );
        }
    }
}
