//! Regular expressions, and globs over names of spans.

use std::ops::Range;

use regex_syntax::ast::{self, parse::Parser};
use regex_syntax::hir::{self, translate::Translator};

use super::Wrong;

/// What is wrong with a regular expression, and at which of its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What is wrong.
    pub wrong: Wrong,
    /// Where.
    pub at: Range<usize>,
}

/// Checks a regular expression of Rust's `regex`.
///
/// # Errors
/// When it does not parse.
pub fn check_regex(text: &str) -> Result<(), Fault> {
    // Most are plain text, in which nothing can be wrong.
    if !text.contains(['\\', '(', ')', '[', ']', '{', '}', '*', '+', '?']) {
        return Ok(());
    }
    let tree = Parser::new().parse(text).map_err(|error| Fault {
        at: error.span().start.offset..error.span().end.offset,
        wrong: explain(text, error.kind()),
    })?;
    // What a tree does not show is wrong only where Unicode is switched off.
    if !text.contains("-u") {
        return Ok(());
    }
    match Translator::new().translate(text, &tree) {
        Ok(_) => Ok(()),
        // Whether a Unicode property exists depends on tables that are not all built in here.
        Err(error)
            if matches!(
                error.kind(),
                hir::ErrorKind::UnicodePropertyNotFound
                    | hir::ErrorKind::UnicodePropertyValueNotFound
                    | hir::ErrorKind::UnicodePerlClassNotFound
                    | hir::ErrorKind::UnicodeCaseUnavailable
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(Fault {
            at: error.span().start.offset..error.span().end.offset,
            wrong: Wrong::new(lower(&error.kind().to_string())),
        }),
    }
}

fn explain(text: &str, kind: &ast::ErrorKind) -> Wrong {
    use ast::ErrorKind as K;
    match kind {
        K::GroupUnclosed => {
            Wrong::new("the group is not closed").help("write `\\(` for a parenthesis itself")
        }
        K::GroupUnopened => {
            Wrong::new("the group was not opened").help("write `\\)` for a parenthesis itself")
        }
        K::ClassUnclosed => {
            Wrong::new("the class is not closed").help("write `\\[` for a bracket itself")
        }
        K::ClassRangeInvalid => Wrong::new("the range ends before it begins"),
        K::RepetitionMissing => {
            Wrong::new("there is nothing to repeat").help(if text.starts_with('*') {
                "this is a regular expression, not a glob: write `.*` for any text"
            } else {
                "write a backslash before it for the character itself"
            })
        }
        K::UnsupportedLookAround => Wrong::new("look-around is not supported")
            .help("`expected_output_regex_not` says what must not match"),
        K::UnsupportedBackreference => Wrong::new("backreferences are not supported"),
        K::EscapeUnrecognized => Wrong::new("unknown escape sequence"),
        K::EscapeUnexpectedEof => Wrong::new("nothing follows the backslash"),
        K::RepetitionCountInvalid => {
            Wrong::new("the repetition's least count is above its greatest")
        }
        K::RepetitionCountUnclosed | K::RepetitionCountDecimalEmpty => {
            Wrong::new("the repetition's count is no number").help("write `\\{` for a brace itself")
        }
        K::NestLimitExceeded(_) => Wrong::new("groups nest too deep"),
        other => Wrong::new(lower(&other.to_string())),
    }
}

fn lower(message: &str) -> String {
    let mut chars = message.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}

/// Checks a name of a span, or a glob over names.
///
/// # Errors
/// When it can match nothing, or holds a character that no name has.
pub fn check_glob(text: &str) -> Result<(), Wrong> {
    if let Some(found) = text.chars().find(|c| c.is_control()) {
        return Err(Wrong::new(format!(
            "holds the control character U+{:04X}",
            u32::from(found)
        )));
    }
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let inside = &rest[open + 1..];
        let set = inside.strip_prefix(['!', '^']).unwrap_or(inside);
        let first = set.chars().next().map_or(0, char::len_utf8);
        let Some(close) = set[first..].find(']').map(|at| first + at) else {
            return Err(if set.starts_with(']') {
                Wrong::new("can match nothing: its class `[]` is empty")
            } else {
                Wrong::new("has a `[` that is not closed")
            }
            .help("write `[[]` for a bracket itself"));
        };
        let members: Vec<char> = set[..close].chars().collect();
        let mut at = 0;
        while at + 2 < members.len() {
            if members[at + 1] == '-' {
                if members[at] > members[at + 2] {
                    return Err(Wrong::new(format!(
                        "can match nothing: the range `{}-{}` ends before it begins",
                        members[at],
                        members[at + 2]
                    )));
                }
                at += 3;
            } else {
                at += 1;
            }
        }
        rest = &set[close + 1..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regex_fails_at_a_place() {
        for good in [
            "plain",
            r"^\d+\.\d+$",
            "(?i)(a|b)",
            r"\p{Greek}",
            "[[:alpha:]]",
            "a{2,3}",
            "",
            "brace } ok",
        ] {
            assert_eq!(check_regex(good), Ok(()), "{good}");
        }
        for (bad, at) in [
            ("a(b", 1),
            ("a)b", 1),
            ("x[a-", 1),
            ("*.log", 0),
            ("a{2,1}", 1),
            (r"\y", 0),
            ("(?=x)", 0),
            (r"(a)\1", 3),
            ("[z-a]", 1),
            (r"(?-u)\xff", 5),
        ] {
            let fault = check_regex(bad).unwrap_err();
            assert_eq!(fault.at.start, at, "{bad}: {fault:?}");
        }
        assert!(check_regex(&"(".repeat(10_000)).is_err());
    }

    #[test]
    fn a_glob_must_be_able_to_match() {
        for good in [
            "a.b",
            "*",
            "clnrm.step:*",
            "a[0-9]?",
            "[!a]",
            "[]a]",
            "a b/c",
        ] {
            assert_eq!(check_glob(good), Ok(()), "{good}");
        }
        for bad in ["a[", "[]", "[z-a]", "a\tb", "[!]"] {
            assert!(check_glob(bad).is_err(), "{bad}");
        }
    }
}
