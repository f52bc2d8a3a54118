//! Whatever Tera 1.20 renders, we render to the same bytes; what it refuses, we refuse.

#![expect(clippy::expect_used, reason = "a test that cannot run should stop")]

use std::path::Path;

use clnrm_tests::oracle::{Case, by_tera, compare, read_folder};

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
    read_folder(&folder).expect("the cases can be read")
}

#[test]
fn the_marks_are_what_tera_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        match by_tera(&case) {
            Err(panic) => wrong.push(panic),
            Ok(Ok(text)) if case.fails => {
                wrong.push(format!("{}Tera renders {text:?}", case.describe()));
            }
            Ok(Err(error)) if !case.fails => {
                wrong.push(format!("{}Tera refuses: {error}", case.describe()));
            }
            Ok(_) => {}
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_tera_renders_we_render_to_the_same_bytes() {
    let mut wrong = Vec::new();
    let mut differ = Vec::new();
    for case in cases() {
        let Ok(tera) = by_tera(&case) else { continue };
        match (compare(&case, &tera), &case.differs) {
            (Ok(()), None) => {}
            (Ok(()), Some(_)) => wrong.push(format!("{}no longer differs", case.describe())),
            (Err(told), None) => wrong.push(told),
            (Err(_), Some(why)) => differ.push(format!("{}: {why}", case.name)),
        }
    }
    println!("{} cases differ:\n{}", differ.len(), differ.join("\n"));
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_filter_argument_test_and_function_occurs() {
    let all = cases();
    assert!(all.len() >= 400, "{} cases", all.len());
    let text: String = all
        .iter()
        .flat_map(|case| {
            case.files
                .iter()
                .map(|(_, text)| text.replace(' ', "") + "\n")
        })
        .collect();
    let mut missing = Vec::new();
    for (filter, arguments) in FILTERS {
        let piped = format!("|{filter}");
        if !text.contains(&piped) {
            missing.push(piped.clone());
        }
        for argument in *arguments {
            let given = text.split(&piped).skip(1).any(|rest| {
                rest.strip_prefix('(')
                    .and_then(|rest| rest.split(')').next())
                    .is_some_and(|inside| inside.contains(&format!("{argument}=")))
            });
            if !given {
                missing.push(format!("{filter}({argument}=)"));
            }
        }
    }
    for test in TESTS {
        if !text.contains(&format!("is{test}")) || !text.contains(&format!("isnot{test}")) {
            missing.push(format!("is {test} / is not {test}"));
        }
    }
    for (function, arguments) in FUNCTIONS {
        for argument in *arguments {
            let given = text.split(&format!("{function}(")).skip(1).any(|rest| {
                rest.split(')')
                    .next()
                    .is_some_and(|inside| inside.contains(&format!("{argument}=")))
            });
            if !given {
                missing.push(format!("{function}({argument}=)"));
            }
        }
    }
    assert!(missing.is_empty(), "no case for {missing:?}");
}

/// Tera 1.20's filters with their arguments.
const FILTERS: &[(&str, &[&str])] = &[
    ("abs", &[]),
    ("addslashes", &[]),
    ("as_str", &[]),
    ("capitalize", &[]),
    ("concat", &["with"]),
    ("date", &["format", "timezone"]),
    ("default", &["value"]),
    ("escape", &[]),
    ("escape_xml", &[]),
    ("filesizeformat", &["binary"]),
    ("filter", &["attribute", "value"]),
    ("first", &[]),
    ("float", &["default"]),
    ("get", &["key", "default"]),
    ("group_by", &["attribute"]),
    ("indent", &["prefix", "first", "blank"]),
    ("int", &["default", "base"]),
    ("join", &["sep"]),
    ("json_encode", &["pretty"]),
    ("last", &[]),
    ("length", &[]),
    ("linebreaksbr", &[]),
    ("lower", &[]),
    ("map", &["attribute"]),
    ("nth", &["n"]),
    ("pluralize", &["plural", "singular"]),
    ("replace", &["from", "to"]),
    ("reverse", &[]),
    ("round", &["method", "precision"]),
    ("safe", &[]),
    ("slice", &["start", "end"]),
    ("slugify", &[]),
    ("sort", &["attribute"]),
    ("spaceless", &[]),
    ("split", &["pat"]),
    ("striptags", &[]),
    ("title", &[]),
    ("trim", &[]),
    ("trim_end", &[]),
    ("trim_end_matches", &["pat"]),
    ("trim_start", &[]),
    ("trim_start_matches", &["pat"]),
    ("truncate", &["length", "end"]),
    ("unique", &["attribute", "case_sensitive"]),
    ("upper", &[]),
    ("urlencode", &[]),
    ("urlencode_strict", &[]),
    ("wordcount", &[]),
];

const TESTS: &[&str] = &[
    "containing",
    "defined",
    "divisibleby",
    "ending_with",
    "even",
    "iterable",
    "matching",
    "number",
    "object",
    "odd",
    "starting_with",
    "string",
    "undefined",
];

const FUNCTIONS: &[(&str, &[&str])] = &[
    ("get_env", &["name", "default"]),
    ("get_random", &["start", "end"]),
    ("now", &["timestamp", "utc"]),
    ("range", &["start", "end", "step_by"]),
    ("throw", &["message"]),
];
