//! The core for the browser. Conversion only: what could live in `clnrm-core` lives there.
//!
//! One class, [`Playground`], holds files, variables and options, and answers for one file at a time.
//! Problems in a user's text are data in the report. An exception is an `Error` whose `code` says
//! what was misused ([`Misuse`]); anything else that is thrown is a fault of ours, after which the
//! instance is to be thrown away.
//!
//! Places come as `offset` (bytes, as on the command line) and as `utf16` (units, as editors in a
//! browser count). Where a method takes a place, it takes UTF-16 units.

mod error;
mod input;
mod place;
mod playground;
mod verdicts;
mod view;
mod world;

pub use error::Misuse;
pub use input::Options;
pub use playground::Playground;
pub use verdicts::{Verdicts, Waterfall};
pub use view::{
    Completion, Explanation, FileKind, FileReport, Fixed, Graph, Hover, Rendered, Stats,
};
