import {bug} from "../errors.ts"
import type {Design, Resources} from "../graph/design.ts"
import type {Host} from "../host/host.ts"
import {runYosys} from "../host/yosys.ts"
import type {Watch} from "../progress.ts"
import {countResources} from "./count.ts"

export interface SynthesizeOptions extends Watch {
  readonly host: Host
  /** What it is to fit on: a name and its resources. */
  readonly device?: {readonly name: string; readonly resources: Resources}
  /** What the plan said, to stand beside the result. */
  readonly predicted?: Resources
}

export interface SynthesizeReport {
  /** Which tool, which version: "yosys 0.55 (embedded)". */
  readonly tool: string
  readonly command: string
  /** Synthesised, not routed: an upper bound of Vivado's LUTs, which packs two functions into one LUT6_2. */
  readonly resources: Resources
  /** Cells by type, as Yosys counted them. */
  readonly cells: Readonly<Record<string, number>>
  readonly device?: {
    readonly name: string
    readonly resources: Resources
    /** Percent of the device. */
    readonly used: Resources
    readonly fits: boolean
  }
  readonly predicted?: Resources
}

const command = "synth_xilinx -family xc7 -flatten -noiopad"

/** Resources of a design on Xilinx 7-series by the embedded Yosys, in a worker. Errors: YOSYS_FAILED, YOSYS_CRASHED, INTERRUPTED. */
export async function synthesize(design: Design, options: SynthesizeOptions): Promise<SynthesizeReport> {
  const {host, device, predicted} = options
  const {files, stdout} = await runYosys(synthesisScript(design), design.files, {...options, host})
  const statistics = files["statistics.json"]
  if (statistics === undefined) throw bug("synthesize", "Yosys wrote no statistics")
  const cells = cellCounts(new TextDecoder().decode(statistics))
  const resources = countResources(cells)
  return {
    tool: `yosys ${/Yosys (\d+\.\d+)/.exec(stdout)?.[1] ?? "of an unknown version"} (embedded)`,
    command,
    resources,
    cells,
    ...(device === undefined ? {} : {device: onDevice(device, resources)}),
    ...(predicted === undefined ? {} : {predicted}),
  }
}

/** The commands, which a native Yosys takes as well: sources by their paths, counts to statistics.json. */
export function synthesisScript({top, files}: Design): readonly string[] {
  const sources = Object.keys(files).filter((path) => /\.s?v$/.test(path))
  return [
    // Deferred: a module whose default parameter names a file would be looked at before its user names the right one.
    `read_verilog -sv -defer ${sources.join(" ")}`,
    `${command} -top ${top}`,
    "tee -q -o statistics.json stat -json",
  ]
}

/** Cells by type out of `stat -json`. */
export function cellCounts(json: string): Readonly<Record<string, number>> {
  const parsed: unknown = JSON.parse(json)
  const cells = inner(inner(parsed, "design"), "num_cells_by_type")
  if (typeof cells !== "object" || cells === null) throw bug("synthesize", "Yosys' statistics have no cells")
  return Object.fromEntries(Object.entries(cells).map(([type, count]) => [type, Number(count)]))
}

const inner = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined

function onDevice(device: {readonly name: string; readonly resources: Resources}, needed: Resources) {
  const share = (kind: keyof Resources) => Math.round((1000 * needed[kind]) / device.resources[kind]) / 10
  const used = {lut: share("lut"), ff: share("ff"), dsp: share("dsp"), bram36: share("bram36")}
  return {...device, used, fits: Object.values(used).every((percent) => percent <= 100)}
}
