import type {HlsProject} from "../emit/hls.ts"
import {portBits} from "../emit/hls-top.ts"
import type {Host} from "../host/host.ts"
import {boundedTop, clocked, type HlsBoundedReport, notATop, readBounded} from "./hls-bounded.ts"
import {compile} from "./hls-compile.ts"
import type {HlsVectors} from "./hls-vectors.ts"

/** An emitted project and what it is built with on this host. */
export interface HlsBuild {
  readonly host: Host
  readonly project: HlsProject
  readonly compiler: string
  readonly apTypes: string
  /** The project, as a user gets it. */
  readonly folder: string
  /** Stand-ins and executables: nothing for synthesis. */
  readonly hostFolder: string
  readonly signal?: AbortSignal
}

export interface Simulation {
  readonly ok: boolean
  readonly beats: number
  readonly firstDifference: string | undefined
  readonly findings: readonly string[]
}

const STAND_INS = ["hls_stream.h", "bounded_stream.h", "bounded_main.h", "ap_axi_sdata.h"]

export const hlsAsset = async (host: Host, path: string): Promise<string> =>
  new TextDecoder().decode(await host.files.asset(path))

export async function writeAll(host: Host, folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) await host.files.write(`${folder}/${path}`, text)
}

/** Our hls_stream.h and ap_axi_sdata.h, for simulation. */
export async function writeStandIns({host, hostFolder}: HlsBuild): Promise<void> {
  for (const name of STAND_INS)
    await host.files.write(`${hostFolder}/${name}`, await hlsAsset(host, `hls/host/${name}`))
}

/** Plain C simulation of the vectors in the project's folder. Sanitized builds are C++20, where ap_int has no UB of its own. */
export async function simulate(build: HlsBuild, vectors: HlsVectors, sanitize: boolean): Promise<Simulation> {
  const {host, project, compiler, folder, hostFolder, apTypes, signal} = build
  const {top} = project
  const output = `${hostFolder}/tb_${top}${sanitize ? "_sanitized" : ""}`
  await compile(host, compiler, {
    sources: [`${folder}/${top}.cpp`, `${folder}/tb_${top}.cpp`],
    include: [folder, hostFolder],
    apTypes,
    output,
    sanitize,
    standard: sanitize ? "c++20" : "c++11",
    ...(signal ? {signal} : {}),
  })
  const {exitCode, stdout, stderr} = await host.run(output, [`${folder}/${top}_in.txt`, `${folder}/${top}_out.txt`], {
    env: {ASAN_OPTIONS: "detect_leaks=0"},
    ...(signal ? {signal} : {}),
  })
  return readSimulation(exitCode, stdout, stderr, vectors)
}

/** What a test bench said. */
export function readSimulation(exitCode: number, stdout: string, stderr: string, vectors: HlsVectors): Simulation {
  const difference = /^DIFFERS (\d+) want data=(\w+) keep=(\w+) last=(\d) got data=(\w+) keep=(\w+) last=(\d)$/m.exec(
    stdout,
  )
  const lines = `${stdout}\n${stderr}`.split("\n")
  const findings = lines.filter((line) =>
    /^(EMPTY|LEFTOVER|NO TLAST|EXTRA|MISSING|BAD VECTOR)|runtime error|ERROR: Addr/.test(line),
  )
  return {
    ok: exitCode === 0 && findings.length === 0 && /^PASS /m.test(stdout),
    beats: Number(/^(?:PASS|FAIL) (\d+) beats$/m.exec(stdout)?.[1] ?? 0),
    firstDifference: difference === null ? undefined : describe(difference, vectors),
    findings: findings.slice(0, 20),
  }
}

function describe(match: RegExpExecArray, vectors: HlsVectors): string {
  const [, index, data, keep, last, gotData, gotKeep, gotLast] = match
  const differs = [
    ...(data === gotData ? [] : [`found 0x${gotData}, golden has 0x${data}`]),
    ...(keep === gotKeep ? [] : [`keep is ${gotKeep}, expected ${keep}`]),
    ...(last === gotLast ? [] : [`TLAST is ${gotLast}, expected ${last}`]),
  ]
  return `${vectors.describe(Number(index))}: ${differs.join("; ")}`
}

/** Runs compiled vectors with FIFOs of the emitted depths, or with `depths` for some of them. */
export type RunBounded = (depths?: Readonly<Record<string, number>>) => Promise<HlsBoundedReport>

/** Threads and bounded FIFOs: compiled once, to be run with the emitted depths and with others. */
export async function compileBounded(build: HlsBuild, vectors: HlsVectors): Promise<RunBounded> {
  const {host, project, compiler, hostFolder, apTypes, signal} = build
  const {top, architecture, files} = project
  const folder = `${hostFolder}/bounded`
  const clockedFiles = Object.fromEntries(
    Object.entries(files)
      .filter(([path]) => path.endsWith(".h"))
      .map(([path, text]) => [path, clocked(text)]),
  )
  const source = boundedTop(files[`${top}.cpp`] ?? "", top, portBits(architecture))
  const images = vectors.expected.split("last").length - 1
  await writeAll(host, folder, {
    ...clockedFiles,
    "bounded.cpp": clocked(source.text),
    "in.txt": vectors.input,
    "out.txt": vectors.expected,
  })
  const output = `${folder}/bounded`
  await compile(host, compiler, {
    sources: [`${folder}/bounded.cpp`],
    include: [folder, hostFolder],
    apTypes,
    output,
    threads: true,
    defines: ["TLAST_BOUNDED"],
    ...(signal ? {signal} : {}),
  })
  const run = (env: Readonly<Record<string, string>>) =>
    host.run(output, [`${folder}/in.txt`, `${folder}/out.txt`], {env, ...(signal ? {signal} : {})})
  let unlimited: string | undefined
  return async (depths = {}) => {
    for (const name of Object.keys(depths))
      if (!source.fifos.includes(name)) throw notATop(top, `no stream ${name} to give another depth`)
    const text = Object.entries(depths).map(([name, depth]) => `${name}=${depth}`)
    const {stdout} = await run({TLAST_DEPTHS: text.join(" ")})
    unlimited ??= (await run({TLAST_UNLIMITED: "1"})).stdout
    return readBounded(stdout, unlimited, images)
  }
}
