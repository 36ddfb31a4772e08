import {expect, test} from "vitest"
import {emit} from "../../src/emit/emit.ts"
import {nodeHost} from "../../src/host/node.ts"
import {plan} from "../../src/plan/make.ts"
import {verify} from "../../src/verify/verify.ts"
import {images, randomNetwork} from "../rtl/networks.ts"
import {sources} from "../rtl/run.ts"

// Two folded convolutions take their first rows faster than they work on them. With two or three images in each of the
// simulator's lanes that start was taken for the pace: "492 to 576 cycles an image, predicted 576".
test.each([3, 10, 20])("%i images through folded convolutions have the predicted interval", async (count) => {
  const network = randomNetwork("start", 3, {height: 10, width: 10, channels: 1}, 8, [
    {conv: 4, kernel: 3},
    {conv: 4, kernel: 3},
    {pool: 2},
    {dense: 4},
  ])
  const folded = (simd: number) => ({engine: "folded" as const, pe: 4, simd})
  const made = plan(network, {layers: {layer0: folded(1), layer1: folded(3)}}).plan
  const {report} = await verify(
    {
      network,
      design: emit(network, made, sources),
      stream: {lanes: made.lanes, ...made.stream.input},
      predicted: {interval: made.interval, latency: made.latency},
      elements: images(network, count, 7),
    },
    {
      host: nodeHost(),
      out: "build/test-few-images",
      simulators: [{name: "embedded"}],
      stallImages: 0,
      malformed: false,
      worker: false,
    },
  )
  expect(report.problems).toEqual([])
  expect(report.simulators[0]?.mismatches).toBe(0)
  if (count >= 4) expect(report.simulators[0]?.cyclesPerImage).toBe(made.interval)
})
