//! Every stage of a check and the whole of it, with peers beside them where there are any.
//!
//! ```text
//! cargo bench --bench performance
//! cargo bench --bench performance -- --save-baseline NAME
//! cargo bench --bench performance -- --baseline NAME
//! cargo run -p clnrm-benches --bin table -- --write    the results, into docs/performance.md
//! ```
//!
//! `stages` times one arrow of the design at a time, `whole` the check and the process, `choices`
//! what we do against what one could do instead. Times are short, so that all of it takes about two
//! minutes; a peer runs in the same group as what it is compared with.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run should stop"
)]

mod choices;
mod stages;
mod whole;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

const KB: usize = 1024;

fn short() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(700))
}

criterion_group! {
    name = performance;
    config = short();
    targets = stages::hash,
        stages::cache,
        stages::compile,
        stages::render,
        stages::parse,
        stages::validate,
        whole::check,
        whole::hit,
        whole::level,
        whole::process,
        choices::read,
        choices::many_files,
        choices::handle,
        choices::buffer,
        choices::names,
}
criterion_main!(performance);
