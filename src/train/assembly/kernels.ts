// The trainer's arithmetic, in AssemblyScript: compiled by tools/kernels.mjs into src/train/kernels.generated.ts.
// A program of steps (../fields.ts; src/train/program.ts lays it out) runs over a shard of images; there is no allocation: every
// address is given. Only basic IEEE operations in a fixed order (no relaxed SIMD), so every machine gives the same bits.
//
// Activations are [image][row][column][stride] in f32; stride = channels rounded up to 4 (the image itself may have its
// channels alone). Weights of a linear layer are [output][kernel row][columns x stride, rounded up to 4], pads zero.

import {KIND, STEP_BYTES} from "../fields"
import {addBackward, addForward} from "./layers/add"
import {avgPoolBackward, avgPoolForward} from "./layers/avg-pool"
import {batchNormBackward, batchNormForward} from "./layers/batch-norm"
import {depthwiseBackward, depthwiseForward, depthwiseTurn} from "./layers/depthwise"
import {dropoutBackward, dropoutForward} from "./layers/dropout"
import {linearBackward, linearForward, linearTurn} from "./layers/linear"
import {maxPoolBackward, maxPoolForward} from "./layers/max-pool"
import {reluBackward, reluForward} from "./layers/relu"
import {word} from "./word"

export {loadImage} from "./image"
export {correct, distil, loss} from "./loss"
export {cos, exp, log, mix, sin} from "./math"
export {adam, add, binarise, cheapen, clamp, follow, multiply, quantise, signedDigits} from "./parameters"

// Kinds of steps: KIND, as src/train/layers/ numbers them.
const LINEAR = 0
const MAX_POOL = 1
const RELU = 2
const DROPOUT = 3
const DEPTHWISE = 4
const AVG_POOL = 5
const BATCH_NORM = 6
const ADD = 7

let program: u32 = 0
let steps: i32 = 0

/** Steps of a program, each of STEP_BYTES. */
export function setProgram(at: u32, count: i32): void {
  program = at
  steps = count
}

/** Puts the weights in the kernels' order: after they changed. */
export function turn(): void {
  for (let s = 0; s < steps; s++) {
    const step = program + s * STEP_BYTES
    const kind = word(step, KIND)
    if (kind == LINEAR) linearTurn(step)
    else if (kind == DEPTHWISE) depthwiseTurn(step)
  }
}

/** Images that loadImage put in place, through every step. */
export function forward(images: i32, seeds: u32, training: i32): void {
  for (let s = 0; s < steps; s++) {
    const step = program + s * STEP_BYTES
    const kind = word(step, KIND)
    if (kind == LINEAR) linearForward(step, images)
    else if (kind == MAX_POOL) maxPoolForward(step, images)
    else if (kind == RELU) reluForward(step, images)
    else if (kind == DROPOUT) dropoutForward(step, images, seeds, training)
    else if (kind == DEPTHWISE) depthwiseForward(step, images)
    else if (kind == AVG_POOL) avgPoolForward(step, images)
    else if (kind == BATCH_NORM) batchNormForward(step, images, training)
    else if (kind == ADD) addForward(step, images)
    else unreachable()
  }
}

/** Adds the shard's gradients, from the last step's DY. */
export function backward(images: i32): void {
  for (let s = steps - 1; s >= 0; s--) {
    const step = program + s * STEP_BYTES
    const kind = word(step, KIND)
    if (kind == LINEAR) linearBackward(step, images)
    else if (kind == MAX_POOL) maxPoolBackward(step, images)
    else if (kind == RELU) reluBackward(step, images)
    else if (kind == DROPOUT) dropoutBackward(step, images)
    else if (kind == DEPTHWISE) depthwiseBackward(step, images)
    else if (kind == AVG_POOL) avgPoolBackward(step, images)
    else if (kind == BATCH_NORM) batchNormBackward(step, images)
    else if (kind == ADD) addBackward(step, images)
    else unreachable()
  }
}
