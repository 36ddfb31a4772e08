import {at} from "../errors.ts"
import type {Simulation} from "./embedded/simulation.ts"
import {type Stall, stallTable} from "./stall.ts"
import {beatsOf, type Packet} from "./stream.ts"

export interface WatchOptions {
  readonly imageBytes: number
  readonly source: Stall
  readonly sink: Stall
  /** Lanes the schedules were made for, and which of them to replay. */
  readonly lanes: number
  readonly lane: number
  readonly cycles: number
  /** After each cycle, before its edge: peek shows that cycle. Return false to stop. */
  readonly onCycle: (cycle: number) => boolean
}

/**
 * Replays one lane of a stream job slowly, cycle by cycle from reset, so that every signal compiled as a probe can be looked at:
 * for explaining a mismatch, and for the timing diagram of one image. `simulation` has one lane.
 */
export function watch(simulation: Simulation, packets: readonly Packet[], options: WatchOptions): void {
  const size = simulation.beatBytes ?? 1
  const [source, sink] = [stallTable(options.source, options.lanes), stallTable(options.sink, options.lanes)]
  const willing = ({bytes, loop}: typeof source, cycle: number) => {
    const index = cycle < bytes.length ? cycle : loop + ((cycle - loop) % (bytes.length - loop))
    return ((at(bytes, index) >> options.lane) & 1) === 1
  }
  const beats = packets.flatMap((packet) =>
    [...beatsOf(packet, size, options.imageBytes)].map((beat) => ({beat, packet})),
  )
  simulation.restart()
  const optional = (port: string, value: bigint | number) => {
    if (simulation.inputs.includes(port)) simulation.poke(port, value)
  }
  optional("aresetn", 0)
  optional("rst", 1)
  simulation.step(8)
  optional("aresetn", 1)
  optional("rst", 0)
  let next = 0
  let held = false
  for (let cycle = 0; cycle < options.cycles; cycle++) {
    const current = beats[next]
    const valid: boolean = current !== undefined && (held || willing(source, cycle))
    if (current !== undefined) {
      const {beat, packet} = current
      let data = 0n
      for (let i = beat.count - 1; i >= 0; i--) data = (data << 8n) | BigInt(at(packet.bytes, beat.from + i))
      simulation.poke("s_axis_tdata", data)
      optional("s_axis_tkeep", (1n << BigInt(beat.count)) - 1n)
      optional("s_axis_tlast", beat.last ? 1 : 0)
    }
    simulation.poke("s_axis_tvalid", valid ? 1 : 0)
    simulation.poke("m_axis_tready", willing(sink, cycle) ? 1 : 0)
    simulation.step()
    const fires: boolean = valid && simulation.peek("s_axis_tready") === 1n
    held = valid && !fires
    if (fires) next++
    if (!options.onCycle(cycle)) return
  }
}
