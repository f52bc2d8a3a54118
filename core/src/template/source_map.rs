//! From rendered bytes back to the template.
//!
//! The map is made of segments, one for each run of bytes that came from one place. It is kept as
//! the engine recorded it (offsets into the source that minijinja saw) and resolved only when
//! somebody asks: most renders have no diagnostics, and mapping them all would cost more than the
//! render itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::Mapping;
use crate::source::{Source, Span};

/// A place that led to another one: an include, an import, a call.
#[derive(Clone, Debug)]
pub struct Step {
    /// The file of the tag.
    pub file: Arc<Source>,
    /// The tag, or the call within it.
    pub span: Span,
    /// What happens there, such as `called here`.
    pub message: &'static str,
}

/// Where bytes came from.
#[derive(Clone, Debug)]
pub struct Mapped {
    /// The file that somebody wrote.
    pub file: Arc<Source>,
    /// The bytes of it.
    pub span: Span,
    /// How sure that is.
    pub mapping: Mapping,
    /// How the render came there: includes, imports and calls, the innermost first.
    pub chain: Vec<Step>,
}

/// A run of bytes that came from one place, for [`SourceMap::from_pieces`].
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// The bytes made.
    pub output: Span,
    /// Index of the file they came from.
    pub file: usize,
    /// The bytes they came from. With [`Mapping::Exact`] as many as were made.
    pub source: Span,
    /// How sure that is.
    pub mapping: Mapping,
}

/// All of a text, run by run: see [`SourceMap::runs`].
#[derive(Clone, Debug)]
pub struct Runs {
    /// The files that runs came from; pieces name them by index.
    pub files: Vec<Arc<Source>>,
    /// How the render came to runs, the innermost step first. The first chain is empty.
    pub chains: Vec<Vec<Step>>,
    /// The runs, each with the index of its chain.
    pub pieces: Vec<(Piece, usize)>,
}

/// Where each rendered byte came from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SourceMap(Arc<Repr>);

#[derive(Debug)]
enum Repr {
    /// The text is the source.
    Identity(Arc<Source>),
    /// Pieces that are resolved already.
    Pieces(Vec<Arc<Source>>, Vec<Piece>),
    /// What the engine recorded.
    Rendered(Rendering),
}

/// What the engine recorded of a render.
#[derive(Debug, Default)]
pub(super) struct Rendering {
    pub files: Vec<Arc<Source>>,
    pub units: Vec<Arc<UnitMap>>,
    pub segments: Vec<Segment>,
    pub links: Vec<Link>,
    /// Length of the text.
    pub length: u32,
}

/// A run of rendered bytes, up to the start of the next segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// Where it starts in the text.
    pub output: u32,
    /// Which of the engine's templates made it.
    pub unit: u32,
    /// Where in that template's source.
    pub at: u32,
    /// The link that led there, as index plus one; 0: none.
    pub link: u32,
}

/// A call or an include that was entered during the render.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The link that led to it, as index plus one; 0: none.
    pub parent: u32,
    pub file: u32,
    pub span: Span,
    pub message: &'static str,
    /// The import that made the callee known, if it stands in another file.
    pub import: Option<(u32, Span)>,
}

/// Which source each part of one of the engine's templates was written from.
#[derive(Debug, Default)]
pub(super) struct UnitMap {
    pub file: u32,
    pub entries: Vec<Entry>,
}

/// A part of one of the engine's templates, up to the start of the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Where it starts in the engine's template.
    pub at: u32,
    /// The source it was written from.
    pub source: Span,
    pub mapping: Mapping,
}

impl UnitMap {
    /// The source of whatever stands at `at`.
    pub fn span_at(&self, at: u32) -> Span {
        self.resolve(at, 0).0
    }

    /// The source of the bytes at `at`; of `length` bytes if they are literal.
    fn resolve(&self, at: u32, length: usize) -> (Span, Mapping) {
        let next = self.entries.partition_point(|entry| entry.at <= at);
        let Some(entry) = next
            .checked_sub(1)
            .and_then(|index| self.entries.get(index))
        else {
            return (Span::at(0), Mapping::None);
        };
        if entry.mapping == Mapping::Exact {
            let start = (entry.source.start + (at - entry.at) as usize).min(entry.source.end);
            let end = (start + length).min(entry.source.end);
            return (Span::new(start, end), Mapping::Exact);
        }
        (entry.source, entry.mapping)
    }
}

/// One resolved run.
struct Run {
    output: Span,
    file: usize,
    source: Span,
    mapping: Mapping,
    link: u32,
}

impl SourceMap {
    /// For a text that was not rendered.
    #[must_use]
    pub fn identity(source: Arc<Source>) -> Self {
        Self(Arc::new(Repr::Identity(source)))
    }

    /// For a text put together by other means. Pieces are in order of their output and do not
    /// overlap.
    #[must_use]
    pub fn from_pieces(files: Vec<Arc<Source>>, pieces: Vec<Piece>) -> Self {
        Self(Arc::new(Repr::Pieces(files, pieces)))
    }

    pub(super) fn rendered(rendering: Rendering) -> Self {
        Self(Arc::new(Repr::Rendered(rendering)))
    }

    /// About how many bytes it takes in memory.
    #[must_use]
    pub fn size(&self) -> usize {
        match &*self.0 {
            Repr::Identity(_) => size_of::<Self>(),
            Repr::Pieces(_, pieces) => pieces.len() * size_of::<Piece>(),
            Repr::Rendered(rendering) => {
                rendering.segments.len() * size_of::<Segment>()
                    + rendering.links.len() * size_of::<Link>()
                    + rendering
                        .units
                        .iter()
                        .map(|unit| unit.entries.len() * size_of::<Entry>())
                        .sum::<usize>()
            }
        }
    }

    /// Where `span` of the text came from.
    ///
    /// A span that was made by several parts of one file maps to all that lies between them, and is
    /// as sure as the least sure of them; what calls and includes made within it counts as these. One
    /// that was made by several files in other ways maps to its beginning.
    #[must_use]
    pub fn locate(&self, span: Span) -> Mapped {
        if let Repr::Identity(source) = &*self.0 {
            return Mapped {
                file: source.clone(),
                span,
                mapping: Mapping::Exact,
                chain: Vec::new(),
            };
        }
        let Some(first) = self.index_at(span.start) else {
            return self.nowhere();
        };
        let last = if span.is_empty() {
            first
        } else {
            self.index_at(span.end - 1)
                .map_or(first, |last| last.max(first))
        };
        let (Some(head), Some(tail)) = (self.run(first), self.run(last)) else {
            return self.nowhere();
        };
        // What a call or an include made within the span is, seen from outside, that call.
        let link = self.common(head.link, tail.link);
        let (Some(head), Some(tail)) = (self.lifted(head, link), self.lifted(tail, link)) else {
            return self.nowhere();
        };
        let start = head.place(span.start, false);
        let mut mapping = head.mapping;
        let mut end = None;
        if first == last {
            end = Some(tail.place(span.end, true));
        } else if tail.file == head.file {
            let stop = tail.place(span.end, true);
            // A loop may have come back to an earlier place: then only the beginning is certain.
            let mut ordered = start <= stop;
            let mut previous = head.source.start;
            for index in first..=last {
                let Some(run) = self.run(index) else { continue };
                let Some(run) = self.lifted(run, link).filter(|run| run.file == head.file) else {
                    ordered = false;
                    break;
                };
                ordered &= run.source.start >= previous;
                previous = run.source.start;
                mapping = less_sure(mapping, run.mapping);
            }
            if ordered {
                end = Some(stop);
            } else {
                mapping = head.mapping;
            }
        }
        let end = end.unwrap_or_else(|| head.place(head.output.end, true));
        Mapped {
            file: self.file(head.file),
            span: Span::new(start, end.max(start)),
            mapping,
            chain: self.chain(link),
        }
    }

    /// For each line of `text` (which this map is of) the place that its first byte came from.
    #[must_use]
    pub fn lines(&self, text: &str) -> Vec<(Arc<Source>, u32)> {
        let mut start = 0;
        text.split('\n')
            .map(|line| {
                let mapped = self.locate(Span::at(start));
                start += line.len() + 1;
                let position = mapped.file.position(mapped.span.start);
                (mapped.file, position.line)
            })
            .collect()
    }

    /// All of `text` (which this map is of), in order. Neighbours that continue each other are one.
    #[must_use]
    pub fn runs(&self, text: &str) -> Runs {
        let mut joined: Vec<Run> = Vec::new();
        if let Repr::Identity(_) = &*self.0 {
            joined.push(Run {
                output: Span::new(0, text.len()),
                file: 0,
                source: Span::new(0, text.len()),
                mapping: Mapping::Exact,
                link: 0,
            });
        }
        let runs = (0..self.count()).filter_map(|index| self.run(index));
        for run in runs.filter(|run| !run.output.is_empty()) {
            match joined.last_mut() {
                Some(last) if last.continues_with(&run) => {
                    last.output.end = run.output.end;
                    last.source.end = run.source.end;
                }
                _ => joined.push(run),
            }
        }
        // A loop comes by the same calls again and again.
        let mut known = BTreeMap::from([(Vec::new(), 0)]);
        let mut chains = vec![Vec::new()];
        let mut chain_of = |link| {
            let Repr::Rendered(rendering) = &*self.0 else {
                return 0;
            };
            *known
                .entry(chain(&rendering.links, link))
                .or_insert_with(|| {
                    chains.push(rendering.chain(link));
                    chains.len() - 1
                })
        };
        let pieces = joined.into_iter().map(|run| {
            let piece = Piece {
                output: run.output,
                file: run.file,
                source: run.source,
                mapping: run.mapping,
            };
            (piece, chain_of(run.link))
        });
        let pieces = pieces.collect();
        Runs {
            files: match &*self.0 {
                Repr::Identity(source) => vec![source.clone()],
                Repr::Pieces(files, _) => files.clone(),
                Repr::Rendered(rendering) => rendering.files.clone(),
            },
            chains,
            pieces,
        }
    }

    /// Index of the run that holds byte `at`; the last one for the end of the text.
    fn index_at(&self, at: usize) -> Option<usize> {
        let next = match &*self.0 {
            Repr::Identity(_) => return None,
            Repr::Pieces(_, pieces) => pieces.partition_point(|piece| piece.output.start <= at),
            Repr::Rendered(rendering) => rendering
                .segments
                .partition_point(|segment| segment.output as usize <= at),
        };
        // Bytes before the first run, if there are any, belong to it.
        (self.count() > 0).then(|| next.saturating_sub(1))
    }

    fn count(&self) -> usize {
        match &*self.0 {
            Repr::Identity(_) => 0,
            Repr::Pieces(_, pieces) => pieces.len(),
            Repr::Rendered(rendering) => rendering.segments.len(),
        }
    }

    fn run(&self, index: usize) -> Option<Run> {
        match &*self.0 {
            Repr::Identity(_) => None,
            Repr::Pieces(_, pieces) => pieces.get(index).map(|piece| Run {
                output: piece.output,
                file: piece.file,
                source: piece.source,
                mapping: piece.mapping,
                link: 0,
            }),
            Repr::Rendered(rendering) => {
                let segment = rendering.segments.get(index)?;
                let end = rendering
                    .segments
                    .get(index + 1)
                    .map_or(rendering.length, |next| next.output);
                let output = Span::new(segment.output as usize, end as usize);
                let unit = rendering.units.get(segment.unit as usize)?;
                let (source, mapping) = unit.resolve(segment.at, output.len());
                Some(Run {
                    output,
                    file: unit.file as usize,
                    source,
                    mapping,
                    link: segment.link,
                })
            }
        }
    }

    /// The innermost call or include that led to both.
    fn common(&self, a: u32, mut b: u32) -> u32 {
        let links = self.links();
        let parent = |link: u32| {
            links
                .get((link as usize).wrapping_sub(1))
                .map_or(0, |link| link.parent)
        };
        let mut above = BTreeSet::from([0]);
        let mut link = a;
        while link != 0 && above.insert(link) {
            link = parent(link);
        }
        while !above.contains(&b) {
            b = parent(b);
        }
        b
    }

    /// The run as it looks from `link`: itself, or the call or include there that led to it.
    fn lifted(&self, run: Run, link: u32) -> Option<Run> {
        let mut below = run.link;
        if below == link {
            return Some(run);
        }
        loop {
            let step = self.links().get((below as usize).checked_sub(1)?)?;
            if step.parent == link {
                return Some(Run {
                    file: step.file as usize,
                    source: step.span,
                    mapping: less_sure(Mapping::CallSite, run.mapping),
                    link,
                    ..run
                });
            }
            below = step.parent;
        }
    }

    fn links(&self) -> &[Link] {
        match &*self.0 {
            Repr::Rendered(rendering) => &rendering.links,
            _ => &[],
        }
    }

    fn file(&self, index: usize) -> Arc<Source> {
        let files = match &*self.0 {
            Repr::Identity(source) => return source.clone(),
            Repr::Pieces(files, _) => files,
            Repr::Rendered(rendering) => &rendering.files,
        };
        files
            .get(index)
            .or(files.first())
            .cloned()
            .unwrap_or_else(|| Arc::new(Source::new("", "")))
    }

    fn nowhere(&self) -> Mapped {
        Mapped {
            file: self.file(0),
            span: Span::at(0),
            mapping: Mapping::None,
            chain: Vec::new(),
        }
    }

    fn chain(&self, link: u32) -> Vec<Step> {
        match &*self.0 {
            Repr::Rendered(rendering) => rendering.chain(link),
            _ => Vec::new(),
        }
    }
}

impl Rendering {
    /// The steps that led to `link`, the innermost first.
    fn chain(&self, link: u32) -> Vec<Step> {
        chain(&self.links, link)
            .into_iter()
            .filter_map(|(file, span, message)| {
                Some(Step {
                    file: self.files.get(file as usize)?.clone(),
                    span,
                    message,
                })
            })
            .collect()
    }
}

/// How many steps of a chain are told: a deep recursion repeats itself.
const MAX_STEPS: usize = 12;

/// The steps that led to `link`, the innermost first.
pub(super) fn chain(links: &[Link], mut link: u32) -> Vec<(u32, Span, &'static str)> {
    let mut steps = Vec::new();
    while let Some(step) = (link as usize).checked_sub(1).and_then(|at| links.get(at)) {
        if steps.len() >= MAX_STEPS {
            break;
        }
        steps.push((step.file, step.span, step.message));
        if let Some((file, span)) = step.import {
            steps.push((file, span, "imported here"));
        }
        link = step.parent;
    }
    steps
}

impl Run {
    /// Whether `next`, which follows in the output, goes on in the source where this one ends; or
    /// is more of what the same expression made.
    fn continues_with(&self, next: &Self) -> bool {
        let place = (self.file, self.link, self.mapping) == (next.file, next.link, next.mapping);
        let goes_on = match self.mapping {
            Mapping::Exact => self.source.end == next.source.start,
            _ => self.source == next.source,
        };
        place && self.output.end == next.output.start && goes_on
    }

    /// The place in the source of a byte of this run.
    fn place(&self, output: usize, end: bool) -> usize {
        if self.mapping == Mapping::Exact {
            let offset = output.saturating_sub(self.output.start);
            return (self.source.start + offset).min(self.source.end);
        }
        if end {
            self.source.end
        } else {
            self.source.start
        }
    }
}

/// The less sure of two.
fn less_sure(a: Mapping, b: Mapping) -> Mapping {
    let rank = |mapping| match mapping {
        Mapping::Exact => 0,
        Mapping::Expression => 1,
        Mapping::CallSite => 2,
        Mapping::None => 3,
    };
    if rank(b) > rank(a) { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> SourceMap {
        let file = Arc::new(Source::new("a.toml", "port = \"{{ port }}:80\"\nx"));
        let piece = |output: (usize, usize), source: (usize, usize), mapping| Piece {
            output: Span::new(output.0, output.1),
            file: 0,
            source: Span::new(source.0, source.1),
            mapping,
        };
        SourceMap::from_pieces(
            vec![file],
            vec![
                piece((0, 8), (0, 8), Mapping::Exact),
                piece((8, 12), (11, 15), Mapping::Expression),
                piece((12, 18), (18, 24), Mapping::Exact),
            ],
        )
    }

    #[test]
    fn literal_bytes_map_one_to_one() {
        let mapped = map().locate(Span::new(2, 5));
        assert_eq!(
            (mapped.span, mapped.mapping),
            (Span::new(2, 5), Mapping::Exact)
        );
        let mapped = map().locate(Span::new(17, 18));
        assert_eq!(
            (mapped.span, mapped.mapping),
            (Span::new(23, 24), Mapping::Exact)
        );
    }

    #[test]
    fn bytes_of_an_expression_map_to_all_of_it() {
        let mapped = map().locate(Span::new(9, 10));
        assert_eq!(
            (mapped.span, mapped.mapping),
            (Span::new(11, 15), Mapping::Expression)
        );
    }

    #[test]
    fn a_span_over_several_runs_is_as_sure_as_the_least_sure() {
        let mapped = map().locate(Span::new(7, 16));
        assert_eq!(
            (mapped.span, mapped.mapping),
            (Span::new(7, 22), Mapping::Expression)
        );
    }

    #[test]
    fn the_end_of_the_text_is_the_end_of_the_last_run() {
        let mapped = map().locate(Span::at(18));
        assert_eq!(mapped.span, Span::at(24));
        assert_eq!(
            SourceMap::from_pieces(vec![], vec![])
                .locate(Span::at(0))
                .span,
            Span::at(0)
        );
    }

    #[test]
    fn runs_cover_the_text_and_neighbours_are_joined() {
        let text = "port = \"8080:80\"\nx";
        let spans: Vec<_> = map()
            .runs(text)
            .pieces
            .into_iter()
            .map(|(piece, chain)| {
                assert_eq!((piece.file, chain), (0, 0));
                (piece.output, piece.source)
            })
            .collect();
        let spans_of = |pairs: &[[usize; 4]]| -> Vec<_> {
            let pairs = pairs.iter();
            pairs
                .map(|[a, b, c, d]| (Span::new(*a, *b), Span::new(*c, *d)))
                .collect()
        };
        assert_eq!(
            spans,
            spans_of(&[[0, 8, 0, 8], [8, 12, 11, 15], [12, 18, 18, 24]])
        );
        let file = Arc::new(Source::new("a", "abcdef"));
        let piece = |output: (usize, usize), source: (usize, usize)| Piece {
            output: Span::new(output.0, output.1),
            file: 0,
            source: Span::new(source.0, source.1),
            mapping: Mapping::Exact,
        };
        let map = SourceMap::from_pieces(
            vec![file.clone()],
            vec![
                piece((0, 2), (0, 2)),
                piece((2, 4), (2, 4)),
                piece((4, 5), (5, 6)),
            ],
        );
        let runs = map
            .runs("abcdf")
            .pieces
            .into_iter()
            .map(|(run, _)| run.output);
        assert_eq!(runs.collect::<Vec<_>>(), [Span::new(0, 4), Span::new(4, 5)]);
        assert_eq!(SourceMap::identity(file).runs("abcdef").pieces.len(), 1);
    }

    #[test]
    fn lines_know_where_they_came_from() {
        let lines: Vec<_> = map()
            .lines("port = \"8080:80\"\nx")
            .into_iter()
            .map(|(_, line)| line)
            .collect();
        assert_eq!(lines, [1, 2]);
    }
}
