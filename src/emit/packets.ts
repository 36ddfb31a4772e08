import type {IntegerNetwork} from "../graph/integer.ts"
import {biasBits, executeHeader, type Header, type Loadable, type LoadTarget, loadTargets} from "../graph/packets.ts"
import {elements} from "../graph/shape.ts"

/** Parameters of packet_in for one network, as Verilog constants. */
export interface PacketTable {
  /** Rows: 0 is execute, then loadTargets in order. */
  readonly rows: number
  /** A concatenation, row 0 last, each with its comment. */
  readonly table: string
  /** A bit a row: must be loaded before an image is taken. */
  readonly needed: string
  /** Bits of the longest body's last index. */
  readonly countBits: number
}

/** What packet_in compares headers with: see rtl/packet_in.sv for the layout of a row. */
export function packetTable(network: IntegerNetwork, loadable: Loadable): PacketTable {
  const targets = loadTargets(network, loadable)
  const execute = {
    name: "execute",
    header: executeHeader(network, 1),
    words: elements(network.input.shape),
    bits: [0, 0],
    sign: 0,
  }
  const rows = [
    execute,
    ...targets.map((target) => ({...target, ...storage(network, target), name: `${target.layer.name} ${target.kind}`})),
  ]
  const longest = Math.max(...rows.map(({words}) => words))
  return {
    rows: rows.length,
    table: `{\n${rows
      .map((row, index) => `${tableRow(row)}${index === 0 ? " " : ","}  // ${index}: ${row.name}`)
      .reverse()
      .join("\n")}\n  }`,
    needed: `${rows.length}'b${rows
      .map((row) => (row.name.endsWith(" weights") ? "1" : "0"))
      .reverse()
      .join("")}`,
    countBits: Math.max(1, Math.ceil(Math.log2(longest))),
  }
}

/** How many low bits of an even and an odd body word are kept, and whether they are signed. */
function storage(
  network: IntegerNetwork,
  {kind, layer}: LoadTarget,
): {readonly bits: readonly [number, number]; readonly sign: 0 | 1} {
  switch (kind) {
    case "weights":
      return {bits: [8, 8], sign: 1}
    case "biases":
      return {bits: [16, biasBits(network, layer) - 16], sign: 1}
    case "shift":
      return {bits: [5, 5], sign: 0}
  }
}

interface Row {
  readonly header: Header
  readonly words: number
  readonly bits: readonly number[]
  readonly sign: number
}

function tableRow({header, words, bits: [even = 0, odd = 0], sign}: Row): string {
  const {status, kernelDim, inputChannels, inputDim, outputChannels} = header
  const fields = [outputChannels, inputDim, inputChannels, kernelDim].map((value) => `16'd${value}`)
  return `    1'b0, 1'b${sign}, 7'd${odd}, 7'd${even}, 32'd${words}, ${fields.join(", ")}, 16'h${status.toString(16).padStart(4, "0")}`
}
