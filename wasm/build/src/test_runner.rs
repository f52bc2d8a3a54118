//! Runs tests that were built for the browser: what `.cargo/config.toml` names as the runner.
//!
//! It is wasm-bindgen's own, as a library, so that its version is the one in `Cargo.lock` and nothing
//! has to be installed.

use std::process::ExitCode;

fn main() -> ExitCode {
    match wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}
