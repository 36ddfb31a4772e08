import {type Data, type Dataset, loadData} from "../data/data.ts"
import {bug} from "../errors.ts"
import type {Design} from "../graph/design.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {floatModelFromJson, integerNetworkFromJson} from "../graph/json.ts"
import type {FloatModel} from "../graph/network.ts"
import {elements} from "../graph/shape.ts"
import type {Host} from "../host/host.ts"
import type {Plan} from "../plan/plan.ts"
import type {EmitReport} from "../report/stages.ts"
import {int32OfNpy} from "./npy.ts"
import {dataSource, type Settings} from "./settings.ts"
import type {StageName} from "./step.ts"

/** Where the stages' files are, in the build folder. */
export const paths = {
  floatModel: "model.json",
  tunedModel: "model.tuned.json",
  integer: "integer.json",
  tflite: "model.tflite",
  tflite8: "model.int8.tflite",
  plan: "plan.json",
  golden: "sim/golden.npy",
  outputs: "sim/outputs.npy",
} as const

/** What earlier stages have left in the build folder, read when asked for. */
export interface Outputs {
  /** report/<stage>.json, of the type that the stage exports. */
  report<T extends object>(stage: StageName): Promise<T>
  /** The whole data set, read once. */
  data(): Promise<Data>
  /** The test set, cut to --images. */
  test(): Promise<Dataset>
  floatModel(): Promise<FloatModel>
  integer(): Promise<IntegerNetwork>
  plan(): Promise<Plan>
  design(): Promise<Design>
  golden(): Promise<Int32Array>
  bytes(path: string): Promise<Uint8Array>
}

export function openOutputs(host: Host, settings: Settings): Outputs {
  const {out} = settings
  const text = (path: string) => host.files.readText(`${out}/${path}`)
  let data: Promise<Data> | undefined
  const whole = () => {
    data ??= loadData(dataSource(settings), host)
    return data
  }
  return {
    report: async <T extends object>(stage: StageName) => JSON.parse(await text(`report/${stage}.json`)) as T,
    data: whole,
    test: async () => firstImages((await whole()).test, settings.config.images),
    floatModel: async () => floatModelFromJson(await text(paths.floatModel), `${out}/${paths.floatModel}`),
    integer: async () => integerNetworkFromJson(await text(paths.integer), `${out}/${paths.integer}`),
    plan: async () => JSON.parse(await text(paths.plan)) as Plan,
    design: async () => {
      const {top, files, probes} = JSON.parse(await text("report/emit.json")) as EmitReport
      const read = await Promise.all(files.map(async (path) => [path, await text(`rtl/${path}`)] as const))
      return {top, files: Object.fromEntries(read), probes}
    },
    golden: async () => {
      const values = int32OfNpy(await host.files.read(`${out}/${paths.golden}`))
      if (values === undefined) throw bug("pipeline", `${paths.golden} is not what tlast wrote`)
      return values
    },
    bytes: (path) => host.files.read(`${out}/${path}`),
  }
}

function firstImages(set: Dataset, images: number | undefined): Dataset {
  const count = Math.min(images ?? set.labels.length, set.labels.length)
  return {...set, images: set.images.subarray(0, count * elements(set.shape)), labels: set.labels.subarray(0, count)}
}
