//! Renders the strings of the prelude with the engine.

use std::sync::Arc;

use super::mode::Mode;
use super::render::Renderer;
use super::told::Told;
use crate::diagnostic::Severity;
use crate::source::Span;
use crate::template::prelude::{Evaluate, Evaluated};
use crate::template::strings::{Decoded, Quotes};
use crate::template::variables::Context;
use crate::template::{self, Host, Timestamp};

/// A string at a time; notes what they look up.
pub(super) struct Evaluator<'r, 'a> {
    pub renderer: &'r Renderer<'a>,
    pub mode: &'r Mode,
    pub host: Host,
    pub told: Told,
    /// The first call that asked the clock or chance.
    pub volatile: Option<(Arc<str>, Span)>,
}

impl Evaluate for Evaluator<'_, '_> {
    fn determinism(&mut self, seed: Option<u64>, freeze_clock: Option<&str>) {
        self.host.seed = self.host.seed.or(seed);
        self.host.frozen = self.host.frozen.or(freeze_clock.and_then(Timestamp::parse));
    }

    fn string(&mut self, span: Span, context: &Context) -> Evaluated {
        let entry = self.renderer.entry;
        let Some((quotes, content)) = Quotes::of(&entry.text, span) else {
            return Evaluated::default();
        };
        let decoded = Decoded::of(&entry.text, content, quotes);
        let as_template = *self.mode == Mode::Template;
        let is_left_alone = match self.mode {
            Mode::Plain => true,
            Mode::Strings(_) => !template::is_expression_text(&decoded.text),
            Mode::Template => false,
        };
        if is_left_alone {
            return Evaluated {
                text: Some(decoded.text),
                ..Evaluated::default()
            };
        }
        // A template is rendered as it is written and decoded then; of a plain file what it says is
        // rendered.
        let rendered = if as_template {
            self.renderer
                .render(entry, Some(content), context, &self.host)
        } else {
            self.renderer.string(&decoded, context, &self.host)
        };
        let text = rendered.text.as_ref().map(|text| {
            if as_template {
                Decoded::of(text, Span::new(0, text.len()), quotes).text
            } else {
                text.to_string()
            }
        });
        if self.host.is_volatile() && self.volatile.is_none() {
            let place = |(name, span): (Arc<str>, Span)| {
                (
                    name,
                    if as_template {
                        span
                    } else {
                        decoded.span(span)
                    },
                )
            };
            let first = rendered.first_volatile.clone().map(place);
            self.volatile = first.or(Some((entry.name.clone(), span)));
        }
        let faults = rendered.faults.iter();
        let faults = faults
            .filter(|fault| fault.severity == Severity::Error)
            .cloned()
            .map(|fault| {
                if as_template {
                    fault
                } else {
                    decoded.translate(&entry.name, fault)
                }
            })
            .collect();
        self.told.render(&rendered);
        Evaluated {
            text,
            faults,
            read: rendered.variables_read,
        }
    }
}
