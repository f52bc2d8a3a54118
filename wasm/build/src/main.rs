//! `cargo wasm`: makes the browser's build of the core.
//!
//! Compiles `clnrm-wasm` for `wasm32-unknown-unknown` and has wasm-bindgen write the module, its
//! JavaScript and its TypeScript types into `web/src/wasm`, from where the page and Node import them.
//! wasm-bindgen is used as a library: its version is the one in `Cargo.lock`, and nothing has to be
//! installed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "\
usage: cargo wasm [--dev] [--out-dir DIR]

  --dev          seconds instead of a minute; larger and slower, with names in stack traces
  --out-dir DIR  where the module, its JavaScript and its types go [default: web/src/wasm]";

const TARGET: &str = "wasm32-unknown-unknown";

/// What was asked for.
struct Arguments {
    dev: bool,
    out_dir: PathBuf,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match arguments(&root).and_then(|arguments| build(&root, &arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn arguments(root: &Path) -> Result<Arguments, String> {
    let mut arguments = Arguments {
        dev: false,
        out_dir: root.join("web/src/wasm"),
    };
    let mut given = std::env::args_os().skip(1);
    while let Some(argument) = given.next() {
        match argument.to_str() {
            Some("--dev") => arguments.dev = true,
            Some("--out-dir") => {
                let folder = given.next().ok_or("--out-dir needs a folder")?;
                arguments.out_dir = folder.into();
            }
            _ => return Err(format!("unknown argument {}\n{USAGE}", argument.display())),
        }
    }
    Ok(arguments)
}

fn build(root: &Path, arguments: &Arguments) -> Result<(), String> {
    let profile = if arguments.dev { "wasm-dev" } else { "wasm" };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args([
        "build",
        "--quiet",
        "--package=clnrm-wasm",
        "--lib",
        &format!("--target={TARGET}"),
        &format!("--profile={profile}"),
    ]);
    let status = command
        .status()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if !status.success() {
        return Err("the core could not be compiled for the browser".to_owned());
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let module = target.join(TARGET).join(profile).join("clnrm_wasm.wasm");
    bindings(&module, arguments).map_err(|error| format!("wasm-bindgen: {error:#}"))
}

fn bindings(module: &Path, arguments: &Arguments) -> anyhow::Result<()> {
    Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(true)
        // The page hands in the address of the module, which the bundler knows.
        .omit_default_module_path(true)
        .keep_debug(arguments.dev)
        .remove_name_section(!arguments.dev)
        .remove_producers_section(true)
        .generate(&arguments.out_dir)
}
