import {at, TlastError} from "../errors.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import type {FloatModel} from "../graph/network.ts"
import {type FileGraph, type FileTensor, printable, readGraph} from "./file.ts"
import {type FloatOptions, floatModel} from "./float.ts"
import type {Misfit} from "./holder.ts"
import {integerNetwork} from "./integer.ts"
import {judge} from "./judge.ts"
import type {Step, Verdict} from "./operators/operator.ts"

export interface InspectTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: string
  /** Smallest and largest, where it is quantised. */
  readonly scale?: readonly [number, number]
  readonly zeroPoint?: readonly [number, number]
  /** Why it is not taken over as it is. */
  readonly rewritten?: string
}

export interface InspectRow {
  readonly index: number
  readonly operator: string
  readonly inputs: readonly InspectTensor[]
  readonly outputs: readonly InspectTensor[]
  readonly status: Verdict["status"]
  readonly note?: string
  readonly fix?: string
}

export interface InspectReport {
  readonly description: string
  readonly input: InspectTensor
  readonly output: InspectTensor
  /** `bit-exact`: its integers are kept; `rewritten`: dequantised, to be quantised again; `float`; `unsupported`. */
  readonly verdict: "bit-exact" | "rewritten" | "float" | "unsupported"
  readonly operators: readonly InspectRow[]
}

export type Imported = {readonly report: InspectReport} & (
  | {readonly kind: "float"; readonly model: FloatModel}
  /** `model` is the same file dequantised: for those who quantise it again with fewer bits. */
  | {readonly kind: "integer"; readonly network: IntegerNetwork; readonly model: FloatModel}
)

/** What a .tflite file holds and what we would make of each part. Throws only for files that are damaged (BAD_TFLITE). */
export function inspect(file: Uint8Array, options: FloatOptions = {}): InspectReport {
  return examine(readGraph(file), options).report
}

/**
 * A .tflite file in our graph. Float32 files and int8 files that we cannot hold become float models on pixels of value
 * byte / 256; int8 files of power-of-two scales stay the same integers. Throws BAD_TFLITE, NOT_SUPPORTED, BAD_PARAMETERS.
 */
export function importTflite(file: Uint8Array, options: FloatOptions = {}): Imported {
  const scale = options.pixelScale ?? 1 / 256
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new TlastError({
      code: "BAD_OPTION",
      where: "option pixelScale",
      message: `is ${scale}, expected a number above 0`,
      hint: "use 1/256 (the default), 1/255 or 1",
    })
  const graph = readGraph(file)
  const {report, network, steps} = examine(graph, options)
  const wrong = report.operators.find(({status}) => status === "unsupported")
  if (wrong !== undefined || steps === undefined)
    throw new TlastError({
      code: "NOT_SUPPORTED",
      where: wrong === undefined ? "the file" : `operator ${wrong.index} (${wrong.operator})`,
      message: wrong?.note ?? "its last operator is not the network's output",
      hint: wrong?.fix ?? "export the network up to its last layer",
    })
  const model = floatModel(graph, steps, options)
  return network === undefined ? {kind: "float", model, report} : {kind: "integer", network, model, report}
}

interface Examined {
  readonly report: InspectReport
  readonly network?: IntegerNetwork
  /** Absent where something is unsupported. */
  readonly steps?: readonly Step[]
}

function examine(graph: FileGraph, options: FloatOptions): Examined {
  const verdicts = judge(graph)
  const steps = verdicts.flatMap(({step}) => (step === undefined ? [] : [step]))
  const whole = graph.operators.at(-1)?.outputs[0] === graph.output
  const supported = whole && steps.length === graph.operators.length && steps.some(({specs}) => specs.length > 0)
  const quantised = graph.operators.some(({inputs}) =>
    inputs.some((tensor) => tensor?.type === "INT8" || tensor?.type === "UINT8"),
  )
  const scale = options.pixelScale ?? 1 / 256
  const result = supported && quantised ? integerNetwork(graph, steps, options.name ?? "imported", scale) : undefined
  const misfits: readonly Misfit[] = Array.isArray(result) ? result : []
  const network = result === undefined || Array.isArray(result) ? undefined : (result as IntegerNetwork)
  const row = (tensor: FileTensor) => tensorRow(tensor, misfits)
  const report: InspectReport = {
    description: graph.description,
    input: row(graph.input),
    output: row(graph.output),
    verdict: !supported ? "unsupported" : !quantised ? "float" : network === undefined ? "rewritten" : "bit-exact",
    operators: graph.operators.map((operator, index) => {
      const {status, note, fix} = at(verdicts, index)
      const inputs = operator.inputs.filter((tensor) => tensor !== undefined)
      const touched = misfits.length > 0 && status === "ok" && quantises(operator.name)
      const said = note ?? (touched ? "dequantised, to be quantised again by powers of two" : undefined)
      return {
        index,
        operator: operator.name,
        inputs: inputs.map(row),
        outputs: operator.outputs.map(row),
        status: touched ? "rewritten" : status,
        ...(said === undefined ? {} : {note: said}),
        ...(fix === undefined ? {} : {fix}),
      }
    }),
  }
  return {report, ...(network === undefined ? {} : {network}), ...(supported ? {steps} : {})}
}

const quantises = (operator: string): boolean => operator !== "QUANTIZE" && operator !== "DEQUANTIZE"

function tensorRow(tensor: FileTensor, misfits: readonly Misfit[]): InspectTensor {
  const {name, shape, type, quantization} = tensor
  const reasons = misfits.filter((misfit) => misfit.tensor === tensor).map(({reason}) => reason)
  return {
    name: JSON.parse(printable(name)) as string,
    shape,
    type,
    ...(quantization === undefined ? {} : {scale: span(quantization.scales), zeroPoint: span(quantization.zeroPoints)}),
    ...(reasons.length === 0 ? {} : {rewritten: [...new Set(reasons)].join("; ")}),
  }
}

const span = (values: readonly number[]): readonly [number, number] => [
  values.reduce((a, b) => Math.min(a, b)),
  values.reduce((a, b) => Math.max(a, b)),
]
