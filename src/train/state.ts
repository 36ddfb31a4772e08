import type {Dataset} from "../data/data.ts"
import {TlastError} from "../errors.ts"
import type {Network} from "../graph/network.ts"
import {elements, shapeName} from "../graph/shape.ts"
import {initialParameters} from "./initial.ts"
import type {TrainOptions, TrainState} from "./options.ts"
import {pack} from "./pack.ts"
import type {Program} from "./program.ts"
import type {Settings} from "./settings.ts"

/** Before the first epoch. */
export function fresh(
  network: Network,
  program: Program,
  {seed}: Settings,
  {start}: TrainOptions,
  fingerprint: string,
): TrainState {
  const parameters = pack(program, start?.parameters ?? initialParameters(network, seed))
  const zero = () => new Float32Array(program.count)
  return {
    fingerprint,
    epoch: 0,
    best: {epoch: 0, heldOutCorrect: 0, heldOutLoss: 0},
    arrays: {parameters, firstMoment: zero(), secondMoment: zero(), best: parameters.slice()},
    history: [],
  }
}

/** A state that belongs to this run, or WRONG_CHECKPOINT. */
export function resumed(state: TrainState, fingerprint: string, {count}: Program): TrainState {
  if (state.fingerprint === fingerprint && Object.values(state.arrays).every(({length}) => length === count))
    return state
  throw new TlastError({
    code: "WRONG_CHECKPOINT",
    where: "train",
    message: `the checkpoint is of another run: ${state.fingerprint.slice(0, 12)}, this one is ${fingerprint.slice(0, 12)}`,
    hint: "give the network, data and options of that run, or start again without the checkpoint",
  })
}

/** Throws DATA_MISMATCH unless the network reads these images and has an output for every class. */
export function fits(network: Network, program: Program, {shape, classes}: Dataset): void {
  if (shapeName(shape) !== shapeName(network.input) || elements(shape) !== elements(network.input)) {
    throw new TlastError({
      code: "DATA_MISMATCH",
      where: `network ${network.name}`,
      message: `its input is ${shapeName(network.input)}, the data's images are ${shapeName(shape)}`,
      hint: `give the network an input of ${shapeName(shape)}, or name other data`,
    })
  }
  if (classes > program.classes) {
    throw new TlastError({
      code: "DATA_MISMATCH",
      where: `network ${network.name}`,
      message: `it has ${program.classes} outputs, the data's labels are 0 to ${classes - 1}`,
      hint: `end it with dense({units: ${classes}})`,
    })
  }
}
