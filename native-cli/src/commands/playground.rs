//! `clnrm playground`: the page on this machine, for a browser.

use std::net::{Ipv4Addr, TcpListener};

use clap::Args;

use crate::errors::Error;
use crate::exit::Outcome;
use crate::page;
use crate::printer::print_bytes;

/// The port where none is named. Always the same: a browser keeps what was typed by address.
const PORT: u16 = 7421;

/// Arguments of `playground`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm playground               Serve the page; open the address that is printed
  clnrm playground --port 0      On any port that is free")]
pub struct Arguments {
    /// The port on this machine; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = PORT)]
    pub port: u16,
}

/// Serves the page until it is interrupted.
pub fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let port = arguments.port;
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = bound.map_err(|reason| Error::CannotListen { port, reason })?;
    let address = listener.local_addr();
    let address = address.map_err(|reason| Error::CannotListen { port, reason })?;
    let mut line = format!("http://{address}/ (Ctrl-C ends it)\n");
    if !page::is_built() {
        line.push_str("This clnrm was built without the page; the address says how to build it.\n");
    }
    print_bytes(line.as_bytes())?;
    page::serve(&listener);
    Ok(Outcome::Good)
}
