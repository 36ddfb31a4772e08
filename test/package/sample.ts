import {readFileSync} from "node:fs"
import {join} from "node:path"
import {byName} from "../../models/index.ts"
import {exportFloat} from "../../src/export/float.ts"
import {type GoldenResult, runGolden} from "../../src/golden/run.ts"
import {byteElements} from "../../src/graph/format.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {integerNetworkToJson} from "../../src/graph/json.ts"
import type {FloatModel} from "../../src/graph/network.ts"
import {elements} from "../../src/graph/shape.ts"
import {parseBoard} from "../../src/package/board.ts"
import {driverNames} from "../../src/package/driver.ts"
import type {PackageInput} from "../../src/package/package.ts"
import type {Plan} from "../../src/plan/plan.ts"
import {digits16, integer, random} from "../golden/networks.ts"
import {root} from "../tools.ts"
import {emptyTop} from "./fixture.ts"

export const board = (name: string) => parseBoard(readFileSync(join(root, `boards/${name}/board.json`), "utf8"), name)

/** A plan with the facts that packaging reads; its stages are of no concern here. */
export function samplePlan(network: IntegerNetwork, lanes = 1): Plan {
  const resources = {lut: 4060, ff: 5466, dsp: 10, bram36: 2.5}
  return {
    name: network.name,
    modelHash: "0",
    device: {name: "xc7z020", resources: {lut: 53200, ff: 106400, dsp: 220, bram36: 140}},
    clockHz: 100e6,
    lanes,
    packets: "raw",
    weights: "constant",
    stream: {
      input: {
        dataBits: 8 * lanes,
        elementBits: 8,
        signed: false,
        beatsPerImage: elements(network.input.shape) / lanes,
      } as Plan["stream"]["input"],
      output: {dataBits: 32, wordsPerImage: 10},
    },
    stages: [],
    interval: 784 / lanes,
    latency: 891,
    credits: 2,
    pace: {beat: 1, image: 1},
    imagesPerSecond: 127551,
    limit: "stream",
    resources,
    margin: resources,
    fits: true,
  }
}

/** Images in which something is to be seen: a bright bar on a dark ground, and noise. */
export function sampleImages(count: number, seed: number): Uint8Array {
  const next = random(seed)
  const images = new Uint8Array(count * 784)
  for (let n = 0; n < count; n++) {
    const from = integer(next, 2, 20)
    for (let i = 0; i < 784; i++) {
      const inside = i % 28 >= from && i % 28 < from + 5
      images[n * 784 + i] = integer(next, 0, 40) + (inside ? 200 : 0)
    }
  }
  return images
}

/** The float twin of an integer digits16: what the processor runs. */
export function floatTwin(network: IntegerNetwork): FloatModel {
  const float = byName("digits16")
  const linear = network.layers.flatMap((layer) => ("weights" in layer ? [layer] : []))
  const names = float.layers.filter(({kind}) => kind === "conv2d" || kind === "dense").map(({name}) => name)
  return {
    network: float,
    parameters: Object.fromEntries(
      linear.map((layer, index) => [
        names[index] ?? "",
        {
          weights: Float32Array.from(layer.weights, (w) => w / 2 ** (layer.weightFractions[0] ?? 0)),
          bias: Float32Array.from(
            layer.bias,
            (b) => b / 2 ** ((layer.weightFractions[0] ?? 0) + (index === 0 ? 8 : 5)),
          ),
        },
      ]),
    ),
  }
}

const network = digits16(3, "half-up")
const tflite = exportFloat(floatTwin(network))
const known = new Map<string, GoldenResult>()

/** Golden's answers, computed once for images of the same count. */
function golden(images: Uint8Array): GoldenResult {
  const key = `${images.length} ${images[400]}`
  const result = known.get(key) ?? runGolden(network, byteElements(images, network.input.format))
  known.set(key, result)
  return result
}

/** Everything packageBoard wants, of a random digits16, with golden's results; labels are golden's classes. */
export function sampleInput(boardName = "pynq-z2", lanes = 1, testImages = 300): PackageInput {
  const selfTest = sampleImages(16, 11)
  const test = sampleImages(testImages, 12)
  return {
    network,
    networkJson: integerNetworkToJson(network),
    plan: samplePlan(network, lanes),
    design: {
      top: "tlast_top",
      files: {
        "rtl/tlast_top.v": emptyTop("tlast_top", 8 * lanes),
        "rtl/core.sv": "module core;\nendmodule\n",
        "rtl/rom.mem": "00\n",
      },
    },
    board: board(boardName),
    models: {"model.tflite": tflite},
    selfTest: {images: selfTest, results: golden(selfTest).outputs},
    test: {images: test, labels: Uint8Array.from(golden(test).classes)},
    driver: Object.fromEntries(
      driverNames.map((name) => [name, readFileSync(join(root, "python/tlast_pynq", name), "utf8")]),
    ),
    checks: [{what: "golden against itself", result: "316 images, 0 mismatches"}],
    version: "0.1.0",
  }
}
