#!/usr/bin/env bash
# Seconds that `tlast estimate` takes, and CPU seconds, for every network of models/, the middle of three turns: bench/estimate/run.sh [weight bits] [lanes...]
cd "$(dirname "$0")/../.." && npm run build --silent || exit 1
bits=${1:-8}
shift
lanes=("${@:-1}")
[ $# -eq 0 ] && lanes=(1 8)
said=$(mktemp)
TIMEFORMAT='%R %U %S'
for network in $(basename -s .ts models/*.ts | grep -v '^index$'); do
  row="| $network |"
  for count in "${lanes[@]}"; do
    spent=$(for _ in 1 2 3; do
      { time node dist/cli/main.js estimate --network "$network" --weight-bits "$bits" --lanes "$count" \
        --out "build/bench-estimate/$network" >"$said" 2>&1; } 2>&1
    done)
    seconds=$(sort -n <<<"$spent" | awk 'NR == 2 {printf "%.1f (%.1f)", $1, $2 + $3}')
    # An error's code is its last line.
    code=$(grep -o '\[[A-Z_]*\]$' "$said")
    row="$row ${code:-$seconds} |"
  done
  echo "$row"
done
