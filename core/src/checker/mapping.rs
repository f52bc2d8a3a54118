//! From findings, in bytes of what was parsed, to diagnostics, in lines of what the author wrote.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{
    Anchor, Diagnostic, Edit, Finding, Fix, Location, Mapping, Range, Related, Repair,
};
use crate::source::{LineIndex, Source, Span};
use crate::template::{Mapped, SourceMap};

/// Names that begin so are built in: nobody can edit them.
const BUILT_IN: &str = "<clnrm>/";

/// Maps the findings of one render.
pub(super) struct Mapper<'a> {
    /// The file that was asked about.
    pub entry: &'a Arc<Source>,
    /// All sources that were read, by name.
    pub files: &'a BTreeMap<Arc<str>, Arc<Source>>,
    /// The text that was parsed, if there is one.
    pub text: Option<&'a str>,
    /// Where it came from.
    pub map: &'a SourceMap,
    /// Whether it came through a template.
    pub templated: bool,
    /// The lines of `text`; made on first use.
    pub lines: OnceCell<LineIndex>,
}

/// A place that was mapped.
struct Place {
    location: Location,
    mapping: Mapping,
    rendered: Option<Range>,
    /// How the render came there.
    chain: Vec<Related>,
}

impl Mapper<'_> {
    /// What the author sees of a finding that occurred `count` times.
    pub(super) fn diagnostic(&self, finding: &Finding, count: u32) -> Diagnostic {
        let place = self.place(&finding.at);
        let mut related: Vec<Related> = Vec::new();
        for note in &finding.notes {
            if let Anchor::Source(name, _) = &note.at
                && self.source(name).is_none()
            {
                continue;
            }
            related.push(Related {
                location: self.place(&note.at).location,
                message: note.message.clone(),
            });
        }
        for step in place.chain {
            if !related.contains(&step) {
                related.push(step);
            }
        }
        Diagnostic {
            code: finding.code,
            name: finding.code.name(),
            severity: finding.severity,
            message: finding.message.clone(),
            label: finding.label.clone(),
            primary: place.location,
            mapping: place.mapping,
            rendered: place.rendered,
            related,
            help: finding.help.clone(),
            fix: finding.repair.as_ref().and_then(|repair| self.fix(repair)),
            count: count.max(1),
            renders: Vec::new(),
        }
    }

    fn place(&self, anchor: &Anchor) -> Place {
        match anchor {
            Anchor::Source(name, span) => {
                let known = self.source(name);
                let mapping = if known.is_some() {
                    Mapping::Exact
                } else {
                    Mapping::None
                };
                let source = known.unwrap_or(self.entry);
                let span = if mapping == Mapping::None {
                    Span::at(0)
                } else {
                    *span
                };
                Place {
                    location: locate(source, span),
                    mapping,
                    rendered: None,
                    chain: Vec::new(),
                }
            }
            Anchor::Rendered(span) => {
                let Mapped {
                    file,
                    span: mapped,
                    mapping,
                    chain,
                } = self.map.locate(*span);
                let chain = chain.into_iter().map(|step| Related {
                    location: locate(&step.file, step.span),
                    message: step.message.to_owned(),
                });
                Place {
                    location: locate(&file, mapped),
                    mapping,
                    rendered: self.templated.then(|| self.rendered(*span)).flatten(),
                    chain: chain.collect(),
                }
            }
        }
    }

    fn source(&self, name: &str) -> Option<&Arc<Source>> {
        if *self.entry.name == *name {
            return Some(self.entry);
        }
        self.files.get(name)
    }

    fn rendered(&self, span: Span) -> Option<Range> {
        let text = self.text?;
        let lines = self.lines.get_or_init(|| LineIndex::new(text));
        Some(Range {
            start: lines.position(text, span.start),
            end: lines.position(text, span.end),
        })
    }

    /// The repair as a fix, if every edit lands in text that somebody wrote as it is, be it in a file
    /// that others include too: a name that is no setting is none for them either.
    fn fix(&self, repair: &Repair) -> Option<Fix> {
        let mut edits = Vec::with_capacity(repair.edits.len());
        for (anchor, text) in &repair.edits {
            let (file, span) = match anchor {
                Anchor::Source(name, span) => (self.source(name)?.clone(), *span),
                Anchor::Rendered(span) => {
                    let mapped = self.map.locate(*span);
                    if mapped.mapping != Mapping::Exact || mapped.span.len() != span.len() {
                        return None;
                    }
                    (mapped.file, mapped.span)
                }
            };
            if file.name.starts_with(BUILT_IN) {
                return None;
            }
            edits.push((file, span, text));
        }
        edits.sort_by(|a, b| (&a.0.name, a.1).cmp(&(&b.0.name, b.1)));
        // Two places of the rendered text may be one of the template: a loop.
        let overlap = edits
            .windows(2)
            .any(|pair| pair[0].0.name == pair[1].0.name && pair[0].1.end > pair[1].1.start);
        if overlap || edits.is_empty() {
            return None;
        }
        Some(Fix {
            safe: repair.safe,
            edits: edits
                .into_iter()
                .map(|(file, span, text)| Edit {
                    location: locate(&file, span),
                    text: text.clone(),
                })
                .collect(),
        })
    }
}

/// A place in a source in lines and columns.
pub(super) fn locate(source: &Source, span: Span) -> Location {
    Location {
        file: source.name.clone(),
        start: source.position(span.start),
        end: source.position(span.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::template::Piece;

    /// `port = {{ port }}\nimge = "x"\n` rendered to `port = 80\nimge = "x"\n`.
    struct Example {
        entry: Arc<Source>,
        text: &'static str,
        map: SourceMap,
        files: BTreeMap<Arc<str>, Arc<Source>>,
    }

    fn example() -> Example {
        let entry = Arc::new(Source::new("t.tera", "port = {{ port }}\nimge = \"x\"\n"));
        let piece = |output: (usize, usize), source: (usize, usize), mapping| Piece {
            output: Span::new(output.0, output.1),
            file: 0,
            source: Span::new(source.0, source.1),
            mapping,
        };
        let map = SourceMap::from_pieces(
            vec![entry.clone()],
            vec![
                piece((0, 7), (0, 7), Mapping::Exact),
                piece((7, 9), (7, 17), Mapping::Expression),
                piece((9, 21), (17, 29), Mapping::Exact),
            ],
        );
        Example {
            entry,
            text: "port = 80\nimge = \"x\"\n",
            map,
            files: BTreeMap::new(),
        }
    }

    impl Example {
        fn map(&self, finding: &Finding) -> Diagnostic {
            Mapper {
                entry: &self.entry,
                files: &self.files,
                text: Some(self.text),
                map: &self.map,
                templated: true,
                lines: OnceCell::new(),
            }
            .diagnostic(finding, 1)
        }
    }

    #[test]
    fn literal_text_maps_exactly_and_its_repair_is_a_fix() {
        let finding = Finding::new(Code::C103, Span::new(10, 14), "m")
            .safe_repair([(Span::new(10, 14), "image".to_owned())]);
        let diagnostic = example().map(&finding);
        assert_eq!(diagnostic.mapping, Mapping::Exact);
        let (start, end) = (diagnostic.primary.start, diagnostic.primary.end);
        assert_eq!((start.line, start.column, end.column), (2, 1, 5));
        let rendered = diagnostic
            .rendered
            .map(|range| (range.start.line, range.start.offset));
        assert_eq!(rendered, Some((2, 10)));
        let fix = diagnostic
            .fix
            .map(|fix| (fix.safe, fix.edits[0].location.start.offset));
        assert_eq!(fix, Some((true, 18)));
    }

    #[test]
    fn what_an_expression_made_is_the_expression_and_has_no_fix() {
        let finding = Finding::new(Code::C109, Span::new(7, 9), "m")
            .safe_repair([(Span::new(7, 9), "81".to_owned())]);
        let diagnostic = example().map(&finding);
        assert_eq!(diagnostic.mapping, Mapping::Expression);
        assert_eq!(diagnostic.primary.start.column, 8);
        assert_eq!(diagnostic.primary.end.column, 18);
        assert!(diagnostic.fix.is_none());
    }

    #[test]
    fn edits_of_one_place_are_no_fix() {
        let same = Span::new(10, 14);
        let finding = Finding::new(Code::C103, same, "m")
            .safe_repair([(same, "a".to_owned()), (same, "b".to_owned())]);
        assert!(example().map(&finding).fix.is_none());
    }

    #[test]
    fn a_place_in_an_unknown_source_is_none_and_its_notes_are_left_out() {
        let elsewhere = || Anchor::Source("gone".into(), Span::new(3, 5));
        let finding = Finding::at(Code::T102, elsewhere(), "m").note_at(elsewhere(), "here");
        let diagnostic = example().map(&finding);
        assert_eq!(diagnostic.mapping, Mapping::None);
        assert_eq!(diagnostic.primary.start.line, 1);
        assert_eq!(diagnostic.related, []);
    }

    #[test]
    fn a_template_fault_has_no_rendered_place() {
        let at = Anchor::Source("t.tera".into(), Span::new(7, 17));
        let diagnostic = example().map(&Finding::at(Code::T102, at, "m"));
        assert_eq!(
            (diagnostic.mapping, diagnostic.rendered),
            (Mapping::Exact, None)
        );
    }
}
