import {expect} from "vitest"
import {emit} from "../../src/emit/emit.ts"
import {runGolden} from "../../src/golden/run.ts"
import type {Design} from "../../src/graph/design.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {nodeHost} from "../../src/host/node.ts"
import {plan} from "../../src/plan/make.ts"
import type {PlanOptions} from "../../src/plan/options.ts"
import type {Plan} from "../../src/plan/plan.ts"
import {verify} from "../../src/verify/verify.ts"
import {images} from "./networks.ts"
import {beatsOf, compile, sources} from "./run.ts"

/**
 * Returns the plan. The same integers and TLAST under every stall schedule, and the clocks the plan promised, in the embedded simulator. A
 * Verilator build takes ten times as long: those that say so are in it too.
 */
export async function check(network: IntegerNetwork, options: PlanOptions, {verilator = false} = {}): Promise<Plan> {
  const made = plan(network, options).plan
  const design = emit(network, made, sources)
  const {report} = await verify(
    {
      network,
      design,
      stream: {
        lanes: made.lanes,
        ...made.stream.input,
        ...(made.stream.output.kind && {output: made.stream.output.kind}),
      },
      predicted: {interval: made.interval, latency: made.latency},
      // Five one after the other in each of the simulator's lanes.
      elements: images(network, 40, 7),
    },
    {
      host: nodeHost(),
      out: "build/test-rtl",
      simulators: [{name: "embedded"}],
      stallImages: 24,
      malformed: false,
      worker: false,
    },
  )
  expect(report.problems).toEqual([])
  if (verilator) checkInVerilator(network, made, design)
  return made
}

/** The same in Verilator, with a harness of its own. */
function checkInVerilator(network: IntegerNetwork, made: Plan, design: Design, count = 5): void {
  const sim = compile(design)
  const input = images(network, count, 7)
  const golden = Array.from(runGolden(network, input, count).outputs)
  const words = made.stream.output.wordsPerImage
  const perImage = made.stream.input.beatsPerImage
  const all = beatsOf(made, input)

  const straight = sim.run(all, words * count)
  expect(straight.words).toEqual(golden)
  expect(straight.last).toEqual(golden.map((_, i) => i === golden.length - 1))
  const firsts = straight.given.filter((_, i) => i % words === 0)
  const gaps = firsts.slice(1).map((cycle, i) => cycle - (firsts[i] as number))
  expect(gaps.slice(2)).toEqual(gaps.slice(2).map(() => made.interval))

  const one = sim.run(beatsOf(made, input.subarray(0, input.length / count)), words)
  expect((one.given[0] as number) - (one.taken[perImage - 1] as number)).toBe(made.latency)

  for (const stalls of [
    {idle: 100, stall: 0},
    {idle: 0, stall: 900},
    {idle: 512, stall: 512},
    {idle: 920, stall: 100},
  ])
    expect(sim.run(all, words * count, {...stalls, seed: 3}).words).toEqual(golden)
}
