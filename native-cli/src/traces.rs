//! Reading traces from files and standard input, piece by piece.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clnrm_core::trace::{Trace, TraceError, TraceReader};

use crate::discover::STDIN;
use crate::disk::ReadFault;
use crate::errors::Error;
use crate::paths::Base;

/// Bytes read at a time.
const PIECE: usize = 1 << 16;

/// Reads files as one trace; `-` is standard input.
pub fn read_all(base: &Base, files: &[PathBuf]) -> Result<Trace, Error> {
    let mut trace = Trace::default();
    for file in files {
        trace.merge(read(base, file)?);
    }
    Ok(trace)
}

/// Reads one file; `-` is standard input.
pub fn read(base: &Base, file: &Path) -> Result<Trace, Error> {
    if file == Path::new(STDIN) {
        return pieces(&mut io::stdin().lock(), "<stdin>");
    }
    let path = base.absolute(file);
    let name = base.name(&path);
    let unreadable = |fault: io::Error| Error::Unreadable {
        reason: ReadFault::from(fault).reason(&name),
        name: name.to_string(),
    };
    let mut file = File::open(&path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Error::Unreadable {
            reason: "it is a folder; name the files in it".to_owned(),
            name: name.to_string(),
        });
    }
    pieces(&mut file, &name)
}

fn pieces(from: &mut impl Read, name: &str) -> Result<Trace, Error> {
    let bad = |error: TraceError| Error::BadTrace {
        name: name.to_owned(),
        reason: error.to_string(),
        help: error.help,
    };
    let mut reader = TraceReader::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return reader.finish().map_err(bad),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(Error::Unreadable {
                    reason: ReadFault::from(error).reason(name),
                    name: name.to_owned(),
                });
            }
        };
        reader.feed(&piece[..read]).map_err(bad)?;
    }
}
