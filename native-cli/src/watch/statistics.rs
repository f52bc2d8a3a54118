//! What the loop took, over the last passes.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use clnrm_core::cache::CacheStats;
use clnrm_core::report::Timings;

use crate::check::micros;
use crate::printer::stats::percentile;
use crate::printer::text::count;

/// Values kept of each series; older ones make room.
const KEPT: usize = 1024;

/// Microseconds, the newest last.
#[derive(Debug, Default)]
struct Series(VecDeque<u64>);

impl Series {
    fn add(&mut self, value: u64) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(value);
    }

    fn line(&self, out: &mut String, name: &str) {
        let mut sorted: Vec<u64> = self.0.iter().copied().collect();
        sorted.sort_unstable();
        let millis = |percent| {
            #[expect(clippy::cast_precision_loss, reason = "three decimals are shown")]
            let millis = percentile(&sorted, percent) as f64 / 1000.0;
            format!("{millis:.3}")
        };
        let _ = writeln!(
            out,
            "{name:<28}{:>10}{:>10}{:>10}",
            millis(50),
            millis(95),
            millis(99)
        );
    }
}

/// The series of a loop, by their published names.
#[derive(Debug, Default)]
pub struct Statistics {
    file_detection: Series,
    hash_computation: Series,
    cache_lookup: Series,
    template_render: Series,
    toml_parse: Series,
    config_validate: Series,
    total_latency: Series,
    passes: usize,
    checked: usize,
    rendered: usize,
    files: usize,
}

impl Statistics {
    /// Adds a pass over `files` files of which those with these timings were checked.
    pub fn add<'a>(
        &mut self,
        files: usize,
        latency: Duration,
        checked: impl Iterator<Item = (&'a Timings, bool)>,
    ) {
        self.passes += 1;
        self.files += files;
        self.total_latency.add(micros(latency));
        for (timings, cached) in checked {
            self.checked += 1;
            self.rendered += usize::from(!cached);
            self.hash_computation.add(timings.hash);
            self.cache_lookup.add(timings.cache);
            self.template_render.add(timings.render);
            self.toml_parse.add(timings.parse);
            self.config_validate.add(timings.validate);
        }
    }

    /// Adds the time from a change to its event.
    pub fn detected(&mut self, after: Duration) {
        self.file_detection.add(micros(after));
    }

    /// A table for people.
    pub fn table(&self, cache: &CacheStats) -> String {
        let mut out = format!("{:<28}{:>10}{:>10}{:>10}\n", "ms", "p50", "p95", "p99");
        let series = [
            ("watch.file_detection", &self.file_detection),
            ("watch.hash_computation", &self.hash_computation),
            ("watch.cache_lookup", &self.cache_lookup),
            ("watch.template_render", &self.template_render),
            ("watch.toml_parse", &self.toml_parse),
            ("watch.config_validate", &self.config_validate),
            ("watch.total_latency", &self.total_latency),
        ];
        for (name, series) in series {
            series.line(&mut out, name);
        }
        // 1 − renders ÷ (files × passes): what a loop without memory would have rendered.
        #[expect(clippy::cast_precision_loss, reason = "a rate in percent")]
        let avoided = 100.0 * (1.0 - self.rendered as f64 / self.files.max(1) as f64);
        let _ = writeln!(
            out,
            "{} · {} checked · {avoided:.1} % of renders avoided",
            passes(self.passes),
            count(self.checked, "file"),
        );
        let _ = writeln!(
            out,
            "cache: {:.1} % hits · {} · {} evicted · {} KiB",
            cache.hit_rate * 100.0,
            entries(cache.entries),
            cache.evictions,
            cache.memory_bytes / 1024
        );
        out
    }
}

fn passes(number: usize) -> String {
    let ending = if number == 1 { "" } else { "es" };
    format!("{number} pass{ending}")
}

fn entries(number: usize) -> String {
    let ending = if number == 1 { "y" } else { "ies" };
    format!("{number} entr{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_what_passes_took() {
        let mut statistics = Statistics::default();
        let timings = Timings {
            render: 250,
            ..Timings::default()
        };
        statistics.add(
            10,
            Duration::from_millis(5),
            [(&timings, false)].into_iter(),
        );
        statistics.add(10, Duration::from_millis(5), [(&timings, true)].into_iter());
        let table = statistics.table(&CacheStats::default());
        assert!(
            table.contains("watch.template_render            0.250"),
            "{table}"
        );
        assert!(
            table.contains("2 passes · 2 files checked · 95.0 %"),
            "{table}"
        );
    }
}
