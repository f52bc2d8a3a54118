//! Keys on a terminal.

use std::io::Read as _;
use std::sync::Arc;

use super::inbox::Inbox;

/// What a key asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// Everything again.
    Again,
    /// Stop reacting, or go on.
    Pause,
    /// Failures only, or warnings too.
    Failures,
    /// The next level.
    Level,
    /// Where the time went.
    Statistics,
    /// An empty screen.
    Clear,
    /// The keys.
    Help,
    /// Leave.
    Leave,
}

/// The keys, for people.
pub const HELP: &str = "\
r, a, Enter  everything again
p            pause, go on
f            failures only, warnings too
l            next level: syntax, semantic, structure
s            statistics
c            clear the screen
h            this help
q, Ctrl-C    leave
";

impl Key {
    /// The key that a byte from a terminal stands for.
    const fn of(byte: u8) -> Option<Self> {
        Some(match byte.to_ascii_lowercase() {
            b'r' | b'a' | b'\r' | b'\n' => Self::Again,
            b'p' => Self::Pause,
            b'f' => Self::Failures,
            b'l' => Self::Level,
            b's' => Self::Statistics,
            b'c' => Self::Clear,
            b'h' | b'?' => Self::Help,
            // End of input: the terminal is gone, or Ctrl-D.
            b'q' | 4 => Self::Leave,
            _ => return None,
        })
    }

    /// The keys among what was read at once. Keys without a letter, such as arrows, come as an
    /// escape and letters that are not meant.
    fn all(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let plain = bytes.split(|byte| *byte == 0x1b).next().unwrap_or_default();
        plain.iter().copied().filter_map(Self::of)
    }
}

/// Tells of keys as they are pressed.
pub fn listen(inbox: Arc<Inbox>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 64];
        loop {
            match std::io::stdin().lock().read(&mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(length) => Key::all(&bytes[..length]).for_each(|key| inbox.pressed(key)),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_help_does_something() {
        for line in HELP.lines() {
            for key in line[..11].split(", ") {
                let key = key.trim();
                let byte = match key {
                    "Enter" => b'\n',
                    "Ctrl-C" => continue,
                    letter => letter.as_bytes()[0],
                };
                assert!(Key::of(byte).is_some(), "{key}");
            }
        }
        assert_eq!(Key::of(b'x'), None);
    }

    #[test]
    fn an_arrow_is_no_letter() {
        let keys = |bytes: &[u8]| Key::all(bytes).collect::<Vec<_>>();
        assert_eq!(keys(b"\x1b[A"), []);
        assert_eq!(keys(b"ps"), [Key::Pause, Key::Statistics]);
    }
}
