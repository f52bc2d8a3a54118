//! Whose a container, network or volume is: the labels that everything a run makes carries.
//!
//! `clnrm.session` names the run, `clnrm.test` the test, `clnrm.world` the attempt at it, and
//! `clnrm.owner` the process: machine, boot, process namespace, process and its start time. From that
//! any later process can tell whether the run is still going on; where it cannot tell for certain
//! (another machine behind a shared engine, another container), it keeps its hands off.

use std::collections::HashMap;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::errors::Error;
use crate::world;

/// The label that names the run.
pub const SESSION: &str = "clnrm.session";
/// The label that names the test.
pub const TEST: &str = "clnrm.test";
/// The label that names the attempt at a test.
pub const WORLD: &str = "clnrm.world";
/// The label that names the process.
pub const OWNER: &str = "clnrm.owner";
/// The label of what is to be left standing.
pub const KEEP: &str = "clnrm.keep";

/// The process namespace that a machine starts with, on every Linux.
const FIRST_NAMESPACE: &str = "pid:[4026531836]";

/// A run.
#[derive(Clone, Debug)]
pub struct Session {
    /// Twelve characters that no other run has.
    pub id: String,
    /// The process.
    owner: String,
    /// What fails is left standing.
    keep: bool,
}

impl Session {
    /// A new one, for this process.
    pub fn new(keep: bool) -> Result<Self, Error> {
        let bytes = world::entropy()?;
        let id = bytes
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            id,
            owner: Owner::me().to_string(),
            keep,
        })
    }

    /// The labels of everything that belongs to an attempt at a test.
    pub fn labels(&self, test: &str, world: &str) -> HashMap<String, String> {
        let mut labels: HashMap<String, String> = [
            (SESSION, self.id.as_str()),
            (TEST, test),
            (WORLD, world),
            (OWNER, &self.owner),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if self.keep {
            labels.insert(KEEP.to_owned(), "true".to_owned());
        }
        labels
    }
}

/// A process, as it can be recognised later.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Owner {
    machine: String,
    boot: String,
    namespace: String,
    pid: u32,
    /// When it started, in ticks since the boot; or in seconds since 1970 where there is no `/proc`.
    started: String,
}

impl Owner {
    fn me() -> Self {
        let pid = std::process::id();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            machine: read("/etc/machine-id"),
            boot: read("/proc/sys/kernel/random/boot_id"),
            namespace: namespace(),
            pid,
            started: started(pid).unwrap_or_else(|| now.as_secs().to_string()),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let mut next = || parts.next().map(str::to_owned);
        Some(Self {
            machine: next()?,
            boot: next()?,
            namespace: next()?,
            pid: next()?.parse().ok()?,
            started: next()?,
        })
    }

    /// Whether the process is certainly gone, as `me` sees it.
    fn is_gone(&self, me: &Self) -> bool {
        if self.boot.is_empty() || self.boot == "-" {
            return false;
        }
        if self.boot == me.boot {
            return self.namespace == me.namespace
                && started(self.pid).as_deref() != Some(&*self.started);
        }
        // The same machine, booted anew: nothing of then is left. Within containers neither the
        // machine's id nor the namespace says for certain that it is the same one.
        self.machine != "-"
            && self.machine == me.machine
            && self.namespace == FIRST_NAMESPACE
            && me.namespace == FIRST_NAMESPACE
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            machine,
            boot,
            namespace,
            pid,
            started,
        } = self;
        write!(f, "{machine}/{boot}/{namespace}/{pid}/{started}")
    }
}

/// Whether the run that an object belongs to is certainly over.
pub fn is_over(labels: &HashMap<String, String>) -> bool {
    let owner = labels.get(OWNER).and_then(|owner| Owner::parse(owner));
    owner.is_some_and(|owner| owner.is_gone(&Owner::me()))
}

fn read(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let text = text.trim();
    if text.is_empty() { "-" } else { text }.to_owned()
}

fn namespace() -> String {
    let link = fs::read_link("/proc/self/ns/pid").ok();
    link.map_or_else(
        || "-".to_owned(),
        |link| link.to_string_lossy().into_owned(),
    )
}

/// The start time of a process; `None` if it is gone, or has ended and nobody took notice yet.
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; after it come fields without blanks.
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn labels(owner: &Owner) -> HashMap<String, String> {
        HashMap::from([(OWNER.to_owned(), owner.to_string())])
    }

    #[test]
    fn a_run_of_this_process_is_not_over() {
        let session = Session::new(false).unwrap();
        assert!(!is_over(&session.labels("t", "w")));
    }

    #[test]
    fn a_process_that_is_gone_or_another_by_now_is_over() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        let gone = Owner { pid, ..Owner::me() };
        assert!(is_over(&labels(&gone)));
        let reused = Owner {
            started: "1".to_owned(),
            ..Owner::me()
        };
        assert!(is_over(&labels(&reused)));
    }

    #[test]
    fn what_cannot_be_told_is_left_alone() {
        let elsewhere = Owner {
            namespace: "pid:[1]".to_owned(),
            pid: 1 << 30,
            ..Owner::me()
        };
        assert!(!is_over(&labels(&elsewhere)));
        let machine = Owner {
            machine: "other".to_owned(),
            boot: "other".to_owned(),
            ..Owner::me()
        };
        assert!(!is_over(&labels(&machine)));
        assert!(!is_over(&HashMap::new()));
    }
}
