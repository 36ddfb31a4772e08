import {batchNorm, conv2d, dense, depthwiseConv2d, globalAvgPool2d, network, relu} from "../src/graph/layers.ts"

/** A convolution, then two depthwise-separable ones and the global average, as in MobileNet: 28x28 grey, 1,040 weights. */
export const separable = network("separable", {height: 28, width: 28, channels: 1}, [
  conv2d({filters: 8, kernel: 3, stride: 2, padding: "same"}),
  batchNorm(),
  relu(),
  depthwiseConv2d({kernel: 3, padding: "same"}),
  batchNorm(),
  relu(),
  conv2d({filters: 16, kernel: 1}),
  batchNorm(),
  relu(),
  depthwiseConv2d({kernel: 3, stride: 2, padding: "same"}),
  batchNorm(),
  relu(),
  conv2d({filters: 24, kernel: 1}),
  batchNorm(),
  relu(),
  globalAvgPool2d(),
  dense({units: 10}),
])
