//! The report as one JSON document.

use clnrm_core::report::Report;

use super::print_bytes;
use crate::errors::Error;

/// Prints the report, and nothing else, to standard output.
pub fn print(report: &Report) -> Result<(), Error> {
    print_any(report)
}

/// Prints another document, and nothing else.
pub fn print_any(document: &impl serde::Serialize) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec(document).map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    print_bytes(&bytes)
}
