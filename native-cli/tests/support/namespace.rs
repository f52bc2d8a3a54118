//! Namespaces of a test's own for networks and mounts, so that an engine in them leaves the machine's
//! bridges, rules and folders alone.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::engine::wait_until;

/// The namespaces; with this they are gone, once no other program is in them.
pub struct Namespace(Child);

impl Namespace {
    /// New ones, which needs root.
    pub fn new() -> Self {
        let holder = Command::new("unshare")
            .args(["--net", "--mount", "sleep", "infinity"])
            .spawn()
            .unwrap();
        wait_until("namespaces", || {
            let entered = |kind| of(holder.id(), kind) != of(std::process::id(), kind);
            entered("net") && entered("mnt")
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

    /// An empty folder in the place of one of the machine's.
    pub fn hide(&self, folder: &str) {
        fs::create_dir_all(folder).unwrap();
        let hidden = self
            .engine("mount")
            .args(["-t", "tmpfs", "tmpfs", folder])
            .status();
        assert!(hidden.unwrap().success());
    }

    /// A program in both, such as an engine; it starts in the root folder.
    pub fn engine(&self, program: &str) -> Command {
        self.enter(&["--net", "--mount"], program)
    }

    /// A program in that of the networks only.
    pub fn command(&self, program: &str) -> Command {
        self.enter(&["--net"], program)
    }

    fn enter(&self, which: &[&str], program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.0.id().to_string()])
            .args(which)
            .args(["--", program]);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A namespace of a process.
fn of(pid: u32, kind: &str) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/ns/{kind}")).ok()
}
