//! The core for the browser. Conversion only: what could live in `clnrm-core` lives there.
//!
//! For now this crate proves that the core builds for `wasm32-unknown-unknown`; the JavaScript
//! surface comes with the playground.

pub use clnrm_core as core;
