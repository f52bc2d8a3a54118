//! A run in an engine: tests are run one after the other or side by side, and nothing of them is left
//! behind, however the run ends.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use clnrm_core::digest::Digest;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::engine::Engine;
use super::network::{Addresses, Range};
use super::owner::{self, Session};
use super::passed::Passed;
use super::plan::Planned;
use super::remove;
use super::schedule::{self, Done, Event, Wishes};
use super::test::Common;
use super::watchdog::Watchdog;
use crate::paths::Base;

/// How long the last look for leftovers may take.
const LAST_LOOK: Duration = Duration::from_secs(4);

/// How long nothing may turn up at the last look.
const SETTLED: Duration = Duration::from_millis(100);

/// What a run is told besides its tests.
#[derive(Debug)]
pub struct Setup {
    /// Its name.
    pub session: Session,
    /// Where networks get their addresses from.
    pub range: Range,
    /// Folders outside a test's own that its volumes may mount.
    pub allowed_paths: Vec<PathBuf>,
    /// What fails is left standing.
    pub keep: bool,
    /// The project's folder of state, where artifacts are kept.
    pub state: PathBuf,
    /// Where names of files start from.
    pub base: Base,
    /// A page is to show the spans of all tests.
    pub page: bool,
    /// The command line stops the clock.
    pub frozen: bool,
    /// How tests are run.
    pub wishes: Wishes,
}

/// What waits for the network. Whoever drops it should shut it down in the background: an engine that
/// does not answer shall not hold the program up.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

/// Runs the tests, and leaves nothing behind. `interrupt` ends the run early; `told` is called with what
/// happens.
async fn execute(
    engine: &Engine,
    setup: Setup,
    tests: Vec<Planned>,
    interrupt: watch::Receiver<bool>,
    told: impl FnMut(Event<'_>),
) -> Done {
    // Before the first object: nothing is made that nobody would remove.
    let watchdog = Watchdog::start(&setup.session.id, &engine.url);
    sweep(engine).await;
    let label = format!("{}={}", owner::SESSION, setup.session.id);
    let common = Arc::new(Common {
        engine: engine.clone(),
        addresses: Addresses::new(setup.range, &setup.session.id),
        setup,
        worlds: AtomicUsize::new(0),
    });
    let done = schedule::run(&common, tests, interrupt, told).await;
    if done.lost.is_some() {
        // The watchdog goes on trying, in case the engine comes back.
        return done;
    }
    let kept = done.tests.iter().any(|test| test.kept.is_some());
    let left = if kept && !done.interrupted {
        Vec::new()
    } else {
        remove::remove_all(engine, &label, LAST_LOOK, SETTLED).await
    };
    // After an interruption the engine may still be at something that was asked of it: the watchdog
    // goes on looking for a while.
    if left.is_empty() && !done.interrupted {
        watchdog.dismiss();
    }
    for (object, reason) in left {
        let _ = writeln!(
            std::io::stderr(),
            "warning[R108]: the {} `{}` is left behind: {reason}; `clnrm clean` tries again",
            object.kind.word(),
            object.name
        );
    }
    done
}

/// The same, and what passed is remembered for `--changed`; `tests` come with their fingerprints.
///
/// The second value is an error of remembering, which changes nothing about the run.
pub async fn remembered(
    engine: &Engine,
    setup: Setup,
    passed: &mut Passed,
    tests: Vec<(Planned, Option<Digest>)>,
    interrupt: watch::Receiver<bool>,
    told: impl FnMut(Event<'_>),
) -> (Done, std::io::Result<()>) {
    let (tests, fingerprints): (Vec<_>, Vec<_>) = tests.into_iter().unzip();
    let done = execute(engine, setup, tests, interrupt, told).await;
    let kept = passed.update(done.tests.iter().zip(fingerprints));
    (done, kept)
}

/// Removes what dead runs left behind, and says so.
async fn sweep(engine: &Engine) {
    let Ok(objects) = remove::leftovers(engine).await else {
        return;
    };
    if objects.is_empty() {
        return;
    }
    let left = remove::remove(engine, &objects).await;
    let _ = writeln!(
        std::io::stderr(),
        "removed {} that earlier runs left behind",
        crate::printer::text::count(objects.len() - left.len(), "object")
    );
}
