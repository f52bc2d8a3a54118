//! Where in a tag a place is, also in one that is not finished: what kind of word is being written
//! there, and in the call of what.

use crate::source::Span;
use crate::template::scan::{Scan, TagKind};

/// Bytes that a tag may have before the place; one that is longer was never closed.
const LONGEST: usize = 4096;

/// What kind of word is being written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// The name of a tag, such as `if`.
    Tag,
    /// After `|`.
    Filter,
    /// After `is`.
    Test,
    /// After `name::`.
    Macro(String),
    /// After `a.b.`.
    Entry(Vec<String>),
    /// A value, a function, a name.
    Expression,
    /// The name of a file, within quotes.
    File,
    /// Nothing that is known: other text, a comment, a new name.
    Unknown,
}

/// What is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Callee {
    Function(String),
    Filter(String),
    Test(String),
    Macro(String, String),
}

/// The call whose arguments the place is among.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Call {
    pub callee: Callee,
    /// Arguments that are given by name.
    pub given: Vec<String>,
    /// An argument begins here.
    pub at_argument: bool,
}

/// A place in a tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct InTag {
    /// The start of the word at the place, up to the place.
    pub typed: Span,
    pub word: Word,
    pub call: Option<Call>,
}

/// Of a byte of `text`; `None` outside of tags.
pub(super) fn at(text: &str, offset: usize) -> Option<InTag> {
    let before = text.get(..offset)?;
    let near = before.get(before.floor_char_boundary(offset.saturating_sub(LONGEST))..)?;
    let openers = ["{{", "{%", "{#"].into_iter();
    let opened = openers.filter_map(|opener| Some((near.rfind(opener)?, opener)));
    let (start, opener) = opened.max()?;
    let inner = &near[start + 2..];
    let code = without_strings(inner);
    if ["}}", "%}", "#}"]
        .iter()
        .any(|closer| code.contains(closer))
    {
        return None;
    }
    let place = |typed: usize, word, call| InTag {
        typed: Span::new(offset - typed, offset),
        word,
        call,
    };
    if opener == "{#" {
        return Some(place(0, Word::Unknown, None));
    }
    let code = code.trim_start_matches('-');
    if let Some(length) = open_string(inner) {
        let first = code.split_whitespace().next().unwrap_or_default();
        let is_file = matches!(first, "include" | "import" | "extends");
        let word = if is_file { Word::File } else { Word::Unknown };
        return Some(place(length, word, None));
    }
    let typed = code.bytes().rev().take_while(|byte| is_word(*byte)).count();
    let head = &code[..code.len() - typed];
    let word = if opener == "{%" { in_block(head) } else { None };
    let call = call(head);
    Some(place(
        typed,
        word.unwrap_or_else(|| in_expression(head)),
        call,
    ))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_name(word: &str) -> bool {
    word.bytes().all(is_word) && word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// The code with spaces for what stands in strings, and for what is not ASCII; as long as it was.
fn without_strings(code: &str) -> String {
    let mut quote = None;
    let bytes = code.bytes().map(|byte| match (quote, byte) {
        (Some(open), _) if byte == open => {
            quote = None;
            '\''
        }
        (Some(_), _) => ' ',
        (None, b'"' | b'\'' | b'`') => {
            quote = Some(byte);
            '\''
        }
        (None, _) if byte.is_ascii() => char::from(byte),
        (None, _) => ' ',
    });
    bytes.collect()
}

/// The length of the inside of a string that is open at the end.
fn open_string(code: &str) -> Option<usize> {
    let mut open: Option<(u8, usize)> = None;
    for (at, byte) in code.bytes().enumerate() {
        match open {
            Some((quote, _)) if quote == byte => open = None,
            None if matches!(byte, b'"' | b'\'' | b'`') => open = Some((byte, at + 1)),
            _ => {}
        }
    }
    open.map(|(_, start)| code.len() - start)
}

/// What is written at the start of a block tag, where no expression stands yet.
fn in_block(head: &str) -> Option<Word> {
    let mut words = head.split_whitespace();
    let Some(first) = words.next() else {
        return Some(Word::Tag);
    };
    let rest = head.trim_start().get(first.len()..).unwrap_or_default();
    match first {
        "set" | "set_global" => (!rest.contains('=')).then_some(Word::Unknown),
        "for" => (!rest.split_whitespace().any(|word| word == "in")).then_some(Word::Unknown),
        "filter" => (!rest.contains(['|', '('])).then_some(Word::Filter),
        "macro" => (!rest.contains('=')).then_some(Word::Unknown),
        "if" | "elif" => None,
        _ => Some(Word::Unknown),
    }
}

fn in_expression(head: &str) -> Word {
    let trimmed = head.trim_end();
    if trimmed.ends_with('|') {
        return Word::Filter;
    }
    if let Some(before) = head.strip_suffix("::") {
        return Word::Macro(last_word(before).to_owned());
    }
    if let Some(before) = head.strip_suffix('.') {
        let path = before
            .rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
            .next();
        let path: Vec<String> = path
            .unwrap_or_default()
            .split('.')
            .map(str::to_owned)
            .collect();
        return if path.iter().all(|part| !part.is_empty()) && is_name(&path[0]) {
            Word::Entry(path)
        } else {
            Word::Unknown
        };
    }
    if head.ends_with(|c: char| c.is_whitespace()) {
        let before = trimmed.strip_suffix("not").map_or(trimmed, str::trim_end);
        if last_word(before) == "is" {
            return Word::Test;
        }
    }
    Word::Expression
}

fn last_word(text: &str) -> &str {
    let length = text.bytes().rev().take_while(|byte| is_word(*byte)).count();
    &text[text.len() - length..]
}

/// The innermost call that is open at the end.
fn call(head: &str) -> Option<Call> {
    let mut depth = 0;
    let open = head.bytes().enumerate().rev().find(|(_, byte)| {
        match byte {
            b')' | b']' | b'}' => depth += 1,
            b'[' | b'{' | b'(' if depth > 0 => depth -= 1,
            b'(' => return true,
            _ => {}
        }
        false
    });
    let (open, _) = open?;
    let name = last_word(&head[..open]);
    if !is_name(name) {
        return None;
    }
    let before = &head[..open - name.len()];
    let name = name.to_owned();
    let callee = if let Some(namespace) = before.strip_suffix("::") {
        Callee::Macro(last_word(namespace).to_owned(), name)
    } else {
        match in_expression(before) {
            Word::Filter => Callee::Filter(name),
            Word::Test => Callee::Test(name),
            _ if before.trim() == "filter" => Callee::Filter(name),
            _ => Callee::Function(name),
        }
    };
    let arguments = &head[open + 1..];
    let given = arguments.match_indices('=');
    let given = given.map(|(at, _)| last_word(arguments[..at].trim_end()).to_owned());
    let end = arguments.trim_end();
    Some(Call {
        callee,
        given: given.filter(|name| is_name(name)).collect(),
        at_argument: end.is_empty() || end.ends_with(','),
    })
}

/// Names that a template gives to values before a place: by `set`, `for`, parameters of macros.
pub(super) fn locals(text: &str, offset: usize) -> Vec<String> {
    let mut names = Vec::new();
    for words in blocks(text)
        .filter(|(span, _)| span.end <= offset)
        .map(|(_, words)| words)
    {
        let own: Vec<&str> = match words.first().copied() {
            Some("set" | "set_global") => words.get(1).copied().into_iter().collect(),
            Some("for") => words
                .iter()
                .skip(1)
                .take_while(|word| **word != "in")
                .copied()
                .collect(),
            _ => Vec::new(),
        };
        names.extend(own.into_iter().map(str::to_owned));
    }
    if let Some(inner) = macros(text)
        .into_iter()
        .rev()
        .find(|found| found.at <= offset)
    {
        names.extend(inner.params.into_iter().map(|(name, _)| name));
    }
    names.sort();
    names.dedup();
    names
}

/// The block tags of a text, each with its words.
fn blocks(text: &str) -> impl Iterator<Item = (Span, Vec<&str>)> {
    let tags = Scan::of(text).tags.into_iter();
    tags.filter(|tag| tag.kind == TagKind::Block).map(|tag| {
        let inner = tag
            .span
            .of(text)
            .trim_start_matches("{%")
            .trim_end_matches("%}");
        let words = inner.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        (tag.span, words.filter(|word| !word.is_empty()).collect())
    })
}

/// Files that a template imports, each with the name that it goes by.
pub(super) fn imports(text: &str) -> Vec<(String, String)> {
    let tags = Scan::of(text).tags.into_iter();
    let imports = tags
        .filter(|tag| tag.kind == TagKind::Block)
        .filter_map(|tag| {
            let inner = tag
                .span
                .of(text)
                .trim_start_matches("{%")
                .trim_start_matches('-');
            let rest = inner.trim_start().strip_prefix("import")?.trim_start();
            let quote = rest
                .chars()
                .next()
                .filter(|c| matches!(c, '"' | '\'' | '`'))?;
            let (file, rest) = rest[1..].split_once(quote)?;
            let name = rest.trim_start().strip_prefix("as")?;
            let name = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            Some((
                name.into_iter().find(|word| !word.is_empty())?.to_owned(),
                file.to_owned(),
            ))
        });
    imports.collect()
}

/// A macro.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Macro {
    pub name: String,
    /// Parameters, each with its default as it is written.
    pub params: Vec<(String, Option<String>)>,
    /// The comment before it.
    pub doc: String,
    /// Where it stands.
    pub at: usize,
}

/// The macros of a text.
pub(super) fn macros(text: &str) -> Vec<Macro> {
    let mut macros = Vec::new();
    let mut comment: Option<Span> = None;
    for tag in Scan::of(text).tags {
        let inner = tag.span.of(text);
        if tag.kind == TagKind::Comment {
            comment = Some(tag.span);
            continue;
        }
        let before = comment.take().filter(|comment| {
            let between = Span::new(comment.end, tag.span.start.max(comment.end));
            between.of(text).trim().is_empty()
        });
        let head = inner
            .trim_start_matches("{%")
            .trim_start_matches('-')
            .trim_start();
        let Some((name, params)) = head
            .strip_prefix("macro ")
            .and_then(|rest| rest.split_once('('))
        else {
            continue;
        };
        let params = params.rsplit_once(')').map_or(params, |(params, _)| params);
        macros.push(Macro {
            name: name.trim().to_owned(),
            params: parameters(params),
            doc: before
                .map(|span| sentence(span.of(text)))
                .unwrap_or_default(),
            at: tag.span.start,
        });
    }
    macros
}

/// `a, b=[1, 2]`, taken apart.
fn parameters(list: &str) -> Vec<(String, Option<String>)> {
    let code = without_strings(list);
    let mut params = Vec::new();
    let (mut depth, mut start) = (0, 0);
    let ends = code.bytes().chain([b',']).enumerate();
    for (at, byte) in ends {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth <= 0 => {
                let param = list.get(start..at).unwrap_or_default();
                start = at + 1;
                let (name, default) = match param.split_once('=') {
                    Some((name, default)) => (name.trim(), Some(default.trim().to_owned())),
                    None => (param.trim(), None),
                };
                if is_name(name) {
                    params.push((name.to_owned(), default));
                }
            }
            _ => {}
        }
    }
    params
}

/// The text of a comment in one line.
fn sentence(comment: &str) -> String {
    let inner = comment.trim_start_matches("{#").trim_end_matches("#}");
    let inner = inner.trim_matches('-');
    inner.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Option<Word> {
        let offset = text.find('¦').unwrap();
        at(&text.replacen('¦', "", 1), offset).map(|tag| tag.word)
    }

    fn called(text: &str) -> Option<Call> {
        let offset = text.find('¦').unwrap();
        at(&text.replacen('¦', "", 1), offset)?.call
    }

    #[test]
    fn what_is_written_in_an_expression() {
        assert_eq!(word("{{ a }} ¦"), None);
        assert_eq!(word("{{ ¦"), Some(Word::Expression));
        assert_eq!(word("x = \"{{ na¦ }}\""), Some(Word::Expression));
        assert_eq!(word("{{ a | up¦"), Some(Word::Filter));
        assert_eq!(word("{{ 'a | b¦' }}"), Some(Word::Unknown));
        assert_eq!(word("{{ a is ¦"), Some(Word::Test));
        assert_eq!(word("{{ a is not de¦"), Some(Word::Test));
        assert_eq!(word("{{ m::sp¦"), Some(Word::Macro("m".into())));
        assert_eq!(
            word("{{ x ~ vars.a.¦ }}"),
            Some(Word::Entry(vec!["vars".into(), "a".into()]))
        );
        assert_eq!(word("{{ 1.¦"), Some(Word::Unknown));
        assert_eq!(word("{# a ¦"), Some(Word::Unknown));
        assert_eq!(word("{{ \"ä\" | ¦"), Some(Word::Filter));
    }

    #[test]
    fn what_is_written_in_a_block_tag() {
        assert_eq!(word("{% ¦"), Some(Word::Tag));
        assert_eq!(word("{%- en¦ %}"), Some(Word::Tag));
        assert_eq!(word("{% if ¦"), Some(Word::Expression));
        assert_eq!(word("{% for ¦"), Some(Word::Unknown));
        assert_eq!(word("{% for a in ¦"), Some(Word::Expression));
        assert_eq!(word("{% set a = ¦"), Some(Word::Expression));
        assert_eq!(word("{% include \"_m¦"), Some(Word::File));
        assert_eq!(word("{% filter ¦"), Some(Word::Filter));
    }

    #[test]
    fn calls_know_what_is_called_and_what_was_given() {
        let call = |callee, given: &[&str], at_argument| {
            Some(Call {
                callee,
                given: given.iter().map(|name| (*name).to_owned()).collect(),
                at_argument,
            })
        };
        assert_eq!(called("{{ a | f ¦"), None);
        assert_eq!(
            called("{{ range(¦"),
            call(Callee::Function("range".into()), &[], true)
        );
        assert_eq!(
            called("{{ a | replace(from=f(x=1), ¦"),
            call(Callee::Filter("replace".into()), &["from", "x"], true)
        );
        assert_eq!(
            called("{{ m::span(name=¦ }}"),
            call(Callee::Macro("m".into(), "span".into()), &["name"], false)
        );
        assert_eq!(
            called("{{ a is matching(¦"),
            call(Callee::Test("matching".into()), &[], true)
        );
    }

    #[test]
    fn names_that_a_template_gives() {
        let text =
            "{% set a = 1 %}{% for k, v in b %}{% macro m(p, q=[1, 2]) %}{{ x }}{% set z = 1 %}";
        assert_eq!(
            locals(text, text.find("{{").unwrap()),
            ["a", "k", "p", "q", "v"]
        );
        assert_eq!(
            imports("{% import \"a.tera\" as a %}{%- import '_m' as m -%}{% import x"),
            [
                ("a".into(), "a.tera".into()),
                ("m".to_owned(), "_m".to_owned())
            ]
        );
    }

    #[test]
    fn macros_have_parameters_and_a_comment() {
        let found = macros(
            "{#- Does\n it. -#}\n{% macro a(b, c=\"x, y\", d={}) -%}{% endmacro %}{% macro e() %}",
        );
        assert_eq!(found.len(), 2);
        assert_eq!((&*found[0].name, &*found[0].doc), ("a", "Does it."));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found[0].params,
            [
                ("b".into(), None),
                ("c".into(), some("\"x, y\"")),
                ("d".into(), some("{}"))
            ]
        );
        assert_eq!(found[1].params, []);
    }

    #[test]
    fn no_place_panics() {
        let text = "{{ ä::ö( | '😀 {% for 語 in x.y. is {# é(=,) }} {{ a(b[(c={";
        for (offset, _) in text.char_indices() {
            at(text, offset);
            locals(text, offset);
        }
        at(text, text.len());
        macros("{% macro ( %}{% macro ä(ö=) {% macro a(b");
    }
}
