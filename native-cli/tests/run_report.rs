//! Reports of `clnrm run`: the page, the digest of the trace, TAP, annotations for GitHub.
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
mod support;

use emitting::SEND;
use engine::{is_there, left};
use support::Project;

fn test(name: &str, command: &str, more: &str) -> String {
    format!(
        "[meta]\nname = {name}\n[otel]\nexporter = \"otlp\"\n[service.box]\nimage = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nservice = \"box\"\nrun = '''{SEND}{command}'''\n{more}\n"
    )
}

/// The tags of a page in order: name, attributes, and whether it is an end. Every `<` must begin one.
fn tags(page: &str) -> Vec<(String, String, bool)> {
    let body = page.split_once("</head>").unwrap().1;
    let mut tags = Vec::new();
    for rest in body.split('<').skip(1) {
        let (tag, _) = rest.split_once('>').expect("a whole tag");
        let end = tag.starts_with('/');
        let tag = tag.trim_start_matches('/').trim_end_matches('/');
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        tags.push((name.to_owned(), attributes.to_owned(), end));
    }
    tags
}

/// What a page of ours is made of; nothing else may be in it.
const TAGS: &[&str] = &[
    "a",
    "article",
    "body",
    "caption",
    "code",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "g",
    "h1",
    "h2",
    "h3",
    "h4",
    "header",
    "html",
    "li",
    "line",
    "main",
    "p",
    "pre",
    "rect",
    "section",
    "span",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "ul",
];
const ATTRIBUTES: &[&str] = &[
    "aria-label",
    "aria-labelledby",
    "class",
    "datetime",
    "height",
    "href",
    "id",
    "open",
    "role",
    "rx",
    "scope",
    "tabindex",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "xmlns",
    "y",
    "y1",
    "y2",
];

/// The names of attributes, whose values stand in double quotes.
fn attributes(text: &str) -> Vec<&str> {
    let outside = text.split('"').step_by(2);
    outside
        .flat_map(str::split_whitespace)
        .map(|name| name.trim_end_matches('='))
        .filter(|name| !name.is_empty())
        .collect()
}

/// The page is whole, and made of nothing but what we write ourselves.
fn assert_harmless(page: &str) {
    // It begins before the head, which is ours alone but for the title.
    let mut open: Vec<String> = vec!["html".to_owned()];
    for (name, inside, end) in tags(page) {
        assert!(TAGS.contains(&name.as_str()), "<{name} {inside}>");
        for attribute in attributes(&inside) {
            assert!(ATTRIBUTES.contains(&attribute), "<{name} {inside}>");
        }
        if let Some((_, link)) = inside.split_once("href=\"") {
            assert!(link.starts_with("#test-"), "<{name} {inside}>");
        }
        let alone = ["rect", "line"].contains(&name.as_str());
        match end {
            true => assert_eq!(open.pop().as_ref(), Some(&name)),
            false if alone => {}
            false => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    // Should anything have been overlooked, the page's own policy forbids it.
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
}

#[test]
fn a_page_with_hostile_names_and_outputs_is_harmless() {
    if !is_there() {
        return;
    }
    let name = r#"'</title><script>alert(1)</script>" onload="x'"#;
    let command = r#"send '<svg onload=alert(2)>'; printf '</pre><script>alert(3)</script><img src=x onerror=y>\033[31m\377\n'; echo "$API_TOKEN" '"><!--' >&2; exit 3"#;
    let more = "env = { API_TOKEN = \"{{ token }}\" }\nexpected_output_contains = \"<b>&amp;</b>{{ token }}\"\nexpected_exit_code = 4\n[[expect.span]]\nname = \"<svg onload=alert(5)>\"\n[report]\nhtml = \"out/own.html\"\n";
    let file = "hostile-page.clnrm.toml.tera";
    let project = Project::new(&[(file, &test(name, command, more))]);
    let run = project.run(&[
        "run",
        file,
        "--var",
        "token=hunter2-hunter2",
        "--report-html",
        "all.html",
    ]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert_eq!(left(file), "");
    assert!(run.out.contains("rendered line") && !run.out.contains("hunter2"));
    for page in ["all.html", "out/own.html"] {
        let page = std::fs::read_to_string(project.join(page)).unwrap();
        assert_harmless(&page);
        for shown in [
            "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x",
            "&lt;svg onload=alert(2)&gt;",
            "&lt;/pre&gt;&lt;script&gt;alert(3)&lt;/script&gt;&lt;img src=x onerror=y&gt;␛[31m\u{fffd}",
            "&quot;&gt;&lt;!--",
            "&lt;b&gt;&amp;amp;&lt;/b&gt;•••",
            "error E101:",
            "error R103:",
            "error R104:",
            "•••",
        ] {
            assert!(page.contains(shown), "{shown}\n{page}");
        }
        assert!(!page.contains("hunter2") && !page.contains('\u{1b}'));
    }
}

#[test]
fn a_page_shows_what_was_done_and_the_whole_trace() {
    if !is_there() {
        return;
    }
    let good = test(
        "\"pays\"",
        "send pays; send ships; echo done",
        "[[expect.span]]\nname = \"pays\"\n",
    );
    let bad = test(
        "\"refunds\"",
        "send refund 2",
        "[[expect.span]]\nname = \"refund\"\nstatus = \"OK\"\n",
    );
    let project = Project::new(&[("a.clnrm.toml", &good), ("b.clnrm.toml", &bad)]);
    let run = project.run(&["run", "--report-html", "report.html"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let page = std::fs::read_to_string(project.join("report.html")).unwrap();
    assert_harmless(&page);
    for shown in [
        "<h1>clnrm run: 1 of 2 tests failed</h1>",
        "<h2 id=\"test-1\">pays <span class=\"badge passed\">passed</span></h2>",
        "<h2 id=\"test-2\">refunds <span class=\"badge failed\">failed</span></h2>",
        "<figcaption>Standard output</figcaption>",
        "<h4>error E601: the status of span `refund` is ERROR, not OK</h4>",
        "nearest  span `refund`",
        "role=\"img\"",
        "<td>error</td><th scope=\"row\">refund</th>",
        "<td>ok</td><th scope=\"row\">ships</th>",
    ] {
        assert!(page.contains(shown), "{shown}\n{page}");
    }
}

#[test]
fn the_digest_of_a_run_is_that_of_its_trace() {
    if !is_there() {
        return;
    }
    let file = "digest.clnrm.toml";
    // Nothing is expected: the trace is waited for all the same.
    let text = test(
        "\"t\"",
        "send pays; send ships 2",
        "[report]\ndigest = \"out/trace.sha256\"\n",
    );
    let project = Project::new(&[(file, &text)]);
    let digest = || {
        let run = project.run(&["run", "--format", "json", file]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let digest = std::fs::read_to_string(project.join("out/trace.sha256")).unwrap();
        assert_eq!(run.json()["tests"][0]["digest"], digest.trim_end());
        digest
    };
    let first = digest();
    assert_eq!(digest(), first, "twice the same");

    let span = |name: &str, id: u32, status: u8| {
        format!(
            r#"{{"name":"{name}","traceId":"1af7651916cd43dd8448eb211c80319c","spanId":"00000000000000{id:02}","startTimeUnixNano":"1000","endTimeUnixNano":"2000","status":{{"code":{status}}}}}"#
        )
    };
    let trace = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"shop"}}}}]}},"scopeSpans":[{{"spans":[{},{}]}}]}}]}}"#,
        span("ships", 1, 2),
        span("pays", 2, 1)
    );
    project.write("trace.json", trace);
    let analyzed = project.run(&["analyze", file, "--traces", "trace.json", "--digest"]);
    assert!(
        analyzed.out.contains(&format!("digest {first}")),
        "{first}{}",
        analyzed.out
    );
}

#[test]
fn a_test_that_did_not_come_to_its_trace_has_no_digest() {
    if !is_there() {
        return;
    }
    let file = "no-digest.clnrm.toml";
    let text = test("\"t\"", "true", "[report]\ndigest = \"trace.sha256\"\n").replace(
        "image = \"alpine:3.20\"",
        "image = \"nobody/has-this:1\"\npull = \"never\"",
    );
    let project = Project::new(&[(file, &text), ("trace.sha256", "of an earlier run\n")]);
    let run = project.run(&["run", file]);
    assert_eq!(run.code, 1);
    let digest = std::fs::read_to_string(project.join("trace.sha256")).unwrap();
    assert_eq!(digest, "");
}

fn two(project: &Project, format: &str) -> support::Run {
    let plain = |name: &str, command: &str| {
        format!(
            "[meta]\nname = \"{name}\"\n[service.box]\nimage = \"alpine:3.20\"\n[[scenario]]\nname = \"s\"\nrun = \"{command}\"\n"
        )
    };
    project.write("a.clnrm.toml", plain("pays # 1", "true"));
    project.write(
        "b.clnrm.toml",
        plain("ships", "echo '::error::50%'; exit 3"),
    );
    project.run(&["run", "--format", format])
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_and_the_verdicts_are_told_all_the_same() {
    if !is_there() {
        return;
    }
    let file = "unwritable.clnrm.toml";
    let project = Project::new(&[(file, support::GOOD), ("taken", "a file, no folder")]);
    let run = project.run(&[
        "run",
        file,
        "--report-json",
        "taken/report.json",
        "--report-html",
        "report.html",
    ]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.out.contains("1 test · 1 passed"), "{}", run.out);
    assert!(run.err.contains("cannot write"), "{}", run.err);
    // The others are.
    assert!(project.join("report.html").exists());
}

#[test]
fn no_report_is_written_over_another() {
    if !is_there() {
        return;
    }
    let asking = format!("{}[report]\njson = \"out/r.json\"\n", support::GOOD);
    let project = Project::new(&[("a.clnrm.toml", &asking), ("b.clnrm.toml", &asking)]);
    let run = project.run(&["run"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    let said = "r.json` holds the report of another file already";
    assert!(run.err.contains(said), "{}", run.err);
    let kept = std::fs::read_to_string(project.join("out/r.json")).unwrap();
    assert!(kept.contains("a.clnrm.toml"), "{kept}");
}

#[test]
fn tap_has_a_point_for_each_test() {
    if !is_there() {
        return;
    }
    let run = two(&Project::new(&[]), "tap");
    assert_eq!(run.code, 1);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines[..3], ["TAP version 14", "1..2", "ok 1 - pays \\# 1"]);
    for line in [
        "not ok 2 - ships",
        "  file: \"b.clnrm.toml\"",
        "    - code: R103",
        "      message: \"the command ended with exit code 3\"",
        "      line: 7",
        "      \"standard output\":",
        "        - \"::error::50%\"",
    ] {
        assert!(lines.contains(&line), "{line}\n{}", run.out);
    }
    assert_eq!(lines.last(), Some(&"  ..."));
}

#[test]
fn github_gets_an_annotation_and_no_output_is_taken_for_one() {
    if !is_there() {
        return;
    }
    let run = two(&Project::new(&[]), "github");
    assert_eq!(run.code, 1);
    let commands: Vec<&str> = run
        .out
        .lines()
        .filter(|line| line.trim_start().starts_with("::"))
        .collect();
    let [one] = commands[..] else {
        panic!("{}", run.out);
    };
    assert!(
        one.starts_with("::error file=b.clnrm.toml,line=7,endLine=7,col=7,endColumn="),
        "{one}"
    );
    assert!(
        one.contains("::the command ended with exit code 3%0Astandard output%0A::error::50%25"),
        "{one}"
    );
    let last = run.out.lines().last().unwrap();
    assert!(
        last.starts_with("2 tests · 1 passed · 1 failed · "),
        "{last}"
    );
}

#[test]
fn an_invalid_file_is_told_in_the_format_that_was_asked_for() {
    let project = Project::new(&[("a.clnrm.toml", support::BAD)]);
    let tap = project.run(&["run", "--format", "tap"]);
    assert!(
        tap.code == 1 && tap.out.contains("not ok 1 - a.clnrm.toml"),
        "{}",
        tap.out
    );
    let github = project.run(&["run", "--format", "github"]);
    assert!(
        github.code == 1 && github.out.starts_with("::error file=a.clnrm.toml"),
        "{}",
        github.out
    );
}
