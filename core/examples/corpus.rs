use clnrm_core::checker::{Checker, Options};
use clnrm_core::source::*;
use std::sync::Arc;
struct Disk;
impl Sources for Disk {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, SourceError> {
        Ok(std::fs::read_to_string(format!("/{name}"))
            .ok()
            .map(|t| Arc::new(Source::new(name, t))))
    }
}
fn main() {
    let checker = Checker::new(Default::default());
    for path in std::env::args().skip(1) {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let name = path.trim_start_matches('/').to_owned();
        let entry = Arc::new(Source::new(name, text));
        let report = checker.check(&entry, &Disk, &Options::default());
        println!(
            "== {path} valid={} stopped={:?}",
            report.valid, report.stopped_at
        );
        for d in &report.diagnostics {
            println!(
                "  {} {:?} {}:{}:{} {} [{:?}] x{}",
                d.code,
                d.severity,
                d.primary.file.rsplit('/').next().unwrap_or(""),
                d.primary.start.line,
                d.primary.start.column,
                d.message,
                d.mapping,
                d.count
            );
        }
    }
}
