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
    engine
        .add_raw_templates([(NAME, library.as_str()), ("test", &import)])
        .unwrap();
    let context = tera::Context::from_serialize(context).unwrap();
    engine
        .render("test", &context)
        .unwrap_or_else(|error| panic!("{error:?}"))
}

fn writes(template: &str, context: Json, expected: &str) {
    let text = render(template, context);
    assert_eq!(text, expected, "{template}");
    text.parse::<toml::Table>().unwrap();
}

#[test]
fn span() {
    writes(
        "{{ m::span(name=\"http.request\") }}",
        json!({}),
        "[[expect.span]]\nname = \"http.request\"\n",
    );
    writes(
        "{{ m::span(name=n, kind=\"client\", parent=\"root\", attrs=a, events=e) }}{{ m::span(name=\"b\") }}",
        json!({"n": "say \"hi\"\n", "a": {"http.status": 200, "ok": true}, "e": ["start", "end"]}),
        "[[expect.span]]\nname = \"say \\\"hi\\\"\\n\"\nkind = \"client\"\nparent = \"root\"\n\
         attrs.all = { \"http.status\" = 200, ok = true }\nevents.all = [\"start\", \"end\"]\n\
         [[expect.span]]\nname = \"b\"\n",
    );
}

#[test]
fn service_and_scenario() {
    writes(
        "{{ m::service(id=\"api\", image=\"nginx:1.27\") }}",
        json!({}),
        "[service.api]\nplugin = \"generic_container\"\nimage = \"nginx:1.27\"\n",
    );
    writes(
        "{{ m::service(id=\"a b\", image=\"x\", args=args, env=env, wait_for_span=\"up\") }}",
        json!({"args": ["-c", "a\"b"], "env": {"A.B": "1"}}),
        "[service.\"a b\"]\nplugin = \"generic_container\"\nimage = \"x\"\nargs = [\"-c\", \"a\\\"b\"]\n\
         env = { \"A.B\" = \"1\" }\nwait_for_span = \"up\"\n",
    );
    writes(
        "{{ m::scenario(name=\"pays\", service=\"api\", cmd='echo \"b\"') }}{{ m::scenario(name=\"fails\", service=\"\", cmd=argv, expect_success=false) }}",
        json!({"argv": ["false", "\\"]}),
        "[[scenario]]\nname = \"pays\"\nservice = \"api\"\nrun = \"echo \\\"b\\\"\"\n\
         [[scenario]]\nname = \"fails\"\nrun = [\"false\", \"\\\\\"]\nexpect_failure = true\n",
    );
}

#[test]
fn order() {
    writes(
        "{{ m::temporal_ordering(before=\"a\", after=\"b\") }}{{ m::lifecycle(service=\"api\") }}{{ m::multi_lifecycle(services=s) }}",
        json!({"s": ["x", "y"]}),
        "[[expect.order]]\nmust_precede = [[\"a\", \"b\"]]\n\
         [[expect.order]]\nmust_precede = [\n  [\"api.start\", \"api.exec\"],\n  [\"api.exec\", \"api.stop\"],\n]\n\
         [[expect.order]]\nmust_precede = [\n  [\"x.start\", \"x.exec\"],\n  [\"x.exec\", \"x.stop\"],\n]\n\
         [[expect.order]]\nmust_precede = [\n  [\"y.start\", \"y.exec\"],\n  [\"y.exec\", \"y.stop\"],\n]\n",
    );
}

#[test]
fn graph_and_window() {
    writes(
        "{{ m::edges(pairs=p) }}{{ m::graph_relationship(parent=\"a\", child=\"b\") }}{{ m::graph_relationship(parent=\"a\", child=\"c\", relationship=\"reaches\") }}{{ m::window(start=\"run\", end=\"step\") }}{{ m::window(start=\"run\", end=e) }}",
        json!({"p": [["a", "b"], ["b", "c"]], "e": ["s", "t"]}),
        "[[expect.graph]]\nmust_include = [[\"a\", \"b\"], [\"b\", \"c\"]]\n\
         [[expect.graph]]\nmust_include = [[\"a\", \"b\"]]\n\
         [[expect.graph]]\nmust_reach = [[\"a\", \"c\"]]\n\
         [[expect.window]]\nouter = \"run\"\ncontains = [\"step\"]\n\
         [[expect.window]]\nouter = \"run\"\ncontains = [\"s\", \"t\"]\n",
    );
}

#[test]
fn count() {
    writes(
        "{{ m::count(kind=\"internal\", min=4, max=4) }}{{ m::count(kind=\"spans\", min=1) }}{{ m::count(kind=\"http.*\", min=0, max=9) }}",
        json!({}),
        "[[expect.span]]\nname = \"*\"\nkind = \"internal\"\ncount = { gte = 4, lte = 4 }\n\
         [[expect.counts]]\nspans_total = { gte = 1 }\n\
         [[expect.counts]]\nby_name.\"http.*\" = { gte = 0, lte = 9 }\n",
    );
}

#[test]
fn attributes() {
    let context = json!({"list": [["a.b", 1], ["c", "d"]], "map": {"k": true}});
    writes(
        "[[expect.span]]\nname = \"x\"\n{{ m::attrs(pairs=list) }}[[expect.span]]\nname = \"y\"\n{{ m::attrs(pairs=map) }}",
        context.clone(),
        "[[expect.span]]\nname = \"x\"\nattrs.all = { \"a.b\" = 1, c = \"d\" }\n\
         [[expect.span]]\nname = \"y\"\nattrs.all = { k = true }\n",
    );
    writes(
        "{{ m::span_with_attrs(name=\"x\", kind=\"server\", attr_pairs=list) }}{{ m::span_with_attrs(name=\"y\", kind=\"client\", attr_pairs=map) }}",
        context,
        "[[expect.span]]\nname = \"x\"\nkind = \"server\"\nattrs.all = { \"a.b\" = 1, c = \"d\" }\n\
         [[expect.span]]\nname = \"y\"\nkind = \"client\"\nattrs.all = { k = true }\n",
    );
    writes(
        "{{ m::attribute_validation(span=\"s\", key=\"http.status_code\", value=\"200\") }}{{ m::resource_check(type=\"container\", name=\"db\") }}",
        json!({}),
        "[[expect.span]]\nname = \"s\"\nattrs.all = { \"http.status_code\" = \"200\" }\n\
         [[expect.span]]\nname = \"*\"\nattrs.all = { \"container.name\" = \"db\" }\n",
    );
}

#[test]
fn patterns_of_spans() {
    writes(
        "{{ m::span_exists(name=\"a\") }}{{ m::error_propagation(source=\"a\", target=\"b\") }}{{ m::service_interaction(client=\"c\", server=\"s\", method=\"GET\") }}",
        json!({}),
        "[[expect.span]]\nname = \"a\"\nexists = true\n\
         [[expect.span]]\nname = \"a\"\nstatus = \"ERROR\"\n\n[[expect.span]]\nname = \"b\"\nstatus = \"ERROR\"\n\
         [[expect.span]]\nname = \"c\"\nkind = \"client\"\nattrs.any = { \"http.request.method\" = \"GET\", \"http.method\" = \"GET\" }\n\n\
         [[expect.span]]\nname = \"s\"\nkind = \"server\"\nparent = \"c\"\n",
    );
    writes(
        "{{ m::batch_validation(spans=s, condition=c) }}",
        json!({"s": ["a", "b"], "c": "attrs.all = { \"error\" = \"false\" }"}),
        "[[expect.span]]\nname = \"a\"\nattrs.all = { \"error\" = \"false\" }\n\
         [[expect.span]]\nname = \"b\"\nattrs.all = { \"error\" = \"false\" }\n",
    );
}

#[test]
fn every_macro_of_the_library_is_there() {
    for name in
        "span service scenario lifecycle multi_lifecycle edges window count attrs span_with_attrs \
        span_exists graph_relationship temporal_ordering error_propagation service_interaction \
        attribute_validation resource_check batch_validation"
            .split_whitespace()
    {
        assert!(TEXT.contains(&format!("{{% macro {name}(")), "{name}");
        assert!(TEXT.contains(&format!("endmacro {name} %}}")), "{name}");
    }
}
