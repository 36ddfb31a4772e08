import {add, batchNorm, conv2d, dense, globalAvgPool2d, maxPool2d, network, relu} from "../src/graph/layers.ts"

/** Two residual blocks of two convolutions each, and the global average: 28x28 grey, 2,456 weights. */
export const residual = network("residual", {height: 28, width: 28, channels: 1}, [
  conv2d({filters: 8, kernel: 3, padding: "same"}),
  batchNorm(),
  relu(),
  maxPool2d({name: "stem", size: 2}),
  ...block("one", "stem", 8),
  maxPool2d({name: "half", size: 2}),
  ...block("two", "half", 8),
  globalAvgPool2d(),
  dense({units: 10}),
])

/** relu(x + conv(relu(conv(x)))), both convolutions normalised. */
function block(name: string, from: string, filters: number) {
  return [
    conv2d({name: `${name}_conv1`, filters, kernel: 3, padding: "same", inputs: [from]}),
    batchNorm({name: `${name}_norm1`}),
    relu({name: `${name}_relu1`}),
    conv2d({name: `${name}_conv2`, filters, kernel: 3, padding: "same"}),
    batchNorm({name: `${name}_norm2`}),
    add({name: `${name}_add`, inputs: [`${name}_norm2`, from]}),
    relu({name: `${name}_relu2`}),
  ]
}
