//! What can be proved about two span patterns without a trace.
//!
//! Both questions err on the side of silence: [`covers`] says yes only where it is certain, and
//! [`may_overlap`] says no only where it is certain.

use crate::config::model::Pattern;

/// Beyond this product of lengths two globs are not compared.
const LARGEST: usize = 1 << 20;

/// One element of a glob.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Literal(char),
    /// `?`
    Any,
    /// `[…]`, with its brackets.
    Class(&'a str),
    /// `*`
    Star,
}

fn tokens(pattern: &Pattern) -> Vec<Token<'_>> {
    let text = pattern.as_str();
    if !pattern.is_glob() {
        return text.chars().map(Token::Literal).collect();
    }
    let mut tokens = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].chars().next() {
        let rest = &text[at..];
        let (token, taken) = match found {
            '*' => (Token::Star, 1),
            '?' => (Token::Any, 1),
            '[' => match class(rest) {
                Some(class) => (Token::Class(class), class.len()),
                None => (Token::Literal('['), 1),
            },
            _ => (Token::Literal(found), found.len_utf8()),
        };
        tokens.push(token);
        at += taken;
    }
    tokens
}

/// The class at the start of `text`, with its brackets. A `]` that comes first belongs to it.
fn class(text: &str) -> Option<&str> {
    let head = if text[1..].starts_with(['!', '^']) {
        2
    } else {
        1
    };
    let first = text[head..].chars().next()?.len_utf8();
    let end = head + first + text[head + first..].find(']')?;
    Some(&text[..=end])
}

/// Whether every name that `inner` matches is surely matched by `outer`.
pub fn covers(outer: &Pattern, inner: &Pattern) -> bool {
    if !inner.is_glob() {
        return outer.matches(inner.as_str());
    }
    if outer == inner {
        return true;
    }
    if !outer.is_glob()
        || heads_differ(outer, inner)
        || outer.as_str().len() * inner.as_str().len() > LARGEST
    {
        return false;
    }
    let (outer, inner) = (tokens(outer), tokens(inner));
    // As a glob is matched against a text, with the elements of `inner` for characters: what a
    // star of `inner` stands for, only a star of `outer` can swallow.
    let (mut o, mut i) = (0, 0);
    let mut again: Option<(usize, usize)> = None;
    loop {
        match (outer.get(o), inner.get(i)) {
            (Some(Token::Star), _) => {
                o += 1;
                again = Some((o, i));
                continue;
            }
            (Some(a), Some(b)) if swallows(*a, *b) => {
                o += 1;
                i += 1;
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        match again {
            Some((star, from)) if from < inner.len() => {
                again = Some((star, from + 1));
                (o, i) = (star, from + 1);
            }
            _ => return false,
        }
    }
}

fn swallows(outer: Token, inner: Token) -> bool {
    match (outer, inner) {
        (_, Token::Star) => false,
        (Token::Any, _) => true,
        (Token::Class(class), Token::Literal(c)) => in_class(class, c),
        (a, b) => a == b,
    }
}

fn in_class(class: &str, c: char) -> bool {
    Pattern::new(class).matches(c.encode_utf8(&mut [0; 4]))
}

/// Whether some name might be matched by both.
pub fn may_overlap(a: &Pattern, b: &Pattern) -> bool {
    match (a.is_glob(), b.is_glob()) {
        (false, false) => return a == b,
        (true, false) => return a.matches(b.as_str()),
        (false, true) => return b.matches(a.as_str()),
        (true, true) => {}
    }
    if heads_differ(a, b) {
        return false;
    }
    if a.as_str().len() * b.as_str().len() > LARGEST {
        return true;
    }
    let (a, b) = (tokens(a), tokens(b));
    // `here[j]`: the first `i` elements of `a` and the first `j` of `b` can match one text.
    let mut here = vec![false; b.len() + 1];
    here[0] = true;
    for i in 0..=a.len() {
        let mut next = vec![false; b.len() + 1];
        for j in 0..=b.len() {
            if !here[j] {
                continue;
            }
            let (x, y) = (a.get(i), b.get(j));
            if x == Some(&Token::Star) {
                next[j] = true;
                if y.is_some() && j < b.len() {
                    here[j + 1] = true;
                }
            }
            if y == Some(&Token::Star) {
                here[j + 1] = true;
                if x.is_some() {
                    next[j] = true;
                }
            }
            if let (Some(x), Some(y)) = (x, y)
                && meet(*x, *y)
            {
                next[j + 1] = true;
            }
        }
        if i == a.len() {
            return here[b.len()];
        }
        here = next;
    }
    false
}

/// Whether the texts before the first wildcards differ: the cheap answer for most pairs.
fn heads_differ(a: &Pattern, b: &Pattern) -> bool {
    let (a, b) = (head(a), head(b));
    !a.starts_with(b) && !b.starts_with(a)
}

/// The text before the first wildcard.
fn head(pattern: &Pattern) -> &str {
    let text = pattern.as_str();
    &text[..text.find(['*', '?', '[']).unwrap_or(text.len())]
}

fn meet(a: Token, b: Token) -> bool {
    match (a, b) {
        (Token::Literal(x), Token::Literal(y)) => x == y,
        (Token::Literal(c), Token::Class(class)) | (Token::Class(class), Token::Literal(c)) => {
            in_class(class, c)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(text: &str) -> Pattern {
        Pattern::new(text)
    }

    #[test]
    fn a_glob_covers_names_and_narrower_globs() {
        for (outer, inner) in [
            ("a", "a"),
            ("a*", "abc"),
            ("*", "a*b?"),
            ("a*", "ab*"),
            ("*b*", "a?b[0-9]*"),
            ("a?c", "a[xy]c"),
            ("a[a-z]c", "abc"),
            ("a**", "a*"),
        ] {
            assert!(covers(&p(outer), &p(inner)), "{outer} covers {inner}");
        }
        for (outer, inner) in [
            ("a", "b"),
            ("a", "a*"),
            ("ab*", "a*"),
            ("a?", "a*"),
            ("*a", "*"),
            ("a[a-c]", "a[a-b]"),
            ("a*b", "a*"),
        ] {
            assert!(!covers(&p(outer), &p(inner)), "{outer} covers {inner}");
        }
    }

    #[test]
    fn globs_that_cannot_meet_are_told_apart() {
        for (a, b) in [
            ("a*", "*b"),
            ("a*", "ab"),
            ("*", "?"),
            ("a[0-9]*", "a1?"),
            ("a*c", "ab*"),
            ("[ab]x", "[bc]x"),
            ("*", "*"),
        ] {
            assert!(may_overlap(&p(a), &p(b)), "{a} meets {b}");
            assert!(may_overlap(&p(b), &p(a)), "{b} meets {a}");
        }
        for (a, b) in [
            ("a*", "b*"),
            ("*.start", "*.stop"),
            ("a?", "a*bc"),
            ("a[0-9]", "a[!x]b"),
            ("ax*", "a[bc]*"),
            ("a", "b"),
        ] {
            assert!(!may_overlap(&p(a), &p(b)), "{a} meets {b}");
            assert!(!may_overlap(&p(b), &p(a)), "{b} meets {a}");
        }
    }

    #[test]
    fn hostile_patterns_end_soon() {
        let long = p(&"*a".repeat(400));
        assert!(covers(&p("*"), &long));
        assert!(!covers(&long, &p(&"*ab".repeat(300))) || may_overlap(&long, &long));
        let longest = p(&"?*".repeat(100_000));
        assert!(may_overlap(&longest, &longest));
    }
}
