import type {Design} from "../graph/design.ts"
import type {Host} from "../host/host.ts"
import type {TimelineRow} from "../report/stages.ts"
import {compileNetlist, elaborate} from "../simulate/embedded/compile.ts"
import {simulate} from "../simulate/embedded/simulation.ts"
import {watch} from "../simulate/watch.ts"

/** Clocks without a result after which one image is given up; far more than any latency. */
const LONGEST = 1_000_000

/**
 * When each block first and last sends something of one image, core idle, nobody stalling: in clocks from the acceptance of the
 * first beat, by replaying it in the embedded simulator. Blocks are known by the plan; their valid bits are the core's
 * `<block>_valid`, and a block without one is left out.
 */
export async function timeline(
  design: Design,
  blocks: readonly string[],
  image: Uint8Array,
  results: number,
  host: Host,
): Promise<readonly TimelineRow[]> {
  const netlist = await elaborate(design, {host})
  const watched = blocks
    .map((block) => ({block, valid: `u_core.${block}_valid`}))
    .filter(({valid}) => netlist.names.has(valid))
  const simulation = await simulate(compileNetlist(netlist, {lanes: 1, probes: watched.map(({valid}) => valid)}))
  const rows = new Map<string, {first: number; last: number}>()
  const seen = (name: string, cycle: number) => {
    const row = rows.get(name)
    if (row === undefined) rows.set(name, {first: cycle, last: cycle})
    else row.last = cycle
  }
  const high = (signal: string) => simulation.peek(signal) === 1n
  let beatsLeft = image.length / (simulation.beatBytes ?? 1)
  let resultsLeft = results
  watch(simulation, [{bytes: image}], {
    imageBytes: image.length,
    source: {kind: "none"},
    sink: {kind: "none"},
    lanes: 1,
    lane: 0,
    cycles: LONGEST,
    onCycle(cycle) {
      // The source never idles: a beat moves in every clock in which it is wanted.
      if (beatsLeft > 0 && high("s_axis_tready")) {
        seen("s_axis", cycle)
        beatsLeft--
      }
      for (const {block, valid} of watched) if (high(valid)) seen(block, cycle)
      if (high("m_axis_tvalid")) {
        seen("m_axis", cycle)
        resultsLeft--
      }
      return resultsLeft > 0
    },
  })
  const start = rows.get("s_axis")?.first ?? 0
  return ["s_axis", ...watched.map(({block}) => block), "m_axis"].flatMap((name) => {
    const row = rows.get(name)
    return row === undefined ? [] : [{name, first: row.first - start, last: row.last - start}]
  })
}
