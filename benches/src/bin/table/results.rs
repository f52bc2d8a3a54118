//! What criterion measured, as it wrote it down.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::error::Error;

/// What our own way is called, by group; elsewhere `clnrm`. All others are peers.
const OURS: [(&str, &str); 6] = [
    ("level", "structure"),
    ("read", "sized buffer"),
    ("many files", "rayon"),
    ("handle", "Arc<str>"),
    ("buffer", "allocated"),
    ("names", "String"),
];

/// What one benchmark took, in nanoseconds.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The group.
    pub group: String,
    /// What was measured.
    pub function: String,
    /// With which input.
    pub input: Option<String>,
    /// The median of the samples.
    pub median: f64,
    /// The slowest of the samples.
    pub slowest: f64,
}

/// All benchmarks by `group/function/input`.
#[derive(Debug)]
pub struct Results(BTreeMap<String, Measured>);

impl Results {
    /// Reads what stands below criterion's folder.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let mut results = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).map_err(|error| Error::file(&folder, error))?;
            for entry in entries {
                let path = entry.map_err(|error| Error::file(&folder, error))?.path();
                if !path.is_dir() {
                    continue;
                }
                if path.ends_with("new") {
                    let measured = Measured::read(&path)?;
                    results.insert(measured.id(), measured);
                } else {
                    folders.push(path);
                }
            }
        }
        Ok(Self(results))
    }

    /// One benchmark.
    pub fn get(&self, id: &str) -> Result<&Measured, Error> {
        self.0.get(id).ok_or_else(|| Error::Missing {
            name: id.to_owned(),
        })
    }

    /// The table of a group: for each input what is ours first, then the peers, the fastest first.
    pub fn table(&self, group: &str) -> Result<String, Error> {
        let mut rows: Vec<&Measured> = self.0.values().filter(|row| row.group == group).collect();
        if rows.is_empty() {
            return Err(Error::Missing {
                name: group.to_owned(),
            });
        }
        rows.sort_by(|a, b| {
            let order = |row: &Measured| (row.size(), row.input.clone(), !row.is_ours());
            order(a).cmp(&order(b)).then(a.median.total_cmp(&b.median))
        });
        let mut table = String::from("| | median | slowest sample | ratio |\n|---|--:|--:|--:|\n");
        for row in &rows {
            let ours = rows
                .iter()
                .find(|other| other.is_ours() && other.input == row.input);
            let ratio = match ours {
                Some(ours) if !row.is_ours() => format!("{}×", round(row.median / ours.median)),
                Some(_) => "1×".into(),
                None => String::new(),
            };
            let name = match &row.input {
                Some(input) => format!("{}, {input}", row.function),
                None => row.function.clone(),
            };
            let (median, slowest) = (time(row.median), time(row.slowest));
            // Writing to a string cannot fail.
            _ = writeln!(table, "| {name} | {median} | {slowest} | {ratio} |");
        }
        Ok(table)
    }
}

impl Measured {
    fn read(folder: &Path) -> Result<Self, Error> {
        let benchmark = json(&folder.join("benchmark.json"))?;
        let estimates = json(&folder.join("estimates.json"))?;
        let sample = json(&folder.join("sample.json"))?;
        let text = |name: &str| benchmark[name].as_str().map(str::to_owned);
        let numbers = |name: &str| {
            let numbers = sample[name].as_array().into_iter().flatten();
            numbers.filter_map(Value::as_f64)
        };
        let of_one = numbers("times").zip(numbers("iters"));
        let slowest = of_one.map(|(time, turns)| time / turns).reduce(f64::max);
        let read = || {
            Some(Self {
                group: text("group_id")?,
                function: text("function_id")?,
                input: text("value_str"),
                median: estimates["median"]["point_estimate"].as_f64()?,
                slowest: slowest?,
            })
        };
        read().ok_or_else(|| Error::Format {
            path: folder.to_owned(),
        })
    }

    fn id(&self) -> String {
        match &self.input {
            Some(input) => format!("{}/{}/{input}", self.group, self.function),
            None => format!("{}/{}", self.group, self.function),
        }
    }

    fn is_ours(&self) -> bool {
        let ours = OURS.iter().find(|(group, _)| *group == self.group);
        self.function == ours.map_or("clnrm", |(_, function)| *function)
    }

    /// The input as a number, so that 10 stands before 100.
    fn size(&self) -> u64 {
        let input = self.input.as_deref().unwrap_or_default();
        input.parse().unwrap_or_default()
    }
}

fn json(path: &Path) -> Result<Value, Error> {
    let bytes = fs::read(path).map_err(|error| Error::file(path, error))?;
    serde_json::from_slice(&bytes).map_err(|_| Error::Format {
        path: path.to_owned(),
    })
}

/// Nanoseconds for people: three digits that count.
pub fn time(nanoseconds: f64) -> String {
    let (number, unit) = match nanoseconds {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    format!("{} {unit}", round(number))
}

/// A number with three digits that count.
pub fn round(number: f64) -> String {
    match number {
        n if n < 9.995 => format!("{n:.2}"),
        n if n < 99.95 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        let shown = [0.5, 12.34, 999.6, 1_234.0, 45_678_900.0, 2.5e9].map(time);
        assert_eq!(
            shown,
            [
                "0.50 ns", "12.3 ns", "1000 ns", "1.23 µs", "45.7 ms", "2.50 s"
            ]
        );
    }
}
