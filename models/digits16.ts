import {conv2d, dense, dropout, flatten, maxPool2d, network, relu} from "../src/graph/layers.ts"

/** The reference network: handwritten digits, 28x28 grey, 6,160 weights, 236,160 multiplications an image. */
export const digits16 = network("digits16", {height: 28, width: 28, channels: 1}, [
  conv2d({filters: 16, kernel: 5}),
  relu(),
  maxPool2d({size: 4}),
  flatten(),
  dropout(0.3),
  dense({units: 10}),
])
