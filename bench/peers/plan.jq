# Renders a manifest's first points, as a script in jq would; jq knows no
# SHA-256, so that it stops at the definitions:
#     jq -nc --argjson count 1000 --slurpfile entry MANIFEST -f bench/peers/plan.jq
$entry[0] as $e
| limit($count;
    $e.params.lr[] as $lr | $e.params.decay[] as $decay | $e.params.seed[] as $seed
    | $e.definition
    | .ops[0].args.cmd |= (split("${{ lr }}") | join($lr | tostring)
        | split("${{ decay }}") | join($decay | tostring)
        | split("${{ seed }}") | join($seed | tostring)))
