#!/bin/bash
# A sample sweep against the local stand-in service: what `make demo` shows.
# BUILD names the folder of the programs (build). Nothing leaves this machine.
set -eu
cd "$(dirname "$0")/.."

bin=$(cd "${BUILD:-build}" && pwd)
samples=$PWD/tests/demo
folder=$(mktemp -d "${TMPDIR:-/tmp}/nosbatch-demo-XXXXXX")
sandbox=

cleanup() {
    [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
    [ -z "$sandbox" ] || wait "$sandbox" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
    echo
    printf '%s\n' "$@"
}

# Shows a command as one would type it, then runs it; what it says on either
# output stays in order where this is read through a pipe.
show() {
    printf '\n$ %s\n' "$*"
    "$@" 2>&1
}

# All of a short text, the first and last lines of a long one.
ends() {
    if [ "$(wc -l <"$1")" -le 14 ]; then
        cat "$1"
    else
        head -n 7 "$1"
        echo "…   ($(($(wc -l <"$1") - 11)) more rows)"
        tail -n 4 "$1"
    fi
}

# The sum of the ledger's costs, which are decimal strings with nine digits.
total_cost() {
    nosbatch results --format csv --columns cost_usd "$1" |
        awk 'NR > 1 { sub(/[.]/, ""); nano += $1 }
             END { printf "%.5f", nano / 1e9 }'
}

# The service's own count, to check what the program says.
count_of() {
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /_sandbox/stats HTTP/1.0\r\n\r\n' >&3
    sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" <&3
    exec 3<&-
}

PATH=$bin:$PATH
export XDG_CACHE_HOME=$folder/cache
cd "$folder"

say "1. A stand-in for the service, on a free port of this machine:" \
    "   it pins, lists jobs and charges credits as the real one does."
nosbatch-sandbox --port 0 --port-file port --print-env --exit-with-parent \
    --latency 300 --jitter 50 >environment </dev/null &
sandbox=$!
for _ in $(seq 1 200); do
    [ -s port ] && break
    kill -0 "$sandbox" 2>/dev/null || break
    sleep 0.05
done
[ -s port ] || {
    echo "the stand-in service did not start" >&2
    exit 1
}
port=$(cat port)
# shellcheck disable=SC1091 # written by the service just now
. ./environment
echo "   It listens on 127.0.0.1:$port, its process is $sandbox."

say "2. The work: two job templates with parameters, on two GPU markets," \
    "   in one gzip file."
gzip -c "$samples/sweep.jsonl" >sweep.jsonl.gz
show nosbatch plan sweep.jsonl.gz

say "3. Post the jobs. Every one is recorded in sweep.ledger.jsonl before" \
    "   and after it is sent."
show nosbatch run sweep.jsonl.gz --yes --connections 6 --progress always

say "4. The jobs, from the ledger:"
printf '\n$ nosbatch results sweep.ledger.jsonl\n'
nosbatch results sweep.ledger.jsonl >table
ends table

say "5. What is left of the credits:"
show nosbatch balance

say "6. The same command again: nothing is posted twice."
jobs=$(count_of jobs)
show nosbatch run sweep.jsonl.gz --yes
again=$(count_of jobs)
say "The service counts $jobs jobs after the first run, $again after the second," \
    "and at most $(count_of max_jobs_per_key) for one idempotency key."
if [ "$jobs" != "$again" ] || [ "$jobs" -lt 60 ]; then
    echo "That is not what it should be." >&2
    exit 1
fi

say "In total $again jobs were posted, each once, for \$$(total_cost sweep.ledger.jsonl)" \
    "of the stand-in's play money. It is stopped and its folder removed. To run" \
    "your own sweep, see README.md; nosbatch --help lists the commands."
