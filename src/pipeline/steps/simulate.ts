import {hlsOptions} from "../../emit/hls-options.ts"
import {at} from "../../errors.ts"
import {headerFields, type Loadable, resultWords} from "../../graph/packets.ts"
import {elements} from "../../graph/shape.ts"
import {npy} from "../../package/npy.ts"
import {toElements} from "../../quantize/report.ts"
import type {SimulateReport, StallReport} from "../../report/stages.ts"
import {type HlsReport, verifyHls} from "../../verify/hls.ts"
import {findCompiler} from "../../verify/hls-compile.ts"
import {imagePackets, imageVectors} from "../../verify/hls-vectors.ts"
import {packElements, type StreamShape} from "../../verify/images.ts"
import {batches, ownWeights} from "../../verify/packets.ts"
import {streamShape, type VerifyInput, type VerifyOptions, type VerifyResult, verify} from "../../verify/verify.ts"
import {verifyPackets} from "../../verify/verify-packets.ts"
import {paths} from "../outputs.ts"
import type {Step, StepContext} from "../step.ts"
import {type Replay, timeline} from "../timeline.ts"

/** Images under the stall schedules, and through the second simulator. */
const STALL_IMAGES = 200

/** Images through the compiled C++. */
const HLS_IMAGES = 1000

/** Of them, those that also run with FIFOs of the emitted depths. */
const BOUNDED_IMAGES = 4

const sources = ["graph", "golden", "simulate", "verify", "plan", "emit", "host", "hls"]

/** Every image through the RTL, back to back. */
export const simulateStep: Step = {
  name: "simulate",
  summary: "run the images through the RTL, clock by clock",
  needs: ["data", "quantize", "golden", "plan", "emit"],
  sources,
  options: ({config}) => ({images: config.images ?? null, simulator: config.simulator ?? "embedded"}),
  async run(context) {
    const {host, settings, outputs, onProgress, signal} = context
    const {input, images} = await verifyInput(context)
    const result = await check(input, {
      host,
      out: settings.out,
      simulators: [{name: settings.config.simulator ?? "embedded"}],
      stallImages: 0,
      malformed: false,
      ...(signal === undefined ? {} : {signal}),
      ...(onProgress === undefined ? {} : {onProgress}),
    })
    const shape = streamShape(input.network, input.stream)
    // The skids at both ends are the streams themselves.
    const blocks = (await outputs.plan()).stages.filter(({kind}) => kind !== "skid").map(({name}) => name)
    const report: SimulateReport = {
      stage: "simulate",
      passed: result.report.ok,
      ...result.report,
      timeline: await timeline(input.design, blocks, oneImage(input, shape), host),
    }
    return {
      report,
      files: {
        [paths.outputs]: npy(result.outputs, [images, shape.outputs]),
        ...(result.vcd === undefined ? {} : {"sim/mismatch.vcd": result.vcd}),
      },
    }
  },
}

/** The first image, behind header packets after the weights that it needs. */
function oneImage(
  {network, elements: pixels, loadable}: Awaited<ReturnType<typeof verifyInput>>["input"],
  shape: StreamShape,
): Replay {
  if (loadable === undefined)
    return {
      packets: [packElements(pixels, 0, shape.elements, shape)],
      beatsBefore: 0,
      resultsBefore: 0,
      results: shape.outputs,
    }
  const loads = ownWeights(network, loadable)
  const before = loads.reduce((sum, {length}) => sum + length, 0) + headerFields.length
  const image = Array.from({length: shape.elements}, (_, i) => pixels[i] ?? 0)
  const execute = batches(network, image, () => 1)
  return {
    packets: [...loads, ...execute].map(
      ({buffer, byteOffset, byteLength}) => new Uint8Array(buffer, byteOffset, byteLength),
    ),
    // Every word of a load comes back, and so does the header.
    beatsBefore: before,
    resultsBefore: before,
    results: resultWords(network, loadable),
  }
}

/** A few hundred images under every stall schedule, broken streams and resets; the same in Verilator where it is installed. */
export const verifyStep: Step = {
  name: "verify",
  summary: "stall, break and reset the stream; Verilator too, where it is installed",
  needs: ["data", "quantize", "golden", "plan", "emit"],
  sources,
  options: async ({config}, host) => ({
    images: config.images ?? null,
    seed: config.seed,
    backend: config.backend,
    verilator: (await host.which("verilator")) !== undefined,
  }),
  async run(context) {
    const {host, settings, onProgress, signal} = context
    // Before minutes of simulation, not after.
    if (settings.config.backend === "hls") await findCompiler(host)
    const {input} = await verifyInput(context, STALL_IMAGES)
    const verilator = (await host.which("verilator")) !== undefined
    const result = await check(input, {
      host,
      out: settings.out,
      simulators: verilator ? [{name: "embedded"}, {name: "verilator"}] : [{name: "embedded"}],
      stallImages: STALL_IMAGES,
      seed: settings.config.seed,
      ...(signal === undefined ? {} : {signal}),
      ...(onProgress === undefined ? {} : {onProgress}),
    })
    const hls = settings.config.backend === "hls" ? await checkHls(context) : undefined
    const report: StallReport = {
      stage: "verify",
      passed: result.report.ok && (hls?.ok ?? true),
      ...result.report,
      ...(hls === undefined ? {} : {hls}),
      notRun: verilator ? [] : ["verilator"],
    }
    return {
      report,
      files: result.vcd === undefined ? {} : {"sim/stalled.vcd": result.vcd},
      local: ["report/verify.json"],
    }
  },
}

/** The HLS C++ compiled with this computer's compiler, against golden; a few images with FIFOs of the emitted depths. */
async function checkHls(context: StepContext): Promise<HlsReport> {
  const {host, settings, outputs} = context
  const {input} = await verifyInput(context, HLS_IMAGES)
  const options = hlsOptions(await outputs.plan())
  const {network, elements: pixels} = input
  const images = pixels.length / streamShape(network, input.stream).elements
  return verifyHls(
    {
      network,
      options,
      host,
      out: settings.out,
      ...(options.packets === "raw" ? {input: pixels} : {packets: imagePackets(network, options, pixels, images)}),
      boundedVectors: imageVectors(network, options, pixels, Math.min(BOUNDED_IMAGES, images)),
    },
    context,
  )
}

/** Raw streams, or header packets. */
const check = (
  input: Awaited<ReturnType<typeof verifyInput>>["input"],
  options: VerifyOptions,
): Promise<VerifyResult> =>
  input.loadable === undefined ? verify(input, options) : verifyPackets({...input, loadable: input.loadable}, options)

async function verifyInput({outputs}: StepContext, most = Number.POSITIVE_INFINITY) {
  const [network, design, plan, test, golden] = await Promise.all([
    outputs.integer(),
    outputs.design(),
    outputs.plan(),
    outputs.test(),
    outputs.golden(),
  ])
  const images = Math.min(most, test.labels.length)
  const size = elements(network.input.shape)
  const width = elements(at(network.layers, network.layers.length - 1).output.shape)
  const {dataBits, elementBits} = plan.stream.input
  const input: VerifyInput & {readonly loadable?: Loadable} = {
    ...(plan.loadable === undefined ? {} : {loadable: plan.loadable}),
    network,
    design,
    stream: {
      lanes: plan.lanes,
      dataBits,
      elementBits,
      ...(plan.stream.output.kind && {output: plan.stream.output.kind}),
    },
    predicted: {interval: plan.interval, latency: plan.latency},
    elements: toElements(test.images.subarray(0, images * size), network.input.format.bits),
    golden: golden.subarray(0, images * width),
  }
  return {input, images}
}
