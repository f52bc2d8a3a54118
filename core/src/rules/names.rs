//! `X102` duplicate-name and `X105` nothing-to-run.

use std::collections::HashMap;

use super::world::World;
use crate::config::model::Text;
use crate::diagnostic::{Code, Finding, Findings};
use crate::source::Span;

pub fn check(world: &World, found: &mut Findings) {
    let file = world.file;
    let services = file.services.iter().map(|service| &service.name);
    duplicates("services", services.collect(), found);
    let names = file.scenarios.iter().filter_map(|s| s.name.as_ref());
    duplicates("scenarios", names.collect(), found);
    for scenario in &file.scenarios {
        let steps = scenario.steps.iter().filter_map(|step| step.name.as_ref());
        let steps = steps.collect();
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

fn duplicates(what: &str, mut names: Vec<&Text>, found: &mut Findings) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    // Two tables of services (`[service]` and `[services]`) are read one after the other.
    names.sort_by_cached_key(|name| name.span.start);
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

#[cfg(test)]
mod tests {
    use super::super::testing::{HELLO, clean, findings_in_damaged, only, trips};
    use super::*;

    #[test]
    fn two_of_one_name_are_told_at_the_later() {
        let text = format!("{HELLO}[[steps]]\nname = 'hello'\ncommand = ['true']\n");
        trips(Code::X102, &text, &["'hello'"]);
        let finding = only(&text);
        assert_eq!(finding.notes.len(), 1);
        trips(
            Code::X102,
            "meta.name = 'x'\n[[scenario]]\nname = 'a'\nrun = 'x'\n[[scenario]]\nname = \"a\"\nrun = 'y'\n",
            &["\"a\""],
        );
    }

    #[test]
    fn a_third_is_told_too_and_names_the_first() {
        let text = "meta.name = 'x'\n[[scenario]]\nname = 'a'\nrun = 'x'\n\
                    [[scenario]]\nname = \"a\"\nrun = 'y'\n[[scenario]]\nname = \"\"\"a\"\"\"\nrun = 'z'\n";
        trips(Code::X102, text, &["\"a\"", "\"\"\"a\"\"\""]);
    }

    #[test]
    fn names_of_different_things_do_not_meet() {
        clean(
            "meta.name = 'a'\n[service.a]\nplugin = 'generic_container'\nimage = 'a:1'\n\
             [[scenario]]\nname = 'a'\nservice = 'a'\nsteps = [{ name = 'a', command = ['x'] }]\n\
             [[scenario]]\nname = 'b'\nsteps = [{ name = 'a', command = ['x'] }]\n",
        );
    }

    #[test]
    fn a_service_in_both_spellings_is_a_duplicate() {
        let text = "meta.name = 'x'\n[service.db]\nplugin = 'generic_container'\nimage = 'a:1'\n\
                    [services.db]\nplugin = 'generic_container'\nimage = 'a:1'\n\
                    [[scenario]]\nname = 'a'\nrun = 'x'\nservice = 'db'\n";
        let (document, _) = crate::document::Document::parse(text, &[]);
        let (file, settings) = crate::config::read(&document);
        let all: Vec<_> = settings
            .into_iter()
            .chain(super::super::check(&file))
            .collect();
        let found = all.iter().filter(|f| f.code == Code::X102).count();
        assert_eq!(found, 1, "{all:#?}");
    }

    #[test]
    fn a_file_that_does_nothing_is_told_at_its_start() {
        trips(Code::X105, "[meta]\nname = 'x'\n", &[""]);
        trips(
            Code::X105,
            "[test]\nname = 'x'\n[service.a]\nimage = 'a:1'\n",
            &[""],
        );
    }

    #[test]
    fn what_was_lost_may_have_been_a_scenario() {
        for text in [
            "[meta]\nname = 'x'\n[[scenario\nname = 'a'\n",
            "[meta]\nname = 'x'\n[[steps]]\nname = 'a'\ncommand = [\n",
        ] {
            let found = findings_in_damaged(text);
            assert!(found.is_empty(), "{found:#?}");
        }
    }
}
