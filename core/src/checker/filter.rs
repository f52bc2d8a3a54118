//! The author's and the user's wishes: what is hidden, what is raised to an error, what is shown.
//!
//! Hidden are infos and warnings only, and they are counted: by `--allow`, by `[lint] allow` of the
//! project, and by comments in the file that a diagnostic points into (`suppress`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::suppress::{Comments, Judged};
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
    /// The severity of what was found after the user's wishes, `None` if it is hidden.
    fn judge(
        &self,
        code: Code,
        severity: Severity,
        comments: &Comments,
        line: u32,
    ) -> Option<Severity> {
        if self.deny.contains(&code) {
            return Some(Severity::Error);
        }
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
/// raises, counts and caps: where there are too many, errors stay before warnings and those before
/// infos. `beyond` counts what was found but is not among them, by code; `files` are the sources that
/// diagnostics point into. Comments of the entry that nobody understands are added; those that allow in
/// vain if `judged` is there.
pub(super) fn settle(
    mut diagnostics: Vec<Diagnostic>,
    beyond: &BTreeMap<Code, usize>,
    entry: &str,
    files: &BTreeMap<Arc<str>, Arc<Source>>,
    filter: &Filter,
    judged: Option<&Judged<'_>>,
) -> Shown {
    let mut comments: BTreeMap<Arc<str>, Comments> = BTreeMap::new();
    if let Some(source) = files.get(entry) {
        let mut own = Comments::of(&source.text);
        let faulty = diagnostics
            .iter()
            .any(|one| one.severity == Severity::Error);
        diagnostics.extend(own.misread(source));
        if let Some(judged) = judged.filter(|_| !faulty) {
            for one in diagnostics.iter().filter(|one| *one.primary.file == *entry) {
                own.found(one.code, one.primary.start.line);
            }
            diagnostics.extend(own.unused(source, judged));
        }
        comments.insert(source.name.clone(), own);
    }
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
        let Some(severity) = filter.judge(diagnostic.code, diagnostic.severity, comments, line)
        else {
            shown.counts.suppressed += 1;
            continue;
        };
        diagnostic.severity = severity;
        shown.counts.add(severity, 1);
        shown.diagnostics.push(diagnostic);
    }
    let none = Comments::default();
    for (code, count) in beyond {
        let comments = comments.get(entry).unwrap_or(&none);
        match filter.judge(*code, code.severity(), comments, 0) {
            Some(severity) => {
                shown.counts.add(severity, *count);
                shown.omitted += count;
            }
            None => shown.counts.suppressed += count,
        }
    }
    shown.omitted += cut(&mut shown.diagnostics);
    shown
}

/// Leaves the gravest [`MAX_DIAGNOSTICS`], and among equals the first; in their order. Returns how
/// many are gone.
fn cut(diagnostics: &mut Vec<Diagnostic>) -> usize {
    let gone = diagnostics.len().saturating_sub(MAX_DIAGNOSTICS);
    let mut room = MAX_DIAGNOSTICS;
    let mut quota = BTreeMap::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let of_it = diagnostics.iter().filter(|d| d.severity == severity);
        let kept = of_it.count().min(room);
        room -= kept;
        quota.insert(severity, kept);
    }
    diagnostics.retain(|diagnostic| {
        let left = quota.entry(diagnostic.severity).or_default();
        let keep = *left > 0;
        *left -= usize::from(keep);
        keep
    });
    gone
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
        settle(diagnostics, &BTreeMap::new(), "f", &files, filter, None)
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
        assert_eq!(on_lines("a = '# clnrm: allow C119'\n", Code::C119), [1]);
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
    fn errors_stay_before_warnings_and_what_was_never_kept_is_counted() {
        let text = "x".repeat(150);
        let file = file(&text);
        let code = |at| if at < 110 { Code::C103 } else { Code::C101 };
        let all = (0..130).map(|at| found(code(at), &file, at)).collect();
        let files = BTreeMap::from([(file.name.clone(), file.clone())]);
        let beyond = BTreeMap::from([(Code::C103, 1_000), (Code::C119, 7)]);
        let filter = Filter {
            allow: vec![Code::C119],
            ..Filter::default()
        };
        let shown = settle(all, &beyond, "f", &files, &filter, None);
        let errors = shown
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error);
        assert_eq!((errors.count(), shown.diagnostics.len()), (20, 100));
        assert_eq!(shown.diagnostics[79].primary.start.offset, 79);
        assert_eq!((shown.omitted, shown.counts.warnings), (1_030, 1_110));
        assert_eq!(shown.counts.suppressed, 7);
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
