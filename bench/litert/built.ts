// What a build left: model.int8.tflite and model.tflite in LiteRT against golden and the float network, on all test images.
// Arguments: build folders of networks that come with tlast (default build/digits16). `--images N` for fewer, `--data NAME` of others.
// See README.md.
import {readFileSync} from "node:fs"
import {basename, join} from "node:path"
import {parseArgs} from "node:util"
import {presetOf} from "../../models/index.ts"
import {loadData} from "../../src/data/data.ts"
import {at} from "../../src/errors.ts"
import {exportFloat} from "../../src/export/float.ts"
import {traceGolden} from "../../src/golden/run.ts"
import {floatModelFromJson, integerNetworkFromJson} from "../../src/graph/json.ts"
import {elements} from "../../src/graph/shape.ts"
import {nodeHost} from "../../src/host/node.ts"
import {toValues} from "../../src/quantize/calibrate.ts"
import {runFloat} from "../../src/quantize/float.ts"
import {lower} from "../../src/quantize/lower.ts"
import {litertDifferences} from "../../test/export/compare.ts"
import {runLiteRt} from "../../test/export/litert.ts"
import {root} from "../../test/tools.ts"

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {images: {type: "string", default: "10000"}, data: {type: "string"}},
})
const python = join(root, "bench/litert/.venv/bin/python")
const batch = 500

for (const folder of positionals.length > 0 ? positionals : ["build/digits16"]) {
  const read = (name: string) => readFileSync(join(folder, name), "utf8")
  const network = integerNetworkFromJson(read("integer.json"), folder)
  const model = floatModelFromJson(read("model.json"), folder)
  const {test} = await loadData({name: values.data ?? presetOf(basename(folder)).data ?? "mnist"}, nodeHost())
  const size = elements(network.input.shape)
  const images = Math.min(Number(values.images), test.labels.length)
  const pixels = (from: number, to: number) => test.images.subarray(from * size, to * size)
  const problems: string[] = []
  for (let from = 0; from < images; from += batch)
    problems.push(...litertDifferences(python, [{network, input: pixels(from, Math.min(images, from + batch))}]))
  for (const problem of problems) console.log(problem)
  const integers = [...traceGolden(network, pixels(0, 1)).values()].reduce((sum, {length}) => sum + length, 0)
  const float = floatDifference(model, pixels(0, Math.min(images, 200)), size)
  console.log(
    `${network.name}: ${problems.length} of ${network.layers.length} layers differ, ${images * integers} integers on ${images} images; ` +
      `float logits within ${float.toExponential(2)} of the largest`,
  )
  if (problems.length > 0 || float > 2e-6) process.exitCode = 1
}

/** The largest difference between LiteRT's float outputs before softmax and ours in doubles, as a share of the largest. */
function floatDifference(model: ReturnType<typeof floatModelFromJson>, pixels: Uint8Array, size: number): number {
  const lowered = lower(model)
  const last = at(lowered.layers, lowered.layers.length - 1).name
  const images = pixels.length / size
  const input = new Uint8Array(Float32Array.from(pixels, (byte) => byte / 256).buffer)
  const [found] = runLiteRt(python, [{model: exportFloat(model), input, images, tensors: [last]}])
  const bytes = found?.get(last) ?? new Uint8Array()
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  let [worst, largest] = [0, 0]
  for (let n = 0; n < images; n++)
    for (const [i, value] of runFloat(lowered, toValues(pixels.subarray(n * size, (n + 1) * size))).entries()) {
      largest = Math.max(largest, Math.abs(value))
      worst = Math.max(worst, Math.abs(value - at(values, (n * values.length) / images + i)))
    }
  return worst / largest
}
