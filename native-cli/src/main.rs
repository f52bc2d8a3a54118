//! The command line `clnrm`.
#![allow(dead_code, unused_imports)]
mod errors; mod exit; mod paths; mod disk; mod discover; mod printer; mod args; mod commands;
fn main() {}
