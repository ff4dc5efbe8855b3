#!/bin/sh
# Measures the Nosana SDK where nothing but this machine's loopback can be
# reached: a network of its own, which the service is in as well.
#
#   unshare -rn sdk.sh FOLDER BIN SERVER-CORE CLIENT-CORE JOBS IN-FLIGHT
#
# The measurement goes to FOLDER/notes, see bench/measure.c.
set -eu
folder=$1 bin=$2
ip link set lo up
rm -f "$folder/port"
taskset -c "$3" "$bin/bench-service" "$folder/port" > /dev/null &
service=$!
trap 'kill $service' EXIT
tries=0
while [ ! -s "$folder/port" ]; do
    tries=$((tries + 1))
    [ $tries -lt 500 ] || exit 1
    sleep 0.01
done
"$bin/bench-measure" "$folder/notes" "$4" node "${0%/*}/sdk.mjs" \
    "http://127.0.0.1:$(cat "$folder/port")" "$5" "$6"
