//! The report of a file that settings come from: `clnrm.toml`, a vars file.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::mapping::Mapper;
use crate::diagnostic::{Finding, Level};
use crate::report::{Counts, FileReport, MAX_DIAGNOSTICS, Timings};
use crate::source::Source;
use crate::template::SourceMap;

/// What is wrong with a file of settings, as a report. Settings are no templates: the text that was
/// parsed is the text that was written.
#[must_use]
pub fn settings_report(source: &Arc<Source>, findings: &[Finding]) -> FileReport {
    let mapper = Mapper {
        entry: source,
        files: &BTreeMap::new(),
        text: None,
        map: &SourceMap::identity(source.clone()),
        templated: false,
        lines: OnceCell::new(),
    };
    let mut diagnostics: Vec<_> = findings
        .iter()
        .map(|finding| mapper.diagnostic(finding, 1))
        .collect();
    diagnostics.sort_by_cached_key(|diagnostic| diagnostic.primary.start.offset);
    let mut counts = Counts::default();
    for diagnostic in &diagnostics {
        counts.add(diagnostic.severity, 1);
    }
    let omitted = diagnostics.len().saturating_sub(MAX_DIAGNOSTICS);
    diagnostics.truncate(MAX_DIAGNOSTICS);
    FileReport {
        path: source.name.clone(),
        valid: counts.errors == 0,
        level: Level::Semantic,
        stopped_at: None,
        omitted,
        template_digest: Some(source.digest),
        context_digest: None,
        cached: false,
        volatile: false,
        dependencies: Vec::new(),
        timings_us: Timings::default(),
        renders: None,
        diagnostics,
        counts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Span;

    #[test]
    fn findings_stand_in_order_of_place() {
        let source = Arc::new(Source::new("clnrm.toml", "a = 1\nb = 2\n"));
        let findings = [
            Finding::new(Code::C103, Span::new(6, 7), "second"),
            Finding::new(Code::C102, Span::new(4, 5), "first"),
        ];
        let report = settings_report(&source, &findings);
        let messages: Vec<_> = report.diagnostics.iter().map(|d| &*d.message).collect();
        assert_eq!(messages, ["first", "second"]);
        assert!(!report.valid, "an error among it");
        assert_eq!((report.counts.errors, report.counts.warnings), (1, 1));
    }
}
