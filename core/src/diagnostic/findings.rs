//! A list of findings that a stranger's file cannot make large.

use std::ops::Deref;

use super::{Anchor, Code, Finding};

/// What was found in one text: of each code the first [`Findings::OF_A_CODE`], and of the others how
/// many there were.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Findings {
    kept: Vec<Finding>,
    /// How many of each code were found in all.
    found: Vec<(Code, usize)>,
}

impl Findings {
    /// So many of a code are kept. Above what a report shows, since equal ones in one place of a
    /// template (of a loop) become one there.
    pub const OF_A_CODE: usize = 1_000;

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.add(finding);
    }

    /// Adds a finding; its place in the list, unless there are too many of its code.
    pub fn add(&mut self, finding: Finding) -> Option<usize> {
        let code = finding.code;
        let known = self.found.iter().position(|(known, _)| *known == code);
        let at = known.unwrap_or_else(|| {
            self.found.push((code, 0));
            self.found.len() - 1
        });
        self.found[at].1 += 1;
        if self.found[at].1 > Self::OF_A_CODE {
            return None;
        }
        self.kept.push(finding);
        Some(self.kept.len() - 1)
    }

    /// How many more were found than are in the list, by code.
    pub fn beyond(&self) -> impl Iterator<Item = (Code, usize)> {
        let found = self.found.iter();
        found
            .map(|(code, found)| (*code, found.saturating_sub(Self::OF_A_CODE)))
            .filter(|(_, beyond)| *beyond > 0)
    }

    /// A finding of the list.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut Finding> {
        self.kept.get_mut(at)
    }

    /// In order of place.
    pub fn sort(&mut self) {
        self.kept.sort_by_key(|finding| match finding.at {
            Anchor::Rendered(span) => (span.start, span.end, finding.code),
            Anchor::Source(..) => (0, 0, finding.code),
        });
    }
}

impl Deref for Findings {
    type Target = [Finding];

    fn deref(&self) -> &[Finding] {
        &self.kept
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.kept.into_iter()
    }
}

impl<'f> IntoIterator for &'f Findings {
    type Item = &'f Finding;
    type IntoIter = std::slice::Iter<'f, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.kept.iter()
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        for finding in findings {
            self.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn what_is_not_kept_is_counted() {
        let mut findings = Findings::default();
        for at in (0..Findings::OF_A_CODE + 7).rev() {
            findings.push(Finding::new(Code::C103, Span::at(at), "m"));
        }
        let other = findings.add(Finding::new(Code::C101, Span::at(9_999), "m"));
        assert_eq!(other, Some(Findings::OF_A_CODE));
        assert_eq!(findings.len(), Findings::OF_A_CODE + 1);
        assert_eq!(findings.beyond().collect::<Vec<_>>(), [(Code::C103, 7)]);
        findings.sort();
        assert_eq!(findings[0].at, Anchor::Rendered(Span::at(7)));
    }
}
