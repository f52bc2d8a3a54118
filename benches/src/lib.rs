//! Criterion benchmarks of each stage and of the whole, with peers beside them.
