import {at} from "../../errors.ts"
import {runGolden} from "../../golden/run.ts"
import {elements} from "../../graph/shape.ts"
import {npy} from "../../package/npy.ts"
import {toElements} from "../../quantize/report.ts"
import type {GoldenReport} from "../../report/stages.ts"
import {paths} from "../outputs.ts"
import {checkpoint, type Step} from "../step.ts"

const BATCH = 250

export const goldenStep: Step = {
  name: "golden",
  summary: "run the integer reference over the test images",
  needs: ["data", "quantize"],
  sources: ["graph", "golden", "pipeline"],
  options: ({config}) => ({images: config.images ?? null}),
  async run({outputs, ...watch}) {
    const network = await outputs.integer()
    const test = await outputs.test()
    const images = test.labels.length
    const size = elements(network.input.shape)
    const pixels = toElements(test.images, network.input.format.bits)
    const width = elements(at(network.layers, network.layers.length - 1).output.shape)
    const all = new Int32Array(images * width)
    const classes = new Int32Array(images)
    for (let first = 0; first < images; first += BATCH) {
      await checkpoint(watch, {stage: "golden", done: first, total: images, unit: "images"})
      const count = Math.min(BATCH, images - first)
      const result = runGolden(network, pixels.subarray(first * size, (first + count) * size), count)
      all.set(result.outputs, first * width)
      classes.set(result.classes, first)
    }
    const report: GoldenReport = {
      stage: "golden",
      network: network.name,
      images,
      outputs: width,
      ...readings(classes, test.labels, Math.max(test.classes, width)),
    }
    return {report, files: {[paths.golden]: npy(all, [images, width])}}
  },
}

/** Accuracy, confusion and misread images of what was read. */
export function readings(read: ArrayLike<number>, labels: ArrayLike<number>, classes: number) {
  const confusion = Array.from({length: classes}, () => new Array<number>(classes).fill(0))
  const misread: {index: number; label: number; read: number}[] = []
  for (let index = 0; index < labels.length; index++) {
    const label = at(labels, index)
    const answer = at(read, index)
    const row = at(confusion, label)
    row[answer] = (row[answer] ?? 0) + 1
    if (answer !== label) misread.push({index, label, read: answer})
  }
  return {accuracy: (100 * (labels.length - misread.length)) / labels.length, confusion, misread}
}
