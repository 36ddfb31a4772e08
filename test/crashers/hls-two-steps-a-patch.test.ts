import {expect, test} from "vitest"
import {hlsArchitecture} from "../../src/plan/hls/architecture.ts"
import {defaultHlsOptions} from "../../src/plan/hls/options.ts"
import {edges} from "../hls/fixture.ts"

// Windows come in rows, one a clock. A FIFO of two words let a convolution of two steps a patch hold up its window, so
// that an image took longer than the 36 clocks that the emitted top promised.
test("a convolution that takes two steps a patch has room for the patches of a row that wait", () => {
  const {fifos, interval} = hlsArchitecture(edges, {...defaultHlsOptions, folding: {conv1: {pe: 1, simd: 9}}})
  expect(interval).toBe(36)
  expect(fifos.find(({name}) => name === "conv1_patches")).toMatchObject({depth: 6})
  expect(fifos.filter(({depth}) => depth > 2)).toHaveLength(1)
})
