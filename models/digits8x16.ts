import {conv2d, dense, flatten, maxPool2d, network, relu} from "../src/graph/layers.ts"

/** Two convolutions, for narrow weights: handwritten digits, 28x28 grey, 5,960 weights, 322,560 multiplications an image. */
export const digits8x16 = network("digits8x16", {height: 28, width: 28, channels: 1}, [
  conv2d({filters: 8, kernel: 5}),
  relu(),
  maxPool2d({size: 2}),
  conv2d({filters: 16, kernel: 5}),
  relu(),
  maxPool2d({size: 2}),
  flatten(),
  dense({units: 10}),
])
