import {batchNorm, conv2d, dense, depthwiseConv2d, globalAvgPool2d, network, relu} from "../src/graph/layers.ts"

/** Keyword spotting in the small: 49 frames of 10 bands, a strided convolution and two separable ones; 1,080 weights. */
export const spectrogram = network("spectrogram", {height: 49, width: 10, channels: 1}, [
  conv2d({filters: 8, kernel: {height: 10, width: 4}, stride: 2, padding: "same"}),
  batchNorm(),
  relu(),
  depthwiseConv2d({kernel: 3, padding: "same"}),
  batchNorm(),
  relu(),
  conv2d({filters: 16, kernel: 1}),
  batchNorm(),
  relu(),
  depthwiseConv2d({kernel: 3, padding: "same"}),
  batchNorm(),
  relu(),
  conv2d({filters: 16, kernel: 1}),
  batchNorm(),
  relu(),
  globalAvgPool2d(),
  dense({units: 10}),
])
