#!/usr/bin/env bash
# tlast's trainer and PyTorch on one thread, in one run, three times in turn. See README.md.
set -euo pipefail
cd "$(dirname "$0")"
[ -x .venv/bin/python ] || { python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt; }
for turn in 1 2 3; do
  (cd ../.. && npx jiti bench/train/measure.ts 3 1) | grep -E 'imagesPerCpuSecond|peakMegabytes'
  .venv/bin/python torch_cpu.py 2
done
