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
  /** Also what is tried and kept is an average of the parameters over the steps, each old one weighing `ema` of the next: 0.999, say. */
  readonly ema?: number
  /** Stops after so many epochs that were no better on the images held out. */
  readonly patience?: number
  /**
   * With fakeQuantize: how hard weights are drawn to integers of few nonzero signed digits, which cost fewer adders; about how
   * many grid steps a weight may go in a thousand batches. Only the last quarter of the epochs is then chosen from.
   */
  readonly cheapConstants?: number
  /** Share of each layer's weights, the smallest, that end as zero: more every epoch of the first half. 0 to 0.99. */
  readonly prune?: number
  /** Learns from another model's answers too: its logits on the same images, softened. */
  readonly distil?: Distil
  /** Goes on from a checkpoint of a run with the same network, data and options. */
  readonly resume?: TrainState
  /** After every epoch: the best model so far, and where to go on from. */
  readonly onCheckpoint?: (best: FloatModel, state: TrainState) => void | Promise<void>
}

export interface Distil {
  /** Any model of the same input and classes, as it is in float. */
  readonly teacher: FloatModel
  /** Of the loss that is the teacher's, 0 to 1; the labels have the rest. Default 0.5. */
  readonly share?: number
  /** Logits are divided by it. Default 2. */
  readonly temperature?: number
}

/**
 * The number formats that quantisation-aware training trains for. Weights are rounded to nearest, straight through;
 * an activation that clips passes no gradient. Bias stays on its accumulator's grid.
 */
export interface FakeQuantize {
  /** The image's: a byte b is read as b / 256, floored to a multiple of 2^-fraction. */
  readonly input: NumberFormat
  /** By name, for every layer that computes new numbers: conv2d, depthwiseConv2d, dense, avgPool2d and add. */
  readonly layers: Readonly<Record<string, FakeQuantizeLayer>>
}

export interface FakeQuantizeLayer {
  /** Integers a weight may become: -128..127 for 8 bits, -1..1 for ternary. Not read where a layer has none. */
  readonly weights: Range
  /** Value = integer * 2^-fraction: one for the tensor, or one per output channel. */
  readonly weightFractions: readonly number[]
  /** Weights are the sign alone, -1 or +1 times 2^-fraction; that of 0 is +1. */
  readonly binary?: boolean
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
  /** Parameters, Adam's two moments, their average with `ema`, the best parameters: each in the trainer's own layout. */
  readonly arrays: Readonly<Record<"parameters" | "firstMoment" | "secondMoment" | "best", Float32Array>> & {
    readonly average?: Float32Array
  }
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
