import {describe, expect, test} from "vitest"
import {PacketCore} from "../../src/golden/packets.ts"
import {runGolden} from "../../src/golden/run.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {biasBits, faultCodes, type Loadable, linearLayers} from "../../src/graph/packets.ts"
import {checkEcho, executePacket, loadPackets, readResults} from "../../src/weights/pack.ts"
import {random} from "./networks.ts"

const u8 = {bits: 8, signed: false, fraction: 8}
const s16 = {bits: 16, signed: true, fraction: 10}

/** 4x4x1 -> conv 2@3x3 -> dense 8->3, its weights from a seed. */
function small(seed: number): IntegerNetwork {
  const next = random(seed)
  const int8 = (n: number) => Int8Array.from({length: n}, () => Math.floor(next() * 256) - 128)
  const shifts = (n: number, shift: number) => Array.from({length: n}, () => shift)
  return {
    name: "small",
    input: {shape: {height: 4, width: 4, channels: 1}, format: u8},
    layers: [
      {
        kind: "conv2d",
        name: "conv1",
        inputs: ["input"],
        kernel: {height: 3, width: 3},
        weights: int8(18),
        weightBits: 8,
        weightFractions: [7, 7],
        bias: Int32Array.of(100, -70_000),
        requantise: {shifts: shifts(2, 6), rounding: "half-up", relu: true, overflow: "saturate"},
        output: {shape: {height: 2, width: 2, channels: 2}, format: u8},
      },
      {
        kind: "flatten",
        name: "flat",
        inputs: ["conv1"],
        output: {shape: {height: 1, width: 1, channels: 8}, format: u8},
      },
      {
        kind: "dense",
        name: "dense1",
        inputs: ["flat"],
        weights: int8(24),
        weightBits: 8,
        weightFractions: [7, 7, 7],
        bias: Int32Array.of(5, -6, 7),
        requantise: {shifts: shifts(3, 2), rounding: "half-up", relu: false, overflow: "saturate"},
        output: {shape: {height: 1, width: 1, channels: 3}, format: s16},
      },
    ],
  }
}

const loadable: Loadable = {results: 16, biases: true, shifts: true}
const image = (seed: number, images = 1) => {
  const next = random(seed)
  return Uint8Array.from({length: 16 * images}, () => Math.floor(next() * 256))
}

function loaded(seed = 1): PacketCore {
  const core = new PacketCore(small(1), loadable)
  for (const packet of loadPackets(small(1), small(seed), loadable)) checkEcho(packet, core.answer(packet.words).words)
  return core
}

describe("the header protocol", () => {
  test("what was loaded is what runs, also over another model of the same shape", () => {
    const core = loaded(1)
    for (const seed of [2, 3, 1]) {
      for (const packet of loadPackets(small(1), small(seed), loadable))
        checkEcho(packet, core.answer(packet.words).words)
      const input = image(seed + 10, 3)
      const {words, outcome} = core.answer(executePacket(small(1), input, 3))
      expect(outcome).toBe("ok")
      expect(words).toHaveLength(7 + 3 * 3)
      expect(readResults(small(1), loadable, 3, words)).toEqual(runGolden(small(seed), input, 3).outputs)
    }
  })

  test("a model whose arithmetic is not the build's is refused, for nothing of it is loaded", () => {
    const built = small(1)
    const changed = (change: (network: IntegerNetwork) => unknown): IntegerNetwork => {
      const copy = structuredClone(small(2))
      change(copy)
      return copy
    }
    // biome-ignore lint/suspicious/noExplicitAny: tests change what is read-only
    const rule = (network: IntegerNetwork) => linearLayers(network)[0]?.requantise as any
    const refused: readonly (readonly [RegExp, (network: IntegerNetwork) => unknown])[] = [
      [
        /input: the model has unsigned numbers of 4 bits, .* of 8 bits/,
        (n) => Object.assign(n.input.format, {bits: 4}),
      ],
      [/conv1: .*rounding floor.*rounding half-up/, (n) => Object.assign(rule(n), {rounding: "floor"})],
      [/conv1: .*wrap, relu.*saturate, relu/, (n) => Object.assign(rule(n), {overflow: "wrap"})],
      [/conv1: .*saturate, the bitstream.*relu/, (n) => Object.assign(rule(n), {relu: false})],
      [/of 7 bits/, (n) => Object.assign(linearLayers(n)[0]?.output.format ?? {}, {bits: 7})],
    ]
    for (const [message, change] of refused)
      expect(() => loadPackets(built, changed(change), loadable)).toThrow(message)
    // A fraction is a name: no wire knows it.
    const finer = changed((n) => Object.assign(linearLayers(n)[0]?.output.format ?? {}, {fraction: 3}))
    expect(loadPackets(built, finer, loadable)).toHaveLength(loadPackets(built, built, loadable).length)
    const [without, fixed] = [
      {...loadable, biases: false},
      {...loadable, shifts: false},
    ]
    const biased = changed((n) => linearLayers(n)[0]?.bias.fill(1))
    expect(() => loadPackets(built, biased, without)).toThrow(/conv1: its biases are not the build's/)
    const shifted = changed((n) => rule(n).shifts.fill(5))
    expect(() => loadPackets(built, shifted, fixed)).toThrow(/conv1: its shifts are not the build's/)
    expect(loadPackets(built, shifted, loadable).at(2)?.words.at(-1)).toBe(5)
  })

  test("results of 32 bits come in two words, low half first", () => {
    const wide: Loadable = {...loadable, results: 32}
    const network = small(4)
    const core = new PacketCore(network, wide)
    for (const packet of loadPackets(network, network, wide)) core.answer(packet.words)
    const {words} = core.answer(executePacket(network, image(5), 1))
    expect(words).toHaveLength(7 + 6)
    expect(readResults(network, wide, 1, words)).toEqual(runGolden(network, image(5), 1).outputs)
  })

  test("executing before every layer is loaded is refused, and after a load that broke off again", () => {
    const core = new PacketCore(small(1), loadable)
    const execute = executePacket(small(1), image(1), 1)
    expect(core.answer(execute).outcome).toBe("notLoaded")
    const packets = loadPackets(small(1), small(1), loadable)
    for (const {words} of packets) core.answer(words)
    expect(core.answer(execute).outcome).toBe("ok")
    for (const {words} of packets) {
      expect(core.answer(words.slice(0, -1)).outcome).toBe("bodyShort")
      expect(core.answer(execute).outcome).toBe("notLoaded")
      core.answer(words)
      expect(core.answer(execute).outcome).toBe("ok")
    }
  })

  test.each([
    ["status", [7, 0, 3, 1, 1, 2, 1]],
    ["status", [0xffff, 0, 3, 1, 1, 2, 1]],
    ["batch", [0, 0, 1, 1, 4, 3, 1]],
    ["batch", [0, 0xffff, 1, 1, 4, 3, 1]],
    ["batch", [1, 1, 3, 1, 1, 2, 1]],
    ["kernelDim", [0, 1, 3, 1, 4, 3, 1]],
    ["inputChannels", [0, 1, 1, 2, 4, 3, 1]],
    ["inputDim", [0, 1, 1, 1, 5, 3, 1]],
    ["outputChannels", [0, 1, 1, 1, 4, 4, 1]],
    ["outputDim", [0, 1, 1, 1, 4, 3, 0]],
    ["kernelDim", [0, 1, 2, 1, 9, 3, 1]],
  ] as const)("a wrong %s is answered with its code and the header as received: %j", (fault, header) => {
    const {words, outcome} = loaded().answer([...header, ...image(1)])
    expect(outcome).toBe(fault)
    expect([...words]).toEqual([0x8000 + faultCodes[fault], ...header.slice(1)])
  })

  test("a packet cut at any word gives whole images only, and the next packet is right", () => {
    const core = loaded()
    const packet = executePacket(small(1), image(1, 2), 2)
    const whole = core.answer(packet).words
    for (let length = 1; length < packet.length; length++) {
      const {words, outcome} = core.answer(packet.slice(0, length))
      expect(outcome).toBe(length < 7 ? "headerShort" : "bodyShort")
      const images = length < 7 ? 0 : Math.floor((length - 7) / 16)
      const error = 0x8000 + faultCodes[outcome as "bodyShort"]
      const missing = Array.from({length: 6}, (_, i) => (i + 1 < length ? packet[i + 1] : 0))
      expect([...words]).toEqual(images === 0 ? [error, ...missing] : [...whole.slice(0, 7 + images * 3), error])
      expect(core.answer(packet).words).toEqual(whole)
    }
  })

  test("in a packet that is too long the last image gives no result", () => {
    const core = loaded()
    const whole = core.answer(executePacket(small(1), image(1, 2), 2)).words
    const {words, outcome} = core.answer([...executePacket(small(1), image(1, 2), 2), 1, 2, 3])
    expect(outcome).toBe("bodyLong")
    expect([...words]).toEqual([...whole.slice(0, 10), 0x8000 + faultCodes.bodyLong])
  })

  test("a load that is too long echoes its words, then the fault", () => {
    const core = loaded()
    const [first] = loadPackets(small(1), small(1), loadable)
    const words = first?.words ?? new Uint16Array()
    expect([...core.answer([...words, 9]).words]).toEqual([...words, 0x8000 + faultCodes.bodyLong])
    expect(core.loaded).toBe(false)
  })

  test("reset brings back the build's biases and shifts, and no weights", () => {
    const core = loaded(2)
    core.reset()
    expect(core.answer(executePacket(small(1), image(1), 1)).outcome).toBe("notLoaded")
    for (const packet of loadPackets(small(1), small(2), loadable).filter(({name}) => name.endsWith("weights")))
      core.answer(packet.words)
    const layers = linearLayers(core.network)
    expect(layers[0]?.bias).toEqual(linearLayers(small(1))[0]?.bias)
    expect(layers[0]?.weights).toEqual(linearLayers(small(2))[0]?.weights)
  })

  test("a lone result is followed by a word 0, so that no broken answer has a good one's length", () => {
    const [conv, flat, dense] = small(1).layers
    if (dense?.kind !== "dense" || conv === undefined || flat === undefined) throw new Error("unreachable")
    const one: IntegerNetwork = {
      ...small(1),
      layers: [
        conv,
        flat,
        {
          ...dense,
          weights: dense.weights.slice(0, 8),
          weightFractions: [7],
          bias: dense.bias.slice(0, 1),
          requantise: {shifts: [2], rounding: "half-up", relu: false, overflow: "saturate"},
          output: {shape: {height: 1, width: 1, channels: 1}, format: s16},
        },
      ],
    }
    const core = new PacketCore(one, loadable)
    for (const packet of loadPackets(one, one, loadable)) core.answer(packet.words)
    const packet = executePacket(one, image(1, 2), 2)
    expect(core.answer(packet).words).toHaveLength(7 + 4)
    expect(core.answer(packet).words.at(-1)).toBe(0)
    expect(core.answer(packet.slice(0, 23)).words).toHaveLength(7 + 3)
  })

  test("a bias is stored in as many bits as any weights can sum to, and a wider one is refused", () => {
    const network = small(1)
    const [conv] = linearLayers(network)
    if (conv === undefined) throw new Error("unreachable")
    expect(biasBits(network, conv)).toBe(20)
    const wide = {
      ...network,
      layers: network.layers.map((l) => (l === conv ? {...conv, bias: Int32Array.of(1 << 19, 0)} : l)),
    }
    expect(() => loadPackets(network, wide, loadable)).toThrow("bias 524288 does not fit the 20 bits")
  })
})
