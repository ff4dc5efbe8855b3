#!/bin/sh
# GNU parallel with a curl for each pin and each post; FOLDER holds a body a
# job, N.pin and N.post.
#
#   parallel.sh BASE FOLDER JOBS IN-FLIGHT
set -eu
send() {
    seq "$jobs" | parallel --will-cite -j "$flight" curl --silent --fail \
        -o /dev/null -H "'Authorization: Bearer $3'" \
        -H "'Content-Type: application/json'" \
        --data-binary "@$folder/{}.$1" "$base$2"
}
base=$1 folder=$2 jobs=$3 flight=$4
send pin /pinning/pinJSONToIPFS practice.token.pinata
send post /api/jobs/list nos_practice
