//! The format as tables: what each table of a file may hold, how a value is written, which older
//! names are read too, and what a setting means. The readers go by them, and so do help texts,
//! completion and the published schema.

/// A table of the format.
#[derive(Debug)]
pub struct Section {
    /// How it is headed, such as `service.NAME`.
    pub header: &'static str,
    /// What it is called in a sentence, such as `a service`.
    pub title: &'static str,
    /// What it is for, in one sentence of Markdown.
    pub doc: &'static str,
    /// What it may hold.
    pub fields: &'static [Field],
    /// Other keys are the author's own (names of variables, attributes …).
    pub open: bool,
}

/// A setting.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// How its value is written.
    pub kind: Kind,
    /// What it means, in one sentence of Markdown.
    pub doc: &'static str,
    /// A table without it is at fault.
    pub required: bool,
    /// Other names that are read.
    pub aliases: &'static [Alias],
    /// Other ways to write its value, which older files have.
    pub also: &'static [Kind],
    /// What its values are names of, where its kind does not say it.
    pub names: Option<Names>,
}

/// What a value is a name of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Names {
    /// Services of the file.
    Services,
    /// Scenarios of the file.
    Scenarios,
    /// Spans.
    Spans,
    /// Kinds of service that we know.
    Plugins,
}

/// Another name of a setting.
#[derive(Debug)]
pub struct Alias {
    /// The name.
    pub name: &'static str,
    /// What its value means under this name.
    pub form: Form,
}

/// What a value means under another name than today's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The same.
    Same,
    /// The same, and nothing is said of it.
    Welcome,
    /// A duration in milliseconds.
    Millis,
    /// A duration in seconds.
    Seconds,
    /// A size in MiB.
    MiB,
    /// Processors in thousandths.
    MilliCpus,
    /// The opposite.
    Inverse,
}

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text, or a number or boolean that is taken as one.
    Scalar,
    /// A name of a service.
    ServiceName,
    /// A name of a scenario or a step.
    Name,
    /// True or false.
    Boolean,
    /// A whole number between these.
    Integer(i128, i128),
    /// A number between these.
    Number(f64, f64),
    /// `"10s"`.
    Duration,
    /// `"256MiB"`.
    Size,
    /// Processors: `0.5`.
    Cpus,
    /// One of these words.
    Word(&'static [&'static str]),
    /// RFC 3339.
    Timestamp,
    /// A regular expression.
    Regex,
    /// A span's name or a glob over names.
    Pattern,
    /// A URL, or a host with a port.
    Endpoint,
    /// A reference of an image.
    Image,
    /// A command: a text for the shell, or an array of program and arguments.
    Command,
    /// A list of texts.
    Texts,
    /// A list of patterns.
    Patterns,
    /// A list of pairs of patterns.
    Edges,
    /// A list of ports.
    Ports,
    /// A list of volumes.
    Volumes,
    /// Environment variables.
    Env,
    /// A table of texts.
    Pairs,
    /// A table of attributes and what their values must be.
    Attributes,
    /// `{ eq, gte, lte }`.
    Bounds,
    /// A table of patterns and bounds, or statuses.
    ByName,
    /// A table.
    Table(&'static Section),
    /// An array of tables.
    Tables(&'static Section),
    /// A table of tables, each under a name of the author's.
    Named(&'static Section),
    /// Anything; it is read elsewhere, or by nobody.
    Any,
}

impl Kind {
    /// How a value is written, in a few words.
    #[must_use]
    pub fn phrase(self) -> String {
        let fixed = match self {
            Self::Text | Self::Name => "text",
            Self::Scalar => "text, a number or a boolean",
            Self::ServiceName => "the name of a service",
            Self::Boolean => "`true` or `false`",
            Self::Integer(..) => "a whole number",
            Self::Number(..) => "a number",
            Self::Duration => "a duration, such as `\"10s\"`",
            Self::Size => "a size, such as `\"256MiB\"`",
            Self::Cpus => "processors, such as `0.5`",
            Self::Word(words) => {
                let quoted: Vec<String> =
                    words.iter().map(|word| format!("`\"{word}\"`")).collect();
                return format!("one of {}", quoted.join(", "));
            }
            Self::Timestamp => "a moment, such as `\"2025-01-01T00:00:00Z\"`",
            Self::Regex => "a regular expression",
            Self::Pattern => "the name of a span, or a pattern such as `\"db.*\"`",
            Self::Endpoint => "a URL, or a host with a port",
            Self::Image => "a reference of an image",
            Self::Command => "a command: text for the shell, or a list of program and arguments",
            Self::Texts => "a list of texts",
            Self::Patterns => "a list of names or patterns of spans",
            Self::Edges => "a list of pairs of spans, such as `[[\"a\", \"b\"]]`",
            Self::Ports => "a list of ports, such as `[8080, \"80:80\"]`",
            Self::Volumes => "a list of volumes, such as `[\"./data:/data:ro\"]`",
            Self::Env => "a table of environment variables",
            Self::Pairs => "a table of texts",
            Self::Attributes => "a table of attributes",
            Self::Bounds => "a number, or bounds such as `{ gte = 1, lte = 3 }`",
            Self::ByName => "a table with a pattern of names for each key",
            Self::Table(_) => "a table",
            Self::Tables(_) => "a list of tables",
            Self::Named(_) => "tables, each under a name of its own",
            Self::Any => "anything",
        };
        fixed.to_owned()
    }
}

/// A setting that may be left out.
#[must_use]
pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        name,
        kind,
        doc,
        required: false,
        aliases: &[],
        also: &[],
        names: None,
    }
}

/// A setting that must be there.
#[must_use]
pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        required: true,
        ..optional(name, kind, doc)
    }
}

impl Field {
    /// The same setting, read under other names too.
    #[must_use]
    pub const fn or(mut self, aliases: &'static [Alias]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same setting, whose value may be written in other ways too.
    #[must_use]
    pub const fn also(mut self, kinds: &'static [Kind]) -> Self {
        self.also = kinds;
        self
    }

    /// The same setting, whose values are names of something.
    #[must_use]
    pub const fn naming(mut self, names: Names) -> Self {
        self.names = Some(names);
        self
    }

    /// What its values are names of.
    #[must_use]
    pub const fn named(&self) -> Option<Names> {
        match self.kind {
            Kind::ServiceName => Some(Names::Services),
            Kind::Pattern | Kind::Patterns | Kind::Edges => Some(Names::Spans),
            _ => self.names,
        }
    }
}

/// Another name with the same meaning.
#[must_use]
pub const fn same(name: &'static str) -> Alias {
    alias(name, Form::Same)
}

/// Another name.
#[must_use]
pub const fn alias(name: &'static str, form: Form) -> Alias {
    Alias { name, form }
}

/// A remark for readers of the file, in any table.
pub const DESCRIPTION: Field = optional("description", Kind::Text, "What it is for.");

impl Section {
    /// The setting of this name, and the other name if it is not today's.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(usize, &'static Field, Option<&'static Alias>)> {
        self.fields.iter().enumerate().find_map(|(at, field)| {
            if field.name == name {
                return Some((at, field, None));
            }
            let alias = field.aliases.iter().find(|alias| alias.name == name)?;
            Some((at, field, Some(alias)))
        })
    }

    /// All names, today's and others.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields
            .iter()
            .flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().map(|a| a.name)))
    }
}
