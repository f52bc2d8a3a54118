//! One render of a file with one context.

use std::cell::Cell;
use std::sync::Arc;

use super::mode::Mode;
use super::options::{Options, Prepared};
use super::outcome::Rendering;
use super::told::Told;
use crate::diagnostic::{Anchor, Code, Finding};
use crate::digest::Digest;
use crate::source::{Source, Sources, Span};
use crate::template::prelude::Prelude;
use crate::template::strings::{self, Assembly, Decoded, Quotes};
use crate::template::variables::Context;
use crate::template::{self, Allowance, Host, Rendered, Request, SourceMap, Templates, Timestamp};

/// Renders parts and the whole of one file.
pub(super) struct Renderer<'a> {
    pub entry: &'a Arc<Source>,
    pub sources: &'a dyn Sources,
    pub options: &'a Options,
    pub prepared: &'a Prepared,
    pub templates: &'a Templates,
    /// What is left for all that this file still renders to.
    pub left: Cell<Allowance>,
}

/// A call that asked the clock or chance.
type Volatile = Option<(Arc<str>, Span)>;

impl Renderer<'_> {
    /// The world of a render of this file.
    pub(super) fn host(&self, prelude: Option<&Prelude>) -> Host {
        let options = self.options;
        let clock = prelude.and_then(|prelude| prelude.freeze_clock.as_deref());
        Host::new(
            self.prepared.outside.environment().clone(),
            options.seed.or(prelude.and_then(|prelude| prelude.seed)),
            options.freeze_clock.or(clock.and_then(Timestamp::parse)),
            options.now,
            options.entropy,
            self.left.get(),
        )
        .with_tables(options.tables)
    }

    /// Renders a source, or some bytes of it.
    pub(super) fn render(
        &self,
        entry: &Arc<Source>,
        region: Option<Span>,
        context: &Context,
        host: &Host,
    ) -> Rendered {
        template::render(&Request {
            entry,
            region,
            sources: self.sources,
            paths: &self.options.template_paths,
            variables: context,
            host,
            limits: &self.options.limits,
            templates: self.templates,
        })
    }

    /// Renders what a string of a plain file says.
    pub(super) fn string(&self, decoded: &Decoded, context: &Context, host: &Host) -> Rendered {
        let source = Arc::new(Source::new(self.entry.name.clone(), decoded.text.as_str()));
        let region = Some(Span::new(0, decoded.text.len()));
        self.render(&source, region, context, host)
    }

    /// Renders the file. `before` is what made it volatile before it was rendered.
    pub(super) fn file(
        &self,
        mode: &Mode,
        prelude: Option<&Prelude>,
        context: &Context,
        before: &Volatile,
    ) -> (Rendering, Told) {
        let mut told = Told::default();
        let host = self.host(prelude);
        let (mut rendering, first) = match mode {
            Mode::Plain => (self.plain(), None),
            Mode::Strings(strings) => self.strings(strings, context, &host, &mut told),
            Mode::Template => self.template(context, &host, &mut told),
        };
        told.host(&host);
        self.left.set(host.left());
        if *mode != Mode::Plain {
            let environment = self.prepared.outside.environment();
            rendering.context_digest = Some(told.digest(context, environment));
        }
        rendering.volatile = host.is_volatile() || before.is_some();
        if rendering.volatile && !prelude.is_some_and(bad_determinism) {
            let first = before.clone().or(first);
            let (file, span) = first.unwrap_or((self.entry.name.clone(), Span::at(0)));
            rendering.faults.push((volatile(file, span), 1));
        }
        (rendering, told)
    }

    /// A file that is the text.
    fn plain(&self) -> Rendering {
        Rendering {
            combination: Vec::new(),
            text: Some(self.entry.text.clone()),
            digest: Some(self.entry.digest),
            map: SourceMap::identity(self.entry.clone()),
            templated: false,
            faults: Vec::new(),
            omitted: 0,
            first_fault: None,
            placeholders: Vec::new(),
            incomplete: false,
            context_digest: None,
            volatile: false,
            prelude: Arc::default(),
        }
    }

    /// A render that there is no allowance for.
    pub(super) fn nothing(&self) -> Rendering {
        Rendering {
            text: None,
            digest: None,
            ..self.plain()
        }
    }

    /// A file that is rendered as a whole.
    fn template(&self, context: &Context, host: &Host, told: &mut Told) -> (Rendering, Volatile) {
        let rendered = self.render(self.entry, None, context, host);
        told.render(&rendered);
        let counts = rendered.counts.into_iter().chain(std::iter::repeat(1));
        let text = rendered.text;
        let rendering = Rendering {
            digest: text.as_ref().map(|text| Digest::of(text.as_bytes())),
            text,
            map: rendered.map,
            templated: true,
            faults: rendered.faults.into_iter().zip(counts).collect(),
            omitted: rendered.omitted,
            first_fault: rendered.first_fault,
            placeholders: rendered.placeholders,
            incomplete: rendered.incomplete,
            ..self.plain()
        };
        (rendering, rendered.first_volatile)
    }

    /// A plain file, some strings of which are rendered.
    fn strings(
        &self,
        strings: &[Span],
        context: &Context,
        host: &Host,
        told: &mut Told,
    ) -> (Rendering, Volatile) {
        let entry = self.entry;
        let mut assembly = Assembly::new(entry);
        let mut rendering = Rendering {
            templated: true,
            ..self.plain()
        };
        let mut volatile = None;
        for span in strings {
            let Some((quotes, content)) = Quotes::of(&entry.text, *span) else {
                continue;
            };
            let decoded = Decoded::of(&entry.text, content, quotes);
            if !template::is_expression_text(&decoded.text) {
                let finding = strings::left_alone(&entry.name, &entry.text, content);
                rendering.faults.push((finding, 1));
                continue;
            }
            let rendered = self.string(&decoded, context, host);
            told.render(&rendered);
            assembly.replace(*span, quotes, &decoded, &rendered);
            let translate = |finding| decoded.translate(&entry.name, finding);
            let counts = rendered.counts.into_iter().chain(std::iter::repeat(1));
            for (finding, count) in rendered.faults.into_iter().zip(counts) {
                rendering.faults.push((translate(finding), count));
            }
            if rendering.first_fault.is_none() {
                rendering.first_fault = rendered.first_fault.map(translate);
            }
            if volatile.is_none() {
                let first = rendered.first_volatile;
                volatile = first.map(|(name, span)| (name, decoded.span(span)));
            }
            rendering.omitted += rendered.omitted;
            if host.left().is_spent() {
                // A limit ends the render.
                told.files.remove(&entry.name);
                rendering.text = None;
                rendering.digest = None;
                return (rendering, volatile);
            }
        }
        // The sources of the strings are no files of their own.
        told.files.remove(&entry.name);
        let (text, map, placeholders) = assembly.finish();
        rendering.digest = Some(Digest::of(text.as_bytes()));
        rendering.text = Some(text.into());
        rendering.map = map;
        rendering.placeholders = placeholders;
        (rendering, volatile)
    }
}

/// Whether a seed or a clock is set that is none, of which more is said where it stands.
fn bad_determinism(prelude: &Prelude) -> bool {
    let clock = prelude.freeze_clock.as_deref();
    prelude.bad_seed || clock.is_some_and(|clock| Timestamp::parse(clock).is_none())
}

/// `T120`, at the first call that asked the clock or chance.
fn volatile(file: Arc<str>, span: Span) -> Finding {
    Finding::at(
        Code::T120,
        Anchor::Source(file, span),
        "the clock or chance decides what this renders to",
    )
    .help("set `[determinism] seed` and `freeze_clock`, or give `--seed` and `--freeze-clock`")
}
