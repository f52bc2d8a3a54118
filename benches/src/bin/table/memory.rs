//! The memory of the cold process: the largest resident set, as the system counted it.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use clnrm_benches::{SIZES, program, write_small_templates};
use wait4::Wait4;

use crate::error::Error;

/// Runs for each size, of which the largest counts.
const RUNS: usize = 3;

/// Bytes by the number of files.
pub fn peaks() -> Result<BTreeMap<usize, u64>, Error> {
    let mut peaks = BTreeMap::new();
    for size in SIZES {
        let folder = tempfile::tempdir().map_err(|error| Error::file(&program(), error))?;
        write_small_templates(folder.path(), size)
            .map_err(|error| Error::file(folder.path(), error))?;
        for _ in 0..RUNS {
            let peak = peak(folder.path())?;
            let largest = peaks.entry(size).or_insert(0);
            *largest = peak.max(*largest);
        }
    }
    Ok(peaks)
}

fn peak(folder: &std::path::Path) -> Result<u64, Error> {
    let path = program();
    let child = Command::new(&path)
        .arg("dry-run")
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| Error::file(&path, error))?;
    let used = child.wait4().map_err(|error| Error::file(&path, error))?;
    if !used.status.success() {
        let what = format!("`dry-run` ended with {}", used.status);
        return Err(Error::Program { path, what });
    }
    Ok(used.rusage.maxrss)
}
