//! No bytes make the readers panic, and pieces of any size give what the whole gives.
#![no_main]

use clnrm_core::trace::{Trace, TraceReader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let whole = Trace::read(bytes);
    let mut reader = TraceReader::new();
    let size = 1 + bytes.first().map_or(0, |byte| usize::from(*byte));
    let fed = bytes.chunks(size).try_for_each(|piece| reader.feed(piece));
    let pieces = fed.and_then(|()| reader.finish());
    match (&whole, &pieces) {
        // NaN is not equal to itself.
        (Ok(a), Ok(b)) => assert_eq!(format!("{a:?}"), format!("{b:?}")),
        (Err(a), Err(b)) => assert_eq!(a, b),
        _ => panic!("{whole:?} {pieces:?}"),
    }
});
