//! The hot-reload loop.
//!
//! ```text
//! save ─▶ event ─▶ debounce ─▶ stat, then SHA-256 ─▶ unchanged? nothing happens
//!      ─▶ the file and whoever includes or imports it ─▶ check ─▶ the screen
//! ```
//!
//! - What happens outside comes into the `inbox`: `events` of watched folders (`poll` where there
//!   are none), `keys`, `signals`.
//! - `batch` gathers a burst of it, `pace` says how soon that is over.
//! - `track` knows which contents changed; `state` the files, who depends on whom and what was last
//!   said of each; `spelling` the one name of a path; `passes` what a batch comes to: a `pass`.
//! - `show` prints it: as a `picture` on a `terminal` (in its `rows`), as lines or JSON elsewhere.
//! - `statistics` of all passes, with the `usage` of the machine, go to the screen and to `metrics`;
//!   traces of single ones to a collector (`otlp`).
//! - With `--run`, `runs` runs the tests of what is valid, and `running` prints what comes of them.
//! - `looping` turns the wheel.

pub mod batch;
mod events;
pub mod inbox;
mod keys;
pub mod looping;
mod metrics;
mod otlp;
mod pace;
mod pass;
mod passes;
mod picture;
mod poll;
mod rows;
pub mod running;
pub mod runs;
pub mod show;
pub mod signals;
mod spelling;
pub mod state;
mod statistics;
mod terminal;
mod track;
mod usage;
