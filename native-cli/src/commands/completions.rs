//! `clnrm completions`: a script that completes commands and flags in a shell.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::print_bytes;

/// Arguments of `completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm completions bash > ~/.local/share/bash-completion/completions/clnrm
  clnrm completions zsh > ~/.zfunc/_clnrm
  clnrm completions fish > ~/.config/fish/completions/clnrm.fish")]
pub struct Arguments {
    /// The shell
    pub shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "clnrm", &mut script);
    print_bytes(&script)?;
    Ok(Outcome::Good)
}
