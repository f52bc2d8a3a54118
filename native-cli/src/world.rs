//! What the core is told of the world: the clock, randomness, the environment.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clnrm_core::template::Timestamp;

use crate::errors::Error;

/// Microseconds since the process first asked.
pub fn ticks() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = START.get_or_init(Instant::now);
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// The present moment.
pub fn now() -> Timestamp {
    // A clock that stands before 1970 is set wrong; counting from there is as good as anything.
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = since.unwrap_or_default().as_nanos();
    Timestamp(i128::try_from(nanoseconds).unwrap_or(i128::MAX))
}

/// Randomness for renders without a seed.
pub fn entropy() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::NoEntropy(error.to_string()))?;
    Ok(bytes)
}

/// The environment as far as it is text: what is not, no template could print.
pub fn environment() -> Arc<BTreeMap<String, String>> {
    let text = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Arc::new(text.collect())
}
