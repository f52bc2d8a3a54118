//! The command line `clnrm`. Its modules are wired here once the checker they call has landed.
fn main() {}
