//! The command line `clnrm`.
#![allow(dead_code, unused_imports)]
mod args;
mod commands;
mod discover;
mod disk;
mod errors;
mod exit;
mod nearest;
mod paths;
mod printer;
fn main() {}
