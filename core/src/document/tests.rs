//! The tree against `toml`'s, and what is said of mistakes.

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Anchor, Code};

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
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| "big".into(), |number| number.to_string()),
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

fn their_table(table: &toml::de::DeTable<'_>) -> String {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| format!("{:?}={}", key.get_ref(), theirs(value.get_ref())))
        .collect();
    entries.sort();
    format!("{{{}}}", entries.join(","))
}

/// We find something in `text` exactly if `toml` does; and if nothing, the trees are the same.
fn agrees(text: &str) {
    let (document, found) = Document::parse(text, &[]);
    let (their, errors) = toml::de::DeTable::parse_recoverable(text);
    assert_eq!(
        found.is_empty(),
        errors.is_empty(),
        "{text:?}\nours: {found:#?}\ntheirs: {errors:#?}"
    );
    if found.is_empty() {
        assert_eq!(
            our_table(&document.root),
            their_table(their.get_ref()),
            "{text:?}"
        );
    }
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
    fn never_panics(text in "\\PC{0,80}", at in 0_usize..80) {
        let _ = Document::parse(&text, &[Span::new(at, at + 1)]);
    }
}
