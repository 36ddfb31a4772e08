import {expect, test} from "vitest"
import {TlastError} from "../../src/errors.ts"
import {hlsArchitecture} from "../../src/plan/hls/architecture.ts"
import {defaultHlsOptions} from "../../src/plan/hls/options.ts"
import {plan} from "../../src/plan/make.ts"
import {networkOf} from "../../src/verify/network-of.ts"
import type {LayerRecipe} from "../../src/verify/recipe.ts"
import {add, conv, dense, output} from "../rtl/recipes.ts"

const networks: [what: string, layers: readonly LayerRecipe[]][] = [
  ["a stride other than 1", [conv(2, 2, {stride: [2, 1]}), dense(2)]],
  ['padding "same"', [conv(2, 3, {padding: "same"}), dense(2)]],
  ["depthwise convolutions", [{...conv(1, 3), kind: "depthwiseConv2d"}, dense(2)]],
  ["averages", [{kind: "avgPool2d", size: [2, 2], output: output()}, dense(2)]],
  ["sums of two tensors", [conv(2, 3), conv(2, 1), add(1), dense(2)]],
  ["1-bit weights", [dense(2, {weightBits: 1})]],
]

/** The error of what is refused. */
function refusal(attempt: () => unknown): TlastError {
  try {
    attempt()
  } catch (error) {
    if (error instanceof TlastError) return error
    throw error
  }
  throw new Error("nothing was refused")
}

test.each(networks)(
  "the HLS backend and loadable weights refuse %s, and say where and what else to do",
  (what, layers) => {
    const network = networkOf({
      seed: 1,
      input: {shape: {height: 6, width: 6, channels: 1}, bits: 8, signed: false},
      layers,
      lanes: 1,
    })
    plan(network, {effort: 0})
    const hls = refusal(() => hlsArchitecture(network, defaultHlsOptions))
    const loadable = refusal(() => plan(network, {weights: "loadable", packets: "header", results: 32}))
    // Where, what, and on a line of its own what to do instead.
    const said = (stage: string) => new RegExp(`^layer layer\\d \\(\\w+\\): ${stage} does not take ${what}\\n +\\S+`)
    expect(hls.code).toBe("UNSUPPORTED_LAYER")
    expect(hls.message).toMatch(said("the HLS backend"))
    expect(loadable.code).toBe("UNSUPPORTED_LAYER")
    expect(loadable.message).toMatch(said("a core with loadable weights"))
  },
)
