#!/usr/bin/env bash
# CPU seconds of `tlast estimate` for every network of models/: bench/estimate/run.sh [weight bits] [lanes...]
cd "$(dirname "$0")/../.." && npm run build --silent || exit 1
bits=${1:-8}
shift
lanes=("${@:-1}")
[ $# -eq 0 ] && lanes=(1 8)
said=$(mktemp)
TIMEFORMAT='%U %S'
for network in $(basename -s .ts models/*.ts | grep -v '^index$'); do
  row="| $network |"
  for count in "${lanes[@]}"; do
    spent=$({ time node dist/cli/main.js estimate --network "$network" --weight-bits "$bits" --lanes "$count" \
      --out "build/bench-estimate/$network" >"$said" 2>&1; } 2>&1)
    seconds=$(awk '{printf "%.1f", $1 + $2}' <<<"$spent")
    # An error's code is its last line.
    code=$(grep -o '\[[A-Z_]*\]$' "$said")
    row="$row ${code:-$seconds} |"
  done
  echo "$row"
done
