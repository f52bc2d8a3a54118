//! Spans of a program that the real OpenTelemetry SDK traces, over every protocol that we receive: what
//! it says of them arrives whole, and nothing that is expected wrongly is green.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "support/emitting.rs"]
mod emitting;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/judged.rs"]
mod judged;
mod support;

use emitting::EMITTER;
use engine::has;
use judged::{codes, run};

/// Protocols of OTLP, each plain and packed.
const FORMS: [(&str, &str); 6] = [
    ("grpc", ""),
    ("grpc", "gzip"),
    ("http/protobuf", ""),
    ("http/protobuf", "gzip"),
    ("http/json", ""),
    ("http/json", "gzip"),
];

/// What the emitter's `order` is, in all that can be expected of it.
const ORDER: &str = r#"
[[expect.span]]
name = "POST /orders"
kind = "server"
parent = "clnrm.step:run"
status = "OK"
attrs.all = { "order.customer" = "Ada ☂", "order.items" = 3, "order.large" = 9223372036854775807, "order.total" = 59.95, "order.paid" = true, "order.tags" = ["new", "gift"], "order.amounts" = [1, 2], "order.empty" = "" }
events.all = ["order.accepted"]
duration_ms = { min = 100, max = 100 }
count = { eq = 1 }

[[expect.span]]
name = "charge"
kind = "client"
parent = "POST /orders"
status = "ERROR"
events.all = ["exception"]
duration_ms = { min = 30, max = 30 }

[[expect.span]]
name = "reserve"
kind = "internal"
parent = "charge"
status = "UNSET"

[[expect.span]]
name = "order.placed"
kind = "producer"
parent = "POST /orders"

[[expect.span]]
name = "pack"
kind = "consumer"
parent = "order.placed"

[expect.graph]
must_include = [["POST /orders", "charge"], ["charge", "reserve"], ["order.placed", "pack"]]
must_reach = [["POST /orders", "pack"]]
must_not_cross = [["charge", "pack"]]
acyclic = true

[expect.counts]
spans_total = { eq = 5 }
events_total = { eq = 2 }
errors_total = { eq = 1 }

[[expect.window]]
outer = "POST /orders"
contains = ["charge", "reserve", "order.placed", "pack"]

[expect.order]
must_precede = [["charge", "order.placed"]]

[expect.hermeticity]
resource_attrs.must_match = { "service.name" = "shop", "deployment.environment" = "test", "telemetry.sdk.language" = "rust" }
span_attrs.forbid_keys = ["password"]
"#;

/// Conditions of one span, each of which it misses by one thing, and the codes that say so.
const MISSED: [(&str, &str, &str); 20] = [
    ("POST /order", "", "E101"),
    ("POST /orders", "kind = \"client\"", "E102"),
    ("charge", "kind = \"server\"", "E102"),
    ("reserve", "kind = \"client\"", "E102"),
    ("order.placed", "kind = \"consumer\"", "E102"),
    ("pack", "kind = \"producer\"", "E102"),
    ("POST /orders", "parent = \"clnrm.run\"", "E103"),
    ("reserve", "parent = \"POST /orders\"", "E103"),
    (
        "POST /orders",
        "attrs.all = { \"order.customer\" = \"Ada\" }",
        "E104",
    ),
    (
        "POST /orders",
        "attrs.all = { \"order.items\" = 4 }",
        "E104",
    ),
    (
        "POST /orders",
        "attrs.all = { \"order.large\" = 9223372036854775806 }",
        "E104",
    ),
    (
        "POST /orders",
        "attrs.all = { \"order.total\" = 59.96 }",
        "E104",
    ),
    (
        "POST /orders",
        "attrs.all = { \"order.paid\" = false }",
        "E104",
    ),
    (
        "POST /orders",
        "attrs.all = { \"order.tags\" = [\"gift\", \"new\"] }",
        "E104",
    ),
    (
        "POST /orders",
        "attrs.all = { \"order.empty\" = { exists = false } }",
        "E104",
    ),
    ("POST /orders", "events.all = [\"order.refused\"]", "E105"),
    ("charge", "duration_ms = { max = 29 }", "E106"),
    ("POST /orders", "status = \"UNSET\"", "E601"),
    ("charge", "status = \"OK\"", "E601"),
    ("reserve", "count = { eq = 2 }", "E301"),
];

/// A test in whose only scenario a command runs beside the emitter.
fn test((protocol, compression): (&str, &str), command: &str, env: &str, expect: &str) -> String {
    let compression = match compression {
        "" => String::new(),
        packed => format!("OTEL_EXPORTER_OTLP_COMPRESSION = \"{packed}\", "),
    };
    format!(
        "[meta]\nname = \"t\"\n[otel]\nexporter = \"otlp\"\nprotocol = \"{protocol}\"\nresources = {{ \"service.name\" = \"shop\", \"deployment.environment\" = \"test\" }}\n[service.box]\nimage = \"{EMITTER}\"\nenv = {{ {compression}{env} }}\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = {command}\n{expect}"
    )
}

const EMIT: &str = "[\"/clnrm-emitter\", \"order\"]";

#[test]
fn what_the_sdk_says_arrives_whole_over_every_protocol_and_is_the_same_trace() {
    if !has(EMITTER) {
        return;
    }
    let expect = format!("{ORDER}[report]\ndigest = \"trace.sha256\"\n");
    let mut digests = Vec::new();
    for (number, form) in FORMS.into_iter().enumerate() {
        let file = format!("sdk-{number}.clnrm.toml");
        let (code, json) = run(&file, &test(form, EMIT, "", &expect));
        assert_eq!(code, 0, "{form:?} {json:#}");
        assert_eq!(json["tests"][0]["spans"], 5, "{form:?}");
        digests.push(json["tests"][0]["digest"].as_str().unwrap().to_owned());
    }
    assert_eq!(digests, vec![digests[0].clone(); FORMS.len()]);
}

#[test]
fn each_condition_that_is_missed_by_one_thing_is_told_over_every_protocol() {
    if !has(EMITTER) {
        return;
    }
    let mut expect = String::new();
    let mut wanted = Vec::new();
    for (name, condition, code) in MISSED {
        expect.push_str(&format!(
            "[[expect.span]]\nname = \"{name}\"\n{condition}\n"
        ));
        wanted.push(code);
    }
    for (number, form) in FORMS.into_iter().enumerate() {
        let file = format!("sdk-missed-{number}.clnrm.toml");
        let (code, json) = run(&file, &test(form, EMIT, "", &expect));
        assert_eq!((code, codes(&json)), (1, wanted.clone()), "{form:?}");
    }
}

#[test]
fn of_thousands_of_spans_none_is_lost_when_the_program_ends() {
    if !has(EMITTER) {
        return;
    }
    let expect = "[expect.counts]\nspans_total = { eq = 5001 }\nby_name.\"item\" = { eq = 5000 }\n[[expect.span]]\nname = \"item\"\nparent = \"batch\"\ncount = { eq = 5000 }\n";
    for (number, form) in FORMS.into_iter().enumerate() {
        let file = format!("sdk-many-{number}.clnrm.toml");
        // Most of them still wait to be sent when the program comes to its end.
        let env = "OTEL_BSP_MAX_QUEUE_SIZE = \"8192\"";
        let text = test(
            form,
            "[\"/clnrm-emitter\", \"many\", \"5000\"]",
            env,
            expect,
        );
        let (code, json) = run(&file, &text);
        assert_eq!(code, 0, "{form:?} {json:#}");
    }
}

#[test]
fn a_program_that_ends_before_it_has_sent_its_spans_makes_no_test_green() {
    if !has(EMITTER) {
        return;
    }
    let text = test(
        ("http/protobuf", ""),
        "[\"/clnrm-emitter\", \"lose\"]",
        "OTEL_BSP_SCHEDULE_DELAY = \"600000\"",
        ORDER,
    );
    let (code, json) = run("sdk-lost.clnrm.toml", &text);
    assert_eq!(code, 1);
    let verdict = &json["tests"][0]["scenarios"][0]["verdict"];
    assert_eq!(verdict, "passed", "by its exit code all is well");
    assert!(codes(&json).iter().all(|code| *code == "E001"), "{json:#}");
}

#[test]
fn a_service_that_sends_its_spans_when_it_is_asked_to_end_is_heard() {
    if !has(EMITTER) {
        return;
    }
    for (number, form) in FORMS.into_iter().step_by(2).enumerate() {
        // The span of the whole test is its parent: it was there before any scenario.
        let expect = "[[expect.span]]\nname = \"POST /orders\"\nparent = \"clnrm.run\"\n";
        let env = "OTEL_BSP_SCHEDULE_DELAY = \"600000\"";
        let text = test(form, "[\"/clnrm-emitter\", \"order\"]", env, expect).replace(
            "env = {",
            "args = [\"/clnrm-emitter\", \"serve\"]\nwait_for = { log = \"serving\" }\nenv = {",
        );
        let (code, json) = run(&format!("sdk-serves-{number}.clnrm.toml"), &text);
        assert_eq!(code, 0, "{form:?} {json:#}");
        // Five of the service and five of the command.
        assert_eq!(json["tests"][0]["spans"], 10, "{form:?}");
    }
}
