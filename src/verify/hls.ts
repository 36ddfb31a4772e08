import {emitHls, hlsHeaders} from "../emit/hls.ts"
import {TlastError} from "../errors.ts"
import type {IntegerNetwork} from "../graph/integer.ts"
import {elements} from "../graph/shape.ts"
import type {Host} from "../host/host.ts"
import type {HlsOptions} from "../plan/hls/options.ts"
import type {Watch} from "../progress.ts"
import type {HlsBoundedReport} from "./hls-bounded.ts"
import {fetchApTypes, findCompiler} from "./hls-compile.ts"
import {checkPragmas} from "./hls-pragmas.ts"
import {compileBounded, type HlsBuild, hlsAsset, simulate, writeAll, writeStandIns} from "./hls-run.ts"
import {checkTcl} from "./hls-tcl.ts"
import {type HlsVectors, packetVectors, rawVectors} from "./hls-vectors.ts"

export interface VerifyHlsInput {
  readonly network: IntegerNetwork
  readonly options: HlsOptions
  readonly host: Host
  /** Build folder: the project goes to <out>/hls, what only this host needs to <out>/hls-host. */
  readonly out: string
  /** Raw packets: whole images, integers of the input format. */
  readonly input?: ArrayLike<number>
  /** Header packets: what to send, loads included. */
  readonly packets?: readonly ArrayLike<number>[]
  /** Vectors made elsewhere, instead of `input` or `packets`. */
  readonly vectors?: HlsVectors
  /** Those of the bounded-stream run, which is slower: a few images. Without it there is none. */
  readonly boundedVectors?: HlsVectors
  /** Folder that has ap_int.h; without, it is fetched into <out>/hls-host. */
  readonly apTypes?: string
  /** Also with AddressSanitizer and UBSan. */
  readonly sanitize?: boolean
}

export interface HlsReport {
  readonly ok: boolean
  /** g++ or clang++. */
  readonly compiler: string
  /** Beats compared, in C simulation. */
  readonly beats: number
  /** "image 12, output 3: found 17, golden has 18", or undefined where all is equal. */
  readonly firstDifference?: string
  /** What else the test bench found: EMPTY, LEFTOVER, NO TLAST, EXTRA, MISSING, or the sanitizers' words. */
  readonly findings: readonly string[]
  readonly bounded?: HlsBoundedReport
  /** Predicted clocks between images, from the steps of the slowest process. Not synthesised. */
  readonly predictedInterval: number
}

/** The texts of hls/tlast, by name, as emitHls wants them. */
export async function readHlsLibrary(host: Host): Promise<Readonly<Record<string, string>>> {
  const texts = await Promise.all(hlsHeaders.map((name) => hlsAsset(host, `hls/tlast/${name}`)))
  return Object.fromEntries(hlsHeaders.map((name, i) => [name, texts[i] ?? ""]))
}

/**
 * Emits the HLS project, compiles it with the host's compiler, runs vectors through it and compares every beat with
 * golden; then the same with threads and FIFOs of the emitted depths. Throws CXX_MISSING or AP_TYPES_MISSING (exit 3).
 */
export async function verifyHls(given: VerifyHlsInput, {onProgress, signal}: Watch = {}): Promise<HlsReport> {
  const {host, network, options, out} = given
  const step = (done: number, detail: string) => onProgress?.({stage: "verify", done, total: 4, unit: "steps", detail})
  const compiler = await findCompiler(host)
  const project = emitHls(network, options, await readHlsLibrary(host))
  for (const [path, text] of Object.entries(project.files)) {
    if (path.endsWith(".tcl")) checkTcl(path, text)
    else checkPragmas(path, text)
  }
  const vectors = given.vectors ?? makeVectors(given)
  const folder = `${out}/hls`
  await writeAll(host, folder, {
    ...project.files,
    [`${project.top}_in.txt`]: vectors.input,
    [`${project.top}_out.txt`]: vectors.expected,
  })
  const hostFolder = `${out}/hls-host`
  const apTypes = given.apTypes ?? (await fetchApTypes(host, `${hostFolder}/ap_types`))
  const build: HlsBuild = {host, project, compiler, apTypes, folder, hostFolder, ...(signal ? {signal} : {})}
  await writeStandIns(build)

  step(1, `C simulation with ${compiler}`)
  const plain = await simulate(build, vectors, false)
  if (given.sanitize) step(2, "with AddressSanitizer and UBSan")
  const sanitized = given.sanitize ? await simulate(build, vectors, true) : plain
  if (given.boundedVectors) step(3, "with FIFOs of the emitted depths")
  const bounded = given.boundedVectors && (await (await compileBounded(build, given.boundedVectors))())
  step(4, "done")
  const difference = plain.firstDifference ?? sanitized.firstDifference
  return {
    ok: plain.ok && sanitized.ok && (bounded?.ok ?? true),
    compiler,
    beats: plain.beats,
    ...(difference === undefined ? {} : {firstDifference: difference}),
    findings: [...new Set([...plain.findings, ...sanitized.findings])],
    ...(bounded ? {bounded} : {}),
    predictedInterval: project.architecture.interval,
  }
}

function makeVectors({network, options, input, packets}: VerifyHlsInput): HlsVectors {
  if (options.packets === "header" && packets !== undefined) return packetVectors(network, options, packets)
  if (options.packets === "raw" && input !== undefined)
    return rawVectors(network, options, input, Math.floor(input.length / elements(network.input.shape)))
  throw new TlastError({
    code: "NO_VECTORS",
    where: `network ${network.name}`,
    message: `nothing to send: ${options.packets} packets need ${options.packets === "raw" ? "images" : "a list of packets"}`,
    hint: "pass input (raw), packets (header), or vectors",
  })
}
