//! Keys on a terminal.

use std::sync::mpsc::Sender;

use super::events::Message;

/// What a key asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// Everything again.
    Again,
    /// Stop reacting, or go on.
    Pause,
    /// Errors only, or warnings too.
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
f            errors only, warnings too
l            next level: syntax, semantic, structure
s            statistics
c            clear the screen
h            this help
q, Ctrl-C    leave
";

impl Key {
    /// The key that a byte from a terminal stands for.
    pub const fn of(byte: u8) -> Option<Self> {
        Some(match byte.to_ascii_lowercase() {
            b'r' | b'a' | b'\r' | b'\n' => Self::Again,
            b'p' => Self::Pause,
            b'f' => Self::Failures,
            b'l' => Self::Level,
            b's' => Self::Statistics,
            b'c' => Self::Clear,
            b'h' | b'?' => Self::Help,
            b'q' => Self::Leave,
            _ => return None,
        })
    }
}

/// A terminal that gives single keys; as it was again when this is dropped, also by a panic.
#[cfg(unix)]
#[derive(Debug)]
pub struct Keyboard(rustix::termios::Termios);

#[cfg(unix)]
impl Keyboard {
    /// Sends keys as they are pressed. `None` where standard input is no terminal, or another job
    /// of the shell has it.
    pub fn listen(sender: Sender<Message>) -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetpgrp, tcsetattr};
        use std::io::Read as _;

        let stdin = rustix::stdio::stdin();
        let before = tcgetattr(stdin).ok()?;
        // To read from the background would stop the process.
        if tcgetpgrp(stdin).ok()? != rustix::process::getpgrp() {
            return None;
        }
        let mut modes = before.clone();
        // Single keys, unseen. Ctrl-C stays a signal.
        modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        tcsetattr(stdin, OptionalActions::Now, &modes).ok()?;
        let keyboard = Self(before);
        std::thread::spawn(move || {
            for byte in std::io::stdin().lock().bytes() {
                let Ok(byte) = byte else { return };
                if let Some(key) = Key::of(byte)
                    && sender.send(Message::Pressed(key)).is_err()
                {
                    return;
                }
            }
        });
        Some(keyboard)
    }
}

#[cfg(unix)]
impl Drop for Keyboard {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // A terminal that went away needs no restoring.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Elsewhere Ctrl-C is the only key.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Keyboard;

#[cfg(not(unix))]
impl Keyboard {
    /// No keys.
    pub fn listen(_sender: Sender<Message>) -> Option<Self> {
        None
    }
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
}
