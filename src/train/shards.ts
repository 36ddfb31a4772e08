import type {Program} from "./program.ts"

/** A part of a batch, cut into shards that are summed as a binary tree. */
export interface ShardTask {
  readonly kind: "gradient"
  /** In the kernels' layout. */
  readonly parameters: Float32Array
  /** Images of the task, by their index in the data. */
  readonly images: Uint32Array
  /** Shard s is images[bounds[s]] up to images[bounds[s + 1]]; a power of two of them. */
  readonly bounds: readonly number[]
  readonly augment: boolean
  /** Of the epoch. */
  readonly seed: number
}

export interface EvaluateTask {
  readonly kind: "evaluate"
  readonly parameters: Float32Array
  /** Chunks of `program.capacity` images, from this one on. */
  readonly images: Uint32Array
  readonly logits: boolean
  /** Of a teacher, which sees the images as they are trained on. */
  readonly augment?: boolean
  readonly seed?: number
}

export interface ShardResult {
  /** Sum over the images; for "evaluate" one a chunk. */
  readonly losses: Float64Array<ArrayBuffer>
  readonly correct: number
  /** Summed over the images; empty for "evaluate". */
  readonly gradient: Float32Array<ArrayBuffer>
  /** images x classes, where asked for. */
  readonly logits: Float32Array<ArrayBuffer>
}

export interface ShardData {
  readonly wasm: Uint8Array<ArrayBuffer>
  readonly program: Program
  readonly images: Uint8Array
  readonly labels: Uint8Array
  readonly teacher?: Teacher
}

/** Another model whose answers are learnt too. */
export interface Teacher {
  readonly program: Program
  /** In its own layout. */
  readonly parameters: Float32Array
  readonly share: number
  readonly temperature: number
}

/** What the kernels export. */
export interface Kernels {
  setProgram(at: number, steps: number): void
  loadImage(
    bytes: number,
    x: number,
    xRow: number,
    xPixel: number,
    height: number,
    width: number,
    channels: number,
    augment: number,
    seed: number,
    canvas: number,
    levels: number,
  ): void
  turn(): void
  forward(images: number, seeds: number, training: number): void
  backward(images: number): void
  loss(logits: number, dy: number, labels: number, images: number, classes: number, stride: number): number
  readonly correct: {readonly value: number}
  distil(
    logits: number,
    dy: number,
    teacher: number,
    images: number,
    classes: number,
    stride: number,
    share: number,
    temperature: number,
  ): number
  add(a: number, b: number, count: number): void
  adam(
    p: number,
    g: number,
    m: number,
    v: number,
    count: number,
    gradientScale: number,
    rate: number,
    epsilon: number,
  ): void
  quantise(from: number, to: number, count: number, scale: number, lowest: number, highest: number): void
  binarise(from: number, to: number, count: number, scale: number): void
  clamp(p: number, count: number, lowest: number, highest: number): void
  follow(a: number, b: number, count: number, share: number): void
  multiply(a: number, b: number, count: number): void
  cheapen(p: number, count: number, scale: number, lowest: number, highest: number, amount: number): void
  mix(x: number): number
  cos(x: number): number
}

export interface Shards {
  readonly kernels: Kernels
  readonly memory: ArrayBuffer
  run(task: ShardTask | EvaluateTask): ShardResult
}

/**
 * One thread's trainer. Self-contained on purpose: its source text is also what workers run, so the threads cannot
 * differ from this one.
 */
export async function openShards({wasm, program, images, labels, teacher}: ShardData): Promise<Shards> {
  const tutor = teacher && (await openShards({wasm, program: teacher.program, images, labels}))
  const pages = Math.ceil(program.bytes / 65_536) + 1
  const memory = new WebAssembly.Memory({initial: pages})
  const abort = () => {
    throw new Error("the kernels stopped")
  }
  const {instance} = await WebAssembly.instantiate(wasm, {env: {memory, abort}})
  const kernels = instance.exports as unknown as Kernels
  const bytes = new Uint8Array(memory.buffer)
  const floats = new Float32Array(memory.buffer)
  const {at, count, capacity, classes} = program
  const {height, width, channels} = program.image
  const size = height * width * channels
  new Int32Array(memory.buffer).set(program.words, at.program / 4)
  kernels.setProgram(at.program, program.steps)
  const words = new Uint32Array(memory.buffer)

  const load = (list: Uint32Array, augment: boolean, seed: number) => {
    for (let i = 0; i < list.length; i++) {
      const index = list[i] as number
      const own = kernels.mix(seed + kernels.mix(index))
      words[at.seeds / 4 + i] = own
      bytes[at.labels + i] = labels[index] as number
      bytes.set(images.subarray(index * size, (index + 1) * size), at.pixels)
      const to = at.images + i * program.imageBytes
      const {imageRow, imagePixel, levels} = program
      const moves = augment ? 1 : 0
      kernels.loadImage(at.pixels, to, imageRow, imagePixel, height, width, channels, moves, own, at.canvas, levels)
    }
  }
  const loss = (n: number) => kernels.loss(at.logits, at.logitsGradient, at.labels, n, classes, program.logitBytes)

  /** The loss of images that were run, and its gradient: with a teacher also of not answering as it does. */
  const learn = (part: Uint32Array, augment: boolean, seed: number): number => {
    const n = part.length
    const own = loss(n)
    if (!teacher || !tutor) return own
    const {parameters, share, temperature} = teacher
    const told = tutor.run({kind: "evaluate", parameters, images: part, logits: true, augment, seed}).logits
    floats.set(told, at.teacher / 4)
    const {logits, logitsGradient} = at
    const stride = program.logitBytes
    const other = kernels.distil(logits, logitsGradient, at.teacher, n, classes, stride, share, temperature)
    return (1 - share) * own + share * temperature * temperature * other
  }

  const gradient = ({images: list, bounds, augment, seed}: ShardTask): ShardResult => {
    let correct = 0
    const shard = (first: number, depth: number): number => {
      const part = list.subarray(bounds[first], bounds[first + 1])
      floats.fill(0, at.gradient / 4, at.gradient / 4 + count)
      load(part, augment, seed)
      kernels.forward(part.length, at.seeds, 1)
      const sum = learn(part, augment, seed)
      correct += kernels.correct.value
      kernels.backward(part.length)
      bytes.copyWithin(at.sums + depth * count * 4, at.gradient, at.gradient + count * 4)
      return sum
    }
    const tree = (first: number, shards: number, depth: number): number => {
      if (shards === 1) return shard(first, depth)
      const left = tree(first, shards / 2, depth)
      const right = tree(first + shards / 2, shards / 2, depth + 1)
      kernels.add(at.sums + depth * count * 4, at.sums + (depth + 1) * count * 4, count)
      return left + right
    }
    const total = tree(0, bounds.length - 1, 0)
    return {
      losses: Float64Array.of(total),
      correct,
      gradient: floats.slice(at.sums / 4, at.sums / 4 + count),
      logits: new Float32Array(0),
    }
  }

  const evaluate = ({images: list, logits: wanted, augment = false, seed = 0}: EvaluateTask): ShardResult => {
    const losses = new Float64Array(Math.ceil(list.length / capacity))
    const logits = new Float32Array(wanted ? list.length * classes : 0)
    let correct = 0
    for (let chunk = 0; chunk < losses.length; chunk++) {
      const part = list.subarray(chunk * capacity, (chunk + 1) * capacity)
      load(part, augment, seed)
      kernels.forward(part.length, at.seeds, 0)
      losses[chunk] = loss(part.length)
      correct += kernels.correct.value
      for (let i = 0; wanted && i < part.length; i++) {
        const from = (at.logits + i * program.logitBytes) / 4
        logits.set(floats.subarray(from, from + classes), (chunk * capacity + i) * classes)
      }
    }
    return {losses, correct, gradient: new Float32Array(0), logits}
  }

  let turned: Float32Array | undefined
  return {
    kernels,
    memory: memory.buffer,
    run(task) {
      // A teacher's stay as they are.
      if (task.parameters !== turned || task.kind === "gradient") {
        floats.set(task.parameters, at.parameters / 4)
        kernels.turn()
        turned = task.parameters
      }
      return task.kind === "gradient" ? gradient(task) : evaluate(task)
    },
  }
}
