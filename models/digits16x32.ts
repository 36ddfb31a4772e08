import {conv2d, dense, dropout, flatten, maxPool2d, network, relu} from "../src/graph/layers.ts"

/** Two wide convolutions, for accuracy: handwritten digits, 28x28 grey, 18,320 weights, 1,054,720 multiplications an image. */
export const digits16x32 = network("digits16x32", {height: 28, width: 28, channels: 1}, [
  conv2d({filters: 16, kernel: 5}),
  relu(),
  maxPool2d({size: 2}),
  conv2d({filters: 32, kernel: 5}),
  relu(),
  maxPool2d({size: 2}),
  flatten(),
  dropout(0.3),
  dense({units: 10}),
])
