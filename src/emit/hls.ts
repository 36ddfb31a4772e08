import type {IntegerNetwork} from "../graph/integer.ts"
import {type HlsArchitecture, hlsArchitecture} from "../plan/hls/architecture.ts"
import type {HlsOptions} from "../plan/hls/options.ts"
import {emitHlsTcl} from "./hls-tcl.ts"
import {emitHlsHeader, emitHlsTestBench, emitHlsTop, topName} from "./hls-top.ts"
import {emitHlsWeights} from "./hls-weights.ts"

/** The accelerator as HLS C++. */
export interface HlsProject {
  /** The C++ function that is the IP's top. */
  readonly top: string
  readonly architecture: HlsArchitecture
  /** Text by path, relative to the project's folder; headers of the layers are under tlast/. */
  readonly files: Readonly<Record<string, string>>
}

/** Names of the layer headers; `library` of emitHls holds their text by these names. */
export const hlsHeaders = [
  "types.h",
  "slave.h",
  "window.h",
  "linear.h",
  "conv2d.h",
  "dense.h",
  "requantise.h",
  "max_pool2d.h",
  "resize.h",
  "master.h",
  "packets.h",
  "packet_slave.h",
  "packet_master.h",
  "loadable.h",
  "test_bench.h",
] as const

/**
 * C++11 for Vitis HLS 2020.2 to 2024.x: <name>.cpp and .h, its weights, a test bench, run_hls.tcl, and the layer headers
 * it uses (`library`: their text by name, read from hls/tlast). Throws HLS_UNSUPPORTED.
 */
export function emitHls(
  network: IntegerNetwork,
  options: HlsOptions,
  library: Readonly<Record<string, string>>,
): HlsProject {
  const architecture = hlsArchitecture(network, options)
  const top = topName(network.name)
  const files: Record<string, string> = {
    [`${top}.cpp`]: emitHlsTop(architecture),
    [`${top}.h`]: emitHlsHeader(architecture),
    [`${top}_weights.h`]: emitHlsWeights(architecture),
    [`tb_${top}.cpp`]: emitHlsTestBench(architecture),
    "run_hls.tcl": emitHlsTcl(architecture),
  }
  const used = includeClosure(
    [files[`${top}.cpp`] ?? "", files[`tb_${top}.cpp`] ?? "", files[`${top}.h`] ?? ""],
    library,
  )
  for (const name of used) files[`tlast/${name}`] = library[name] ?? ""
  return {top, architecture, files}
}

/** Headers of the library that the sources include, and those include, sorted. */
function includeClosure(sources: readonly string[], library: Readonly<Record<string, string>>): readonly string[] {
  const found = new Set<string>()
  const visit = (text: string) => {
    for (const [, name = ""] of text.matchAll(/#include "tlast\/([a-z0-9_]+\.h)"/g)) {
      if (found.has(name)) continue
      found.add(name)
      visit(library[name] ?? "")
    }
  }
  sources.forEach(visit)
  return [...found].sort()
}
