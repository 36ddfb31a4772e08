import {conv2d, dense, flatten, network, relu} from "../src/graph/layers.ts"

/** Two convolutions that shrink by their strides, without pooling: 28x28 grey, 5,352 weights. */
export const strided = network("strided", {height: 28, width: 28, channels: 1}, [
  conv2d({filters: 8, kernel: 5, stride: 2}),
  relu(),
  conv2d({filters: 16, kernel: 3, stride: 2}),
  relu(),
  flatten(),
  dense({units: 10}),
])
