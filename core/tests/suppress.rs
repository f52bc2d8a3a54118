//! What comments and the project file hide, where they stand, and what is said of those that hide
//! nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use clnrm_core::cache::CacheSettings;
use clnrm_core::checker::{Checker, Options, Project};
use clnrm_core::diagnostic::{Code, Fix, Level, Severity};
use clnrm_core::fix;
use clnrm_core::report::FileReport;
use clnrm_core::source::{MemorySources, Source};

const HEAD: &str = "[meta]\nname = \"t\"\n";
const TAIL: &str = "[[scenario]]\nname = \"s\"\nservice = \"a\"\nrun = \"true\"\n";

fn check_with(files: &[(&str, &str)], options: &Options) -> FileReport {
    let sources: MemorySources = files.iter().copied().collect();
    let entry = Arc::new(Source::new(files[0].0, files[0].1));
    Checker::new(CacheSettings::default()).check(&entry, &sources, options)
}

/// `code file:line` of each diagnostic, and how many are hidden.
fn seen_with(files: &[(&str, &str)], options: &Options) -> (Vec<String>, usize) {
    let report = check_with(files, options);
    let found = report.diagnostics.iter();
    let found = found.map(|one| {
        let at = &one.primary;
        format!("{} {}:{}", one.code, at.file, at.start.line)
    });
    (found.collect(), report.counts.suppressed)
}

fn seen(files: &[(&str, &str)]) -> (Vec<String>, usize) {
    seen_with(files, &Options::default())
}

fn plain(image: &str) -> String {
    format!("{HEAD}[service.a]\n{image}\n{TAIL}")
}

/// After the safe fixes of all that was found.
fn fixed(text: &str, name: &str) -> String {
    let report = check_with(&[(name, text)], &Options::default());
    let fixes: Vec<Fix> = report
        .diagnostics
        .iter()
        .filter_map(|one| one.fix.clone())
        .filter(|fix| fix.safe)
        .collect();
    let mut fixed = fix::apply(&fixes, |_| Some(text.into()));
    fixed.texts.remove(name).unwrap_or_else(|| text.to_owned())
}

const NONE: [String; 0] = [];

#[test]
fn a_line_its_forerunner_and_the_head_of_a_plain_file() {
    let floating = "image = \"a:latest\"";
    let unhidden = plain(floating);
    assert_eq!(seen(&[("t.toml", &unhidden)]).0, ["C119 t.toml:4"]);
    for text in [
        plain(&format!("{floating} # clnrm: allow C119")),
        plain(&format!(
            "{floating} # clnrm: allow floating-image-tag, since we test it"
        )),
        plain(&format!("# clnrm: allow C119\n{floating}")),
        plain(&format!("# clnrm: allow C119\n\n# why\n{floating}")),
        format!("# clnrm: allow C119\n{unhidden}"),
        format!("# about\n\n# clnrm: allow C119 (for now)\n{unhidden}"),
    ] {
        assert_eq!(seen(&[("t.toml", &text)]), (NONE.to_vec(), 1), "{text}");
    }
}

#[test]
fn templates_includes_and_macros_hide_where_the_finding_lands() {
    let tail = TAIL;
    let literal = format!(
        "{HEAD}{{% if true %}}[service.a]\nimage = \"a:latest\" # clnrm: allow C119\n{{% endif %}}{tail}"
    );
    let made =
        format!("{HEAD}[service.a]\nimage = \"a:{{{{ 'latest' }}}}\" # clnrm: allow C119\n{tail}");
    let unseen =
        format!("{HEAD}[service.a]\nimage = \"a:latest\" {{# clnrm: allow C119 #}}\n{tail}");
    let above =
        format!("{HEAD}[service.a]\n{{# clnrm: allow C119 #}}\nimage = \"a:latest\"\n{tail}");
    let head = format!(
        "{{# clnrm: allow C119 #}}\n{HEAD}[service.a]\nimage = \"a:{{{{ 'latest' }}}}\"\n{tail}"
    );
    for text in [&literal, &made, &unseen, &above, &head] {
        let found = seen(&[("t.toml.tera", text)]);
        assert_eq!(found, (NONE.to_vec(), 1), "{text}");
    }

    let entry = format!("{HEAD}{{% include \"_service.tera\" %}}{tail}");
    let service = "[service.a]\nimage = \"a:latest\"";
    let line = format!("{service} # clnrm: allow C119\n");
    let all = format!("# clnrm: allow C119\n{service}\n");
    let found = |text: &str| seen(&[("t.toml.tera", &entry), ("_service.tera", text)]);
    assert_eq!(found(&format!("{service}\n")).0, ["C119 _service.tera:2"]);
    assert_eq!(found(&line), (NONE.to_vec(), 1));
    assert_eq!(found(&all), (NONE.to_vec(), 1));
    // A comment in the entry is about the entry.
    let entry = format!("# clnrm: allow C119\n{entry}");
    let found = seen(&[
        ("t.toml.tera", &entry),
        ("_service.tera", &format!("{service}\n")),
    ]);
    assert_eq!(found.0, ["C119 _service.tera:2"]);

    let entry = format!("{{% import \"_m.tera\" as m %}}\n{HEAD}{{{{ m::service() }}}}\n{tail}");
    let of = |comment: &str| {
        format!(
            "{{% macro service() %}}[service.a]\nimage = \"a:latest\"{comment}\n{{% endmacro %}}"
        )
    };
    let found = |text: &str| seen(&[("t.toml.tera", &entry), ("_m.tera", text)]);
    assert_eq!(found(&of("")).0, ["C119 _m.tera:2"]);
    assert_eq!(found(&of(" # clnrm: allow C119")), (NONE.to_vec(), 1));
    assert_eq!(found(&of(" {# clnrm: allow C119 #}")), (NONE.to_vec(), 1));
}

#[test]
fn the_project_file_hides_by_path() {
    let text = plain("image = \"a:latest\"");
    let options = |glob: &str| Options {
        project: Arc::new(Project {
            lint_allow: vec![(glob.to_owned(), vec![Code::C119])],
            ..Project::default()
        }),
        ..Options::default()
    };
    for (glob, hidden) in [
        ("tests/old/*", 1),
        ("tests/**", 1),
        ("**/a.toml", 1),
        ("tests/*", 0),
        ("other/**", 0),
    ] {
        let found = seen_with(&[("tests/old/a.toml", &text)], &options(glob));
        assert_eq!((found.0.len(), found.1), (1 - hidden, hidden), "{glob}");
    }
}

#[test]
fn paths_of_the_project_file_are_relative_to_its_folder() {
    let project = |folder: &str, here: &str| Project {
        lint_allow: vec![("tests/*".to_owned(), Vec::new())],
        folder: folder.to_owned(),
        here: here.to_owned(),
        ..Project::default()
    };
    for (folder, here, name, is_meant) in [
        ("/p", "/p", "tests/a", true),
        ("/p", "/p", "/p/tests/a", true),
        ("/p", "/p/tests", "a", true),
        ("/p", "/p/other", "/p/tests/a", true),
        ("/p", "/p/other", "tests/a", false),
        ("/w/p", "/w", "p/tests/a", true),
        ("/w/p", "/w", "tests/a", false),
        ("/w/p", "/w/pp", "tests/a", false),
        ("/", "/", "tests/a", true),
        ("/", "/tests", "a", true),
    ] {
        let found = project(folder, here).allowing(name).count();
        assert_eq!(found == 1, is_meant, "{folder} {here} {name}");
    }
}

#[test]
fn what_looks_like_a_comment_in_a_string_is_none() {
    let text = plain("image = \"a:latest\"\nargs = [\"# clnrm: allow C119\"]");
    assert_eq!(
        seen(&[("t.toml", &text)]),
        (vec!["C119 t.toml:4".into()], 0)
    );
    let text = plain("image = \"a:1\"\nargs = [\"# clnrm: allow C119\"]");
    assert_eq!(seen(&[("t.toml", &text)]), (NONE.to_vec(), 0));
}

#[test]
fn a_comment_that_hides_nothing_is_reported_and_taken_out() {
    let without = plain("image = \"a:1\"");
    for (text, line) in [
        (plain("image = \"a:1\"  # clnrm: allow C119"), 4),
        (
            plain("# clnrm: allow C119, since it was so\nimage = \"a:1\""),
            4,
        ),
        (format!("# clnrm: allow C119\n{without}"), 1),
        (format!("{without}# clnrm: allow C119\n"), 9),
        (plain("image = \"a:1\" # clnrm: allow C101"), 4),
    ] {
        let report = check_with(&[("t.toml", &text)], &Options::default());
        let [found] = &report.diagnostics[..] else {
            panic!("{text}{report:#?}")
        };
        assert_eq!((found.code, found.primary.start.line), (Code::T123, line));
        assert!(report.valid && found.severity == Severity::Warning);
        assert_eq!(fixed(&text, "t.toml"), without, "{text}");
    }
    // Only the code that hides nothing goes.
    for (text, left) in [
        ("C119, C103", "C119"),
        ("C103, C119", "C119"),
        ("C121 C119 C103 for now", "C119 for now"),
    ] {
        let with = |codes: &str| plain(&format!("image = \"a:latest\" # clnrm: allow {codes}"));
        assert_eq!(fixed(&with(text), "t.toml"), with(left));
    }
    // A comment of another kind before it stays.
    let text = plain("image = \"a:1\" # pinned # clnrm: allow C119");
    let left = plain("image = \"a:1\" # pinned");
    assert_eq!(fixed(&text, "t.toml"), left);
    let text = plain("image = \"a:1\" # clnrm: allow C119, T123");
    assert_eq!(
        seen(&[("t.toml", &text)]),
        (NONE.to_vec(), 1),
        "hidden itself"
    );
}

#[test]
fn nothing_is_said_where_it_is_not_sure() {
    let text = plain("image = \"a:1\" # clnrm: allow C119");
    let level = |level| Options {
        level,
        ..Options::default()
    };
    let at = |options| seen_with(&[("t.toml", &text)], &options).0;
    assert_eq!(at(level(Level::Syntax)), NONE, "the rule did not run");
    assert_eq!(at(level(Level::Semantic)), ["T123 t.toml:4"]);
    let options = Options {
        deny: vec![Code::C119],
        ..Options::default()
    };
    assert_eq!(at(options), NONE, "denied, so the comment has no say");
    // A fault may hide what the comment is about.
    let faulty = text.replace("run = \"true\"", "");
    let found = seen(&[("t.toml", &faulty)]).0;
    assert!(
        !found.iter().any(|one| one.starts_with("T123")),
        "{found:?}"
    );

    // In a template: lines with a tag, that were not rendered, and the whole file.
    let tera = |text: &str| seen(&[("t.toml.tera", text)]).0;
    let tag = plain("image = \"a:{{ 1 }}\" # clnrm: allow C119");
    assert_eq!(tera(&tag), NONE);
    let branch = plain(
        "{% if false %}\nimage = \"a:latest\" # clnrm: allow C119\n{% else %}\nimage = \"a:1\"\n{% endif %}",
    );
    assert_eq!(tera(&branch), NONE);
    let whole = format!("# clnrm: allow C119\n{}", plain("image = \"a:{{ 1 }}\""));
    assert_eq!(tera(&whole), NONE);
    let certain = format!(
        "{{% set x = 1 %}}{}",
        plain("image = \"a:1\" {# clnrm: allow C119 #}")
    );
    assert_eq!(tera(&certain), ["T123 t.toml.tera:4"]);
    assert_eq!(
        fixed(&certain, "t.toml.tera"),
        format!("{{% set x = 1 %}}{}", plain("image = \"a:1\""))
    );
}

mod any_place {
    use proptest::prelude::*;

    use super::*;

    const CODES: [&str; 4] = ["C119", "unknown-field", "X103", "C120"];

    proptest! {
        #[test]
        fn the_fix_takes_out_the_comment_and_nothing_else(
            line in 0usize..9,
            own in any::<bool>(),
            codes in prop::sample::subsequence(CODES.to_vec(), 1..4),
            reason in "( because .{0,10})?",
            blanks in "[ \t]{1,3}",
            crlf in any::<bool>(),
        ) {
            let without = format!("# über\n{}", plain("image = \"a:1\""));
            let without = if crlf { without.replace('\n', "\r\n") } else { without };
            let ending = if crlf { "\r\n" } else { "\n" };
            let reason: String = reason.chars().filter(|c| !c.is_control()).collect();
            // With what looks like a tag it is left alone.
            prop_assume!(!["{{", "{%", "{#"].iter().any(|tag| reason.contains(tag)));
            let comment = format!("# clnrm: allow {}{reason}", codes.join(", "));
            let mut lines: Vec<String> = without.split_inclusive('\n').map(str::to_owned).collect();
            let line = line.min(lines.len() - 1);
            if own {
                lines.insert(line, format!("{comment}{ending}"));
            } else {
                // A comment at the end of a comment is one with it.
                prop_assume!(line > 0);
                let text = lines[line].trim_end_matches(['\r', '\n']).to_owned();
                lines[line] = format!("{text}{blanks}{comment}{ending}");
            }
            let text = lines.concat();
            prop_assert_eq!(fixed(&text, "t.toml"), without);
        }
    }
}

#[test]
fn a_comment_that_is_not_understood_is_told() {
    let image = "image = \"alpine:3.20\"";
    let told = |comment: &str| {
        let text = plain(&format!("{image} {comment}"));
        let report = check_with(&[("t.toml", &text)], &Options::default());
        let found = report.diagnostics.iter();
        let found = found.map(|one| {
            let at = &one.primary;
            let place = &text[at.start.offset..at.end.offset];
            assert_eq!((one.code, at.start.line), (Code::T123, 4), "{comment}");
            format!("{place}: {}", one.help.as_deref().unwrap_or_default())
        });
        found.collect::<Vec<_>>()
    };
    let list = "`clnrm explain` lists the codes and their names";
    assert_eq!(told("# clnrm: allow C999"), [format!("C999: {list}")]);
    assert_eq!(
        told("# clnrm: allow floating-image-tg, please"),
        ["floating-image-tg: did you mean `floating-image-tag`?"]
    );
    assert_eq!(
        told("# clnrm: allow C119, C998 (for now)"),
        ["C119: remove it".to_owned(), format!("C998: {list}")]
    );
    assert_eq!(told("# clnrm: ignore C119"), ["ignore: write `allow`"]);
    assert_eq!(
        told("# clnrm: allow"),
        ["allow: name the code that it hides"]
    );
    // For people.
    for comment in [
        "# clnrm: a tool for tests",
        "# see clnrm: allow C999",
        "# clnrm",
    ] {
        assert_eq!(told(comment), [""; 0], "{comment}");
    }

    // Also where the file is wrong in other ways, and hides what it does name.
    let text =
        format!("{HEAD}[service.a]\nimage = \"a:latest\" # clnrm: allow C119 C999\nnope = 1");
    let (found, hidden) = seen(&[("t.toml", &text)]);
    assert!(found.contains(&"T123 t.toml:4".to_owned()), "{found:?}");
    assert_eq!(hidden, 1);
}
