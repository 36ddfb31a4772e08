import {dense, flatten, network, relu} from "../src/graph/layers.ts"

/** Two dense layers, 784 to 128 to 10: 101,632 weights. */
export const mlp128 = network("mlp128", {height: 28, width: 28, channels: 1}, [
  flatten(),
  dense({units: 128}),
  relu(),
  dense({units: 10}),
])
