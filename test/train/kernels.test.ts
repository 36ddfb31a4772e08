import {readFileSync} from "node:fs"
import {join} from "node:path"
import {beforeAll, describe, expect, test} from "vitest"
import {at} from "../../src/errors.ts"
import {elements} from "../../src/graph/shape.ts"
import {pack, unpack} from "../../src/train/pack.ts"
import {layOut} from "../../src/train/program.ts"
import {openShards, type Shards} from "../../src/train/shards.ts"
import {kernelBytes} from "../../src/train/threads.ts"
import {root} from "../tools.ts"
import {crossEntropy, forward, forwardBatch} from "./reference.ts"
import {bars, networks, numbers, parametersOf} from "./samples.ts"

test("the committed WebAssembly is that of the committed source", async () => {
  const {kernels}: {kernels: () => Promise<string>} = await import(join(root, "tools/kernels.mjs"))
  expect(readFileSync(join(root, "src/train/kernels.generated.ts"), "utf8")).toBe(await kernels())
})

describe("elementary functions", () => {
  interface Functions {
    exp(x: number): number
    log(x: number): number
    sin(x: number): number
    cos(x: number): number
    mix(x: number): number
  }
  let own: Functions
  beforeAll(async () => {
    const memory = new WebAssembly.Memory({initial: 2})
    const {instance} = await WebAssembly.instantiate(kernelBytes(), {env: {memory, abort: () => {}}})
    own = instance.exports as unknown as Functions
  })

  test.each(["exp", "log", "sin", "cos"] as const)("%s is within 1e-12 of the true one", (name) => {
    for (let i = 0; i <= 4000; i++) {
      const x = {exp: -i / 6, log: 1e-6 + i * i, sin: (i / 2000 - 1) * Math.PI, cos: (i / 2000 - 1) * Math.PI}[name]
      const expected = Math[name](x)
      expect(Math.abs(own[name](x) - expected)).toBeLessThanOrEqual(
        1e-12 * Math.max(name === "exp" ? expected : 1, Math.abs(expected)),
      )
    }
  })

  test("they give the very bits they gave when they were written", () => {
    const bits = (x: number) => new BigUint64Array(Float64Array.of(x).buffer)[0]?.toString(16)
    expect([own.exp(-1.25), own.log(10), own.sin(0.2), own.cos(3)].map(bits)).toMatchInlineSnapshot(`
      [
        "3fd25618372a584f",
        "40026bb1bbb55515",
        "3fc96dff233dd2bc",
        "bfefae04be85e5d0",
      ]
    `)
  })
})

describe.each(networks.map((net) => [net.name, net] as const))("%s", (_, net) => {
  const count = 7
  const classes = at(net.layers, net.layers.length - 1).output.channels
  const data = bars(net.input, classes, count, 5)
  const parameters = parametersOf(net, 11)
  const program = layOut(net, 4)
  let shards: Shards
  beforeAll(async () => {
    shards = await openShards({wasm: kernelBytes(), program, images: data.images, labels: data.labels})
  })
  const size = elements(net.input)
  const image = (i: number) => Array.from(data.images.subarray(i * size, (i + 1) * size), (byte) => byte / 256)
  const all = Uint32Array.from({length: count}, (_, i) => i)

  test("its parameters come back from the kernels' layout", () => {
    expect(unpack(program, pack(program, parameters))).toEqual(parameters)
  })

  test("its logits are those of the definition", () => {
    const {logits, losses} = shards.run({
      kind: "evaluate",
      parameters: pack(program, parameters),
      images: all,
      logits: true,
    })
    let loss = 0
    for (let i = 0; i < count; i++) {
      const expected = forward(net, parameters, image(i))
      const scale = Math.max(...expected.map(Math.abs))
      for (const [c, value] of expected.entries()) {
        expect(Math.abs(at(logits, i * classes + c) - value)).toBeLessThan(3e-6 * scale)
      }
      loss += crossEntropy(expected, at(data.labels, i))
    }
    expect(losses.reduce((a, b) => a + b, 0)).toBeCloseTo(loss, 4)
  })

  test("its gradient is that of the loss, by finite differences", () => {
    const bounds = [0, 4, 7]
    const {gradient} = shards.run({
      kind: "gradient",
      parameters: pack(program, parameters),
      images: all,
      bounds,
      augment: false,
      seed: 0,
    })
    const found = unpack(program, gradient)
    // Shard by shard: a batchNorm's mean and variance are those of a shard.
    const lossOf = () => {
      let sum = 0
      for (const [s, first] of bounds.slice(0, -1).entries()) {
        const shard = Array.from({length: at(bounds, s + 1) - first}, (_, i) => first + i)
        const logits = forwardBatch(net, wide, shard.map(image), true)
        for (const [i, index] of shard.entries()) sum += crossEntropy(at(logits, i), at(data.labels, index))
      }
      return sum
    }
    // The same parameters in f64, so that a small step is one.
    const wide = Object.fromEntries(
      Object.entries(parameters).map(([name, {weights, bias}]) => [
        name,
        {
          weights: Float64Array.from(weights) as unknown as Float32Array,
          bias: Float64Array.from(bias) as unknown as Float32Array,
        },
      ]),
    )
    for (const [name, own] of Object.entries(wide)) {
      // Of the layer: the gradient of a bias before a batchNorm is zero.
      const largest = Math.max(...[...(found[name]?.weights ?? []), ...(found[name]?.bias ?? [])].map(Math.abs))
      expect(largest).toBeGreaterThan(0)
      for (const part of ["weights", "bias"] as const) {
        const values = own[part]
        const mine = at([found[name]?.[part] ?? new Float32Array(0)], 0)
        const stride = Math.max(1, Math.floor(values.length / 17))
        for (let i = 0; i < values.length; i += stride) {
          const value = at(values, i)
          const step = 1e-6
          values[i] = value + step
          const up = lossOf()
          values[i] = value - step
          const down = lossOf()
          values[i] = value
          expect(Math.abs((up - down) / (2 * step) - at(mine, i)), `${name}.${part}[${i}]`).toBeLessThan(1e-4 * largest)
        }
      }
    }
  })

  test("an unused weight of the layout stays zero, and so does its gradient", () => {
    const packed = pack(program, parameters)
    const {gradient} = shards.run({
      kind: "gradient",
      parameters: packed,
      images: all,
      bounds: [0, 4, 7],
      augment: true,
      seed: 3,
    })
    const used = pack(
      program,
      Object.fromEntries(
        Object.entries(parameters).map(([name, own]) => {
          const ones = (values: Float32Array) => values.map(() => 1)
          const moments = own.mean && own.variance ? {mean: ones(own.mean), variance: ones(own.variance)} : {}
          return [name, {weights: ones(own.weights), bias: ones(own.bias), ...moments}]
        }),
      ),
    )
    for (let i = 0; i < gradient.length; i++) if (used[i] === 0) expect(gradient[i]).toBe(0)
  })
})

test("dropout drops its share, scales the rest and passes the gradient of what it let through", async () => {
  const {dense, dropout, flatten, network} = await import("../../src/graph/layers.ts")
  const shape = {height: 40, width: 40, channels: 1}
  const net = network("dropped", shape, [flatten(), dropout(0.3), dense({units: 2})])
  const program = layOut(net, 1)
  const images = new Uint8Array(1600).fill(128)
  const shards = await openShards({wasm: kernelBytes(), program, images, labels: Uint8Array.of(0)})
  const parameters = {
    dense1: {weights: Float32Array.from(numbers(3200, 1), (value) => value / 100), bias: new Float32Array(2)},
  }
  const run = (seed: number) => {
    const task = {
      kind: "gradient" as const,
      parameters: pack(program, parameters),
      images: Uint32Array.of(0),
      bounds: [0, 1],
      augment: false,
      seed,
    }
    return unpack(program, shards.run(task).gradient).dense1
  }
  const first = run(1)
  // d loss / d weight = (p - 1) x for class 0: zero where x was dropped, one constant elsewhere.
  const kept = Array.from(first?.weights.subarray(0, 1600) ?? []).filter((g) => g !== 0)
  expect(Math.abs(kept.length / 1600 - 0.7)).toBeLessThan(0.04)
  expect(at(kept, 0)).toBeLessThan(-0.1)
  expect(at(kept, 0)).toBeCloseTo((at(first?.bias ?? [], 0) * 0.5) / 0.7, 5)
  expect(new Set(kept).size).toBe(1)
  expect(run(1)).toEqual(first)
  expect(run(2)).not.toEqual(first)
})

test("augmentation keeps an image's mass and differs from image to image", async () => {
  const shape = {height: 28, width: 28, channels: 2}
  const {dense, flatten, network} = await import("../../src/graph/layers.ts")
  const net = network("moved", shape, [flatten(), dense({units: 2})])
  const program = layOut(net, 1)
  const images = new Uint8Array(28 * 28 * 2)
  for (let row = 10; row < 18; row++)
    for (let column = 10; column < 18; column++) images.set([200, 100], (row * 28 + column) * 2)
  const shards = await openShards({wasm: kernelBytes(), program, images, labels: Uint8Array.of(0)})
  const seen = new Set<string>()
  for (let seed = 1; seed <= 50; seed++) {
    const zero = pack(program, {dense1: {weights: new Float32Array(3136), bias: new Float32Array(2)}})
    shards.run({kind: "gradient", parameters: zero, images: Uint32Array.of(0), bounds: [0, 1], augment: true, seed})
    const moved = new Float32Array(shards.memory).slice(program.at.images / 4, program.at.images / 4 + 1568)
    const sum = moved.reduce((a, b) => a + b, 0)
    expect(sum / ((64 * 300) / 256)).toBeGreaterThan(0.7)
    expect(sum / ((64 * 300) / 256)).toBeLessThan(1.4)
    for (let i = 0; i < 784; i++) expect(at(moved, 2 * i)).toBeCloseTo(2 * at(moved, 2 * i + 1), 5)
    seen.add(moved.join())
  }
  expect(seen.size).toBe(50)
})
