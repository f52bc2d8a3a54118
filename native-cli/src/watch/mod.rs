//! The hot-reload loop.
//!
//! ```text
//! save ─▶ event ─▶ debounce ─▶ stat, then SHA-256 ─▶ unchanged? nothing happens
//!      ─▶ the file and whoever includes or imports it ─▶ check ─▶ the screen
//! ```
//!
//! `events` turns what the system reports into messages and keeps the set of watched folders;
//! `batch` gathers a burst of them; `track` knows which contents changed; `state` knows the files,
//! who depends on whom and what was last said of each; `show` prints a pass; `keys` and `statistics`
//! are for the person at the terminal; `looping` turns the wheel.

pub mod batch;
pub mod events;
pub mod keys;
pub mod looping;
pub mod show;
pub mod state;
pub mod statistics;
pub mod track;
