//! One diagnostic as a frame around the place in the author's file.
//!
//! ```text
//! warning[C103]: unknown field `imge` in [service.api]
//!    ╭─▸ tests/_macros.toml.tera:14:1  (imported at tests/api.clnrm.toml.tera:9:4)
//! 14 │ imge = "{{ image }}"
//!    │ ━━━━ not a field of a service
//!    ╰─ rendered line 31: imge = "registry/api:1.0.0"
//!    help: did you mean `image`?
//! ```
//!
//! The frames are drawn here and not by `annotate-snippets`: it has no room for the import chain
//! beside the place nor for the rendered line beneath it, puts an empty line above and below each
//! excerpt, and reads the whole file anew for every diagnostic.

use std::fmt::Write;

use anstyle::Style;
use clnrm_core::diagnostic::{Diagnostic, Location, Mapping, Related};
use clnrm_core::source::{Source, Span};

use super::excerpt::excerpt;
use crate::printer::style::{Styles, word};
use crate::printer::text::clean;
use crate::printer::{Screen, Texts};

/// Related places drawn of one diagnostic; the rest is counted.
const MAX_RELATED: usize = 6;

/// Draws a diagnostic. `file` is the file that was checked, `suffix` what stands after the message,
/// `remarks` are words with what they say, for the lower part of the frame.
pub fn frame(
    out: &mut String,
    diagnostic: &Diagnostic,
    file: &str,
    suffix: &str,
    remarks: &[(&str, &str)],
    texts: &dyn Texts,
    screen: &Screen,
) {
    heading(out, diagnostic, suffix, &screen.styles);
    let (chain, others): (Vec<&Related>, Vec<&Related>) = diagnostic
        .related
        .iter()
        .partition(|related| is_step(related));
    let drawn = &others[..others.len().min(MAX_RELATED)];

    let groups = groups(diagnostic, drawn);
    let digits = groups
        .iter()
        .flat_map(|group| group.marks.iter().map(|mark| mark.line))
        .max()
        .unwrap_or(1)
        .to_string()
        .len();
    let mut rows = Rows {
        digits,
        room: screen.width.saturating_sub(digits + 3).max(20),
        styles: &screen.styles,
        primary: screen.styles.severity(diagnostic.severity),
        rows: Vec::new(),
    };
    for (index, group) in groups.iter().enumerate() {
        let chain = if index == 0 {
            chain_text(&chain)
        } else {
            String::new()
        };
        rows.place(index == 0, &group.marks[0], &chain);
        if let Some(source) = texts.source(&group.marks[0].location.file) {
            rows.lines(&source, &group.marks);
        }
    }
    if others.len() > drawn.len() {
        let left = others.len() - drawn.len();
        rows.remark('├', &format!("and {left} more places"), screen.styles.faint);
    }
    let faint = screen.styles.faint;
    for (word, text) in remarks {
        let body = format!("{faint}{word:<9}{faint:#} {}", clean(text));
        rows.push(Kind::Remark('├'), body);
    }
    rows.close(out, diagnostic, file, texts);
}

fn heading(out: &mut String, diagnostic: &Diagnostic, suffix: &str, styles: &Styles) {
    let Styles { strong, faint, .. } = styles;
    let style = styles.severity(diagnostic.severity);
    let word = word(diagnostic.severity);
    let message = clean(&diagnostic.message);
    let _ = write!(
        out,
        "{style}{word}[{}]{style:#}{strong}: {message}{strong:#}",
        diagnostic.code
    );
    if !suffix.is_empty() {
        let _ = write!(out, "{faint}{suffix}{faint:#}");
    }
    out.push('\n');
}

/// Whether a related place is a step of the way that led to the primary one.
fn is_step(related: &Related) -> bool {
    matches!(
        related.message.as_str(),
        "imported here" | "called here" | "included here"
    )
}

fn chain_text(steps: &[&Related]) -> String {
    const SHOWN: usize = 3;
    // Where a macro was called says more than where its file was imported; the JSON has both.
    let called = steps.iter().any(|step| step.message == "called here");
    let steps: Vec<&Related> = steps
        .iter()
        .copied()
        .filter(|step| !(called && step.message == "imported here"))
        .collect();
    let mut steps_shown: Vec<String> = steps
        .iter()
        .take(SHOWN)
        .map(|step| {
            let verb = step.message.trim_end_matches(" here");
            format!("{verb} at {}", place(&step.location))
        })
        .collect();
    if steps.len() > SHOWN {
        steps_shown.push(format!("and {} more", steps.len() - SHOWN));
    }
    if steps_shown.is_empty() {
        String::new()
    } else {
        format!("  ({})", steps_shown.join(", "))
    }
}

/// `file:line:column`.
pub fn place(location: &Location) -> String {
    let start = location.start;
    format!("{}:{}:{}", clean(&location.file), start.line, start.column)
}

/// A place to underline, with the phrase that stands beneath it.
struct Mark<'a> {
    location: &'a Location,
    line: u32,
    label: String,
    primary: bool,
}

/// The marks of one file, the one that its header names first.
struct Group<'a> {
    marks: Vec<Mark<'a>>,
}

fn groups<'a>(diagnostic: &'a Diagnostic, related: &[&'a Related]) -> Vec<Group<'a>> {
    let primary = Mark {
        location: &diagnostic.primary,
        line: diagnostic.primary.start.line,
        label: label(diagnostic),
        primary: true,
    };
    let mut groups = vec![Group {
        marks: vec![primary],
    }];
    for related in related {
        let mark = Mark {
            location: &related.location,
            line: related.location.start.line,
            label: clean(&related.message).into_owned(),
            primary: false,
        };
        let same = groups
            .iter_mut()
            .find(|group| group.marks[0].location.file == related.location.file);
        match same {
            Some(group) => group.marks.push(mark),
            None => groups.push(Group { marks: vec![mark] }),
        }
    }
    groups
}

fn label(diagnostic: &Diagnostic) -> String {
    let own = diagnostic.label.as_deref().map(clean).unwrap_or_default();
    match diagnostic.mapping {
        _ if !own.is_empty() => own.into_owned(),
        Mapping::Expression => "made by this expression".into(),
        Mapping::CallSite => "made by what is called here".into(),
        Mapping::Exact | Mapping::None => String::new(),
    }
}

enum Kind {
    /// `╭─▸`, or `├─▸` of a further file.
    Place { first: bool },
    /// A line of code with its number.
    Code(u32),
    /// What stands beneath a line of code.
    Beneath,
    /// `┆`: lines are left out.
    Gap,
    /// `╰─` or `├─` and some words.
    Remark(char),
}

struct Row {
    kind: Kind,
    body: String,
}

struct Rows<'a> {
    digits: usize,
    room: usize,
    styles: &'a Styles,
    /// Of the place itself.
    primary: Style,
    rows: Vec<Row>,
}

impl Rows<'_> {
    fn place(&mut self, first: bool, mark: &Mark<'_>, chain: &str) {
        let faint = self.styles.faint;
        let mut body = place(mark.location);
        if !chain.is_empty() {
            let _ = write!(body, "{faint}{chain}{faint:#}");
        }
        self.push(Kind::Place { first }, body);
    }

    fn push(&mut self, kind: Kind, body: String) {
        self.rows.push(Row { kind, body });
    }

    fn remark(&mut self, corner: char, words: &str, style: Style) {
        self.push(Kind::Remark(corner), format!("{style}{words}{style:#}"));
    }

    /// The lines that hold the marks, in order, each once.
    fn lines(&mut self, source: &Source, marks: &[Mark<'_>]) {
        let mut ordered: Vec<&Mark<'_>> = marks.iter().collect();
        ordered.sort_by_key(|mark| (mark.line, mark.location.start.offset));
        let mut previous: Option<u32> = None;
        for group in ordered.chunk_by(|a, b| a.line == b.line) {
            let line = group[0].line;
            let index = usize::try_from(line)
                .unwrap_or(usize::MAX)
                .saturating_sub(1);
            let Some(span) = source.lines().line_span(&source.text, index) else {
                continue;
            };
            let text = span.of(&source.text);
            // An empty file has nothing to show.
            if text.trim_matches('\u{feff}').trim().is_empty() {
                continue;
            }
            if previous.is_some_and(|previous| line > previous + 1) {
                self.push(Kind::Gap, String::new());
            }
            previous = Some(line);
            // The mark that matters most comes first: the excerpt is cut around it.
            let mut group: Vec<&Mark<'_>> = group.to_vec();
            group.sort_by_key(|mark| !mark.primary);
            let spans: Vec<Span> = group
                .iter()
                .map(|mark| {
                    let within = |offset: usize| offset.clamp(span.start, span.end) - span.start;
                    let end = within(mark.location.end.offset);
                    (within(mark.location.start.offset)..end).into()
                })
                .collect();
            let excerpt = excerpt(text, &spans, self.room);
            self.push(Kind::Code(line), excerpt.text);
            for (mark, (start, width)) in group.iter().zip(excerpt.marks) {
                self.underline(mark, start, width);
            }
        }
    }

    fn underline(&mut self, mark: &Mark<'_>, start: usize, width: usize) {
        let (stroke, style) = if mark.primary {
            ("━", self.primary)
        } else {
            ("─", self.styles.frame)
        };
        let last = mark.location.end.line;
        let mut label = mark.label.clone();
        if last > mark.line && mark.location.end.column > 1 {
            let through = format!("through line {last}");
            label = if label.is_empty() {
                through
            } else {
                format!("{label}, {through}")
            };
        }
        let mut body = format!("{}{style}{}", " ".repeat(start), stroke.repeat(width));
        if !label.is_empty() {
            let _ = write!(body, " {label}");
        }
        let _ = write!(body, "{style:#}");
        self.push(Kind::Beneath, body);
    }

    /// Adds the rendered line and the help, and writes all rows with the frame's last corner.
    fn close(mut self, out: &mut String, diagnostic: &Diagnostic, file: &str, texts: &dyn Texts) {
        let pad = " ".repeat(self.digits + 1);
        if let Some(range) = diagnostic.rendered {
            let line = range.start.line;
            let lead = format!("rendered line {line}");
            let combination = diagnostic.renders.first().copied().unwrap_or(0);
            let text = texts.rendered_line(file, combination, line).map(|text| {
                let indent = text.len() - text.trim_start().len();
                let room = self.room.saturating_sub(lead.len() + 2).max(20);
                excerpt(&text[indent..], &[], room).text
            });
            let words = match text {
                Some(text) if !text.is_empty() => format!("{lead}: {text}"),
                _ => lead,
            };
            self.remark('╰', &words, self.styles.faint);
        }
        let framed_help = diagnostic.rendered.is_none();
        let help = diagnostic.help.as_deref().map(|help| {
            let info = self.styles.info;
            // A help of several lines keeps them: people copy from it.
            let lines: Vec<_> = help.lines().map(clean).collect();
            let corner = if framed_help { "   " } else { "" };
            let between = format!("\n{pad}{corner}      ");
            format!("{info}help:{info:#} {}", lines.join(&between))
        });
        if let (true, Some(help)) = (framed_help, &help) {
            self.push(Kind::Remark('╰'), help.clone());
        }
        self.write(out);
        if let (false, Some(help)) = (framed_help, &help) {
            let _ = writeln!(out, "{pad}{help}");
        }
    }

    fn write(&self, out: &mut String) {
        let Styles { frame, .. } = self.styles;
        let digits = self.digits;
        let pad = " ".repeat(digits);
        let last = self.rows.len().saturating_sub(1);
        for (index, row) in self.rows.iter().enumerate() {
            let body = &row.body;
            let _ = match row.kind {
                Kind::Place { first } => {
                    let corner = match (first, index == last) {
                        (true, true) => '╶',
                        (true, false) => '╭',
                        (false, true) => '╰',
                        (false, false) => '├',
                    };
                    writeln!(out, "{pad} {frame}{corner}─▸{frame:#} {body}")
                }
                Kind::Code(line) => {
                    writeln!(out, "{frame}{line:>digits$} │{frame:#} {body}")
                }
                Kind::Beneath => {
                    let side = if index == last { '╰' } else { '│' };
                    writeln!(out, "{pad} {frame}{side}{frame:#} {body}")
                }
                Kind::Gap => writeln!(out, "{pad} {frame}┆{frame:#}"),
                Kind::Remark(corner) => {
                    let corner = if index == last { '╰' } else { corner };
                    writeln!(out, "{pad} {frame}{corner}─{frame:#} {body}")
                }
            };
        }
    }
}
