import type {LaneShape} from "../lanes.ts"
import type {Layout} from "../layout.ts"
import type {Netlist} from "../netlist.ts"

/** Where a port of the design lies. */
export interface PortPlace {
  readonly address: number
  readonly width: number
}

/** The AXI4-Stream driver's memory: control words, then per-lane arrays, then the mask table. Beats and logs follow `end`. */
export interface DriverLayout {
  readonly source: {
    readonly data: PortPlace
    readonly valid: PortPlace
    readonly ready: PortPlace
    readonly last?: PortPlace
    readonly keep?: PortPlace
  }
  readonly sink: {
    readonly data: PortPlace
    readonly valid: PortPlace
    readonly ready: PortPlace
    readonly last?: PortPlace
    readonly keep?: PortPlace
  }
  readonly control: number
  readonly maskTable: number
  /** Bytes of one beat of all lanes: tdata limbs, tkeep limbs if it has more than 8 bits, one limb of flags. */
  readonly beatBytes: number
  readonly dataLimbs: number
  readonly keepLimbs: number
  /** Bytes of one output record: cycle, flags, tdata in whole 32-bit words. */
  readonly recordBytes: number
  readonly end: number
}

/** Offsets of the driver's control words (i32), and of arrays of one entry a lane. */
export const control = {
  cycle: 0,
  limit: 4,
  sourceSchedule: 8,
  sourceLength: 12,
  sourceLoop: 16,
  sourceIndex: 20,
  sinkSchedule: 24,
  sinkLength: 28,
  sinkLoop: 32,
  sinkIndex: 36,
  remaining: 40,
  progress: 44,
  patience: 48,
  uniform: 52,
  violationCycle: 56,
  held: 64,
  pending: 80,
  withdrawn: 96,
  changed: 112,
  flags: 128,
  position: 144,
  markLog: 176,
  outLog: 208,
  previous: 240,
} as const

/** Bits of a beat's flags limb; tkeep of up to 8 bits lies above. */
export const beatFlag = {last: 1, mark: 2, present: 4, keepShift: 3} as const

/** Why drive() came back. */
export const driveResult = {limit: 0, complete: 1, stuck: 2} as const

/** Undefined where the design has no s_axis and m_axis ports. */
export function layOutDriver(netlist: Netlist, layout: Layout, shape: LaneShape): DriverLayout | undefined {
  const input = (name: string): PortPlace | undefined => {
    const port = netlist.inputs.find((item) => item.name === name)
    const address = port && layout.variables[port.variable]
    const width = port && netlist.variables[port.variable]?.width
    return address === undefined || width === undefined ? undefined : {address, width}
  }
  const output = (name: string): PortPlace | undefined => {
    const port = layout.outputs.find((item) => item.name === name)
    return port && {address: port.address, width: port.bits.length}
  }
  const [sData, sValid, mReady] = [input("s_axis_tdata"), input("s_axis_tvalid"), input("m_axis_tready")]
  const [sReady, mValid, mData] = [output("s_axis_tready"), output("m_axis_tvalid"), output("m_axis_tdata")]
  if (!sData || !sValid || !mReady || !sReady || !mValid || !mData) return undefined
  const [sLast, sKeep, mLast, mKeep] = [
    input("s_axis_tlast"),
    input("s_axis_tkeep"),
    output("m_axis_tlast"),
    output("m_axis_tkeep"),
  ]
  const limbs = (width: number) => Math.ceil(width / shape.width)
  const dataLimbs = limbs(sData.width)
  const keepLimbs = sKeep !== undefined && sKeep.width > 8 ? limbs(sKeep.width) : 0
  const limbBytes = (shape.width / 8) * shape.count
  const outLimbs = limbs(mData.width) + (mKeep === undefined ? 0 : limbs(mKeep.width)) + 1
  const maskTable = layout.end + Math.ceil((control.previous + outLimbs * 16) / 64) * 64
  return {
    source: {data: sData, valid: sValid, ready: sReady, ...(sLast && {last: sLast}), ...(sKeep && {keep: sKeep})},
    sink: {data: mData, valid: mValid, ready: mReady, ...(mLast && {last: mLast}), ...(mKeep && {keep: mKeep})},
    control: layout.end,
    maskTable,
    beatBytes: (dataLimbs + keepLimbs + 1) * limbBytes,
    dataLimbs,
    keepLimbs,
    recordBytes: 8 + 4 * Math.ceil(mData.width / 32),
    end: maskTable + 256 * 16,
  }
}
