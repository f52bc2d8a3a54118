//! The command line `clnrm`.
fn main() {}
