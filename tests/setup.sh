# What both commands need; sourced by try.sh and verify.sh. Says what it does, and can be run twice.

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The toolchain that rust-toolchain.toml pins, with the target for the browser.
need_rust() {
    command -v cargo >/dev/null 2>&1 ||
        fail "cargo is not installed; get it from https://rustup.rs and run this again"
    command -v cc >/dev/null 2>&1 || need_packages cc gcc libc6-dev
    if command -v rustup >/dev/null 2>&1; then
        # Explicitly: where automatic installation is off, the list in rust-toolchain.toml alone does nothing.
        channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
        if ! rustup run "$channel" rustc --version >/dev/null 2>&1; then
            say "installing Rust $channel"
            rustup toolchain install "$channel" --profile minimal --component clippy --component rustfmt ||
                fail "rustup could not install Rust $channel"
        fi
    fi
}

need_wasm_target() {
    rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null | { read -r dir && [ -d "$dir" ]; } && return
    command -v rustup >/dev/null 2>&1 ||
        fail "the target wasm32-unknown-unknown is missing, and rustup is not there to add it"
    say "adding the target wasm32-unknown-unknown"
    rustup target add wasm32-unknown-unknown || fail "rustup could not add the target wasm32-unknown-unknown"
}

need_component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    say "adding $2"
    rustup component add "$2" || fail "rustup could not add $2"
}

# Its advisories need a network that a test machine may not have; licences, bans and sources do not.
need_cargo_deny() {
    cargo deny --version >/dev/null 2>&1 && return
    say "installing cargo-deny (about three minutes)"
    cargo install cargo-deny --version 0.20.2 --locked --no-default-features --quiet ||
        fail "cargo could not install cargo-deny"
}

# need_packages COMMAND PACKAGE…: Debian packages that provide COMMAND; as root they are installed.
need_packages() {
    wanted=$1
    shift
    command -v "$wanted" >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing $*"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
            fail "apt-get could not install $*"
    else
        fail "$wanted is missing; install it (on Debian: sudo apt-get install $*) and run this again"
    fi
}
