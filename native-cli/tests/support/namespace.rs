//! A network namespace of a test's own, so that an engine in it leaves the machine's bridges and rules
//! alone.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::engine::wait_until;

/// The namespace; with this it is gone, once no other program is in it.
pub struct Namespace(Child);

impl Namespace {
    /// Needs root.
    pub fn new() -> Self {
        let holder = Command::new("unshare")
            .args(["--net", "sleep", "infinity"])
            .spawn()
            .unwrap();
        wait_until("a network namespace", || {
            of(holder.id()) != of(std::process::id())
        });
        let namespace = Self(holder);
        // Until it has an address every address counts as its own.
        let up = namespace
            .command("busybox")
            .args(["ifconfig", "lo", "127.0.0.1", "up"])
            .status();
        assert!(up.unwrap().success());
        namespace
    }

    /// A program in it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/proc/{}/ns/net", self.0.id()))
            .arg(program);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The network namespace of a process.
fn of(pid: u32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/ns/net")).ok()
}
