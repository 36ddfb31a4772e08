import {nearest, TlastError} from "../errors.ts"

/** Where a fault strikes: the core's stream, the DMA as built, memory, the clock, the board, or the files that users copy. */
export interface Fault {
  readonly name: FaultName
  readonly place: "stream" | "dma" | "memory" | "clock" | "part" | "calls" | "files"
  /** What the user sees. */
  readonly symptom: string
  readonly cause: string
  readonly cure: string
}

export const faultNames = [
  "no-tlast",
  "lost-results",
  "core-waiting",
  "packet-too-long",
  "short-length",
  "no-tkeep",
  "wrong-width",
  "stale-data",
  "no-ap-start",
  "not-idle",
  "missing-hwh",
  "wrong-hierarchy",
  "wrong-part",
  "wrong-clock",
  "slow-calls",
] as const
export type FaultName = (typeof faultNames)[number]

/** Everything that goes wrong for users, in words: `tlast board serve --fault` injects it, `tlast board doctor` names it. */
export const faults: Readonly<Record<FaultName, Omit<Fault, "name">>> = {
  "no-tlast": {
    place: "stream",
    symptom: "recvchannel.wait() never returns, though the results are in memory",
    cause: "the core never raises TLAST, so the DMA does not know that the packet has ended",
    cure: "raise m_axis_tlast with the last result of a packet; check that it is connected in the block design",
  },
  "lost-results": {
    place: "stream",
    symptom: "fewer bytes arrive than expected; a receive of the full size never ends on some cores",
    cause: "the core returns fewer results than the software counts on, TLAST with the last",
    cure: "take .bit and accelerator.json of one package; count results an image in the RTL",
  },
  "core-waiting": {
    place: "stream",
    symptom: "recvchannel.wait() never returns; everything was sent, results are missing at the end",
    cause: "the core still waits for input: the last beat, or its TLAST, did not reach it",
    cure: "send whole images in one transfer, and connect TLAST from M_AXIS_MM2S to s_axis",
  },
  "packet-too-long": {
    place: "stream",
    symptom: '"DMA channel not started" after a receive; DMASR reads 0x5011',
    cause: "the packet is longer than the receive buffer: S2MM stopped with an internal error",
    cure: "allocate the receive buffer for every result of the packet; reset the DMA (DMACR bit 2) before going on",
  },
  "short-length": {
    place: "dma",
    symptom: '"Transfer size exceeds the maximum DMA buffer size", or a transfer that ends at once or never',
    cause: "the DMA's buffer length register has fewer bits than the package needs (the default is 14: 16,383 bytes)",
    cure: "set c_sg_length_width to 26 in the block design (build.tcl does) and make the bitstream again",
  },
  "no-tkeep": {
    place: "stream",
    symptom: "the receive ends well, and the buffer holds zeros or too little",
    cause: "the core's m_axis_tkeep is 0: the DMA writes none of those bytes",
    cure: "drive m_axis_tkeep with all ones, or leave the port away so that the tool ties it high",
  },
  "wrong-width": {
    place: "stream",
    symptom: "values look packed or scrambled; half of the bytes arrive",
    cause: "m_axis is not as wide as the software's data type",
    cure: "allocate the receive buffer with the width of m_axis (accelerator.json), or correct c_s_axis_s2mm_tdata_width",
  },
  "stale-data": {
    place: "memory",
    symptom: "old or zero data: right after a restart, wrong on the second run",
    cause: "the processor's cache was neither written back before, nor thrown away after the transfer",
    cure: "call flush() (sync_to_device) before sending and invalidate() (sync_from_device) after receiving",
  },
  "no-ap-start": {
    place: "stream",
    symptom: "sendchannel.wait() never returns; nothing arrives at all",
    cause: "the core never starts: an HLS core with ap_ctrl_hs that nobody gave ap_start, or one held in reset",
    cure: "build it with ap_ctrl_none (tlast's cores are always running), or write 0x81 to its control register; check aresetn",
  },
  "not-idle": {
    place: "dma",
    symptom: '"DMA channel not idle"',
    cause: "a transfer is still running: transfer() was called again before wait(), or another program uses this DMA",
    cure: "call wait() on both channels before the next transfer(); reset the DMA if the other program is gone",
  },
  "missing-hwh": {
    place: "files",
    symptom: '"Cannot find HWH file", or the overlay has no attribute of that name',
    cause: "the .hwh is missing beside the .bit, or has another stem",
    cure: "copy X.bit and X.hwh together, under the same name",
  },
  "wrong-hierarchy": {
    place: "files",
    symptom: "AttributeError: the overlay has no memory.axi_dma_0",
    cause: "the .hwh is of another block design: the DMA is not where accelerator.json says",
    cure: "take the .hwh that was made with this .bit, or name the hierarchy as in build.tcl",
  },
  "wrong-part": {
    place: "part",
    symptom: "the bitstream is refused, or the board hangs when it is loaded",
    cause: "the bitstream was made for another device than the board's",
    cure: "package for this board: tlast package --board NAME",
  },
  "wrong-clock": {
    place: "clock",
    symptom: "works in simulation, fails or is slow on the board",
    cause: "FCLK0 is not the clock that the design is timed for",
    cure: "set pynq.Clocks.fclk0_mhz to accelerator.json's clock_mhz after loading (the driver does); check the PS7's PLL settings",
  },
  "slow-calls": {
    place: "calls",
    symptom: "milliseconds an image, whatever the hardware does",
    cause: "every register access and buffer copy costs a call, and each image makes a dozen",
    cure: "send whole batches in one transfer, allocate the buffers once, keep uint8 on the wire, poll rarely or use interrupts",
  },
}

/** The fault of that name. Throws UNKNOWN_FAULT. */
export function faultByName(name: string): Fault {
  const known = faultNames.find((each) => each === name)
  if (known !== undefined) return {name: known, ...faults[known]}
  const near = nearest(name, faultNames)
  throw new TlastError({
    code: "UNKNOWN_FAULT",
    where: "--fault",
    message: `"${name}" is no fault; expected ${faultNames.join(", ")}`,
    hint: near === undefined ? "docs/board/virtual-board.md says what each does" : `did you mean ${near}?`,
  })
}

/** A piece of the result stream with the fault in it. `first`: the piece begins a packet. */
export function damage(
  fault: FaultName | undefined,
  piece: {readonly bytes: Uint8Array; readonly last: boolean},
  beatBytes: number,
  first: boolean,
): {readonly bytes: Uint8Array; readonly last: boolean} {
  const {bytes, last} = piece
  switch (fault) {
    case "no-tlast":
      return {bytes, last: false}
    case "lost-results":
      return {bytes: first ? bytes.subarray(beatBytes) : bytes, last}
    case "packet-too-long":
      return {bytes: last ? Uint8Array.from([...bytes, ...new Uint8Array(beatBytes)]) : bytes, last}
    case "no-tkeep":
      return {bytes: new Uint8Array(0), last}
    case "wrong-width":
      return {bytes: bytes.filter((_, i) => i % beatBytes < beatBytes / 2), last}
    default:
      return piece
  }
}
