import {conv2d, dense, flatten, maxPool2d, network, relu} from "../src/graph/layers.ts"

/** Three convolutions on small colour images: 32x32x3, 6,232 weights, 666,112 multiplications an image. */
export const rgb32 = network("rgb32", {height: 32, width: 32, channels: 3}, [
  conv2d({filters: 8, kernel: 3, padding: "same"}),
  relu(),
  maxPool2d({size: 2}),
  conv2d({filters: 16, kernel: 3, padding: "same"}),
  relu(),
  maxPool2d({size: 2}),
  conv2d({filters: 16, kernel: 3, padding: "same"}),
  relu(),
  maxPool2d({size: 2}),
  flatten(),
  dense({units: 10}),
])
