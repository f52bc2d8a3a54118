//! Running tests in containers.
//!
//! The way of a test: a valid file (`plan`) gets a world of its own, a network and the containers of
//! its services (`network`, `container`, `ready`, `alive`), in which its scenarios run commands
//! (`scenario`, `exec`), each in its `order`; the spans that they emit (`receiver`, `spans`) are held
//! against what the file expects (`judge`), and put in order for people (`timeline`); what was asked for
//! is kept (`artifacts`). What there is to show so far is the `record`; what went wrong (`problem`) is
//! placed in the author's file and put into the `outcome`.
//!
//! Everything that is made carries labels that say whose it is (`owner`), and is found by them again
//! when it is removed (`remove`), by this process, by the process that outlives it (`watchdog`), by
//! the next run or by `clnrm clean`. A whole run is `execute`d, its tests in the order of `schedule`;
//! `passed` remembers which of them need not run again, by their `fingerprint`.
//!
//! Only here is a runtime started: no other command waits for the network.

pub mod alive;
pub mod artifacts;
pub mod capture;
pub mod container;
pub mod engine;
pub mod exec;
pub mod execute;
pub mod fingerprint;
pub mod interrupt;
pub mod judge;
pub mod network;
pub mod order;
pub mod outcome;
pub mod owner;
pub mod passed;
pub mod plan;
pub mod problem;
pub mod ready;
pub mod receiver;
pub mod record;
pub mod remove;
pub mod report;
pub mod scenario;
pub mod schedule;
pub mod secrets;
pub mod spans;
pub mod test;
pub mod timeline;
pub mod watchdog;
pub mod workplace;
