import {expect, test} from "vitest"
import {loadPackets} from "../../src/weights/pack.ts"
import {randomNetwork8} from "../export/networks.ts"
import {digits16} from "../golden/networks.ts"

test("weights of layers that no loadable core has are refused, never left out", () => {
  const loadable = {biases: true, shifts: true} as never
  const plain = digits16(1)
  for (const kind of ["depthwiseConv2d", "avgPool2d", "add"]) {
    let seed = 1
    while (!randomNetwork8(seed).layers.some((layer) => layer.kind === kind)) seed++
    const other = randomNetwork8(seed)
    for (const [built, model] of [
      [other, other],
      [plain, other],
    ] as const)
      expect(() => loadPackets(built, model, loadable), kind).toThrow(/a core with loadable weights does not take/)
  }
})
