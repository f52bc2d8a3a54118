//! One module for each command.
macro_rules! tmp { ($($n:ident)*) => { $(pub mod $n { #[derive(Debug, clap::Args)] pub struct Arguments {} })* } }
tmp! { completions dry_run explain init render watch }
