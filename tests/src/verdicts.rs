//! Verdicts of a report against a table of them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// What is said of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No error.
    Valid,
    /// These errors, in order of place.
    Invalid(Vec<Fault>),
    /// No test file.
    Skipped,
}

/// An error at its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Line, from 1.
    pub line: u64,
    /// Column, from 1; a table may leave it out.
    pub column: Option<u64>,
    /// Such as `S101`.
    pub code: String,
}

impl Fault {
    fn is(&self, found: &Self) -> bool {
        self.code == found.code
            && self.line == found.line
            && (self.column.is_none() || self.column == found.column)
    }
}

impl Verdict {
    /// Whether a report says what the table says.
    #[must_use]
    pub fn holds(&self, found: &Self) -> bool {
        match (self, found) {
            (Self::Invalid(expected), Self::Invalid(found)) => {
                expected.len() == found.len()
                    && expected.iter().zip(found).all(|(one, other)| one.is(other))
            }
            _ => self == found,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Valid => out.write_str("valid"),
            Self::Skipped => out.write_str("skipped"),
            Self::Invalid(faults) => {
                out.write_str("invalid")?;
                faults.iter().try_for_each(|fault| {
                    write!(out, " {} {}", fault.code, fault.line)?;
                    fault
                        .column
                        .map_or(Ok(()), |column| write!(out, ":{column}"))
                })
            }
        }
    }
}

/// The rows of a Markdown table `| file | verdict | errors | why |`.
///
/// # Errors
/// A sentence about the first row that cannot be read.
pub fn table(markdown: &str) -> Result<BTreeMap<String, Verdict>, String> {
    markdown
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line
                .split(" | ")
                .map(|cell| cell.trim_matches(['|', ' ']))
                .collect();
            let [file, verdict, errors, ..] = cells.as_slice() else {
                return Err(format!("too few cells: {line}"));
            };
            let verdict = match *verdict {
                "valid" => Verdict::Valid,
                "skipped" => Verdict::Skipped,
                "invalid" => {
                    let mut faults: Vec<Fault> =
                        errors.split(", ").map(fault).collect::<Result<_, _>>()?;
                    faults.sort();
                    Verdict::Invalid(faults)
                }
                other => return Err(format!("no verdict: {other}")),
            };
            Ok((file.trim_matches('`').to_owned(), verdict))
        })
        .collect()
}

fn fault(text: &str) -> Result<Fault, String> {
    let wrong = || format!("no fault with its place: `{text}`");
    let (code, place) = text.split_once(' ').ok_or_else(wrong)?;
    let (line, column) = match place.split_once(':') {
        Some((line, column)) => (line, Some(column.parse().map_err(|_| wrong())?)),
        None => (place, None),
    };
    Ok(Fault {
        line: line.parse().map_err(|_| wrong())?,
        column,
        code: code.to_owned(),
    })
}

/// The verdicts of a `--format json` document.
#[must_use]
pub fn of_report(report: &Value) -> BTreeMap<String, Verdict> {
    let list = |key: &str| report[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut verdicts = BTreeMap::new();
    for file in list("skipped") {
        verdicts.insert(text(&file["path"]), Verdict::Skipped);
    }
    for file in list("files") {
        let mut faults: Vec<Fault> = file["diagnostics"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|diagnostic| diagnostic["severity"] == "error")
            .map(|diagnostic| Fault {
                line: diagnostic["primary"]["start"]["line"]
                    .as_u64()
                    .unwrap_or_default(),
                column: diagnostic["primary"]["start"]["column"].as_u64(),
                code: text(&diagnostic["code"]),
            })
            .collect();
        faults.sort();
        let verdict = if file["valid"] == true {
            Verdict::Valid
        } else {
            Verdict::Invalid(faults)
        };
        verdicts.insert(text(&file["path"]), verdict);
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::{Fault, Verdict, of_report, table};

    #[test]
    fn a_table_is_read_row_by_row() {
        let rows = table(
            "| file | verdict |\n|---|---|\n| `a/b.toml` | invalid | T102 3, S101 2:7 | because |\n| `c` | valid |  |  |\n",
        )
        .unwrap_or_default();
        let fault = |code: &str, line, column| Fault {
            line,
            column,
            code: code.to_owned(),
        };
        assert_eq!(
            rows["a/b.toml"],
            Verdict::Invalid(vec![fault("S101", 2, Some(7)), fault("T102", 3, None)])
        );
        assert_eq!(rows["c"], Verdict::Valid);
        assert!(table("| `a` | perhaps | | |").is_err());
    }

    #[test]
    fn a_column_that_the_table_leaves_out_may_be_any() {
        let report = serde_json::json!({"skipped": [], "files": [{"path": "a", "valid": false, "diagnostics": [
            {"severity": "warning", "code": "C103", "primary": {"start": {"line": 1, "column": 1}}},
            {"severity": "error", "code": "S101", "primary": {"start": {"line": 2, "column": 9}}},
        ]}]});
        let found = &of_report(&report)["a"];
        let rows = table("| `a` | invalid | S101 2 | |\n| `b` | invalid | S101 2:8 | |")
            .unwrap_or_default();
        assert!(rows["a"].holds(found));
        assert!(!rows["b"].holds(found));
        assert!(!Verdict::Valid.holds(found));
    }
}
