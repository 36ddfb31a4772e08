import {traceGolden} from "../golden/run.ts"
import type {Design, Probe} from "../graph/design.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {compileNetlist} from "../simulate/embedded/compile.ts"
import type {Netlist} from "../simulate/embedded/netlist.ts"
import {simulate} from "../simulate/embedded/simulation.ts"
import {type VcdRow, writeVcd} from "../simulate/vcd.ts"
import {watch} from "../simulate/watch.ts"
import {bytesPerImage, type ImageSet, type Mismatch, packetsOf, type StreamShape} from "./images.ts"

/** Where hardware and golden part: the first integer that differs, in stream order of the layers. */
export interface Explanation {
  /** The earliest layer known to differ; "result" where the design names no probes before it. */
  readonly layer: string
  readonly channel: number
  /** Position in the layer's rows, row by row. */
  readonly position: number
  readonly cycle: number
  readonly found: number
  readonly expected: number
  readonly image: number
  /** A waveform from just before that cycle. */
  readonly vcd: string
}

const BEFORE = 48
const AFTER = 8

/**
 * Replays the mismatch slowly with the design's probes, finds the first layer, channel and position that differ, and draws the
 * cycles around it. `lanes` is how many lanes the failing run had.
 */
export async function explain(
  network: IntegerNetwork,
  design: Design,
  netlist: Netlist,
  shape: StreamShape,
  images: ImageSet,
  mismatch: Mismatch,
  lanes: number,
): Promise<Explanation> {
  const start = (lane: number) => Math.floor((lane * images.count) / lanes)
  const from = start(mismatch.lane)
  const {packets} = packetsOf(images, from, start(mismatch.lane + 1), shape)
  const options = {
    imageBytes: bytesPerImage(shape),
    source: mismatch.source,
    sink: mismatch.sink,
    lanes,
    lane: mismatch.lane,
    cycles: mismatch.cycle + 1,
  }
  const known = (name: string) => netlist.names.has(name)
  const read = ({valid, inside, data}: Probe) => [valid, data, ...(inside === undefined ? [] : [inside])]
  const probes = (design.probes ?? []).filter((probe) => read(probe).every(known))
  const first = await simulate(compileNetlist(netlist, {lanes: 1, probes: [...new Set(probes.flatMap(read))]}))
  const seen = probes.map(() => 0)
  let traced: {readonly image: number; readonly layers: ReadonlyMap<string, Int32Array>} | undefined
  const layersOf = (image: number) => {
    if (traced?.image !== image) {
      const elements = Int32Array.from(
        {length: shape.elements},
        (_, i) => images.elements[image * shape.elements + i] ?? 0,
      )
      traced = {image, layers: traceGolden(network, elements)}
    }
    return traced.layers
  }
  const outcome = {
    layer: "result",
    channel: Math.max(0, mismatch.output),
    position: 0,
    cycle: mismatch.cycle,
    found: mismatch.found,
    expected: mismatch.expected,
    image: mismatch.image,
  }
  watch(first, packets, {
    ...options,
    onCycle: (cycle) => {
      for (const [i, probe] of probes.entries()) {
        const valid = first.peek(probe.valid)
        const size = network.layers.find(({name}) => name === probe.layer)?.output.shape
        if (valid === 0n || size === undefined) continue
        const [steps, places] = [Math.ceil(size.channels / probe.channels), size.height * size.width]
        const inside = probe.inside === undefined ? -1n : first.peek(probe.inside)
        const apart = (netlist.names.get(probe.valid)?.length ?? 1) > 1
        const data = first.peek(probe.data)
        for (let p = 0; p < (probe.positions ?? 1); p++) {
          if ((inside >> BigInt(p)) % 2n === 0n || (apart && (valid >> BigInt(p)) % 2n === 0n)) continue
          const count = seen[i] ?? 0
          seen[i] = count + 1
          const place = Math.floor(count / steps)
          const [image, position] = [from + Math.floor(place / places), place % places]
          const wanted = layersOf(image).get(probe.layer)
          for (let c = 0; c < probe.channels; c++) {
            const channel = (count % steps) * probe.channels + c
            if (channel >= size.channels) break
            const raw = BigInt.asUintN(probe.bits, data >> BigInt((p * probe.channels + c) * probe.bits))
            const found = Number(probe.signed ? BigInt.asIntN(probe.bits, raw) : raw)
            const expected = wanted?.[position * size.channels + channel] ?? 0
            if (found === expected) continue
            Object.assign(outcome, {layer: probe.layer, channel, position, cycle, found, expected, image})
            return false
          }
        }
      }
      return true
    },
  })

  const names = [...netlist.names.keys()].filter((name) => !name.includes("$") && name !== netlist.clock)
  const all = await simulate(compileNetlist(netlist, {lanes: 1, probes: names}))
  const rows: VcdRow[] = []
  watch(all, packets, {
    ...options,
    cycles: outcome.cycle + AFTER,
    onCycle: (cycle) => {
      if (cycle >= outcome.cycle - BEFORE) rows.push({cycle, values: names.map((name) => all.peek(name))})
      return true
    },
  })
  const signals = names.map((name) => ({name, width: netlist.names.get(name)?.length ?? 1}))
  return {...outcome, vcd: writeVcd(design.top, signals, rows)}
}
