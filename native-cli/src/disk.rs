//! Reading files: one by one, and as the place where includes and imports come from.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use clnrm_core::checker::too_large;
use clnrm_core::diagnostic::Code;
use clnrm_core::source::{LineIndex, Position, Source, SourceError, Sources};

use crate::discover::names::{self, Kind};
use crate::paths::{Base, is_loop};

/// Why a file could not be had as text.
#[derive(Debug)]
pub enum ReadFault {
    /// It does not exist.
    Missing,
    /// It is a folder.
    Folder,
    /// Its symbolic links lead in a circle.
    Loop,
    /// It is larger than a source may be.
    TooLarge {
        /// Its size, as far as it was read.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// It is no UTF-8.
    NotUtf8 {
        /// The first byte that does not belong.
        at: Position,
        /// It looks like UTF-16: another advice.
        utf16: bool,
    },
    /// The system refuses; its words.
    Refused(io::Error),
}

impl From<io::Error> for ReadFault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            io::ErrorKind::IsADirectory => Self::Folder,
            _ if is_loop(&error) => Self::Loop,
            _ => Self::Refused(error),
        }
    }
}

impl ReadFault {
    /// As a diagnostic about the file `name`: code, message, help.
    pub fn describe(&self, name: &str) -> (Code, String, String) {
        let (code, message, help) = match self {
            Self::Missing => (
                Code::F101,
                format!("`{name}` does not exist"),
                "check the spelling, or drop it from the command".into(),
            ),
            Self::Folder if names::kind(last(name)) == Kind::Other => (
                Code::F103,
                format!("`{name}` is a folder"),
                "name one file in it".into(),
            ),
            Self::Folder => (
                Code::F103,
                format!("`{name}` is a folder, and is named like a test file"),
                format!("rename it; to search it, write `{name}/`"),
            ),
            Self::Loop => (
                Code::F105,
                format!("`{name}` is a symbolic link that leads back to itself"),
                "point it at a file, or remove it".into(),
            ),
            Self::TooLarge { bytes, limit } => {
                let (message, help) = too_large(name, *bytes, *limit);
                (Code::T109, message, help.into())
            }
            Self::NotUtf8 { at, utf16 } => (
                Code::S103,
                format!(
                    "`{name}` is not UTF-8: the first bad byte is at offset {}",
                    at.offset
                ),
                if *utf16 {
                    "it looks like UTF-16: save it as UTF-8".into()
                } else {
                    "save it as UTF-8".into()
                },
            ),
            Self::Refused(error) => (
                Code::F102,
                format!("`{name}` cannot be read: {}", reason(error)),
                match error.kind() {
                    io::ErrorKind::PermissionDenied => {
                        "give yourself the right to read it (`chmod u+r`)".into()
                    }
                    _ => "try again, or check the disk it lies on".into(),
                },
            ),
        };
        (code, message, help)
    }

    /// Where in the file it is: its start where it is all of it.
    pub fn place(&self) -> Position {
        match self {
            Self::NotUtf8 { at, .. } => *at,
            _ => Position::START,
        }
    }

    /// The same in one clause, for a command that works on one file.
    pub fn reason(&self, name: &str) -> String {
        let (_, message, help) = self.describe(name);
        let message = message
            .strip_prefix(&format!("`{name}` "))
            .map_or(message.clone(), |rest| format!("it {rest}"));
        format!("{message}; {help}")
    }
}

/// The last part of a path as people write it.
fn last(name: &str) -> &str {
    let name = name.trim_end_matches('/');
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

/// The system's words without its error number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// Reads a whole file. At most `limit` bytes are ever read, whatever the file claims to be.
///
/// A plain read into a buffer of the right size: for files of a few KB several times faster than
/// mapping them.
pub fn read(path: &Path, limit: usize) -> Result<String, ReadFault> {
    let mut file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(ReadFault::Folder);
    }
    if meta.len() > limit as u64 {
        return Err(ReadFault::TooLarge {
            bytes: meta.len(),
            limit: limit as u64,
        });
    }
    let expected = usize::try_from(meta.len()).unwrap_or(0);
    read_all(&mut file, expected, limit)
}

/// Reads standard input, or anything else that has no size, to its end.
pub fn read_all(from: &mut impl Read, expected: usize, limit: usize) -> Result<String, ReadFault> {
    let mut bytes = Vec::with_capacity(expected.min(limit) + 1);
    from.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(ReadFault::TooLarge {
            bytes: bytes.len() as u64,
            limit: limit as u64,
        });
    }
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let good = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        ReadFault::NotUtf8 {
            at: LineIndex::new(good).position(good, good.len()),
            utf16: matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]),
        }
    })
}

/// Puts `text` in the place of a file: written beside it and moved over it, so that whoever reads it
/// meanwhile sees the old text or the new one whole. Its permissions stay.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new()
        .prefix(".clnrm-")
        .tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file()
        .set_permissions(path.metadata()?.permissions())?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
}

type Loaded = Result<Option<Arc<Source>>, SourceError>;

/// The disk as the core sees it. What was looked for once is remembered, also that it is absent, so
/// that a file which a thousand templates include is read once; [`DiskSources::forget_all`] ends that.
#[derive(Debug)]
pub struct DiskSources {
    base: Base,
    limit: usize,
    known: Mutex<HashMap<Arc<str>, Loaded>>,
}

impl DiskSources {
    /// Nothing read yet.
    pub fn new(base: Base, limit: usize) -> Self {
        Self {
            base,
            limit,
            known: Mutex::default(),
        }
    }

    /// Reads everything anew when it is asked for next.
    pub fn forget_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Arc<str>, Loaded>> {
        // The map is whole between any two statements: a panic elsewhere does not spoil it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, name: &str) -> Loaded {
        match read(&self.base.path(name), self.limit) {
            Ok(text) => Ok(Some(Arc::new(Source::new(name, text)))),
            Err(ReadFault::Missing | ReadFault::Folder) => Ok(None),
            Err(ReadFault::NotUtf8 { at, .. }) => Err(SourceError::NotUtf8 { offset: at.offset }),
            Err(ReadFault::TooLarge { bytes, limit }) => {
                Err(SourceError::TooLarge { bytes, limit })
            }
            Err(ReadFault::Loop) => Err(SourceError::Unreadable(
                "a symbolic link that leads back to itself".into(),
            )),
            Err(ReadFault::Refused(error)) => Err(SourceError::Unreadable(reason(&error))),
        }
    }
}

impl Sources for DiskSources {
    fn load(&self, name: &str) -> Loaded {
        if let Some(loaded) = self.lock().get(name) {
            return loaded.clone();
        }
        // Read outside the lock: two threads may read the same file once each, none waits.
        let loaded = self.read(name);
        self.lock().entry(name.into()).or_insert(loaded).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1024;

    fn sources() -> (tempfile::TempDir, DiskSources) {
        let dir = tempfile::tempdir().unwrap();
        let base = Base::at(dir.path().to_owned());
        (dir, DiskSources::new(base, LIMIT))
    }

    #[test]
    fn a_file_is_read_once_until_it_is_forgotten() {
        let (dir, sources) = sources();
        let path = dir.path().join("a");
        assert_eq!(sources.load("a").unwrap().map(|s| s.text.clone()), None);
        std::fs::write(&path, "one").unwrap();
        assert!(sources.load("a").unwrap().is_none(), "absence is known too");
        sources.forget_all();
        assert_eq!(&*sources.load("a").unwrap().unwrap().text, "one");
        std::fs::write(&path, "two").unwrap();
        assert_eq!(&*sources.load("a").unwrap().unwrap().text, "one");
        sources.forget_all();
        assert_eq!(&*sources.load("a").unwrap().unwrap().text, "two");
    }

    #[test]
    fn what_is_no_text_is_an_error_and_a_folder_is_nothing() {
        let (dir, sources) = sources();
        std::fs::write(dir.path().join("bad"), b"ab\xff").unwrap();
        std::fs::write(dir.path().join("big"), vec![b'a'; LIMIT + 1]).unwrap();
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        assert_eq!(
            sources.load("bad").unwrap_err(),
            SourceError::NotUtf8 { offset: 2 }
        );
        assert!(matches!(
            sources.load("big").unwrap_err(),
            SourceError::TooLarge { bytes: 1025, .. }
        ));
        assert!(sources.load("folder").unwrap().is_none());
        assert!(sources.load("bad/under").unwrap().is_none());
    }

    #[test]
    fn a_stream_without_end_is_cut_at_the_limit() {
        let fault = read_all(&mut io::repeat(b'a'), 0, LIMIT).unwrap_err();
        assert!(matches!(fault, ReadFault::TooLarge { .. }));
    }

    #[test]
    fn faults_say_what_to_do() {
        let fault = ReadFault::NotUtf8 {
            at: Position::START,
            utf16: true,
        };
        let (code, message, help) = fault.describe("a.clnrm.toml");
        assert_eq!(code, Code::S103);
        assert!(message.contains("offset 0") && help.contains("UTF-16"));
        assert_eq!(
            ReadFault::Missing.reason("x"),
            "it does not exist; check the spelling, or drop it from the command"
        );
    }
}
