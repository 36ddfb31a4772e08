import {TlastError} from "../errors.ts"
import {checkModel} from "../graph/check.ts"
import type {Network} from "../graph/network.ts"
import type {TrainOptions} from "./options.ts"

/** TrainOptions with the defaults filled in and checked. */
export interface Settings {
  readonly seed: number
  readonly epochs: number
  readonly batch: number
  readonly rate: number
  readonly heldOut: number
  readonly augment: boolean
  readonly threads: number
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
  for (const layer of options.fakeQuantize ? network.layers : []) {
    if (layer.kind !== "conv2d" && layer.kind !== "dense") continue
    const found = options.fakeQuantize?.layers[layer.name]?.weightFractions.length ?? 0
    if (found === 1 || found === layer.output.channels) continue
    throw bad(
      `fakeQuantize.layers.${layer.name}`,
      `has ${found} weight fractions, expected 1 or ${layer.output.channels}`,
      "give every conv2d and dense its formats",
    )
  }
  return {
    seed: whole("seed", options.seed ?? 1, 0, 2 ** 32 - 1),
    epochs: whole("epochs", options.epochs ?? 10, 1, 1000),
    batch: whole("batch", options.batch ?? 128, 1, 4096),
    rate,
    heldOut: whole("heldOut", options.heldOut ?? (images < 50_000 ? Math.floor(images / 10) : 5000), 0, images - 1),
    augment: options.augment ?? true,
    threads: whole("threads", options.threads ?? 64, 1, 1024),
  }
}

const bad = (option: string, message: string, hint: string) =>
  new TlastError({code: "BAD_OPTION", where: `train, option ${option}`, message, hint})
