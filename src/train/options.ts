import type {NumberFormat, Range} from "../graph/format.ts"
import type {FloatModel} from "../graph/network.ts"

/** How to train. Everything that changes the result is here: the same options give the same bytes, whatever the threads. */
export interface TrainOptions {
  /** 0 .. 2^32 - 1. Default 1. */
  readonly seed?: number
  /** Default 10. */
  readonly epochs?: number
  /** Images a step, at most 4096. Default 128. */
  readonly batch?: number
  /** Peak of Adam's rate: linear warm-up over 15 % of the steps, then cosine down to 0. Default 4e-3 (1e-3 with fakeQuantize). */
  readonly rate?: number
  /** Training images held out to choose the best epoch, taken by seed. Default 5,000, or a tenth of fewer than 50,000. */
  readonly heldOut?: number
  /** Random affine changes of every training image; false for none. Default true. */
  readonly augment?: boolean
  /** At most this many threads; the result does not depend on it. Default the host's cores. */
  readonly threads?: number
  /** Parameters to start from instead of random ones: fine-tuning. */
  readonly start?: FloatModel
  /** Quantisation-aware: the forward pass is that of the integers. Needs `start`. */
  readonly fakeQuantize?: FakeQuantize
  /** Goes on from a checkpoint of a run with the same network, data and options. */
  readonly resume?: TrainState
  /** After every epoch: the best model so far, and where to go on from. */
  readonly onCheckpoint?: (best: FloatModel, state: TrainState) => void | Promise<void>
}

/**
 * The number formats that quantisation-aware training trains for. Weights are rounded to nearest, straight through;
 * an activation that clips passes no gradient. Bias stays on its accumulator's grid.
 */
export interface FakeQuantize {
  /** The image's: a byte b is read as b / 256, floored to a multiple of 2^-fraction. */
  readonly input: NumberFormat
  /** By name, for every conv2d and dense. */
  readonly layers: Readonly<Record<string, FakeQuantizeLayer>>
}

export interface FakeQuantizeLayer {
  /** Integers a weight may become: -128..127 for 8 bits, -1..1 for ternary. */
  readonly weights: Range
  /** Value = integer * 2^-fraction: one for the tensor, or one per output channel. */
  readonly weightFractions: readonly number[]
  /** Of the output after relu; absent on the last layer, whose accumulators are the logits. */
  readonly activation?: NumberFormat
  /** Of the activation; default "nearest" (half up), "floor" for AP_TRN. */
  readonly rounding?: "nearest" | "floor"
}

/** Where a run stands: what `resume` takes. Arrays are the caller's own copies. */
export interface TrainState {
  /** Of the network, data and options: a state of another run is refused. */
  readonly fingerprint: string
  /** Epochs done. */
  readonly epoch: number
  readonly best: {readonly epoch: number; readonly heldOutCorrect: number; readonly heldOutLoss: number}
  /** Parameters, Adam's two moments, the best parameters: each in the trainer's own layout. */
  readonly arrays: Readonly<Record<"parameters" | "firstMoment" | "secondMoment" | "best", Float32Array>>
  readonly history: readonly EpochReport[]
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number
  /** Mean cross entropy over the epoch's training images, as they were augmented. */
  readonly loss: number
  /** Percent, on the same. */
  readonly accuracy: number
  /** Percent and mean cross entropy on the images held out; NaN is never written: absent without any. */
  readonly heldOut?: {readonly accuracy: number; readonly loss: number}
}

export interface TrainReport {
  readonly stage: "train"
  readonly network: string
  /** Numbers that training chose. */
  readonly parameters: number
  readonly images: {readonly training: number; readonly heldOut: number; readonly test: number}
  readonly seed: number
  readonly batch: number
  readonly rate: number
  readonly epochs: readonly EpochReport[]
  /** The epoch whose parameters were kept. */
  readonly bestEpoch: number
  /** Percent. `test` was looked at once, after every choice was made; absent without a test set. */
  readonly accuracy: {readonly heldOut?: number; readonly test?: number}
}
