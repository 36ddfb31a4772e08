import {expect, test} from "vitest"
import {plan} from "../../src/plan/make.ts"
import {check} from "./check.ts"
import {randomNetwork} from "./networks.ts"

const square = (size: number, channels = 1) => ({height: size, width: size, channels})

test("the class alone leaves, a word an image, exact to the clock", async () => {
  const network = randomNetwork("classes", 1, square(10), 4, [
    {conv: 3, kernel: 3, bits: 4, shift: 5},
    {pool: 2},
    {dense: 7},
  ])
  const made = await check(network, {output: "class", lanes: 2})
  expect(made.stream.output).toMatchObject({wordsPerImage: 1, kind: "class"})
}, 300_000)

test("results in passes, and unsigned ones with many ties: the lowest class wins", async () => {
  const passes = randomNetwork("class_passes", 2, square(6), 4, [{dense: 11}])
  const made = await check(passes, {output: "class", lanes: 4, layers: {layer0: {pe: 4, simd: 1}}})
  expect(made.stages.find(({kind}) => kind === "argmax")).toMatchObject({pe: 4, outputs: 11})
  const network = randomNetwork("class_ties", 3, square(6), 3, [{dense: 6, bits: 2, shift: 9}, {dense: 5}])
  const narrow = {
    ...network,
    layers: network.layers.map((layer) =>
      layer.kind === "dense" && layer.requantise === undefined
        ? {
            ...layer,
            output: {...layer.output, format: {bits: 2, signed: false, fraction: 0}},
            requantise: {shifts: [9, 9, 9, 9, 9], rounding: "floor", relu: true, overflow: "saturate"} as const,
          }
        : layer,
    ),
  }
  await check(narrow, {output: "class"})
}, 300_000)

test("a class of header packets is refused", () => {
  const network = randomNetwork("class_header", 1, square(6), 8, [{dense: 4}])
  expect(() => plan(network, {output: "class", weights: "loadable", packets: "header", results: 32})).toThrow(
    "header packets carry every result",
  )
})
