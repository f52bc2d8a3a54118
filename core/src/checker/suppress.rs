//! Comments that allow something, and those that allow it in vain (`T123`).
//!
//! - `# clnrm: allow C119` at the end of a line is about that line;
//! - on a line of its own it is about the next line that holds something else;
//! - above the first such line of the file it is about the whole file.
//!
//! `{# clnrm: allow C119 #}` is the same for what should not reach the rendered text. What looks like
//! such a comment in a string is none. One that names no code there is, or says something else than
//! `allow`, is told wherever it stands.
//!
//! Whether one is in vain is told only where that is sure: in a file without errors (what a fault
//! touches raises nothing), of rules that ran and whose finding depends on the file alone, and in a
//! template of lines that were rendered and hold no tag, since another render may say something else.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, Edit, Family, Fix, Level, Location, Mapping, Severity};
use crate::source::{Source, Span};
use crate::suggest::{self, did_you_mean};
use crate::template::scan::{Scan, TagKind};

const MARK: &str = "clnrm:";
const ALLOW: &str = "allow";

/// What a comment is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Target {
    File,
    /// Numbered from 1.
    Line(u32),
    /// It stands below the last line that holds something.
    Nothing,
}

/// A comment that allows something.
#[derive(Debug)]
struct Comment {
    /// Its bytes.
    span: Span,
    /// What it allows, and where that is said.
    codes: Vec<(Code, Span)>,
    /// What of it nobody understands.
    misread: Vec<Misread>,
    target: Target,
    /// Whether it can be taken out by itself.
    removable: bool,
}

/// A word that nobody understands.
#[derive(Debug)]
struct Misread {
    span: Span,
    message: String,
    help: String,
}

/// The comments of one file that allow something.
#[derive(Debug, Default)]
pub(super) struct Comments {
    all: Vec<Comment>,
    /// Comments about a line.
    lines: BTreeMap<u32, Vec<usize>>,
    /// Comments about the file.
    file: Vec<usize>,
    /// Comments that hid something, with the place of the code in them.
    used: BTreeSet<(usize, usize)>,
}

/// What was judged: as much as decides whether a comment is in vain.
pub(super) struct Judged<'a> {
    pub level: Level,
    /// Whether the file is a template: then a comment about all of it is not judged.
    pub templated: bool,
    /// Lines of the file that came into a render, if it is a template.
    pub rendered: &'a dyn Fn() -> BTreeSet<u32>,
    /// Codes that were found, but not kept.
    pub beyond: &'a BTreeMap<Code, usize>,
    /// Codes that are errors, whatever comments say.
    pub deny: &'a [Code],
}

impl Comments {
    pub(super) fn of(text: &str) -> Self {
        let mut comments = Self::default();
        if !text.contains(MARK) {
            return comments;
        }
        let scan = Scan::of(text);
        let mut head = true;
        // Comments on lines of their own that wait for the next line.
        let mut waiting: Vec<usize> = Vec::new();
        let mut start = 0;
        for (number, whole) in (1u32..).zip(text.split_inclusive('\n')) {
            let line = whole.trim_end_matches(['\n', '\r']);
            let trimmed = line.trim_start_matches('\u{feff}').trim_start();
            let own = trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with("{#");
            head &= own;
            if let Some(comment) = Comment::read(line, start, &scan, text) {
                let at = comments.all.len();
                comments.all.push(comment);
                if head {
                    comments.all[at].target = Target::File;
                    comments.file.push(at);
                } else {
                    waiting.push(at);
                }
            }
            if !own && !waiting.is_empty() {
                for at in &waiting {
                    comments.all[*at].target = Target::Line(number);
                }
                comments.lines.insert(number, std::mem::take(&mut waiting));
            }
            start += whole.len();
        }
        comments
    }

    /// Whether a comment allows `code` on `line`; 0 is a line that nobody knows.
    pub(super) fn allow(&self, code: Code, line: u32) -> bool {
        self.about(code, line).next().is_some()
    }

    /// Takes note that `code` was found on `line`.
    pub(super) fn found(&mut self, code: Code, line: u32) {
        let used: Vec<_> = self.about(code, line).collect();
        self.used.extend(used);
    }

    fn about(&self, code: Code, line: u32) -> impl Iterator<Item = (usize, usize)> {
        let lines = self.lines.get(&line).map_or(&[][..], Vec::as_slice);
        let comments = self.file.iter().chain(lines);
        comments.flat_map(move |at| {
            let codes = self.all[*at].codes.iter().enumerate();
            let same = codes.filter(move |(_, (other, _))| *other == code);
            same.map(|(place, _)| (*at, place))
        })
    }

    /// `T123` for what nobody understands.
    pub(super) fn misread(&self, source: &Source) -> Vec<Diagnostic> {
        let all = self.all.iter().flat_map(|comment| &comment.misread);
        all.map(|misread| {
            let (message, help) = (misread.message.clone(), misread.help.clone());
            finding(source, misread.span, message, help)
        })
        .collect()
    }

    /// `T123` for what hid nothing.
    pub(super) fn unused(&self, source: &Source, judged: &Judged<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut rendered: Option<BTreeSet<u32>> = None;
        let scan = self.all.first().map(|_| Scan::of(&source.text));
        for (at, comment) in self.all.iter().enumerate() {
            if judged.templated && comment.target != Target::Nothing {
                let Target::Line(line) = comment.target else {
                    continue;
                };
                let span = line_of(source, line);
                let tagged = scan.as_ref().is_none_or(|scan| {
                    let mut tags = scan.tags.iter();
                    tags.any(|tag| {
                        tag.kind != TagKind::Comment
                            && tag.span.start < span.end
                            && span.start < tag.span.end
                    })
                });
                let rendered = rendered.get_or_insert_with(judged.rendered);
                if tagged || !rendered.contains(&line) {
                    continue;
                }
            }
            let in_vain = |place: usize, code: Code| {
                code.severity() == Severity::Error
                    || judged.ran(code) && !self.used.contains(&(at, place))
            };
            let codes = comment.codes.iter().enumerate();
            let vain: Vec<usize> = codes
                .filter(|(place, (code, _))| in_vain(*place, *code))
                .map(|(place, _)| place)
                .collect();
            if vain.is_empty() {
                continue;
            }
            let all = vain.len() == comment.codes.len() && comment.misread.is_empty();
            for place in vain {
                found.push(comment.diagnostic(place, all, source));
            }
        }
        found
    }
}

impl Judged<'_> {
    /// Whether the rule ran, and what it finds depends on the file alone: not on flags and variables.
    fn ran(&self, code: Code) -> bool {
        let ran = match code.family() {
            Family::Template => !matches!(code, Code::T120 | Code::T121 | Code::T123),
            Family::Syntax | Family::Setting | Family::Cross => true,
            Family::File | Family::Trace | Family::Run => false,
        };
        ran && code.family().level() <= self.level
            && !self.beyond.contains_key(&code)
            && !self.deny.contains(&code)
    }
}

impl Comment {
    /// The comment on a line that begins at `start` of `text`.
    fn read(line: &str, start: usize, scan: &Scan, text: &str) -> Option<Self> {
        let marks = line.match_indices('#').map(|(at, _)| at);
        let mut marks = marks.filter(|at| line[at + 1..].trim_start().starts_with(MARK));
        let inside = |span: &Span, at: usize| span.start <= at && at < span.end;
        let (at, tag) = marks.find_map(|at| {
            let whole = start + at;
            let mut tags = scan.tags.iter();
            let tag = tags.find(|tag| tag.kind == TagKind::Comment && inside(&tag.span, whole));
            let toml = scan.comments.iter().any(|comment| inside(comment, whole));
            (tag.is_some() || toml).then_some((at, tag))
        })?;
        let rest = line[at + 1..].trim_start().strip_prefix(MARK)?;
        let (codes, misread) = words(rest, start + line.len() - rest.len());
        let end = start + line.len();
        let (span, removable) = match tag {
            Some(tag) if tag.span.start + 1 == start + at && tag.span.end <= end => {
                // `-` strips blanks around: without the comment they would stay.
                let strips = tag.span.of(text).ends_with("-#}");
                (tag.span, !strips)
            }
            Some(_) => (Span::new(start + at, end), false),
            None => {
                let span = Span::new(start + at, end);
                (span, scan.tags_in(span).is_empty())
            }
        };
        (!codes.is_empty() || !misread.is_empty()).then_some(Self {
            span,
            codes,
            misread,
            target: Target::Nothing,
            removable,
        })
    }

    /// `all`: none of its codes hides anything, and the comment goes as a whole.
    fn diagnostic(&self, place: usize, all: bool, source: &Source) -> Diagnostic {
        let (code, word) = self.codes[place];
        let name = code.name();
        let message = if code.severity() == Severity::Error {
            format!("`{code}` ({name}) is an error, which no comment hides")
        } else {
            match self.target {
                Target::File => format!("nothing in this file is `{code}` ({name})"),
                Target::Line(line) => format!("nothing on line {line} is `{code}` ({name})"),
                Target::Nothing => format!("nothing follows that could be `{code}` ({name})"),
            }
        };
        let removed = if all {
            self.removed(&source.text)
        } else {
            self.without(place)
        };
        let mut found = finding(source, word, message, "remove it".to_owned());
        found.fix = self.removable.then(|| Fix {
            safe: true,
            edits: vec![Edit {
                location: location(source, removed),
                text: String::new(),
            }],
        });
        found
    }

    /// The bytes that go with the comment: its whole line if it stands alone there, else the blanks
    /// before it.
    fn removed(&self, text: &str) -> Span {
        let line = text[..self.span.start].rfind('\n').map_or(0, |at| at + 1);
        let before = &text[line..self.span.start];
        let after = &text[self.span.end..];
        let blank = |c: char| c == ' ' || c == '\t';
        let ends = after.trim_start_matches(blank);
        let line_ends = ends.starts_with('\n') || ends.starts_with("\r\n") || ends.is_empty();
        if before.trim_matches(blank).is_empty() && line_ends {
            let rest = after.find('\n').map_or(after.len(), |at| at + 1);
            return Span::new(line, self.span.end + rest);
        }
        let kept = if line_ends {
            before.trim_end_matches(blank).len()
        } else {
            before.len()
        };
        Span::new(line + kept, self.span.end)
    }

    /// The bytes of one code and of what parts it from its neighbour.
    fn without(&self, place: usize) -> Span {
        let (_, word) = self.codes[place];
        match place.checked_sub(1).and_then(|place| self.codes.get(place)) {
            Some((_, before)) => Span::new(before.end, word.end),
            None => {
                let next = self.codes.get(place + 1);
                Span::new(word.start, next.map_or(word.end, |(_, next)| next.start))
            }
        }
    }
}

/// What stands behind the mark, from `start` on: codes with their places, and what of it is neither a
/// code nor a remark for people.
fn words(rest: &str, start: usize) -> (Vec<(Code, Span)>, Vec<Misread>) {
    let mut at = start;
    let mut words = Vec::new();
    for word in rest.split([' ', ',', '\t', '(', ')']) {
        if !word.is_empty() {
            words.push((word, Span::new(at, at + word.len())));
        }
        at += word.len() + 1;
    }
    let (mut codes, mut misread) = (Vec::new(), Vec::new());
    let nobody_knows = |span: Span, message: String, help: String| Misread {
        span,
        message,
        help,
    };
    let Some(((verb, verb_span), words)) = words.split_first() else {
        return (codes, misread);
    };
    let verb = verb.trim_end_matches(':');
    if verb != ALLOW {
        if words.iter().any(|(word, _)| is_code(word)) {
            let message = format!("`{verb}` is not what such a comment can say: it hides nothing");
            misread.push(nobody_knows(
                *verb_span,
                message,
                format!("write `{ALLOW}`"),
            ));
        }
        return (codes, misread);
    }
    for (word, span) in words {
        let word = word.trim_end_matches(['.', ';', ':']);
        let span = Span::new(span.start, span.start + word.len());
        match Code::find(word) {
            Some(code) => codes.push((code, span)),
            // What follows the codes is for people.
            None if !is_code(word) && (!codes.is_empty() || !misread.is_empty()) => break,
            None => {
                let names = Code::ALL.iter().map(|code| code.name());
                let help = match suggest::nearest(word, names).filter(|_| !is_code(word)) {
                    Some(name) => did_you_mean(name),
                    None => "`clnrm explain` lists the codes and their names".to_owned(),
                };
                let message = format!("there is no code `{word}`: nothing is hidden by it");
                misread.push(nobody_knows(span, message, help));
            }
        }
    }
    if codes.is_empty() && misread.is_empty() {
        let message = "this comment names no code: it hides nothing".to_owned();
        let help = "name the code that it hides".to_owned();
        misread.push(nobody_knows(*verb_span, message, help));
    }
    (codes, misread)
}

/// Whether a word is written like a code, or is one by its name.
fn is_code(word: &str) -> bool {
    let mut letters = word.chars();
    let numbered = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.clone().count() == 3
        && letters.all(|digit| digit.is_ascii_digit());
    numbered || Code::find(word).is_some()
}

fn location(source: &Source, span: Span) -> Location {
    Location {
        file: source.name.clone(),
        start: source.position(span.start),
        end: source.position(span.end),
    }
}

fn finding(source: &Source, span: Span, message: String, help: String) -> Diagnostic {
    Diagnostic {
        code: Code::T123,
        name: Code::T123.name(),
        severity: Code::T123.severity(),
        message,
        label: Some("hides nothing".to_owned()),
        primary: location(source, span),
        mapping: Mapping::Exact,
        rendered: None,
        related: Vec::new(),
        help: Some(help),
        fix: None,
        count: 1,
        renders: Vec::new(),
    }
}

fn line_of(source: &Source, line: u32) -> Span {
    let index = usize::try_from(line).unwrap_or_default();
    let span = source
        .lines()
        .line_span(&source.text, index.saturating_sub(1));
    span.unwrap_or_else(|| Span::at(0))
}
