//! One reading of a document, and where what it finds is placed.

use std::cell::RefCell;

use crate::diagnostic::{Code, Finding, Findings, Severity};
use crate::document::Document;
use crate::source::Span;

/// One reading of one document.
pub(super) struct Context<'d, 't> {
    pub document: &'d Document<'t>,
    pub text: &'t str,
    findings: RefCell<Findings>,
}

impl<'d, 't> Context<'d, 't> {
    pub fn new(document: &'d Document<'t>) -> Self {
        Self {
            document,
            text: document.text,
            findings: RefCell::default(),
        }
    }

    /// Adds a finding at `span`, unless a placeholder touches that.
    pub fn report(&self, code: Code, span: Span, message: impl Into<String>) -> Report<'_> {
        if self.document.touches(span) {
            return self.again(None);
        }
        let finding = Finding::new(code, span, message);
        Report {
            at: self.findings.borrow_mut().add(finding),
            findings: &self.findings,
        }
    }

    /// More is to be said of a finding that was added before; `None`: of nothing.
    pub fn again(&self, at: Option<usize>) -> Report<'_> {
        let findings = &self.findings;
        Report { findings, at }
    }

    /// All findings, in order of place.
    pub fn finish(self) -> Findings {
        let mut findings = self.findings.into_inner();
        findings.sort();
        findings
    }
}

/// A finding that was just added; or none, if nothing is to be said there.
pub(super) struct Report<'c> {
    findings: &'c RefCell<Findings>,
    /// Which finding it is.
    pub at: Option<usize>,
}

impl Report<'_> {
    fn change(self, change: impl FnOnce(Finding) -> Finding) -> Self {
        if let Some(at) = self.at
            && let Some(finding) = self.findings.borrow_mut().get_mut(at)
        {
            let empty = Finding::new(Code::C103, Span::default(), String::new());
            *finding = change(std::mem::replace(finding, empty));
        }
        self
    }

    pub fn help(self, help: impl Into<String>) -> Self {
        self.change(|finding| finding.help(help))
    }

    /// It carries what an error would say, which is left out.
    pub fn raise(self) -> Self {
        self.change(|finding| Finding {
            severity: Severity::Error,
            ..finding
        })
    }

    pub fn label(self, label: impl Into<String>) -> Self {
        self.change(|finding| finding.label(label))
    }

    pub fn note(self, span: Span, message: &str) -> Self {
        self.change(|finding| finding.note(span, message))
    }

    pub fn fix(self, edits: impl IntoIterator<Item = (Span, String)>) -> Self {
        self.change(|finding| finding.safe_repair(edits))
    }
}
