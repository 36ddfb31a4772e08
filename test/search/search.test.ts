import {describe, expect, test} from "vitest"
import {TlastError} from "../../src/errors.ts"
import {beats, front, promising} from "../../src/search/front.ts"
import {type Prediction, search, type Workshop} from "../../src/search/search.ts"
import {type Candidate, candidates, defaultBits, quantizeOf, topologies} from "../../src/search/space.ts"

const image = {height: 28, width: 28, channels: 1}
const four = {weights: 4, activations: 4, pixels: 4}

describe("the space", () => {
  test("has every topology that fits the image with every choice of bits, each once", () => {
    const nets = topologies(image, 10, {filters: [[4], [8, 16], [4, 4, 4, 4]], kernels: [5]})
    expect(nets.map(({name}) => name)).toEqual(["c4k5", "c8k5_c16k5"])
    // A single convolution and a dense layer have no middle, so ternary there is the same as none.
    expect(candidates({topologies: nets, bits: [four, {...four, middle: 2}]}).map(({name}) => name)).toEqual([
      "c4k5_w4a4p4",
      "c8k5_c16k5_w4a4p4",
      "c8k5_c16k5_w4m2a4p4",
    ])
  })

  test("keeps the ends of a network wide where its middle is narrow", () => {
    const [net] = topologies(image, 10, {filters: [[8, 16]], kernels: [5]})
    const [candidate] = candidates({topologies: net ? [net] : [], bits: [{...four, middle: 2}]})
    expect(quantizeOf(candidate as Candidate)).toEqual({
      weightBits: {default: 2, conv1: 4, dense1: 4},
      activationBits: 4,
      inputBits: 4,
    })
  })

  test("that is empty is refused", () => {
    expect(() => topologies({height: 4, width: 4, channels: 1}, 10, {filters: [[4]], kernels: [5]})).toThrow(
      expect.objectContaining({code: "EMPTY_SEARCH"}),
    )
  })
})

describe("the front", () => {
  const points = [
    {name: "cheap", accuracy: 97, lut: 1000},
    {name: "worse", accuracy: 96.9, lut: 1200},
    {name: "good", accuracy: 99, lut: 3000},
    {name: "dear", accuracy: 99, lut: 3001},
    {name: "hopeless", accuracy: 90, lut: 5000},
  ]
  test("is what no other point beats, by LUTs", () => {
    expect(front(points).map(({name}) => name)).toEqual(["cheap", "good"])
    expect(beats({accuracy: 99, lut: 1}, {accuracy: 99, lut: 1})).toBe(false)
  })
  test("with some slack keeps those that are nearly as good", () => {
    expect(promising(points, 0.3).map(({name}) => name)).toEqual(["cheap", "worse", "good", "dear"])
  })
})

describe("a search", () => {
  const space = {
    topologies: topologies(image, 10, {filters: [[4], [8], [16]], kernels: [5]}),
    bits: defaultBits.slice(0, 2),
  }
  const plan = (lut: number, fits = true): Prediction => ({
    resources: {lut, ff: lut, dsp: 10, bram36: 1},
    interval: 784,
    imagesPerSecond: 127_551,
    fits,
  })
  const luts: Readonly<Record<string, number>> = {c4k5: 1000, c8k5: 2000, c16k5: 4000}
  const lutOf = ({network, bits}: Candidate) => (luts[network.name] ?? 0) * (bits.weights / 4)

  /** Counts LUTs and accuracy by a rule, and keeps a diary. */
  function workshop(diary: string[], accuracy: (candidate: Candidate) => number): Workshop {
    return {
      async predict(candidate) {
        diary.push(`plan ${candidate.name}`)
        if (lutOf(candidate) === 8000) return {...plan(8000, false), reason: "does not fit"}
        if (lutOf(candidate) === 4000)
          throw new TlastError({code: "RATE_NOT_REACHED", where: "plan", message: "too slow", hint: "ask for less"})
        return plan(lutOf(candidate))
      },
      async train(candidate, effort) {
        diary.push(`${effort} ${candidate.name}`)
        return {...plan(lutOf(candidate)), accuracy: accuracy(candidate)}
      },
    }
  }

  test("plans everything before it trains anything, and trains long what is promising", async () => {
    const diary: string[] = []
    const byLut = workshop(diary, (candidate) => 95 + lutOf(candidate) / 1000)
    const report = await search(space, byLut)
    const first = diary.findIndex((line) => !line.startsWith("plan"))
    expect(first).toBe(6)
    expect(diary.slice(first)).toEqual([
      "short c4k5_w4a4p4",
      "short c4k5_w8a8p8",
      "short c8k5_w4a4p4",
      "long c4k5_w4a4p4",
      "long c4k5_w8a8p8",
      "long c8k5_w4a4p4",
    ])
    expect(report.ruledOut.map(({reason}) => reason)).toEqual(["too slow", "does not fit", "too slow"])
    // 8 bits of 4 filters and 4 bits of 8 cost the same and are as good: neither beats the other.
    expect(report.front.map(({candidate}) => candidate)).toEqual(["c4k5_w4a4p4", "c4k5_w8a8p8", "c8k5_w4a4p4"])
  })

  test("with a goal leaves out what costs more than the cheapest that reaches it", async () => {
    const diary: string[] = []
    const report = await search(
      space,
      workshop(diary, (candidate) => 95 + lutOf(candidate) / 1000),
      {goal: 96},
    )
    expect(report.answer).toBe("c4k5_w4a4p4")
    expect(diary.filter((line) => line.startsWith("long"))).toEqual(["long c4k5_w4a4p4"])
  })

  test("that fails for another reason does not go on", async () => {
    const broken: Workshop = {
      ...workshop([], () => 99),
      train: () => Promise.reject(new Error("disk full")),
    }
    await expect(search(space, broken)).rejects.toThrow("disk full")
  })
})
