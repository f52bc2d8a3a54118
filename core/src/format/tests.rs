use proptest::prelude::*;

use super::format;

#[track_caller]
fn becomes(before: &str, after: &str) {
    let once = format(before).expect("TOML");
    assert_eq!(once, after);
    assert_eq!(format(&once).as_deref(), Some(after), "formatting twice");
}

#[test]
fn spaces_and_blank_lines_take_their_usual_form() {
    becomes(
        "\n\n  [ meta ]\nname=\"a\"  \ndescription   =   'b'\n\n\n\n[service . \"a b\".c]\nargs=[ 1,2 ,3, ]\nenv={A=\"1\",B=\"2\"}\nports=[]\nheaders={ }\n\n\n",
        "[meta]\nname = \"a\"\ndescription = 'b'\n\n[service.\"a b\".c]\nargs = [1, 2, 3]\nenv = { A = \"1\", B = \"2\" }\nports = []\nheaders = {}\n",
    );
}

#[test]
fn a_header_has_an_empty_line_above_it_or_above_its_comment() {
    becomes(
        "# head\n[meta]\nname = \"a\"\n# about steps\n# more\n[[steps]]\nname = \"x\"\n# of its own\n\n[[steps]]\n",
        "# head\n[meta]\nname = \"a\"\n\n# about steps\n# more\n[[steps]]\nname = \"x\"\n# of its own\n\n[[steps]]\n",
    );
}

#[test]
fn comments_keep_their_column_while_there_is_room() {
    becomes(
        "a=1       # one\nbb = 2    # two\nccc = 3333333   # three\nd = 4#four\n",
        "a = 1     # one\nbb = 2    # two\nccc = 3333333   # three\nd = 4  #four\n",
    );
}

#[test]
fn lines_within_a_list_stay_and_are_indented() {
    becomes(
        "run = [\n\"a\",\"b\",   # first\n\n\n   # alone\n      [1,\n2], \"c\"]\nenv = {\n a = 1,\n    b = [ 2 ] # why\n}\n",
        "run = [\n    \"a\", \"b\",  # first\n\n    # alone\n    [\n        1,\n        2,\n    ], \"c\",\n]\nenv = {\n    a = 1,\n    b = [2],  # why\n}\n",
    );
}

#[test]
fn a_list_too_wide_for_a_line_is_broken() {
    let items: Vec<String> = (0..12).map(|n| format!("\"element-{n}\"")).collect();
    let broken: String = items.iter().map(|item| format!("    {item},\n")).collect();
    becomes(
        &format!("run = [{}] # long\n", items.join(",")),
        &format!("run = [\n{broken}]  # long\n"),
    );
}

#[test]
fn strings_are_left_alone() {
    let text = "a = \"\"\"\n  two   spaces  \n\n\n  [x]\n\"\"\"\nb = '''  '''\nc = \"#  ,[\"\n";
    becomes(text, text);
}

#[test]
fn line_ends_and_the_byte_order_mark_stay() {
    becomes(
        "\u{feff}a=1\r\n[b]\r\nc=[\r\n1]\r\n",
        "\u{feff}a = 1\r\n\r\n[b]\r\nc = [\r\n    1,\r\n]\r\n",
    );
}

#[test]
fn what_is_no_toml_is_not_touched() {
    for text in [
        "a = = 1",
        "[a",
        "a = [1",
        "{% if x %}",
        "a = 1 b = 2",
        &"[".repeat(100_000),
    ] {
        assert_eq!(format(text), None, "{text:.20}");
    }
    assert_eq!(format("").as_deref(), Some(""));
    assert_eq!(format("\n\n").as_deref(), Some(""));
}

/// TOML as people write it, with all the freedom in layout that there is.
fn document() -> impl Strategy<Value = String> {
    let space = || prop_oneof![4 => Just(""), 4 => Just(" "), 1 => Just("   "), 1 => Just("\t")];
    let gap = || prop_oneof![6 => Just(""), 3 => Just(" "), 2 => Just("\n"), 1 => Just(" # c, ]\n"), 1 => Just("\n\n\n  ")];
    let scalar = prop_oneof![
        Just("1"),
        Just("-2.5"),
        Just("true"),
        Just("2025-01-01 10:00:00Z"),
        Just("\"a, b\""),
        Just("'#'"),
        Just("\"\"\"x\n  y  \n\"\"\""),
        Just("\"\""),
    ]
    .prop_map(str::to_owned);
    let value = scalar.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            (
                prop::collection::vec((gap(), inner.clone(), gap()), 0..5),
                any::<bool>(),
                gap()
            )
                .prop_map(|(items, comma, end)| {
                    let items: Vec<String> =
                        items.iter().map(|(a, v, b)| format!("{a}{v}{b}")).collect();
                    let comma = if comma && !items.is_empty() { "," } else { "" };
                    format!("[{}{comma}{end}]", items.join(","))
                }),
            prop::collection::vec((gap(), space(), inner, gap()), 0..4).prop_map(|items| {
                let items: Vec<String> = items
                    .iter()
                    .enumerate()
                    .map(|(n, (a, s, v, b))| format!("{a}k{n}{s}={s}{v}{b}"))
                    .collect();
                format!("{{{}}}", items.join(","))
            }),
        ]
    });
    let line = prop_oneof![
        6 => (space(), space(), value, prop_oneof![Just(""), Just(" # note"), Just("#x")]).prop_map(|(a, b, v, c)| format!("{a}KEY{b}={b}{v}{c}")),
        2 => space().prop_map(|a| format!("{a}[ HEAD{a}.x ]")),
        1 => space().prop_map(|a| format!("[[LIST]]{a}# of it")),
        2 => space().prop_map(|a| format!("{a}# alone  ")),
        2 => space().prop_map(str::to_owned),
    ];
    prop::collection::vec(line, 0..14).prop_map(|lines| {
        let mut text = String::new();
        for (n, line) in lines.iter().enumerate() {
            let line = line
                .replace("KEY", &format!("k{n}.\"q {n}\""))
                .replace("HEAD", &format!("h{n}"));
            text.push_str(&line.replace("LIST", &format!("l{n}")));
            text.push('\n');
        }
        text
    })
}

fn comments(text: &str) -> Vec<String> {
    let pieces = super::pieces(text).unwrap_or_default();
    pieces
        .iter()
        .filter(|piece| piece.kind == toml_parser::parser::EventKind::Comment)
        .map(|piece| piece.span.of(text).trim_end().to_owned())
        .collect()
}

proptest! {
    #[test]
    fn formatting_keeps_every_value_and_comment_and_is_final(text in document()) {
        let before: toml::Table = toml::from_str(&text).expect("the generator writes TOML");
        let formatted = format(&text).expect("TOML");
        let after: toml::Table = toml::from_str(&formatted).expect("still TOML");
        prop_assert_eq!(format!("{before:?}"), format!("{after:?}"), "{}", formatted);
        prop_assert_eq!(comments(&text), comments(&formatted));
        prop_assert_eq!(format(&formatted), Some(formatted.clone()), "once is enough");
    }

    #[test]
    fn no_text_makes_it_panic(text in "[\\[\\]{}=,.#\"'a1 \\n\\r\\t\u{feff}é]{0,60}") {
        if let Some(formatted) = format(&text) {
            prop_assert_eq!(format(&formatted), Some(formatted.clone()));
        }
    }
}
