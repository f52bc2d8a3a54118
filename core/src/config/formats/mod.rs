//! How single values are written: durations, sizes, images, ports, volumes, endpoints, patterns.
//! Plain functions from text to value or to what is wrong with it.

pub mod endpoint;
pub mod image;
pub mod pattern;
pub mod port;
pub mod secret;
pub mod units;
pub mod volume;

/// What is wrong with a value, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// A clause that follows the value, such as `is no duration`.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Wrong {
    /// Without help.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: None,
        }
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Whether the value holds a variable of the shell or of Compose, such as `${PORT}`: what it is shows
/// at run time only.
#[must_use]
pub fn has_variable(text: &str) -> bool {
    text.contains("${")
}
