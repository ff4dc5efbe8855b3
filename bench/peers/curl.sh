#!/bin/sh
# curl --parallel: all pins, then all posts, whose CIDs are known beforehand.
# PINS and POSTS are files of options (see peers.py).
#
#   curl.sh PINS POSTS IN-FLIGHT
set -eu
for file in "$1" "$2"; do
    curl --silent --fail-early --parallel --parallel-immediate \
        --parallel-max "$3" --config "$file"
done
