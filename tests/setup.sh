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

# A container engine: the one that answers, else (as root on Debian) Docker, started here and stopped
# again when the script ends. Without one the tests of `clnrm run` are skipped, and say so.
need_engine() {
    docker info >/dev/null 2>&1 && return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        say "no container engine answers: the tests of clnrm run are skipped (start Docker to run them)"
        return 1
    fi
    if ! command -v dockerd >/dev/null 2>&1 || ! command -v iptables >/dev/null 2>&1; then
        say "installing docker.io iptables"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            docker.io iptables >/dev/null || fail "apt-get could not install docker.io and iptables"
    fi
    # What an engine that was killed left behind would keep this one from starting.
    pgrep -x dockerd >/dev/null 2>&1 || rm -f /var/run/docker.pid
    say "starting dockerd"
    engine_log=$(mktemp)
    dockerd >"$engine_log" 2>&1 &
    engine_pid=$!
    waited=0
    until docker info >/dev/null 2>&1; do
        waited=$((waited + 1))
        if [ "$waited" -gt 60 ] || ! kill -0 "$engine_pid" 2>/dev/null; then
            tail -n 20 "$engine_log" >&2
            fail "dockerd did not start"
        fi
        sleep 1
    done
}

# Engines that tests start for themselves: a second Docker, which is killed, and Podman. Both need root;
# without it those tests are skipped, and say so.
need_own_engines() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        say "not root on Debian: tests that start engines of their own, or mount a small disk, are skipped"
        return 0
    fi
    need_packages dockerd docker.io iptables
    need_packages podman podman
}

# Stops the engine if need_engine started it.
stop_engine() {
    [ -n "${engine_pid:-}" ] || return 0
    say "stopping dockerd"
    kill "$engine_pid" 2>/dev/null || true
    wait "$engine_pid" 2>/dev/null || true
    rm -f "$engine_log"
    engine_pid=
}

# The image that most tests use, made of busybox: no registry is needed. An image of that name that is
# there already stays.
need_images() {
    docker image inspect alpine:3.20 >/dev/null 2>&1 || {
        need_packages busybox busybox-static
        busybox=$(command -v busybox)
        say "making the image alpine:3.20 of busybox"
        root=$(mktemp -d)
        mkdir -p "$root/bin" "$root/etc" "$root/root" "$root/tmp" "$root/usr/bin" "$root/var"
        cp "$busybox" "$root/bin/busybox"
        for applet in $("$busybox" --list); do
            [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
        done
        echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
        tar -C "$root" -c . | docker import -c 'CMD ["sh"]' - alpine:3.20 >/dev/null ||
            fail "docker could not import the image"
        rm -rf "$root"
    }
    docker image inspect alpine:latest >/dev/null 2>&1 || docker tag alpine:3.20 alpine:latest
}

# The image of tests/emitter, a program that is traced by the OpenTelemetry SDK: linked statically, with
# nothing beside it. Only the program itself is compiled for that, what it depends on is that of any other
# build. It is made anew if the program has changed.
need_emitter() {
    say "building the traced program of the tests (the first time a minute or two)"
    cargo rustc --quiet --package clnrm-emitter --bin clnrm-emitter -- \
        -C target-feature=+crt-static -C strip=debuginfo || fail "the traced program does not build"
    emitter=${CARGO_TARGET_DIR:-target}/debug/clnrm-emitter
    digest=$(sha256sum "$emitter" | cut -d' ' -f1)
    known=$(docker image inspect -f '{{index .Config.Labels "digest"}}' clnrm-emitter:1 2>/dev/null) || known=
    [ "$known" != "$digest" ] || return 0
    say "making the image clnrm-emitter:1"
    docker image rm clnrm-emitter:1 >/dev/null 2>&1 || true
    tar -C "$(dirname "$emitter")" -c clnrm-emitter |
        docker import -c 'CMD ["/clnrm-emitter", "wait"]' -c "LABEL digest=$digest" - clnrm-emitter:1 >/dev/null ||
        fail "docker could not import the image"
}
