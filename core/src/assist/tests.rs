use super::*;
use crate::config;
use crate::document::Document;
use crate::source::MemorySources;

/// What is known of the file that the texts below are of.
fn names() -> Names {
    let text = "[service.db]\nimage = 'postgres:16'\n[service.api]\nimage = 'api:1'\n\
                [[scenario]]\nname = 'buy'\n[[expect.span]]\nname = 'http.request'\n";
    let (document, _) = Document::parse(text, &[]);
    let vars = Value::from_pairs([("image", Value::from("api:1"))]);
    let known = |name: &str, value, origin| Known {
        name: name.into(),
        value,
        origin,
    };
    Names {
        graph: Graph::of(&config::read(&document).0),
        variables: vec![
            known("image", Value::from("api:1"), "this file"),
            known("vars", vars, "this file"),
        ],
        files: vec!["_parts.tera".into(), "t.toml.tera".into()],
    }
}

fn with<T>(text: &str, ask: impl Fn(&Scene<'_>, usize) -> T) -> (T, String) {
    let offset = text.find('¦').unwrap();
    let text = text.replacen('¦', "", 1);
    let source = Source::new("t.toml.tera", text.as_str());
    let parts = "{# Says it. #}\n{% macro say(what, loud=false) %}{% endmacro %}";
    let scene = Scene {
        source: &source,
        is_project: false,
        names: &names(),
        sources: &MemorySources::from_iter([("_parts.tera", parts)]),
    };
    (ask(&scene, offset), text)
}

/// The labels that are offered at `¦`.
fn labels(text: &str) -> Vec<String> {
    let (completion, _) = with(text, complete);
    completion
        .items
        .into_iter()
        .map(|item| item.label)
        .collect()
}

/// The text after the item of this label was chosen at `¦`.
fn chosen(text: &str, label: &str) -> String {
    let (completion, mut text) = with(text, complete);
    let item = completion.items.iter().find(|item| item.label == label);
    let Some(item) = item else {
        panic!("no {label} in {:?}", completion.items);
    };
    let Span { start, end } = completion.replaces;
    text.replace_range(start..end, &item.insert);
    text
}

fn hovered(text: &str) -> Option<String> {
    with(text, hover).0.map(|hover| hover.markdown)
}

#[test]
fn settings_of_the_table_that_are_not_there_yet() {
    let text = "[service.api]\nimage = \"x\"\nenv¦\n[meta]\nname = \"a\"\n";
    let offered = labels(text);
    assert!(offered.contains(&"plugin".to_owned()) && offered.contains(&"env".to_owned()));
    assert!(!offered.contains(&"image".to_owned()), "it is there");
    assert!(!offered.contains(&"author".to_owned()), "of another table");
    assert_eq!(
        chosen("[service.api]\nim¦", "image"),
        "[service.api]\nimage = "
    );
    assert_eq!(
        chosen("[service.api]\nim¦g = 1", "image"),
        "[service.api]\nimage = 1"
    );
}

#[test]
fn tables_where_a_header_or_a_table_begins() {
    assert!(labels("¦").contains(&"service".to_owned()));
    assert_eq!(chosen("¦", "scenario"), "[[scenario]]");
    assert_eq!(chosen("x = 1\n[se¦]", "service"), "x = 1\n[service.]");
    assert!(labels("[[expect.¦]]").contains(&"span".to_owned()));
    assert!(!labels("[expect.¦").contains(&"steps".to_owned()));
}

#[test]
fn words_and_names_where_a_value_is_written() {
    assert_eq!(
        labels("[[expect.span]]\nstatus = \"¦\""),
        ["OK", "ERROR", "UNSET"]
    );
    assert_eq!(
        chosen("[[expect.span]]\nstatus = ¦", "OK"),
        "[[expect.span]]\nstatus = \"OK\""
    );
    assert_eq!(labels("[[scenario]]\nservice = '¦"), ["db", "api"]);
    assert_eq!(
        chosen("[service.api]\ndepends_on = [\"d¦b\", ", "db"),
        "[service.api]\ndepends_on = [\"db\", "
    );
    assert_eq!(labels("[[expect.span]]\nparent = \"¦"), ["http.request"]);
    assert!(labels("[service.x]\nplugin = \"¦").contains(&"postgres".to_owned()));
    assert_eq!(labels("[service.x]\n# ¦"), [""; 0]);
}

#[test]
fn what_an_expression_may_hold() {
    let offered = labels("{% import \"_parts.tera\" as p %}{% set own = 1 %}\nname = \"{{ ¦ }}\"");
    for name in ["own", "image", "vars", "p", "now_rfc3339", "range"] {
        assert!(offered.contains(&name.to_owned()), "{name}");
    }
    assert_eq!(labels("a = \"{{ vars.¦ }}\""), ["image"]);
    assert!(labels("{{ image | ¦").contains(&"upper".to_owned()));
    assert!(labels("{% if image is ¦").contains(&"defined".to_owned()));
    assert!(labels("{% ¦").contains(&"for".to_owned()));
    assert_eq!(labels("{# ¦"), [""; 0]);
    assert_eq!(
        labels("{% include \"¦"),
        ["_parts.tera", "_macros.toml.tera"],
        "not the file itself"
    );
}

#[test]
fn arguments_of_functions_and_macros() {
    let offered = labels("{{ range(start=1, ¦) }}");
    assert_eq!(&offered[..2], ["end", "step_by"]);
    let text = "{% import \"_parts.tera\" as p %}\n{{ p::say(¦";
    assert_eq!(&labels(text)[..2], ["what", "loud"]);
    let text = "{% import \"_parts.tera\" as p %}\n{{ p::¦";
    assert_eq!(chosen(text, "say"), text.replace('¦', "say("));
    let text = "{% import \"_macros.toml.tera\" as m %}\n{{ m::¦";
    assert!(
        labels(text).contains(&"service".to_owned()),
        "the library is always there"
    );
}

#[test]
fn hover_tells_what_stands_there() {
    let told = |text: &str, part: &str| {
        let markdown = hovered(text).unwrap_or_default();
        assert!(markdown.contains(part), "{markdown}");
    };
    told("[service.api]\nima¦ge = 1", "a reference of an image");
    told("[serv¦ice.api]", "service");
    told("[[scenario]]\nservice = \"a¦pi\"", "`api:1`");
    told("[service.x]\nplugin = \"post¦gres\"", "5432");
    told("x = \"{{ ima¦ge }}\"", "From this file");
    told("{{ vars.im¦age }}", "`vars.image` = `'api:1'`");
    told("{{ a | repl¦ace(from=1) }}", "replace(from, to)");
    told("{{ ra¦nge(end=1) }}", "range(end, start=0, step_by=1)");
    told("{% import '_parts.tera' as p %}{{ p::sa¦y() }}", "Says it.");
    told("{% f¦or a in b %}", "for each item");
    told("{% for turn in b %}{{ tu¦rn }}", "this template");
    assert_eq!(hovered("[service.api]\nzzz¦z = 1"), None);
    assert_eq!(hovered("[service.api] ¦ "), None);
}

#[test]
fn every_place_of_a_broken_file_can_be_asked() {
    let text = "{% import \"_parts.tera\" as p %}[service.\"ä\nimage = {{ p::say( \nx = [{ 😀 = 'é\n\
                [[expect.span]]\nname = \"{{ vars.\nduration_ms.m = {% if x is \n{# ";
    let source = Source::new("t.toml.tera", text);
    let scene = Scene {
        source: &source,
        is_project: false,
        names: &names(),
        sources: &MemorySources::default(),
    };
    for offset in 0..=text.len() + 1 {
        let completion = complete(&scene, offset);
        let Span { start, end } = completion.replaces;
        assert!(text.get(start..end).is_some(), "{offset}");
        if let Some(hover) = hover(&scene, offset) {
            assert!(!hover.span.of(text).is_empty());
        }
    }
}

#[test]
fn all_that_is_offered_is_described() {
    let callables = crate::template::functions::FUNCTIONS.iter();
    let callables = callables.chain(crate::template::filters::FILTERS);
    for callable in callables.chain(crate::template::predicates::PREDICATES) {
        assert!(!callable.doc.is_empty(), "{}", callable.name);
    }
    for (tag, doc) in crate::template::TAGS {
        assert!(!doc.is_empty(), "{tag}");
    }
}
