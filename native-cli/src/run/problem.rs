//! What can go wrong while a test runs: a finding at a place of the rendered text, with what bears
//! on it. It is mapped to the author's file when the test is over.

use std::time::Duration;

use bollard::errors::Error as EngineError;
use clnrm_core::diagnostic::{Code, Finding};
use clnrm_core::source::Span;

use super::capture::last_lines;
use super::engine::{full, is_lost};
use super::outcome::Excerpt;

/// Something that went wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What, and where.
    pub finding: Finding,
    /// What bears on it.
    pub excerpts: Vec<Excerpt>,
}

/// Why a test cannot go on.
#[derive(Debug)]
pub enum Stop {
    /// Something about the test.
    Problem(Box<Problem>),
    /// The engine does not answer as it should; whether it is gone is found out later.
    Engine(String),
}

impl Problem {
    /// A problem without excerpts.
    pub fn new(code: Code, at: Span, message: impl Into<String>) -> Self {
        Self {
            finding: Finding::new(code, at, message),
            excerpts: Vec::new(),
        }
    }

    /// With a phrase beneath the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.finding.label = Some(label.into());
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.finding.help = Some(help.into());
        self
    }

    /// With another place.
    #[must_use]
    pub fn note(mut self, at: Span, message: impl Into<String>) -> Self {
        self.finding = self.finding.note(at, message);
        self
    }

    /// With the last lines of a text, if it has any.
    #[must_use]
    pub fn excerpt(mut self, title: impl Into<String>, text: &str) -> Self {
        let lines = last_lines(text);
        if lines.iter().any(|line| !line.trim().is_empty()) {
            self.excerpts.push(Excerpt {
                title: title.into(),
                lines,
            });
        }
        self
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl Stop {
    /// What the engine said to something that was asked of it for the sake of `at`.
    pub fn refused(error: &EngineError, at: Span, what: &str) -> Self {
        let said = full(error);
        if is_lost(error) {
            return Self::Engine(format!("{what}: {said}"));
        }
        let problem = Problem::new(Code::R110, at, format!("{what}: {said}"));
        match hint(&said) {
            Some(help) => problem.help(help).into(),
            None => problem.into(),
        }
    }
}

/// What to do about some of the things that engines say.
fn hint(said: &str) -> Option<&'static str> {
    let said = said.to_lowercase();
    let knows = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if knows(&["port is already allocated", "address already in use"]) {
        Some(
            "something else uses that port of this machine; leave the host port out to get a free one",
        )
    } else if knows(&["no space left"]) {
        Some("the engine's disk is full: make room, for instance with `docker system prune`")
    } else if knows(&[
        "executable file not found",
        "no such file or directory: unknown",
    ]) {
        Some("the image has no such program")
    } else if knows(&["bind source path does not exist"]) {
        Some("make the folder, or correct `host_path`")
    } else {
        None
    }
}

/// A time limit as people write it: `30s`, `1m30s`, `500ms`.
pub fn span_of_time(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    match (seconds, millis) {
        (0, millis) => format!("{millis}ms"),
        (seconds, 0) if seconds >= 60 && seconds % 60 == 0 => format!("{}m", seconds / 60),
        (seconds, 0) if seconds >= 60 => format!("{}m{}s", seconds / 60, seconds % 60),
        (seconds, 0) => format!("{seconds}s"),
        (seconds, millis) => format!("{seconds}.{millis:03}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_as_they_are_written() {
        let of = |millis| span_of_time(Duration::from_millis(millis));
        assert_eq!(of(500), "500ms");
        assert_eq!(of(30_000), "30s");
        assert_eq!(of(90_000), "1m30s");
        assert_eq!(of(120_000), "2m");
        assert_eq!(of(1_500), "1.500s");
    }

    #[test]
    fn a_taken_port_has_a_way_out() {
        assert!(hint("Bind for 127.0.0.1:80 failed: port is already allocated").is_some());
        assert!(hint("something new").is_none());
    }
}
