//! What a caller can do wrong. Thrown as an `Error` with a `code`.

use wasm_bindgen::JsValue;

/// A call that makes no sense. Nothing was changed by it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Misuse {
    /// No file of this name was set.
    #[error("there is no file `{0}`")]
    NoSuchFile(String),
    /// A name that no file can have here.
    #[error(
        "`{0}` cannot be the name of a file: use a relative path with `/`, without `.` and `..`"
    )]
    BadName(String),
    /// The file has no diagnostic of this index, or it has no fix.
    #[error("diagnostic {1} of `{0}` has no fix")]
    NoFix(String, usize),
    /// No code of this number or name.
    #[error("there is no code `{0}`")]
    NoSuchCode(String),
    /// Options that are none.
    #[error("not options: {0}")]
    BadOptions(String),
    /// A seed, a moment, a code or a level that does not read as one.
    #[error("`{value}` is not {wanted}")]
    BadOption {
        /// What it should have been.
        wanted: &'static str,
        /// What was given.
        value: String,
    },
    /// Variables that are none.
    #[error("not variables: {0}")]
    BadVariables(String),
    /// A trace that is neither text nor bytes.
    #[error("a trace is a string or an Uint8Array")]
    NoTrace,
    /// A value that cannot be handed to JavaScript: a fault of ours.
    #[error("cannot be handed over: {0}")]
    Conversion(String),
}

impl Misuse {
    /// What a program can go by.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchFile(_) => "no-such-file",
            Self::BadName(_) => "bad-name",
            Self::NoFix(..) => "no-fix",
            Self::NoSuchCode(_) => "no-such-code",
            Self::BadOptions(_) | Self::BadOption { .. } => "bad-options",
            Self::BadVariables(_) => "bad-variables",
            Self::NoTrace => "no-trace",
            Self::Conversion(_) => "internal",
        }
    }
}

impl From<Misuse> for JsValue {
    fn from(misuse: Misuse) -> Self {
        let error = js_sys::Error::new(&misuse.to_string());
        // An error object takes any property: this cannot fail.
        let _ = js_sys::Reflect::set(&error, &"code".into(), &misuse.code().into());
        error.into()
    }
}

impl From<serde_wasm_bindgen::Error> for Misuse {
    fn from(error: serde_wasm_bindgen::Error) -> Self {
        Self::Conversion(error.to_string())
    }
}
