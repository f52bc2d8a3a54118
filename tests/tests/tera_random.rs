//! Random templates out of Tera's grammar: what Tera renders, we render to the same bytes, and what it
//! refuses, we refuse, unless we say that it is an extension of ours.

use clnrm_tests::oracle::{self, Case, ENTRY};
use proptest::prelude::*;
use proptest::strategy::{BoxedStrategy, Union};

fn of(choices: &'static [&'static str]) -> BoxedStrategy<String> {
    proptest::sample::select(choices)
        .prop_map(str::to_owned)
        .boxed()
}

/// One in sixteen is of a kind that does not fit.
fn mostly(fits: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let other = of(&[
        "nothing",
        "map.zzz",
        "list.9",
        "s.x",
        "nil",
        "t",
        "map",
        "empty",
        "true",
        "\"a\"",
        "1",
        "words[list]",
        "x",
        "y",
        "loop.index",
        "9223372036854775807",
        "none",
    ]);
    prop_oneof![15 => fits, 1 => other].boxed()
}

/// A value, and up to two filters from a list.
fn filtered(
    value: BoxedStrategy<String>,
    filters: &'static [&'static str],
) -> BoxedStrategy<String> {
    let bar = || prop_oneof![3 => Just(" | "), 1 => Just("|")];
    let one = (bar(), of(filters)).prop_map(|(bar, filter)| format!("{bar}{filter}"));
    let some = prop_oneof![
        4 => Just(String::new()),
        3 => one.clone(),
        1 => (one.clone(), one).prop_map(|(a, b)| a + &b),
    ];
    (value, some)
        .prop_map(|(value, filters)| value + &filters)
        .boxed()
}

fn number_name() -> BoxedStrategy<String> {
    of(&[
        "n",
        "m",
        "neg",
        "f",
        "whole",
        "map.n",
        "map.sub.x",
        "list.0",
        "list[1]",
        "rows.0.id",
        "map['sub'].x",
        "rows[1][\"id\"]",
    ])
}

fn number() -> BoxedStrategy<String> {
    let literal = of(&[
        "0", "1", "2", "3", "7", "-1", "-5", "0.5", "1.0", "2.25", "-0.75", "10.0", "100",
    ]);
    let call = of(&["get_random(start=2, end=3)"]);
    mostly(prop_oneof![5 => number_name(), 4 => literal, 1 => call].boxed())
}

/// Arithmetic, with filters.
fn sum() -> BoxedStrategy<String> {
    let filters = &[
        "abs",
        "round",
        "round(precision=1)",
        "round(method=\"ceil\")",
        "round(method=\"floor\", precision=1)",
        "default(value=3)",
        "default(value=n)",
        "int",
        "float",
        "as_str | int",
        "as_str | length",
        "int(default=4)",
    ];
    filtered(number(), filters)
        .prop_recursive(2, 4, 2, move |inner| {
            let operator = of(&[" + ", " - ", " * ", " / ", " % ", "+", "*", "/"]);
            let plain = (number(), operator.clone(), number())
                .prop_map(|(a, o, b)| format!("({a}{o}{b}) * 2"));
            prop_oneof![
                3 => (inner.clone(), operator, inner).prop_map(|(a, o, b)| a + &o + &b),
                1 => filtered(plain.boxed(), filters),
            ]
        })
        .boxed()
}

/// Texts, joined and filtered.
fn text() -> BoxedStrategy<String> {
    let name = of(&[
        "s",
        "map.k",
        "rows[1].name",
        "words[n]",
        "words.0",
        "key",
        "map[\"k\"]",
        "map[key]",
    ]);
    let literal = of(&[
        "\"\"",
        "\"a\"",
        "'b c'",
        "`d\"e`",
        "\"ab,cd\"",
        "\"Ünï ß\"",
        "\"a\\n\"",
        "'}}'",
        "\"1\"",
        "\" pad \"",
        "\"<b>&amp;</b>\"",
    ]);
    let part = prop_oneof![4 => name, 3 => literal, 2 => number()];
    let joined = proptest::collection::vec(part, 1..4).prop_map(|parts| {
        // A number by itself is no text.
        let empty = if parts.len() == 1 { " ~ \"\"" } else { "" };
        parts.join(" ~ ") + empty
    });
    filtered(
        mostly(joined.boxed()),
        &[
            "upper",
            "lower",
            "trim",
            "reverse",
            "as_str",
            "json_encode",
            "capitalize",
            "title",
            "slugify",
            "escape",
            "escape_xml",
            "urlencode",
            "urlencode_strict",
            "addslashes",
            "safe",
            "linebreaksbr",
            "striptags",
            "trim_start",
            "trim_end",
            "spaceless",
            "indent",
            "replace(from=\"a\", to=\"bb\")",
            "truncate(length=2)",
            "truncate(length=1, end=s)",
            "indent(prefix=\"> \", first=true)",
            "trim_start_matches(pat=\"a\")",
            "trim_end_matches(pat=\"c\")",
            "default(value=\"d\")",
            "split(pat=\",\") | join(sep=\";\")",
            "split(pat=\"\") | last",
        ],
    )
}

/// Lists, filtered to lists.
fn list() -> BoxedStrategy<String> {
    let item = prop_oneof![number(), of(&["\"a\"", "'b'", "s", "t"])];
    let literal =
        proptest::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(", ")));
    let name = of(&[
        "list",
        "words",
        "none",
        "map.list",
        "range(end=3)",
        "range(start=n - 6, end=n)",
        "range(end=6, step_by=2)",
    ]);
    let of_objects = filtered(
        of(&["rows"]),
        &[
            "sort(attribute=\"name\")",
            "filter(attribute=\"id\", value=2)",
            "unique(attribute=\"id\")",
            "slice(end=2)",
        ],
    )
    .prop_map(|rows| rows + " | map(attribute=\"name\")");
    prop_oneof![
        2 => filtered(literal.boxed(), &["reverse", "slice(start=1)", "concat(with=1)", "concat(with=[n, s])"]),
        4 => filtered(mostly(name), &["reverse", "sort", "unique", "slice(start=1)", "slice(start=-2, end=5)", "concat(with=s)", "concat(with=[n, s])", "unique(case_sensitive=true)", "default(value=[1])"]),
        1 => of_objects,
    ]
    .boxed()
}

fn test() -> BoxedStrategy<String> {
    let any_kind = (
        of(&[
            "n",
            "s",
            "t",
            "list",
            "map",
            "nil",
            "map.k",
            "rows[1].name",
            "empty",
        ]),
        of(&[
            "defined",
            "undefined",
            "string",
            "number",
            "iterable",
            "object",
        ]),
    );
    let missing = (
        of(&["nothing", "map.zzz", "list.9"]),
        of(&["defined", "undefined"]),
    );
    let of_number = (
        number_name(),
        of(&["odd", "even", "divisibleby(2)", "divisibleby(n)"]),
    );
    let of_text = (
        of(&["s", "map.k", "words.0"]),
        of(&[
            "starting_with(\"a\")",
            "ending_with(\"c\")",
            "containing(\"b\")",
            "matching(\"^[a-t]\")",
        ]),
    );
    (
        prop_oneof![any_kind, missing, of_number, of_text],
        any::<bool>(),
    )
        .prop_map(|((name, test), not)| {
            format!("{name} is {}{test}", if not { "not " } else { "" })
        })
        .boxed()
}

/// Anything that `if` takes.
fn logic() -> BoxedStrategy<String> {
    let order = of(&[" == ", " != ", " < ", " <= ", " > ", " >= "]);
    let equality = of(&[" == ", " != "]);
    let member = prop_oneof![
        (number(), list()),
        (text(), list()),
        (text(), of(&["s", "map", "\"abc\"", "words"])),
    ];
    let value = prop_oneof![
        2 => (sum(), order).prop_flat_map(|(a, o)| sum().prop_map(move |b| format!("{a}{o}{b}"))),
        1 => (text(), equality, text()).prop_map(|(a, o, b)| a + &o + &b),
        2 => test(),
        1 => of(&["true", "false", "t", "off", "nil", "nothing", "map.zzz", "s", "n", "none", "self::empty()", "self::twice(v=1)"]),
        1 => (member, any::<bool>())
            .prop_map(|((a, b), not)| format!("{a}{} in {b}", if not { " not" } else { "" })),
    ];
    let leaf = (prop_oneof![3 => Just(""), 1 => Just("not ")], value)
        .prop_map(|(not, value)| format!("{not}{value}"));
    leaf.prop_recursive(1, 3, 2, |inner| {
        let word = of(&[" and ", " or "]);
        prop_oneof![
            3 => (inner.clone(), word.clone(), inner.clone()).prop_map(|(a, o, b)| a + &o + &b),
            1 => (inner.clone(), word, inner).prop_map(|(a, o, b)| format!("({a}{o}{b})")),
        ]
    })
    .boxed()
}

fn expression() -> BoxedStrategy<String> {
    let shown = filtered(
        list(),
        &[
            "join(sep=\", \")",
            "length",
            "first",
            "last",
            "json_encode",
            "nth(n=1)",
            "join",
        ],
    );
    let other = of(&[
        "self::twice(v=n)",
        "self::twice(v=s)",
        "self::twice()",
        "self::twice(v=s) | upper",
        "map",
        "rows",
        "nil",
        "map | get(key=\"k\")",
        "map | get(key=\"zzz\", default=3)",
        "n | pluralize",
        "s | int(base=16)",
        "m | pluralize(singular=\"y\", plural=\"ies\")",
        "n | date(format=\"%d.%m\")",
        "1234567 | filesizeformat",
        "1234567 | filesizeformat(binary=true)",
        "map | json_encode(pretty=true)",
        "rows | group_by(attribute=\"id\")",
        "s | wordcount",
        "empty | length",
        "s | float(default=1.5)",
        "nil | default(value=s)",
    ]);
    prop_oneof![3 => logic(), 3 => sum(), 3 => text(), 2 => shown, 1 => list(), 2 => other].boxed()
}

/// The two marks of a tag, with or without white space control.
fn tag(inside: BoxedStrategy<String>) -> BoxedStrategy<String> {
    (
        of(&["{% ", "{% ", "{%- ", "{%"]),
        inside,
        of(&[" %}", " %}", " -%}", "%}"]),
    )
        .prop_map(|(open, inside, close)| open + &inside + &close)
        .boxed()
}

fn fixed(inside: &'static str) -> BoxedStrategy<String> {
    tag(Just(inside.to_owned()).boxed())
}

fn plain() -> BoxedStrategy<String> {
    of(&[
        "a",
        " b ",
        "\n",
        "  \n\t",
        "c = { d = 1 }\n",
        "{ ",
        "} ",
        "ü\n",
        "# x",
        " - ",
    ])
}

fn print() -> BoxedStrategy<String> {
    (
        of(&["{{ ", "{{ ", "{{- ", "{{"]),
        expression(),
        of(&[" }}", " }}", " -}}", "}}"]),
    )
        .prop_map(|(open, inside, close)| {
            // `{{-1` would be a space control.
            if open == "{{" && inside.starts_with('-') {
                format!("{{{{ {inside}{close}")
            } else {
                open + &inside + &close
            }
        })
        .boxed()
}

fn set() -> BoxedStrategy<String> {
    let assigned = (
        of(&["set", "set", "set_global"]),
        of(&["x", "y", "n", "x", "y", "s", "list"]),
        expression(),
    );
    tag(assigned
        .prop_map(|(word, name, value)| format!("{word} {name} = {value}"))
        .boxed())
}

fn body(depth: u32) -> BoxedStrategy<String> {
    let mut pieces: Vec<(u32, BoxedStrategy<String>)> = vec![
        (4, plain()),
        (5, print()),
        (2, set()),
        (
            1,
            of(&[
                "{# note #}",
                "{#- note -#}",
                "{% raw %}{{ n }}{% endraw %}",
                "{%- raw -%} {% {%- endraw %}",
                "{% include \"part\" %}",
                "{% include [\"zzz\", \"part\"] %}",
                "{% include \"zzz\" ignore missing %}",
            ]),
        ),
    ];
    if depth > 0 {
        let inner = || body(depth - 1);
        let condition = || tag(logic().prop_map(|logic| format!("if {logic}")).boxed());
        pieces.push((
            2,
            (condition(), inner(), fixed("endif"))
                .prop_map(|(a, b, c)| a + &b + &c)
                .boxed(),
        ));
        pieces.push((
            2,
            (
                condition(),
                inner(),
                tag(logic().prop_map(|logic| format!("elif {logic}")).boxed()),
                inner(),
                fixed("else"),
                inner(),
                fixed("endif"),
            )
                .prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].concat())
                .boxed(),
        ));
        let container = prop_oneof![
            4 => of(&["list", "words", "rows", "none", "s", "range(end=3)", "[1, 2]", "map.list", "list | reverse", "rows | map(attribute=\"id\")"]),
            1 => of(&["nothing", "map", "n", "nil"]),
        ];
        let over_list = tag((of(&["x", "y", "n"]), container)
            .prop_map(|(name, over)| format!("for {name} in {over}"))
            .boxed());
        let over_map = tag(of(&[
            "for k, v in map",
            "for x, y in map.sub",
            "for k,v in empty",
            "for k, v in rows | group_by(attribute=\"id\")",
        ]));
        let leave = prop_oneof![4 => Just(String::new()), 1 => of(&["{% break %}", "{% continue %}", "{% if loop.index == 2 %}{% continue %}{% endif %}", "{% if loop.last %}{%- break -%}{% endif %}"])];
        let otherwise = prop_oneof![3 => Just(String::new()), 1 => (fixed("else"), plain()).prop_map(|(a, b)| a + &b)];
        pieces.push((
            3,
            (
                prop_oneof![3 => over_list, 1 => over_map],
                inner(),
                leave,
                plain(),
                otherwise,
                fixed("endfor"),
            )
                .prop_map(|(a, b, c, d, e, f)| [a, b, c, d, e, f].concat())
                .boxed(),
        ));
        pieces.push((
            1,
            (
                tag(of(&[
                    "filter upper",
                    "filter trim",
                    "filter replace(from=\"a\", to=\"b\")",
                    "filter length",
                    "filter indent(prefix=\"> \")",
                    "filter wordcount",
                ])),
                inner(),
                fixed("endfilter"),
            )
                .prop_map(|(a, b, c)| a + &b + &c)
                .boxed(),
        ));
    }
    proptest::collection::vec(Union::new_weighted(pieces), 1..4)
        .prop_map(|pieces| pieces.concat())
        .boxed()
}

const MACROS: &str =
    "{% macro twice(v=2) %}{{ v }}{{ v }}{% endmacro twice %}{% macro empty() %}{% endmacro %}";

fn case(body: &str) -> Case {
    let context = serde_json::json!({
        "n": 7, "m": 2, "neg": -3, "f": 2.5, "whole": 4.0, "s": "abc", "t": true, "off": false, "nil": null,
        "key": "k", "list": [3, 1, 2], "words": ["b", "a", "C", "a", "x", "y", "z", "w"], "none": [], "empty": {},
        "map": {"k": "v", "n": 1, "sub": {"x": 5}, "list": ["p", "q"]},
        "rows": [{"id": 2, "name": "z"}, {"id": 1, "name": "y"}, {"id": 2, "name": "x"}],
    });
    Case {
        name: "random".to_owned(),
        context: context.as_object().cloned().unwrap_or_default(),
        files: vec![
            (ENTRY.to_owned(), format!("{body}{MACROS}")),
            (
                "part".to_owned(),
                " {{ n }}{% set n = 1 %}{{ n }}{{ x | default(value='-') }} ".to_owned(),
            ),
        ],
        fails: false,
        differs: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, max_shrink_iters: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_templates_come_out_as_teras(body in body(2)) {
        let case = case(&body);
        let Ok(tera) = oracle::by_tera(&case) else { return Ok(()) };
        oracle::compare(&case, &tera).map_err(TestCaseError::fail)?;
    }
}
