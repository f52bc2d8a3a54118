use super::*;

fn names(text: &str) -> Vec<&str> {
    let scan = Scan::of(text);
    scan.sections
        .iter()
        .map(|section| section.name.of(text))
        .collect()
}

fn tags(text: &str) -> Vec<(&str, Within)> {
    let scan = Scan::of(text);
    scan.tags
        .iter()
        .map(|tag| (tag.span.of(text), tag.within))
        .collect()
}

#[test]
fn tags_know_where_they_stand() {
    let text = "a = \"{{ b }}\" # {{ c }}\n{% if d %}\ne = {{ f }}\n";
    assert_eq!(
        tags(text),
        [
            ("{{ b }}", Within::String),
            ("{{ c }}", Within::Comment),
            ("{% if d %}", Within::Code),
            ("{{ f }}", Within::Code)
        ]
    );
}

#[test]
fn quotes_in_a_tag_end_neither_the_tag_nor_the_string() {
    let text = "a = \"{{ env(name=\"}}\") }}\"\nb = 1\n";
    assert_eq!(tags(text), [("{{ env(name=\"}}\") }}", Within::String)]);
    let scan = Scan::of(text);
    assert_eq!(
        scan.blanked(text, Span::new(0, text.len())),
        format!("a = \"{}\"\nb = 1\n", "x".repeat(20))
    );
}

#[test]
fn blanking_keeps_every_offset_and_line() {
    let text = "{% set ä = [\n1] %}\n[vars]\nx = {{ ä }}\ny = 'ü'\n";
    let blank = Scan::of(text).blanked(text, Span::new(0, text.len()));
    assert_eq!(blank.len(), text.len());
    assert_eq!(blank.lines().count(), text.lines().count());
    assert!(blank.ends_with("y = 'ü'\n"));
    assert!(!blank.contains("{{"));
}

#[test]
fn sections_begin_at_headers_only() {
    assert_eq!(
        names("[vars]\na = [\n  [1, 2],\n  [\"x\"],\n]\n[[ scenario ]]\n[service.{{ s }}]\n"),
        ["", "vars", "scenario", "service"]
    );
    assert_eq!(names("a = '''\n[vars]\n'''\n[b]\n"), ["", "b"]);
    assert_eq!(names("# [vars]\n{# \n[vars]\n#}\n"), [""]);
    assert_eq!(names("a = \"\"\"x\\\"\"\"\"\n[b]"), ["", "b"]);
}

#[test]
fn a_header_is_found_although_a_bracket_is_open() {
    assert_eq!(names("a = [1,\n\n[meta] # x\nb = 1\n"), ["", "meta"]);
    assert_eq!(names("a = [1,\n[true],\n[true]\n]\n"), [""]);
    assert_eq!(names("a = \"open\n[meta]\n"), ["", "meta"]);
}

#[test]
fn what_is_not_closed_ends_with_its_line() {
    assert_eq!(tags("a = {{ b\nc = 1\n"), [("{{ b", Within::Code)]);
    assert_eq!(tags("a = \"${#b}\"\n"), []);
}

#[test]
fn many_tags_that_are_never_closed_cost_no_more_than_their_lines() {
    let text = "{{ \"\n{# \n".repeat(50_000);
    assert_eq!(Scan::of(&text).tags.len(), 50_000);
}

#[test]
fn any_text_is_read_without_a_panic() {
    for text in [
        "\"\\",
        "{",
        "{{",
        "[",
        "{#",
        "'''",
        "[[\"",
        "\"\"\"\\",
        "ä{{ä\"",
        "\u{feff}[a]",
    ] {
        let scan = Scan::of(text);
        let span = Span::new(0, text.len());
        assert_eq!(scan.blanked(text, span).len(), text.len(), "{text:?}");
    }
}
