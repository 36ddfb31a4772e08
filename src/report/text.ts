import type {QuantizeReport} from "../quantize/report.ts"
import type {SynthesizeReport} from "../synthesize/run.ts"
import type {TrainReport} from "../train/options.ts"
import {count, percent} from "./page/markup.ts"
import type {
  DataReport,
  EmitReport,
  EstimateReport,
  ExportReport,
  GoldenReport,
  ImportReport,
  PlanStageReport,
  SimulateReport,
  StallReport,
} from "./stages.ts"
import type {Summary} from "./summary.ts"
import {table} from "./table.ts"

/** What a stage has to say: one line or a few for the demo, and the whole of its report for its own verb. */
interface View<Report> {
  headline(report: Report): readonly string[]
  text?(report: Report): readonly string[]
}

const data: View<DataReport> = {
  headline: ({name, training, test, shape, classes}) => [
    `${name}: ${count(training)} training and ${count(test)} test images, ${shape.height}x${shape.width}x${shape.channels}, ${classes} classes`,
  ],
}

const train: View<TrainReport | ImportReport> = {
  headline: (report) => ("imported" in report ? importHeadline(report) : trainHeadline(report)),
  text: (report) => ("imported" in report ? [] : epochTable(report)),
}

const importHeadline = ({network, parameters, imported}: ImportReport): readonly string[] => [
  `${network} from ${imported.file}, ${count(parameters)} parameters, ${imported.verdict}`,
]

const trainHeadline = ({network, parameters, accuracy, epochs}: TrainReport): readonly string[] => [
  `${network}, ${count(parameters)} parameters, ${epochs.length} epochs: ${[
    accuracy.test === undefined ? "" : `${percent(accuracy.test)} of the test images`,
    accuracy.heldOut === undefined ? "" : `${percent(accuracy.heldOut)} held out`,
  ]
    .filter((part) => part !== "")
    .join(", ")} (float32)`,
]

const epochTable = ({epochs, bestEpoch}: TrainReport): readonly string[] =>
  table(
    ["epoch", "loss", "training", "held out", ""],
    epochs.map(({epoch, loss, accuracy, heldOut}) => [
      String(epoch),
      loss.toFixed(4),
      percent(accuracy),
      heldOut === undefined ? "" : percent(heldOut.accuracy),
      epoch === bestEpoch ? "kept" : "",
    ]),
  )

const quantize: View<QuantizeReport> = {
  headline: ({accuracy, layers, rounding}) => [
    accuracy === undefined
      ? `${layers.length} layers in integers, rounding ${rounding}`
      : `${percent(accuracy.float)} float, ${percent(accuracy.quantised)} in integers: ${signed(accuracy.difference)} points; ${count(accuracy.agree)} of ${count(accuracy.images)} read alike`,
    layers
      .map(({name, weightBits, output, saturatedOutputs, outputs}) => {
        const saturated = saturatedOutputs === 0 ? "" : `, ${percent((100 * saturatedOutputs) / outputs)} saturated`
        return `${name}: ${weightBits === 0 ? "" : `${weightBits}-bit weights, `}sends ${output}${saturated}`
      })
      .join("; "),
  ],
  text: ({layers, images, rounding, overflow, input}) => [
    `input ${input}, rounding ${rounding}, overflow ${overflow}; errors measured on ${images} images`,
    ...table(
      ["layer", "weights", "fraction", "zero", "cut", "accumulator", "output", "saturated", "rms error", "SNR"],
      layers.map((layer) => [
        layer.name,
        ...(layer.weights === 0
          ? ["", "", "", ""]
          : [
              `${count(layer.weights)} x ${layer.weightBits} b`,
              span(layer.weightFraction),
              count(layer.zeroWeights),
              count(layer.saturatedWeights),
            ]),
        `${layer.accumulatorBits} b`,
        layer.output,
        `${count(layer.saturatedOutputs)} of ${count(layer.outputs)}`,
        layer.outputError.rms.toPrecision(3),
        layer.outputError.signalToNoiseDb === null ? "" : `${layer.outputError.signalToNoiseDb.toFixed(1)} dB`,
      ]),
    ),
  ],
}

const exported: View<ExportReport> = {
  headline: ({files, int8Refused}) => [
    files.map(({path, bytes}) => `${path} (${count(bytes)} bytes)`).join(", "),
    ...(int8Refused === undefined ? [] : [`no model.int8.tflite: ${int8Refused}`]),
  ],
}

const golden: View<GoldenReport> = {
  headline: ({images, accuracy, outputs}) => [
    `${count(images)} images, ${count(images * outputs)} integers: ${percent(accuracy)} read right`,
  ],
  text: ({confusion}) => [
    "what it is (rows), what it was read as (columns)",
    ...table(
      ["", ...confusion.map((_, read) => String(read))],
      confusion.map((row, label) => [String(label), ...row.map((value) => (value === 0 ? "." : String(value)))]),
    ),
  ],
}

const plan: View<PlanStageReport> = {
  headline: ({lanes, interval, latency, imagesPerSecond, clockHz, limit, resources, fits, device, changes}) => [
    `${lanes} ${lanes === 1 ? "element" : "elements"} a clock: ${interval} clocks an image, ${latency} from last pixel to first result; ${count(imagesPerSecond)} images/s at ${clockHz / 1e6} MHz`,
    `${count(resources.lut)} LUT, ${count(resources.ff)} FF, ${resources.dsp} DSP, ${resources.bram36} BRAM36 predicted; ${limit} sets the pace; ${fits ? "fits" : "does NOT fit"} on ${device}`,
    ...changes,
  ],
  text: ({stages, alternatives}) => [
    ...table(
      ["block", "kind", "layer", "interval", "latency", "queue", "LUT", "FF", "DSP", "BRAM36"],
      stages.map(({name, kind, engine, layer, interval, latency, fifoDepth, resources}) => [
        name,
        engine ?? kind,
        layer ?? "",
        count(interval),
        count(latency),
        fifoDepth === undefined ? "" : String(fifoDepth),
        count(resources.lut),
        count(resources.ff),
        String(resources.dsp),
        String(resources.bram36),
      ]),
    ),
    ...(alternatives.length < 2
      ? []
      : table(
          ["lanes", "clocks/image", "images/s", "LUT", "DSP", "BRAM36", ""],
          alternatives.map(({lanes, interval, imagesPerSecond, resources, fits}) => [
            String(lanes),
            count(interval),
            count(imagesPerSecond),
            count(resources.lut),
            String(resources.dsp),
            String(resources.bram36),
            fits ? "fits" : "does not fit",
          ]),
        )),
  ],
}

const estimate: View<EstimateReport> = {
  headline: (report) => [...plan.headline({...report, stage: "plan"}), weightsLine(report)],
  text: (report) => plan.text?.({...report, stage: "plan"}) ?? [],
}

function weightsLine({weights: {from, what}}: EstimateReport): string {
  if (from === "assumed")
    return `weights are ASSUMED (${what}), and LUT and FF with them; clocks, DSP and BRAM do not depend on them`
  return `weights of ${what}; one quick pass: \`tlast plan\` searches longer, for fewer LUTs`
}

const simulate: View<SimulateReport> = {
  headline: ({simulators, problems}) => [
    simulators
      .map(
        ({simulator, images, words, mismatches, cyclesPerImage, latencyCycles}) =>
          `${simulator}: ${count(images)} images, ${mismatches} of ${count(words)} integers differ; ${cyclesPerImage.toFixed(1)} clocks an image, latency ${latencyCycles}`,
      )
      .join("; "),
    ...problems,
  ],
}

const verify: View<StallReport> = {
  headline: ({simulators, problems, notRun, hls}) => [
    simulators
      .map(({simulator, images, stalls, malformed}) => {
        const same = stalls.filter(
          ({mismatches, tlastErrors, violations}) => mismatches + tlastErrors + violations.length === 0,
        )
        const good = malformed.filter(({ok}) => ok).length
        return `${simulator}: ${images} images, the same words under ${same.length} of ${stalls.length} stall schedules; ${good} of ${malformed.length} kinds of broken streams and resets right`
      })
      .join("; "),
    ...(hls === undefined
      ? []
      : [
          `HLS C++ with ${hls.compiler}: ${hls.ok ? `${count(hls.beats)} words equal` : `WRONG, ${hls.firstDifference ?? hls.findings.join("; ")}`}${hls.bounded?.ok ? ", no deadlock at the emitted FIFO depths" : ""}`,
        ]),
    ...notRun.map((name) => `${name}: not installed, not run`),
    ...problems,
  ],
  text: ({simulators}) =>
    simulators.flatMap(({simulator, stalls, malformed}) => [
      simulator,
      ...table(
        ["  source stalls", "sink stalls", "images", "mismatches", "TLAST", "stability"],
        stalls.map(({source, sink, images, mismatches, tlastErrors, violations}) => [
          `  ${source}`,
          sink,
          String(images),
          String(mismatches),
          tlastErrors === 0 ? "ok" : String(tlastErrors),
          violations.length === 0 ? "ok" : String(violations.length),
        ]),
      ),
      ...malformed.map(({name, ok, detail}) => `  ${name}: ${ok ? "ok" : `WRONG, ${detail}`}`),
    ]),
}

const emit: View<EmitReport> = {
  headline: ({top, files, lines}) => [`${top}: ${files.length} files, ${count(lines)} lines`],
  text: ({files}) => files.map((path) => `  rtl/${path}`),
}

const synth: View<SynthesizeReport> = {
  headline: ({resources, device, tool}) => [
    `${count(resources.lut)} LUT, ${count(resources.ff)} FF, ${resources.dsp} DSP, ${resources.bram36} BRAM36 by ${tool}`,
    ...(device === undefined
      ? []
      : [
          device.fits
            ? `${device.name}: ${device.used.lut} % of its LUTs, ${device.used.dsp} % of its DSPs, ${device.used.bram36} % of its BRAM`
            : `does not fit on ${device.name}`,
        ]),
  ],
  text: ({resources, device, predicted}) =>
    table(
      ["", "synthesised", "predicted", device?.name ?? "", "used"],
      (["lut", "ff", "dsp", "bram36"] as const).map((kind) => [
        kind,
        count1(resources[kind]),
        predicted === undefined ? "" : count1(predicted[kind]),
        device === undefined ? "" : count(device.resources[kind]),
        device === undefined ? "" : `${device.used[kind]} %`,
      ]),
    ),
}

const report: View<Summary> = {
  headline: ({accuracy, throughput, software}) => [
    `${percent(accuracy.quantised)} accurate, ${count(throughput.imagesPerSecond)} images/s at ${throughput.clockHz / 1e6} MHz (predicted clock)`,
    `software on this computer, one thread: ${software.map(({engine, imagesPerSecond}) => `${engine} ${count(imagesPerSecond)} images/s`).join(", ")}`,
  ],
}

const views: Readonly<Record<string, View<never>>> = {
  data,
  train,
  quantize,
  export: exported,
  golden,
  plan,
  estimate,
  emit,
  simulate,
  verify,
  synth,
  report,
}

/** One to three lines of what a stage found; the first stands beside its number in the demo. */
export function headline(stage: string, report: object): readonly string[] {
  return views[stage]?.headline(report as never) ?? [stage]
}

/** The report as text: the headline, then tables. */
export function reportText(stage: string, report: object): readonly string[] {
  return [...headline(stage, report), ...(views[stage]?.text?.(report as never) ?? [])]
}

const signed = (value: number): string => `${value >= 0 ? "+" : "-"}${Math.abs(value).toFixed(2)}`
const span = ([least, most]: readonly [number, number]): string => (least === most ? `${least}` : `${least}..${most}`)
const count1 = (value: number): string => (Number.isInteger(value) ? count(value) : String(value))
