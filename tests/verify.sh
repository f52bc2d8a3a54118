#!/bin/sh
# Sets up what the tests need and runs all of them: formatting, lints, every suite, the build for the
# browser, the documentation, the licences. Prints the count of each suite; the last line is the sum.
#
# CLNRM_CORPUS: a folder of real users' files to judge as well. CHROMIUM, FIREFOX: the browsers for the
# page's tests.
# PROPTEST_RNG_SEED: which random cases (1).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

need_rust
need_wasm_target
need_component fmt rustfmt
need_component clippy clippy
need_cargo_deny
need_packages node nodejs npm
[ -n "${CHROMIUM:-}" ] || need_packages chromium chromium
export CHROMIUM="${CHROMIUM:-$(command -v chromium)}"
need_packages chromedriver chromium-driver
[ -n "${FIREFOX:-}" ] || need_packages firefox-esr firefox-esr
export FIREFOX="${FIREFOX:-$(command -v firefox-esr)}"
need_packages WebKitWebDriver webkit2gtk-driver
need_packages Xvfb xvfb
say "npm ci in web"
npm ci --prefix web --no-audit --no-fund --silent || fail "npm ci failed in web"

# Random tests draw the same cases each time: who broke nothing sees nothing broken. Other seeds look
# further.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-1}"

passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"; stop_engine' EXIT
if need_engine; then
    need_images
    need_emitter
    need_own_engines
    # From here on a test that finds no engine fails.
    export CLNRM_TEST_ENGINE=required
fi

# suite NAME COMMAND…: a suite that libtest or Node's test runner counts.
suite() {
    name=$1
    shift
    say "$name: $*"
    status=0
    "$@" >"$log" 2>&1 || status=$?
    grep -E '^(corpus|taplo): ' "$log" || true
    ok=$(sed -n 's/^test result: .*[^0-9]\([0-9]*\) passed;.*/\1/p; s/^# pass \([0-9]*\)$/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
    bad=$(sed -n 's/^test result: .* \([0-9]*\) failed;.*/\1/p; s/^# fail \([0-9]*\)$/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
    if [ "$status" != 0 ]; then
        cat "$log"
        [ "$bad" != 0 ] || bad=1
    fi
    [ "$ok" != 0 ] || [ "$bad" != 0 ] || { bad=1; echo "$name: no test was run"; }
    printf '    %s: %s passed, %s failed\n' "$name" "$ok" "$bad"
    passed=$((passed + ok)) failed=$((failed + bad))
}

# gate NAME COMMAND…: counts as one test.
gate() {
    name=$1
    shift
    say "$name: $*"
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf '    %s: passed\n' "$name"
    else
        cat "$log"
        failed=$((failed + 1))
        printf '    %s: FAILED\n' "$name"
    fi
}

gate "formatting" cargo fmt --all --check
gate "lints" cargo clippy --workspace --all-targets --quiet -- -D warnings
suite "core" cargo test -p clnrm-core --no-fail-fast
suite "command line" cargo test -p clnrm-cli --no-fail-fast
gate "browser build" cargo wasm
# The browser's build is held against the command line among these, and taplo goes by the schema.
suite "across crates" env CLNRM_WASM=web/src/wasm CLNRM_TAPLO="$PWD/web/node_modules/.bin/taplo" cargo test -p clnrm-tests --no-fail-fast -- --nocapture
suite "surface in Node" cargo test -p clnrm-wasm --target wasm32-unknown-unknown
suite "surface in Chromium" env WASM_BINDGEN_USE_BROWSER=1 CHROMEDRIVER="$(command -v chromedriver)" cargo test -p clnrm-wasm --target wasm32-unknown-unknown
gate "page types" npm run --prefix web --silent check
gate "page build" npm run --prefix web --silent build
suite "page in Chromium" npm test --prefix web --silent
suite "page in Firefox" env BROWSER=firefox npm test --prefix web --silent
suite "page in WebKit" npm run test:webkit --prefix web --silent
gate "benchmarks build" cargo check -p clnrm-benches --benches --quiet
gate "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
gate "licences" cargo deny check licenses bans sources

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
