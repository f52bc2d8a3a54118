//! From text to findings: parse, read, hold settings against each other, as far as the level goes.

use std::cell::Cell;
use std::sync::Arc;

use super::outcome::Rendering;
use crate::config;
use crate::diagnostic::{Code, Finding, Findings, Level};
use crate::digest::{Digest, DigestBuilder};
use crate::document::Document;
use crate::rules;

/// What was found in one text. Its findings are in bytes of that text, so that it holds for every
/// file that renders to it.
#[derive(Debug)]
pub(super) struct Judged {
    /// How far it was judged.
    pub level: Level,
    syntax: Findings,
    settings: Findings,
    cross: Findings,
    /// The text shows that it is something other than a test file, and what.
    pub something_else: Option<String>,
    /// Where the time went, in microseconds.
    pub parse_us: u64,
    pub validate_us: u64,
}

impl Judged {
    /// The findings of `level`.
    pub(super) fn findings(&self, level: Level) -> impl Iterator<Item = &Finding> {
        self.lists(level).flatten()
    }

    /// How many more there were, by code.
    pub(super) fn beyond(&self, level: Level) -> impl Iterator<Item = (Code, usize)> {
        self.lists(level).flat_map(Findings::beyond)
    }

    fn lists(&self, level: Level) -> impl Iterator<Item = &Findings> {
        let settings = (level >= Level::Semantic).then_some(&self.settings);
        let cross = (level >= Level::Structure).then_some(&self.cross);
        [Some(&self.syntax), settings, cross].into_iter().flatten()
    }

    /// About how many bytes it holds.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.findings(Level::Structure).count() * 500
    }
}

/// The key under which the judgement of a text is kept: all that it depends on but for the map.
pub(super) fn key(render: &Rendering) -> Option<Digest> {
    let text = render.digest?;
    if render.placeholders.is_empty() && !render.incomplete {
        return Some(text);
    }
    let mut digest = DigestBuilder::new();
    digest
        .part(text.as_bytes())
        .part(&[u8::from(render.incomplete)]);
    for span in &render.placeholders {
        digest
            .part(&span.start.to_le_bytes())
            .part(&span.end.to_le_bytes());
    }
    Some(digest.finish())
}

/// What a step in the chain of a place says that was made by a macro.
const CALLED: &str = "called here";

/// Judges the text of a render up to `level`. Whether the outcome depends on the map, too, and so
/// holds for this render alone, comes second.
pub(super) fn judge(
    render: &Rendering,
    text: &str,
    level: Level,
    ticks: fn() -> u64,
) -> (Arc<Judged>, bool) {
    let start = ticks();
    let (document, syntax, by_map) = parse(render, text);
    let parsed = ticks();
    let something_else = config::looks_like_something_else(&document);
    let mut settings = Findings::default();
    let mut cross = Findings::default();
    if level >= Level::Semantic && something_else.is_none() {
        let (file, findings) = config::read(&document);
        settings = findings;
        if level >= Level::Structure {
            cross = rules::check(&file);
        }
    }
    let judged = Judged {
        level,
        syntax,
        settings,
        cross,
        something_else,
        parse_us: parsed.saturating_sub(start),
        validate_us: ticks().saturating_sub(parsed),
    };
    (Arc::new(judged), by_map)
}

/// The document of a render, what is wrong with its syntax, and whether that depends on the map.
pub(super) fn parse<'t>(render: &Rendering, text: &'t str) -> (Document<'t>, Findings, bool) {
    let asked = Cell::new(false);
    let from_macro = |span| {
        asked.set(true);
        let chain = render.map.locate(span).chain;
        chain.iter().any(|step| step.message == CALLED)
    };
    let (mut document, syntax) = Document::parse_rendered(text, &render.placeholders, &from_macro);
    document.incomplete |= render.incomplete;
    (document, syntax, asked.get())
}
