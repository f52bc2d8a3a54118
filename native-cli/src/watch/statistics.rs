//! What the loop took, by the published names.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use clnrm_core::cache::CacheStats;
use clnrm_core::report::Timings;
use hdrhistogram::Histogram;
use serde::Serialize;

use super::pass::Pass;
use super::usage::Usage;
use crate::check::micros;
use crate::printer::text::count;

/// Microseconds, to two digits: some kilobytes, however long the loop runs.
#[derive(Debug)]
struct Series(Option<Histogram<u64>>);

impl Default for Series {
    fn default() -> Self {
        const DIGITS: u8 = 2;
        // It refuses only more digits than five.
        Self(Histogram::new(DIGITS).ok())
    }
}

impl Series {
    fn add(&mut self, micros: u64) {
        if let Some(histogram) = &mut self.0 {
            // It grows with the largest value, and refuses none below an age of years.
            let _ = histogram.record(micros);
        }
    }

    fn quantiles(&self) -> Quantiles {
        let millis = |quantile| {
            let micros = self
                .0
                .as_ref()
                .map_or(0, |series| series.value_at_quantile(quantile));
            in_millis(micros)
        };
        Quantiles {
            p50: millis(0.50),
            p95: millis(0.95),
            p99: millis(0.99),
            count: self.0.as_ref().map_or(0, Histogram::len),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "three decimals are shown")]
fn in_millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

/// Milliseconds.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
struct Quantiles {
    p50: f64,
    p95: f64,
    p99: f64,
    /// How many values these are of.
    count: u64,
}

/// The series of a loop.
#[derive(Debug)]
pub struct Statistics {
    began: Instant,
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
    /// Checking, all passes together.
    checking: Duration,
    /// Files that were checked at the same time in the last pass.
    active: usize,
}

impl Default for Statistics {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            file_detection: Series::default(),
            hash_computation: Series::default(),
            cache_lookup: Series::default(),
            template_render: Series::default(),
            toml_parse: Series::default(),
            config_validate: Series::default(),
            total_latency: Series::default(),
            passes: 0,
            checked: 0,
            rendered: 0,
            files: 0,
            checking: Duration::ZERO,
            active: 0,
        }
    }
}

/// What `--metrics` writes. The names are published.
#[derive(Debug, Serialize)]
struct Metrics {
    #[serde(rename = "watch.file_detection_ms")]
    file_detection: Quantiles,
    #[serde(rename = "watch.hash_computation_ms")]
    hash_computation: Quantiles,
    #[serde(rename = "watch.cache_lookup_ms")]
    cache_lookup: Quantiles,
    #[serde(rename = "watch.template_render_ms")]
    template_render: Quantiles,
    #[serde(rename = "watch.toml_parse_ms")]
    toml_parse: Quantiles,
    #[serde(rename = "watch.config_validate_ms")]
    config_validate: Quantiles,
    #[serde(rename = "watch.total_latency_ms")]
    total_latency: Quantiles,
    #[serde(rename = "watch.passes")]
    passes: usize,
    #[serde(rename = "watch.files_checked")]
    checked: usize,
    #[serde(rename = "watch.renders_avoided")]
    avoided: f64,
    #[serde(rename = "cache.hit_rate")]
    hit_rate: f64,
    #[serde(rename = "cache.miss_rate")]
    miss_rate: f64,
    #[serde(rename = "cache.eviction_rate")]
    eviction_rate: f64,
    #[serde(rename = "cache.memory_usage_bytes")]
    cache_bytes: usize,
    #[serde(rename = "parallel.active_tasks")]
    active: usize,
    #[serde(rename = "parallel.throughput_tests_per_sec")]
    throughput: f64,
    #[serde(rename = "parallel.resource_usage_pct")]
    usage: Usage,
}

impl Statistics {
    /// Adds a pass over `files` files of which those with these timings were checked, `jobs` at a
    /// time. `printing` is what it took to show it.
    pub fn add<'a>(
        &mut self,
        pass: &Pass,
        files: usize,
        jobs: usize,
        printing: Duration,
        checked: impl Iterator<Item = (&'a Timings, bool)>,
    ) {
        self.passes += 1;
        self.files += files;
        self.checking += pass.checking;
        self.active = jobs.min(pass.checked.len());
        self.total_latency.add(micros(pass.latency + printing));
        for after in &pass.detected {
            self.file_detection.add(micros(*after));
        }
        for (timings, cached) in checked {
            self.checked += 1;
            self.rendered += usize::from(!cached);
            self.hash_computation.add(timings.hash);
            self.cache_lookup.add(timings.cache);
            self.config_validate.add(timings.validate);
            if !cached {
                self.template_render.add(timings.render);
                self.toml_parse.add(timings.parse);
            }
        }
    }

    fn series(&self) -> [(&'static str, &Series); 7] {
        [
            ("file_detection", &self.file_detection),
            ("hash_computation", &self.hash_computation),
            ("cache_lookup", &self.cache_lookup),
            ("template_render", &self.template_render),
            ("toml_parse", &self.toml_parse),
            ("config_validate", &self.config_validate),
            ("total_latency", &self.total_latency),
        ]
    }

    /// 1 − renders ÷ (files × passes): against a loop without memory, which renders everything each
    /// time.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    fn avoided(&self) -> f64 {
        (1.0 - self.rendered as f64 / self.files.max(1) as f64).max(0.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    fn throughput(&self) -> f64 {
        self.checked as f64 / self.checking.as_secs_f64().max(1e-6)
    }

    /// A table for people.
    pub fn table(&self, cache: &CacheStats) -> String {
        let mut out = format!("{:<17}{:>7}{:>7}{:>7}\n", "ms", "p50", "p95", "p99");
        for (name, series) in self.series() {
            let Quantiles { p50, p95, p99, .. } = series.quantiles();
            let _ = writeln!(out, "{name:<17}{p50:>7.2}{p95:>7.2}{p99:>7.2}");
        }
        let _ = writeln!(
            out,
            "{} · {} checked · {:.0} a second",
            passes(self.passes),
            count(self.checked, "file"),
            self.throughput()
        );
        let _ = writeln!(out, "{:.1} % of renders avoided", self.avoided() * 100.0);
        let _ = writeln!(
            out,
            "cache: {:.1} % hits · {} · {} evicted · {} KiB",
            cache.hit_rate * 100.0,
            entries(cache.entries),
            cache.evictions,
            cache.memory_bytes / 1024
        );
        let usage = Usage::since(self.began);
        if let (Some(cpu), Some(bytes)) = (usage.cpu, usage.memory_bytes) {
            let _ = writeln!(
                out,
                "process: {cpu:.1} % of a processor · {:.1} MiB",
                in_mebibytes(bytes)
            );
        }
        out
    }

    /// One JSON document for programs.
    pub fn metrics(&self, cache: &CacheStats) -> serde_json::Result<Vec<u8>> {
        #[expect(clippy::cast_precision_loss, reason = "rates")]
        let lookups = (cache.hits + cache.misses).max(1) as f64;
        #[expect(clippy::cast_precision_loss, reason = "rates")]
        let rate = |number: u64| number as f64 / lookups;
        let metrics = Metrics {
            file_detection: self.file_detection.quantiles(),
            hash_computation: self.hash_computation.quantiles(),
            cache_lookup: self.cache_lookup.quantiles(),
            template_render: self.template_render.quantiles(),
            toml_parse: self.toml_parse.quantiles(),
            config_validate: self.config_validate.quantiles(),
            total_latency: self.total_latency.quantiles(),
            passes: self.passes,
            checked: self.checked,
            avoided: self.avoided(),
            hit_rate: rate(cache.hits),
            miss_rate: rate(cache.misses),
            eviction_rate: rate(cache.evictions),
            cache_bytes: cache.memory_bytes,
            active: self.active,
            throughput: self.throughput(),
            usage: Usage::since(self.began),
        };
        let mut bytes = serde_json::to_vec_pretty(&metrics)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn in_mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
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

    fn after_two_passes() -> Statistics {
        let mut statistics = Statistics::default();
        let timings = Timings {
            render: 250,
            ..Timings::default()
        };
        for cached in [false, true] {
            let mut pass = Pass::new(Instant::now());
            pass.latency = Duration::from_millis(5);
            pass.detected.push(Duration::from_micros(300));
            let checked = [(&timings, cached)].into_iter();
            statistics.add(&pass, 10, 2, Duration::from_millis(1), checked);
        }
        statistics
    }

    #[test]
    fn a_table_of_what_passes_took() {
        let table = after_two_passes().table(&CacheStats::default());
        assert!(
            table.contains("template_render     0.25   0.25   0.25\n"),
            "{table}"
        );
        assert!(table.contains("total_latency       6.0"), "{table}");
        assert!(table.contains("2 passes · 2 files checked"), "{table}");
        assert!(table.contains("95.0 % of renders avoided"), "{table}");
        assert!(table.lines().take(8).all(|line| line.len() <= 40));
    }

    #[test]
    fn metrics_go_by_the_published_names() {
        let cache = CacheStats {
            hits: 3,
            misses: 1,
            evictions: 1,
            memory_bytes: 4096,
            ..CacheStats::default()
        };
        let bytes = after_two_passes().metrics(&cache).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        for stage in [
            "file_detection",
            "hash_computation",
            "cache_lookup",
            "template_render",
            "toml_parse",
            "config_validate",
            "total_latency",
        ] {
            let series = &json[format!("watch.{stage}_ms")];
            for quantile in ["p50", "p95", "p99"] {
                assert!(series[quantile].is_number(), "{stage} {quantile}");
            }
        }
        assert_eq!(json["watch.file_detection_ms"]["count"], 2);
        assert_eq!(json["cache.hit_rate"], 0.75);
        assert_eq!(json["cache.miss_rate"], 0.25);
        assert_eq!(json["cache.eviction_rate"], 0.25);
        assert_eq!(json["cache.memory_usage_bytes"], 4096);
        for name in ["active_tasks", "throughput_tests_per_sec"] {
            assert!(json[format!("parallel.{name}")].is_number(), "{name}");
        }
        assert!(json["parallel.resource_usage_pct"].is_object());
    }
}
