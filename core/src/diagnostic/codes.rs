//! Every code: its number, name, severity and the level at which it is judged.
//!
//! The table is the only list of codes. A code is stable: it is never reused for another meaning.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Level, Severity};

/// The family of a code: its first letter. In the order in which a file is judged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Family {
    /// `F`: the file itself.
    File,
    /// `T`: the template.
    Template,
    /// `S`: the syntax of the TOML.
    Syntax,
    /// `C`: one setting by itself.
    Setting,
    /// `X`: settings against each other.
    Cross,
    /// `E`: expectations against a trace.
    Trace,
    /// `R`: a run in containers.
    Run,
}

impl Family {
    /// The least level at which the family is judged.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::File | Self::Template | Self::Syntax => Level::Syntax,
            Self::Setting => Level::Semantic,
            Self::Cross => Level::Structure,
            Self::Trace | Self::Run => Level::Full,
        }
    }
}

macro_rules! codes {
    ($($code:ident $name:literal $severity:ident $family:ident;)*) => {
        /// A code, such as `C103`.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each code has a page of its own, see `crate::rules::explain`")]
        pub enum Code { $($code,)* }

        impl Code {
            /// All codes, in order.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// `"C103"`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            /// `"unknown-field"`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// How grave it is, unless the user asks otherwise.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }

            /// Its family.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $(Self::$code => Family::$family,)* }
            }
        }
    };
}

codes! {
    F101 "not-found" Error File;
    F102 "unreadable" Error File;
    F103 "is-a-directory" Error File;
    F104 "not-a-test-file" Error File;
    F105 "symlink-loop" Error File;
    T101 "template-syntax" Error Template;
    T102 "undefined-variable" Error Template;
    T103 "unknown-function" Error Template;
    T104 "unknown-filter" Error Template;
    T105 "unknown-test" Error Template;
    T106 "bad-argument" Error Template;
    T107 "template-not-found" Error Template;
    T108 "import-cycle" Error Template;
    T109 "limit-exceeded" Error Template;
    T110 "thrown" Error Template;
    T120 "volatile-render" Info Template;
    T121 "unused-variable" Info Template;
    T122 "untemplated-braces" Info Template;
    T123 "unused-suppression" Warning Template;
    S101 "toml-syntax" Error Syntax;
    S102 "duplicate-key" Error Syntax;
    S103 "invalid-encoding" Error Syntax;
    S104 "template-in-toml" Info Syntax;
    C101 "missing-field" Error Setting;
    C102 "wrong-type" Error Setting;
    C103 "unknown-field" Warning Setting;
    C104 "invalid-value" Error Setting;
    C105 "out-of-range" Error Setting;
    C106 "invalid-duration" Error Setting;
    C107 "invalid-regex" Error Setting;
    C108 "invalid-pattern" Error Setting;
    C109 "invalid-port" Error Setting;
    C110 "invalid-image" Error Setting;
    C111 "invalid-volume" Error Setting;
    C112 "empty-value" Error Setting;
    C113 "invalid-env-name" Error Setting;
    C114 "invalid-endpoint" Error Setting;
    C115 "invalid-timestamp" Error Setting;
    C116 "contradictory-bounds" Error Setting;
    C117 "deprecated-form" Info Setting;
    C118 "invalid-size" Error Setting;
    C119 "floating-image-tag" Info Setting;
    C120 "secret-in-file" Warning Setting;
    C121 "unknown-plugin" Warning Setting;
    X101 "unknown-service" Error Cross;
    X102 "duplicate-name" Error Cross;
    X103 "unused-service" Warning Cross;
    X104 "dependency-cycle" Error Cross;
    X105 "nothing-to-run" Error Cross;
    X106 "unknown-parent" Warning Cross;
    X107 "cyclic-graph" Error Cross;
    X108 "contradictory-edge" Error Cross;
    X109 "cyclic-order" Error Cross;
    X110 "contradictory-window" Error Cross;
    X111 "impossible-count" Error Cross;
    X112 "contradictory-status" Error Cross;
    X113 "not-hermetic" Warning Cross;
    X114 "port-conflict" Error Cross;
    X115 "unobservable-expectation" Warning Cross;
    X116 "unknown-dependency" Error Cross;
    X117 "uncollected-exporter" Info Cross;
    X118 "mount-outside" Warning Cross;
    E001 "no-spans" Error Trace;
    E002 "not-evaluated" Error Trace;
    E003 "trace-unreadable" Error Trace;
    E101 "span-missing" Error Trace;
    E102 "span-kind" Error Trace;
    E103 "span-parent" Error Trace;
    E104 "span-attribute" Error Trace;
    E105 "span-event" Error Trace;
    E106 "span-duration" Error Trace;
    E201 "edge-missing" Error Trace;
    E202 "edge-forbidden" Error Trace;
    E203 "cycle-found" Error Trace;
    E204 "orphan" Error Trace;
    E301 "count-mismatch" Error Trace;
    E401 "outside-window" Error Trace;
    E501 "wrong-order" Error Trace;
    E601 "wrong-status" Error Trace;
    E701 "external-service" Error Trace;
    E702 "resource-mismatch" Error Trace;
    E703 "forbidden-attribute" Error Trace;
    R101 "engine-unreachable" Error Run;
    R102 "image-unavailable" Error Run;
    R103 "step-failed" Error Run;
    R104 "output-mismatch" Error Run;
    R105 "timed-out" Error Run;
    R106 "out-of-memory" Error Run;
    R107 "not-ready" Error Run;
    R108 "cleanup-failed" Warning Run;
    R109 "does-not-fit" Error Run;
    R110 "not-started" Error Run;
    R111 "not-honoured" Warning Run;
}

impl Code {
    /// The code that `text` means, by number (`C103`, in any case) or by name (`unknown-field`).
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str().eq_ignore_ascii_case(text) || code.name() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique_and_found() {
        for code in Code::ALL {
            assert_eq!(Code::find(code.as_str()), Some(*code));
            assert_eq!(Code::find(code.name()), Some(*code));
        }
        assert_eq!(Code::find("c103"), Some(Code::C103));
        assert_eq!(Code::find("C999"), None);
    }
}
