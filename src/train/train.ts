import type {Data, Dataset} from "../data/data.ts"
import {at, TlastError} from "../errors.ts"
import type {FloatModel, Network} from "../graph/network.ts"
import type {Host} from "../host/host.ts"
import type {Watch} from "../progress.ts"
import {evaluateWith, percent} from "./evaluate.ts"
import {fingerprintOf} from "./fingerprint.ts"
import {Optimiser} from "./optimiser.ts"
import type {EpochReport, TrainOptions, TrainReport, TrainState} from "./options.ts"
import {pack, unpack} from "./pack.ts"
import {layOut, type Program} from "./program.ts"
import {progressOf, type Teller} from "./progress.ts"
import {holdOut, shuffled, wordOf} from "./random.ts"
import {type Settings, settings} from "./settings.ts"
import type {Teacher} from "./shards.ts"
import {fits, fresh, resumed} from "./state.ts"
import {shardsOf, stepsOf} from "./steps.ts"
import {startThreads, type Threads} from "./threads.ts"

export type * from "./options.ts"

export interface TrainInput {
  readonly network: Network
  readonly data: Data
  readonly options?: TrainOptions
  readonly host: Host
  readonly watch?: Watch
}

/**
 * Trains a network with Adam on softmax cross entropy, keeps the parameters of the epoch that does best on the images
 * held out, and only then looks at the test set. The same options and data give the same bytes, whatever the threads
 * and the machine. Errors: NOT_TRAINABLE, TOO_LARGE_TO_TRAIN, DATA_MISMATCH, BAD_OPTION, WRONG_CHECKPOINT, NOT_A_NUMBER
 * (says when; onCheckpoint has had the last good model), INTERRUPTED.
 */
export async function train({
  network,
  data,
  options = {},
  host,
  watch = {},
}: TrainInput): Promise<{model: FloatModel; report: TrainReport}> {
  const {training, test} = data
  const chosen = settings(network, training.labels.length, options)
  // Fixed by the network, so that the sums are the same whatever the threads.
  const shards = shardsOf(stepsOf(network))
  const capacity = Math.ceil(chosen.batch / shards)
  const program = layOut(network, capacity, options.fakeQuantize)
  fits(network, program, training)
  const fingerprint = await fingerprintOf(network, data, chosen, options)
  const split = holdOut(training.labels.length, chosen.heldOut, chosen.seed)
  const teacher = teacherOf(options, chosen, capacity)
  const {images, labels} = training
  const threads = await startThreads(host, chosen.threads, {program, images, labels, ...(teacher ? {teacher} : {})})
  try {
    const state = options.resume
      ? resumed(options.resume, fingerprint, program)
      : fresh(network, program, chosen, options, fingerprint)
    const run = {network, program, shards, chosen, options, host, watch, threads, split, training}
    const done = await epochs(run, state)
    const best = done.arrays.best
    const tested = test.labels.length === 0 ? undefined : await onTest(run, best, test)
    return {
      model: {network, parameters: unpack(program, best)},
      report: {
        stage: "train",
        network: network.name,
        parameters: Object.values(unpack(program, best)).reduce((n, p) => n + p.weights.length + p.bias.length, 0),
        images: {training: split.training.length, heldOut: split.heldOut.length, test: test.labels.length},
        seed: chosen.seed,
        batch: chosen.batch,
        rate: chosen.rate,
        epochs: done.history,
        bestEpoch: done.best.epoch,
        accuracy: {
          ...(split.heldOut.length === 0 ? {} : {heldOut: percent(done.best.heldOutCorrect, split.heldOut.length)}),
          ...(tested === undefined ? {} : {test: percent(tested, test.labels.length)}),
        },
      },
    }
  } finally {
    await threads.stop()
  }
}

interface Run {
  readonly network: Network
  readonly program: Program
  readonly shards: number
  readonly chosen: Settings
  readonly options: TrainOptions
  readonly host: Host
  readonly watch: Watch
  readonly threads: Threads
  readonly split: {readonly training: Uint32Array; readonly heldOut: Uint32Array}
  readonly training: Dataset
}

async function epochs(run: Run, start: TrainState): Promise<TrainState> {
  const {program, chosen, options, threads, split} = run
  const {ema, cheapConstants} = chosen
  const {fakeQuantize} = options
  const average = ema === undefined ? undefined : 1 - ema
  const optimiser = new Optimiser(threads.here, program, {fakeQuantize, average, cheapConstants})
  optimiser.load(start.arrays, start.epoch * Math.ceil(split.training.length / chosen.batch))
  const progress = progressOf({
    epochs: chosen.epochs,
    perEpoch: split.training.length,
    host: run.host,
    watch: run.watch,
  })
  let state = start
  const first = options.start && chosen.chooseFrom === 1 ? 0 : chosen.chooseFrom
  if (first === 0 && start.epoch === 0 && split.heldOut.length > 0) {
    // Fine-tuning may not make things worse: what it starts from is the first candidate.
    const held = await evaluateWith(threads, program, optimiser.quantised(), split.heldOut, false)
    const best = {epoch: 0, heldOutCorrect: held.correct, heldOutLoss: held.loss / split.heldOut.length}
    state = {...start, best}
  }
  for (let epoch = state.epoch + 1; epoch <= chosen.epochs; epoch++) {
    if (chosen.patience !== undefined && epoch - 1 - Math.max(state.best.epoch, first) >= chosen.patience) break
    if (chosen.prune > 0) optimiser.prune(pruned(chosen, epoch))
    const {loss, correct} = await oneEpoch(run, optimiser, epoch, progress)
    const arrays = optimiser.save()
    const used = optimiser.quantised(true)
    const broken = arrays.parameters.findIndex((value) => !Number.isFinite(value)) >= 0
    if (broken) throw notANumber(run, epoch, Math.ceil(split.training.length / chosen.batch), "a parameter")
    const held = await evaluateWith(threads, program, used, split.heldOut, false)
    const heldLoss = split.heldOut.length === 0 ? 0 : held.loss / split.heldOut.length
    const better =
      epoch <= first ||
      split.heldOut.length === 0 ||
      held.correct > state.best.heldOutCorrect ||
      (held.correct === state.best.heldOutCorrect && heldLoss < state.best.heldOutLoss)
    const report: EpochReport = {
      epoch,
      loss: loss / split.training.length,
      accuracy: percent(correct, split.training.length),
      ...(split.heldOut.length === 0
        ? {}
        : {heldOut: {accuracy: percent(held.correct, split.heldOut.length), loss: heldLoss}}),
    }
    state = {
      fingerprint: state.fingerprint,
      epoch,
      best: better ? {epoch, heldOutCorrect: held.correct, heldOutLoss: heldLoss} : state.best,
      arrays: {...arrays, best: better ? (arrays.average ?? arrays.parameters).slice() : state.arrays.best},
      history: [...state.history, report],
    }
    progress.epochDone(report)
    await options.onCheckpoint?.({network: run.network, parameters: unpack(program, state.arrays.best)}, state)
  }
  return state
}

async function oneEpoch(run: Run, optimiser: Optimiser, epoch: number, progress: Teller) {
  const {chosen, host, watch, threads, split, shards} = run
  const order = shuffled(split.training, wordOf(chosen.seed, 2 * epoch))
  const seed = wordOf(chosen.seed, 2 * epoch + 1)
  const steps = Math.ceil(order.length / chosen.batch)
  let loss = 0
  let correct = 0
  let rested = host.clock.wallSeconds()
  for (let step = 0; step < steps; step++) {
    if (watch.signal?.aborted === true) throw interrupted(run, epoch)
    const images = order.subarray(step * chosen.batch, (step + 1) * chosen.batch)
    const parameters = optimiser.quantised()
    const perThread = shards / threads.count
    const bound = (shard: number) => Math.floor((shard * images.length) / shards)
    const results = await threads.run(
      Array.from({length: threads.count}, (_, thread) => {
        const first = thread * perThread
        const start = bound(first)
        return {
          kind: "gradient" as const,
          parameters,
          images: images.slice(start, bound(first + perThread)),
          bounds: Array.from({length: perThread + 1}, (_, shard) => bound(first + shard) - start),
          augment: chosen.augment,
          seed,
        }
      }),
    )
    const [sum] = pairwise(results.map(({losses}) => at(losses, 0)))
    if (!Number.isFinite(sum)) throw notANumber(run, epoch, step + 1, "the loss")
    loss += sum
    correct += results.reduce((total, result) => total + result.correct, 0)
    optimiser.step(
      results.map(({gradient}) => gradient),
      images.length,
      chosen.rate * schedule(optimiser, (epoch - 1) * steps + step, chosen.epochs * steps),
    )
    const now = host.clock.wallSeconds()
    if (now - rested > 0.05) {
      // Lets timers, signals and drawing in.
      await new Promise((resolve) => setTimeout(resolve, 0))
      rested = host.clock.wallSeconds()
      progress.step(epoch, step * chosen.batch + images.length, loss)
    }
  }
  return {loss, correct}
}

/** The teacher as the threads take it. */
function teacherOf({distil}: TrainOptions, chosen: Settings, capacity: number): Teacher | undefined {
  if (!distil || !chosen.distil) return undefined
  const program = layOut(distil.teacher.network, capacity)
  return {program, parameters: pack(program, distil.teacher.parameters), ...chosen.distil}
}

/** What is pruned in an epoch: all of it from the middle of the run on, quickly at first. */
function pruned({prune, epochs}: Settings, epoch: number): number {
  const rest = Math.max(0, 1 - epoch / Math.ceil(epochs / 2))
  return prune * (1 - rest * rest * rest)
}

/** Sums neighbours until one is left: the upper levels of the tree of shards. */
function pairwise(values: readonly number[]): readonly [number] {
  let level = values
  while (level.length > 1) {
    level = Array.from({length: level.length / 2}, (_, i) => at(level, 2 * i) + at(level, 2 * i + 1))
  }
  return [at(level, 0)]
}

/** Linear over the first 15 %, then half a cosine down to nothing. */
function schedule(optimiser: Optimiser, step: number, steps: number): number {
  const warm = Math.ceil(0.15 * steps)
  if (step < warm) return (step + 1) / warm
  return 0.5 * (1 + optimiser.cos((Math.PI * (step - warm)) / Math.max(1, steps - warm)))
}

async function onTest(run: Run, best: Float32Array, test: Dataset): Promise<number> {
  const {program, options, host} = run
  const threads = await startThreads(host, 1, {program, images: test.images, labels: test.labels})
  const optimiser = new Optimiser(threads.here, program, {fakeQuantize: options.fakeQuantize})
  optimiser.start(best)
  const all = Uint32Array.from({length: test.labels.length}, (_, i) => i)
  return (await evaluateWith(threads, program, optimiser.quantised(), all, false)).correct
}

const notANumber = ({network, chosen}: Run, epoch: number, step: number, what: string): TlastError =>
  new TlastError({
    code: "NOT_A_NUMBER",
    where: `train ${network.name}`,
    message: `${what} is not a finite number in epoch ${epoch}, step ${step}; the model of ${
      epoch === 1 ? "the start" : `epoch ${epoch - 1}`
    } is the last good one`,
    hint: `train with a lower rate than ${chosen.rate}; the last checkpoint is kept`,
  })

const interrupted = ({network, chosen}: Run, epoch: number): TlastError =>
  new TlastError({
    code: "INTERRUPTED",
    where: `train ${network.name}`,
    message: `stopped in epoch ${epoch} of ${chosen.epochs}; ${epoch - 1} are in the last checkpoint`,
    hint: "run the same command again: it goes on from there",
    exitCode: 130,
  })
