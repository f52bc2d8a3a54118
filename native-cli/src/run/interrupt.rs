//! Signals that ask a run for its end.

use tokio::sync::watch;

use crate::exit::Outcome;

/// What the user is told after the first of them.
pub const NOTICE: &str = "interrupted: removing what was started; once more leaves at once\n";

/// The first signal asks for an end; at the second the program is gone at once, and the watchdog
/// removes what there is.
pub async fn listen(ask: watch::Sender<bool>) {
    let mut asked = false;
    loop {
        if next_signal().await.is_none() {
            return;
        }
        if asked {
            std::process::exit(i32::from(Outcome::Interrupted.code()));
        }
        asked = true;
        let _ = ask.send(true);
    }
}

#[cfg(unix)]
async fn next_signal() -> Option<()> {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    use tokio::sync::{Mutex, OnceCell};
    // Kept from one call to the next: a signal between two calls must not be missed.
    static SIGNALS: OnceCell<Option<Mutex<[Signal; 3]>>> = OnceCell::const_new();
    let open = || async {
        let kinds = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ];
        let [one, two, three] = kinds.map(|kind| signal(kind).ok());
        Some(Mutex::new([one?, two?, three?]))
    };
    let mut signals = SIGNALS.get_or_init(open).await.as_ref()?.lock().await;
    let [one, two, three] = &mut *signals;
    tokio::select! {
        signal = one.recv() => signal,
        signal = two.recv() => signal,
        signal = three.recv() => signal,
    }
}

#[cfg(not(unix))]
async fn next_signal() -> Option<()> {
    tokio::signal::ctrl_c().await.ok()
}
