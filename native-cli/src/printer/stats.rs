//! Where the time of a check went (`--stats`).

use std::fmt::Write;

use clnrm_core::report::{Report, Timings};

use super::text::{count, duration};

/// A table of the stages: the sum, and what a file took at the median, at 95 % and at 99 %.
pub fn table(report: &Report) -> String {
    type Pick = fn(&Timings) -> u64;
    let stages: [(&str, Pick); 7] = [
        ("read", |t| t.read),
        ("hash", |t| t.hash),
        ("cache", |t| t.cache),
        ("render", |t| t.render),
        ("parse", |t| t.parse),
        ("validate", |t| t.validate),
        ("total", |t| t.total),
    ];
    let mut out = format!(
        "{:<10}{:>10}{:>10}{:>10}{:>10}\n",
        "stage", "sum", "p50", "p95", "p99"
    );
    for (name, pick) in stages {
        let mut times: Vec<u64> = report.files.iter().map(|f| pick(&f.timings_us)).collect();
        times.sort_unstable();
        let sum = times.iter().sum();
        let _ = writeln!(
            out,
            "{name:<10}{:>10}{:>7} µs{:>7} µs{:>7} µs",
            duration(sum),
            percentile(&times, 50),
            percentile(&times, 95),
            percentile(&times, 99)
        );
    }
    let summary = &report.summary;
    #[expect(clippy::cast_precision_loss, reason = "a rate, rounded")]
    let rate = summary.files as f64 / (summary.duration_us.max(1) as f64 / 1e6);
    let _ = writeln!(
        out,
        "{} in {}, {rate:.0} a second, {} from the cache",
        count(summary.files, "file"),
        duration(summary.duration_us),
        summary.cached
    );
    out
}

/// The value that `percent` of the sorted values do not exceed; 0 without values.
pub fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let values: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&values, 50), 50);
        assert_eq!(percentile(&values, 99), 99);
        assert_eq!(percentile(&[7], 50), 7);
        assert_eq!(percentile(&[], 50), 0);
    }
}
