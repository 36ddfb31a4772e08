import type {Design} from "../graph/design.ts"
import type {Host} from "../host/host.ts"
import type {TimelineRow} from "../report/stages.ts"
import {compileNetlist, elaborate} from "../simulate/embedded/compile.ts"
import {simulate} from "../simulate/embedded/simulation.ts"
import {watch} from "../simulate/watch.ts"

/** Clocks without a result after which one image is given up; far more than any latency. */
const LONGEST = 1_000_000

/** What is streamed to see one image: all of it, and what comes before the image's first element and its first result. */
export interface Replay {
  readonly packets: readonly Uint8Array[]
  /** Beats before the image's first, as loads and headers have. */
  readonly beatsBefore: number
  readonly resultsBefore: number
  /** Beats of the image's results. */
  readonly results: number
}

/**
 * When each block first and last sends something of one image, core idle, nobody stalling: in clocks from the acceptance of the
 * first beat of the image, by replaying it in the embedded simulator. Blocks are known by the plan; their valid bits are the
 * core's `<block>_valid`, and a block without one is left out.
 */
export async function timeline(
  design: Design,
  blocks: readonly string[],
  {packets, beatsBefore, resultsBefore, results}: Replay,
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
  const bytes = packets.reduce((sum, {length}) => sum + length, 0)
  const beats = bytes / (simulation.beatBytes ?? 1)
  let taken = 0
  let sent = 0
  watch(
    simulation,
    packets.map((packet) => ({bytes: packet})),
    {
      imageBytes: bytes,
      source: {kind: "none"},
      sink: {kind: "none"},
      lanes: 1,
      lane: 0,
      cycles: LONGEST,
      onCycle(cycle) {
        // The source never idles: a beat moves in every clock in which it is wanted.
        if (taken < beats && high("s_axis_tready") && ++taken > beatsBefore) seen("s_axis", cycle)
        if (taken > beatsBefore) for (const {block, valid} of watched) if (high(valid)) seen(block, cycle)
        if (high("m_axis_tvalid") && ++sent > resultsBefore) seen("m_axis", cycle)
        return sent < resultsBefore + results
      },
    },
  )
  const start = rows.get("s_axis")?.first ?? 0
  return ["s_axis", ...watched.map(({block}) => block), "m_axis"].flatMap((name) => {
    const row = rows.get(name)
    return row === undefined ? [] : [{name, first: row.first - start, last: row.last - start}]
  })
}
