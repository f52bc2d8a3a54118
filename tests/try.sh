#!/bin/sh
# Sets up what clnrm needs, builds it, and judges the examples that come with it.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

need_rust
say "building clnrm (about three minutes the first time)"
cargo build --profile trial --quiet -p clnrm-cli || fail "the build failed; what is above says why"
say "clnrm dry-run examples"
target/trial/clnrm dry-run examples

cat <<'END'

That was the whole check: templates rendered, TOML parsed, every setting judged, no container started.
Next:
  target/trial/clnrm dry-run examples/broken     what mistakes look like
  target/trial/clnrm watch examples              judges again on every save
  target/trial/clnrm init my-tests               a project of your own
  target/trial/clnrm --help                      everything else
END
