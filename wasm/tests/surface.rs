//! The surface as JavaScript sees it. Runs in Node, and with `WASM_BINDGEN_USE_BROWSER=1` in a
//! browser without a window.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![cfg(target_arch = "wasm32")]

use clnrm_wasm::{Misuse, Playground};
use js_sys::{JSON, Reflect};
use tsify::{Ts, Tsify};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const NAME: &str = "t.clnrm.toml.tera";

/// A playground with one file.
fn playground(text: &str) -> Playground {
    let mut playground = Playground::new();
    playground.set_file(NAME, text).unwrap();
    playground
}

/// A part of a value: `diagnostics.0.code`.
fn get(value: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(value.clone(), |value, name| {
        Reflect::get(&value, &name.into()).unwrap_or(JsValue::UNDEFINED)
    })
}

fn text(value: &JsValue, path: &str) -> String {
    get(value, path).as_string().unwrap_or_default()
}

fn number(value: &JsValue, path: &str) -> usize {
    get(value, path).as_f64().unwrap_or(f64::NAN) as usize
}

/// What is handed over, through JSON: it is plain data or this shows it.
fn plain<T: Tsify>(value: Ts<T>) -> JsValue
where
    T::JsType: wasm_bindgen::JsCast,
{
    let text = JSON::stringify(&value.js_value()).unwrap();
    JSON::parse(&String::from(text)).unwrap()
}

fn check(playground: &mut Playground) -> JsValue {
    plain(playground.check(NAME).unwrap())
}

/// The diagnostic with this code.
fn diagnostic(report: &JsValue, code: &str) -> JsValue {
    let all = js_sys::Array::from(&get(report, "diagnostics"));
    let found = all
        .iter()
        .find(|diagnostic| text(diagnostic, "code") == code);
    found.unwrap_or_else(|| {
        let all = JSON::stringify(&all).unwrap();
        panic!("no {code} in {}", String::from(all))
    })
}

/// The code of an error as JavaScript catches it.
fn code<T>(result: Result<T, Misuse>) -> String {
    let Err(misuse) = result else {
        panic!("no error");
    };
    let error: JsValue = misuse.into();
    assert!(error.is_instance_of::<js_sys::Error>());
    assert!(!text(&error, "message").is_empty());
    text(&error, "code")
}

const GOOD: &str = "[meta]\nname = \"{{ image }}\"\n[service.api]\nimage = \"a:1\"\n\
                    [[scenario]]\nname = \"s\"\nservice = \"api\"\nrun = \"true\"\n";

#[wasm_bindgen_test]
fn a_good_file_is_valid_and_says_so_in_plain_data() {
    let report = check(&mut playground(GOOD));
    assert_eq!(get(&report, "valid"), JsValue::TRUE);
    assert_eq!(text(&report, "path"), NAME);
    assert_eq!(text(&report, "level"), "structure");
    assert_eq!(get(&report, "stopped_at"), JsValue::NULL);
    assert_eq!(text(&report, "template_digest").len(), 64);
    assert!(js_sys::Array::is_array(&get(&report, "dependencies")));
    assert_eq!(get(&report, "renders"), JsValue::UNDEFINED, "no matrix");
    assert_eq!(number(&report, "diagnostics.length"), 0);
}

/// The UTF-16 unit, byte, line and column where a diagnostic begins.
fn start(diagnostic: &JsValue, of: &str) -> [usize; 4] {
    ["utf16", "offset", "line", "column"]
        .map(|part| number(diagnostic, &format!("{of}.start.{part}")))
}

#[wasm_bindgen_test]
fn places_are_counted_in_utf16_beside_bytes() {
    // An astral character, a combining mark, a tab, CRLF, a mark at the start of the file.
    for before in ["", "😀𝒳", "e\u{301}", "\t", "語\r\n# ", "\r\n\r\n# ä"] {
        for mark in ["", "\u{feff}"] {
            let head = format!("{mark}# {before}\n");
            let template =
                format!("{head}[meta]\nname = \"{{{{ nme }}}}\"\n[service.a]\nimge = \"x:1\"\n");
            let report = check(&mut playground(&template));
            for (code, word) in [("T102", "nme"), ("C103", "imge")] {
                let offset = template.find(word).unwrap();
                let up_to = &template[..offset];
                let line = up_to.matches('\n').count() + 1;
                let column = up_to.rsplit('\n').next().unwrap().chars().count() + 1;
                let utf16 = up_to.encode_utf16().count();
                let found = diagnostic(&report, code);
                assert_eq!(
                    start(&found, "primary"),
                    [utf16, offset, line, column],
                    "{template:?}"
                );
                assert_eq!(
                    number(&found, "primary.end.utf16"),
                    utf16 + word.len(),
                    "{template:?}"
                );
            }
        }
    }
}

#[wasm_bindgen_test]
fn a_place_after_astral_characters_in_its_line() {
    let template = "[service.a]\nimage = \"x:1\"\n\"😀é\" = 1 # 😀\n";
    let found = diagnostic(&check(&mut playground(template)), "C103");
    assert_eq!(number(&found, "primary.start.line"), 3);
    let (start, end) = (
        number(&found, "primary.start.utf16"),
        number(&found, "primary.end.utf16"),
    );
    let units: Vec<u16> = template.encode_utf16().collect();
    assert_eq!(String::from_utf16(&units[start..end]).unwrap(), "\"😀é\"");
}

#[wasm_bindgen_test]
fn rendered_text_is_tied_to_its_template() {
    let mut playground = Playground::new();
    let template = "{% import \"_m.tera\" as m %}\n# 😀{{ image }}\n{{ m::say(what=\"ä\") }}\n";
    playground
        .set_file(
            "_m.tera",
            "{% macro say(what) %}a = \"{{ what }}\"{% endmacro %}",
        )
        .unwrap();
    playground.set_file(NAME, template).unwrap();
    let rendered = plain(playground.rendered(NAME, None).unwrap().unwrap());
    let output: Vec<u16> = text(&rendered, "text").encode_utf16().collect();
    let segments = js_sys::Array::from(&get(&rendered, "map.segments"));
    let mut at = 0;
    let mut chained = 0;
    for segment in segments.iter() {
        let part = |name| number(&segment, name);
        assert_eq!(part("from"), at, "no gaps");
        at = part("to");
        let file = text(&rendered, &format!("map.files.{}", part("file")));
        let source: Vec<u16> = playground.source(&file).unwrap().encode_utf16().collect();
        if text(&segment, "mapping") == "exact" {
            assert_eq!(output[part("from")..at], source[part("start")..part("end")]);
        }
        let chain = get(&rendered, &format!("map.chains.{}", part("chain")));
        if file == "_m.tera" {
            chained += 1;
            let call = template[..template.find("m::say").unwrap()]
                .encode_utf16()
                .count();
            assert_eq!(number(&chain, "0.start.utf16"), call);
        }
    }
    assert_eq!(at, output.len());
    assert!(chained > 0, "{:?}", rendered);
}

#[wasm_bindgen_test]
fn templates_with_faults_still_render_the_rest() {
    let mut playground = playground("[meta]\nname = \"{{ nothing }}\"\n# {{ image }}\n");
    assert_eq!(
        text(&diagnostic(&check(&mut playground), "T102"), "mapping"),
        "exact"
    );
    let rendered = plain(playground.rendered(NAME, None).unwrap().unwrap());
    assert!(text(&rendered, "text").contains("# registry/"));
    playground.set_file(NAME, "{% if a %}\n").unwrap();
    assert_eq!(text(&check(&mut playground), "stopped_at"), "template");
    assert!(playground.rendered(NAME, None).unwrap().is_none());
}

#[wasm_bindgen_test]
fn each_combination_of_a_matrix_has_its_text() {
    let text_of = "[matrix]\nos = [\"a\", \"b\"]\n[meta]\nname = \"{{ matrix.os }}\"\n";
    let mut playground = playground(text_of);
    let report = check(&mut playground);
    assert_eq!(number(&report, "renders.length"), 2);
    assert_eq!(text(&report, "renders.1.matrix.os"), "b");
    let second = plain(playground.rendered(NAME, Some(1)).unwrap().unwrap());
    assert!(text(&second, "text").contains("name = \"b\""));
    assert_eq!(number(&second, "combinations"), 2);
    assert!(playground.rendered(NAME, Some(2)).unwrap().is_none());
}

/// Options from JSON.
fn options(json: &str) -> Ts<clnrm_wasm::Options> {
    Ts::new_unchecked(JSON::parse(json).unwrap())
}

#[wasm_bindgen_test]
fn variables_options_and_files_that_hold_for_all() {
    let mut playground = playground("[meta]\nname = \"{{ a }} {{ b }} {{ c.d }}\"\n");
    let given = JSON::parse("{\"a\": 1, \"c\": {\"d\": [true, null]}}").unwrap();
    playground.set_variables(given).unwrap();
    playground
        .set_file("clnrm.toml", "[vars]\nb = 2\n")
        .unwrap();
    let rendered = plain(playground.rendered(NAME, None).unwrap().unwrap());
    assert!(text(&rendered, "text").contains("\"1 2 [true"));
    assert!(playground.remove_file("clnrm.toml"));
    assert!(!playground.remove_file("clnrm.toml"));
    assert_eq!(
        text(&diagnostic(&check(&mut playground), "T102"), "code"),
        "T102"
    );
    playground.set_file("vars.json", "{\"b\": \"x\"}").unwrap();
    assert_eq!(
        number(
            &plain(playground.check("vars.json").unwrap()),
            "diagnostics.length"
        ),
        0
    );
    let rendered = plain(playground.rendered(NAME, None).unwrap().unwrap());
    assert!(text(&rendered, "text").contains("1 x"));
    playground.set_file("vars.json", "{").unwrap();
    let report = plain(playground.check("vars.json").unwrap());
    assert_eq!(text(&report, "diagnostics.0.code"), "S101");
    for (name, kind) in [
        ("a.clnrm.toml", "test"),
        ("_a.tera", "library"),
        ("clnrm.toml", "project"),
        ("vars.toml", "variables"),
        ("vars.json", "variables"),
        ("red.json", "trace"),
        ("out/spans.jsonl", "trace"),
    ] {
        assert_eq!(
            playground.kind(name).unwrap().js_value(),
            JsValue::from(kind)
        );
    }

    let frozen = "{\"level\": \"syntax\", \"seed\": \"18446744073709551615\", \
                  \"freezeClock\": \"2025-01-01T00:00:00Z\", \"allow\": [\"C119\"], \"denyWarnings\": true}";
    playground.set_options(options(frozen)).unwrap();
    playground
        .set_file(NAME, "# {{ now_rfc3339() }} {{ uuid_v4() }}\n")
        .unwrap();
    let report = check(&mut playground);
    assert_eq!(text(&report, "level"), "syntax");
    assert_eq!(get(&report, "volatile"), JsValue::FALSE);
    let rendered = plain(playground.rendered(NAME, None).unwrap().unwrap());
    assert!(text(&rendered, "text").contains("2025-01-01T00:00:00"));
}

#[wasm_bindgen_test]
fn misuse_is_an_error_with_a_code_and_changes_nothing() {
    let mut playground = playground(GOOD);
    for name in ["", "/a", "a//b", "./a", "a/../b", "a\\b", "<clnrm>/x"] {
        assert_eq!(code(playground.set_file(name, "")), "bad-name", "{name}");
    }
    assert_eq!(code(playground.check("gone")), "no-such-file");
    assert_eq!(code(playground.rendered("gone", None)), "no-such-file");
    assert_eq!(code(playground.complete("gone", 0)), "no-such-file");
    assert_eq!(code(playground.hover("gone", 0)), "no-such-file");
    assert_eq!(code(playground.graph("gone", None)), "no-such-file");
    assert_eq!(
        code(playground.analyze("gone", &"{}".into())),
        "no-such-file"
    );
    for trace in [
        JsValue::NULL,
        JsValue::from(3),
        js_sys::Object::new().into(),
    ] {
        assert_eq!(code(playground.analyze(NAME, &trace)), "no-trace");
        assert_eq!(code(playground.waterfall(&trace)), "no-trace");
    }
    assert_eq!(code(playground.fix(NAME, 0)), "no-fix");
    assert_eq!(code(playground.explain("C999")), "no-such-code");
    for json in [
        "3",
        "{\"level\": \"deep\"}",
        "{\"seed\": \"-1\"}",
        "{\"seed\": \"18446744073709551616\"}",
        "{\"freezeClock\": \"yesterday\"}",
        "{\"matrix\": 1}",
        "{\"freeze_clock\": null}",
    ] {
        assert_eq!(
            code(playground.set_options(options(json))),
            "bad-options",
            "{json}"
        );
    }
    assert_eq!(
        code(playground.set_options(options("{\"deny\": [\"Q1\"]}"))),
        "no-such-code"
    );
    assert_eq!(
        code(playground.set_options(options("{\"allow\": [\"C101\"]}"))),
        "bad-options"
    );
    assert_eq!(
        code(playground.set_variables(JsValue::from(3))),
        "bad-variables"
    );
    assert_eq!(text(&check(&mut playground), "level"), "structure");
}

#[wasm_bindgen_test]
fn a_fix_gives_the_mended_texts() {
    let mut playground = playground("[service.a]\nimge = \"😀\"\n");
    let report = check(&mut playground);
    let all = js_sys::Array::from(&get(&report, "diagnostics"));
    let index = all
        .iter()
        .position(|found| text(&found, "code") == "C103")
        .unwrap();
    assert_eq!(
        number(
            &report,
            &format!("diagnostics.{index}.fix.edits.0.start.utf16")
        ),
        12
    );
    let fixed = plain(playground.fix(NAME, index).unwrap());
    assert_eq!(text(&fixed, "0.file"), NAME);
    assert_eq!(text(&fixed, "0.text"), "[service.a]\nimage = \"😀\"\n");
}

#[wasm_bindgen_test]
fn completion_and_hover_take_and_give_utf16() {
    let template = "# 😀\n[service.api]\nimage = \"a:1\"\n[[scenario]]\nservice = \"ap\n{{ ima }}";
    let mut playground = playground(template);
    let units = |part: &str| {
        template[..template.find(part).unwrap()]
            .encode_utf16()
            .count()
    };
    let at = units("\"ap\n") + 3;
    let completion = plain(playground.complete(NAME, at).unwrap());
    assert_eq!(number(&completion, "from"), at - 2);
    assert_eq!(text(&completion, "items.0.label"), "api");
    assert_eq!(text(&completion, "items.0.kind"), "service");
    let completion = plain(playground.complete(NAME, units("ma }}")).unwrap());
    let items = js_sys::Array::from(&get(&completion, "items"));
    assert!(items.iter().any(|item| text(&item, "label") == "image"));
    let hover = plain(playground.hover(NAME, units("mage")).unwrap().unwrap());
    assert_eq!(
        (number(&hover, "from"), number(&hover, "to")),
        (units("image"), units("image") + 5)
    );
    assert!(text(&hover, "markdown").contains("image"));
    assert!(playground.hover(NAME, 0).unwrap().is_none());
    assert_eq!(
        number(&plain(playground.complete(NAME, 1 << 20).unwrap()), "to"),
        template.encode_utf16().count()
    );
}

#[wasm_bindgen_test]
fn the_graph_of_a_file_has_places() {
    let graph = plain(playground(GOOD).graph(NAME, None).unwrap().unwrap());
    assert_eq!(text(&graph, "nodes.0.kind"), "service");
    assert_eq!(text(&graph, "nodes.0.name"), "api");
    assert_eq!(number(&graph, "nodes.0.place.start.line"), 3);
    assert_eq!(text(&graph, "edges.0.kind"), "runs-in");
}

/// A test that expects something, after astral characters.
const EXPECTING: &str = "# 😀\n[meta]\nname = \"{{ image }}\"\n[service.api]\nimage = \"a:1\"\n\
                         [[scenario]]\nname = \"s\"\nservice = \"api\"\nrun = \"true\"\n\
                         [[expect.span]]\nname = \"pay\" # 😀\nkind = \"server\"\n\
                         attrs.all = { card = \"visa\" }\n\
                         [expect.graph]\nmust_include = [[\"root\", \"pay\"]]\n";

/// Three spans out of order, one of them without its parent, after a child that starts later.
const SPANS: &str = r#"{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
  "scopeSpans": [{"spans": [
    {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174",
     "parentSpanId": "eee19b7ec3c1b173", "name": "pay", "kind": 3,
     "startTimeUnixNano": "1544712660000000300", "endTimeUnixNano": "1544712660000000500",
     "attributes": [{"key": "card", "value": {"stringValue": "visa"}},
                    {"key": "cents", "value": {"intValue": "1299"}}],
     "events": [{"timeUnixNano": "1544712660000000400", "name": "sent"}],
     "status": {"code": 2, "message": "declined"}},
    {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b173", "name": "root",
     "startTimeUnixNano": "1544712660000000100", "endTimeUnixNano": "1544712660000001100"},
    {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b175",
     "parentSpanId": "00f067aa0ba902b7", "name": "lost",
     "startTimeUnixNano": "1544712660000000600", "endTimeUnixNano": "1544712660000000500"}]}]}]}"#;

fn analyze(playground: &mut Playground, trace: &str) -> JsValue {
    plain(playground.analyze(NAME, &trace.into()).unwrap())
}

#[wasm_bindgen_test]
fn verdicts_on_a_trace_have_places_and_the_nearest_miss() {
    let mut playground = playground(EXPECTING);
    let verdicts = analyze(&mut playground, SPANS);
    assert_eq!(get(&verdicts, "fault"), JsValue::NULL);
    assert_eq!(get(&verdicts, "valid"), JsValue::TRUE);
    assert_eq!(text(&verdicts, "outcome"), "fails");
    assert_eq!(number(&verdicts, "spans"), 3);
    assert_eq!(number(&verdicts, "expectations.length"), 2);

    let failed = get(&verdicts, "expectations.0");
    assert_eq!(text(&failed, "kind"), "span");
    assert_eq!(text(&failed, "title"), "span `pay`");
    assert_eq!(text(&failed, "outcome"), "fails");
    assert_eq!(text(&failed, "file"), NAME);
    let units = |part: &str| {
        let offset = EXPECTING.find(part).unwrap();
        EXPECTING[..offset].encode_utf16().count()
    };
    assert_eq!(number(&failed, "start.utf16"), units("\"pay\" #"));
    assert_eq!(number(&failed, "start.line"), 11);
    assert_eq!(text(&failed, "failures.0.code"), "E102");
    assert_eq!(
        number(&failed, "failures.0.primary.start.utf16"),
        units("\"server\"")
    );
    assert_eq!(text(&failed, "failures.0.found"), "client");
    let nearest = get(&failed, "failures.0.nearest");
    assert_eq!(text(&nearest, "name"), "pay");
    assert_eq!(text(&nearest, "span_id"), "eee19b7ec3c1b174");
    assert_eq!(
        ["index", "met", "of"].map(|part| number(&nearest, part)),
        [0, 1, 2]
    );
    assert_eq!(text(&nearest, "fails.0"), "kind");

    let holds = get(&verdicts, "expectations.1");
    assert_eq!(text(&holds, "outcome"), "holds");
    assert_eq!(number(&holds, "failures.length"), 0);
    assert_eq!(
        [number(&holds, "about.0"), number(&holds, "about.1")],
        [0, 1]
    );

    // Mended, and judged against the same trace.
    let mended = EXPECTING.replace("\"server\"", "\"client\"");
    playground.set_file(NAME, &mended).unwrap();
    let verdicts = analyze(&mut playground, SPANS);
    assert_eq!(text(&verdicts, "outcome"), "holds");
}

#[wasm_bindgen_test]
fn nothing_is_vacuously_green_here_either() {
    let mut playground = playground(EXPECTING);
    let verdicts = analyze(&mut playground, "{\"resourceSpans\": []}");
    assert_eq!(text(&verdicts, "outcome"), "fails");
    for at in 0..2 {
        let code = format!("expectations.{at}.failures.0.code");
        assert_eq!(text(&verdicts, &code), "E001");
    }
    playground.set_file(NAME, GOOD).unwrap();
    let verdicts = analyze(&mut playground, SPANS);
    assert_eq!(number(&verdicts, "expectations.length"), 0);
    playground
        .set_file(NAME, "[service.a]\nimage = 1\n")
        .unwrap();
    let verdicts = analyze(&mut playground, SPANS);
    assert_eq!(get(&verdicts, "valid"), JsValue::FALSE);
    assert_eq!(text(&verdicts, "outcome"), "not-evaluated");
    playground.set_file("_lib.toml.tera", "").unwrap();
    let verdicts = playground.analyze("_lib.toml.tera", &SPANS.into());
    assert_eq!(text(&plain(verdicts.unwrap()), "outcome"), "not-evaluated");
}

#[wasm_bindgen_test]
fn a_waterfall_has_a_row_for_each_span() {
    let mut playground = Playground::new();
    let waterfall = plain(playground.waterfall(&SPANS.into()).unwrap());
    assert_eq!(get(&waterfall, "fault"), JsValue::NULL);
    assert_eq!(number(&waterfall, "length"), 1000);
    assert_eq!(number(&waterfall, "rows.length"), 3);
    let row = |at: usize| get(&waterfall, &format!("rows.{at}"));
    let told = [0, 1, 2].map(|at| {
        let parts = ["index", "depth", "start", "duration"];
        (
            text(&row(at), "name"),
            parts.map(|part| number(&row(at), part)),
        )
    });
    assert_eq!(told[0], ("root".to_owned(), [1, 0, 0, 1000]));
    assert_eq!(told[1], ("pay".to_owned(), [0, 1, 200, 200]));
    assert_eq!(text(&row(2), "name"), "lost");
    assert_eq!(get(&row(2), "orphan"), JsValue::TRUE);
    assert_eq!(get(&row(1), "orphan"), JsValue::FALSE);
    assert_eq!(get(&row(2), "duration"), JsValue::NULL, "it ends too early");
    assert_eq!(number(&row(1), "parent"), 1);
    assert_eq!(text(&row(1), "service"), "shop");
    assert_eq!(text(&row(1), "kind"), "client");
    assert_eq!(get(&row(0), "kind"), JsValue::NULL);
    assert_eq!(text(&row(1), "status"), "ERROR");
    assert_eq!(text(&row(1), "status_message"), "declined");
    assert_eq!(text(&row(1), "attributes.1.value"), "1299");
    assert_eq!(text(&row(1), "attributes.1.kind"), "integer");
    assert_eq!(text(&row(1), "events.0.name"), "sent");
    assert_eq!(number(&row(1), "events.0.time"), 300);
}

#[wasm_bindgen_test]
fn what_is_no_trace_is_told_with_its_place() {
    let mut playground = playground(EXPECTING);
    let broken = "{\"spans\": [\n  {\"name\": \"😀\", oops}\n]}";
    let utf16 = broken[..broken.find("oops").unwrap()]
        .encode_utf16()
        .count();
    let verdicts = analyze(&mut playground, broken);
    assert_eq!(text(&verdicts, "outcome"), "not-evaluated");
    for result in [
        verdicts,
        plain(playground.waterfall(&broken.into()).unwrap()),
    ] {
        assert_eq!(text(&result, "fault.at"), "2:17");
        assert_eq!(number(&result, "fault.position.line"), 2);
        assert_eq!(number(&result, "fault.position.utf16"), utf16);
        assert!(!text(&result, "fault.message").is_empty());
    }
    // Each as a file of its own.
    playground.set_file("t.json", broken).unwrap();
    let report = plain(playground.check("t.json").unwrap());
    assert_eq!(text(&report, "diagnostics.0.code"), "S101");
    assert_eq!(number(&report, "diagnostics.0.primary.start.utf16"), utf16);
    playground.set_file("t.json", SPANS).unwrap();
    assert_eq!(
        get(&plain(playground.check("t.json").unwrap()), "valid"),
        JsValue::TRUE
    );
}

#[wasm_bindgen_test]
fn a_trace_may_be_bytes() {
    let mut playground = playground(EXPECTING);
    let bytes = |bytes: &[u8]| -> JsValue { js_sys::Uint8Array::from(bytes).into() };
    let as_text = JSON::stringify(&analyze(&mut playground, SPANS)).unwrap();
    let given = playground.analyze(NAME, &bytes(SPANS.as_bytes())).unwrap();
    assert_eq!(JSON::stringify(&plain(given)).unwrap(), as_text);
    // OTLP protobuf: resource_spans { scope_spans { spans { trace_id, span_id, name } } }.
    let protobuf = [
        &b"\x0a\x25\x12\x23\x12\x21\x0a\x10"[..],
        &[7; 16],
        b"\x12\x08",
        &[8; 8],
        b"\x2a\x03pay",
    ];
    let waterfall = plain(playground.waterfall(&bytes(&protobuf.concat())).unwrap());
    assert_eq!(text(&waterfall, "rows.0.name"), "pay");
    let waterfall = plain(playground.waterfall(&bytes(b"\x1f\x8b\x08")).unwrap());
    assert_eq!(get(&waterfall, "fault.position"), JsValue::NULL);
    assert!(!text(&waterfall, "fault.at").is_empty());
}

#[wasm_bindgen_test]
fn pages_and_figures() {
    let mut playground = playground(GOOD);
    let page = plain(playground.explain("unknown-field").unwrap());
    assert_eq!(
        (text(&page, "code"), text(&page, "severity")),
        ("C103".into(), "warning".into())
    );
    assert!(text(&page, "markdown").starts_with("# C103"));
    check(&mut playground);
    let report = check(&mut playground);
    assert_eq!(get(&report, "cached"), JsValue::TRUE);
    let stats = plain(playground.stats().unwrap());
    assert_eq!(
        (number(&stats, "files"), number(&stats, "cache.hits")),
        (1, 1)
    );
    assert!(number(&stats, "memory_bytes") > 1 << 16);
    assert!(
        playground
            .source("<clnrm>/_macros.toml.tera")
            .unwrap()
            .contains("macro span")
    );
    assert_eq!(playground.source("gone"), None);
}

#[wasm_bindgen_test]
fn what_a_stranger_sends_ends_soon_and_says_why() {
    let nested = "{% for a in range(end=1000) %}".repeat(20) + "x" + &"{% endfor %}".repeat(20);
    let large = "# x\n".repeat(100_000);
    let deep = format!("a = \"{{{{ {}1{} }}}}\"", "(".repeat(500), ")".repeat(500));
    for template in [
        &*nested,
        &*large,
        &*deep,
        "{{ \"x\" | repeat(n=99999999) }}",
    ] {
        let report = check(&mut playground(template));
        assert_eq!(get(&report, "valid"), JsValue::FALSE);
        assert!(number(&report, "diagnostics.length") > 0);
    }
    assert_eq!(
        text(
            &diagnostic(&check(&mut playground(&nested)), "T109"),
            "severity"
        ),
        "error"
    );
    let cycle = format!("{{% include \"{NAME}\" %}}");
    assert_eq!(
        text(
            &diagnostic(&check(&mut playground(&cycle)), "T108"),
            "severity"
        ),
        "error"
    );
    let script = "<img src=x onerror=alert(1)>.clnrm.toml";
    let mut playground = Playground::new();
    playground.set_file(script, "a = ").unwrap();
    assert_eq!(
        text(&plain(playground.check(script).unwrap()), "path"),
        script
    );
}

#[wasm_bindgen_test]
fn a_plain_file_is_formatted_and_a_template_left_alone() {
    let mut playground = Playground::new();
    let untidy = "[meta]\n\n\nname   =\"x\" # why\n";
    for name in ["a.clnrm.toml", NAME] {
        playground.set_file(name, untidy).unwrap();
    }
    let formatted = playground.format("a.clnrm.toml").unwrap();
    assert_eq!(
        formatted.as_deref(),
        Some("[meta]\n\nname = \"x\"  # why\n")
    );
    assert_eq!(playground.format(NAME).unwrap(), None);
    playground.set_file("a.clnrm.toml", "[meta\n").unwrap();
    assert_eq!(playground.format("a.clnrm.toml").unwrap(), None);
    assert!(playground.format("none").is_err());
}
