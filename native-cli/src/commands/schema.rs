//! `clnrm schema`: the JSON Schema of the test file, for editors.

use clap::Args;
use clnrm_core::schema;

use crate::errors::Error;
use crate::exit::Outcome;
use crate::printer::print_bytes;

/// Arguments of `schema`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  clnrm schema > clnrm.schema.json

Editors with a TOML extension that knows schemas read it for a file that begins with
  #:schema ./clnrm.schema.json")]
pub struct Arguments {}

/// Prints the schema.
pub fn run(_: &Arguments) -> Result<Outcome, Error> {
    let mut bytes =
        serde_json::to_vec_pretty(&schema::test_file()).map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    print_bytes(&bytes)?;
    Ok(Outcome::Good)
}
