//! The terminal: single keys, the alternate screen, and giving both back on every way out.

use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The other screen, without a cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// What was taken, for those who give it back: the guard, a panic, a signal.
#[derive(Debug)]
struct Taken {
    #[cfg(unix)]
    modes: Option<modes::Modes>,
    full_screen: bool,
}

static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

fn taken() -> MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A terminal that gives single keys, unseen; as it was again when this is dropped.
#[derive(Debug)]
pub struct Terminal {
    /// Whether keys can be read.
    pub has_keys: bool,
}

impl Terminal {
    /// Takes the terminal, and the other screen if that is wanted. There are no keys where standard
    /// input is no terminal, or another job of the shell has it.
    pub fn take(full_screen: bool) -> Self {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                // First, or the message would go with the other screen.
                give_back();
                before(panic);
            }));
        });
        #[cfg(unix)]
        let modes = modes::Modes::of_terminal();
        #[cfg(unix)]
        let has_keys = modes.is_some();
        #[cfg(not(unix))]
        let has_keys = false;
        *taken() = Some(Taken {
            #[cfg(unix)]
            modes,
            full_screen,
        });
        take_again();
        Self { has_keys }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
        *taken() = None;
    }
}

/// The terminal as it was.
pub fn give_back() {
    if let Some(taken) = &*taken() {
        #[cfg(unix)]
        if let Some(modes) = &taken.modes {
            modes.give_back();
        }
        if taken.full_screen {
            write(LEAVE);
        }
    }
}

/// The terminal as the loop wants it; nothing where there is no loop.
pub fn take_again() {
    if let Some(taken) = &*taken() {
        #[cfg(unix)]
        if let Some(modes) = &taken.modes {
            modes.take();
        }
        if taken.full_screen {
            write(ENTER);
        }
    }
}

fn write(text: &str) {
    let mut stdout = std::io::stdout().lock();
    // A terminal that went away needs nothing any more.
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

#[cfg(unix)]
mod modes {
    use rustix::stdio::stdin;
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

    /// How standard input was, and how it is to be.
    #[derive(Debug)]
    pub struct Modes {
        before: Termios,
        during: Termios,
    }

    impl Modes {
        pub fn of_terminal() -> Option<Self> {
            let before = tcgetattr(stdin()).ok()?;
            if !in_front() {
                return None;
            }
            let mut during = before.clone();
            // Single keys, unseen. Ctrl-C stays a signal.
            during.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            Some(Self { before, during })
        }

        pub fn take(&self) {
            set(&self.during);
        }

        pub fn give_back(&self) {
            set(&self.before);
        }
    }

    fn set(modes: &Termios) {
        // From the background it would stop the process.
        if in_front() {
            let _ = tcsetattr(stdin(), OptionalActions::Now, modes);
        }
    }

    /// Whether the shell gave the terminal to this job.
    fn in_front() -> bool {
        tcgetpgrp(stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    #[ignore = "run by the next test, on a terminal of its own"]
    fn panics_with_the_terminal_taken() {
        let terminal = Terminal::take(true);
        assert!(terminal.has_keys, "not in front of a terminal");
        panic!("on purpose");
    }

    /// What `script` records of a shell command on a terminal of its own.
    fn on_a_terminal(command: &str) -> String {
        let output = Command::new("script")
            .args(["--quiet", "--return", "--command", command, "/dev/null"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[test]
    fn a_panic_gives_the_terminal_back() {
        let this = std::env::current_exe().unwrap();
        let recorded = on_a_terminal(&format!(
            "stty -a; echo; '{}' --ignored --exact --nocapture \
             watch::terminal::tests::panics_with_the_terminal_taken; echo; stty -a",
            this.display()
        ));
        let (before, rest) = recorded.split_once(ENTER).expect(&recorded);
        let (taken, after) = rest.split_once(LEAVE).expect(&recorded);
        assert!(!taken.contains("on purpose"), "{recorded}");
        assert!(after.contains("on purpose"), "{recorded}");
        let modes = |text: &str| {
            let words = text.split_whitespace();
            words
                .filter(|word| ["icanon", "-icanon", "echo", "-echo"].contains(word))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(modes(before), ["icanon", "echo"], "{recorded}");
        assert_eq!(modes(after), modes(before), "{recorded}");
    }
}
