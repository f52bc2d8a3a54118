//! Our parser and its tree against `toml`'s, and what is said of mistakes.

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Anchor;

/// `line:column code message` of each finding.
fn findings(text: &str) -> Vec<String> {
    describe(text, &Document::parse(text, &[]).1)
}

fn describe(text: &str, findings: &[Finding]) -> Vec<String> {
    let lines = crate::source::LineIndex::new(text);
    findings
        .iter()
        .map(|finding| {
            let Anchor::Rendered(span) = finding.at else {
                panic!("an anchor in a source");
            };
            let at = lines.position(text, span.start);
            format!(
                "{}:{} {} {}",
                at.line, at.column, finding.code, finding.message
            )
        })
        .collect()
}

/// Both trees as one kind of text.
fn ours(node: &Node<'_>) -> String {
    match &node.kind {
        Kind::String(text) => format!("{text:?}"),
        Kind::Integer(number) => number.to_string(),
        Kind::Float(number) => format!("f{number:?}"),
        Kind::Boolean(value) => value.to_string(),
        Kind::Datetime(_) => "d".into(),
        Kind::Array(array) => {
            let items: Vec<_> = array.items.iter().map(ours).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Table(table) => our_table(table),
        Kind::Damaged => "damaged".into(),
    }
}

fn our_table(table: &Table<'_>) -> String {
    let mut entries: Vec<_> = table
        .entries()
        .iter()
        .map(|entry| format!("{:?}={}", entry.key.name, ours(&entry.value)))
        .collect();
    entries.sort();
    format!("{{{}}}", entries.join(","))
}

fn theirs(value: &toml::de::DeValue<'_>) -> String {
    use toml::de::DeValue;
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => scalar::integer(number.as_str(), number.radix())
            .unwrap()
            .to_string(),
        DeValue::Float(number) => format!("f{:?}", number.as_str().parse::<f64>().unwrap()),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "d".into(),
        DeValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| theirs(item.get_ref())).collect();
            format!("[{}]", items.join(","))
        }
        DeValue::Table(table) => their_table(table),
    }
}

fn their_table(table: &DeTable<'_>) -> String {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| format!("{:?}={}", key.get_ref(), theirs(value.get_ref())))
        .collect();
    entries.sort();
    format!("{{{}}}", entries.join(","))
}

/// A tree with all that it says of places and origins; keys are sorted.
fn places(table: &Table<'_>) -> String {
    fn value(node: &Node<'_>) -> String {
        let inner = match &node.kind {
            Kind::Array(array) => {
                let items: Vec<_> = array.items.iter().map(value).collect();
                format!("{}[{}]", array.of_tables, items.join(","))
            }
            Kind::Table(table) => places(table),
            _ => ours(node),
        };
        format!("{inner}@{:?}", node.span)
    }
    let mut entries: Vec<_> = table
        .entries()
        .iter()
        .map(|entry| format!("{:?}={}", entry.key, value(&entry.value)))
        .collect();
    entries.sort();
    let entries = entries.join("\n");
    format!("{:?} {:?} {{{entries}}}", table.origin, table.name)
}

/// Our parser finds something in `text` exactly if `toml` does; and if nothing, the trees are the
/// same, of both and of what [`Document::parse`] makes of theirs.
fn agrees(text: &str) {
    let parser = parse::Parser::new(text, &[], &|_| false);
    let ((document, found), _) = parser.document();
    let (their, errors) = DeTable::parse_recoverable(text);
    let sound = valid::document(text, their.get_ref().clone()).is_some();
    assert_eq!(
        found.is_empty(),
        errors.is_empty() && sound,
        "{text:?}\nours: {found:#?}\ntheirs: {errors:#?}"
    );
    if found.is_empty() {
        assert_eq!(
            our_table(&document.root),
            their_table(their.get_ref()),
            "{text:?}"
        );
    }
    let (chosen, said) = Document::parse(text, &[]);
    assert_eq!(said, found, "{text:?}");
    assert_eq!(places(&chosen.root), places(&document.root), "{text:?}");
}

#[test]
fn agrees_with_toml() {
    for text in [
        "",
        "a = 1",
        "a = 1\r\nb = 2\r\n",
        "\u{feff}a = 1",
        "a.b.c = 1\na.b.d = 2\na.e = 3",
        "[a.b.c]\nx = 1\n[a]\ny = 2",
        "[a.b.c]\nx = 1\n[a]\nb.y = 2",
        "[a]\nb.c = 1\n[a.b.d]\nx = 1",
        "[a]\nb.c = 1\n[a.b]\nx = 1",
        "[[a]]\nx = 1\n[[a]]\nx = 2\n[a.b]\ny = 1\n[[a.c]]\nz = 1",
        "[a]\n[a]",
        "[a]\n[[a]]",
        "[[a]]\n[a]",
        "a = [1]\n[[a]]",
        "a = {b = 1}\n[a.c]",
        "a = {b = 1}\na.c = 1",
        "a = {b.c = 1, b.d = 2}",
        "a = {b = {}, b.c = 2}",
        "a = {b.c = 1, b = 2}",
        "a = {\n  b = 1, # x\n  c = [\n 1, 2,\n ],\n}",
        "a = { b = 1\n, c = 2 }",
        "a = { b # x\n = # y\n 1 }",
        "a = { b\n }",
        "a = { b =\n }",
        "a = { b =\n c = 1 }",
        "a = 1\na = 2",
        "a = 1\n[a]",
        "a.b = 1\n[a]",
        "[a]\nb = 1\n[a.b]",
        "'a b'.\"c\\t\" = 1",
        "\"\" = 1",
        "a = '''\nx\n'''\nb = \"\"\"\\\n   y\"\"\"",
        "a = \"\\x41\\u00e9\\e\"",
        "a = \"\"\"a\"\"b\"\"\"\"\"",
        "a = '''''x'''''",
        "a = [[\"a\", 'b'], [], [[1.5, -2, +3, 1_000, 0xff, 0o7, 0b1]]]",
        "a = [1.0e5, inf, -inf, nan, 6.02E-3]",
        "a = 9223372036854775808",
        "a = [1979-05-27, 07:32:00, 1979-05-27T07:32:00Z, 1979-05-27 07:32:00.5-07:00, 07:32]",
        "a = 1979-02-30",
        "a = 1_0\"",
        "a = 1_0.5\"",
        "a = 01",
        "a = 1__0",
        "a = tru",
        "a = \"\\d\"",
        "a = \"\u{1}\"",
        "# \u{1}",
        "a = 1 # fine",
        "a =",
        "= 1",
        "a",
        "a b = 1",
        "a = 1 b = 2",
        "[a] b = 1",
        "[a",
        "[]",
        "[a.]",
        "[[a]",
        "a = [1, 2",
        "a = [1 2]",
        "a = [,]",
        "a = [1,,2]",
        "a = {b = 1",
        "a = {b = 1,, c = 2}",
        "a = {b}",
        "a = \"x",
        "a = 'x",
        "a = \"\"\"x",
        "a = x",
        "a = \"x\" y",
        "a = ]",
        "a = 1\r2",
        "a.\nb = 1",
        "ä = 1",
        "\"\"\"a\"\"\" = 1",
        "[a]\nx = 1\n[b]\n[a.c]\ny = 1",
        "[ a . b ]\nx = 1",
        "[a]#c\n[b] #c",
        "a = { }",
        "a = [ ]",
    ] {
        agrees(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn agrees_with_toml_on_noise(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "a", "b", "c.d", " = ", "=", "1", "\"x\"", "'y'", "[", "]", "[[", "]]", "{", "}", ",",
                "\n", "\n", "\r\n", " ", "# c", "true", "1.5", "\"\"\"", "'''", "\\", "\"", "'", ".",
                "2020-01-01", "[a]\n", "[[b]]\n", "a = 1\n", "b.c = [1]\n", "x = {y = 1}\n", "é", "\u{0}",
            ]),
            0..24,
        )
    ) {
        agrees(&parts.concat());
    }

    #[test]
    fn agrees_with_toml_on_documents_with_a_mistake(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "[a]", "[a.b]", "[a.b.c]", "[ b . 'a b' ]", "[[c]]", "[[c.d]]", "[c.d.e]", "[\"\"]",
                "x = 1", "y = \"a # \\\"b\\\"\" # c", "x.y = 2.5e3", "x.y.z = true", "b.c = 'l'",
                "z = [1, [\"a\", 'b'], { k = 1, l.m = 2 }]", "w = { a = 1, b.c = [ ], b.d = 0x1f }",
                "v = [\n  1, # one\n  2,\n]", "u = \"\"\"\n a \\\n  \"\"b\"\"\"", "t = '''\n'x''\n'''",
                "s = 1979-05-27T07:32:00.5+01:00", "r = 07:32", "q = +1_000", "\"x\" = nan", "d = {\n}",
                "'a b'.c = -inf", "# comment", "", "  \tp = 0b10  ", "1.2 = 3", "a = 1", "c = []",
            ]),
            0..14,
        ),
        crlf in any::<bool>(),
        at in any::<prop::sample::Index>(),
        change in 0_usize..6,
    ) {
        let mut text = lines.join(if crlf { "\r\n" } else { "\n" });
        agrees(&text);
        let at = text.floor_char_boundary(at.index(text.len() + 1));
        let next = text.ceil_char_boundary((at + 1).min(text.len()));
        match change {
            0 => text.replace_range(at..next, ""),
            1 => {
                let again = text[at..next].to_owned();
                text.insert_str(at, &again);
            }
            2 => text.replace_range(at..next, "\""),
            3 => text.replace_range(at..next, "\n"),
            4 => text.truncate(at),
            _ => text.insert(at, ']'),
        }
        agrees(&text);
    }

    #[test]
    fn never_panics(text in "\\PC{0,80}", at in 0_usize..80) {
        let _ = Document::parse(&text, &[Span::new(at, at + 1)]);
    }
}

#[test]
fn one_mistake_is_one_finding_and_the_next_one_is_found_too() {
    let text = "a = \n3000\nb 1\nname: \"x\"\n= 2\nc = 1,\nd = 01\ne = \"\\d\"\nf = yes\n\
        g = hello world # x\nh # i\n";
    assert_eq!(
        findings(text),
        [
            "1:1 S101 `a` has no value",
            "2:1 S101 `3000` stands alone: a key needs `=` and a value",
            "3:1 S101 `b 1` is no setting: there is no `=`",
            "4:1 S101 `name: \"x\"` is no setting: there is no `=`",
            "5:1 S101 a value without a key",
            "6:6 S101 a comma after the value",
            "7:5 S101 the number `01` begins with a zero",
            "8:6 S101 `\\d` is no escape sequence of TOML",
            "9:5 S101 `yes` is no value of TOML",
            "10:5 S101 the text `hello world` needs quotes",
            "11:1 S101 `h` stands alone: a key needs `=` and a value",
        ]
    );
}

#[test]
fn semicolons_are_one_fault_a_line_and_lose_nothing() {
    let text = "a = 1 ; b = \"2\" ; c = 3\nd = 4\n";
    let (document, found) = Document::parse(text, &[]);
    assert_eq!(
        describe(text, &found),
        ["1:7 S101 `;` does not separate settings"]
    );
    assert_eq!(our_table(&document.root), r#"{"a"=1,"b"="2","c"=3,"d"=4}"#);
    assert!(!document.root.incomplete);
}

#[test]
fn a_text_over_several_lines_is_read_to_its_end() {
    let text = "[[steps]]\ncommand = [\"sh\", \"-c\", \"\n  echo 'a'\n  x = \\\"b\\\"\n\"]name = \"s\"\n\
        [[steps]]\n";
    let (document, found) = Document::parse(text, &[]);
    assert_eq!(
        describe(text, &found),
        [
            "2:24 S101 a text in `\"` runs over several lines",
            "5:3 S101 `name` must begin a line of its own",
        ]
    );
    let steps = document.root.get("steps").unwrap().as_array().unwrap();
    assert_eq!(steps.len(), 2);
    let name = steps[0].as_table().unwrap().get("name").unwrap();
    assert_eq!(name.as_str(), Some("s"));
}

#[test]
fn what_is_not_closed_ends_where_the_next_statement_begins() {
    for (text, finding) in [
        (
            "a = \"x\nb = \"y\"\n",
            "1:5 S101 the text is not closed at the end of the line",
        ),
        (
            "a = 'x\n[b]\nb = 'y'\n",
            "1:5 S101 the text is not closed at the end of the line",
        ),
        (
            "a = [1,\n 2\nb = 1\n",
            "1:5 S101 the array that begins here is never closed",
        ),
        (
            "a = [\"x\",\n\"b\" = 1\n",
            "1:5 S101 the array that begins here is never closed",
        ),
        (
            "a = [\n[b]\n",
            "1:5 S101 the array that begins here is never closed",
        ),
        (
            "a = { x = 1\nb = 1\n[c]\nd = {}\n",
            "1:5 S101 the table that begins here is never closed",
        ),
        (
            "a = { x = 1,\n[b]\n",
            "1:5 S101 the table that begins here is never closed",
        ),
        (
            "a = { x = [1\nb = 1\n",
            "1:11 S101 the array that begins here is never closed",
        ),
        (
            "[a\nb = 1\n",
            "1:1 S101 the table header `[a` is not closed",
        ),
        (
            "[[a]\nb = 1\n",
            "1:1 S101 the table header `[[a` is not closed",
        ),
        (
            "a = \"\"\"x\n[b]\n",
            "1:5 S101 the text that begins with `\"\"\"` is never closed",
        ),
    ] {
        let (document, found) = Document::parse(text, &[]);
        assert_eq!(describe(text, &found), [finding], "{text:?}");
        let root = &document.root;
        let in_a = root.get("a").and_then(|a| {
            let a = a.as_array().and_then(<[_]>::first).unwrap_or(a);
            a.as_table()?.get("b")
        });
        assert!(
            root.get("b").or(in_a).is_some(),
            "{text:?}: {}",
            our_table(root)
        );
    }
    assert_eq!(
        findings("a = { x = [1,\n y = 2 }\nb = 1"),
        ["1:11 S101 the array that begins here is never closed"]
    );
    assert_eq!(
        findings("a = { x = 1\n y = 2 }\n"),
        ["2:2 S101 a comma is missing before `y`"]
    );
}

#[test]
fn twice_is_a_fault_of_the_second_and_the_first_is_shown() {
    let text = "[a]\nx = 1\nx = 2\n[b]\n[a]\nx = 3\ny = 4\n[[b]]\nz = 1\n";
    let (document, found) = Document::parse(text, &[]);
    assert_eq!(
        describe(text, &found),
        [
            "3:1 S102 `x` is set twice",
            "5:2 S102 the table `a` is defined twice",
            "8:3 S102 `b` is a table already, not an array of tables",
        ]
    );
    assert_eq!(found[0].notes[0].at, Anchor::Rendered(Span::new(4, 5)));
    assert_eq!(our_table(&document.root), r#"{"a"={"x"=1,"y"=4},"b"={}}"#);
}

#[test]
fn tables_of_macros_merge() {
    let text = "[expect.order]\na = 1\n[expect.order]\na = 2\n[[expect.order]]\na = 3\n[a]\n[a]\n";
    assert_eq!(
        findings(text),
        [
            "3:2 S102 the table `expect.order` is defined twice",
            "5:10 S102 `order` is a table already, not an array of tables",
            "8:2 S102 the table `a` is defined twice",
        ]
    );
    let (document, found) = Document::parse_rendered(text, &[], &|at| at.start > 0);
    assert_eq!(
        describe(text, &found),
        ["8:2 S102 the table `a` is defined twice"]
    );
    assert_eq!(
        our_table(&document.root),
        r#"{"a"={},"expect"={"order"=[{"a"=1},{"a"=2},{"a"=3}]}}"#
    );
}

#[test]
fn what_a_placeholder_touches_raises_nothing() {
    let text = "a = 0\n0\n[services.0]\nb = \"x0\" y\nc = 1 1\n";
    let holes: Vec<_> = text
        .match_indices('0')
        .map(|(at, _)| Span::new(at, at + 1))
        .collect();
    let (document, found) = Document::parse(text, &holes);
    assert_eq!(
        describe(text, &found),
        ["5:7 S101 `1` follows the value on its line"]
    );
    assert!(document.incomplete && document.root.incomplete);
    assert!(document.root.get("a").unwrap().touched);
    let services = document.root.get("services").unwrap().as_table().unwrap();
    assert!(services.get("0").unwrap().touched);
    assert!(document.touches(Span::new(0, 1)));
    assert!(!document.touches(Span::new(text.len() - 4, text.len() - 3)));
}

#[test]
fn hostile_texts_end_soon_and_do_not_overflow() {
    let deep =
        |open: &str, close: &str, n: usize| format!("a = {}{}", open.repeat(n), close.repeat(n));
    for text in [
        deep("[", "]", 100_000),
        deep("{a=", "}", 100_000),
        deep("[", "", 100_000),
        format!("[{}a]\n", "a.".repeat(100_000)),
        format!("{}a = 1\n", "a.".repeat(100_000)),
        "a = {\n".repeat(50_000),
        "a = [\n".repeat(50_000),
        "a = \"\n".repeat(50_000),
        "a = '\n".repeat(50_000),
        "a = \"\"\"\n".repeat(50_001),
        "[a]\n".repeat(50_000),
        "[[a]]\n".repeat(50_000),
        (0..50_000).map(|n| format!("k{n} = 1\n")).collect(),
        (0..50_000).map(|n| format!("[t.k{n}]\n")).collect(),
    ] {
        let _ = Document::parse(&text, &[]);
    }
    let many = format!("a = [{}]\nb = 1\n", "1,".repeat(MAX_VALUES));
    let (document, found) = Document::parse(&many, &[]);
    assert_eq!(
        describe(&many, &found),
        ["1:200002 T109 more than 100000 values: from here on nothing was read"]
    );
    assert!(document.incomplete && document.root.incomplete);
    assert_eq!(findings(&deep("[", "]", 80)), [""; 0]);
    assert_eq!(
        findings(&deep("[", "]", 81)),
        ["1:85 S101 values nest deeper than 80"]
    );
}

#[test]
fn a_byte_order_mark_in_the_middle_is_a_letter_that_does_not_belong() {
    for text in [
        "a = [{b =\u{feff}\n\n[y",
        "a = [{b =\u{feff}\u{feff}\n\n1}]",
        "a = {b =\u{feff}\n\n1}",
        "a = {\u{feff}\n\n= 1}",
        "a = {b\n\u{feff}= 1}",
        "a = \u{feff}\n\u{feff}[b]\n\u{feff}c = 1\n",
        "a = [\u{feff}\n\u{feff}]",
    ] {
        assert!(!findings(text).is_empty(), "{text:?}");
    }
    assert_eq!(
        findings("a = {b =\u{feff}\n\n1}").len(),
        findings("a = {b =x\n\n1}").len()
    );
}

#[test]
fn places_in_strings_count_what_escapes_make() {
    for (text, at, expected) in [
        (r#""abc""#, 1, 2),
        (r#""\\d\u00e9x""#, 1, 3),
        (r#""\\d\u00e9x""#, 4, 10),
        ("'''\nabc'''", 0, 4),
        ("\"\"\"\\\n   abc\"\"\"", 1, 9),
        ("'a'", 1, 2),
    ] {
        let span = Span::new(0, text.len());
        assert_eq!(place_in_string(text, span, at), expected, "{text} {at}");
    }
}
