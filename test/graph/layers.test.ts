import {describe, expect, test} from "vitest"
import {byName} from "../../models/index.ts"
import {conv2d, dense, flatten, maxPool2d, network, relu} from "../../src/graph/layers.ts"

const image = {height: 28, width: 28, channels: 1}

describe("network", () => {
  test("digits16 has the shapes and names everything else relies on", () => {
    expect(
      byName("digits16").layers.map(({name, output: {height, width, channels}}) => [name, height, width, channels]),
    ).toEqual([
      ["conv1", 24, 24, 16],
      ["relu1", 24, 24, 16],
      ["pool1", 6, 6, 16],
      ["flatten1", 1, 1, 576],
      ["dropout1", 1, 1, 576],
      ["dense1", 1, 1, 10],
    ])
  })

  test("each layer reads the one before it", () => {
    expect(byName("digits16").layers.map(({inputs}) => inputs[0])).toEqual([
      "input",
      "conv1",
      "relu1",
      "pool1",
      "flatten1",
      "dropout1",
    ])
  })

  test("pooling drops the rows that fill no block", () => {
    const {layers} = network("floor", {height: 11, width: 13, channels: 2}, [maxPool2d({size: 2})])
    expect(layers[0]?.output).toEqual({height: 5, width: 6, channels: 2})
  })

  test("an explicit name is kept, and kernels may be oblong", () => {
    const {layers} = network("oblong", image, [conv2d({filters: 2, kernel: {height: 1, width: 28}, name: "rows"})])
    expect(layers[0]).toMatchObject({name: "rows", output: {height: 28, width: 1, channels: 2}})
  })

  test.each([
    [
      "a kernel larger than its input",
      () => network("n", image, [maxPool2d({size: 14}), conv2d({filters: 4, kernel: 5})]),
      "SHAPE_MISMATCH",
      /conv1.*2x2x1 from pool1.*5x5[\s\S]*at most 2x2/,
    ],
    [
      "a pool larger than its input",
      () => network("n", image, [maxPool2d({size: 29})]),
      "SHAPE_MISMATCH",
      /pool1.*28x28x1[\s\S]*at most 28x28/,
    ],
    [
      "a dense layer on an image",
      () => network("n", image, [relu(), dense({units: 10})]),
      "SHAPE_MISMATCH",
      /dense1.*28x28x1 from relu1.*784[\s\S]*flatten\(\)/,
    ],
    ["no layers", () => network("n", image, []), "BAD_LAYER", /no layers/],
    ["zero filters", () => network("n", image, [conv2d({filters: 0, kernel: 3})]), "BAD_LAYER", /conv1.*filters is 0/],
    ["a fractional kernel", () => network("n", image, [conv2d({filters: 1, kernel: 2.5})]), "BAD_LAYER", /2\.5/],
    ["NaN units", () => network("n", image, [flatten(), dense({units: Number.NaN})]), "BAD_LAYER", /NaN/],
    ["a rate of 1", () => network("n", image, [{kind: "dropout", rate: 1}]), "BAD_LAYER", /rate is 1/],
    [
      "a huge dense layer",
      () => network("n", image, [flatten(), dense({units: 100_000})]),
      "BAD_SHAPE",
      /78400000 weights/,
    ],
    ["a negative input", () => network("n", {...image, height: -1}, [relu()]), "BAD_LAYER", /height is -1/],
    ["an unknown kind", () => network("n", image, [JSON.parse('{"kind": "toString"}')]), "BAD_LAYER", /toString/],
    ["twins", () => network("n", image, [relu({name: "a"}), relu({name: "A"})]), "BAD_NAME", /another layer/],
  ])("refuses %s", (_, build, code, text) => {
    expect(build).toThrowError(expect.objectContaining({code, message: expect.stringMatching(text)}))
  })

  test.each(["", "../x", "a/b", "1a", "__proto__", "constructor", "input", "con", "a b", "é", "a".repeat(65)])(
    "refuses the name %j",
    (name) => {
      expect(() => network("n", image, [relu({name})])).toThrowError(expect.objectContaining({code: "BAD_NAME"}))
      expect(() => network(name, image, [relu()])).toThrowError(expect.objectContaining({code: "BAD_NAME"}))
    },
  )
})

test("byName suggests the nearest name", () => {
  expect(() => byName("digit16")).toThrowError(/did you mean digits16/)
})
