use std::sync::Arc;

use clnrm_core::diagnostic::{Code, Level, Location, Mapping, Range, Related};
use clnrm_core::report::{Counts, Timings};
use clnrm_core::source::{MemorySources, Source, Sources};

use super::*;

/// Texts of a test, and one line that the file rendered to.
struct Given {
    sources: MemorySources,
    rendered: Option<(u32, &'static str)>,
}

impl Texts for Given {
    fn source(&self, name: &str) -> Option<Arc<Source>> {
        self.sources.load(name).ok().flatten()
    }

    fn rendered_line(&self, _file: &str, _combination: u32, line: u32) -> Option<String> {
        let (at, text) = self.rendered?;
        (at == line).then(|| text.to_owned())
    }
}

fn given(files: &[(&str, &str)]) -> Given {
    Given {
        sources: files.iter().copied().collect(),
        rendered: None,
    }
}

impl Given {
    /// The place of the `n`th (from 0) `needle` in a file.
    fn nth(&self, file: &str, needle: &str, n: usize) -> Location {
        let source = self.source(file).unwrap();
        let (start, _) = source.text.match_indices(needle).nth(n).unwrap();
        Location {
            file: file.into(),
            start: source.position(start),
            end: source.position(start + needle.len()),
        }
    }

    fn at(&self, file: &str, needle: &str) -> Location {
        self.nth(file, needle, 0)
    }
}

fn diagnostic(code: Code, message: &str, primary: Location) -> Diagnostic {
    Diagnostic {
        code,
        name: code.name(),
        severity: code.severity(),
        message: message.into(),
        label: None,
        primary,
        mapping: Mapping::Exact,
        rendered: None,
        related: vec![],
        help: None,
        fix: None,
        count: 1,
        renders: vec![],
    }
}

fn related(location: Location, message: &str) -> Related {
    Related {
        location,
        message: message.into(),
    }
}

fn report_of(path: &str, diagnostics: Vec<Diagnostic>) -> Report {
    let mut counts = Counts::default();
    for diagnostic in &diagnostics {
        counts.add(diagnostic.severity, 1);
    }
    let file = FileReport {
        path: path.into(),
        valid: counts.errors == 0,
        level: Level::Structure,
        stopped_at: None,
        omitted: 0,
        template_digest: None,
        context_digest: None,
        cached: false,
        volatile: false,
        dependencies: vec![],
        timings_us: Timings::default(),
        renders: None,
        diagnostics,
        counts,
    };
    Report::new(vec![file], vec![], 1_930)
}

fn printed(given: &Given, diagnostics: Vec<Diagnostic>) -> String {
    let screen = Screen {
        styles: Styles::default(),
        width: 80,
        terminal: false,
    };
    report(
        &report_of("tests/api.clnrm.toml.tera", diagnostics),
        given,
        &screen,
    )
}

#[test]
fn the_frame_of_the_specification() {
    let mut given = given(&[
        (
            "tests/_macros.toml.tera",
            &format!("{}imge = \"{{{{ image }}}}\"\n", "\n".repeat(13)),
        ),
        (
            "tests/api.clnrm.toml.tera",
            &format!(
                "{}{{% import \"_macros.toml.tera\" as m %}}\n",
                "\n".repeat(8)
            ),
        ),
    ]);
    given.rendered = Some((31, "imge = \"registry/api:1.0.0\""));
    let mut fault = diagnostic(
        Code::C103,
        "unknown field `imge` in [service.api]",
        given.at("tests/_macros.toml.tera", "imge"),
    );
    fault.label = Some("not a field of a service".into());
    fault.help = Some("did you mean `image`?".into());
    fault.related = vec![related(
        given.at("tests/api.clnrm.toml.tera", "import"),
        "imported here",
    )];
    let position = clnrm_core::source::Position {
        line: 31,
        column: 1,
        offset: 880,
    };
    fault.rendered = Some(Range {
        start: position,
        end: position,
    });
    insta::assert_snapshot!(printed(&given, vec![fault]), @r#"
    warning[C103]: unknown field `imge` in [service.api]
       ╭─▸ tests/_macros.toml.tera:14:1  (imported at tests/api.clnrm.toml.tera:9:4)
    14 │ imge = "{{ image }}"
       │ ━━━━ not a field of a service
       ╰─ rendered line 31: imge = "registry/api:1.0.0"
       help: did you mean `image`?

    1 file · 1 ok · 1 warning · 1.9 ms
    "#);
}

#[test]
fn other_places_of_the_same_file_share_its_frame() {
    let given = given(&[("a.clnrm.toml", "image = 1\n\n\nx = 2\nimage = 3\n")]);
    let mut fault = diagnostic(
        Code::S102,
        "duplicate key `image`",
        given.nth("a.clnrm.toml", "image", 1),
    );
    fault.related = vec![related(given.at("a.clnrm.toml", "image"), "first set here")];
    insta::assert_snapshot!(printed(&given, vec![fault]), @r"
    error[S102]: duplicate key `image`
      ╭─▸ a.clnrm.toml:5:1
    1 │ image = 1
      │ ───── first set here
      ┆
    5 │ image = 3
      ╰ ━━━━━

    1 file · 1 failed · 1 error · 1.9 ms
    ");
}

#[test]
fn places_of_other_files_follow() {
    let given = given(&[
        ("a.clnrm.toml", "x = 1\n"),
        ("b.toml", "\n\n\n\n\n\n\n\n\ny = 2\n"),
    ]);
    let mut fault = diagnostic(Code::X101, "no service `x`", given.at("a.clnrm.toml", "x"));
    fault.related = vec![related(given.at("b.toml", "y"), "declared here")];
    fault.help = Some("declare it:\n  [service.x]".into());
    fault.count = 3;
    insta::assert_snapshot!(printed(&given, vec![fault]), @r"
    error[X101]: no service `x` (3 times)
       ╭─▸ a.clnrm.toml:1:1
     1 │ x = 1
       │ ━
       ├─▸ b.toml:10:1
    10 │ y = 2
       │ ─ declared here
       ╰─ help: declare it:
                  [service.x]

    1 file · 1 failed · 1 error · 1.9 ms
    ");
}

#[test]
fn a_place_without_text_is_one_line() {
    let given = given(&[("empty.clnrm.toml", "")]);
    let start = clnrm_core::source::Position {
        line: 1,
        column: 1,
        offset: 0,
    };
    let location = |file: &str| Location {
        file: file.into(),
        start,
        end: start,
    };
    let mut nothing = diagnostic(Code::X105, "nothing to run", location("empty.clnrm.toml"));
    nothing.help = Some("add a `[[scenario]]`".into());
    let missing = diagnostic(Code::F101, "`gone` does not exist", location("gone"));
    insta::assert_snapshot!(printed(&given, vec![nothing, missing]), @r"
    error[X105]: nothing to run
      ╭─▸ empty.clnrm.toml:1:1
      ╰─ help: add a `[[scenario]]`

    error[F101]: `gone` does not exist
      ╶─▸ gone:1:1

    1 file · 1 failed · 2 errors · 1.9 ms
    ");
}

#[test]
fn infos_take_one_line_each() {
    let given = given(&[("a.clnrm.toml", "image = \"alpine\"\nx = {{ y }}\n")]);
    let mut tag = diagnostic(
        Code::C119,
        "image `alpine` has no tag",
        given.at("a.clnrm.toml", "\"alpine\""),
    );
    tag.help = Some("pin it".into());
    let mut fault = diagnostic(
        Code::T102,
        "`y` is not set",
        given.at("a.clnrm.toml", "{{ y }}"),
    );
    fault.mapping = Mapping::Expression;
    insta::assert_snapshot!(printed(&given, vec![tag, fault]), @r"
    info[C119]: image `alpine` has no tag  a.clnrm.toml:1:9 · pin it

    error[T102]: `y` is not set
      ╭─▸ a.clnrm.toml:2:5
    2 │ x = {{ y }}
      ╰     ━━━━━━━ made by this expression

    1 file · 1 failed · 1 error · 1 info · 1.9 ms
    ");
}

#[test]
fn the_fourth_info_of_a_kind_is_counted() {
    let given = given(&[("a.clnrm.toml", "x = 1\n")]);
    let at = given.at("a.clnrm.toml", "x");
    let info = diagnostic(Code::C117, "an older form", at);
    let text = printed(&given, vec![info; 5]);
    assert_eq!(text.matches("an older form").count(), 3);
    assert!(text.contains("info[C117]: 2 more in tests/"), "{text}");
}

#[test]
fn a_span_of_several_lines_is_marked_on_its_first() {
    let given = given(&[("a.clnrm.toml", "x = [\n  1,\n]\n")]);
    let fault = diagnostic(
        Code::C102,
        "an array",
        given.at("a.clnrm.toml", "[\n  1,\n]"),
    );
    let text = printed(&given, vec![fault]);
    assert!(text.contains("━ through line 3"), "{text}");
}

#[test]
fn combinations_of_a_matrix_are_named_when_not_all_fail() {
    let given = given(&[("a.clnrm.toml", "x = 1\n")]);
    let mut fault = diagnostic(Code::C102, "wrong", given.at("a.clnrm.toml", "x"));
    fault.renders = vec![1];
    let mut report = report_of("a.clnrm.toml", vec![fault]);
    let render = |os: &str| clnrm_core::report::MatrixRender {
        matrix: [("os".to_owned(), minijinja::Value::from(os))].into(),
        context_digest: None,
        cached: false,
        volatile: false,
    };
    report.files[0].renders = Some(vec![render("a"), render("b")]);
    let file = &report.files[0];
    assert_eq!(suffix(&file.diagnostics[0], file), " (in [os=b])");
}

#[test]
fn colours_are_there_when_asked_for() {
    let given = given(&[("a.clnrm.toml", "x = 1\n")]);
    let fault = diagnostic(Code::C102, "wrong", given.at("a.clnrm.toml", "x"));
    let screen = Screen {
        styles: Styles::new(true),
        width: 80,
        terminal: true,
    };
    let text = report(&report_of("a.clnrm.toml", vec![fault]), &given, &screen);
    assert!(
        text.starts_with("\x1b[1m\x1b[91merror[C102]\x1b[0m\x1b[1m: wrong"),
        "{text:?}"
    );
}
