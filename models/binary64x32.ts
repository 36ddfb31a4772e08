import {batchNorm, dense, flatten, network, relu} from "../src/graph/layers.ts"

/** Three dense layers, 784 to 64 to 32 to 10, for weights of 1 bit: 52,544 of them, which no multiplier meets. */
export const binary64x32 = network("binary64x32", {height: 28, width: 28, channels: 1}, [
  flatten(),
  dense({units: 64}),
  batchNorm(),
  relu(),
  dense({units: 32}),
  batchNorm(),
  relu(),
  dense({units: 10}),
])
