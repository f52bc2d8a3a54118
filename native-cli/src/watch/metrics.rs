//! Keeping the statistics in a file, for programs that look now and then.

use std::io;
use std::path::Path;
use std::time::Duration;

/// How often at most, but for the end: a pass takes less time than writing the file.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes the file whole, or leaves the one before: a reader never sees half of it.
pub fn write(
    path: &Path,
    text: impl FnOnce() -> serde_json::Result<Vec<u8>>,
    at_the_end: bool,
) -> io::Result<()> {
    let age = path
        .metadata()
        .and_then(|meta| meta.modified())
        .ok()
        .and_then(|modified| modified.elapsed().ok());
    if !at_the_end && age.is_some_and(|age| age < PAUSE) {
        return Ok(());
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    std::fs::write(&beside, text()?)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_now_and_then_and_in_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.json");
        let text = |text: &str| {
            let bytes = text.as_bytes().to_vec();
            move || Ok(bytes)
        };
        let read = || std::fs::read_to_string(&path).unwrap();
        write(&path, text("one"), false).unwrap();
        write(&path, text("two"), false).unwrap();
        assert_eq!(read(), "one");
        write(&path, text("three"), true).unwrap();
        assert_eq!(read(), "three");
        assert_eq!(dir.path().read_dir().unwrap().count(), 1);
    }
}
