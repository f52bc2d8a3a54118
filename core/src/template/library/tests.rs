//! What the macros write, rendered by the real Tera, which knows their grammar but for the defaults.

use serde_json::{Value as Json, json};

use super::super::filters::FILTERS;
use super::super::oracle::{call_in, host, value};
use super::{NAME, TEXT};

fn render(template: &str, context: Json) -> String {
    let mut engine = tera::Tera::default();
    engine.autoescape_on(Vec::new());
    // Falsy as the empty literals are.
    let library = TEXT.replace("={}", "=false").replace("=[]", "=false");
    for name in ["toml_encode", "toml_key"] {
        engine.register_filter(name, move |subject: &Json, _: &_| {
            let encoded = call_in(&host(), FILTERS, name, value(subject), &json!({}));
            Ok(encoded.unwrap().as_str().unwrap().into())
        });
    }
    let import = format!("{{% import \"{NAME}\" as m %}}{template}");
    engine.add_raw_templates([(NAME, library.as_str()), ("test", &import)]).unwrap();
    let context = tera::Context::from_serialize(context).unwrap();
    engine.render("test", &context).unwrap_or_else(|error| panic!("{error:?}"))
}

fn writes(template: &str, context: Json, expected: &str) {
    let text = render(template, context);
    assert_eq!(text, expected, "{template}");
    toml::Table::try_from(text.parse::<toml::Table>().unwrap()).unwrap();
}
