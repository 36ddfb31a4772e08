// Builds, fits and proves the networks that come with tlast, with random weights. See README.md.
import {parseArgs} from "node:util"
import {byName, names, presetOf} from "../../models/index.ts"
import {emit, library} from "../../src/emit/emit.ts"
import type {FloatModel} from "../../src/graph/network.ts"
import {elements} from "../../src/graph/shape.ts"
import {nodeHost} from "../../src/host/node.ts"
import {plan} from "../../src/plan/make.ts"
import {quantize} from "../../src/quantize/quantize.ts"
import {generator} from "../../src/simulate/stall.ts"
import {synthesize} from "../../src/synthesize/run.ts"
import {initialParameters} from "../../src/train/initial.ts"
import {verify} from "../../src/verify/verify.ts"

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    images: {type: "string", default: "16"},
    device: {type: "string", default: "xc7z020"},
    "weight-bits": {type: "string"},
    verilator: {type: "boolean", default: false},
    synth: {type: "boolean", default: false},
    plan: {type: "boolean", default: false},
  },
})
const host = nodeHost()
const sources: Record<string, string> = {}
for (const file of library) sources[file] = new TextDecoder().decode(await host.files.asset(`rtl/${file}`))

/** The network with random parameters, normalisations that are not trivial included. */
function randomModel(name: string): FloatModel {
  const network = byName(name)
  const random = generator(7)
  const parameters = Object.fromEntries(
    Object.entries(initialParameters(network, 1)).map(([layer, own]) => [
      layer,
      own.mean === undefined || own.variance === undefined
        ? {...own, bias: own.bias.map(() => random() * 0.2 - 0.1)}
        : {
            weights: own.weights.map(() => 0.7 + random() * 0.6),
            bias: own.bias.map(() => random() * 0.4 - 0.2),
            mean: own.mean.map(() => random() * 0.2 - 0.1),
            variance: own.variance.map(() => 0.5 + random()),
          },
    ]),
  )
  return {network, parameters}
}

/** Smooth blobs: neighbours alike, as in pictures. */
function images(size: number, width: number, count: number): Uint8Array {
  const random = generator(3)
  return Uint8Array.from({length: size * count}, (_, i) => {
    const image = Math.floor(i / size)
    if (image === 0) return 0
    if (image === 1) return 255
    const [row, column] = [Math.floor((i % size) / width), i % width]
    const wave = Math.sin((row * (image % 5) + column * (image % 3)) / 6 + image)
    return Math.max(0, Math.min(255, Math.round(128 + 100 * wave + 40 * (random() - 0.5))))
  })
}

for (const name of positionals.length > 0 ? positionals : names) {
  const model = randomModel(name)
  const {shape} = {shape: model.network.input}
  const size = elements(shape)
  const count = Number(values.images)
  const pixels = images(size, shape.width * shape.channels, Math.max(count, 16))
  const weightBits = values["weight-bits"]
  const preset = presetOf(name).quantize ?? {}
  const {network} = quantize(model, pixels, {
    ...preset,
    ...(weightBits !== undefined && {weightBits: Number(weightBits)}),
  } as Parameters<typeof quantize>[2])
  const {plan: made, report} = plan(network, {device: values.device})
  const {lut, ff, dsp, bram36} = made.resources
  const row = `${name}: ${made.interval} clocks, latency ${made.latency}, predicted ${lut} LUT ${ff} FF ${dsp} DSP ${bram36} BRAM36, ${made.fits ? "fits" : "does not fit"} ${made.device.name}, limit ${made.limit}`
  console.log(row)
  for (const stage of report.stages)
    console.log(
      `  ${stage.name.padEnd(26)} ${stage.kind.padEnd(11)} ${String(stage.interval).padStart(6)} clocks ${String(stage.resources.lut).padStart(6)} LUT ${stage.resources.dsp} DSP ${stage.fifoDepth ?? ""}`,
    )
  if (values.plan) continue
  const design = emit(network, made, sources)
  const proof = await verify(
    {
      network,
      design,
      stream: {lanes: made.lanes, ...made.stream.input},
      predicted: {interval: made.interval, latency: made.latency},
      elements: Int32Array.from(pixels.subarray(0, size * count), (byte) => byte >> (8 - network.input.format.bits)),
    },
    {
      host,
      out: `build/networks/${name}`,
      simulators: [{name: "embedded"}, ...(values.verilator ? [{name: "verilator" as const}] : [])],
      stallImages: 8,
      malformed: false,
      worker: false,
    },
  )
  console.log(
    proof.report.ok
      ? `  ${count} images equal golden, as fast as predicted`
      : `  ${proof.report.problems.join("\n  ")}`,
  )
  if (!proof.report.ok) process.exitCode = 1
  if (values.synth) {
    const {resources} = await synthesize(design, {host})
    console.log(
      `  synthesised: ${resources.lut} LUT ${resources.ff} FF ${resources.dsp} DSP ${resources.bram36} BRAM36`,
    )
  }
}
