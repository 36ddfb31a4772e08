import {TlastError} from "../errors.ts"
import type {Design} from "../graph/design.ts"
import {sha256} from "../host/hash.ts"
import type {Host, RunResult} from "../host/host.ts"

export interface BuildJob {
  readonly host: Host
  /** Full path of verilator. */
  readonly command: string
  readonly design: Design
  /** The C++ main that drives it. */
  readonly main: string
  /** Folder to build in, emptied first; the program is obj/sim in it. */
  readonly out: string
  readonly signal?: AbortSignal
}

/** What both builds ask of Verilator. */
const common = (design: Design): string[] => [
  ...["--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-timing"],
  ...["-Wno-fatal", "-Wno-lint", "-Wno-style", "--top-module", design.top, "--Mdir", "obj"],
]
const sourcesOf = (design: Design): string[] => Object.keys(design.files).filter((path) => /\.s?v$/.test(path))

/** Verilator's own make: -O3 for this machine. ccache, where it is installed, spares the runtime that all designs share. */
export async function buildFast(job: BuildJob): Promise<void> {
  const {host, command, design, out, signal} = job
  await prepare(job)
  const cache = await host.which("ccache")
  const optimise = ["-MAKEFLAGS", "OPT_FAST=-O3 OPT_SLOW=-O1", "-CFLAGS", "-march=native"]
  const args = [...common(design), "--exe", "--build", ...optimise, "-o", "sim", ...sourcesOf(design), "main.cpp"]
  const env = cache === undefined ? {} : {env: {OBJCACHE: "ccache"}}
  succeed(out, await host.run(command, args, {cwd: out, ...env, ...(signal && {signal})}))
}

/**
 * One translation unit, hardly optimised, behind a precompiled header and linked with a runtime that lies beside `out` and is
 * built once: a tenth of the seconds of make, which compiles Verilator's runtime and its headers for every design again.
 */
export async function buildSoon(job: BuildJob): Promise<void> {
  const {host, command, design, out, signal} = job
  const compiler = await host.which("g++")
  if (compiler === undefined) {
    throw new TlastError({
      code: "TOOL_MISSING",
      where: "g++",
      message: "not found on PATH; Verilator's C++ is compiled with it",
      hint: "install it (apt-get install g++), or use --simulator embedded",
      exitCode: 3,
    })
  }
  const options = signal === undefined ? {} : {signal}
  const runtime = `${out}-runtime`
  const includes = await makeRuntime(host, command, compiler, runtime, options)
  await prepare(job)
  succeed(
    out,
    await host.run(command, [...common(design), "-fno-expand", ...sourcesOf(design)], {cwd: out, ...options}),
  )
  const parts = (await host.files.list(`${out}/obj`)).filter((name) => name.endsWith(".cpp"))
  const whole = [...parts, "../main.cpp"].map((name) => `#include "${name}"\n`).join("")
  await host.files.write(`${out}/obj/whole.cpp`, whole)
  // Paths as the caller gives them, so no folder of its own.
  const args = [
    ...[...OPTIONS, "-include", `${runtime}/tlast.h`, ...includes, `-I${out}/obj`, `${out}/obj/whole.cpp`],
    ...[`${runtime}/verilated.o`, `${runtime}/verilated_threads.o`, "-pthread", "-o", `${out}/obj/sim`],
  ]
  succeed(out, await host.run(compiler, args, options))
}

async function prepare({host, design, main, out}: BuildJob): Promise<void> {
  await host.files.remove(out)
  for (const [path, text] of Object.entries(design.files)) await host.files.write(`${out}/${path}`, text)
  await host.files.write(`${out}/main.cpp`, main)
}

/** A precompiled header is taken only where the options are the same. */
const OPTIONS = [
  ...["-std=gnu++17", "-O0", "-w", "-pthread", "-DVERILATOR=1", "-DVM_COVERAGE=0", "-DVM_SC=0"],
  ...["-DVM_TRACE=0", "-DVM_TRACE_FST=0", "-DVM_TRACE_VCD=0", "-DVL_TIME_CONTEXT"],
]

const HEADER = `// Written by tlast: what every Verilator build includes, precompiled. See src/simulate/verilator-build.ts.
#include "verilated.h"
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>
`

/** Verilator's runtime as objects and a precompiled header; the compiler's options that find its headers. */
async function makeRuntime(
  host: Host,
  command: string,
  compiler: string,
  runtime: string,
  options: {readonly signal?: AbortSignal},
): Promise<readonly string[]> {
  const {root, versions} = await versionsOf(host, command, compiler)
  const includes = [`-I${root}/include`, `-I${root}/include/vltstd`]
  const stamp = await sha256(JSON.stringify([versions, includes, OPTIONS, HEADER]))
  const known = `${runtime}/stamp`
  if ((await host.files.exists(known)) && (await host.files.readText(known)) === stamp) return includes
  await host.files.remove(runtime)
  await host.files.write(`${runtime}/tlast.h`, HEADER)
  const compile = async (...args: readonly string[]) =>
    succeed(runtime, await host.run(compiler, [...OPTIONS, ...includes, ...args], options))
  await compile("-x", "c++-header", `${runtime}/tlast.h`, "-o", `${runtime}/tlast.h.gch`)
  for (const name of ["verilated", "verilated_threads"])
    await compile("-O2", "-c", `${root}/include/${name}.cpp`, "-o", `${runtime}/${name}.o`)
  await host.files.write(known, stamp)
  return includes
}

interface Versions {
  readonly root: string
  readonly versions: readonly string[]
}

/** Of the tools on PATH, which stay as they are while a process runs. */
const asked = new WeakMap<Host, Promise<Versions>>()

function versionsOf(host: Host, command: string, compiler: string): Promise<Versions> {
  const ask = async (): Promise<Versions> => {
    const root = await host.run(command, ["--getenv", "VERILATOR_ROOT"])
    const versions = [await host.run(command, ["--version"]), await host.run(compiler, ["--version"])]
    return {root: root.stdout.trim(), versions: versions.map(({stdout}) => stdout)}
  }
  const known = asked.get(host) ?? ask()
  asked.set(host, known)
  return known
}

function succeed(out: string, {exitCode, stdout, stderr}: RunResult): void {
  if (exitCode !== 0) throw verilatorFailed(out, `${stdout}\n${stderr}`)
}

/** VERILATOR_FAILED with the first error of its output, and the file and line it names. */
export function verilatorFailed(out: string, output: string): TlastError {
  const line = output.split("\n").find((text) => /%Error|error:/.test(text)) ?? output.trim().split("\n").at(-1) ?? ""
  const place = /%Error(?:-\w+)?: ([^\s:]+:\d+)/.exec(line)?.[1]
  return new TlastError({
    code: "VERILATOR_FAILED",
    where: place ?? out,
    message: `Verilator refused the design: ${line.trim()}`,
    hint: "look at that file and line; if tlast emitted it, please report it with the model, or use --simulator embedded",
  })
}
