import type {NumberFormat} from "../../graph/format.ts"
import type {IntegerNetwork} from "../../graph/integer.ts"
import type {LoadTarget} from "../../graph/packets.ts"
import type {Shape} from "../../graph/shape.ts"
import type {HlsFifo, HlsLinear, HlsProcess} from "./architecture.ts"
import type {HlsOptions} from "./options.ts"
import {type Access, depths, type Traffic} from "./schedule.ts"

/** What is on the wire between two processes: a tensor in packs of `pack` elements. */
export interface Wire {
  readonly stream: string
  readonly type: string
  readonly pack: number
  readonly shape: Shape
}

/** An architecture while layers add to it. */
export interface Draft {
  readonly network: IntegerNetwork
  readonly options: HlsOptions
  readonly targets: readonly LoadTarget[]
  readonly fifos: {readonly name: string; readonly type: string}[]
  readonly processes: HlsProcess[]
  readonly traffic: Traffic[]
  readonly linear: HlsLinear[]
  readonly tensors: {readonly type: string; readonly format: NumberFormat}[]
}

/** A FIFO for packs of a tensor; returns its name. */
export const packFifo = (draft: Draft, name: string, type: string, pack: number): string =>
  fifo(draft, name, `tlast::pack<${type}, ${pack}>`)

export function fifo({fifos}: Draft, name: string, type: string): string {
  fifos.push({name, type})
  return name
}

/** A process, and what it reads (`from`) and writes (`to`) at each step of an image. */
export function addProcess(
  {processes, traffic}: Draft,
  process: HlsProcess,
  from: Readonly<Record<string, Uint8Array>>,
  to: Readonly<Record<string, Uint8Array>>,
): void {
  processes.push(process)
  const accesses = (ends: typeof from, end: Access["end"]) =>
    Object.entries(ends).map(([name, words]) => ({fifo: name, end, words}))
  traffic.push({process: process.name, accesses: [...accesses(from, "in"), ...accesses(to, "out")]})
}

/** Words that neighbours in step need: one to be read while the next is written. */
export const NEIGHBOURS = 2

/**
 * The FIFOs with the depths that keep the interval. A FIFO that holds more than neighbours in step need gets a word more
 * than the schedule asks for: pipelines fill, and the schedule does not know how long that takes.
 */
export function deepFifos({fifos, traffic}: Draft): readonly HlsFifo[] {
  const interval = Math.max(...traffic.map(({accesses}) => accesses[0]?.words.length ?? 0))
  const needed = depths(traffic, interval, NEIGHBOURS)
  return fifos.map(({name, type}) => {
    const depth = needed.get(name) ?? NEIGHBOURS
    return depth <= NEIGHBOURS
      ? {name, type, depth: NEIGHBOURS, why: "neighbours in step"}
      : {name, type, depth: depth + 1, why: `${depth} keep an image every ${interval} clocks`}
  })
}
