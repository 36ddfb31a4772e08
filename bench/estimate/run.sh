#!/usr/bin/env bash
# CPU seconds of `tlast estimate` for every network of models/: bench/estimate/run.sh [weight bits] [lanes...]
cd "$(dirname "$0")/../.." && npm run build --silent
bits=${1:-8}; shift || true
for network in $(basename -s .ts models/*.ts | grep -v '^index$'); do
  row="| $network |"
  for lanes in "${@:-1 8}"; do
    for count in $lanes; do
      out=$({ /usr/bin/time -f '%U %S' node dist/cli/main.js estimate --network "$network" --weight-bits "$bits" \
        --lanes "$count" --quiet --out "build/bench-estimate/$network" >/dev/null; } 2>&1)
      # Refused lanes print an error before the times.
      seconds=$(tail -n 1 <<<"$out" | awk '{printf "%.2f", $1 + $2}')
      grep -q 'LANES_DO_NOT_DIVIDE\|lanes' <<<"$out" && seconds="refused"
      row="$row $seconds |"
    done
  done
  echo "$row"
done
