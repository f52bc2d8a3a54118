//! Services: the containers of a test.

use super::{Limits, Pair, Spanned, Text};
use crate::source::Span;

/// `[service.x]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Service {
    /// Its name, where the header (or the key of an inline table) says it.
    pub name: Text,
    /// The name in its header, or its opening brace.
    pub header: Span,
    /// Something in the table was lost.
    pub incomplete: bool,
    /// What kind of service; with both `plugin` and `type`, the one that says more.
    pub plugin: Option<Spanned<Plugin>>,
    /// The image; `None` if a preset supplies it (or it is missing, which `C101` says).
    pub image: Option<Text>,
    /// The container's command.
    pub args: Option<Command>,
    /// The container's entry point.
    pub entrypoint: Option<Command>,
    /// Environment variables.
    pub env: Vec<Pair>,
    /// Published ports.
    pub ports: Vec<Spanned<Port>>,
    /// Mounted folders and files.
    pub volumes: Vec<Volume>,
    /// Where commands start.
    pub working_dir: Option<Text>,
    /// Who runs them.
    pub user: Option<Text>,
    /// Services that are ready before this one starts.
    pub depends_on: Vec<Text>,
    /// A command that says whether the service is well.
    pub health_check: Option<HealthCheck>,
    /// What must hold before the service counts as ready.
    pub wait_for: Option<WaitFor>,
    /// A span that must have arrived before the service counts as ready.
    pub wait_for_span: Option<Text>,
    /// For how long, in microseconds.
    pub wait_for_span_timeout: Option<Spanned<u64>>,
    /// What the container may use.
    pub limits: Limits,
    /// When to fetch the image.
    pub pull: Option<Spanned<Pull>>,
}

/// What kind of service it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plugin {
    /// A container of any image.
    Generic,
    /// A known kind, by its first name in [`crate::config::presets`].
    Preset(&'static str),
}

/// A command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Through `sh -c`.
    Shell(Text),
    /// Untouched.
    Argv {
        /// Program and arguments.
        words: Vec<Text>,
        /// The whole array.
        span: Span,
    },
}

impl Command {
    /// Where it stands.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Shell(text) => text.span,
            Self::Argv { span, .. } => *span,
        }
    }

    /// Its texts: the shell line, or the words.
    #[must_use]
    pub fn texts(&self) -> &[Text] {
        match self {
            Self::Shell(text) => std::slice::from_ref(text),
            Self::Argv { words, .. } => words,
        }
    }
}

/// A published port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// Address on the host; `None`: the loopback.
    pub host_ip: Option<String>,
    /// Port on the host; `None`: a free one.
    pub host: Option<u16>,
    /// Port in the container.
    pub container: u16,
    /// Over UDP instead of TCP.
    pub udp: bool,
}

/// A mounted folder or file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Volume {
    /// The whole entry.
    pub span: Span,
    /// Path on the host, or the name of a volume; `None`: an anonymous one.
    pub host: Option<Text>,
    /// Path in the container.
    pub container: Text,
    /// May not be written to.
    pub read_only: bool,
}

/// `health_check`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HealthCheck {
    /// The whole value.
    pub span: Span,
    /// The command.
    pub command: Option<Command>,
    /// Between two probes, in microseconds.
    pub interval: Option<Spanned<u64>>,
    /// Of one probe, in microseconds.
    pub timeout: Option<Spanned<u64>>,
    /// Before failed probes count, in microseconds.
    pub start_period: Option<Spanned<u64>>,
    /// Probes that may fail.
    pub retries: Option<Spanned<u64>>,
}

/// `wait_for`: all that are given must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WaitFor {
    /// The whole value.
    pub span: Span,
    /// A text in the log.
    pub log: Option<Text>,
    /// How often it must be there.
    pub times: Option<Spanned<u64>>,
    /// An open port.
    pub port: Option<Spanned<u16>>,
    /// A path that answers with a status below 400.
    pub http: Option<Text>,
    /// For how long, in microseconds.
    pub timeout: Option<Spanned<u64>>,
}

/// `pull`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Pull {
    Missing,
    Always,
    Never,
}
