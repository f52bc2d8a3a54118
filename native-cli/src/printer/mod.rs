//! Printing reports: one module for each format. The core knows nothing of this.

pub mod diff;
pub mod github;
pub mod graph;
pub mod human;
pub mod json;
pub mod junit;
pub mod lines;
pub mod markup;
pub mod sarif;
pub mod stats;
pub mod style;
pub mod tap;
pub mod text;
pub mod verdicts;

use std::io::{self, Write};
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use clnrm_core::source::Source;

use crate::args::Color;
use crate::errors::Error;
use style::Styles;

/// Where printers get the text that diagnostics point into.
pub trait Texts {
    /// The source of this name, as it was when it was checked.
    fn source(&self, name: &str) -> Option<Arc<Source>>;

    /// A line (from 1) of what the file of this name rendered to, in one combination of its matrix
    /// (0 without one).
    fn rendered_line(&self, file: &str, combination: u32, line: u32) -> Option<String>;
}

/// Standard output: whether it takes colour, how wide it is, and how to write to it.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Colours, or none.
    pub styles: Styles,
    /// Columns to draw within.
    pub width: usize,
    /// Whether a person is looking.
    pub terminal: bool,
}

/// Columns below which nothing could be read.
const NARROWEST: usize = 20;

/// Columns where nobody says how many there are: a pipe, a file.
const WIDTH_OF_A_PIPE: usize = 140;

impl Screen {
    /// Looks at standard output once.
    pub fn new(color: Color) -> Self {
        Self::of(&io::stdout(), color)
    }

    /// The same for standard error, where faults are shown when standard output is for text alone.
    pub fn errors(color: Color) -> Self {
        Self::of(&io::stderr(), color)
    }

    fn of(stream: &(impl anstream::stream::RawStream + io::IsTerminal), color: Color) -> Self {
        let coloured = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => AutoStream::choice(stream) != ColorChoice::Never,
        };
        let terminal = io::IsTerminal::is_terminal(stream);
        let width = terminal
            .then(terminal_size::terminal_size)
            .flatten()
            .map_or(WIDTH_OF_A_PIPE, |(width, _)| {
                usize::from(width.0).max(NARROWEST)
            });
        Self {
            styles: Styles::new(coloured),
            width,
            terminal,
        }
    }

    /// The same with the width that the terminal has now.
    pub fn measured(self) -> Self {
        let width = terminal_size::terminal_size()
            .map_or(self.width, |(width, _)| usize::from(width.0).max(NARROWEST));
        Self { width, ..self }
    }

    /// Writes results and flushes. A reader that went away (`| head`) is no error.
    pub fn print(self, text: &str) -> Result<(), Error> {
        print_bytes(text.as_bytes())
    }
}

/// Writes bytes to standard output as they are, and flushes. A reader that went away (`| head`) is
/// no error.
pub fn print_bytes(bytes: &[u8]) -> Result<(), Error> {
    // On Windows this turns escapes into what an old console understands; elsewhere it passes all
    // bytes through untouched.
    let mut stdout = AutoStream::always(io::stdout().lock());
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Error::Output),
    }
}

/// Writes text to standard error as it is. Nobody may be reading it: that is no error.
pub fn print_error_text(text: &str) {
    let _ = AutoStream::always(io::stderr().lock()).write_all(text.as_bytes());
}
