//! Every filter against the real Tera: each of many subjects with each of many arguments, errors
//! included.

use serde_json::{Value as Json, json};

use super::super::oracle::{call_in, call_text, host, json as to_json, tera, value};
use super::FILTERS;

/// What filters are applied to.
fn subjects() -> Vec<Json> {
    let long = "lorem ipsum ".repeat(30);
    vec![
        Json::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(2),
        json!(42),
        json!(-7),
        json!(1023),
        json!(1024),
        json!(1500),
        json!(123_456_789),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(-9_007_199_254_740_993_i64),
        json!(0.0),
        json!(-0.0),
        json!(1.0),
        json!(-1.0),
        json!(1.5),
        json!(2.5),
        json!(-2.5),
        json!(2.125),
        json!(1e16),
        json!(1e21),
        json!(1.5e300),
        json!(1e-5),
        json!(2.5e-5),
        json!(1e-7),
        json!(0.1),
        json!(""),
        json!(" "),
        json!("a"),
        json!("hello WORLD"),
        json!("  padded\t\n"),
        json!("\u{a0}no break\u{3000}"),
        json!("aaabaaa"),
        json!("a,b,,c"),
        json!("a\nb\r\nc\n\n  \nd"),
        json!("\n"),
        json!("line one\n\nline three"),
        json!("it's o'clock, 'quoted' _x_ don't-stop a1b ''twas''"),
        json!("straße ŉ ǅ ﬁne ΑΣ Ég élan"),
        json!("naïve café — “quotes” … £5"),
        json!("🦄 e\u{301} 👨‍👩‍👧 🇩🇪 x"),
        json!("<b>bold</b> <!-- gone > --> <br/> a<b\n>c <!-- open\n --> <unclosed"),
        json!("<p> <b> x </b>\n\t</p>\u{a0}<i></i> > <"),
        json!("<!---->x<!-->y<!--->z-->"),
        json!("a < b > c & d \"e\" 'f' /g \\h"),
        json!("/path?q=a b&c=ü#x!*()+~-._%25"),
        json!("12"),
        json!(" 12 "),
        json!("-12"),
        json!("+7"),
        json!("12.9"),
        json!("-1.5e3"),
        json!("1e3"),
        json!(".5"),
        json!("."),
        json!("0x1F"),
        json!("1f"),
        json!("0b101"),
        json!("0o17"),
        json!("0b0b1"),
        json!("99999999999999999999"),
        json!("99999999999999999999.5"),
        json!("inf"),
        json!("nan"),
        json!("NaN."),
        json!(long),
        json!([]),
        json!([1]),
        json!([3, 1, 2]),
        json!([3, 1.5, -2, 1]),
        json!([1, 1.0, 1, 2]),
        json!([1.0, 1.0]),
        json!(["b", "a", "B", "A", "b"]),
        json!(["x", 1]),
        json!([1, "x"]),
        json!([true, false, true]),
        json!([null]),
        json!([null, 1]),
        json!([1, null]),
        json!([[1, 2], [3], []]),
        json!([[1, 2], "x"]),
        json!([1, 2, 3, 4, 5]),
        json!([u64::MAX, 1]),
        json!([1, 2.5, "s", true, null, [1, ["n"]], {"k": 1}]),
        json!([{"n": 2, "s": "b", "d": {"e": [10, 20]}}, {"n": 1, "s": "a", "d": {"e": [5]}}, {"n": 2, "s": "B"}]),
        json!([{"n": null}, {"n": 1}, {"m": 2}, {"n": 1.0}, {"n": "1"}, {"n": [1]}, {"n": {"z": 1}}, {"n": true}]),
        json!([{"n": 1}, {"n": 2}, {"n": 1}]),
        json!([{"n": "a"}, {"n": "A"}]),
        json!([{"a.b": 1, "a/b": 2, "0": 3, "01": 4}]),
        json!([["p", "q"], ["r", "s"]]),
        json!({}),
        json!({"a": 1, "b": [1, 2], "c": null}),
        json!({"zeta": {"y": 1.0, "x": "\"\\\n\t\u{8}\u{c}\u{1}\u{7f}é"}, "alpha": []}),
    ]
}

fn none() -> Vec<Json> {
    vec![json!({})]
}

/// Values that few parameters take, to see that both refuse or accept the same.
fn odd_values() -> Vec<Json> {
    vec![
        Json::Null,
        json!(true),
        json!(0),
        json!(1),
        json!(2),
        json!(-1),
        json!(-2),
        json!(1.0),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("a"),
        json!("n"),
        json!("\\n"),
        json!("\n"),
        json!([]),
        json!([1]),
        json!({}),
    ]
}

fn each(name: &str, values: impl IntoIterator<Item = Json>) -> Vec<Json> {
    values
        .into_iter()
        .map(|value| {
            let mut args = json!({});
            args[name] = value;
            args
        })
        .collect()
}

fn chain(lists: impl IntoIterator<Item = Vec<Json>>) -> Vec<Json> {
    lists.into_iter().flatten().collect()
}

fn patterns() -> Vec<Json> {
    vec![
        json!("a"),
        json!("aa"),
        json!(""),
        json!(","),
        json!(" "),
        json!("\\n"),
        json!("\\t"),
        json!("é"),
        json!(1),
        Json::Null,
    ]
}

fn paths() -> Vec<Json> {
    vec![
        json!(""),
        json!("n"),
        json!("s"),
        json!("d.e"),
        json!("d.e.0"),
        json!("d.e.1"),
        json!("d..e"),
        json!("missing"),
        json!("0"),
        json!("1"),
        json!("01"),
        json!("a~1b"),
        json!("d[\"e\"].0"),
        json!(1),
        Json::Null,
    ]
}

/// Compares `filter` with Tera's on every subject with each of the `arguments`.
fn agrees(filter: &str, arguments: Vec<Json>) {
    agrees_on(filter, &subjects(), arguments);
}

fn agrees_on(filter: &str, subjects: &[Json], arguments: Vec<Json>) {
    let mut failures = Vec::new();
    for named in &arguments {
        for subject in subjects {
            let mut context = named.clone();
            context["it"] = subject.clone();
            let template = format!("{{{{ it | {filter}{} | json_encode }}}}", call_text(named));
            let theirs = tera(&template, &context);
            let ours = call_in(&host(), FILTERS, filter, value(subject), named)
                .map(|value| to_json(&value));
            let same = match (&ours, &theirs) {
                (Ok(ours), Ok(theirs)) => ours == theirs,
                // Where Tera panics we may do as we like, if we do not.
                (_, Err(theirs)) if theirs == "panic" => true,
                (ours, theirs) => ours.is_err() && theirs.is_err(),
            };
            if !same {
                failures.push(format!(
                    "{subject} | {filter}{named}\n  ours:   {ours:?}\n  theirs: {theirs:?}"
                ));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} differ:\n{}",
        failures.len(),
        failures[..failures.len().min(20)].join("\n")
    );
}

#[test]
fn filters_without_arguments() {
    for filter in [
        "upper",
        "lower",
        "capitalize",
        "title",
        "trim",
        "trim_start",
        "trim_end",
        "wordcount",
        "addslashes",
        "escape",
        "escape_xml",
        "linebreaksbr",
        "striptags",
        "spaceless",
        "urlencode",
        "urlencode_strict",
        "abs",
        "first",
        "last",
        "length",
        "reverse",
        "as_str",
        "safe",
    ] {
        agrees(filter, none());
    }
}

#[test]
fn slugify() {
    agrees("slugify", none());
}

#[test]
fn trim_matches() {
    agrees(
        "trim_start_matches",
        chain([none(), each("pat", patterns())]),
    );
    agrees("trim_end_matches", chain([none(), each("pat", patterns())]));
}

#[test]
fn split() {
    agrees("split", chain([none(), each("pat", patterns())]));
}

#[test]
fn truncate() {
    agrees(
        "truncate",
        chain([
            none(),
            each("length", odd_values()),
            each("length", [json!(5), json!(10), json!(300)]),
            each("end", odd_values()),
            vec![
                json!({"length": 3, "end": "…"}),
                json!({"length": 4, "end": ""}),
            ],
        ]),
    );
}

#[test]
fn replace() {
    agrees(
        "replace",
        vec![
            json!({}),
            json!({"from": "a"}),
            json!({"to": "a"}),
            json!({"from": "a", "to": "bb"}),
            json!({"from": "", "to": "-"}),
            json!({"from": "aa", "to": ""}),
            json!({"from": "\\n", "to": "x"}),
            json!({"from": 1, "to": "x"}),
            json!({"from": "x", "to": null}),
        ],
    );
}

#[test]
fn indent() {
    agrees(
        "indent",
        chain([
            none(),
            each("prefix", odd_values()),
            each("first", odd_values()),
            each("blank", odd_values()),
            vec![
                json!({"prefix": "> ", "first": true, "blank": true}),
                json!({"first": true}),
            ],
        ]),
    );
}

#[test]
fn int() {
    let bases = [2, 3, 8, 10, 16, 36, 0, 1, 37].map(|base| json!(base));
    agrees(
        "int",
        chain([
            none(),
            each("default", odd_values()),
            each("base", odd_values()),
            each("base", bases),
            vec![json!({"default": 5, "base": 16})],
        ]),
    );
}

#[test]
fn float() {
    agrees("float", chain([none(), each("default", odd_values())]));
}

#[test]
fn round() {
    let methods = ["common", "ceil", "floor", "up"].map(|method| json!(method));
    let precisions = [0, 1, 2, 3, -1, -2, 20, 400, -400].map(|precision| json!(precision));
    agrees(
        "round",
        chain([
            none(),
            each("method", methods),
            each("method", odd_values()),
            each("precision", precisions),
            each("precision", odd_values()),
            vec![
                json!({"method": "ceil", "precision": 1}),
                json!({"method": "floor", "precision": -1}),
            ],
        ]),
    );
}

#[test]
fn pluralize() {
    agrees(
        "pluralize",
        chain([
            none(),
            each("plural", odd_values()),
            each("singular", odd_values()),
            vec![json!({"singular": "y", "plural": "ies"})],
        ]),
    );
}

#[test]
fn filesizeformat() {
    let mut sizes = subjects();
    sizes.extend((0..64).map(|bit| json!(1_u64 << bit)));
    sizes.extend((0..64).map(|bit| json!((1_u64 << bit).wrapping_sub(1))));
    sizes.extend((0..62).map(|bit| json!(3_u64 << bit)));
    agrees_on(
        "filesizeformat",
        &sizes,
        chain([
            none(),
            each("binary", odd_values()),
            each("binary", [json!(false)]),
        ]),
    );
}

#[test]
fn nth() {
    agrees("nth", chain([none(), each("n", odd_values())]));
}

#[test]
fn join() {
    agrees(
        "join",
        chain([none(), each("sep", odd_values()), each("sep", patterns())]),
    );
}

#[test]
fn sort() {
    agrees("sort", chain([none(), each("attribute", paths())]));
}

#[test]
fn unique() {
    agrees(
        "unique",
        chain([
            none(),
            each("attribute", paths()),
            each("case_sensitive", odd_values()),
            vec![
                json!({"attribute": "n", "case_sensitive": true}),
                json!({"attribute": "s", "case_sensitive": false}),
            ],
        ]),
    );
}

#[test]
fn slice() {
    let places = [0.0, 1.0, 1.5, -1.0, -2.5, 3.0, 99.0, -99.0, 0.9].map(|place| json!(place));
    let mut arguments = chain([
        none(),
        each("start", odd_values()),
        each("end", odd_values()),
        each("start", places.clone()),
        each("end", places),
    ]);
    for start in -6..7 {
        for end in -6..7 {
            arguments.push(json!({"start": start, "end": end}));
        }
    }
    let arrays: Vec<Json> = subjects()
        .into_iter()
        .filter(|subject| subject.is_array())
        .chain([json!("text"), json!(1)])
        .collect();
    agrees_on("slice", &arrays, arguments);
}

#[test]
fn group_by() {
    agrees("group_by", chain([none(), each("attribute", paths())]));
}

#[test]
fn map() {
    agrees("map", chain([none(), each("attribute", paths())]));
}

#[test]
fn filter() {
    let mut arguments = chain([none(), each("attribute", paths())]);
    for wanted in chain([
        odd_values(),
        vec![
            json!("1"),
            json!("b"),
            json!([10, 20]),
            json!({"z": 1}),
            json!({"z": 1.0}),
        ],
    ]) {
        for attribute in ["n", "s", "d.e", ""] {
            arguments.push(json!({"attribute": attribute, "value": wanted}));
        }
    }
    let arrays: Vec<Json> = subjects()
        .into_iter()
        .filter(|subject| subject.is_array())
        .chain([json!("text"), json!({"a": 1})])
        .collect();
    agrees_on("filter", &arrays, arguments);
}

#[test]
fn concat() {
    agrees("concat", chain([none(), each("with", odd_values())]));
}

#[test]
fn get() {
    let keys = ["a", "b", "c", "zeta", "missing", ""].map(|key| json!(key));
    agrees(
        "get",
        chain([
            none(),
            each("key", keys),
            each("key", odd_values()),
            vec![
                json!({"key": "a", "default": 5}),
                json!({"key": "missing", "default": [1]}),
                json!({"key": "missing", "default": null}),
            ],
        ]),
    );
}

#[test]
fn json_encode() {
    agrees(
        "json_encode",
        chain([
            none(),
            each("pretty", odd_values()),
            each("pretty", [json!(false)]),
        ]),
    );
}

#[test]
fn every_filter_of_tera_is_there() {
    let theirs = "upper lower trim trim_start trim_end trim_start_matches trim_end_matches truncate \
        wordcount replace capitalize title linebreaksbr indent striptags spaceless urlencode \
        urlencode_strict escape escape_xml slugify addslashes split int float first last nth join \
        sort unique slice group_by filter map concat abs pluralize round filesizeformat length \
        reverse date json_encode as_str get default safe";
    for name in theirs.split_whitespace() {
        let callable = super::super::oracle::find(FILTERS, name);
        assert!(callable.tera, "{name}");
    }
    let count = FILTERS.iter().filter(|filter| filter.tera).count();
    assert_eq!(count, theirs.split_whitespace().count());
}

/// Every specifier, with every padding.
fn date_formats() -> Vec<Json> {
    let mut formats: Vec<String> = vec![
        "%Y-%m-%d %H:%M".into(),
        "plain é".into(),
        String::new(),
        "%".into(),
        "100%".into(),
        "%%Y".into(),
        "%!".into(),
        "%é".into(),
        "%-".into(),
        "%#Y".into(),
        "%.".into(),
        "%.f|%.3f|%.6f|%.9f|%3f|%6f|%9f".into(),
        "%.4f".into(),
        "%4f".into(),
        "%:Y".into(),
        "%-.3f".into(),
        "%-3f".into(),
        "%_:z".into(),
        "%A, %d %B %Y\tat\n%I:%M %p".into(),
    ];
    for letter in ('A'..='Z').chain('a'..='z').chain(['+', '%']) {
        for pad in ["", "-", "_", "0"] {
            formats.push(format!("<%{pad}{letter}>"));
        }
    }
    formats.extend(["%:z", "%::z", "%:::z"].map(String::from));
    formats.into_iter().map(Json::from).collect()
}

fn date_subjects() -> Vec<Json> {
    let mut subjects: Vec<Json> = [
        "2018-12-28T15:04:05Z",
        "2020-02-29T23:59:60Z",
        "2017-03-05T00:00:00.602+01:00",
        "2017-03-05T00:00:00.000123-09:30",
        "2017-03-05T12:00:00.123456789+00:00",
        "2021-01-03T12:30:00+00:00",
        "0999-01-01T01:02:03Z",
        "2024-12-30T00:00:00Z",
        "2000-01-01T12:00:00Z",
        "1969-12-31T23:59:59.5Z",
        "2018-08-04T12:34:56",
        "2018-08-04T12:34:56.25",
        "2018-08-04",
        "2016-12-31",
    ]
    .map(Json::from)
    .into();
    subjects.extend([0_i64, 1, -1, 1_482_720_453, 951_782_400, -62_135_596_800].map(Json::from));
    subjects
}

#[test]
fn date_in_every_format() {
    agrees_on(
        "date",
        &date_subjects(),
        chain([none(), each("format", date_formats())]),
    );
}

#[test]
fn date_in_fixed_zones() {
    let zones = [
        "UTC",
        "Etc/UTC",
        "Zulu",
        "Etc/Zulu",
        "UCT",
        "Universal",
        "GMT",
        "GMT0",
        "Etc/GMT+0",
        "Etc/GMT-0",
        "Greenwich",
        "EST",
        "MST",
        "HST",
        "Etc/GMT+5",
        "Etc/GMT-14",
        "Etc/GMT+12",
        "Etc/GMT+13",
        "Etc/GMT+05",
        "GMT+5",
        "",
        "utc",
        "Mars/Olympus",
        "Europe/Berlin",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "europe/berlin",
    ];
    let mut arguments = Vec::new();
    for zone in zones {
        for format in ["%+", "%Y-%m-%d %H:%M:%S %Z", "%c %:z"] {
            arguments.push(json!({"timezone": zone, "format": format}));
        }
    }
    let subjects: Vec<Json> = date_subjects()
        .into_iter()
        .filter(|subject| !subject.to_string().contains("0999"))
        .filter(|subject| subject.as_i64() != Some(-62_135_596_800))
        .collect();
    agrees_on("date", &subjects, arguments);
}

#[test]
fn date_reads_what_tera_reads() {
    let mut texts: Vec<Json> = [
        "",
        "T",
        "2018",
        "2018-1-2",
        " 2018-01-02",
        "2018-01-02 ",
        "2018 -01-02",
        "2018- 01-02",
        "20180102",
        "2018-02-30",
        "2018-13-01",
        "2018-00-01",
        "2019-02-29",
        "2000-02-29",
        "1900-02-29",
        "12018-01-02",
        "+12018-01-02",
        "-0001-01-02",
        "+2018-01-02",
        "99-01-02",
        "2018-01-02x",
        "2018-001-02",
        "2018-01-002",
        "2018-1-2T3:4:5Z",
        "2018-01-02T03:04Z",
        "2018-01-02T03:04:05",
        "2018-01-02T03:04:05 ",
        "2018-01-02T03:04:05z",
        "2018-01-02T03:04:05 Z",
        "2018-01-02T03:04:05UTC",
        "2018-01-02T03:04:05 utc ",
        "2018-01-02T03:04:05+01",
        "2018-01-02T03:04:05+0130",
        "2018-01-02T03:04:05+01 30",
        "2018-01-02T03:04:05+01::30",
        "2018-01-02T03:04:05+1:30",
        "2018-01-02T03:04:05+01:60",
        "2018-01-02T03:04:05+24:00",
        "2018-01-02T03:04:05+23:59",
        "2018-01-02T03:04:05−01:30",
        "2018-01-02T03:04:05-00:00",
        "2018-01-02T24:00:00Z",
        "2018-01-02T23:60:00Z",
        "2018-01-02T23:00:61Z",
        "2018-01-02T23:59:60Z",
        "2018-01-02T12:00:60Z",
        "2018-01-02T03:04:05.Z",
        "2018-01-02T03:04:05.1Z",
        "2018-01-02T03:04:05.1234567891234Z",
        "2018 - 01 - 02T03 : 04 : 05 Z",
        "2018-01-02 T03:04:05Z",
        "2018-01-02 T03:04:05",
        "2018-01-02T 03:04:05",
        "2018-01-02t03:04:05 T",
        "2018-01-02 03:04:05 UTCT",
        "2018-01-02T03:04:05Zx",
        "2018-01-02T03:04:05.5",
        "2018-01-02T03:04:05.",
        "2018-01-02TT03:04:05Z",
        "2018-01-02T03:04:05+01:30x",
        "2018-01-02T03:04:05+013",
        "2018-01-02T03:04:05Z+01:00",
        "2018-01-02T03:04:05é",
        "é-01-02T03:04:05Z",
        "2018-01-02T03:04:05+0é",
        "2018-01-02é03:04:05T",
        "-2018-01-02T03:04:05Z",
        "+262142-12-31T00:00:00Z",
        "+262143-01-01T00:00:00Z",
        "-262143-01-01T00:00:00Z",
        "-262144-01-01T00:00:00Z",
        "+99999999999999999999-01-01T00:00:00Z",
        "2018-01-02T3:4:5",
        "2018-01-02T03:04:05 +01:00",
    ]
    .map(Json::from)
    .into();
    texts.extend(subjects());
    texts.extend(
        [
            i64::MIN,
            i64::MAX,
            253_402_300_800,
            8_210_266_876_799,
            8_210_266_876_800,
            -8_334_601_228_800,
        ]
        .map(Json::from),
    );
    let formats = ["%+", "%Y-%m-%d %H:%M:%S%.f"].map(Json::from);
    agrees_on(
        "date",
        &texts,
        chain([
            each("format", formats),
            each("format", odd_values()),
            each("timezone", odd_values()),
        ]),
    );
}
