//! What the core is told of the world: the clocks and randomness of the browser, or of Node.

use clnrm_core::template::Timestamp;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the page or worker began.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    /// Milliseconds since 1970.
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    fn date_now() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn random_values(bytes: &mut [u8]);
}

/// Microseconds since the page or worker began.
pub fn ticks() -> u64 {
    // A float beyond the range becomes its end; that is in half a million years.
    (performance_now() * 1000.0) as u64
}

/// The present moment.
pub fn now() -> Timestamp {
    Timestamp(date_now() as i128 * 1_000_000)
}

/// Randomness for renders without a seed.
pub fn entropy() -> [u8; 32] {
    let mut bytes = [0; 32];
    random_values(&mut bytes);
    bytes
}

/// Bytes of memory that WebAssembly has taken.
pub fn memory() -> usize {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    buffer.byte_length() as usize
}
