#!/bin/sh
# Measures what docs/reliability.md publishes, against the engine that answers: what is left behind
# after kills at random moments, how often verdicts waver, whether spans are lost, what a run costs
# over the engine itself. Prints the tables.
#
# It needs the images that tests/setup.sh makes.
#
# CLNRM: the program, else target/debug/clnrm. ROUNDS: kills of each kind, else 100.
set -eu
cd "$(dirname "$0")/.."
clnrm=$(realpath "${CLNRM:-target/debug/clnrm}")
rounds=${ROUNDS:-100}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

test_file() { # test_file NAME COMMAND MORE
    printf '[meta]\nname = "%s"\n[service.box]\nimage = "alpine:3.20"\n[service.two]\nimage = "alpine:3.20"\ndepends_on = ["box"]\n[[scenario]]\nname = "s"\nservice = "two"\nrun = """%s"""\n%s\n' "$1" "$2" "${3:-}" >"$1.clnrm.toml"
}

# Containers, networks and volumes of a file.
left() {
    for list in "ps --all" "network ls" "volume ls"; do
        docker $list --quiet --filter "label=clnrm.test=$1"
    done | wc -l
}

echo "| what was done | runs | objects left after 5 s | after a minute | exit codes |"
echo "|---|--:|--:|--:|---|"
# kills SIGNAL TIMES WORDS
kills() {
    late=0 objects=0 codes=
    test_file "killed-$1-$2" "sleep 1"
    file=killed-$1-$2.clnrm.toml
    for round in $(seq "$rounds"); do
        "$clnrm" run "$file" >/dev/null 2>&1 &
        pid=$!
        # Up to two seconds: networks, containers, commands and removal all fall within.
        sleep "$(awk -v seed="$round" 'BEGIN { srand(seed); printf "%.3f", rand() * 2 }')"
        for time in $(seq "$2"); do kill "-$1" "$pid" 2>/dev/null || true; done
        code=0
        wait "$pid" 2>/dev/null || code=$?
        codes="$codes $code"
        # What the engine was told before may come into being after the program is gone: nothing has to
        # be there for a second.
        quiet=0
        for wait in $(seq 600); do
            remain=$(left "$file")
            [ "$remain" = 0 ] && quiet=$((quiet + 1)) || quiet=0
            [ "$quiet" -lt 10 ] || break
            [ "$wait" != 50 ] || late=$((late + remain))
            sleep 0.1
        done
        objects=$((objects + $(left "$file")))
    done
    codes=$(printf '%s\n' $codes | sort -n | uniq -c | awk '{ printf "%s%s × %s", sep, $2, $1; sep = ", " }')
    echo "| $3 at a random moment | $rounds | $late | $objects | $codes |"
}
# Side by side: each touches its own only.
kills KILL 1 "kill -9" >1 &
kills INT 1 "Ctrl-C" >2 &
kills INT 2 "Ctrl-C twice" >3 &
kills TERM 1 "SIGTERM" >4 &
kills HUP 1 "SIGHUP" >5 &
wait
cat 1 2 3 4 5

echo
echo "| repeats | verdicts | wrong |"
echo "|---|--:|--:|"
# repeats NAME COMMAND WORD
repeats() {
    mkdir "$1"
    for number in $(seq 200); do
        test_file "$1/$number" "$2"
    done
    # Names are file names here.
    "$clnrm" run "$1" --max-concurrent 4 --format json >"$1.json" || true
    right=$(grep -o "\"verdict\":\"$3\",\"flaky\"" "$1.json" | wc -l)
    echo "| 200 × $1 | $right $3 | $((200 - right)) |"
}
repeats green "echo fine" passed
repeats red "exit 3" failed

echo
echo "| spans sent by the OpenTelemetry SDK | received | lost |"
echo "|---|--:|--:|"
# Most of them still wait to be sent when the program comes to its end.
for protocol in grpc http/protobuf http/json; do
    printf '[meta]\nname = "spans"\n[otel]\nexporter = "otlp"\nprotocol = "%s"\n[service.box]\nimage = "clnrm-emitter:1"\nenv = { OTEL_BSP_MAX_QUEUE_SIZE = "131072" }\n[[scenario]]\nname = "s"\nservice = "box"\nrun = ["/clnrm-emitter", "many", "99999"]\n[expect.counts]\nspans_total = { eq = 100000 }\n' "$protocol" >spans.clnrm.toml
    "$clnrm" run spans.clnrm.toml --format json >spans.json || true
    received=$(grep -o '"spans":[0-9]*' spans.json | head -n 1 | cut -d: -f2)
    echo "| 100000 over $protocol | ${received:-0} | $((100000 - ${received:-0})) |"
done

echo
echo "| 20 commands of one second, four at a time | seconds |"
echo "|---|--:|"
# The same by hand: a network, a container that is kept alive, a command in it, and all of it gone.
cat >by_hand <<'END'
docker network create "$1" >/dev/null
docker run --detach --init --network "$1" --name "$1" alpine:3.20 sleep 100 >/dev/null
docker exec "$1" sleep 1
docker rm --force "$1" >/dev/null
docker network rm "$1" >/dev/null
END
mkdir second
for number in $(seq 20); do
    printf '[meta]\nname = "%s"\n[service.box]\nimage = "alpine:3.20"\nargs = ["sleep", "100"]\n[[scenario]]\nname = "s"\nservice = "box"\nrun = "sleep 1"\n' "$number" >"second/$number.clnrm.toml"
done
seconds() { # seconds COMMAND…
    begun=$(date +%s%N)
    "$@" >/dev/null 2>&1 || echo "failed: $*" >&2
    echo "$begun $(date +%s%N)" | awk '{ printf "%.2f", ($2 - $1) / 1e9 }'
}
by_hand() { seq 20 | xargs -P 4 -I N sh by_hand "by-hand-N"; }
echo "| \`clnrm run --max-concurrent 4\` | $(seconds "$clnrm" run second --max-concurrent 4) |"
echo "| \`docker network create\`, \`run\`, \`exec\`, \`rm\`, by a script | $(seconds by_hand) |"

echo
echo "| tests at the same time | largest memory of clnrm |"
echo "|---|--:|"
mkdir fifty
for number in $(seq 50); do cp second/1.clnrm.toml "fifty/$number.clnrm.toml"; done
"$clnrm" run fifty --max-concurrent 50 >/dev/null 2>&1 &
pid=$!
while grep -h VmHWM "/proc/$pid/status" >memory.new 2>/dev/null; do
    mv memory.new memory
    sleep 0.05
done
wait "$pid" || echo "failed: fifty tests" >&2
awk '{ printf "| 50 | %.1f MB |\n", $2 / 1024 }' memory
