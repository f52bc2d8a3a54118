//! Whatever was read can be normalised, written, read again, compared and judged.
#![no_main]

use clnrm_core::config;
use clnrm_core::document::Document;
use clnrm_core::expect::{Surroundings, evaluate};
use clnrm_core::trace::{Diff, Trace};
use libfuzzer_sys::fuzz_target;

const TEST: &str = r#"
[[expect.span]]
name = "a*"
parent = "*"
each = true
duration_ms = { max = 5 }
[expect.graph]
must_include = [["a", "b"]]
must_reach = [["*", "b"]]
must_not_cross = [["a", "c"]]
acyclic = true
[[expect.window]]
outer = "*"
contains = ["a*"]
[expect.order]
must_precede = [["a", "*"]]
[expect.status]
all = "OK"
[expect.hermeticity]
no_external_services = true
resource_attrs.must_match = { a = 1 }
span_attrs.forbid_keys = ["*"]
"#;

fuzz_target!(|bytes: &[u8]| {
    let Ok(trace) = Trace::read(bytes) else {
        return;
    };
    let normal = trace.normalized(false);
    let written = trace.baseline(false);
    let again = Trace::read(written.as_bytes()).expect("what was written can be read");
    assert_eq!(again.spans.len(), normal.spans.len());
    assert_eq!(trace.digest(false), again.digest(false));
    assert!(Diff::of(&normal, &normal, None).rows.len() >= normal.spans.len());
    let (document, _) = Document::parse(TEST, &[]);
    let (test, _) = config::read(&document);
    let verdicts = evaluate(&test, &trace, &Surroundings::default(), &[]);
    assert_eq!(verdicts.checks.is_empty(), false);
});
