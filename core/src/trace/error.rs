//! Why something is no trace, and where.

use std::fmt;

/// Where a trace cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A character of a text: line and column from 1, the column in Unicode scalar values.
    Text {
        /// The line.
        line: u64,
        /// The column.
        column: u64,
    },
    /// A byte, from 0.
    Byte(u64),
}

impl Place {
    /// The byte of `text` that it means; the end of the line, or of the text, if that is too short.
    #[must_use]
    pub fn offset(self, text: &str) -> usize {
        match self {
            Self::Byte(at) => usize::try_from(at).map_or(text.len(), |at| at.min(text.len())),
            Self::Text { line, column } => {
                let before =
                    usize::try_from(line).map_or(usize::MAX, |line| line.saturating_sub(1));
                let mut lines = text.split_inclusive('\n');
                let start: usize = lines.by_ref().take(before).map(str::len).sum();
                let line = lines.next().unwrap_or_default();
                let line = line.strip_suffix('\n').unwrap_or(line);
                // The mark at the start is no column.
                let mark = if line.starts_with('\u{feff}') { 3 } else { 0 };
                let before =
                    usize::try_from(column).map_or(usize::MAX, |column| column.saturating_sub(1));
                let mut characters = line[mark..].char_indices();
                let within = characters
                    .nth(before)
                    .map_or(line.len(), |(at, _)| mark + at);
                start + within
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { line, column } => write!(f, "{line}:{column}"),
            Self::Byte(at) => write!(f, "byte {at}"),
        }
    }
}

/// Something is no trace.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message} ({place})")]
pub struct TraceError {
    /// One clause without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do, when it is known.
    pub help: Option<&'static str>,
}

/// A fault at a byte of the value that is being read, before its place in the whole is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub at: usize,
    pub message: String,
    pub help: Option<&'static str>,
}

impl Fault {
    pub fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            help: None,
        }
    }

    pub fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_again_in_their_text() {
        let text = "\u{feff}{\n  \"é\": x\r\n}\n";
        let offset = |line, column| Place::Text { line, column }.offset(text);
        assert_eq!(offset(1, 1), 3);
        assert_eq!(offset(2, 8), text.find('x').unwrap());
        assert_eq!(offset(3, 1), text.find('}').unwrap());
        assert_eq!(
            offset(2, 99),
            text.find("\n}").unwrap(),
            "no further than its line"
        );
        assert_eq!(offset(9, 1), text.len());
        assert_eq!(Place::Byte(4).offset(text), 4);
        assert_eq!(Place::Byte(u64::MAX).offset(text), text.len());
    }
}
