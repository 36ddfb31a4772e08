import {describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {exportFloat} from "../../src/export/float.ts"
import {conv2d, dense, dropout, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"
import type {FloatModel, Network} from "../../src/graph/network.ts"
import {elements} from "../../src/graph/shape.ts"
import {toValues} from "../../src/quantize/calibrate.ts"
import {traceFloat} from "../../src/quantize/float.ts"
import {lower} from "../../src/quantize/lower.ts"
import {integer, random} from "../golden/networks.ts"
import {filled, residual, separable} from "../graph/filled.ts"
import {requirePython} from "../tools.ts"
import {runLiteRt} from "./litert.ts"

const image = {height: 28, width: 28, channels: 1}
const networks: readonly Network[] = [
  network("digits", image, [
    conv2d({filters: 16, kernel: 5}),
    relu(),
    maxPool2d({size: 4}),
    flatten(),
    dropout(0.3),
    dense({units: 10}),
  ]),
  network("deeper", {height: 13, width: 11, channels: 3}, [
    conv2d({filters: 5, kernel: {height: 3, width: 2}}),
    maxPool2d({size: {height: 2, width: 1}}),
    relu(),
    conv2d({filters: 4, kernel: 2}),
    flatten(),
    dense({units: 12}),
    relu(),
    dense({units: 3}),
  ]),
  separable,
  residual,
  network("lone", {height: 1, width: 1, channels: 128}, [dense({units: 10})]),
]

describe("model.tflite", () => {
  test("gives LiteRT the same logits within 2e-6 of the largest, and probabilities that sum to 1", (context) => {
    const python = requirePython(context)
    const seed = 41
    const next = random(seed)
    const images = 20
    const models = networks.map((made, n) => filled(made, seed + n))
    const pixels = networks.map(({input}) =>
      Uint8Array.from({length: images * elements(input)}, () => (next() < 0.4 ? 0 : integer(next, 0, 255))),
    )
    const lastOf = (model: FloatModel) => at(lower(model).layers, lower(model).layers.length - 1)
    const found = runLiteRt(
      python,
      models.map((model, n) => ({
        model: exportFloat(model),
        input: new Uint8Array(Float32Array.from(at(pixels, n), (byte) => byte / 256).buffer),
        images,
        tensors: [lastOf(model).name, "probabilities"],
      })),
    )
    for (const [n, model] of models.entries()) {
      const size = elements(model.network.input)
      const floats = (name: string) => {
        const bytes = at(found, n).get(name) ?? new Uint8Array()
        return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
      }
      const logits = floats(lastOf(model).name)
      const probabilities = floats("probabilities")
      const width = logits.length / images
      let largest = 0
      let worst = 0
      for (let i = 0; i < images; i++) {
        const own = traceFloat(lower(model), toValues(at(pixels, n).subarray(i * size, (i + 1) * size))).at(-1)
        for (const [j, value] of (own ?? []).entries()) {
          largest = Math.max(largest, Math.abs(value))
          worst = Math.max(worst, Math.abs(value - at(logits, i * width + j)))
        }
        const sum = probabilities.slice(i * width, (i + 1) * width).reduce((a, b) => a + b, 0)
        expect(sum).toBeCloseTo(1, 5)
      }
      expect(largest).toBeGreaterThan(0.1)
      expect(worst / largest, model.network.name).toBeLessThan(2e-6)
    }
  })

  test("is the same bytes every time", () => {
    const model = filled(at(networks, 0), 3)
    expect(exportFloat(model)).toEqual(exportFloat(model))
  })
})
