//! Gathering a burst of events into one batch: a save is three to twenty-four of them, a checkout
//! hundreds.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::events::{Message, Stop};
use super::keys::Key;

/// How long to wait for more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The burst is over when nothing came for so long.
    pub quiet: Duration,
    /// It is taken for over after so long, whatever comes.
    pub longest: Duration,
    /// Act at once when a writer says that it is done.
    pub adaptive: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(50),
            longest: Duration::from_millis(200),
            adaptive: false,
        }
    }
}

/// What happened in one burst.
#[derive(Debug, Default)]
pub struct Batch {
    /// The paths that were touched.
    pub paths: BTreeSet<PathBuf>,
    /// Whether events were lost, so that anything may have been touched.
    pub lost: bool,
    /// When the first event arrived.
    pub since: Option<Instant>,
    /// A key that was pressed: it ends the burst, and is obeyed after it.
    pub key: Option<Key>,
}

impl Batch {
    /// As if everything had been touched just now.
    pub fn everything() -> Self {
        Self {
            paths: BTreeSet::new(),
            lost: true,
            since: Some(Instant::now()),
            key: None,
        }
    }
}

/// Waits for a burst and gathers it; an error says that the user wants to leave. With a `batch` that
/// has begun already only its end is waited for: a file may be in the middle of a save.
pub fn gather(
    messages: &Receiver<Message>,
    window: Window,
    mut batch: Batch,
) -> Result<Batch, Stop> {
    let mut complete = false;
    loop {
        let next = match batch.since {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(since) => {
                let left = window.longest.saturating_sub(since.elapsed());
                let patience = if window.adaptive && complete {
                    Duration::ZERO
                } else {
                    window.quiet.min(left)
                };
                messages.recv_timeout(patience)
            }
        };
        match next {
            Ok(Message::Touched {
                paths,
                complete: done,
                at,
            }) => {
                batch.paths.extend(paths);
                batch.since.get_or_insert(at);
                complete = done;
            }
            Ok(Message::Lost) => {
                batch.lost = true;
                batch.since.get_or_insert_with(Instant::now);
            }
            Ok(Message::Pressed(key)) => {
                batch.key = Some(key);
                return Ok(batch);
            }
            Ok(Message::Stop(stop)) => return Err(stop),
            Err(RecvTimeoutError::Timeout) => return Ok(batch),
            // All senders are gone: nothing will ever come.
            Err(RecvTimeoutError::Disconnected) => return Err(Stop::Asked),
        }
        if batch
            .since
            .is_some_and(|since| since.elapsed() >= window.longest)
        {
            return Ok(batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn touched(path: &str, complete: bool) -> Message {
        Message::Touched {
            paths: vec![path.into()],
            complete,
            at: Instant::now(),
        }
    }

    const SHORT: Window = Window {
        quiet: Duration::from_millis(20),
        longest: Duration::from_millis(80),
        adaptive: false,
    };

    #[test]
    fn a_burst_is_one_batch() {
        let (sender, receiver) = channel();
        for path in ["a", "b", "a"] {
            sender.send(touched(path, true)).unwrap();
        }
        let batch = gather(&receiver, SHORT, Batch::default()).unwrap();
        assert_eq!(batch.paths.len(), 2);
        assert!(!batch.lost);
    }

    #[test]
    fn an_endless_burst_is_cut() {
        let (sender, receiver) = channel();
        for path in ["a", "b"] {
            let message = Message::Touched {
                paths: vec![path.into()],
                complete: false,
                at: Instant::now() - SHORT.longest,
            };
            sender.send(message).unwrap();
        }
        assert_eq!(
            gather(&receiver, SHORT, Batch::default())
                .unwrap()
                .paths
                .len(),
            1
        );
        assert_eq!(
            gather(&receiver, SHORT, Batch::default())
                .unwrap()
                .paths
                .len(),
            1,
            "the next"
        );
    }

    #[test]
    fn adaptive_does_not_wait_for_a_writer_that_is_done() {
        let (sender, receiver) = channel();
        let window = Window {
            quiet: Duration::from_secs(60),
            longest: Duration::from_secs(60),
            adaptive: true,
        };
        sender.send(touched("a", false)).unwrap();
        sender.send(touched("a", true)).unwrap();
        assert_eq!(
            gather(&receiver, window, Batch::default())
                .unwrap()
                .paths
                .len(),
            1
        );
    }

    #[test]
    fn leaving_comes_first() {
        let (sender, receiver) = channel();
        sender.send(touched("a", false)).unwrap();
        sender.send(Message::Stop(Stop::Terminated)).unwrap();
        assert_eq!(
            gather(&receiver, SHORT, Batch::default()).unwrap_err(),
            Stop::Terminated
        );
    }
}
