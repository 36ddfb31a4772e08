import {TlastError} from "../errors.ts"
import {checkModel} from "../graph/check.ts"
import {isLinear, outputOf} from "../graph/layers.ts"
import type {FloatModel, Network} from "../graph/network.ts"
import {shapeName} from "../graph/shape.ts"
import type {FakeQuantize, TrainOptions} from "./options.ts"

/** TrainOptions with the defaults filled in and checked. */
export interface Settings {
  readonly seed: number
  readonly epochs: number
  readonly batch: number
  readonly rate: number
  readonly heldOut: number
  readonly augment: boolean
  readonly threads: number
  readonly ema: number | undefined
  readonly patience: number | undefined
  readonly cheapConstants: number
  readonly prune: number
  readonly distil: {readonly share: number; readonly temperature: number} | undefined
  /** The first epoch whose parameters may be kept. */
  readonly chooseFrom: number
}

/** Throws BAD_OPTION with what was given and what may be. */
export function settings(network: Network, images: number, options: TrainOptions): Settings {
  const whole = (option: string, value: number, least: number, most: number): number => {
    if (Number.isInteger(value) && value >= least && value <= most) return value
    throw bad(option, `is ${value}, expected a whole number from ${least} to ${most}`, "change it")
  }
  const rate = options.rate ?? (options.fakeQuantize ? 1e-3 : 4e-3)
  if (!(rate > 0 && rate <= 1))
    throw bad("rate", `is ${rate}, expected more than 0, at most 1`, "0.004 is a good start")
  if (options.fakeQuantize && !options.start) {
    throw bad("start", "is missing, quantisation-aware training needs it", "give the model that was quantised")
  }
  if (options.start) {
    checkModel({network, parameters: options.start.parameters})
  }
  if (options.fakeQuantize) checkFormats(network, options.fakeQuantize)
  const number = (option: string, value: number, least: number, most: number): number => {
    if (value >= least && value <= most) return value
    throw bad(option, `is ${value}, expected a number from ${least} to ${most}`, "change it")
  }
  const cheapConstants = number("cheapConstants", options.cheapConstants ?? 0, 0, 1000)
  if (cheapConstants > 0 && !options.fakeQuantize) {
    throw bad("cheapConstants", "is given without fakeQuantize: there is no grid yet", "give the formats to train for")
  }
  const prune = number("prune", options.prune ?? 0, 0, 0.99)
  const epochs = whole("epochs", options.epochs ?? 10, 1, 1000)
  const {distil} = options
  if (distil) checkTeacher(network, distil.teacher)
  return {
    seed: whole("seed", options.seed ?? 1, 0, 2 ** 32 - 1),
    epochs,
    batch: whole("batch", options.batch ?? 128, 1, 4096),
    rate,
    heldOut: whole("heldOut", options.heldOut ?? (images < 50_000 ? Math.floor(images / 10) : 5000), 0, images - 1),
    augment: options.augment ?? true,
    threads: whole("threads", options.threads ?? 64, 1, 1024),
    ema: options.ema === undefined ? undefined : number("ema", options.ema, 0, 0.999999),
    patience: options.patience === undefined ? undefined : whole("patience", options.patience, 1, 1000),
    cheapConstants,
    prune,
    distil: distil && {
      share: number("distil.share", distil.share ?? 0.5, 0, 1),
      temperature: number("distil.temperature", distil.temperature ?? 2, 0.1, 100),
    },
    // While weights still move to zero or to cheap integers, the accuracy is that of another network.
    chooseFrom: cheapConstants > 0 || prune > 0 ? Math.floor(0.75 * epochs) + 1 : 1,
  }
}

function checkFormats({layers}: Network, formats: FakeQuantize): void {
  const norm = layers.find(({kind}) => kind === "batchNorm")
  if (norm) {
    throw bad(
      "fakeQuantize",
      `is given with ${norm.name}, which has no integers`,
      "fold it first: foldBatchNorm(model)",
    )
  }
  for (const layer of layers.filter(isLinear)) {
    const found = formats.layers[layer.name]?.weightFractions.length ?? 0
    if (found === 1 || found === layer.output.channels) continue
    throw bad(
      `fakeQuantize.layers.${layer.name}`,
      `has ${found} weight fractions, expected 1 or ${layer.output.channels}`,
      "give every layer with weights its formats",
    )
  }
}

function checkTeacher(network: Network, teacher: FloatModel): void {
  checkModel(teacher)
  const [own, other] = [network, teacher.network].map((net) => `${shapeName(net.input)} to ${shapeName(outputOf(net))}`)
  if (own === other) return
  throw bad("distil.teacher", `is a network of ${other}, this one is of ${own}`, "give a teacher for the same images")
}

const bad = (option: string, message: string, hint: string) =>
  new TlastError({code: "BAD_OPTION", where: `train, option ${option}`, message, hint})
