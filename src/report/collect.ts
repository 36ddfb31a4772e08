import type {Board} from "../graph/board.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import type {FloatModel} from "../graph/network.ts"
import {headerFields, loadTargets} from "../graph/packets.ts"
import {elements, shapeName} from "../graph/shape.ts"
import type {PlanReport} from "../plan/options.ts"
import type {Plan} from "../plan/plan.ts"
import type {QuantizeReport} from "../quantize/report.ts"
import type {Check, Choices, PageData} from "./data.ts"
import {weightsOf} from "./histogram.ts"
import {count, percent} from "./page/markup.ts"
import {pipelineOf} from "./pipeline.ts"
import type {
  ExportReport,
  GoldenReport,
  ImportReport,
  SimulateReport,
  SoftwareReport,
  StallReport,
  SynthReport,
} from "./stages.ts"
import type {Summary} from "./summary.ts"

/** What the report is made of: every stage's report, and what they are about. */
export interface ReportInput {
  readonly tool: string
  readonly board: Pick<Board, "name" | "title" | "part">
  readonly model: FloatModel
  readonly network: IntegerNetwork
  readonly plan: Plan
  readonly alternatives: PlanReport["alternatives"]
  readonly quantize: QuantizeReport
  readonly exported: ExportReport
  readonly golden: GoldenReport
  readonly simulate: SimulateReport
  readonly verify: StallReport
  readonly synth: SynthReport
  readonly software: readonly SoftwareReport[]
  readonly imported?: ImportReport["imported"]
  /** Bytes of a test image. */
  readonly pixels: (index: number) => Uint8Array
}

/** Misread images that the page shows. */
const MISREAD_SHOWN = 28

/** report/summary.json */
export function summaryOf(input: ReportInput): Summary {
  const {network, plan, quantize, golden, simulate, verify, synth, software} = input
  const others = verify.simulators.filter(({simulator}) => simulate.simulators.every((s) => s.simulator !== simulator))
  return {
    network: network.name,
    accuracy: {
      float: quantize.accuracy?.float ?? golden.accuracy,
      quantised: golden.accuracy,
      images: golden.images,
    },
    rtl: [...simulate.simulators, ...others].map(({simulator, images, mismatches, cyclesPerImage, latencyCycles}) => ({
      simulator,
      images,
      mismatches,
      cyclesPerImage,
      latencyCycles,
    })),
    predicted: {cyclesPerImage: plan.interval, latencyCycles: plan.latency, ...plan.resources},
    resources: {...synth.resources, device: plan.device.name, source: synth.tool},
    throughput: {
      clockHz: plan.clockHz,
      imagesPerSecond: Math.floor(plan.clockHz / (simulate.simulators[0]?.cyclesPerImage || plan.interval)),
    },
    software: software.map(({engine, imagesPerSecond}) => ({engine, imagesPerSecond})),
  }
}

/** Everything report/index.html shows. */
export function pageOf(input: ReportInput): PageData {
  const {tool, board, model, network, plan, alternatives, golden, simulate, synth} = input
  const summary = summaryOf(input)
  const rows = simulate.timeline
  const beats = rows.find(({name}) => name === "s_axis")
  const results = rows.find(({name}) => name === "m_axis")
  return {
    summary,
    tool,
    title: titleOf(input),
    pipeline: pipelineOf(plan),
    timing: {
      interval: plan.interval,
      rows,
      lastInput: beats?.last ?? 0,
      firstResult: results?.first ?? 0,
      clockHz: plan.clockHz,
      provenance: "simulated",
    },
    accuracy: {
      ...summary.accuracy,
      confusion: golden.confusion,
      shape: network.input.shape,
      misreadCount: golden.misread.length,
      misread: golden.misread.slice(0, MISREAD_SHOWN).map((digit) => ({...digit, pixels: input.pixels(digit.index)})),
    },
    weights: weightsOf(model, network),
    device: {
      name: plan.device.name.toUpperCase(),
      title: `${board.title}, ${board.part}`,
      capacity: plan.device.resources,
      used: synth.resources,
      predicted: plan.resources,
    },
    ...(alternatives.length < 2 ? {} : {choices: choicesOf(plan, alternatives)}),
    checks: checksOf(input),
    files: filesOf(input),
  }
}

function choicesOf({lanes, interval, device}: Plan, alternatives: PlanReport["alternatives"]): Choices {
  const plans = alternatives.map((other) => ({
    lanes: other.lanes,
    interval: other.interval,
    imagesPerSecond: other.imagesPerSecond,
    lut: other.resources.lut,
    fits: other.fits,
    built: other.lanes === lanes && other.interval === interval,
  }))
  return {plans, capacity: device.resources.lut}
}

function titleOf({network, plan, board, imported}: ReportInput): string {
  const layers = network.layers.flatMap((layer) => {
    if (layer.kind === "conv2d")
      return [`conv ${layer.output.shape.channels} @ ${layer.kernel.height}x${layer.kernel.width}`]
    if (layer.kind === "maxPool2d") return [`max pool ${layer.size.height}x${layer.size.width}`]
    return layer.kind === "dense" ? [`dense ${elements(layer.output.shape)}`] : []
  })
  const lanes = plan.lanes === 1 ? "One element" : `${plan.lanes} elements`
  const from = imported === undefined ? "" : ` Imported from ${imported.file}.`
  return `${shapeName(network.input.shape)} in: ${layers.join(", ")}. ${lanes} a clock at ${plan.clockHz / 1e6} MHz, for a ${board.title}.${from}${loads(network, plan)}`
}

function loads(network: IntegerNetwork, {loadable}: Plan): string {
  if (loadable === undefined) return ""
  const words = loadTargets(network, loadable).reduce((sum, target) => sum + headerFields.length + target.words, 0)
  return ` Its weights come through the stream: another model is ${count(words)} words.`
}

function checksOf({exported, golden, plan, simulate, verify, synth}: ReportInput): readonly Check[] {
  const state = (good: boolean) => (good ? ("passed" as const) : ("failed" as const))
  const [run] = simulate.simulators
  const checks: Check[] = []
  for (const {simulator, images, words, mismatches, tlastErrors, tkeepErrors, violations} of [
    ...simulate.simulators,
    ...verify.simulators.filter((other) => other.simulator !== run?.simulator),
  ]) {
    checks.push(
      {
        what: `RTL in the ${simulator} simulator gives the integers of the definition`,
        result: `${count(words - mismatches)} of ${count(words)} words of ${count(images)} images`,
        state: state(mismatches === 0),
      },
      {
        what: `TLAST, TKEEP and stability on m_axis (${simulator})`,
        result: `${tlastErrors} TLAST, ${tkeepErrors} TKEEP, ${violations.length} stability errors`,
        state: state(tlastErrors + tkeepErrors + violations.length === 0),
      },
    )
  }
  for (const {simulator, stalls, malformed} of verify.simulators) {
    const bad = stalls.filter((s) => s.mismatches + s.tlastErrors + s.tkeepErrors + s.violations.length > 0).length
    checks.push({
      what: `The same words under every stall schedule (${simulator})`,
      result: `${stalls.length - bad} of ${stalls.length} schedules, ${stalls[0]?.images ?? 0} images each`,
      state: state(bad === 0),
    })
    const wrong = malformed.filter(({ok}) => !ok).length
    checks.push({
      what: `Short, long and broken packets, reset in mid-image (${simulator})`,
      result: `${malformed.length - wrong} of ${malformed.length} kinds answered as defined`,
      state: state(wrong === 0),
    })
  }
  if (run !== undefined) {
    checks.push({
      what: "Clocks an image and latency are what the plan promised",
      result: `${run.cyclesPerImage} and ${run.latencyCycles}, predicted ${plan.interval} and ${plan.latency}`,
      state: state(run.cyclesPerImage === plan.interval && run.latencyCycles === plan.latency),
    })
  }
  checks.push(
    {
      what: `Fits on ${plan.device.name}`,
      result: `${count(synth.resources.lut)} LUT, ${synth.resources.dsp} DSP, ${synth.resources.bram36} BRAM36 by ${synth.tool}`,
      state: state(synth.passed),
    },
    {
      what: "Accuracy of the integers",
      result: `${percent(golden.accuracy)} of ${count(golden.images)} test images`,
      state: "passed",
    },
  )
  if (exported.int8Refused !== undefined)
    checks.push({what: "model.int8.tflite", result: exported.int8Refused, state: "not run"})
  for (const name of verify.notRun)
    checks.push({what: `RTL in ${name}`, result: "not installed on this computer", state: "not run"})
  checks.push(
    {
      what: "Vivado: synthesis, place and route, timing",
      result: "needs Vivado; nothing here has run it",
      state: "not run",
    },
    {what: "A board", result: "needs a board; nothing here has run on one", state: "not run"},
  )
  return checks
}

function filesOf({exported}: ReportInput): PageData["files"] {
  return [
    {path: "rtl", what: "the accelerator: SystemVerilog to read, with a plain Verilog top"},
    ...exported.files.map(({path, what}) => ({path, what})),
    {path: "model.json", what: "the trained network, float32"},
    {path: "integer.json", what: "the integer network: every weight, bias, shift and format"},
    {path: "plan.json", what: "the architecture: every width, latency, interval and depth"},
    {path: "sim/outputs.npy", what: "what the simulated hardware sent, images x outputs"},
    {path: "sim/golden.npy", what: "what the definition says, images x outputs"},
    {path: "manifest.json", what: "SHA-256 of every file that the same inputs make again"},
  ]
}
