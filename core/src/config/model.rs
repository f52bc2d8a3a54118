//! What a test file says, whichever spelling its author chose.
//!
//! One [`TestFile`] for all forms: `[service.x]` and `[services.x]` are one list, `[[steps]]` at the
//! top level are a scenario without a name, `[otel_validation]` and `[assertions]` are expectations
//! like those under `[expect]`. Every value knows where it stands ([`Spanned`]), so that a rule can
//! point at it. Durations are microseconds, sizes are bytes.
//!
//! **What is absent proves nothing where something was lost.** A table whose text was damaged (a
//! syntax error, a template expression that failed) is marked `incomplete`; a rule that reports
//! something missing asks for that mark first, and [`TestFile::incomplete`] for the file as a whole.

mod expect;
mod scenario;
mod service;

pub use expect::*;
pub use scenario::*;
pub use service::*;

use crate::source::Span;

/// A value and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the text that was parsed; of a string with its quotes.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, standing at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Another value at the same place.
    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(to(self.value), self.span)
    }

    /// A borrowed value at the same place.
    pub const fn as_ref(&self) -> Spanned<&T> {
        Spanned::new(&self.value, self.span)
    }
}

/// A text and where it stands.
pub type Text = Spanned<String>;

/// A test file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TestFile {
    /// Something was lost at the level of statements: whole tables may be missing from this value.
    pub incomplete: bool,
    /// `[meta]`.
    pub meta: Meta,
    /// `[otel]`.
    pub otel: Option<Otel>,
    /// `[service.*]` and `[services.*]`, in order of file. Two of the same name both stand here.
    pub services: Vec<Service>,
    /// `[[scenario]]`, in order of file, and one without a name for all `[[steps]]` at top level.
    pub scenarios: Vec<Scenario>,
    /// `[expect]`, with what the legacy blocks say.
    pub expect: Expect,
    /// `[limits]`: of every container that sets none.
    pub limits: Limits,
    /// `[determinism]`.
    pub determinism: Determinism,
    /// `[report]`.
    pub report: ReportFiles,
    /// `[assertions]`, `[test.assertions]`.
    pub assertions: Assertions,
    /// Where `[vars]` or `[template.vars]` stands; its entries are for the template only.
    pub vars: Option<Span>,
    /// Where `[matrix]` stands.
    pub matrix: Option<Span>,
}

impl TestFile {
    /// Whether something was lost, so that absence proves nothing.
    #[must_use]
    pub const fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// The first service of this name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name.value == name)
    }
}

/// `[meta]`, `[test.metadata]` or a flat `[test]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Meta {
    /// The name in its header, if the table is there.
    pub header: Option<Span>,
    /// Something in the table was lost.
    pub incomplete: bool,
    /// The name of the test.
    pub name: Option<Text>,
    /// Its version.
    pub version: Option<Text>,
    /// What it is for.
    pub description: Option<Text>,
    /// Words to choose it by.
    pub tags: Vec<Text>,
    /// Who wrote it.
    pub author: Option<Text>,
    /// Of the whole test, in microseconds.
    pub timeout: Option<Spanned<u64>>,
    /// `false`: strings that look like template expressions are left alone.
    pub template: Option<Spanned<bool>>,
}

/// `[otel]`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Otel {
    /// The name in its header.
    pub header: Span,
    /// Something in the table was lost.
    pub incomplete: bool,
    /// Where spans go.
    pub exporter: Option<Spanned<Exporter>>,
    /// To which address; absent: the runner's own receiver.
    pub endpoint: Option<Text>,
    /// How.
    pub protocol: Option<Spanned<Protocol>>,
    /// Between 0 and 1.
    pub sample_ratio: Option<Spanned<f64>>,
    /// Attributes of the resource.
    pub resources: Vec<Pair>,
    /// Sent along with each export.
    pub headers: Vec<Pair>,
    /// How context travels.
    pub propagators: Vec<Text>,
}

/// A name with a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pair {
    /// The name.
    pub name: Text,
    /// The text.
    pub value: Text,
}

/// `otel.exporter`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Exporter {
    Otlp,
    OtlpHttp,
    OtlpGrpc,
    Stdout,
    None,
    Jaeger,
    Zipkin,
    Datadog,
    NewRelic,
}

impl Exporter {
    /// Whether a run collects what this exporter sends.
    #[must_use]
    pub const fn is_collected(self) -> bool {
        matches!(
            self,
            Self::Otlp | Self::OtlpHttp | Self::OtlpGrpc | Self::Stdout
        )
    }
}

/// `otel.protocol`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Protocol {
    HttpProtobuf,
    HttpJson,
    Grpc,
}

/// What a container may use.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Limits {
    /// The name in its header (or its opening brace), if the table is there.
    pub header: Option<Span>,
    /// Bytes.
    pub memory: Option<Spanned<u64>>,
    /// Processors; 0.5 is half of one.
    pub cpus: Option<Spanned<f64>>,
    /// Processes.
    pub pids: Option<Spanned<u64>>,
}

/// `[determinism]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Determinism {
    /// The name in its header, if the table is there.
    pub header: Option<Span>,
    /// Feeds everything that is random.
    pub seed: Option<Spanned<u64>>,
    /// RFC 3339; stops the clock of template functions.
    pub freeze_clock: Option<Text>,
}

/// `[report]`: files that a run writes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ReportFiles {
    pub json: Option<Text>,
    pub junit: Option<Text>,
    pub html: Option<Text>,
    pub digest: Option<Text>,
}

/// Legacy assertions that have a plain meaning.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Assertions {
    /// `execution_should_be_hermetic`.
    pub hermetic: Option<Spanned<bool>>,
    /// `container_should_have_executed_commands`: at least so many.
    pub commands: Option<Spanned<u64>>,
    /// `all_steps_should_succeed`, `all_steps_should_pass`, `all_steps_must_pass`.
    pub all_steps: Option<Spanned<bool>>,
    /// `service_should_start`, `require_service_health`.
    pub services_healthy: Option<Spanned<bool>>,
    /// `service_should_start = "name"`: services that became ready.
    pub started: Vec<Text>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_glob_only_with_a_wildcard() {
        assert!(!Pattern::new("clnrm.run").is_glob());
        assert!(Pattern::new("clnrm.*").is_glob());
        assert!(Pattern::new("clnrm.run").matches("clnrm.run"));
        assert!(!Pattern::new("clnrm.run").matches("clnrm.runs"));
        assert!(Pattern::new("a*c").matches("a.b:/c"));
        assert!(Pattern::new("*").matches(""));
        assert!(Pattern::new("a?c").matches("aßc"));
        assert!(!Pattern::new("a?c").matches("ac"));
        assert!(Pattern::new("v[0-9]").matches("v7"));
        assert!(Pattern::new("v[!0-9]").matches("vx"));
        assert!(!Pattern::new("v[^0-9]").matches("v7"));
        assert!(Pattern::new("[]a]").matches("]"));
        assert!(Pattern::new("a**b").matches("a--b"));
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let pattern = Pattern::new(format!("{}b", "a*".repeat(2_000)));
        assert!(!pattern.matches(&"a".repeat(10_000)));
    }
}
