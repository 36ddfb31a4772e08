// Trains the networks of the table in README.md, then for each of its formats. Arguments: epochs, epochs of fine-tuning.
import {digits16} from "../../models/digits16.ts"
import {loadData} from "../../src/data/data.ts"
import {conv2d, dense, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"
import {nodeHost} from "../../src/host/node.ts"
import {fakeQuantizeOf} from "../../src/quantize/fake.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {evaluate} from "../../src/train/evaluate.ts"
import {train} from "../../src/train/train.ts"

const [epochs = 8, tuning = 3] = process.argv.slice(2).map(Number)
const host = nodeHost()
const data = await loadData({name: "mnist"}, host)
const image = {height: 28, width: 28, channels: 1}
const two = (name: string, first: number, kernel: number, second: number) =>
  network(name, image, [
    conv2d({filters: first, kernel}),
    relu(),
    maxPool2d({size: 2}),
    conv2d({filters: second, kernel}),
    relu(),
    maxPool2d({size: 2}),
    flatten(),
    dense({units: 10}),
  ])
const networks = [
  digits16,
  two("c4k5_c8k5", 4, 5, 8),
  two("c8k3_c16k3", 8, 3, 16),
  two("c8k5_c16k5", 8, 5, 16),
  network("mlp_64", image, [flatten(), dense({units: 64}), relu(), dense({units: 10})]),
]
const formats = [
  {weightBits: 8, activationBits: 8, inputBits: 8},
  {weightBits: 4, activationBits: 4, inputBits: 4},
  {weightBits: 2, activationBits: 4, inputBits: 4},
]

for (const net of networks) {
  const start = host.clock.cpuSeconds()
  const {model, report} = await train({network: net, data, host, options: {epochs}})
  const rate = (report.images.training * epochs) / (host.clock.cpuSeconds() - start)
  console.log(`${net.name}: float ${report.accuracy.test} %, ${Math.round(rate)} images per CPU-second`)
  for (const bits of formats) {
    const {formats: chosen} = quantize(model, data.training.images.subarray(0, 784 * 512), bits)
    const fakeQuantize = fakeQuantizeOf(chosen)
    const before = (await evaluate(model, data.test, fakeQuantize)).accuracy
    const rate = bits.weightBits === 2 ? 2e-3 : 1e-3
    const tuned = await train({network: net, data, host, options: {start: model, fakeQuantize, epochs: tuning, rate}})
    const name = `${bits.weightBits}:${bits.activationBits}:${bits.inputBits}`
    console.log(`  ${name} before ${before} %, after ${tuned.report.accuracy.test} %`)
  }
}
