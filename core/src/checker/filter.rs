//! The author's and the user's wishes: what is hidden, what is raised to an error, what is shown.
//!
//! Hidden are infos and warnings only, and they are counted: by `--allow`, by `[lint] allow` of the
//! project, and by comments in the file that a diagnostic points into:
//!
//! - `# clnrm: allow C119` at the end of a line is about that line;
//! - on a line of its own it is about the next line that holds something else;
//! - above the first such line of the file it is about the whole file.
//!
//! `{# clnrm: allow C119 #}` is the same for what should not reach the rendered text.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::report::{Counts, MAX_DIAGNOSTICS};
use crate::source::Source;

/// What to hide and what to raise.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Filter {
    /// Hidden, unless they are errors.
    pub allow: Vec<Code>,
    /// Errors.
    pub deny: Vec<Code>,
    /// What remains as a warning is an error.
    pub deny_warnings: bool,
}

impl Filter {
    /// The severity of a code after the user's wishes, `None` if it is hidden.
    fn judge(&self, code: Code, comments: &Comments, line: u32) -> Option<Severity> {
        if self.deny.contains(&code) {
            return Some(Severity::Error);
        }
        let severity = code.severity();
        if severity == Severity::Error {
            return Some(severity);
        }
        if self.allow.contains(&code) || comments.allow(code, line) {
            return None;
        }
        if self.deny_warnings && severity == Severity::Warning {
            return Some(Severity::Error);
        }
        Some(severity)
    }
}

/// What is shown, and in numbers what was found.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub diagnostics: Vec<Diagnostic>,
    pub omitted: usize,
    pub counts: Counts,
}

/// Brings diagnostics in order of place (the entry first), makes one of those that are equal, hides,
/// raises, counts and caps. `files` are the sources that diagnostics point into.
pub(super) fn settle(
    mut diagnostics: Vec<Diagnostic>,
    entry: &str,
    files: &BTreeMap<Arc<str>, Arc<Source>>,
    filter: &Filter,
) -> Shown {
    let place = |a: &Diagnostic| {
        let primary = &a.primary;
        (
            *primary.file != *entry,
            primary.file.clone(),
            primary.start.offset,
            primary.end.offset,
            a.code,
        )
    };
    diagnostics.sort_by(|a, b| {
        place(a)
            .cmp(&place(b))
            .then_with(|| a.message.cmp(&b.message))
    });
    diagnostics.dedup_by(|later, first| {
        let equal = later.code == first.code
            && later.primary == first.primary
            && later.message == first.message;
        if equal {
            first.count = first.count.saturating_add(later.count);
            first.renders.append(&mut later.renders);
        }
        equal
    });
    let mut comments: BTreeMap<Arc<str>, Comments> = BTreeMap::new();
    let mut shown = Shown::default();
    for mut diagnostic in diagnostics {
        diagnostic.renders.sort_unstable();
        diagnostic.renders.dedup();
        let file = &diagnostic.primary.file;
        let comments = comments.entry(file.clone()).or_insert_with(|| {
            files
                .get(file)
                .map(|source| Comments::of(&source.text))
                .unwrap_or_default()
        });
        let line = diagnostic.primary.start.line;
        let Some(severity) = filter.judge(diagnostic.code, comments, line) else {
            shown.counts.suppressed += 1;
            continue;
        };
        diagnostic.severity = severity;
        shown.counts.add(severity);
        if shown.diagnostics.len() < MAX_DIAGNOSTICS {
            shown.diagnostics.push(diagnostic);
        } else {
            shown.omitted += 1;
        }
    }
    shown
}

/// The comments of one file that allow something.
#[derive(Debug, Default)]
struct Comments {
    file: Vec<Code>,
    lines: BTreeMap<u32, Vec<Code>>,
}

const MARK: &str = "clnrm:";

impl Comments {
    fn of(text: &str) -> Self {
        let mut comments = Self::default();
        if !text.contains(MARK) {
            return comments;
        }
        let mut head = true;
        // Codes of comment lines that wait for the next line.
        let mut waiting: Vec<Code> = Vec::new();
        for (number, line) in (1u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let found = allowed(line);
            let trimmed = line.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with("{#") {
                let codes = found.map(|(_, codes)| codes).unwrap_or_default();
                if head {
                    comments.file.extend(codes);
                } else {
                    waiting.extend(codes);
                }
                continue;
            }
            head = false;
            waiting.extend(found.map(|(_, codes)| codes).unwrap_or_default());
            if !waiting.is_empty() {
                comments.lines.insert(number, std::mem::take(&mut waiting));
            }
        }
        comments
    }

    fn allow(&self, code: Code, line: u32) -> bool {
        self.file.contains(&code)
            || self
                .lines
                .get(&line)
                .is_some_and(|codes| codes.contains(&code))
    }
}

/// The codes that a comment on this line allows, and where the comment begins.
fn allowed(line: &str) -> Option<(usize, Vec<Code>)> {
    let (at, _) = line
        .match_indices('#')
        .find(|(at, _)| line[at + 1..].trim_start().starts_with(MARK))?;
    let rest = line[at + 1..].trim_start().strip_prefix(MARK)?.trim_start();
    let rest = rest.strip_prefix("allow")?;
    let words = rest
        .split([' ', ',', '\t', '(', ')'])
        .filter(|word| !word.is_empty());
    Some((at, words.map_while(Code::find).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Location, Mapping};

    fn found(code: Code, file: &Arc<Source>, offset: usize) -> Diagnostic {
        Diagnostic {
            code,
            name: code.name(),
            severity: code.severity(),
            message: "m".into(),
            label: None,
            primary: Location {
                file: file.name.clone(),
                start: file.position(offset),
                end: file.position(offset + 1),
            },
            mapping: Mapping::Exact,
            rendered: None,
            related: Vec::new(),
            help: None,
            fix: None,
            count: 1,
            renders: Vec::new(),
        }
    }

    fn file(text: &str) -> Arc<Source> {
        Arc::new(Source::new("f", text))
    }

    fn run(file: &Arc<Source>, diagnostics: Vec<Diagnostic>, filter: &Filter) -> Shown {
        let files = BTreeMap::from([(file.name.clone(), file.clone())]);
        settle(diagnostics, "f", &files, filter)
    }

    fn on_lines(text: &str, code: Code) -> Vec<u32> {
        let file = file(text);
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let all = starts
            .filter(|at| *at < text.len())
            .map(|at| found(code, &file, at))
            .collect();
        let shown = run(&file, all, &Filter::default());
        shown
            .diagnostics
            .iter()
            .map(|d| d.primary.start.line)
            .collect()
    }

    #[test]
    fn a_comment_is_about_its_line_the_next_line_or_the_file() {
        assert_eq!(
            on_lines("a\nb # clnrm: allow C119\nc\n", Code::C119),
            [1, 3]
        );
        assert_eq!(
            on_lines(
                "a\n# clnrm: allow C119, unknown-field\n\nb\nc\n",
                Code::C103
            ),
            [1, 2, 3, 5]
        );
        assert_eq!(
            on_lines("# x\n# clnrm:allow C119\na\nb\n", Code::C119),
            [0; 0]
        );
        assert_eq!(on_lines("{# clnrm: allow C119 #}\na\n", Code::C119), [0; 0]);
        assert_eq!(on_lines("a # clnrm: allow C103\n", Code::C119), [1]);
        assert_eq!(on_lines("a = 'clnrm: allow C119'\n", Code::C119), [1]);
    }

    #[test]
    fn errors_are_not_hidden() {
        assert_eq!(on_lines("# clnrm: allow C101\na\n", Code::C101), [1, 2]);
        let file = file("a");
        let filter = Filter {
            allow: vec![Code::C101, Code::C103],
            ..Filter::default()
        };
        let shown = run(
            &file,
            vec![found(Code::C101, &file, 0), found(Code::C103, &file, 0)],
            &filter,
        );
        assert_eq!(shown.diagnostics.len(), 1);
        assert_eq!((shown.counts.errors, shown.counts.suppressed), (1, 1));
    }

    #[test]
    fn denied_codes_and_remaining_warnings_are_errors() {
        let file = file("a # clnrm: allow C119 C103");
        let all = || {
            [Code::C119, Code::C117, Code::C121]
                .map(|code| found(code, &file, 0))
                .to_vec()
        };
        let severities = |filter: &Filter| -> Vec<Severity> {
            run(&file, all(), filter)
                .diagnostics
                .iter()
                .map(|d| d.severity)
                .collect()
        };
        let deny = Filter {
            deny: vec![Code::C119],
            ..Filter::default()
        };
        assert_eq!(
            severities(&deny),
            [Severity::Info, Severity::Error, Severity::Warning]
        );
        let strict = Filter {
            deny_warnings: true,
            ..Filter::default()
        };
        assert_eq!(severities(&strict), [Severity::Info, Severity::Error]);
    }

    #[test]
    fn equal_ones_are_one_with_a_count() {
        let file = file("ab");
        let mut third = found(Code::C103, &file, 0);
        third.renders = vec![2];
        let mut second = found(Code::C103, &file, 0);
        second.renders = vec![1];
        let shown = run(
            &file,
            vec![found(Code::C101, &file, 1), third, second],
            &Filter::default(),
        );
        let seen: Vec<_> = shown
            .diagnostics
            .iter()
            .map(|d| (d.code, d.count, d.renders.clone()))
            .collect();
        assert_eq!(seen, [(Code::C103, 2, vec![1, 2]), (Code::C101, 1, vec![])]);
        assert_eq!((shown.counts.warnings, shown.counts.errors), (1, 1));
    }

    #[test]
    fn the_hundred_and_first_is_counted() {
        let text = "x".repeat(150);
        let file = file(&text);
        let all = (0..130).map(|at| found(Code::C103, &file, at)).collect();
        let shown = run(&file, all, &Filter::default());
        assert_eq!(
            (
                shown.diagnostics.len(),
                shown.omitted,
                shown.counts.warnings
            ),
            (100, 30, 130)
        );
    }

    #[test]
    fn the_entry_comes_first() {
        let other = Arc::new(Source::new("a", "x"));
        let file = file("x");
        let shown = run(
            &file,
            vec![found(Code::C103, &other, 0), found(Code::C103, &file, 0)],
            &Filter::default(),
        );
        assert_eq!(&*shown.diagnostics[0].primary.file, "f");
    }
}
