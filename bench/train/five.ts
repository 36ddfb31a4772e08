// The five networks that the trainer is measured on against PyTorch; torch_cpu.py has the same.
import {digits8x16} from "../../models/digits8x16.ts"
import {digits16} from "../../models/digits16.ts"
import {
  add,
  batchNorm,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  globalAvgPool2d,
  maxPool2d,
  network,
  relu,
} from "../../src/graph/layers.ts"
import type {Network} from "../../src/graph/network.ts"

const image = {height: 28, width: 28, channels: 1}

const strided = network("strided", image, [
  conv2d({filters: 16, kernel: 5, stride: 2}),
  relu(),
  conv2d({filters: 32, kernel: 3, stride: 2}),
  relu(),
  flatten(),
  dense({units: 10}),
])

const separable = network("separable", image, [
  conv2d({filters: 16, kernel: 3, stride: 2, padding: "same"}),
  relu(),
  depthwiseConv2d({kernel: 3, padding: "same"}),
  relu(),
  conv2d({filters: 32, kernel: 1}),
  relu(),
  depthwiseConv2d({kernel: 3, stride: 2, padding: "same"}),
  relu(),
  conv2d({filters: 32, kernel: 1}),
  relu(),
  globalAvgPool2d(),
  flatten(),
  dense({units: 10}),
])

const block = (name: string, from: string) => [
  conv2d({filters: 16, kernel: 3, padding: "same", name: `${name}_a`, inputs: [from]}),
  batchNorm(),
  relu(),
  conv2d({filters: 16, kernel: 3, padding: "same", name: `${name}_b`}),
  batchNorm({name: `${name}_c`}),
  add({inputs: [`${name}_c`, from]}),
  relu({name: `${name}_d`}),
]

const residual = network("residual", image, [
  conv2d({filters: 16, kernel: 3, padding: "same"}),
  batchNorm(),
  relu(),
  maxPool2d({size: 2, name: "stem"}),
  ...block("one", "stem"),
  maxPool2d({size: 2, name: "half"}),
  ...block("two", "half"),
  globalAvgPool2d(),
  flatten(),
  dense({units: 10}),
])

export const five: readonly Network[] = [digits16, digits8x16, strided, separable, residual]
