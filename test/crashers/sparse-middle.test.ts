import {expect, test} from "vitest"
import {plan} from "../../src/plan/make.ts"
import {randomNetwork} from "../rtl/networks.ts"

// A sketch took the middle columns of a large convolution for all of them: these are zeros, and 7 bits "fitted" in 4,120 LUT.
test("a convolution whose middle taps are zeros is not sketched from them", () => {
  const size = {height: 12, width: 12, channels: 8}
  const network = randomNetwork("sparse_middle", 1, size, 8, [{conv: 40, kernel: 5, shift: 9}, {pool: 2}, {dense: 10}])
  const [first, ...rest] = network.layers
  if (first?.kind !== "conv2d") throw new Error("no convolution")
  const taps = first.weights.length / first.bias.length
  const weights = first.weights.map((w, i) => (i % taps >= 50 && i % taps < 150 ? 0 : w))
  const {report} = plan({...network, layers: [{...first, weights}, ...rest]}, {effort: 0})
  const [, bits, lut] = /--weight-bits (\d) \((\d+) LUT\)/.exec(report.changes.join("\n")) ?? []
  expect(Number(lut)).toBeGreaterThan((report.resources.lut * Number(bits)) / 8 / 2)
})
