//! `clnrm watch` as a process, and what it has said so far.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use clnrm_tests::program;
use serde_json::Value;

use crate::ledger::Ledger;

/// Longer than any machine needs for a pass.
const PATIENCE: Duration = Duration::from_secs(120);

/// A verdict: whether a file is valid, and what is said of it.
pub type Verdict = (bool, String);

pub struct Watch {
    child: Child,
    passes: Receiver<Value>,
    verdicts: BTreeMap<String, Verdict>,
}

impl Watch {
    pub fn start(folder: &Path) -> Self {
        let mut child = program::clnrm(folder)
            .args(["watch", "t", "--format", "json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, passes) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let Ok(line) = line else { return };
                let pass = serde_json::from_str(&line).expect("a line is JSON");
                if sender.send(pass).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            passes,
            verdicts: BTreeMap::new(),
        }
    }

    pub fn first(&mut self) {
        self.take(&mut Ledger::default());
    }

    /// Takes passes until one has checked the sentinel: its path and its digest.
    pub fn until(&mut self, sentinel: &(String, String), ledger: &mut Ledger) {
        while !self.take(ledger).contains(sentinel) {}
    }

    /// Takes a pass; gives the files that it checked, with their digests.
    fn take(&mut self, ledger: &mut Ledger) -> Vec<(String, String)> {
        let pass = self.passes.recv_timeout(PATIENCE).expect("a pass");
        for name in pass["removed"].as_array().unwrap() {
            let name = name.as_str().unwrap();
            self.verdicts.remove(name);
            ledger.removed(name);
        }
        let files = pass["report"]["files"].as_array().unwrap();
        let mut checked = Vec::new();
        for file in files {
            let (name, verdict) = verdict(file);
            let digest = file["template_digest"].as_str().unwrap_or("none");
            ledger.checked(&name, digest, &file["dependencies"]);
            checked.push((name.clone(), digest.to_owned()));
            self.verdicts.insert(name, verdict);
        }
        let state = &pass["state"];
        let valid = self.verdicts.values().filter(|(valid, _)| *valid).count();
        assert_eq!(state["files"], self.verdicts.len(), "{}", pass["reason"]);
        assert_eq!(state["ok"], valid, "{}", pass["reason"]);
        checked
    }

    pub fn compare(&self, fresh: &BTreeMap<String, Verdict>) {
        for (name, verdict) in fresh {
            assert_eq!(self.verdicts.get(name), Some(verdict), "{name}");
        }
        assert_eq!(self.verdicts.len(), fresh.len());
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn verdict(file: &Value) -> (String, Verdict) {
    let name = file["path"].as_str().unwrap().to_owned();
    let valid = file["valid"].as_bool().unwrap();
    (name, (valid, file["diagnostics"].to_string()))
}

/// What `dry-run` says of everything.
pub fn fresh(folder: &Path) -> BTreeMap<String, Verdict> {
    let mut command = program::clnrm(folder);
    command.args(["dry-run", "t", "--format", "json"]);
    let report = program::run(&mut command, PATIENCE).json();
    report["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(verdict)
        .collect()
}
