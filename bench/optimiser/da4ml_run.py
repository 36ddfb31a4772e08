"""Runs da4ml (as a black box, with its defaults) over matrices.generated.json and prints what its graphs cost."""

import json
import math
import sys
import time

import numpy as np
from da4ml.cmvm import solve
from da4ml.types import QInterval


def bits(interval: QInterval) -> int:
    low, high = interval.min / interval.step, interval.max / interval.step
    magnitude = high if low >= 0 else max(high, -low - 1)
    return max(1, math.floor(math.log2(magnitude)) + 1 if magnitude > 0 else 0) + (0 if low >= 0 else 1)


def measure(matrix: list[list[int]]) -> dict[str, float]:
    kernel = np.ascontiguousarray(np.array(matrix, dtype=np.float32).T)
    start = time.process_time()
    pipeline = solve(kernel, qintervals=[QInterval(0.0, 127.0, 1.0)] * kernel.shape[0])
    seconds = time.process_time() - start
    if not np.array_equal(pipeline.kernel, kernel):
        raise SystemExit("da4ml: wrong product")
    adders, lut_bits = 0, 0
    for stage in pipeline.solutions:
        for op in stage.ops:
            if op.opcode not in (0, 1):
                continue
            adders += 1
            one = math.log2(stage.ops[op.id0].qint.step)
            other = math.log2(stage.ops[op.id1].qint.step) + op.data
            lut_bits += bits(op.qint) - int(abs(one - other))
    return {"adders": adders, "lutBits": lut_bits, "depth": max(pipeline.out_latencies), "seconds": seconds}


with open(sys.argv[1], encoding="utf-8") as file:
    sets = json.load(file)
print(json.dumps({name: [measure(matrix) for matrix in matrices] for name, matrices in sets.items()}))
