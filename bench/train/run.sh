#!/usr/bin/env bash
# tlast's trainer and PyTorch on one thread, network by network in turn, three times. See README.md.
set -euo pipefail
cd "$(dirname "$0")"
[ -x .venv/bin/python ] || { python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt; }
for turn in 1 2 3; do
  for network in digits16 digits8x16 strided separable residual; do
    (cd ../.. && npx jiti bench/train/compare.ts 2 "$network")
    .venv/bin/python torch_cpu.py 2 "$network"
  done
done
