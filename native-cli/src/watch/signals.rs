//! Signals, as news for the loop: leave, or draw the screen again.

use std::sync::Arc;

use super::inbox::Inbox;

/// Listens from now on. Ctrl-C leaves quietly; SIGTERM, a closed terminal and Ctrl-\ count as
/// interrupted. Ctrl-Z gives the terminal back before the process stops.
#[cfg(unix)]
pub fn listen(inbox: Arc<Inbox>) {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};

    use super::inbox::{Redraw, Stop};
    use super::terminal;

    let wanted = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];
    // Without it the system's own way of ending a process stands: nothing is lost but the code.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) else {
        return;
    };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGINT => inbox.stop(Stop::Asked),
                SIGTSTP => {
                    terminal::give_back();
                    // It stops here, and goes on with SIGCONT.
                    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
                }
                SIGCONT => {
                    terminal::take_again();
                    inbox.redraw(Redraw::Returned);
                }
                SIGWINCH => inbox.redraw(Redraw::Resized),
                _ => inbox.stop(Stop::Terminated),
            }
        }
    });
}

/// Elsewhere the system ends the process by itself.
#[cfg(not(unix))]
pub fn listen(_inbox: Arc<Inbox>) {}
